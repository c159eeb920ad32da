"""Sizes of axes: an `int`, or a `Size` (a polynomial in named sizes such as `n`, `m*p`, `n + 1`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache
from itertools import product
from math import isqrt, lcm, prod

Monomial = tuple[str, ...]
LARGEST_DENOMINATOR, MOST_NAMES = 12, 3


class Size:
    """A symbolic size that is no plain number: `m*p` is `{("m", "p"): 1}`; equal polynomials are equal sizes."""

    __slots__ = ("hash", "terms", "text")

    terms: tuple[tuple[Monomial, Fraction], ...]

    def __init__(self, terms: tuple[tuple[Monomial, Fraction], ...]) -> None:
        self.terms = terms
        self.text = _text(terms)
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


def triangle(size: Dim) -> Dim:
    """How many entries a square matrix of this size has on and below the diagonal: `n*(n + 1)/2`."""
    return scale(multiply(size, add(size, 1)), Fraction(1, 2))


def side_of(count: Dim) -> Dim | None:
    """The size of which `count` is the `triangle`; None where there is none, or it is no number and no name."""
    if isinstance(count, int):
        side = (isqrt(8 * count + 1) - 1) // 2
        return side if triangle(side) == count else None
    return next((symbol(name) for name in names_of(count) if triangle(symbol(name)) == count), None)


def is_whole(size: Dim) -> bool:
    """Whether a size is a whole number for all whole numbers that its names may be.

    A polynomial is so for all arguments where it is for as many in a row as its common denominator.
    """
    if isinstance(size, int):
        return True
    whole = lcm(*(weight.denominator for _, weight in size.terms))
    names = names_of(size)
    if whole > LARGEST_DENOMINATOR or len(names) > MOST_NAMES:
        return whole == 1
    return all(
        _number_at(size, dict(zip(names, values, strict=True))).denominator == 1
        for values in product(range(whole), repeat=len(names))
    )


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
    total = _number_at(size, values)
    assert total.denominator == 1, (size, values)
    return int(total)


def _number_at(size: Size, values: Mapping[str, int]) -> Fraction:
    return sum((weight * prod(values[name] for name in monomial) for monomial, weight in size.terms), Fraction(0))


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


def _text(terms: tuple[tuple[Monomial, Fraction], ...]) -> str:
    """`m*p`, `n + 1`; of several terms with a denominator what they share in front: `n*(n + 1)/2`."""
    whole = lcm(*(weight.denominator for _, weight in terms))
    if len(terms) == 1 or whole == 1:
        return " + ".join(_monomial_text(monomial, weight) for monomial, weight in terms).replace("+ -", "- ")
    shared = [name for name in dict.fromkeys(terms[0][0]) if all(name in monomial for monomial, _ in terms)]
    inner = [(_without(monomial, shared), weight * whole) for monomial, weight in terms]
    return "*".join([*shared, f"({_text(tuple(inner))})"]) + f"/{whole}"


def _without(monomial: Monomial, names: list[str]) -> Monomial:
    rest = list(monomial)
    for name in names:
        rest.remove(name)
    return tuple(rest)


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
