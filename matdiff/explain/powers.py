"""Products of formulas as powers, so that quotients cancel, like terms meet and common factors are drawn out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from matdiff.explain.formula import (
    ONE,
    Delta,
    Formula,
    Indices,
    Map,
    Product,
    Sum,
    Total,
    free_indices,
    product,
    rewritten,
    split,
    summed,
    total,
)

Powers = dict[Formula, Fraction]


def tidied(formula: Formula) -> Formula:
    """The formula with equal bases joined, like terms together and common factors before the bracket."""
    return rewritten(formula, lambda part: _gathered(part) if isinstance(part, Total) else _with_powers(part))


def with_powers(formula: Formula) -> Formula:
    """The formula with equal bases joined, and quotients before the sums that they have no index of."""
    return rewritten(formula, _with_powers)


def _with_powers(part: Formula) -> Formula:
    match part:
        case Product():
            return joined(*powers_of(part))
        case Sum(indices=indices, body=body):
            return _closed_outside(indices, body)
    return part


def powers_of(formula: Formula) -> tuple[Fraction, Powers]:
    """Weight and powers of a product, in its order."""
    weight, factors = split(formula)
    powers: Powers = {}
    for factor in factors:
        base, exponent = _power(factor)
        powers[base] = Fraction(1) if isinstance(base, Delta) else powers.get(base, Fraction(0)) + exponent
    return weight, {base: exponent for base, exponent in powers.items() if exponent}


def _power(factor: Formula) -> tuple[Formula, Fraction]:
    if isinstance(factor, Map) and factor.attrs[0] == "power":
        exponent = factor.attrs[1]
        assert isinstance(exponent, Fraction)
        return factor.args[0], exponent
    return factor, Fraction(1)


def joined(weight: Fraction, powers: Powers) -> Formula:
    """The product of a weight and powers."""
    factors = (b if e == 1 else Map(("power", e), (b,), free_indices(b)) for b, e in powers.items() if e)
    return product(factors, weight)


def _closed_outside(indices: Indices, body: Formula) -> Formula:
    """The sum with what stands below a line and has none of its indices in front."""
    weight, powers = powers_of(body)
    outer = {b: e for b, e in powers.items() if e < 0 and not set(free_indices(b)) & set(indices)}
    inner = summed(indices, joined(Fraction(1), {b: e for b, e in powers.items() if b not in outer}))
    return product((inner, joined(weight, outer))) if outer else summed(indices, body)


def _gathered(formula: Total) -> Formula:
    """Like terms as one, positive ones first, and what all of them have in common before a bracket."""
    terms = _like_terms(formula.terms)
    if len(terms) < 2:
        return total(joined(*term) for term in terms)
    common = dict(_common_powers([powers for _, powers in terms]))
    rests = [(weight, _quotient(powers, common)) for weight, powers in terms]
    if common:
        rests = min((rests, _like_terms(_multiplied_out(rests))), key=len)
    weights = {abs(weight) for weight, _ in rests}
    shared = weights.pop() if len(weights) == 1 else Fraction(1)
    bracket = total(joined(weight / shared, powers) for weight, powers in rests)
    return product((joined(shared, common), bracket))


def _like_terms(terms: Iterable[Formula]) -> list[tuple[Fraction, Powers]]:
    found: dict[frozenset[tuple[Formula, Fraction]], tuple[Fraction, Powers]] = {}
    for term in terms:
        weight, powers = powers_of(term)
        key = frozenset(powers.items())
        found[key] = (weight + found.get(key, (Fraction(0), powers))[0], powers)
    return sorted((pair for pair in found.values() if pair[0]), key=lambda pair: pair[0] < 0)


def _common_powers(terms: list[Powers]) -> Iterator[tuple[Formula, Fraction]]:
    """The bases of all terms: above the line as often as everywhere, below it as often as anywhere."""
    for base in terms[0]:
        exponents = [powers.get(base, Fraction(0)) for powers in terms]
        if min(exponents) > 0 or max(exponents) < 0:
            yield base, min(exponents)


def _quotient(powers: Powers, divisor: Powers) -> Powers:
    ordered = sorted(powers, key=lambda base: base not in divisor)
    left = {base: powers[base] - divisor.get(base, Fraction(0)) for base in ordered}
    return {base: exponent for base, exponent in left.items() if exponent}


def _multiplied_out(terms: Iterable[tuple[Fraction, Powers]]) -> Iterator[Formula]:
    """The terms without a bracket among their factors."""
    for weight, powers in terms:
        bracket = next((base for base, e in powers.items() if e == 1 and isinstance(base, Total)), ONE)
        rest = joined(weight, {base: e for base, e in powers.items() if base != bracket})
        opened = bracket.terms if isinstance(bracket, Total) else (ONE,)
        yield from (product((rest, inner)) for inner in opened)
