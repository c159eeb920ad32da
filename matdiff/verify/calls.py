"""What each function of whole matrices is on numbers, from its definition and not from its expansion.

Every function takes the shapes of its arguments, the parameters of the node, and the arguments as flat lists.
"""

from __future__ import annotations

import cmath
from collections.abc import Callable
from operator import mul

from matdiff.tree.node import Attribute
from matdiff.verify.algebra import (
    Entries,
    Sizes,
    count,
    demand_regular,
    identity,
    inverse,
    multiply,
    pivots,
    rows_and_columns,
)

Call = Callable[..., Entries]
Shapes = tuple[Sizes, ...]
Parameters = tuple[Attribute, ...]


def _trace(shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    size, _columns = rows_and_columns(shapes[0])
    return [sum(x[:: size + 1])]


def _sum(_shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    return [sum(x)]


def _mean(shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    return [sum(x) / count(shapes[0])]


def _dot(_shapes: Shapes, _: Parameters, x: Entries, y: Entries) -> Entries:
    return [sum(map(mul, x, y))]


def _norm2(_shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    return [sum(map(mul, x, x)) ** 0.5]


def _diag(shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    size, columns = rows_and_columns(shapes[0])
    if columns > 1 or len(shapes[0]) == 2:
        return x[:: size + 1]
    return [x[row] if row == column else 0.0 for row in range(size) for column in range(size)]


def _vec(shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    _rows, columns = rows_and_columns(shapes[0])
    return [entry for column in range(columns) for entry in x[column::columns]]


def _kron(shapes: Shapes, _: Parameters, x: Entries, y: Entries) -> Entries:
    (rows, columns), (height, width) = rows_and_columns(shapes[0]), rows_and_columns(shapes[1])
    return [
        x[row * columns + column] * y[line * width + place]
        for row in range(rows)
        for line in range(height)
        for column in range(columns)
        for place in range(width)
    ]


def _inv(shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    return inverse(x, rows_and_columns(shapes[0])[0])


def _det(shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    value: complex = 1.0
    for pivot in pivots(x, rows_and_columns(shapes[0])[0]):
        value *= pivot
    return [value]


def _logdet(shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    found = pivots(x, rows_and_columns(shapes[0])[0])
    demand_regular(found)
    return [sum(cmath.log(pivot if pivot.real > 0 else -pivot) for pivot in found)]


def _softmax(_shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    top = max(entry.real for entry in x)
    parts = [cmath.exp(entry - top) for entry in x]
    whole = sum(parts)
    return [part / whole for part in parts]


def _logsumexp(_shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    top = max(entry.real for entry in x)
    return [top + cmath.log(sum(cmath.exp(entry - top) for entry in x))]


def _matpow(shapes: Shapes, parameters: Parameters, x: Entries) -> Entries:
    size, _columns = rows_and_columns(shapes[0])
    (exponent,) = parameters
    times = int(exponent)  # type: ignore[arg-type]
    base = x if times >= 0 else inverse(x, size)
    result: Entries = identity(size)
    for _step in range(abs(times)):
        result = multiply(result, base, size, size)
    return result


CALLS: dict[str, Call] = {
    "tr": _trace,
    "sum": _sum,
    "mean": _mean,
    "dot": _dot,
    "norm2": _norm2,
    "diag": _diag,
    "vec": _vec,
    "kron": _kron,
    "inv": _inv,
    "det": _det,
    "logdet": _logdet,
    "softmax": _softmax,
    "logsumexp": _logsumexp,
    "matpow": _matpow,
}


def find(name: str) -> Call:
    """The function on numbers that nodes call `name`."""
    assert name in CALLS, f"`{name}` has a row in the function tables and no entry in verify/calls.py"
    return CALLS[name]
