"""The finish of an answer: what the rules of differentiation leave behind, in the words that its reader expects.

Differentiating brings inverses and entry-wise functions of its own, which meet what was there: `inv(A*inv(B))` beside
`inv(B)`, `1 - sigmoid(-x)`. Only answers that hold such functions are looked at, since most do not and need not wait.
"""

from __future__ import annotations

from matdiff.recognise.measure import cost
from matdiff.recognise.sums import summed
from matdiff.rewriting import determinants, inverses, maps
from matdiff.rewriting.search import rewritten
from matdiff.rewriting.terms import Rewrite
from matdiff.tree.attributes import terms_of
from matdiff.tree.node import Node
from matdiff.tree.walk import postorder

LARGEST = 120


def met_terms(node: Node) -> Node | None:
    """A sum in which terms meet since its parts were rewritten: `s*(1 - y) - y*(1 - s)` as `s - y`."""
    return summed(terms_of(node), node.shape) if node.op == "sum" else None


def cancelled_inverses(node: Node) -> Node | None:
    """`inv(B)*inv(I + A*inv(B))` as `inv(A + B)`; `inv(A)*inv(B)` stays, as both may be at hand."""
    found = inverses.joined_inverses(node)
    return found if found is not None and cost(found) + 1 < cost(node) else None


OF_INVERSES: tuple[Rewrite, ...] = (
    determinants.of_products,
    determinants.of_update,
    inverses.beside_update,
    inverses.matrix_exponentials,
    inverses.one_inverse,
    cancelled_inverses,
    inverses.pushed_through,
)
OF_MAPS: tuple[Rewrite, ...] = (maps.functions, maps.products, maps.quotients, maps.sums, met_terms)
GROUPS: tuple[tuple[frozenset[str], tuple[Rewrite, ...]], ...] = (
    (frozenset({"inv", "pinv", "det", "expm"}), OF_INVERSES),
    (frozenset({"sigmoid", "exp", "relu", "abs", "sign", "softplus"}), OF_MAPS),
)


def finished(answer: Node, value: Node) -> Node:
    """`answer`, a derivative of `value` in tidy form, with the rewrites that shorten it.

    An inverse of `X.T*X` that differentiating has brought becomes a pseudo-inverse; one that the user wrote stays.
    """
    if cost(answer) > LARGEST or len(answer.shape) > 2:
        return answer
    names = _functions_in(answer)
    rewrites = [rewrite for words, group in GROUPS if names & words for rewrite in group]
    if "inv" in names and "inv" not in _functions_in(value):
        rewrites.insert(0, inverses.pseudoinverse)
    return rewritten(answer, tuple(rewrites)) if rewrites else answer


def _functions_in(node: Node) -> set[str]:
    return {str(part.attrs[0]) for part in postorder((node,)) if part.op in ("map", "call")}
