"""The diagonal part of a matrix, `A.*I` for `diag(diag(A))`; of a matrix that is diagonal itself nothing is taken."""

from __future__ import annotations

from matdiff.recognise.terms import is_constant, is_diagonal
from matdiff.tree import build
from matdiff.tree.node import Node, make
from matdiff.tree.walk import fold, postorder

KEEP_DIAGONAL = frozenset({"inv", "matpow", "pinv", "adj", "cof", "expm", "logm", "sqrtm"})


def with_diagonal_parts(roots: tuple[Node, ...]) -> tuple[Node, ...]:
    """The roots in their last writing, with no diagonal of a diagonal in them."""
    nodes = postorder(roots)
    if not any(map(_is_part, nodes)):
        return roots
    diagonal: set[Node] = set()
    for node in nodes:
        if _is_known_diagonal(node, diagonal):
            diagonal.add(node)

    def visit(node: Node, args: tuple[Node, ...]) -> Node:
        if _is_part(node):
            whole = node.args[0].args[0]
            (inside,) = args[0].args
            return inside if whole in diagonal else build.hadamard(inside, build.identity(node.shape[0]))
        return node if args == node.args else make(node.op, args, node.attrs, node.shape)

    done = fold(roots, visit)
    return tuple(done[root] for root in roots)


def _is_part(node: Node) -> bool:
    return is_diagonal(node) and node.args[0].op == "call" and node.args[0].attrs == ("diag",)


def _is_known_diagonal(node: Node, diagonal: set[Node]) -> bool:
    """Whether a square matrix follows to be diagonal from what is declared of its parts, which are judged already."""
    if len(node.shape) != 2 or node.shape[0] != node.shape[1]:
        return False
    match node.op:
        case "var":
            words = node.attrs[1]
            assert isinstance(words, tuple)
            return "diagonal" in words or {"lower", "upper"} <= set(words)
        case "product":
            return all(arg in diagonal for arg in node.args if arg.shape)
        case "sum" | "transpose":
            return all(arg in diagonal for arg in node.args)
        case "hadamard":
            return any(arg in diagonal for arg in node.args)
        case "call" if node.attrs[0] in KEEP_DIAGONAL:
            return node.args[0] in diagonal
    return is_constant(node, "identity") or is_diagonal(node)
