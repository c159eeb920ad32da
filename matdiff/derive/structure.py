"""Gradients of structured variables: within the structure, or by its free entries.

Three conventions, by name:

* `project`: the part of ∂f/∂X that lies in the structure, the gradient of f restricted to it in the inner product
  tr(A'B): `(G + G.T)/2` for a symmetric X. On orthogonal matrices it is the part in the tangent space.
* `entries`: entry (i, j) is the slope along the free entry that stands at (i, j): `G + G.T - G.*I` for a symmetric X.
* `free`: as if X had no structure.

Sources: Srinivasan and Panda, What is the gradient of a scalar function of a symmetric matrix? (2020); for `entries`
The Matrix Cookbook (2012), section 2.8; for orthogonal matrices Edelman, Arias and Smith, The geometry of algorithms
with orthogonality constraints (1998), section 2.3, in the Euclidean metric.
"""

from __future__ import annotations

from fractions import Fraction

from matdiff.errors import NotYet
from matdiff.tree import build, einsum
from matdiff.tree.attributes import Weighted, properties_of, terms_of
from matdiff.tree.node import Node, make
from matdiff.tree.walk import fold

SYMMETRIC = frozenset({"symmetric", "spd", "psd"})
STRUCTURES = SYMMETRIC | {"skew", "diagonal", "lower", "upper", "orthogonal"}
HALF = Fraction(1, 2)


def structure_of(variable: Node) -> str:
    """The word for the linear structure that a variable is declared in; empty where it has none."""
    properties = STRUCTURES.intersection(properties_of(variable))
    if len(variable.shape) != 2 or not properties:
        return ""
    if "diagonal" in properties or {"lower", "upper"} <= properties:
        return "diagonal"
    return "symmetric" if properties & SYMMETRIC else min(properties)


def project(derivative: Node, variable: Node, convention: str = "project") -> Node:
    """∂f/∂X, taken as if all entries of X were free, by the convention for the structure declared for X.

    Both are in index form; the last two axes are those of X. Raises NotYet for free entries of orthogonal matrices.
    """
    structure = structure_of(variable)
    if not structure or convention == "free":
        return derivative
    terms = [term for part in terms_of(derivative) for term in _within(part, variable, structure, convention)]
    return einsum.total(terms, derivative.shape)


def _within(part: Weighted, variable: Node, structure: str, convention: str) -> list[Weighted]:
    weight, term = part
    axes = tuple(range(len(term.shape)))
    front, i, j = axes[:-2], axes[-2], axes[-1]
    turned = einsum.permuted(term, (*front, j, i))
    kept, sizes = (*front, i, i), dict(enumerate(term.shape[:-1]))
    match structure:
        case "symmetric" if convention == "project":
            return [(weight * HALF, term), (weight * HALF, turned)]
        case "symmetric":
            return [(weight, term), (weight, turned), (-weight, einsum.einsum((term,), (kept,), kept, sizes))]
        case "skew":
            half = HALF if convention == "project" else 1
            return [(weight * half, term), (-weight * half, turned)]
        case "diagonal":
            return [(weight, einsum.einsum((term,), (kept,), kept, sizes))]
        case "lower" | "upper":
            mask = build.lower(*variable.shape)
            ends = (i, j) if structure == "lower" else (j, i)
            return [(weight, einsum.einsum((term, mask), (axes, ends), axes, term.shape))]
    if convention == "entries":
        raise NotYet(
            f"the entries of the orthogonal matrix `{variable.attrs[0]}` are not free; `project` is meant for it"
        )
    k, m = len(axes), len(axes) + 1
    wires = ((*front, k, m), (i, m), (k, j))
    around = einsum.einsum((term, variable, variable), wires, axes, (*term.shape, *variable.shape))
    return [(weight * HALF, term), (-weight * HALF, around)]


def as_projected(derivative: Node, variables: tuple[Node, ...], convention: str) -> Node:
    """The derivative within the structure that one by the convention says, in matrix form, for the check.

    The last axes are those of the variables in their order. By free entries of a symmetric matrix an off-diagonal
    entry counts twice, of a skew one every entry does.
    """
    if convention != "entries":
        return derivative
    last = len(derivative.shape)
    for variable in reversed(variables):
        first = last - sum(size != 1 for size in variable.shape)
        structure = structure_of(variable)
        if structure == "skew":
            derivative = build.total([(HALF, derivative)])
        elif structure == "symmetric":
            derivative = build.total([(HALF, derivative), (HALF, _on_diagonal(derivative, first))])
        last = first
    return derivative


def _on_diagonal(node: Node, first: int) -> Node:
    """`node` where its axis `first` and the next one are equal, else zero."""
    axes = tuple(range(len(node.shape)))
    wires = (axes, (first, first + 1))
    factors = (node, build.identity(node.shape[first]))
    return make("einsum", factors, (wires, axes, node.shape), node.shape)


def without_structure(roots: tuple[Node, ...], variable: Node) -> tuple[tuple[Node, ...], Node]:
    """The roots and the variable with the structure of the variable forgotten."""
    words = properties_of(variable)
    plain = build.variable(str(variable.attrs[0]), variable.shape, (word for word in words if word not in STRUCTURES))
    done = fold(roots, lambda node, args: plain if node is variable else _rebuilt(node, args))
    return tuple(done[root] for root in roots), plain


def _rebuilt(node: Node, args: tuple[Node, ...]) -> Node:
    return node if args == node.args else make(node.op, args, node.attrs, node.shape)
