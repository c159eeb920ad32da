"""The shortest writing that is found: rewrites applied from the leaves up, each kept only where it shortens."""

from __future__ import annotations

from matdiff.derive.canonical import canonical
from matdiff.derive.contract import contract
from matdiff.recognise.fold import recognise
from matdiff.recognise.measure import cost
from matdiff.recognise.transposes import transposed
from matdiff.rewriting import determinants, inverses, maps, squares
from matdiff.rewriting.terms import Rewrite, rebuilt
from matdiff.tree.node import Node
from matdiff.tree.walk import fold

REWRITES: tuple[Rewrite, ...] = (
    maps.functions,
    maps.products,
    maps.sums,
    determinants.of_products,
    determinants.of_update,
    determinants.products_of,
    determinants.sums_of_logarithms,
    determinants.norms,
    inverses.pseudoinverse,
    inverses.matrix_exponentials,
    inverses.beside_update,
    inverses.one_inverse,
    inverses.joined_inverses,
    inverses.split_inverse,
    inverses.involution,
    inverses.pushed_through,
    squares.perfect_square,
    squares.common_linear,
    squares.entrywise_trace,
)
MOST_ROUNDS = 6
LARGEST = 400


def shortest(node: Node) -> Node:
    """The shortest writing of a tidy node that multiplying out and the rewrites lead to."""
    best = node
    for _ in range(MOST_ROUNDS):
        if cost(best) > LARGEST:
            return best
        opened = _opened(best)
        found = min((best, rewritten(best), opened, rewritten(opened)), key=cost)
        if cost(found) >= cost(best):
            return best
        best = found
    return best


def rewritten(root: Node, rewrites: tuple[Rewrite, ...] = ()) -> Node:
    """The node with every rewrite applied that makes a part shorter, of these or of all."""
    chosen = rewrites or REWRITES

    def visit(node: Node, args: tuple[Node, ...]) -> Node:
        now = rebuilt(node, args)
        pending = True
        while pending:
            shorter = (found for rewrite in chosen if (found := rewrite(now)) is not None and cost(found) < cost(now))
            found = next(shorter, None)
            pending = found is not None
            now = now if found is None else found
        return now

    return fold((root,), visit)[root]


def _opened(node: Node) -> Node:
    """The node multiplied out and recognised again."""
    found = recognise(contract((canonical(node),)))[0]
    return found if found.shape == node.shape else transposed(found)
