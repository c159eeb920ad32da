"""Changes `dX` of variables, differentials `d(…)` that are not worked out, and what moves with a variable.

A change is a variable named `d X`, which no user can type; a differential is the call `d(…)`.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from matdiff.derive.structure import structure_of
from matdiff.tree import build
from matdiff.tree.attributes import Weighted, terms_of
from matdiff.tree.node import Node, make
from matdiff.tree.walk import postorder

CHANGE, CALL = "d ", "d"


def change_of(variable: Node) -> Node:
    """The variable `dX`, within the linear structure of X."""
    structure = structure_of(variable)
    words = [structure] if structure not in ("", "orthogonal") else []
    return build.variable(f"{CHANGE}{variable.attrs[0]}", variable.shape, words)


def is_change(node: Node) -> bool:
    """Whether a node is the change of a variable."""
    return node.op == "var" and str(node.attrs[0]).startswith(CHANGE)


def changed_name(name: str) -> str:
    """The name of what changes, for the name of a change; empty for any other name."""
    return name[len(CHANGE) :] if name.startswith(CHANGE) else ""


def is_differential(node: Node) -> bool:
    """Whether a node is a differential that is not worked out."""
    return node.op == "call" and node.attrs == (CALL,)


def moving_nodes(roots: Iterable[Node], variables: Iterable[Node]) -> set[Node]:
    """The variables and all that is made of them."""
    moving = set(variables)
    for node in postorder(roots):
        if any(child in moving for child in node.args):
            moving.add(node)
    return moving


def differential(node: Node) -> Node:
    """`dX` of a variable, `dXᵀ` of its transpose, `d(…)` of anything else."""
    if node.op == "var":
        return change_of(node)
    if node.op == "transpose" and node.args[0].op == "var":
        return build.transpose(change_of(node.args[0]))
    return make("call", (node,), (CALL,), node.shape)


def split_weight(node: Node) -> Weighted:
    """A rational weight and what it stands before."""
    if node.op != "sum" or len(node.args) != 1:
        return Fraction(1), node
    return terms_of(node)[0]
