"""The derivative by a row through that by its column, since a gradient is a column until it is written down."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from matdiff.explain.derivation import Derivation, Section, Side, Step, slope
from matdiff.explain.formula import Entry, rewritten
from matdiff.explain.naming import FreeNames, Named, names_in
from matdiff.explain.substitute import substituted
from matdiff.explain.tidying import name_of_tidying
from matdiff.recognise.transposes import transposed
from matdiff.tree import build
from matdiff.tree.node import Node

Lets = Iterable[tuple[str, Node]]
Author = Callable[[Node, Node, Node, Lets, Iterable[str]], Derivation]


def through_column(
    author: Author, value: Node, variable: Node, answer: Node, lets: Lets, names: Iterable[str]
) -> Derivation:
    """The derivation of `answer` by the row `variable`: that by its column, and the result as a row again."""
    lets = tuple(lets)
    taken = names_in((value, variable, *(node for _, node in lets)))
    name = FreeNames({*taken, *names, *(let for let, _ in lets)}).fresh(1)
    column = build.variable(name, variable.shape[1:])
    whole, turned = build.transpose(variable), {variable: build.transpose(column)}
    by_column, *parts = (substituted(node, turned) for node in (value, *(node for _, node in lets)))
    pairs = tuple((let, part) for (let, _), part in zip(lets, parts, strict=True))
    wanted = answer if value.shape else transposed(substituted(answer, turned))
    found = author(by_column, column, substituted(wanted, turned), pairs, {*names, name})
    opening, *sections = found.sections
    opening = replace(opening, steps=(Step("definition", column, whole), *opening.steps))
    closing, result = _closing(found, variable, answer, {column: whole})
    naming = replace(found.naming, named=(Named(column, whole), *found.naming.named))
    return replace(
        found,
        value=value,
        variable=variable,
        answer=answer,
        naming=naming,
        sections=(opening, *sections, closing),
        entries=tuple(_of_row(step, found, variable) for step in found.entries),
        found=result,
    )


def _closing(found: Derivation, variable: Node, answer: Node, back: dict[Node, Node]) -> tuple[Section, Node]:
    """The derivative by the column as that by the row, with the row put in."""
    top = found.naming.value.variable
    by_column = slope(top, found.variable)
    place = build.variable(str(slope(top, variable).attrs[0]), answer.shape)
    turned = by_column if top.shape else build.transpose(by_column)
    meaning = found.answer if top.shape else transposed(found.answer)
    result = substituted(meaning, back)
    steps = [Step("row", place, turned), Step("substitute_gradient", place, meaning)]
    steps += [Step("substitute_name", place, result)] if result is not meaning else []
    steps += [Step(name_of_tidying(result, answer), place, answer)] if result is not answer else []
    return Section("result", (top, variable), tuple(steps)), result


def _of_row(step: Step, found: Derivation, variable: Node) -> Step:
    """A line about entries of the column as one about those of the row, which are the same."""
    top, column = found.naming.value.variable, found.variable
    new = build.variable(str(variable.attrs[0]), column.shape)
    names = {
        column: new,
        **{slope(of, column): slope(of, new) for of in (top, *(part.variable for part in found.naming.named))},
    }

    def change(side: Side) -> Side:
        if isinstance(side, Node):
            return substituted(side, names)
        return rewritten(
            side, lambda part: replace(part, node=substituted(part.node, names)) if isinstance(part, Entry) else part
        )

    return replace(step, left=change(step.left), right=change(step.right))
