"""Definitions of scalar functions: `swish(t) = t*sigmoid(t)` → the record that maps carry."""

from __future__ import annotations

import re
from collections.abc import Sequence

from matdiff.errors import NotYet, Place, UnknownName, WrongArguments, closest
from matdiff.functions import catalogue
from matdiff.functions.defined import Definition, steps_of
from matdiff.parsing.declare import declarations_of
from matdiff.parsing.fallback import read_shapes
from matdiff.parsing.lexer import WORDS
from matdiff.parsing.lower import lower
from matdiff.parsing.lowering import variable_of
from matdiff.parsing.problem import CONSTANTS, FORMS, Problem, pose
from matdiff.parsing.settle import settle
from matdiff.parsing.source import Source
from matdiff.parsing.statement import KEYWORDS, Statement, parse_statement
from matdiff.parsing.syntax import Syntax
from matdiff.tree.attributes import Steps
from matdiff.tree.unknown import UNKNOWN

RESERVED = frozenset({UNKNOWN, "power", *WORDS, *KEYWORDS, *FORMS, *CONSTANTS, "let", "define", "loss", "pi", "e"})
_HEAD = re.compile(r"\s*([^\W\d]\w*)\s*\(")


def define(statement: Statement, before: Sequence[Definition], taken: frozenset[str]) -> Definition:
    """The definition on a `define` line; `before` are those above it, `taken` other names that have a meaning.

    Its derivative comes from SymPy, which is imported for it. Raises a MatdiffError for a name that is taken or
    unknown, for recursion, and for a body that is no scalar function of the parameters.
    """
    _hold_name(statement, taken | {definition.name for definition in before})
    names = tuple(parameter.text for parameter in statement.parameters)
    _hold_parameters(statement, names)
    (side,) = statement.sides
    problem = _problem(side, names, before)
    _hold_names(statement, problem, names)
    body = _steps(problem, side, names)
    return Definition(statement.name, names, body, _slopes(statement, names, body, before), side.words())


def _problem(side: Syntax, names: tuple[str, ...], before: Sequence[Definition]) -> Problem:
    declarations = declarations_of(dict.fromkeys(names, "scalar"))
    known = {definition.name: definition for definition in before}
    return pose("definition", (side,), (), declarations, (), definitions=known)


def _steps(problem: Problem, side: Syntax, names: tuple[str, ...]) -> Steps:
    inference = read_shapes(problem).inference
    for name in names:
        inference.variable(name)
    settle(inference)
    nodes = lower(inference, {})
    if nodes[side].shape:
        raise WrongArguments("a definition is of a scalar", side.place(), hint="its parameters are numbers")
    try:
        return steps_of(nodes[side], tuple(variable_of(inference, name) for name in names))
    except ValueError as problem_found:
        raise WrongArguments(
            f"`{problem_found}` is of vectors and matrices, and a definition is of scalars",
            side.place(),
            hint="write it with + - * / ^ and functions of one number such as `exp(t)`",
        ) from None


def _slopes(
    statement: Statement, names: tuple[str, ...], body: Steps, before: Sequence[Definition]
) -> tuple[Steps, ...]:
    from matdiff.interop.scalars import NoWordsError, slopes

    value = f"value_of_{statement.name}"
    try:
        texts = slopes(body, names, value)
    except NoWordsError as error:
        place = statement.sides[0].place()
        raise NotYet(f"the derivative of `{statement.name}` has no words here: {error}", place) from None
    sides = [parse_statement(Source(text, 1), frozenset((*names, value))).sides[0] for text in texts]
    return tuple(_steps(_problem(side, (*names, value), before), side, (*names, value)) for side in sides)


def _hold_name(statement: Statement, taken: frozenset[str]) -> None:
    name, place = statement.name, _place_of_name(statement)
    row = catalogue.find(name)
    if name in RESERVED or (row is not None and row.name == name):
        raise WrongArguments(f"`{name}` has a meaning of its own", place, hint=f"call it `my_{name}`")
    if name in taken:
        raise WrongArguments(f"`{name}` is taken by an earlier line", place, hint=f"call it `{name}_2`")


def _place_of_name(statement: Statement) -> Place:
    found = re.search(rf"(?<!\w){re.escape(statement.name)}\s*\(", statement.source.text)
    start = found.start() if found else 0
    return statement.source.place(start, start + len(statement.name))


def _hold_parameters(statement: Statement, names: tuple[str, ...]) -> None:
    for position, parameter in enumerate(statement.parameters):
        if parameter.text in names[:position]:
            raise WrongArguments(f"the parameter `{parameter.text}` stands twice", parameter.place())
        if parameter.text in (statement.name, *CONSTANTS, *WORDS):
            raise WrongArguments(f"`{parameter.text}` has a meaning of its own", parameter.place(), hint="write `t`")


def _hold_names(statement: Statement, problem: Problem, names: tuple[str, ...]) -> None:
    """Raise where the body uses itself or a name that is no parameter."""
    for part in problem.order:
        place = part.source.place(part.start, part.start + len(part.text))
        if part.kind == "call" and part.text == statement.name:
            raise WrongArguments(f"`{statement.name}` is defined by itself", place, hint="write its body without it")
        if part in problem.functions:
            hint = "define it in a line above, or write known functions"
            raise UnknownName("function", part.text, place, (), hint)
        is_known = part.text in names or part in problem.constants
        if part.kind == "name" and not is_known:
            hint = f"make it one: `{statement.name}({', '.join((*names, part.text))}) = …`"
            hint = "" if part.text in CONSTANTS else hint
            raise UnknownName("parameter", part.text, place, closest(part.text, names), hint)
