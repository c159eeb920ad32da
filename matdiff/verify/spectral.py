"""Eigenpairs, matrix functions and factors on flat lists, analytic, so that a complex step passes through them.

Where arguments are complex, the pair of the real part is continued: nothing here conjugates.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import mul

from matdiff.verify.algebra import (
    Entries,
    OutOfDomainError,
    eliminate,
    identity,
    inverse,
    multiply,
    transposed,
)

ASYMMETRY = 1e-9
SIMPLE = 1e-6
CONVERGED = 1e-14
SWEEPS = 40
STEPS = 60
NEAR_IDENTITY = 0.05


def demand_symmetric(x: Entries, size: int) -> None:
    """Raise `OutOfDomainError` unless the matrix is symmetric up to rounding."""
    scale = max(map(abs, x))
    if max(abs(a - b) for a, b in zip(x, transposed(x, size), strict=True)) > ASYMMETRY * scale:
        raise OutOfDomainError("a matrix is not symmetric")


def eigenpair(x: Entries, size: int, is_largest: bool) -> tuple[complex, Entries]:
    """The largest or smallest eigenvalue of a symmetric matrix, and its eigenvector v with v'*v = 1.

    By Jacobi's rotations for the real part (Golub and Van Loan, section 8.5), then Newton's method on `x*v = s*v`.
    """
    demand_symmetric(x, size)
    values, vectors = _rotated([entry.real for entry in x], size)
    order = sorted(range(size), key=lambda k: values[k], reverse=is_largest)
    value: complex = values[order[0]]
    if size > 1 and abs(values[order[0]] - values[order[1]]) <= SIMPLE * max(map(abs, values)):
        raise OutOfDomainError("an eigenvalue is not simple")
    vector: Entries = vectors[order[0] :: size]
    longest = max(vector, key=abs)
    vector = [entry if longest.real > 0 else -entry for entry in vector]
    if all(entry.imag == 0 for entry in x):
        return value, vector
    for _ in range(8):
        value, vector, step = _improved(x, size, value, vector)
        if step < CONVERGED:
            break
    return value, vector


def eigenvalues(x: Sequence[float], size: int) -> list[float]:
    """The eigenvalues of a real symmetric matrix, in no order."""
    return _rotated(list(x), size)[0]


def _rotated(x: list[float], size: int) -> tuple[list[float], list[float]]:
    """Eigenvalues and, as columns, eigenvectors of a real symmetric matrix."""
    vectors = [float(row == column) for row in range(size) for column in range(size)]
    for _ in range(SWEEPS):
        for p in range(size):
            for q in range(p + 1, size):
                if abs(x[p * size + q]) > 1e-300:
                    _rotate(x, vectors, size, p, q)
        off = sum(x[p * size + q] ** 2 for p in range(size) for q in range(size) if p != q)
        if off <= 1e-32 * sum(entry**2 for entry in x):
            break
    return x[:: size + 1], vectors


def _rotate(x: list[float], vectors: list[float], size: int, p: int, q: int) -> None:
    theta = (x[q * size + q] - x[p * size + p]) / (2 * x[p * size + q])
    tangent = (1 if theta >= 0 else -1) / (abs(theta) + (theta * theta + 1) ** 0.5)
    cosine = 1 / (tangent * tangent + 1) ** 0.5
    sine = tangent * cosine
    for entries, step, stride in ((x, 1, size), (x, size, 1), (vectors, size, 1)):
        for k in range(size):
            one, other = k * step + p * stride, k * step + q * stride
            a, b = entries[one], entries[other]
            entries[one], entries[other] = cosine * a - sine * b, sine * a + cosine * b


def _improved(x: Entries, size: int, value: complex, vector: Entries) -> tuple[complex, Entries, float]:
    """One step of Newton's method on `x*v - s*v = 0` and `v'*v = 1`, and how long it was."""
    image = multiply(x, vector, size, 1)
    rows: list[list[complex]] = []
    for row in range(size):
        line = [x[row * size + column] - (value if row == column else 0) for column in range(size)]
        rows.append([*line, -vector[row], value * vector[row] - image[row]])
    rows.append([*(2 * entry for entry in vector), 0, 1 - sum(map(mul, vector, vector))])
    if eliminate(rows, size + 1)[-1] == 0:
        raise OutOfDomainError("an eigenvalue is not simple")
    *moves, change = (row[-1] for row in rows)
    return value + change, [a + b for a, b in zip(vector, moves, strict=True)], max(map(abs, (*moves, change)))


def exponential(x: Entries, size: int) -> Entries:
    """The exponential by its series, after halving and before squaring (Higham, section 10.3)."""
    norm = _norm(x, size)
    halvings = 0
    while norm > 0.25 and halvings < 60:
        norm /= 2
        halvings += 1
    small = [entry / 2**halvings for entry in x]
    term: Entries = identity(size)
    total = term
    for order in range(1, 18):
        term = [entry / order for entry in multiply(term, small, size, size)]
        total = _added(total, term)
    for _ in range(halvings):
        total = multiply(total, total, size, size)
    return total


def square_root(x: Entries, size: int) -> Entries:
    """The principal root by the iteration of Denman and Beavers (Higham, equation 6.15)."""
    root, other = x, identity(size)
    for _ in range(STEPS):
        fresh, partner = (
            [(a + b) / 2 for a, b in zip(one, inverse(two, size), strict=True)]
            for one, two in ((root, other), (other, root))
        )
        change = max(abs(a - b) for a, b in zip(fresh, root, strict=True))
        root, other = fresh, partner
        if change <= CONVERGED * max(map(abs, root)):
            break
    residual = max(abs(a - b) for a, b in zip(multiply(root, root, size, size), x, strict=True))
    if not residual <= 1e-9 * max(map(abs, x)):
        raise OutOfDomainError("a matrix has no principal root")
    return root


def logarithm(x: Entries, size: int) -> Entries:
    """The principal logarithm: roots until the matrix is near I, then the series of artanh (Higham, section 11.5)."""
    one = identity(size)
    doublings = 0
    while _norm([a - b for a, b in zip(x, one, strict=True)], size) > NEAR_IDENTITY:
        x = square_root(x, size)
        doublings += 1
        if doublings > 30:
            raise OutOfDomainError("a matrix has no principal logarithm")
    below = inverse(_added(x, one), size)
    ratio = multiply([a - b for a, b in zip(x, one, strict=True)], below, size, size)
    square = multiply(ratio, ratio, size, size)
    term, total = ratio, ratio
    for order in range(3, 15, 2):
        term = multiply(term, square, size, size)
        total = [a + b / order for a, b in zip(total, term, strict=True)]
    return [2 ** (doublings + 1) * entry for entry in total]


def pseudo_inverse(x: Entries, rows: int, columns: int) -> Entries:
    """The Moore-Penrose inverse by a factorisation X = C*F of full rank: `F'*inv(F*F')*inv(C'*C)*C'`."""
    reduced, places = _echelon(x, rows, columns)
    rank = len(places)
    if not rank:
        return [0.0] * len(x)
    across = [entry for row in reduced[:rank] for entry in row]
    down = [x[row * columns + place] for row in range(rows) for place in places]
    across_turned, down_turned = transposed(across, columns), transposed(down, rank)
    left = multiply(across_turned, inverse(multiply(across, across_turned, columns, rank), rank), rank, rank)
    right = multiply(inverse(multiply(down_turned, down, rows, rank), rank), down_turned, rank, rows)
    return multiply(left, right, rank, rows)


def count_rank(x: Entries, rows: int, columns: int) -> int:
    """The number of independent columns, up to rounding."""
    return len(_echelon(x, rows, columns)[1])


def _echelon(x: Entries, rows: int, columns: int) -> tuple[list[list[complex]], list[int]]:
    """The reduced rows and the columns of the pivots."""
    lines = [list(x[row * columns : (row + 1) * columns]) for row in range(rows)]
    small = 1e-9 * max(map(abs, x))
    places: list[int] = []
    for column in range(columns):
        top = len(places)
        best = max(range(top, rows), key=lambda row: abs(lines[row][column]), default=None)
        if best is None or abs(lines[best][column]) <= small:
            continue
        lines[top], lines[best] = lines[best], lines[top]
        lead = lines[top] = [entry / lines[top][column] for entry in lines[top]]
        for row in range(rows):
            factor = lines[row][column]
            if row != top:
                lines[row] = [entry - factor * other for entry, other in zip(lines[row], lead, strict=True)]
        places.append(column)
    return lines, places


def cholesky(x: Entries, size: int) -> Entries:
    """The lower triangular root of a symmetric positive definite matrix (Golub and Van Loan, section 4.2)."""
    demand_symmetric(x, size)
    x = [(a + b) / 2 for a, b in zip(x, transposed(x, size), strict=True)]
    root: list[complex] = [0.0] * (size * size)
    for row in range(size):
        for column in range(row + 1):
            lines = (root[line * size : line * size + column] for line in (row, column))
            left = x[row * size + column] - sum(map(mul, *lines))
            if row > column:
                root[row * size + column] = left / root[column * size + column]
            elif left.real <= 0:
                raise OutOfDomainError("a matrix is not positive definite")
            else:
                root[row * size + row] = left**0.5
    return root


def block(x: Entries, g: Entries, size: int) -> Entries:
    """The matrix `[X, G; 0, X]`, whose function holds the Fréchet derivative at X along G in its upper right block."""
    lines: list[complex] = []
    for row in range(size):
        lines += [*x[row * size : (row + 1) * size], *g[row * size : (row + 1) * size]]
    for row in range(size):
        lines += [*[0.0] * size, *x[row * size : (row + 1) * size]]
    return lines


def upper_right(entries: Entries, size: int) -> Entries:
    """The upper right block of a matrix of 2 x 2 square blocks."""
    return [entry for row in range(size) for entry in entries[(2 * row + 1) * size : (2 * row + 2) * size]]


def _norm(x: Entries, size: int) -> float:
    return max(sum(map(abs, x[row * size : (row + 1) * size])) for row in range(size))


def _added(left: Sequence[complex], right: Sequence[complex]) -> Entries:
    return [a + b for a, b in zip(left, right, strict=True)]
