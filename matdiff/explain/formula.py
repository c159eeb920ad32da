"""Formulas about single entries, with letters for indices: `Σₖ xₖ aₖᵢ`. What a derivation by hand is made of.

A formula is never deep: whatever would be gets a name first (`naming.py`), so that these functions may recurse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

from matdiff.tree.dims import Dim
from matdiff.tree.node import Attributes, Node
from matdiff.tree.walk import variables_of


class Index(NamedTuple):
    """A letter that runs from 1 to `size`."""

    letter: str
    size: Dim


Indices = tuple[Index, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """The entry of a matrix, vector or scalar in matrix form at these indices: `aₖₘ`, `(A x)ᵢ`."""

    node: Node
    indices: Indices = ()


@dataclass(frozen=True, slots=True)
class Delta:
    """Kronecker's delta: 1 where the indices agree, else 0."""

    left: Index
    right: Index


@dataclass(frozen=True, slots=True)
class Map:
    """A scalar function of formulas, each an entry at `indices`."""

    attrs: Attributes
    args: tuple[Formula, ...]
    indices: Indices


@dataclass(frozen=True, slots=True)
class Product:
    """A rational weight times factors; without factors a number."""

    weight: Fraction
    factors: tuple[Formula, ...] = ()


@dataclass(frozen=True, slots=True)
class Total:
    """Terms added up; without terms zero."""

    terms: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of the body over the indices."""

    indices: Indices
    body: Formula


@dataclass(frozen=True, slots=True)
class Partial:
    """The derivative of the body by an entry of the variable; all other names are held."""

    body: Formula
    variable: Node
    indices: Indices


Formula = Entry | Delta | Map | Product | Total | Sum | Partial
ONE = Product(Fraction(1))
ZERO = Total(())


def product(factors: Iterable[Formula], weight: Fraction | int = 1) -> Formula:
    """The product with products inside it opened; zero where a factor is."""
    whole = Fraction(weight)
    flat: list[Formula] = []
    for factor in factors:
        if factor == ZERO:
            return ZERO
        inner = factor if isinstance(factor, Product) else Product(Fraction(1), (factor,))
        whole *= inner.weight
        flat.extend(inner.factors)
    return flat[0] if whole == 1 and len(flat) == 1 else Product(whole, tuple(flat))


def total(terms: Iterable[Formula]) -> Formula:
    """The sum of terms with sums inside it opened."""
    flat = [part for term in terms for part in (term.terms if isinstance(term, Total) else (term,))]
    return flat[0] if len(flat) == 1 else Total(tuple(flat))


def summed(indices: Indices, body: Formula) -> Formula:
    """The sum over indices; over none it is the body."""
    if not indices or body == ZERO:
        return body
    if isinstance(body, Sum):
        return Sum((*indices, *body.indices), body.body)
    return Sum(indices, body)


def split(formula: Formula) -> tuple[Fraction, tuple[Formula, ...]]:
    """Weight and factors of any formula."""
    return (formula.weight, formula.factors) if isinstance(formula, Product) else (Fraction(1), (formula,))


def children(formula: Formula) -> tuple[Formula, ...]:
    """The formulas inside a formula."""
    match formula:
        case Map(args=inner) | Product(factors=inner) | Total(terms=inner):
            return inner
        case Sum(body=body) | Partial(body=body):
            return (body,)
    return ()


def rewritten(formula: Formula, change: Callable[[Formula], Formula]) -> Formula:
    """The formula with `change` done to each part, the inner ones first."""
    inner = tuple(rewritten(child, change) for child in children(formula))
    match formula:
        case Map():
            return change(replace(formula, args=inner))
        case Product():
            return change(product(inner, formula.weight))
        case Total():
            return change(total(inner))
        case Sum():
            return change(summed(formula.indices, inner[0]))
        case Partial():
            return change(replace(formula, body=inner[0]))
    return change(formula)


def parts(formula: Formula) -> Iterable[Formula]:
    """The formula and every formula inside it."""
    yield formula
    for child in children(formula):
        yield from parts(child)


def renamed(formula: Formula, new: dict[Index, Index]) -> Formula:
    """The formula with other letters for some indices."""

    def change(part: Formula) -> Formula:
        match part:
            case Entry() | Map() | Sum() | Partial():
                return replace(part, indices=tuple(new.get(index, index) for index in part.indices))
            case Delta():
                return Delta(new.get(part.left, part.left), new.get(part.right, part.right))
        return part

    return rewritten(formula, change)


def free_indices(formula: Formula) -> Indices:
    """The indices that no sum of the formula binds, in the order of first meeting."""
    match formula:
        case Entry(indices=own):
            return tuple(dict.fromkeys(own))
        case Delta(left=left, right=right):
            return tuple(dict.fromkeys((left, right)))
        case Sum(indices=bound, body=body):
            return tuple(index for index in free_indices(body) if index not in bound)
        case Partial(body=body, indices=own):
            return tuple(dict.fromkeys((*free_indices(body), *own)))
    return tuple(dict.fromkeys(index for child in children(formula) for index in free_indices(child)))


def letters_of(formula: Formula) -> set[str]:
    """Every letter that the formula uses."""
    used: set[str] = set()
    for part in parts(formula):
        match part:
            case Entry(indices=own) | Sum(indices=own) | Partial(indices=own) | Map(indices=own):
                used.update(index.letter for index in own)
            case Delta(left=left, right=right):
                used.update((left.letter, right.letter))
    return used


def depends_on(formula: Formula, variable: Node) -> bool:
    """Whether an entry in the formula has to do with the variable."""
    return any(isinstance(part, Entry) and variable in variables_of((part.node,)) for part in parts(formula))


def has_delta(formula: Formula) -> bool:
    """Whether a delta stands in the formula."""
    return any(isinstance(part, Delta) for part in parts(formula))
