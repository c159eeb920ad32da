"""Text → statements → trees in matrix form: the door of this room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import count
from typing import NamedTuple

from matdiff.errors import MatdiffError, NotYet, NoVariable, UnknownName, UnreadableText, WrongArguments, closest
from matdiff.functions.defined import Definition
from matdiff.parsing.assumptions import assumptions_of, functions_of, notes_of
from matdiff.parsing.declare import Declaration, declarations_of, words_of
from matdiff.parsing.fallback import read_shapes
from matdiff.parsing.inference import Inference
from matdiff.parsing.letters import LETTERS_APART, letters_apart, plain_name, prefers_letters
from matdiff.parsing.lower import lower
from matdiff.parsing.lowering import variable_of
from matdiff.parsing.problem import Problem, changes_of, pose
from matdiff.parsing.settle import settle
from matdiff.parsing.source import Source
from matdiff.parsing.statement import (
    SETTINGS,
    Statement,
    behind_title,
    may_be_setting,
    parse_definition,
    parse_statement,
)
from matdiff.parsing.syntax import Syntax, postorder
from matdiff.parsing.wording import run_together
from matdiff.tree.node import Node

DERIVATIVES = ("grad", "jacobian", "hessian", "change", "curvature")

__all__ = [
    "SETTINGS",
    "Declaration",
    "Definition",
    "Interpreted",
    "Scope",
    "Source",
    "Statement",
    "extend",
    "interpret",
    "interpret_system",
    "may_be_setting",
    "read_declarations",
    "read_expression",
    "read_scope",
    "read_script",
    "read_statement",
]


class Scope(NamedTuple):
    """What earlier lines said; `structured` is the convention for structured variables, if one was named."""

    declarations: tuple[Declaration, ...] = ()
    lets: tuple[tuple[str, Syntax], ...] = ()
    structured: str = ""
    definitions: tuple[Definition, ...] = ()

    def names(self) -> frozenset[str]:
        """The names that mean something here already, a function `f` as `f(` too."""
        functions = [definition.name for definition in self.definitions]
        return self.names_of_values() | {*functions, *(f"{name}(" for name in functions)}

    def names_of_values(self) -> frozenset[str]:
        """The names of variables, unknown functions and intermediates."""
        return words_of(self.declarations) | {name for name, _ in self.lets}

    def below(self, declarations: tuple[Declaration, ...]) -> Scope:
        """The scope with other declarations before its own."""
        return self._replace(declarations=(*declarations, *self.declarations))

    @property
    def functions(self) -> dict[str, Definition]:
        """The functions that the user defined, by name."""
        return {definition.name: definition for definition in self.definitions}


class Interpreted(NamedTuple):
    """A statement as trees.

    `sides` has one tree a side, `wrt` the variables of the derivative, `variables` every variable in the order of
    the text, `lets` the trees of the named intermediates, `size_names` the sizes that the user named, `directions`
    one direction for each variable of the derivative, where directions are given, `structured` the convention for
    structured variables that the text names, if any.
    `assumptions` tells the shape of each variable, `notes` which reading was taken where several fit.
    """

    sides: tuple[Node, ...]
    wrt: tuple[Node, ...]
    variables: tuple[Node, ...]
    lets: tuple[tuple[str, Node], ...]
    size_names: frozenset[str]
    assumptions: tuple[str, ...]
    notes: tuple[str, ...]
    directions: tuple[Node, ...] = ()
    structured: str = ""


def read_statement(text: str, line: int = 1, scope: Scope | None = None) -> Statement:
    """The statement on one line; the names of `scope` are never taken for letters side by side."""
    return parse_statement(Source(text, line), scope.names() if scope else frozenset())


def read_script(text: str, scope: Scope | None = None) -> tuple[Statement, Scope]:
    """The one statement at the end of several lines, and what `scope` and the settings in the lines before it say."""
    scope = scope or Scope()
    found: Statement | None = None
    for number, line in enumerate(text.split("\n"), 1):
        statement = read_statement(line.rstrip("\r"), number, scope)
        if statement.kind == "empty":
            continue
        if found is not None:
            raise UnreadableText(
                "there is more behind the statement",
                statement.source.place(0, len(line)),
                hint="`let` lines go before it",
            )
        if statement.kind in SETTINGS:
            scope = extend(scope, statement)
        else:
            found = statement
    if found is None:
        raise UnreadableText(
            "there is no expression",
            Source(text.rsplit("\n", maxsplit=1)[-1]).place(0, 1),
            hint="write one such as `x'*A*x`",
        )
    return found, scope


def read_declarations(where: str | Mapping[str, str]) -> tuple[Declaration, ...]:
    """The declarations in a text `"A: n x n spd; x: n"` or a mapping `{"A": "n x n spd"}`."""
    return declarations_of(where)


def read_scope(where: str | Mapping[str, str] = "", define: Iterable[str] = ()) -> Scope:
    """The scope with these declarations and definitions, such as `swish(t) = t*sigmoid(t)`."""
    scope = Scope(read_declarations(where) if where else ())
    for text in define:
        scope = extend(scope, parse_definition(Source(text), scope.names()))
    return scope


def read_expression(statement: Statement, scope: Scope) -> Statement:
    """The statement as an expression to differentiate: what stands behind a title `f(x) =`; raises for a rule."""
    if len(statement.sides) < 2:
        return statement
    found = behind_title(statement, scope.names())
    if found is None or len(found.sides) > 1:
        raise UnreadableText(
            "this is a rule, with an answer behind the `=`",
            statement.sides[1].place(),
            hint="give it to `matdiff check -` on standard input",
        )
    return found


def extend(scope: Scope, statement: Statement) -> Scope:
    """The scope behind a line of settings; a later declaration of a name stands instead of an earlier one."""
    if statement.kind == "define":
        from matdiff.parsing.define import define

        made = define(statement, scope.definitions, scope.names_of_values())
        return scope._replace(definitions=(*scope.definitions, made))
    _hold_functions(statement, scope)
    lets = ((statement.name, statement.sides[0]),) if statement.kind == "let" else ()
    return scope._replace(
        declarations=_joined(scope.declarations, statement.declarations),
        lets=(*scope.lets, *lets),
        structured=statement.structured or scope.structured,
    )


def _hold_functions(statement: Statement, scope: Scope) -> None:
    """Raise where a line gives the name of a function that the user defined to a variable."""
    for name in (statement.name, *(declaration.name for declaration in statement.declarations)):
        if name in scope.functions:
            place = statement.source.place(0, len(statement.source.text))
            raise WrongArguments(f"`{name}` is a function in an earlier line", place, hint="choose another name")


def interpret(
    statement: Statement,
    scope: Scope | None = None,
    kind: str = "",
    wrt: tuple[str, ...] = (),
    directions: tuple[str, ...] = (),
    keeps_names: bool = False,
) -> Interpreted:
    """The trees of a statement; with `keeps_names` the names of `let` lines are variables in them.

    `kind` says what a plain expression is read as: `grad`, `jacobian`, `hessian`, `change` for what small changes of
    the variables do, or `curvature` for the way in which a scalar bends. `wrt` says by which variables when the
    statement itself does not say, `directions` along which directions, one expression for each variable.
    """
    scope = scope or Scope()
    wrt = tuple(map(plain_name, wrt))
    readings = [statement]
    apart = letters_apart(statement, statement.wrt or wrt, scope.names())
    if apart is not None:
        readings.insert(0 if prefers_letters(statement, statement.wrt or wrt) else 1, apart)
    failure: MatdiffError | None = None
    for reading in readings:
        try:
            read = _interpreted(reading, scope, kind, wrt, directions, keeps_names)
        except MatdiffError as error:
            failure = error if reading is statement else failure
        else:
            return read if reading is statement else read._replace(notes=(LETTERS_APART, *read.notes))
    assert failure is not None
    raise failure


def _interpreted(
    statement: Statement,
    scope: Scope,
    kind: str,
    wrt: tuple[str, ...],
    directions: tuple[str, ...],
    keeps_names: bool,
) -> Interpreted:
    problem = _pose(statement, scope, kind, wrt)
    if directions:
        problem = _with_directions(problem, directions, scope)
    return _settled(problem, keeps_names)._replace(structured=statement.structured or scope.structured)


def interpret_system(
    sides: tuple[Syntax, ...],
    gradients: tuple[str, ...],
    unknowns: tuple[str, ...],
    scope: Scope,
) -> Interpreted:
    """The trees of equations that hold together, shapes being found from all of them.

    `sides` are left and right of each equation, `gradients` for each of them the variable by whose gradient of the left
    side is meant, empty where the left side itself is; `wrt` of the result are the unknowns.
    """
    problem = pose("system", sides, unknowns, scope.declarations, scope.lets, (), scope.functions)
    names = _variable_names(problem)
    for name in (*unknowns, *gradients):
        if name and name not in names and name not in problem.declared:
            raise UnknownName("variable", name, None, closest(name, names), _told_variables(names))
    return _settled(replace(problem, gradients=gradients))


def _settled(problem: Problem, keeps_names: bool = False) -> Interpreted:
    """The trees of a problem, once the shapes fit."""
    names = _variable_names(problem)
    reading = read_shapes(problem)
    inference = reading.inference
    problem = inference.problem
    for name in problem.wrt:
        inference.variable(name)
    settle(inference)
    kept = _distinct_names(problem) if keeps_names else {}
    nodes = lower(inference, kept)
    integers = inference.integers()
    variables = {name: variable_of(inference, name, integers) for name in (*names, *problem.wrt)}
    return Interpreted(
        sides=tuple(nodes[side] for side in problem.sides),
        wrt=tuple(variables[name] for name in problem.wrt),
        variables=tuple(variables[name] for name in names),
        lets=tuple((kept.get(syntax, name), nodes[syntax]) for name, syntax in problem.lets),
        size_names=problem.sizes,
        assumptions=(*assumptions_of(variables.values()), *functions_of(inference)),
        notes=notes_of(reading),
        directions=tuple(nodes[side] for side in problem.directions) or _changes(inference),
    )


def _distinct_names(problem: Problem) -> dict[Syntax, str]:
    """A name for each `let` line: its own, or with a number behind it where that means something else already."""
    plain = (s.text for s in problem.order if s.kind in ("name", "call") and s not in problem.meaning)
    taken = {*plain, *problem.declared}
    numbers: dict[str, Iterator[int]] = {}
    found: dict[Syntax, str] = {}
    for name, syntax in problem.lets:
        following = numbers.setdefault(name, count(2))
        own = name
        while own in taken:
            own = f"{name}{next(following)}"
        taken.add(own)
        found[syntax] = own
    return found


def _changes(inference: Inference) -> tuple[Node, ...]:
    """The variables `dX` of a differential, one for each variable that changes."""
    changes = inference.problem.changes
    return tuple(variable_of(inference, f"d{name}") for name in inference.problem.wrt) if changes else ()


def _pose(statement: Statement, scope: Scope, kind: str, wrt: tuple[str, ...]) -> Problem:
    """What the statement asks of shape inference; raises where it is no expression or it is not clear by what."""
    if not statement.sides or statement.kind in SETTINGS:
        place = statement.source.place(0, len(statement.source.text) or 1)
        raise UnreadableText("there is no expression", place, hint="write one such as `x'*A*x`")
    taken = kind if statement.kind == "expression" and kind else statement.kind
    declarations = _joined(scope.declarations, statement.declarations)
    problem = pose(taken, statement.sides, statement.wrt or wrt, declarations, scope.lets, (), scope.functions)
    if taken == "differential":
        return _with_changes(problem, statement.wrt or wrt)
    if taken in DERIVATIVES:
        problem = replace(problem, wrt=_wrt_of(problem, statement, statement.wrt or wrt))
    return problem


def _with_changes(problem: Problem, wrt: tuple[str, ...]) -> Problem:
    """A differential with the variables that change: those asked for, those whose `dX` occurs, else all."""
    changes = changes_of(problem)
    names = wrt or tuple(dict.fromkeys(changes.values())) or _variable_names(replace(problem, order=_left(problem)))
    return replace(problem, wrt=names, changes={**changes, **{f"d{name}": name for name in names}})


def _left(problem: Problem) -> tuple[Syntax, ...]:
    return tuple(postorder(problem.sides[:1], problem.below))


def _with_directions(problem: Problem, directions: tuple[str, ...], scope: Scope) -> Problem:
    """The problem with the directions read in the scope of the statement."""
    known = words_of(problem.declared.values()) | scope.names()
    read = [parse_statement(Source(text, 1), known) for text in directions]
    for statement in read:
        if statement.kind != "expression" or len(statement.sides) != 1:
            place = statement.source.place(0, len(statement.source.text) or 1)
            raise UnreadableText("a direction is one expression", place, hint="write one such as `V`")
    if len(read) != len(problem.wrt):
        raise WrongArguments(
            f"{_counted(len(problem.wrt), 'variable')} and {_counted(len(read), 'direction')}: each needs the other",
            read[-1].source.place(0, len(read[-1].source.text)),
            hint="give `--direction` once for every variable, in the order of the variables",
        )
    declared = [*problem.declared.values(), *(d for statement in read for d in statement.declarations)]
    sides = tuple(statement.sides[0] for statement in read)
    posed = pose(problem.kind, problem.sides, problem.wrt, declared, scope.lets, sides, scope.functions)
    return replace(posed, wrt=problem.wrt)


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" + "s" * (number != 1)


def _joined(earlier: tuple[Declaration, ...], later: tuple[Declaration, ...]) -> tuple[Declaration, ...]:
    if not later:
        return earlier
    replaced = {declaration.name for declaration in later}
    return (*(declaration for declaration in earlier if declaration.name not in replaced), *later)


def _variable_names(problem: Problem) -> tuple[str, ...]:
    return tuple(dict.fromkeys(s.text for s in problem.order if problem.is_variable(s)))


def _wrt_of(problem: Problem, statement: Statement, wrt: tuple[str, ...]) -> tuple[str, ...]:
    """The variables to differentiate by: those asked for, or the only one that occurs."""
    names = _variable_names(problem)
    if not wrt:
        if len(names) == 1:
            return names
        return _fail_without_variable(problem, statement, names)
    for name in wrt:
        if name in names or (name in problem.declared and not problem.declared[name].is_function):
            continue
        place = statement.source.place(*statement.wrt_place) if statement.wrt else None
        if name in dict(problem.lets):
            raise NotYet(f"`{name}` names an expression, and derivatives are by variables", place)
        hint = run_together(problem, names, (name,))
        offers = () if hint else closest(name, names)
        raise UnknownName("variable", name, place, offers, hint or _told_variables(names))
    if len(statement.sides) > 1 and len(wrt) > 1:
        raise NoVariable("a rule is about one variable", statement.source.place(*statement.wrt_place), wrt, "")
    return tuple(dict.fromkeys(wrt))


def _told_variables(names: tuple[str, ...]) -> str:
    return "the variables here are " + ", ".join(f"`{n}`" for n in names[:8]) if names else "no variable occurs here"


def _fail_without_variable(problem: Problem, statement: Statement, names: tuple[str, ...]) -> tuple[str, ...]:
    place = statement.sides[0].place()
    if not names:
        raise NoVariable("no variable occurs here", place, names, "name one behind the expression: `… wrt x`, declared")
    told = ", ".join(f"`{name}`" for name in names[:8]) + (", …" if len(names) > 8 else "")
    asked = "which of them change?" if problem.kind == "curvature" else "by which one is the derivative?"
    raise NoVariable(
        f"{len(names)} variables occur ({told}): {asked}",
        place,
        names,
        f"write `wrt {names[0]}` behind the expression, or `--wrt {names[0]}`",
    )
