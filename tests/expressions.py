"""Random well-shaped expressions over the whole catalogue, for laws."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from hypothesis import strategies as st

from matdiff.functions.catalogue import ROWS
from matdiff.functions.rows import Elementwise
from matdiff.tree import build
from matdiff.tree.dims import symbol
from matdiff.tree.node import Node, Shape

N, M = symbol("n"), symbol("m")
VARIABLES = (
    build.variable("A", (N, N)),
    build.variable("B", (N, N)),
    build.variable("S", (N, N), ("symmetric",)),
    build.variable("X", (M, N)),
    build.variable("Y", (M, N)),
    build.variable("Q", (M, M)),
    build.variable("x", (N,)),
    build.variable("y", (N,)),
    build.variable("z", (M,)),
    build.variable("c", ()),
)
SHAPES = (*dict.fromkeys(variable.shape for variable in VARIABLES), (N, M), (1, N))
SMOOTH = tuple(row.name for row in ROWS if isinstance(row, Elementwise) and row.domain == "real" and row.name != "tan")
WEIGHTS = st.sampled_from([Fraction(1), Fraction(-1), Fraction(2), Fraction(-3), Fraction(1, 2)])


@st.composite
def expressions(draw: st.DrawFn, shape: Shape = (), depth: int = 4) -> Node:
    """A random expression of the shape, at most `depth` operations deep."""
    leaves = [variable for variable in VARIABLES if variable.shape == shape]
    if depth == 0 or (leaves and draw(st.integers(0, 5)) == 0):
        return draw(st.sampled_from(leaves)) if leaves else leaf(shape)
    kinds = _kinds(shape)
    return kinds[draw(st.sampled_from(sorted(kinds)))](draw, shape, depth - 1)


def leaf(shape: Shape) -> Node:
    """A variable of the shape, or the transpose of one."""
    found = next((variable for variable in VARIABLES if variable.shape == shape), None)
    if found is not None:
        return found
    turned = build.shape_of(*shape[::-1])
    return build.transpose(next(variable for variable in VARIABLES if variable.shape == turned))


Kind = Callable[[st.DrawFn, Shape, int], Node]


def _kinds(shape: Shape) -> dict[str, Kind]:
    kinds: dict[str, Kind] = {"sum": _sum, "scaled": _scaled, "map": _map, "hadamard": _hadamard, "product": _product}
    if len(shape) == 2:
        kinds["transpose"] = _transpose
    if len(shape) == 2 and shape[0] == shape[1]:
        kinds["square"] = _square
    if len(shape) == 1:
        kinds["vector"] = _vector
    if not shape:
        kinds["scalar"] = _scalar
    return kinds


def _sum(draw: st.DrawFn, shape: Shape, depth: int) -> Node:
    count = draw(st.integers(2, 3))
    return build.total([(draw(WEIGHTS), draw(expressions(shape, depth))) for _ in range(count)])


def _scaled(draw: st.DrawFn, shape: Shape, depth: int) -> Node:
    return build.product(draw(expressions((), depth)), draw(expressions(shape, depth)))


def _map(draw: st.DrawFn, shape: Shape, depth: int) -> Node:
    inner = draw(expressions(shape, depth))
    name = draw(st.sampled_from((*SMOOTH, "power")))
    return build.power(inner, draw(st.sampled_from([2, 3]))) if name == "power" else build.apply(name, inner)


def _hadamard(draw: st.DrawFn, shape: Shape, depth: int) -> Node:
    return build.hadamard(draw(expressions(shape, depth)), draw(expressions(shape, depth)))


def _product(draw: st.DrawFn, shape: Shape, depth: int) -> Node:
    rows, columns = build.rows_and_columns(shape)
    inner = draw(st.sampled_from([N, M]))
    left = draw(expressions(build.shape_of(rows, inner), depth))
    right = draw(expressions(build.shape_of(inner, columns), depth))
    return build.product(left, right)


def _transpose(draw: st.DrawFn, shape: Shape, depth: int) -> Node:
    rows, columns = shape
    return build.transpose(draw(expressions(build.shape_of(columns, rows), depth)))


def _square(draw: st.DrawFn, shape: Shape, depth: int) -> Node:
    name = draw(st.sampled_from(["inv", "diag", "matpow", "identity"]))
    if name == "identity":
        return build.identity(shape[0])
    if name == "diag":
        return build.call("diag", (draw(expressions(shape[:1], depth)),), shape)
    argument = draw(expressions(shape, depth))
    if name == "matpow":
        return build.call("matpow", (argument,), shape, (draw(st.integers(2, 3)),))
    return build.call("inv", (argument,), shape)


def _vector(draw: st.DrawFn, shape: Shape, depth: int) -> Node:
    name = draw(st.sampled_from(["softmax", "diag", "ones"]))
    if name == "softmax":
        return build.call("softmax", (draw(expressions(shape, depth)),), shape)
    if name == "ones":
        return build.ones(shape)
    return build.call("diag", (draw(expressions(shape * 2, depth)),), shape)


def _scalar(draw: st.DrawFn, _: Shape, depth: int) -> Node:
    name = draw(st.sampled_from(["tr", "det", "logdet", "sum", "mean", "norm2", "logsumexp", "dot"]))
    if name in ("tr", "det", "logdet"):
        return build.call(name, (draw(expressions((N, N), depth)),), ())
    if name == "logsumexp":
        return build.call(name, (draw(expressions((N,), depth)),), ())
    inner = draw(st.sampled_from([shape for shape in SHAPES if shape]))
    count = 2 if name == "dot" else 1
    return build.call(name, tuple(draw(expressions(inner, depth)) for _ in range(count)), ())
