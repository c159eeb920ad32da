"""What each function of whole matrices is on numbers, from its definition and not from its expansion.

Every function takes the shapes of its arguments, the parameters of the node (those in `SHAPED` its shape instead), and
the arguments as flat lists.
"""

from __future__ import annotations

import cmath
from collections.abc import Callable
from functools import partial
from itertools import accumulate, repeat
from math import prod
from operator import mul
from typing import cast

from matdiff.tree.node import Attribute
from matdiff.verify import spectral
from matdiff.verify.algebra import (
    Entries,
    OutOfDomainError,
    Sizes,
    count,
    demand_regular,
    identity,
    inverse,
    multiply,
    pivots,
    rows_and_columns,
    transposed,
)

Call = Callable[..., Entries]
Shapes = tuple[Sizes, ...]
Parameters = tuple[Attribute, ...]


def _trace(shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    size, _columns = rows_and_columns(shapes[0])
    return [sum(x[:: size + 1])]


def _prod(_shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    return [prod(x)]


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


def _vech(shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    size = shapes[0][0]
    return [x[row * size + column] for column in range(size) for row in range(column, size)]


def _unvec(_shapes: Shapes, parameters: Parameters, x: Entries) -> Entries:
    rows, columns = rows_and_columns(cast(Sizes, parameters))
    return [entry for row in range(rows) for entry in x[row::rows][:columns]]


def _kron(shapes: Shapes, _: Parameters, x: Entries, y: Entries) -> Entries:
    (rows, columns), (height, width) = rows_and_columns(shapes[0]), rows_and_columns(shapes[1])
    return [
        x[row * columns + column] * y[line * width + place]
        for row in range(rows)
        for line in range(height)
        for column in range(columns)
        for place in range(width)
    ]


def _khatri_rao(shapes: Shapes, _: Parameters, x: Entries, y: Entries) -> Entries:
    columns = rows_and_columns(shapes[0])[1]
    lines, others = ([z[k : k + columns] for k in range(0, len(z), columns)] for z in (x, y))
    return [a * b for line in lines for other in others for a, b in zip(line, other, strict=True)]


def _triangle(is_lower: bool) -> Call:
    def triangle(shapes: Shapes, _: Parameters, x: Entries) -> Entries:
        columns = rows_and_columns(shapes[0])[1]
        places = map(divmod, range(len(x)), repeat(columns))
        kept = [row == column or (row > column) is is_lower for row, column in places]
        return [entry if is_kept else 0.0 for entry, is_kept in zip(x, kept, strict=True)]

    return triangle


def _cumsum(_shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    return list(accumulate(x))


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


def _matpow(shapes: Shapes, parameters: Parameters, x: Entries, *exponents: Entries) -> Entries:
    size, _columns = rows_and_columns(shapes[0])
    exponent = exponents[0][0].real if exponents else cast(int, parameters[0])
    if exponent != round(exponent):
        raise OutOfDomainError("the exponent of a matrix power is no whole number")
    return _power(x, size, round(exponent))


def _power(x: Entries, size: int, times: int) -> Entries:
    base = x if times >= 0 else inverse(x, size)
    result: Entries = identity(size)
    for _step in range(abs(times)):
        result = multiply(result, base, size, size)
    return result


def _norm1(_shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    return [sum(map(_absolute, x))]


def _norm_inf(_shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    return [_largest([_absolute(entry) for entry in x])]


def _absolute(x: complex) -> complex:
    return x if x.real >= 0 else -x


def _largest(x: Entries) -> complex:
    return sum((mark * entry for mark, entry in zip(_marks(x), x, strict=True)), 0.0)


def _marks(x: Entries) -> list[float]:
    """1 for the largest entry, shared where several are equal up to rounding."""
    top = max(entry.real for entry in x)
    near = [float(top - entry.real <= 1e-9 * abs(top)) for entry in x]
    return [mark / sum(near) for mark in near]


def _negated(x: Entries) -> Entries:
    return [-entry for entry in x]


def _log_softmax(shapes: Shapes, parameters: Parameters, x: Entries) -> Entries:
    (whole,) = _logsumexp(shapes, parameters, x)
    return [entry - whole for entry in x]


def _adjugate(shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    size, _columns = rows_and_columns(shapes[0])
    return transposed(_cofactors(shapes, (), x), size)


def _cofactors(shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    """The determinants of the matrix without one row and one column, with their signs."""
    size, _columns = rows_and_columns(shapes[0])
    found: list[complex] = []
    for row in range(size):
        for column in range(size):
            minor = [x[i * size + j] for i in range(size) for j in range(size) if i != row and j != column]
            value: complex = (-1) ** (row + column)
            for pivot in pivots(minor, size - 1):
                value *= pivot
            found.append(value)
    return found


def _eigenvalue(is_largest: bool) -> Call:
    return lambda shapes, _, x: [spectral.eigenpair(x, rows_and_columns(shapes[0])[0], is_largest)[0]]


def _eigenvector(is_largest: bool) -> Call:
    return lambda shapes, _, x: spectral.eigenpair(x, rows_and_columns(shapes[0])[0], is_largest)[1]


def _singular(shapes: Shapes, x: Entries) -> tuple[complex, Entries, Entries]:
    """The largest singular value with its left and right vector."""
    rows, columns = rows_and_columns(shapes[0])
    square, right = spectral.eigenpair(multiply(transposed(x, columns), x, rows, columns), columns, True)
    value = square**0.5
    return value, [entry / value for entry in multiply(x, right, columns, 1)], right


def _norm_spectral(shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    return [_singular(shapes, x)[0]]


def _singvec_left(shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    return _singular(shapes, x)[1]


def _singvec_right(shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    return _singular(shapes, x)[2]


def _polar(shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    rows, columns = rows_and_columns(shapes[0])
    if rows < columns:
        return transposed(_polar(((columns, rows),), (), transposed(x, columns)), rows)
    root = spectral.square_root(multiply(transposed(x, columns), x, rows, columns), columns)
    return multiply(x, inverse(root, columns), columns, columns)


def _nuclear(shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    return [sum(map(mul, x, _polar(shapes, (), x)))]


def _rank(shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    return [float(spectral.count_rank(x, *rows_and_columns(shapes[0])))]


def _pinv(shapes: Shapes, _: Parameters, x: Entries) -> Entries:
    return spectral.pseudo_inverse(x, *rows_and_columns(shapes[0]))


def _of_square(function: Callable[[Entries, int], Entries]) -> Call:
    return lambda shapes, _, x: function(x, rows_and_columns(shapes[0])[0])


Function = Callable[..., Entries]


def _frechet(function: Function) -> Call:
    """The upper right block of the function of [X, G; 0, X] (Higham, equation 3.16)."""

    def derivative(shapes: Shapes, _: Parameters, x: Entries, g: Entries, *more: Entries) -> Entries:
        size, _columns = rows_and_columns(shapes[0])
        return spectral.upper_right(function(spectral.block(x, g, size), 2 * size, *more), size)

    return derivative


def _frechet2(function: Function) -> Call:
    """The same for [X, G; 0, X] along [H, 0; 0, H] (Higham and Relton 2014, theorem 3.5)."""

    def derivative(shapes: Shapes, _: Parameters, x: Entries, g: Entries, h: Entries, *more: Entries) -> Entries:
        size, _columns = rows_and_columns(shapes[0])
        place, way = spectral.block(x, g, size), spectral.block(h, [0.0] * len(h), size)
        once = spectral.upper_right(function(spectral.block(place, way, 2 * size), 4 * size, *more), 2 * size)
        return spectral.upper_right(once, size)

    return derivative


def _slopes(derivative: Call, places: int = 1) -> Call:
    """All entries of a derivative by a matrix, from its values along the units, behind so many arguments."""

    def tensor(shapes: Shapes, _: Parameters, *args: Entries) -> Entries:
        length = len(args[0])
        units = ([float(k == place) for k in range(length)] for place in range(length))
        steps = [derivative(shapes, (), *args[:places], unit, *args[places:]) for unit in units]
        return [step[place] for place in range(length) for step in steps]

    return tensor


def _power_of(x: Entries, size: int, exponent: Entries) -> Entries:
    return _matpow(((size, size),), (), x, exponent)


def _frechet_polar(shapes: Shapes, _: Parameters, x: Entries, g: Entries) -> Entries:
    """The derivative of `X*inv(S)` by the product rule, where S is the root of X'*X."""
    rows, columns = rows_and_columns(shapes[0])
    if rows < columns:
        turned = _frechet_polar(((columns, rows),), (), transposed(x, columns), transposed(g, columns))
        return transposed(turned, rows)
    square = multiply(transposed(x, columns), x, rows, columns)
    half = multiply(transposed(x, columns), g, rows, columns)
    change = [a + b for a, b in zip(half, transposed(half, columns), strict=True)]
    root = spectral.square_root(spectral.block(square, change, columns), 2 * columns)
    below = inverse([root[row * 2 * columns + k] for row in range(columns) for k in range(columns)], columns)
    polar = multiply(x, below, columns, columns)
    moved = multiply(polar, spectral.upper_right(root, columns), columns, columns)
    return multiply([a - b for a, b in zip(g, moved, strict=True)], below, columns, columns)


OF_SQUARE: dict[str, Function] = {
    "expm": spectral.exponential,
    "logm": spectral.logarithm,
    "sqrtm": spectral.square_root,
    "matpow": _power_of,
}
CALLS: dict[str, Call] = {
    "tr": _trace,
    "sum": _sum,
    "prod": _prod,
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
    "khatri_rao": _khatri_rao,
    "unvec": _unvec,
    "vech": _vech,
    "tril": _triangle(True),
    "triu": _triangle(False),
    "cumsum": _cumsum,
    "norm1": _norm1,
    "norm_inf": _norm_inf,
    "log_softmax": _log_softmax,
    "max": lambda shapes, _, x: [_largest(x)],
    "min": lambda shapes, _, x: [-_largest(_negated(x))],
    "is_max": lambda shapes, _, x: _marks(x),
    "is_min": lambda shapes, _, x: _marks(_negated(x)),
    "adj": _adjugate,
    "cof": _cofactors,
    "lambda_max": _eigenvalue(True),
    "lambda_min": _eigenvalue(False),
    "eigvec_max": _eigenvector(True),
    "eigvec_min": _eigenvector(False),
    "norm_spectral": _norm_spectral,
    "singvec_left": _singvec_left,
    "singvec_right": _singvec_right,
    "polar": _polar,
    "nuclear": _nuclear,
    "rank": _rank,
    "pinv": _pinv,
    "chol": _of_square(spectral.cholesky),
    "expm": _of_square(spectral.exponential),
    "logm": _of_square(spectral.logarithm),
    "sqrtm": _of_square(spectral.square_root),
    **{f"frechet_{name}": _frechet(function) for name, function in OF_SQUARE.items()},
    **{f"frechet2_{name}": _frechet2(function) for name, function in OF_SQUARE.items()},
    **{f"J_{name}": _slopes(_frechet(function)) for name, function in OF_SQUARE.items()},
    **{f"J_frechet_{name}": _slopes(_frechet2(function), 2) for name, function in OF_SQUARE.items()},
    "frechet_polar": _frechet_polar,
    "J_polar": _slopes(_frechet_polar),
}
SHAPED = frozenset({"unvec"})


def find(name: str) -> Call:
    """The function on numbers that nodes call `name`."""
    assert name in CALLS, f"`{name}` has a row in the function tables and no entry in verify/calls.py"
    return partial(_along, CALLS[name])


def _along(function: Call, shapes: Shapes, parameters: Parameters, *args: Entries) -> Entries:
    """The function of each row or each column of a matrix where the node says so, else the function."""
    if parameters[-1:] not in (("rows",), ("cols",)):
        return function(shapes, parameters, *args)
    (x,), (rows, columns) = args, rows_and_columns(shapes[0])
    if parameters == ("cols",):
        found = _along(function, ((columns, rows),), ("rows",), transposed(x, columns))
        return transposed(found, rows) if len(found) == len(x) else found
    lines = [x[start : start + columns] for start in range(0, len(x), columns)]
    return [entry for line in lines for entry in function(((columns,),), (), line)]
