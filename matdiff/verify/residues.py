"""Arithmetic modulo a prime: entries and square matrices of residues, as flat lists row by row."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from operator import mul

from matdiff.verify.algebra import OutOfDomainError, identity, multiply, transposed
from matdiff.verify.random import Stream

PRIME = (1 << 61) - 1

Residues = list[int]


def reduced(entries: Sequence[complex]) -> Residues:
    """Entries that are whole and real, also where zeros among them are floats, as residues."""
    return [int(entry.real) % PRIME for entry in entries]


def product_of(entries: Sequence[int]) -> int:
    """The product of all entries."""
    result = 1
    for entry in entries:
        result = result * entry % PRIME
    return result


def draw_residue(stream: Stream) -> int:
    """One of all residues, each as likely as the others."""
    while (residue := stream.bits() >> 3) == PRIME:
        pass
    return residue


def draw_orthogonal(stream: Stream, size: int, number: int) -> Residues:
    """A product of so many reflections `I - 2*v*v'/(v'*v)`; every orthogonal matrix is one (Cartan and Dieudonné)."""
    unit = reduced(identity(size))
    result = unit
    for _ in range(number):
        v = [draw_residue(stream) for _ in range(size)]
        length = sum(map(mul, v, v)) % PRIME
        if not length:
            raise OutOfDomainError("a division by zero")
        scale = 2 * pow(length, -1, PRIME)
        mirror = [(one - scale * x * y) % PRIME for one, (x, y) in zip(unit, product(v, v), strict=True)]
        result = reduced(multiply(result, mirror, size, size))
    return result


def matrix_power(entries: Residues, size: int, exponent: int) -> Residues:
    """A whole power of a square matrix."""
    base = entries if exponent >= 0 else inverse(entries, size)
    result = reduced(identity(size))
    for _ in range(abs(exponent)):
        result = reduced(multiply(result, base, size, size))
    return result


def inverse(entries: Residues, size: int) -> Residues:
    """The inverse of a square matrix; raises OutOfDomainError where there is none."""
    rows = [[*entries[k * size : (k + 1) * size], *(int(k == column) for column in range(size))] for k in range(size)]
    if not _eliminate(rows, size):
        raise OutOfDomainError("a matrix is singular")
    return [entry for row in rows for entry in row[size:]]


def pseudo_inverse(entries: Residues, rows: int, columns: int) -> Residues:
    """`inv(A'*A)*A'` of a tall matrix, `A'*inv(A*A')` of a wide one, where they have full rank."""
    turned = reduced(transposed(entries, columns))
    if rows < columns:
        gram = reduced(multiply(entries, turned, columns, rows))
        return reduced(multiply(turned, inverse(gram, rows), rows, rows))
    gram = reduced(multiply(turned, entries, rows, columns))
    return reduced(multiply(inverse(gram, columns), turned, columns, rows))


def determinant(entries: Residues, size: int) -> int:
    """The determinant of a square matrix."""
    return _eliminate([entries[k * size : (k + 1) * size] for k in range(size)], size)


def adjugate(entries: Residues, size: int) -> Residues:
    """The transposed cofactors of a square matrix, which a singular one has as well."""
    found = []
    for column in range(size):
        for row in range(size):
            minor = [entries[i * size + j] for i in range(size) for j in range(size) if i != row and j != column]
            found.append((-1) ** (row + column) * determinant(minor, size - 1) % PRIME)
    return found


def _eliminate(rows: list[Residues], size: int) -> int:
    """Gauss-Jordan elimination in place on the first `size` columns; the determinant, 0 where it stopped at one."""
    found = 1
    for column in range(size):
        place = next((row for row in range(column, size) if rows[row][column]), None)
        if place is None:
            return 0
        if place != column:
            rows[place], rows[column] = rows[column], rows[place]
            found = -found
        pivot = rows[column][column]
        found = found * pivot % PRIME
        scale = pow(pivot, -1, PRIME)
        lead = rows[column] = [entry * scale % PRIME for entry in rows[column]]
        for row in range(size):
            factor = rows[row][column]
            if row != column and factor:
                rows[row] = [(entry - factor * other) % PRIME for entry, other in zip(rows[row], lead, strict=True)]
    return found % PRIME


def cofactors(entries: Residues, size: int) -> Residues:
    """The cofactors of a square matrix."""
    return reduced(transposed(adjugate(entries, size), size))
