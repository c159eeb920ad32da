"""Calls → nodes: functions of the catalogue, unknown ones, sized constants, `vector(…)`, `unvec`, `einsum`."""

from __future__ import annotations

from collections.abc import Callable

from matdiff.functions.rows import Elementwise, Sugar
from matdiff.parsing.axes import find
from matdiff.parsing.lengths import counted, length_of
from matdiff.parsing.lowering import Lowering, index_of
from matdiff.parsing.problem import RESHAPE, SIZE_FUNCTIONS, SIZED, SPREADS
from matdiff.parsing.syntax import Syntax
from matdiff.parsing.terms import (
    OF_SCALARS,
    constant,
    inverted,
    kronecker,
    spread,
)
from matdiff.parsing.wires import letters_of
from matdiff.tree import build, unknown
from matdiff.tree.dims import Dim, Size
from matdiff.tree.node import Node, Shape

OF_STACKED: dict[str, Callable[..., Node]] = {
    "commutation": build.commutation,
    "elimination": build.elimination,
    "duplication": build.duplication,
}


def call(lowering: Lowering, syntax: Syntax) -> Node:
    """The node of a call: a sized constant, a form of the language, a function of the tables or an unknown one."""
    name = syntax.text
    if name in SIZED:
        if SIZED[name] in OF_STACKED:
            return OF_STACKED[SIZED[name]](*_told_sizes(lowering, syntax))
        if SIZED[name] == "unit":
            return build.unit(index_of(syntax.args[0]), lowering.shape(syntax)[0])
        return constant(SIZED[name], _constant_shape(lowering, syntax))
    if name in SPREADS:
        return spread(lowering.nodes[syntax.args[0]], lowering.shape(syntax))
    if name in SIZE_FUNCTIONS:
        axes = lowering.inference.axes[syntax.args[0]]
        assert axes is not None
        length = find(counted(syntax, axes))
        assert isinstance(length, int | Size)
        return build.size_number(length)
    if name == "einsum":
        return _einsum(lowering, syntax)
    if name == RESHAPE:
        return build.call(name, (lowering.nodes[syntax.args[0]],), lowering.shape(syntax))
    return _function(lowering, syntax)


def _told_sizes(lowering: Lowering, syntax: Syntax) -> list[Dim]:
    """The sizes that a call has for arguments."""
    lengths = [find(length_of(arg, lowering.inference)) for arg in syntax.args]
    return [length for length in lengths if isinstance(length, int | Size)]


def _constant_shape(lowering: Lowering, syntax: Syntax) -> Shape:
    axes = lowering.inference.axes[syntax]
    assert axes is not None
    sizes = tuple(size for length in axes if isinstance(size := find(length), int | Size))
    return sizes if SIZED[syntax.text] == "pairing" else lowering.inference.shape(axes)


def _unknown(lowering: Lowering, syntax: Syntax) -> Node:
    """A function of which nothing is known; a row is taken as the vector of its entries."""
    from matdiff.parsing.unknowns import places_of

    name = lowering.problem.functions[syntax]
    args = tuple(lowering.nodes[arg] for arg in syntax.args)
    places = places_of(name)
    if lowering.problem.is_entrywise(syntax):
        shape = next((arg.shape for arg in args if arg.shape), ())
        orders = tuple(places.count(place) for place in range(len(args)))
        return unknown.entrywise(name.function, tuple(spread(arg, shape) for arg in args), orders)
    value = lowering.inference.shape(lowering.inference.values[name.function])
    args = tuple(build.transpose(arg) if arg.shape[:1] == (1,) else arg for arg in args)
    return unknown.whole(name.function, args, value, places)


def _function(lowering: Lowering, syntax: Syntax) -> Node:
    if syntax in lowering.problem.functions:
        return _unknown(lowering, syntax)
    row = lowering.problem.row(syntax.text)
    assert row is not None
    args = tuple(lowering.nodes[arg] for arg in syntax.args)
    shape = lowering.shape(syntax)
    if isinstance(row, Elementwise):
        return lowering.problem.applied(syntax.text, tuple(spread(arg, shape) for arg in args))
    if syntax in lowering.inference.by_rows:
        return _by_rows(row.name, args[0])
    if syntax.operators in (("rows",), ("cols",)):
        return build.call(row.name, args, shape, syntax.operators)
    if isinstance(row, Sugar):
        return row.build(*args)
    if row.name == "inv":
        return inverted(args[0])
    if len(args) == 1 and not args[0].shape and row.name in OF_SCALARS:
        return build.apply("abs", args[0]) if syntax.operators == ("bars",) else OF_SCALARS[row.name](args[0])
    return kronecker(*args) if row.name == "kron" else build.call(row.name, args, shape)


def _by_rows(name: str, matrix: Node) -> Node:
    """A function of vectors taken of every row; of a single row it is that of a vector."""
    if matrix.shape[0] == 1:
        vector = build.transpose(matrix)
        return build.transpose(build.call(name, (vector,), vector.shape))
    return build.call(name, (matrix,), matrix.shape, ("rows",))


def _einsum(lowering: Lowering, syntax: Syntax) -> Node:
    letters, output = letters_of(syntax)
    axes = lowering.inference.axes[syntax]
    assert axes is not None
    return build.einsum([lowering.nodes[arg] for arg in syntax.args[1:]], letters, output)
