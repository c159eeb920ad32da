"""A statement on real arrays: its value and its derivatives, computed in NumPy and compared with the oracle."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from matdiff.engine import ORDERS, Options, differentiate
from matdiff.errors import BadData, NotYet, OutOfBounds, UnreadableText
from matdiff.evaluation.evaluated import Evaluated, Numbers
from matdiff.evaluation.given import (
    Given,
    as_arrays,
    declared_by,
    drawn,
    fit,
    hold_sizes,
    hold_words_of,
    told_unbounded,
)
from matdiff.parsing.problem import below
from matdiff.parsing.read import Interpreted, Scope, Statement, interpret
from matdiff.parsing.syntax import postorder as syntax_below
from matdiff.printing.program.function import Function, Output
from matdiff.programs import loaded
from matdiff.results import Derivative
from matdiff.tree import build
from matdiff.tree.dims import value_of
from matdiff.tree.node import Node, make
from matdiff.tree.unknown import is_unknown, name_of
from matdiff.tree.walk import fold, postorder

if TYPE_CHECKING:
    from matdiff.evaluation.array import Array

LARGEST_RESULT = 200_000_000
NAME = "evaluated"


class Data(NamedTuple):
    """What the user gives: whatever holds numbers by name; `sizes` of what is drawn where `is_random`, from `seed`."""

    arrays: Mapping[str, object]
    is_random: bool = False
    sizes: Mapping[str, int] = {}
    seed: int = 0


class Plan(NamedTuple):
    """A statement as trees, with its derivatives as expressions, before anything is computed."""

    expression: str
    read: Interpreted
    derivatives: tuple[Derivative, ...]
    arrays: dict[str, Array]
    data: Data


def evaluate(statement: Statement, scope: Scope, wrt: tuple[str, ...], data: Data) -> Evaluated:
    """The value of a statement on arrays, and its derivative by each variable of `wrt`.

    A plain expression is differentiated only where `wrt` has a name; `grad`, `jacobian` and `hessian` are as the
    statement says. Raises BadData for data that do not fit, and what `differentiate` raises.
    """
    return computed(planned(statement, scope, wrt, data))


def planned(statement: Statement, scope: Scope, wrt: tuple[str, ...], data: Data) -> Plan:
    """What is to be computed; shapes follow from the data where nothing is declared."""
    if len(statement.sides) > 1:
        raise UnreadableText("this is a rule: there is one expression to evaluate", statement.sides[1].place())
    arrays = as_arrays(data.arrays)
    scope = scope.below(declared_by(arrays, _undeclared(statement, scope)))
    derivatives: tuple[Derivative, ...] = ()
    if wrt or statement.kind in ORDERS:
        kind = statement.kind if statement.kind in ORDERS else "jacobian"
        options = Options(structured=statement.structured or scope.structured or "project")
        derivatives = differentiate(statement, scope, kind=kind, wrt=statement.wrt or wrt, options=options)
    read = derivatives[0].batch.interpreted if derivatives else interpret(statement, scope)
    return Plan(statement.source.text.strip(), read, derivatives, arrays, data)


def _undeclared(statement: Statement, scope: Scope) -> list[str]:
    """The names of a statement, letters of entries apart, that nothing is said of."""
    declared = {d.name for d in (*scope.declarations, *statement.declarations)} | {name for name, _ in scope.lets}
    roots = (*statement.sides, *(syntax for _, syntax in scope.lets))
    found = syntax_below(roots, lambda syntax: below(syntax, {}))
    return sorted({s.text for s in found if s.kind == "name"} - declared)


def computed(plan: Plan) -> Evaluated:
    """The numbers of a plan, each compared with the oracle."""
    read, arrays, data = plan.read, plan.arrays, plan.data
    variables = tuple(dict.fromkeys((*read.variables, *read.wrt)))
    names = {str(variable.attrs[0]) for variable in variables}
    integers = {name: int(a) for name, a in arrays.items() if name not in names and not a.ndim and a == round(float(a))}
    given = fit(read, arrays, {**integers, **data.sizes}, data.is_random)
    outputs = _outputs(read, plan.derivatives)
    nodes = _indexed(tuple(output.node for output in outputs), given.sizes)
    _hold_unknown(nodes)
    outputs = tuple(output._replace(node=node) for output, node in zip(outputs, nodes, strict=True))
    unused = tuple(name for name in arrays if name not in names and name not in given.sizes)
    if all(name in given.arrays for name in names):
        numbers = _numbers(outputs, variables, given)
    else:
        given, numbers = _drawn(outputs, variables, given, data.seed)
    return Evaluated(plan.expression, read, plan.derivatives, outputs, given, numbers, unused)


def _outputs(read: Interpreted, derivatives: tuple[Derivative, ...]) -> tuple[Output, ...]:
    value = read.sides[0]
    word = "" if not derivatives else "hessian" if derivatives[0].order == 2 else "jacobian" if value.shape else "grad"
    found = [Output("value", value, value.shape)]
    found += (Output(f"{word}_{d.wrt.replace(',', '_')}", d.node, d.result_axes) for d in derivatives)
    return tuple(found)


def _indexed(roots: tuple[Node, ...], sizes: Mapping[str, int]) -> tuple[Node, ...]:
    """The trees with numbers for the letters of entries, which are given as data: `x[i]` with `i = 2`."""

    def visit(node: Node, args: tuple[Node, ...]) -> Node:
        if node.op == "constant" and node.attrs[0] == "unit" and isinstance(node.attrs[1], str):
            letter, (size,) = node.attrs[1], node.shape
            if letter not in sizes:
                raise BadData(
                    f"nothing says which entry `{letter}` is", hint=f"give it as a number: `--data {letter}=1`"
                )
            if sizes[letter] < 1 or (isinstance(size, int) and sizes[letter] > size):
                raise BadData(f"there is no entry {sizes[letter]}; entries are counted from 1")
            return build.unit(sizes[letter], size)
        return node if args == node.args else make(node.op, args, node.attrs, node.shape)

    done = fold(roots, visit)
    return tuple(done[root] for root in roots)


def _hold_unknown(roots: tuple[Node, ...]) -> None:
    for node in postorder(roots):
        if is_unknown(node):
            raise NotYet(f"`{name_of(node)}` is an unknown function, which has no numbers")


def _drawn(outputs: tuple[Output, ...], variables: tuple[Node, ...], given: Given, seed: int) -> tuple[Given, Numbers]:
    """Random data for what has none, in the first style at which everything has a value."""
    import numpy as np

    from matdiff.evaluation.words import STYLES

    failure: BadData | None = None
    for style in STYLES:
        made = drawn(given, variables, style, np.random.default_rng(seed))
        try:
            return made, _numbers(outputs, variables, made)
        except BadData as error:
            failure = failure or error
    assert failure is not None
    raise failure


def _numbers(outputs: tuple[Output, ...], variables: tuple[Node, ...], given: Given) -> Numbers:
    """The outputs as arrays, each compared with the oracle."""
    from matdiff.evaluation.compared import compared

    hold_words_of(variables, given.arrays)
    hold_sizes((axis for node in postorder(o.node for o in outputs) for axis in node.shape), given.sizes)
    for output in outputs:
        entries = prod(value_of(axis, given.sizes) for axis in output.axes)
        if entries > LARGEST_RESULT:
            raise OutOfBounds(f"`{output.name}` would have {entries:,} entries; it may have {LARGEST_RESULT:,}")
    found = _computed(outputs, variables, given)
    for name, array in found.items():
        unbounded = told_unbounded(name, array)
        if unbounded:
            raise BadData(f"{unbounded}: the data lie outside of where the expression has a value")
    check, notes = compared(outputs, found, given)
    return Numbers(found, check, notes)


def _computed(outputs: tuple[Output, ...], variables: tuple[Node, ...], given: Given) -> dict[str, Array]:
    import numpy as np

    from matdiff.printing.formats.numpy import NumpyWriter

    writer = NumpyWriter(Function(outputs, NAME, variables, NAME))
    source = writer.source()
    arguments = {name: given.arrays.get(name, given.sizes.get(name)) for name in writer.argument_names()}
    try:
        with np.errstate(all="ignore"):
            found = loaded(source, NAME)(**arguments)
    except ImportError as error:
        raise NotYet(f"this needs {error.name}, which is not installed", hint=f"pip install {error.name}") from None
    except np.linalg.LinAlgError as error:
        raise BadData(f"the expression has no value at these data: {str(error).lower()}") from None
    except MemoryError:
        raise OutOfBounds("this takes more memory than there is") from None
    several = found if isinstance(found, tuple) else (found,)
    pairs = zip(outputs, several, strict=True)
    return {output.name: np.asarray(array, dtype=float) for output, array in pairs}
