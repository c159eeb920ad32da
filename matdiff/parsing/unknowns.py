"""Functions that are not known: which calls are meant as such, and what shapes they take and give.

A function is of one kind in the whole statement: `scalar` (of anything to a number), `vector` (to a vector),
`entrywise`, or `declared` with the shape of its value. Where nothing says so it is `scalar`, unless its place asks for
more; what was taken then is told in a note.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from matdiff.errors import MatdiffError, ShapeConflict, UnknownName, WrongArguments, closest
from matdiff.functions import catalogue
from matdiff.functions.unknown import BEFORE, BEHIND, JACOBIAN, Name, take_apart
from matdiff.parsing import wording
from matdiff.parsing.axes import SCALAR, Axes, Axis, is_one, is_scalar, kind_of, unify_axes
from matdiff.parsing.declare import Declaration
from matdiff.parsing.infer_operators import entrywise
from matdiff.parsing.inference import Inference
from matdiff.parsing.problem import FORMS, Problem
from matdiff.parsing.syntax import Syntax
from matdiff.tree.unknown import HIGHEST_ORDER

NOT_TYPOS = ("cost",)
CLOSE = 0.75


def with_functions(problem: Problem, calls: Iterable[Syntax]) -> Problem:
    """The problem with each of `calls` taken for an unknown function; raises where one is something else."""
    names = _plain_names(problem)
    _hold_variables(problem)
    _hold_forms(problem)
    functions: dict[Syntax, Name] = {}
    counts: dict[str, int] = {}
    for call in calls:
        name = Name(call.text) if call.text in problem.declared else take_apart(call.text)
        _hold_function(problem, call, name.function, names)
        _hold_arguments(call, name, counts)
        functions[call] = name
    kinds = {name.function: _kind(problem, name.function, functions.values()) for name in functions.values()}
    return replace(problem, functions=functions, kinds={name: kind for name, kind in kinds.items() if kind})


def _plain_names(problem: Problem) -> set[str]:
    """The names that stand for values."""
    names = {s.text for s in problem.order if problem.is_variable(s)}
    return names | {name for name, _ in problem.lets} | set(problem.wrt)


def _hold_variables(problem: Problem) -> None:
    """Raise where a function stands for a value."""
    for syntax in problem.order:
        declared = problem.declared.get(syntax.text) if problem.is_variable(syntax) else None
        if declared is not None and declared.is_function:
            raise WrongArguments(
                f"`{syntax.text}` is declared as a function, and a value is needed here",
                syntax.place(),
                hint=f"write `{syntax.text}(x)` with what it is applied to",
            )


def _hold_forms(problem: Problem) -> None:
    """Raise where a declared function has the name of something that is written as a call, such as `K(m, n)`."""
    for syntax in problem.order:
        declared = problem.declared.get(syntax.text) if syntax.kind == "call" and syntax.text in FORMS else None
        if declared is not None and declared.is_function:
            place = syntax.source.place(syntax.start, syntax.start + len(syntax.text))
            hint = f"call the function something else, such as `{syntax.text}1`"
            raise WrongArguments(f"`{syntax.text}` is a word of the language", place, hint=hint)


def _hold_function(problem: Problem, call: Syntax, name: str, names: set[str]) -> None:
    """Raise where a call means no unknown function: the name is a variable's, or looks like that of a known one."""
    place = call.source.place(call.start, call.start + len(call.text))
    declared = problem.declared.get(name)
    if declared is not None and declared.is_function:
        return
    if _is_foreign(call):
        raise UnknownName("function", call.text, place, _known_alike(name, problem))
    if declared is not None or name in names:
        raise WrongArguments(
            f"`{name}` is a variable here, and no function", place, hint=f"write `{name}*(…)` for a product"
        )
    if name in problem.definitions:
        hint = f"its derivative is what `grad sum({name}(x)) wrt x` gives"
        raise UnknownName("function", call.text, place, (), hint)
    if name in FORMS or catalogue.find(name) is not None:
        hint = f'`{name}` is known: `matdiff grad "sum({name}(x))"` shows its derivative'
        raise UnknownName("function", call.text, place, (), hint)
    offers = () if name in NOT_TYPOS else _known_alike(name, problem)
    if offers:
        is_body = problem.kind == "definition"
        otherwise = "" if is_body else f'for an unknown function add --where "{name}: function"'
        raise UnknownName("function", call.text, place, offers, otherwise=otherwise)


def _is_foreign(call: Syntax) -> bool:
    """Whether a call is of a function of a module or of a method: `np.linalg.qr(A)`, `A.view(x)`."""
    text = call.source.text
    is_method = not text.startswith(call.text, call.start) and f".{call.text}" in text[call.start : call.end]
    return is_method or text[max(call.start - 1, 0) : call.start] == "."


def _known_alike(name: str, problem: Problem) -> tuple[str, ...]:
    """The known functions that a name looks like, each under one of its names."""
    own = closest(name, problem.definitions, 1, CLOSE)
    if own:
        return own
    alike = closest(name, (*catalogue.names(), *FORMS), 4, CLOSE)
    return tuple({catalogue.find(known) or known: known for known in reversed(alike)}.values())[::-1][:2]


def _hold_arguments(call: Syntax, name: Name, counts: dict[str, int]) -> None:
    """Raise where the arguments are not as many as before, or a place of a derivative is none of them."""
    count = len(call.args)
    if not count or call.operators:
        raise WrongArguments(f"`{call.place().excerpt()}`: a function has arguments", call.place())
    if counts.setdefault(name.function, count) != count:
        told = f"`{name.function}` has {counts[name.function]} arguments before, and {count} here"
        raise WrongArguments(told, call.place())
    if name.order and count > 1 and not name.places:
        raise WrongArguments(
            f"`{call.place().excerpt()}`: by which of its {count} arguments is the derivative?",
            call.place(),
            hint=f"write their places behind the order, for the first `{_with_places(name)}(…)`",
        )
    if name.places and (len(name.places) != name.order or max(name.places) >= count):
        raise WrongArguments(
            f"`{call.text}`: the digits are the places of the arguments that the derivative is by", call.place()
        )


def _with_places(name: Name) -> str:
    digits = "1" * name.order
    if name.style == "behind":
        return f"{name.function}_{BEHIND[name.order]}{digits}"
    return f"{name.style if name.style == JACOBIAN else BEFORE[name.order]}{digits}_{name.function}"


def _kind(problem: Problem, name: str, uses: Iterable[Name]) -> str:
    """The kind that a declaration or the names of derivatives say; empty where nothing does."""
    declared = problem.declared.get(name)
    if declared is not None:
        return {"elementwise": "entrywise"}.get(declared.kind, "declared" if declared.rows is not None else "scalar")
    styles = {use.style for use in uses if use.function == name}
    return "vector" if JACOBIAN in styles else "scalar" if "before" in styles else "entrywise" if styles != {""} else ""


def axes_of(inference: Inference, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
    """The axes of a call; what follows for the function is noted in `domains` and `values`."""
    problem = inference.problem
    name = problem.functions[syntax]
    kind = problem.kinds.get(name.function, "scalar")
    if kind == "entrywise":
        if name.style in ("before", JACOBIAN) and not all(map(is_scalar, args)):
            raise _wrong_style(syntax, name)
        return entrywise(inference, syntax, args)
    declared = problem.declared.get(name.function)
    args = tuple((axes[1], axes[0]) if kind_of(axes) == "row" else axes for axes in args)
    domain = inference.domains.setdefault(name.function, (declared.domain if declared else ()) or args)
    if len(domain) != len(args) or not all(map(unify_axes, domain, args)):
        inference.conflict(syntax.args, partial(_other_arguments, inference, syntax, domain))
        return None
    value = inference.values.setdefault(name.function, _value(declared, kind))
    if name.style == "behind" and not all(map(is_scalar, args)):
        raise _wrong_style(syntax, name)
    more = (axis for place in places_of(name) for axis in args[place] if not is_one(axis))
    axes = (*(axis for axis in value if not is_one(axis)), *more)
    return (*axes, 1, 1)[:2] if len(axes) < 2 else axes


def _value(declared: Declaration | None, kind: str) -> Axes:
    if kind == "declared":
        assert declared is not None
        assert declared.rows is not None
        assert declared.columns is not None
        return (declared.rows, declared.columns, *declared.more)
    return (Axis(is_long=True), 1) if kind == "vector" else SCALAR


def places_of(name: Name) -> tuple[int, ...]:
    """The places that a derivative is by; of a function of one argument always that one."""
    return name.places or (0,) * name.order


def _wrong_style(syntax: Syntax, name: Name) -> MatdiffError:
    if name.style == "behind":
        right = f"{BEFORE[name.order]}_{name.function}"
        return WrongArguments(
            f"`{syntax.place().excerpt()}`: `{name.function}` is a function of whole vectors or matrices",
            syntax.place(),
            hint=f"write `{right}(…)`, or declare `{name.function}: elementwise`",
        )
    return WrongArguments(
        f"`{syntax.place().excerpt()}`: `{name.function}` is applied entry by entry",
        syntax.place(),
        hint=f"its derivative is `{name.function}_{BEHIND[min(name.order, HIGHEST_ORDER)]}(…)`",
    )


def _other_arguments(inference: Inference, syntax: Syntax, domain: tuple[Axes, ...]) -> ShapeConflict:
    taken = ", ".join(wording.shape_words(inference, axes) for axes in domain)
    name = inference.problem.functions[syntax].function
    return wording.unlike(inference, syntax, f"`{name}` is a function of {taken}")
