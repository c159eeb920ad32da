"""What follows about the trace of a product from its factors, which can be turned like a ring."""

from __future__ import annotations

from matdiff.functions.properties import SLOPES_OF_INCREASING
from matdiff.properties.chains import DEFINITE, is_square_chain, mirrored_conclusions
from matdiff.properties.record import Conclusions, Known, Reason
from matdiff.tree import build
from matdiff.tree.node import Node
from matdiff.tree.properties import closure

LONGEST_TRACE = 12
STRICT_SIGN = {"nonnegative": "positive", "nonpositive": "negative"}


def trace_conclusions(node: Node, known: Known) -> Conclusions:
    """The trace of a product that can be turned and cut into two semidefinite parts is nonnegative."""
    scalars, chain = _ring_of(node.args[0])
    if scalars or not 2 <= len(chain) <= LONGEST_TRACE:
        return
    yield from _of_slope(chain, known)
    ring = (*chain, *chain)
    for start, length in ((s, n) for s in range(len(chain)) for n in range(1, len(chain))):
        left, right = ring[start : start + length], ring[start + length : start + len(chain)]
        if all(part[0].shape and is_square_chain(part) for part in (left, right)):
            found = tuple(_of_pair(left, right, known))
            yield from found
            if found:
                return


def _ring_of(matrix: Node) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """Scalars and factors of a product, those of a small power as often as it has them."""
    times = matrix.attrs[1] if matrix.attrs[:1] == ("matpow",) and len(matrix.args) == 1 else 1
    if not isinstance(times, int) or not 1 < times <= LONGEST_TRACE:
        return build.split_product(matrix)
    scalars, chain = build.split_product(matrix.args[0])
    return scalars * times, chain * times


def _of_pair(left: tuple[Node, ...], right: tuple[Node, ...], known: Known) -> Conclusions:
    """The sign of the trace of a product of two semidefinite parts."""
    words = [_words_of(part, known) for part in (left, right)]
    forms = [next((form for form in DEFINITE if form in own), "") for own in words]
    if not all(forms):
        return
    sign = "nonnegative" if forms[0] == forms[1] else "nonpositive"
    pairs = tuple(zip((build.product(*part) for part in (left, right)), forms, strict=True))
    yield sign, Reason("the trace of a product of semidefinite matrices has the sign of the forms", pairs, "trace")
    for k in (0, 1):
        if DEFINITE[forms[k]] in words[k] and "nonzero" in words[1 - k]:
            premises = ((pairs[k][0], DEFINITE[forms[k]]), pairs[1 - k], (pairs[1 - k][0], "nonzero"))
            why = "the trace of a definite matrix times a semidefinite one is 0 only where that is 0"
            yield STRICT_SIGN[sign], Reason(why, premises, "trace")


def _of_slope(chain: tuple[Node, ...], known: Known) -> Conclusions:
    """`tr(V*L(S, V))` for the derivative L of an increasing function of symmetric matrices."""
    for slope, other in (chain, chain[::-1]) if len(chain) == 2 else ():
        need = SLOPES_OF_INCREASING.get(str(slope.attrs[0])) if slope.op == "call" else None
        if need is None or slope.args[1] is not other or "symmetric" not in known(other).words:
            continue
        if need in known(slope.args[0]).words:
            sign = "positive" if "nonzero" in known(other).words else "nonnegative"
            premises = ((slope.args[0], need), (other, "nonzero" if sign == "positive" else "symmetric"))
            yield sign, Reason("the function increases on the eigenvalues", premises)


def _words_of(chain: tuple[Node, ...], known: Known) -> set[str]:
    """The words of a product that is part of a ring of factors, what follows from words alone among them."""
    words = known(chain[0]).words if len(chain) == 1 else dict(mirrored_conclusions(chain, known))
    return set(closure(words, build.chain_shape(chain)))
