"""Derivatives as source in the languages that arrays are computed in: which function, with which notes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from matdiff.conditions.domains import conditions_of
from matdiff.derive.contract import contract
from matdiff.derive.expand import expand_all
from matdiff.errors import UnreadableText
from matdiff.parsing.read import Interpreted
from matdiff.printing import write
from matdiff.printing.context import Context
from matdiff.printing.program.function import Function, Output
from matdiff.recognise.fold import recognise
from matdiff.tree.dims import names_of
from matdiff.tree.node import Node, Shape
from matdiff.verify.compare import check_equal

NAMES = {"grad": "value_and_grad", "jacobian": "value_and_jacobian", "hessian": "value_grad_and_hessian"}


class Generation(NamedTuple):
    """What generated source is to be like.

    `name` is that of the function, empty for the usual one. With `has_value` it gives the value as well. `sizes` are
    numbers for named sizes, for what products cost.
    """

    name: str = ""
    has_value: bool = False
    sizes: tuple[tuple[str, int], ...] = ()


class Wanted(NamedTuple):
    """A derivative: by what, as a tree with axes, and what was differentiated last."""

    wrt: str
    node: Node
    axes: Shape
    base: Node


OF_EXPRESSIONS = ("sympy",)  # these have a name for each value, and no function that computes them


def source(
    language: str, kind: str, given: Interpreted, expression: str, wanted: tuple[Wanted, ...], ask: Generation
) -> str:
    """The module of a language that computes derivatives of one statement.

    Raises `NoSpelling` for a function that the language has not, and `UnreadableText` for a name or a size that does
    not fit, or means nothing in the language.
    """
    context = Context(given.size_names, given.variables)
    hold_sizes(ask.sizes, given)
    outputs = [Output("result" if len(wanted) == 1 else f"by {w.wrt}", w.node, w.axes) for w in wanted]
    groups: tuple[int, ...] = (len(outputs),)
    if ask.has_value:
        leading = _leading(kind, given.sides[0], wanted)
        groups = (1, *((len(leading) - 1,) if leading[1:] else ()), len(outputs))
        outputs = [*leading, *outputs]
    if language in OF_EXPRESSIONS:
        hold_expressions(ask, outputs)
    name = ask.name or (NAMES.get(kind, "value_and_derivative") if ask.has_value else "derivative")
    title = f"{kind} {expression} wrt {', '.join(w.wrt for w in wanted)}"
    conditions = conditions_of(given.sides, given.wrt, context)
    notes = (*(f"holds where {condition}" for condition in conditions), f"made by {program_and_version()}")
    function = Function(tuple(outputs), title, given.variables, name, (), groups, notes, ask.sizes)
    return write.code(function, language)


def loaded(source: str, name: str) -> Callable[..., object]:
    """The function of this name that Python source of this program defines."""
    module: dict[str, object] = {}
    exec(compile(source, "<matdiff>", "exec"), module)
    made = module[name]
    assert callable(made)
    return made


def hold_sizes(sizes: Iterable[tuple[str, int]], given: Interpreted) -> None:
    """Raise where a number is given for what is no size of the statement."""
    known = {name for variable in given.variables for axis in variable.shape for name in names_of(axis)}
    for name, _ in sizes:
        if name not in known:
            raise UnreadableText(
                f"`{name}` is no size of this expression", hint=f"its sizes are {', '.join(sorted(known)) or 'numbers'}"
            )


def hold_expressions(ask: Generation, outputs: Sequence[Output]) -> None:
    """Raise where something is asked that means nothing where values are expressions."""
    if ask.sizes:
        raise UnreadableText(
            "sizes decide in which order products are computed, and expressions are not computed",
            hint="leave the sizes out, or write `--format numpy`",
        )
    if ask.name and len(outputs) > 1:
        names = ", ".join(f"`{output.name}`" for output in outputs)
        raise UnreadableText(
            f"`{ask.name}` would be the name of one expression, and there are {len(outputs)}: {names}",
            hint="leave the name out, or write `--format numpy`",
        )


def _leading(kind: str, value: Node, wanted: tuple[Wanted, ...]) -> list[Output]:
    """The value, and of a second derivative the gradients."""
    outputs = [Output("value", _simplified(value), value.shape)]
    if kind == "hessian":
        bases = dict.fromkeys(w.base for w in wanted)
        outputs += [Output("gradient", base, base.shape) for base in bases]
    return outputs


def _simplified(value: Node) -> Node:
    """The value in the form that shares most with its derivatives; as it is where that cannot be confirmed."""
    simple = recognise(contract((expand_all((value,))[value],)))[0]
    return simple if simple.shape == value.shape and check_equal(value, simple).status == "agrees" else value


def program_and_version() -> str:
    """`matdiff 0.1.0`."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"matdiff {version('matdiff')}"
    except PackageNotFoundError:
        return "matdiff"
