"""The ones on and below the diagonal: `lower.*X` is `tril(X)`, `lower'.*X` is `triu(X)`, `lower*x` is `cumsum(x)`."""

from __future__ import annotations

from collections.abc import Sequence

from matdiff.properties.infer import holds
from matdiff.recognise.measure import cost
from matdiff.recognise.terms import is_constant
from matdiff.tree import build
from matdiff.tree.node import Node, Shape

TURNED = {"tril": "triu", "triu": "tril"}
TRIANGLES = {"tril": "lower", "triu": "upper"}


def mask(shape: Shape) -> Node:
    """The mask itself, `tril(ones(n, n))`."""
    return build.call("tril", (build.ones(shape),), shape)


def is_mask(node: Node) -> bool:
    """Whether `node` is `tril(ones)` or `triu(ones)`."""
    return is_triangle(node) and is_constant(node.args[0], "ones")


def is_triangle(node: Node) -> bool:
    """Whether `node` is the lower or upper triangle of a matrix."""
    return node.op == "call" and node.attrs[0] in TURNED


def turned_triangle(node: Node, argument: Node) -> Node | None:
    """The transpose of a triangle by the transpose of its argument, where that is no longer."""
    if cost(argument) > cost(node.args[0]):
        return None
    return build.call(TURNED[str(node.attrs[0])], (argument,), argument.shape)


def masked(masks: Sequence[Node], whole: Node) -> Node:
    """`whole` with only the entries that every mask has."""
    names = {str(node.attrs[0]) for node in masks}
    if len(names) == 2:
        diagonal = build.call("diag", (whole,), whole.shape[:1])
        return build.call("diag", (diagonal,), whole.shape)
    kept = {name for name in names if not holds(whole, TRIANGLES[name])}
    return build.call(kept.pop(), (whole,), whole.shape) if kept else whole


def with_running_sums(chain: list[Node]) -> list[Node]:
    """The chain with a lower mask before a vector, or an upper one behind a row, as the running sums they make."""
    if not any(is_mask(factor) for factor in chain):
        return chain
    if len(chain[-1].shape) == 1:
        return _summed_up(chain)
    if len(chain[0].shape) == 2 and chain[0].shape[0] == 1:
        return _turned(_summed_up(_turned(chain)))
    return chain


def _turned(chain: list[Node]) -> list[Node]:
    return [_turned_mask(factor) if is_mask(factor) else build.transpose(factor) for factor in reversed(chain)]


def _turned_mask(node: Node) -> Node:
    return build.call(TURNED[str(node.attrs[0])], node.args, node.shape)


def _summed_up(chain: list[Node]) -> list[Node]:
    for position in reversed(range(len(chain) - 1)):
        if is_mask(chain[position]) and chain[position].attrs == ("tril",):
            vector = build.product(*chain[position + 1 :])
            chain = [*chain[:position], build.call("cumsum", (vector,), vector.shape)]
    return chain
