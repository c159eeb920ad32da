"""The grid: every function of the catalogue on every shape, at both orders; a new row is in it of itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from matdiff import engine
from matdiff.functions.catalogue import ROWS
from matdiff.functions.rows import TRIANGLE, Adjoint, Elementwise, Opaque, Row, Sugar, words_of
from matdiff.tree import build
from matdiff.tree.dims import Dim, multiply, symbol, triangle
from matdiff.tree.node import Node, Shape
from matdiff.verify.compare import Verdict, check_derivative

SHAPES: tuple[Shape, ...] = ((), (symbol("n"),), (1, symbol("n")), (symbol("n"), symbol("m")))
LETTERS = "xyzw"


@dataclass(frozen=True, slots=True)
class Cell:
    """One function of one shape, differentiated once or twice by one of its arguments."""

    name: str
    value: Node
    variable: Node
    order: int

    def __str__(self) -> str:
        shape = "x".join(map(str, self.variable.shape)) or "scalar"
        return f"{self.name} of {shape} by argument {self.variable.attrs[0]}, order {self.order}"

    def derivative(self) -> Node:
        """What the engine answers."""
        if self.order == 1:
            return engine.first_derivatives(self.value, (self.variable,))[0]
        return engine.second_derivative(self.value, self.variable)

    def verdict(self) -> Verdict:
        """What the oracle says of it."""
        return check_derivative(self.value, (self.variable,) * self.order, self.derivative())


def reasons(row: Row) -> Iterator[str]:
    """Why a function has no derivative, or none of a certain kind, in the words of its row."""
    if isinstance(row, Elementwise) and isinstance(row.derivative, str):
        yield row.derivative
    if isinstance(row, Opaque):
        for derivative in (*row.partials, *row.by_rows):
            if isinstance(derivative, str):
                yield derivative
            elif isinstance(derivative, Adjoint) and isinstance(derivative.tensor, str):
                yield derivative.tensor


REASONS = frozenset(reason for row in ROWS for reason in reasons(row))


def cells() -> Iterator[Cell]:
    """Every cell: the derivative of the value itself, and the first and second of a scalar made of it."""
    for row in ROWS:
        yield from along_cells(row)
        for arguments, shape in argument_lists(row):
            value = applied(row, arguments, shape)
            for variable in arguments:
                yield Cell(row.name, value, variable, 1)
                scalar = weighed(value)
                if scalar is not value:
                    yield Cell(row.name, scalar, variable, 1)
                yield Cell(row.name, scalar, variable, 2)


def along_cells(row: Row) -> Iterator[Cell]:
    """The function of every row and of every column of a matrix, where it has such a form."""
    if isinstance(row, Elementwise | Sugar) or not row.by_rows:
        return
    rows, columns = symbol("n"), symbol("m")
    x, y = build.variable("x", (rows, columns)), build.variable("y", (rows,))
    is_reduced = row.signature.endswith("1 1")
    for along, length in (("rows", rows), ("cols", columns)):
        shape: Shape = (length,) if is_reduced else x.shape
        value = build.call(row.name, (x,), shape, (along,))
        yield Cell(f"{row.name} by {along}", value, x, 1)
        yield Cell(f"{row.name} by {along}", weighed(value), x, 1)
        outer = build.product(y, build.transpose(build.variable("z", (columns,))))
        scalar = weighed(build.call(row.name, (outer,), shape, (along,)))
        yield Cell(f"{row.name} by {along}", scalar, y, 2)


def applied(row: Row, arguments: tuple[Node, ...], shape: Shape) -> Node:
    """The function of the row on these arguments."""
    if isinstance(row, Elementwise):
        if row.name == "power":
            return build.power(arguments[0], 3)
        return build.apply(row.name, *arguments)
    if isinstance(row, Sugar):
        return row.build(*arguments)
    return build.call(row.name, arguments, shape)


def argument_lists(row: Row) -> Iterator[tuple[tuple[Node, ...], Shape]]:
    """Arguments of every shape that the row takes, with the shape of the result."""
    if isinstance(row, Elementwise):
        count = len(row.derivative) if isinstance(row.derivative, tuple) else 1
        for shape in SHAPES:
            yield tuple(variable(letter, shape, row.domain) for letter in LETTERS[:count]), shape
        return
    for alternative in row.signature.split("|"):
        inputs, _, output = alternative.partition("->")
        shapes = [read_shape(text) for text in inputs.split(",")]
        domain = row.domain if isinstance(row, Opaque) else "real"
        arguments = tuple(variable(letter, shape, domain) for letter, shape in zip(LETTERS, shapes, strict=False))
        yield arguments, read_shape(output)


def variable(letter: str, shape: Shape, domain: str) -> Node:
    """A variable of the shape, positive, symmetric or a whole number where the function needs it."""
    is_square = len(shape) == 2 and shape[0] == shape[1]
    words = {"no negative eigenvalue": ("spd",)}.get(domain, words_of(domain))
    if words[:1] in (("symmetric",), ("spd",)) and is_square and letter == LETTERS[0]:
        return build.variable(letter, shape, words[:1])
    if not shape and letter != LETTERS[0]:
        return build.variable(letter, shape, ("integer",))
    return build.variable(letter, shape, ("positive",) if domain == "positive" else ())


def read_shape(text: str) -> Shape:
    """`"m*p n"` as a shape."""
    sizes = tuple(map(read_size, text.split()))
    return sizes if len(sizes) > 2 else build.shape_of(*sizes)


def read_size(text: str) -> Dim:
    """`"m*p"` as a size."""
    if text == TRIANGLE:
        return triangle(symbol("n"))
    total: Dim = 1
    for part in text.split("*"):
        total = multiply(total, int(part) if part.isdigit() else symbol(part))
    return total


def weighed(value: Node) -> Node:
    """A scalar of the value that every entry counts in differently; the square of one that is scalar."""
    if not value.shape:
        return build.power(value, 2)
    return build.call("dot", (build.variable("weights", value.shape), value), ())
