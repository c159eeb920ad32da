"""The entries of a derivative as a person writes them at the end: quotients cancelled, common factors drawn out.

The derivation itself goes through names, so that its formulas stay short; where the derivative by a name is short
enough to stand in its place, it does so here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from fractions import Fraction

from matdiff.explain.collapse import collapsed
from matdiff.explain.derivation import Setting, Step, is_slope, slope_names
from matdiff.explain.formula import (
    ONE,
    Delta,
    Entry,
    Formula,
    Indices,
    Map,
    Product,
    Sum,
    Total,
    free_indices,
    parts,
    product,
    renamed,
    rewritten,
    split,
    summed,
    total,
)
from matdiff.explain.spelling import node_of
from matdiff.tree.node import Node

Powers = dict[Formula, Fraction]
MOST_FACTORS = 3


def entry_form(setting: Setting, found: Iterable[Step], kept: Collection[str]) -> tuple[Step, ...]:
    """What the names are, then the derivatives by each name that the last one is written with; `kept` names stay."""
    short: dict[Node, tuple[Indices, Formula]] = {}
    lines: list[Step] = []
    for step in found:
        left, right = step.left, step.right
        assert isinstance(left, Entry)
        assert not isinstance(right, Node)
        formula = _in_value(tidied(_put_in(right, short)), setting)
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


def tidied(formula: Formula) -> Formula:
    """The formula with equal bases joined, like terms together and common factors before the bracket."""

    def change(part: Formula) -> Formula:
        match part:
            case Product():
                return _joined(*powers_of(part))
            case Total():
                return _gathered(part)
            case Sum(indices=indices, body=body):
                return _closed_outside(indices, body)
        return part

    return rewritten(formula, change)


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


def _joined(weight: Fraction, powers: Powers) -> Formula:
    factors = (b if e == 1 else Map(("power", e), (b,), free_indices(b)) for b, e in powers.items())
    return product(factors, weight)


def _closed_outside(indices: Indices, body: Formula) -> Formula:
    """The sum with what stands below a line and has none of its indices in front."""
    weight, powers = powers_of(body)
    outer = {b: e for b, e in powers.items() if e < 0 and not set(free_indices(b)) & set(indices)}
    inner = summed(indices, _joined(Fraction(1), {b: e for b, e in powers.items() if b not in outer}))
    return product((inner, _joined(weight, outer))) if outer else summed(indices, body)


def _gathered(formula: Total) -> Formula:
    """Like terms as one, positive ones first, and what all of them have in common before a bracket."""
    terms = _like_terms(formula.terms)
    if len(terms) < 2:
        return total(_joined(*term) for term in terms)
    common = dict(_common_powers([powers for _, powers in terms]))
    rests = [(weight, _quotient(powers, common)) for weight, powers in terms]
    if common:
        rests = min((rests, _like_terms(_multiplied_out(rests))), key=len)
    weights = {abs(weight) for weight, _ in rests}
    shared = weights.pop() if len(weights) == 1 else Fraction(1)
    bracket = total(_joined(weight / shared, powers) for weight, powers in rests)
    return product((_joined(shared, common), bracket))


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
        rest = _joined(weight, {base: e for base, e in powers.items() if base != bracket})
        opened = bracket.terms if isinstance(bracket, Total) else (ONE,)
        yield from (product((rest, inner)) for inner in opened)


def _in_value(formula: Formula, setting: Setting) -> Formula:
    """The formula with the value's name where its definition stands: f for σ(t), f s for the sum of f = Σₖ xₖ²/s."""
    named = setting.naming.value
    meaning = tidied(setting.formula(named))
    name = Entry(named.variable, setting.lead)
    weight, powers = powers_of(meaning)
    core = next((base for base in powers if isinstance(base, Sum)), None)
    below = {base: -e for base, e in powers.items() if base != core}
    is_quotient = bool(core) and not setting.lead and min(below.values(), default=Fraction(0)) >= 0 and bool(below)

    def change(part: Formula) -> Formula:
        if isinstance(part, Map | Entry) and part == meaning and not _is_plain(part):
            return name
        if isinstance(meaning, Entry) and isinstance(part, Entry) and part.node is meaning.node and not _is_plain(part):
            return Entry(named.variable, part.indices)
        if is_quotient and isinstance(part, Sum) and core and node_of(part, ()) is node_of(core, ()):
            return product((name, _joined(1 / weight, below)))
        return part

    changed = rewritten(formula, change)
    return formula if changed == formula else tidied(changed)


def _is_plain(part: Map | Entry) -> bool:
    """Whether the part is as short as a name, or a power, which is better seen."""
    return part.node.op == "var" if isinstance(part, Entry) else part.attrs[0] == "power"
