"""The rules of differentiation on formulas, one pass a rule; `PASSES` says in which order a person applies them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from matdiff.derive.reverse import derivatives, slopes
from matdiff.errors import NoRule, NotYet
from matdiff.explain.formula import (
    ZERO,
    Delta,
    Entry,
    Formula,
    Indices,
    Map,
    Partial,
    Product,
    Sum,
    Total,
    depends_on,
    letters_of,
    product,
    rewritten,
    split,
    summed,
    total,
)
from matdiff.explain.spelling import Speller, node_of
from matdiff.tree.node import Node, make

Spell = Callable[[Node, Indices], Formula]


class Pass(NamedTuple):
    """One rule of the table of rules, and what it does to a formula."""

    rule: str
    change: Callable[[Formula, Speller], Formula]


def apply_to_partials(rule: Callable[[Partial, Spell], Formula]) -> Callable[[Formula, Speller], Formula]:
    """The rule done to every derivative that stands in a formula, of which no letter is taken for anything else."""

    def change(formula: Formula, speller: Speller) -> Formula:
        def spell(node: Node, indices: Indices) -> Formula:
            return speller.spell(node, indices, letters_of(formula))

        return rewritten(formula, lambda part: rule(part, spell) if isinstance(part, Partial) else part)

    return change


def differentiate_sum(partial: Partial, _: Spell) -> Formula:
    """The derivative of a sum is the sum of the derivatives; terms without the variable vanish."""
    body = partial.body
    if not depends_on(body, partial.variable):
        return ZERO
    match body:
        case Total(terms=terms):
            moving = [term for term in terms if depends_on(term, partial.variable)]
            return total(differentiate_sum(replace(partial, body=term), _) for term in moving)
        case Sum(indices=indices, body=inner):
            return summed(indices, differentiate_sum(replace(partial, body=inner), _))
        case Product(weight=weight, factors=(Sum() | Total() as factor,)):
            return product((differentiate_sum(replace(partial, body=factor), _),), weight)
    return partial


def moving_part(body: Formula, variable: Node) -> Formula:
    """The terms of a formula in which the variable occurs."""
    terms = body.terms if isinstance(body, Total) else (body,)
    return total(term for term in terms if depends_on(term, variable))


def differentiate_product(partial: Partial, _: Spell) -> Formula:
    """The product rule, where at least two factors move."""
    if not isinstance(partial.body, Product) or _number_moving(partial) < 2:
        return partial
    return _each_in_turn(partial)


def draw_out_constants(partial: Partial, _: Spell) -> Formula:
    """Factors without the variable stand in front of the derivative."""
    if not isinstance(partial.body, Product) or _number_moving(partial) != 1:
        return partial
    return _each_in_turn(partial)


def _number_moving(partial: Partial) -> int:
    return sum(depends_on(factor, partial.variable) for factor in split(partial.body)[1])


def _each_in_turn(partial: Partial) -> Formula:
    weight, factors = split(partial.body)
    terms = []
    for position, factor in enumerate(factors):
        if depends_on(factor, partial.variable):
            inner = replace(partial, body=factor)
            terms.append(product((*factors[:position], inner, *factors[position + 1 :]), weight))
    return total(terms)


def differentiate_power(partial: Partial, spell: Spell) -> Formula:
    """The derivative of a power of something."""
    is_power = isinstance(partial.body, Map) and partial.body.attrs[0] == "power"
    return _differentiate_map(partial, spell) if is_power else partial


def differentiate_function(partial: Partial, spell: Spell) -> Formula:
    """The derivative of an entry-wise function by its row, times that of its argument."""
    return _differentiate_map(partial, spell) if isinstance(partial.body, Map) else partial


def _differentiate_map(partial: Partial, spell: Spell) -> Formula:
    body = partial.body
    assert isinstance(body, Map)
    arguments = tuple(node_of(arg, body.indices) for arg in body.args)
    value = make("map", arguments, body.attrs, tuple(index.size for index in body.indices))
    terms = []
    for argument, (_, slope) in zip(body.args, slopes(value, set(arguments)), strict=True):
        if depends_on(argument, partial.variable):
            terms.append(product((spell(slope, body.indices), replace(partial, body=argument))))
    return total(terms)


def differentiate_call(partial: Partial, spell: Spell) -> Formula:
    """The derivative of a function of a whole matrix, entry by entry, by its row."""
    entry = partial.body
    if not isinstance(entry, Entry) or entry.node.op != "call":
        return partial
    try:
        slope = derivatives(entry.node, (partial.variable,))[0]
    except NoRule:
        reason = f"a derivation entry by entry cannot go through `{entry.node.attrs[0]}` yet"
        raise NotYet(reason, hint="`matdiff grad` may know the answer all the same") from None
    return spell(slope, (*entry.indices, *partial.indices))


def differentiate_entry(partial: Partial, _: Spell) -> Formula:
    """∂xₖ/∂xᵢ is δₖᵢ."""
    entry = partial.body
    if not isinstance(entry, Entry) or entry.node is not partial.variable:
        return partial
    return product(Delta(left, right) for left, right in zip(entry.indices, partial.indices, strict=True))


PASSES = (
    Pass("sum", apply_to_partials(differentiate_sum)),
    Pass("product", apply_to_partials(differentiate_product)),
    Pass("constant", apply_to_partials(draw_out_constants)),
    Pass("power", apply_to_partials(differentiate_power)),
    Pass("chain", apply_to_partials(differentiate_function)),
    Pass("matrix_function", apply_to_partials(differentiate_call)),
    Pass("delta", apply_to_partials(differentiate_entry)),
)
