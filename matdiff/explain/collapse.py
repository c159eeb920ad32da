"""Where deltas stand: sums split into their terms, and each delta takes a sum away."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from matdiff.explain.formula import (
    Delta,
    Formula,
    Index,
    Indices,
    Product,
    Sum,
    Total,
    has_delta,
    product,
    renamed,
    summed,
    total,
)


class Term(NamedTuple):
    """One term: weight, indices that are summed, factors."""

    weight: Fraction
    bound: Indices
    factors: tuple[Formula, ...]

    def formula(self) -> Formula:
        """The term written again, its weight before the sum."""
        if len(self.factors) == 1 and isinstance(self.factors[0], Total):
            return product((summed(self.bound, self.factors[0]),), self.weight)
        if not self.bound:
            return product(self.factors, self.weight)
        return product((summed(self.bound, product(self.factors)),), self.weight)


def collapsed(formula: Formula) -> Formula:
    """The formula term by term, without a delta that has a summed index."""
    return total(_without_deltas(term).formula() for term in terms_of(formula))


def flattened(formula: Formula) -> Formula:
    """The formula term by term, weights in front of sums."""
    return total(term.formula() for term in terms_of(formula))


def terms_of(formula: Formula) -> Iterator[Term]:
    """The terms of a formula; brackets are multiplied out where a delta is in them."""
    pending = [Term(Fraction(1), (), (formula,))]
    while pending:
        term = pending.pop()
        position = next((k for k, factor in enumerate(term.factors) if _opens(factor, len(term.factors))), None)
        if position is None:
            yield term
        else:
            pending.extend(reversed(list(_opened(term, position))))


def _opens(factor: Formula, number: int) -> bool:
    match factor:
        case Product() | Sum():
            return True
        case Total():
            return number == 1 or has_delta(factor)
    return False


def _opened(term: Term, position: int) -> Iterator[Term]:
    factor = term.factors[position]
    before, after = term.factors[:position], term.factors[position + 1 :]
    match factor:
        case Product(weight=weight, factors=inner):
            yield Term(term.weight * weight, term.bound, (*before, *inner, *after))
        case Sum(indices=indices, body=body):
            yield Term(term.weight, (*term.bound, *indices), (*before, body, *after))
        case Total(terms=terms):
            for inner_term in terms:
                yield Term(term.weight, term.bound, (*before, inner_term, *after))


def _without_deltas(term: Term) -> Term:
    while True:
        found = next((k for k, factor in enumerate(term.factors) if _is_collapsible(factor, term.bound)), None)
        if found is None:
            return term
        delta = term.factors[found]
        assert isinstance(delta, Delta)
        old, new = _direction(delta, term.bound)
        kept = tuple(factor for k, factor in enumerate(term.factors) if k != found)
        bound = tuple(index for index in term.bound if index != old)
        term = Term(term.weight, bound, tuple(renamed(factor, {old: new}) for factor in kept))


def _is_collapsible(factor: Formula, bound: Indices) -> bool:
    return isinstance(factor, Delta) and (factor.left in bound or factor.right in bound or factor.left == factor.right)


def _direction(delta: Delta, bound: Indices) -> tuple[Index, Index]:
    return (delta.left, delta.right) if delta.left in bound else (delta.right, delta.left)
