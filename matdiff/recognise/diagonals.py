"""The diagonal part of a matrix, `A.*I` for `diag(diag(A))`; of a matrix that is diagonal itself nothing is taken."""

from __future__ import annotations

from matdiff.properties.infer import holds
from matdiff.recognise.chains import hadamard_of
from matdiff.recognise.terms import is_diagonal
from matdiff.tree import build
from matdiff.tree.node import Node, make
from matdiff.tree.walk import fold, postorder


def with_diagonal_parts(roots: tuple[Node, ...]) -> tuple[Node, ...]:
    """The roots in their last writing, with no diagonal of a diagonal in them."""
    if not any(map(_is_part, postorder(roots))):
        return roots

    def visit(node: Node, args: tuple[Node, ...]) -> Node:
        if _is_part(node):
            whole = node.args[0].args[0]
            (inside,) = args[0].args
            return inside if holds(whole, "diagonal") else build.hadamard(inside, build.identity(node.shape[0]))
        if args == node.args:
            return node
        return hadamard_of(args) if node.op == "hadamard" else make(node.op, args, node.attrs, node.shape)

    done = fold(roots, visit)
    return tuple(done[root] for root in roots)


def _is_part(node: Node) -> bool:
    return is_diagonal(node) and node.args[0].op == "call" and node.args[0].attrs == ("diag",)
