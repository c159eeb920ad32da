"""The entries of a derivative as a person writes them at the end: quotients cancelled, common factors drawn out.

The derivation itself goes through names, so that its formulas stay short; where the derivative by a name is short
enough to stand in its place, it does so here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from fractions import Fraction
from functools import partial

from matdiff.explain.collapse import collapsed
from matdiff.explain.derivation import Setting, Step, is_slope, slope_names
from matdiff.explain.formula import (
    ONE,
    Entry,
    Formula,
    Index,
    Indices,
    Map,
    Product,
    Sum,
    Total,
    parts,
    renamed,
    rewritten,
    split,
)
from matdiff.explain.powers import Powers, joined, powers_of, tidied, with_powers
from matdiff.tree.node import Node

MOST_FACTORS = 3


def entry_form(setting: Setting, found: Iterable[Step], kept: Collection[str]) -> tuple[Step, ...]:
    """What the names are, then the derivatives by each name that the last one is written with; `kept` names stay."""
    short: dict[Node, tuple[Indices, Formula]] = {}
    lines: list[Step] = []
    for step in found:
        left, right = step.left, step.right
        assert isinstance(left, Entry)
        assert not isinstance(right, Node)
        formula = tidied(_in_value(with_powers(_put_in(right, short)), setting, left.indices))
        by = slope_names(left.node)[1]
        if by not in kept and by != setting.variable.attrs[0] and _is_short(formula):
            short[left.node] = (left.indices, formula)
        lines.append(Step("entries", left, formula))
    return (*_openings(setting), *_needed(lines))


def _put_in(formula: Formula, short: dict[Node, tuple[Indices, Formula]]) -> Formula:
    def change(part: Formula) -> Formula:
        if not isinstance(part, Entry) or part.node not in short:
            return part
        indices, meaning = short[part.node]
        return renamed(meaning, dict(zip(indices, part.indices, strict=True)))

    changed = rewritten(formula, change)
    return formula if changed == formula else collapsed(changed)


def _is_short(formula: Formula) -> bool:
    """Whether a derivative by a name says as much in its place: one product without a sum."""
    _, factors = split(formula)
    has_sum = any(isinstance(part, Sum) for part in parts(formula))
    return not has_sum and not isinstance(formula, Total) and len(factors) <= MOST_FACTORS


def _needed(lines: list[Step]) -> list[Step]:
    """The last line and those that others are written with."""
    used: set[Node] = set()
    kept: list[Step] = []
    for step in reversed(lines):
        assert isinstance(step.left, Entry)
        if not kept or step.left.node in used:
            kept.append(step)
            used.update(part.node for part in parts(_formula(step)) if isinstance(part, Entry) and is_slope(part.node))
    return kept[::-1]


def _openings(setting: Setting) -> Iterator[Step]:
    """The named parts and the value."""
    for named in setting.naming.named:
        yield Step("entries", Entry(named.variable, setting.indices_of(named)), setting.formula(named))


def _formula(step: Step) -> Formula:
    assert not isinstance(step.right, Node)
    return step.right


def _in_value(formula: Formula, setting: Setting, letters: Indices) -> Formula:
    """The formula with the value's name where its definition stands: fᵢ for exp(xᵢ)/s, and fⱼ for exp(xⱼ)/s."""
    name = Entry(setting.naming.value.variable, setting.lead)
    weight, pattern = powers_of(with_powers(setting.formula(setting.naming.value)))
    if not _is_longer_than_a_name(pattern):
        return formula
    moves: list[dict[Index, Index]] = [{}]
    if len(setting.lead) == 1:
        moves = [{setting.lead[0]: letter} for letter in letters if letter.size == setting.lead[0].size]
    for move in moves:
        moved = {renamed(base, move): exponent for base, exponent in pattern.items()}
        formula = rewritten(formula, partial(_named, name=renamed(name, move), pattern=moved, weight=weight))
    return formula


def _is_longer_than_a_name(pattern: Powers) -> bool:
    """Whether a quotient, or a function that is no power; other products are better seen."""
    if len(pattern) > 1:
        return min(pattern.values()) < 0
    (base,) = pattern or (ONE,)
    return isinstance(base, Map) or (isinstance(base, Entry) and base.node.op != "var")


def _named(part: Formula, name: Formula, pattern: Powers, weight: Fraction) -> Formula:
    """A product with the name, where the pattern begins, for every time that it holds it."""
    if not isinstance(part, Product | Map | Entry):
        return part
    whole, powers = powers_of(part)
    times = min(int(powers.get(base, Fraction(0)) / exponent) for base, exponent in pattern.items())
    if times < 1:
        return part
    found: Powers = {}
    for base, exponent in powers.items():
        if base in pattern:
            found.setdefault(name, Fraction(times))
        found[base] = exponent - times * pattern.get(base, Fraction(0))
    return joined(whole / weight**times, found)
