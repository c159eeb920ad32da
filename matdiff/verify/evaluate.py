"""Expressions on numbers: any tree in matrix form as a program on flat lists of floats or complex numbers.

A program is made once for given sizes and run at many points. Entries lie row by row; the shape of every node is
known when the program is made, so that only the entries flow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from operator import mul
from typing import NamedTuple

from matdiff.functions.defined import row_of
from matdiff.tree import einsum
from matdiff.tree.attributes import commuted_sizes, halved_size, number_of, orders_of, size_of, weights_of
from matdiff.tree.dims import Dim, value_of
from matdiff.tree.node import Attribute, Node, Shape
from matdiff.tree.unknown import UNKNOWN, name_of, places_of, value_shape
from matdiff.tree.walk import postorder
from matdiff.verify import calls, contraction
from matdiff.verify.algebra import (
    LARGEST_WORK,
    Entries,
    OutOfDomainError,
    Sizes,
    TooLargeError,
    count,
    identity,
    multiply,
    rows_and_columns,
    transposed,
)

Step = Callable[..., Entries]
Inputs = Mapping[str, Entries]

REAL = 1e-13


def evaluate(root: Node, inputs: Inputs, sizes: Mapping[str, int]) -> Entries:
    """The entries of `root`, row by row, where the variables have these entries and the named sizes these values.

    Raises `OutOfDomainError` where there is no finite value.

    >>> from matdiff.tree.build import variable, product, transpose
    >>> x, y = variable("x", (2,)), variable("y", (2,))
    >>> evaluate(product(transpose(x), y), {"x": [1, 2], "y": [3, 4]}, {})
    [11]
    """
    program = Program((root,), sizes)
    return program.run(inputs)[program.places[0]]


class _Site(NamedTuple):
    """A node with its own shape and those of its arguments, in numbers."""

    node: Node
    shape: Sizes
    shapes: tuple[Sizes, ...]


class Program:
    """The nodes below `roots`, each once, as steps from entries to entries.

    `places[k]` is where root `k` stands in the list that `run` gives, `work` about the multiplications of one run.
    Raises `TooLargeError` where that is beyond reason.
    """

    __slots__ = ("sizes", "places", "work", "_known", "_steps", "_variables")

    def __init__(self, roots: Sequence[Node], sizes: Mapping[str, int]) -> None:
        self.sizes = sizes
        self._known: dict[Dim, int] = {}
        nodes = postorder(roots)
        slots = {node: slot for slot, node in enumerate(nodes)}
        self.places = tuple(slots[root] for root in roots)
        self.work = 0
        self._variables = {slot: str(node.attrs[0]) for slot, node in enumerate(nodes) if node.op == "var"}
        self._steps = [(self._step(node), tuple(slots[arg] for arg in node.args), _may_leave(node)) for node in nodes]

    def shape(self, axes: Shape) -> Sizes:
        """A shape in numbers."""
        return tuple(self._size(axis) for axis in axes)

    def run(self, inputs: Inputs, last: int | None = None, is_real: bool = False) -> list[Entries]:
        """The entries of every node, of those up to place `last` where one is given.

        With `is_real` a value with an imaginary part is out of the domain, in the middle of an expression as well.
        Raises `OutOfDomainError`.
        """
        values: list[Entries] = []
        steps = self._steps if last is None else self._steps[: last + 1]
        try:
            for slot, (step, args, may_leave) in enumerate(steps):
                entries = step(*[values[arg] for arg in args]) if step else inputs[self._variables[slot]]
                values.append([_as_real(entry) for entry in entries] if is_real and may_leave else entries)
        except OutOfDomainError:
            raise
        except (ArithmeticError, ValueError) as problem:
            raise OutOfDomainError(str(problem)) from None
        return values

    def _size(self, axis: Dim) -> int:
        if isinstance(axis, int):
            return axis
        found = self._known.get(axis)
        if found is None:
            found = self._known[axis] = value_of(axis, self.sizes)
        return found

    def _step(self, node: Node) -> Step | None:
        shape = self.shape(node.shape)
        self.work += count(shape)
        if self.work > LARGEST_WORK:
            raise TooLargeError
        if node.op == "var":
            return None
        shapes = tuple(self.shape(arg.shape) for arg in node.args)
        if node.op == "einsum":
            wires, output, sizes = einsum.parts(node)
            step, work = contraction.plan(wires, output, self.shape(sizes))
            self.work += work
            return step
        if node.op == "size":
            return _constant([float(value_of(size_of(node), self.sizes))])
        if node.attrs[:1] == ("unit",):
            place = index_of(node.attrs[1], shape[0])
            return _constant([float(k == place) for k in range(shape[0])])
        if node.attrs[:1] == ("commutation",):
            return _constant(_commutation(*self.shape(commuted_sizes(node))))
        if node.attrs[:1] in (("elimination",), ("duplication",)):
            return _constant(_half_of_vec(self._size(halved_size(node)), node.attrs[0] == "elimination"))
        assert node.op in _MAKERS, f"`{node.op}` is no op of matrix form"
        width = shape[-1] if node.op in ("product", "call") and len(shape) > 1 else 1
        self.work += width * sum(map(count, shapes))
        return _MAKERS[node.op](_Site(node, shape, shapes))


def _may_leave(node: Node) -> bool:
    """Whether real arguments may give a value that is not real or not finite."""
    return node.op in ("map", "call")


def _as_real(entry: complex) -> float:
    if abs(entry.imag) > REAL * (1.0 + abs(entry.real)) or not math.isfinite(entry.real):
        raise OutOfDomainError(f"a value is {entry}")
    return entry.real


def _constant(entries: Entries) -> Step:
    return lambda: entries


def _as_float(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _number(site: _Site) -> Step:
    return _constant([_as_float(number_of(site.node))])


def _filled(site: _Site) -> Step:
    (kind,) = site.node.attrs
    if kind == "pi":
        return _constant([math.pi])
    if kind == "identity":
        return _constant(identity(site.shape[0]))
    if kind == "pairing":
        length, rows, columns = site.shape
        return _constant([float(p == i + j * rows) for p in range(length) for i in range(rows) for j in range(columns)])
    if kind == "lower":
        rows, columns = site.shape
        return _constant([float(row >= column) for row in range(rows) for column in range(columns)])
    assert kind in ("ones", "zeros"), kind
    return _constant([float(kind == "ones")] * count(site.shape))


def index_of(index: Attribute, size: int) -> int:
    """The place, counted from 0, of a number, or one place that is the name's own; beyond the end from the start."""
    return (index - 1 if isinstance(index, int) else sum(map(ord, str(index)))) % size


def _commutation(rows: int, columns: int) -> Entries:
    cells = [(row, column) for row in range(rows) for column in range(columns)]
    return [float(cell == (row, column)) for cell in cells for column in range(columns) for row in range(rows)]


def _half_of_vec(size: int, is_elimination: bool) -> Entries:
    """The elimination or the duplication matrix: places (i, j) from the diagonal down, columns first."""
    half = [(row, column) for column in range(size) for row in range(column, size)]
    whole = [(row, column) for column in range(size) for row in range(size)]
    if is_elimination:
        return [float(place == other) for place in half for other in whole]
    return [float(place in (other, other[::-1])) for place in whole for other in half]


def _sum(site: _Site) -> Step:
    weights = [_as_float(weight) for weight in weights_of(site.node)]
    length = count(site.shape)

    def add(*terms: Entries) -> Entries:
        total: Entries = [0.0] * length
        for weight, term in zip(weights, terms, strict=True):
            total = [whole + weight * part for whole, part in zip(total, term, strict=True)]
        return total

    return add


def _product(site: _Site) -> Step:
    scalars = sum(not arg for arg in site.shapes)
    columns = [rows_and_columns(arg)[1] for arg in site.shapes[scalars:]]
    inner = [rows_and_columns(arg)[0] for arg in site.shapes[scalars:]]
    is_from_right = bool(columns) and columns[-1] == 1

    def chain(*factors: Entries) -> Entries:
        weight: complex = 1
        for scalar in factors[:scalars]:
            weight *= scalar[0]
        if not columns:
            return [weight]
        result = (
            _from_right(factors[scalars:], columns) if is_from_right else _from_left(factors[scalars:], inner, columns)
        )
        return [weight * entry for entry in result] if scalars else result

    return chain


def _from_right(chain: Sequence[Entries], columns: Sequence[int]) -> Entries:
    result = chain[-1]
    for factor, inner in zip(chain[-2::-1], columns[-2::-1], strict=True):
        result = multiply(factor, result, inner, 1)
    return result


def _from_left(chain: Sequence[Entries], inner: Sequence[int], columns: Sequence[int]) -> Entries:
    result = chain[0]
    for factor, rows, width in zip(chain[1:], inner[1:], columns[1:], strict=True):
        result = multiply(result, factor, rows, width)
    return result


def _hadamard(_site: _Site) -> Step:
    def entry_wise(first: Entries, *others: Entries) -> Entries:
        for other in others:
            first = list(map(mul, first, other))
        return first

    return entry_wise


def _transpose(site: _Site) -> Step:
    _, columns = rows_and_columns(site.shapes[0])
    return lambda x: transposed(x, columns)


def _map(site: _Site) -> Step:
    name, *parameters = site.node.attrs
    if name == UNKNOWN:
        return _unknown_map(site.node)
    row = row_of(site.node.attrs)
    assert row is not None, f"`{name}` has no entry-wise row"
    function = row.value
    if len(site.shapes) == 1:
        return lambda x: [function(entry, *parameters) for entry in x]
    return lambda *args: [function(*entries, *parameters) for entries in zip(*args, strict=True)]


def _unknown_map(node: Node) -> Step:
    from matdiff.verify.smooth import entrywise

    function = entrywise(name_of(node), orders_of(node))
    return lambda *args: [function(*entries) for entries in zip(*args, strict=True)]


def _unknown_call(site: _Site) -> Step:
    from matdiff.verify.smooth import whole

    value = site.shape[: len(value_shape(site.node))]
    return whole(name_of(site.node), site.shapes, value, places_of(site.node))


def _block(site: _Site) -> Step:
    return joined_blocks(site.node, site.shapes)


def joined_blocks(node: Node, shapes: Sequence[Sizes]) -> Step:
    """How the entries of a matrix of blocks come from those of blocks of these shapes."""
    (columns,) = node.attrs
    assert isinstance(columns, int)
    sides = [rows_and_columns(shape) for shape in shapes]

    def assemble(*blocks: Entries) -> Entries:
        result: list[complex] = []
        for first in range(0, len(blocks), columns):
            for row in range(sides[first][0]):
                for k in range(first, first + columns):
                    result.extend(blocks[k][row * sides[k][1] : (row + 1) * sides[k][1]])
        return result

    return assemble


def _call(site: _Site) -> Step:
    name, *parameters = site.node.attrs
    if name == UNKNOWN:
        return _unknown_call(site)
    told = site.shape if name in calls.SHAPED else tuple(parameters)
    return partial(calls.find(str(name)), site.shapes, told)


_MAKERS: dict[str, Callable[[_Site], Step]] = {
    "number": _number,
    "constant": _filled,
    "sum": _sum,
    "product": _product,
    "hadamard": _hadamard,
    "transpose": _transpose,
    "map": _map,
    "call": _call,
    "block": _block,
}


def named_sizes(roots: Iterable[Node]) -> tuple[set[str], set[int]]:
    """The named sizes, and the sizes that are numbers, of everything below `roots`."""
    axes: set[Dim] = set()
    for node in postorder(roots):
        axes.update(node.shape)
        if node.op == "size":
            axes.add(size_of(node))
        elif node.op == "einsum":
            axes.update(einsum.parts(node)[2])
    names = {name for axis in axes if not isinstance(axis, int) for term, _ in axis.terms for name in term}
    return names, {axis for axis in axes if isinstance(axis, int)}
