"""What NumPy has computed, against the oracle in plain Python on the same data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matdiff.errors import BadData, Disagreement
from matdiff.evaluation.given import Given
from matdiff.printing.program.function import Output
from matdiff.verify.algebra import OutOfDomainError, SingularError, TooLargeError
from matdiff.verify.evaluate import Program
from matdiff.verify.points import Point
from matdiff.verify.steadiness import is_steady

if TYPE_CHECKING:
    from matdiff.evaluation.array import Array

MOST_WORK = 2_000_000
TOLERANCE = 1e-6


def compared(outputs: tuple[Output, ...], found: dict[str, Array], given: Given) -> tuple[str, tuple[str, ...]]:
    """How the numbers were checked, and notes for the user.

    Raises BadData where the expression has no value at these data, and Disagreement where the oracle has another one.
    """
    inputs = {name: array.reshape(-1).tolist() for name, array in given.arrays.items()}
    try:
        program = Program(tuple(output.node for output in outputs), given.sizes)
        if program.work > MOST_WORK:
            raise TooLargeError
        point = Point(program, inputs, program.run(inputs, is_real=True), 0)
    except TooLargeError:
        return "not compared with the oracle, which is for small data", ()
    except SingularError:
        return "not compared with the oracle", ("a matrix is singular but for rounding: the last digits are uncertain",)
    except OutOfDomainError as error:
        raise BadData(f"the expression has no value at these data: {error}") from None
    notes = tuple(note for number, output in enumerate(outputs) if (note := _note(output, found, point, number)))
    return "agrees with the oracle on these data", notes


def _note(output: Output, found: dict[str, Array], point: Point, number: int) -> str:
    import numpy as np

    right = np.asarray(point.root(number)).real
    apart = abs(found[output.name].reshape(-1) - right).max()
    if apart <= TOLERANCE * max(abs(right).max(), np.finfo(float).tiny):
        return ""
    try:
        is_firm = is_steady(point, lambda beside: [beside.root(number)], TOLERANCE)
    except OutOfDomainError:
        is_firm = False
    if is_firm:
        raise Disagreement(output.name, f"the oracle has other numbers on these data, apart by up to {apart:.3g}")
    return f"rounding has grown in `{output.name}`: its entries are uncertain by about {apart:.1g}"
