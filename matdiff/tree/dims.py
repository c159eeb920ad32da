"""Sizes of axes: an `int`, or a `Size` (a polynomial in named sizes such as `n`, `m*p`, `n + 1`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache
from math import prod

Monomial = tuple[str, ...]


class Size:
    """A symbolic size that is no plain number: `m*p` is `{("m", "p"): 1}`; equal polynomials are equal sizes."""

    __slots__ = ("hash", "terms", "text")

    terms: tuple[tuple[Monomial, Fraction], ...]

    def __init__(self, terms: tuple[tuple[Monomial, Fraction], ...]) -> None:
        self.terms = terms
        self.text = " + ".join(_monomial_text(monomial, weight) for monomial, weight in terms).replace("+ -", "- ")
        self.hash = hash(self.text)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Size) and self.text == other.text)

    def __hash__(self) -> int:
        return self.hash

    def __repr__(self) -> str:
        return f"Size({self.text})"

    def __reduce__(self) -> tuple[object, ...]:
        return Size, (self.terms,)


Dim = int | Size


@cache
def symbol(name: str) -> Size:
    """The size called `name`."""
    return Size((((name,), Fraction(1)),))


def multiply(left: Dim, right: Dim) -> Dim:
    """The product of two sizes, as the length of `vec(X)` needs it."""
    if isinstance(left, int) and isinstance(right, int):
        return left * right
    return _collect((a + b, p * q) for a, p in _terms(left) for b, q in _terms(right))


def add(left: Dim, right: Dim) -> Dim:
    """The sum of two sizes, as stacked blocks need it."""
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    return _collect((*_terms(left), *_terms(right)))


def scale(size: Dim, factor: Fraction) -> Dim:
    """A size times a rational number (`n*(n + 1)` halved is the length of `vech`)."""
    return _collect((monomial, weight * factor) for monomial, weight in _terms(size))


def names_of(size: Dim) -> tuple[str, ...]:
    """The named sizes that `size` is made of, each once, in alphabetical order."""
    if isinstance(size, int):
        return ()
    return tuple(sorted({name for monomial, _ in size.terms for name in monomial}))


def value_of(size: Dim, values: Mapping[str, int]) -> int:
    """The number that `size` is when its names have `values`."""
    if isinstance(size, int):
        return size
    total = Fraction(0)
    for monomial, weight in size.terms:
        total += weight * prod(values[name] for name in monomial)
    assert total.denominator == 1, (size, values)
    return int(total)


def substitute(size: Dim, values: Mapping[str, Dim]) -> Dim:
    """`size` with every name that `values` knows replaced by its size."""
    if isinstance(size, int) or not any(name in values for name in names_of(size)):
        return size
    total: Dim = 0
    for monomial, weight in size.terms:
        part: Dim = 1
        for name in monomial:
            part = multiply(part, values.get(name, symbol(name)))
        total = add(total, scale(part, weight))
    return total


def size_text(size: Dim) -> str:
    """`size` as it is written in a declaration: `3`, `n`, `m*p`, `n + 1`."""
    return str(size) if isinstance(size, int) else size.text


def _monomial_text(monomial: Monomial, weight: Fraction) -> str:
    letters = "*".join(monomial)
    if not letters:
        return str(weight)
    if weight == 1:
        return letters
    if weight == -1:
        return "-" + letters
    top = letters if weight.numerator == 1 else f"{weight.numerator}*{letters}"
    return top if weight.denominator == 1 else f"{top}/{weight.denominator}"


def _terms(size: Dim) -> tuple[tuple[Monomial, Fraction], ...]:
    if isinstance(size, int):
        return (((), Fraction(size)),)
    return size.terms


def _collect(terms: Iterable[tuple[Monomial, Fraction]]) -> Dim:
    total: dict[Monomial, Fraction] = {}
    for monomial, weight in terms:
        ordered = tuple(sorted(monomial))
        total[ordered] = total.get(ordered, Fraction(0)) + weight
    kept = {monomial: weight for monomial, weight in total.items() if weight}
    if set(kept) <= {()}:
        constant = kept.get((), Fraction(0))
        assert constant.denominator == 1, constant
        return int(constant)
    return Size(tuple(sorted(kept.items(), key=lambda item: (-len(item[0]), item[0]))))
