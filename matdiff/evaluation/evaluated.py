"""What `evaluate` gives: numbers by name, as text, records and files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from matdiff.evaluation.given import Given
from matdiff.parsing.read import Interpreted
from matdiff.printing.program.function import Output
from matdiff.results import Derivative

if TYPE_CHECKING:
    from matdiff.evaluation.array import Array

DIGITS = 8
WIDEST = 10**9


class Numbers(NamedTuple):
    """Arrays by the names of outputs, with what the oracle said of them."""

    arrays: dict[str, Array]
    check: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Evaluated:
    """The value of an expression on arrays, and its derivatives there.

    `formulas` are the derivatives as expressions, `given` the data with the sizes in numbers, `unused` the names of
    data that the expression does not have.
    """

    expression: str
    interpreted: Interpreted
    formulas: tuple[Derivative, ...]
    outputs: tuple[Output, ...]
    given: Given
    numbers: Numbers
    unused: tuple[str, ...]

    @property
    def value(self) -> Array:
        """The value: an array with as many axes as the expression has, none for a scalar."""
        return self.numbers.arrays["value"]

    @property
    def derivatives(self) -> dict[str, Array]:
        """The derivatives by the name of the variable; of mixed second ones both names, `x,y`."""
        arrays = (self.numbers.arrays[output.name] for output in self.outputs[1:])
        return {formula.wrt: array for formula, array in zip(self.formulas, arrays, strict=True)}

    @property
    def derivative(self) -> Array:
        """The first derivative of them; where nothing was differentiated there is none and it raises ValueError."""
        if not self.formulas:
            raise ValueError("nothing was differentiated: name a variable in `wrt`")
        return self.numbers.arrays[self.outputs[1].name]

    @property
    def inputs(self) -> Mapping[str, Array]:
        """The data by the names of the variables, those that were drawn at random too."""
        return self.given.arrays

    @property
    def sizes(self) -> Mapping[str, int]:
        """The named sizes in numbers."""
        return self.given.sizes

    @property
    def check(self) -> str:
        """What the oracle said of the numbers."""
        return self.numbers.check

    @property
    def notes(self) -> tuple[str, ...]:
        """Readings that were chosen among several, data that were not used, digits that are uncertain."""
        unused = tuple(f"`{name}` does not occur in the expression" for name in self.unused)
        return (*self.interpreted.notes, *self.numbers.notes, *unused)

    @property
    def main(self) -> str:
        """What a file of one array holds: the derivative by the first variable, else the value."""
        return self.outputs[min(1, len(self.outputs) - 1)].name

    @property
    def text(self) -> str:
        """The numbers with eight digits: the value, or the value and the derivatives behind their names."""
        return self.lines()

    def lines(self, width: int = WIDEST) -> str:
        """The text with lines of at most this width, if the brackets allow."""
        if not self.formulas:
            return _shown(self.value, "", width)
        return "\n".join(f"{name}: {_shown(array, f'{name}: ', width)}" for name, array in self.numbers.arrays.items())

    def as_json(self) -> dict[str, object]:
        """The numbers as a record that serialises to JSON, each with all its digits."""
        return {
            "expr": self.expression,
            "sizes": dict(self.sizes),
            **{name: array.tolist() for name, array in self.numbers.arrays.items()},
            "formulas": {formula.wrt: formula.text for formula in self.formulas},
            "drawn": {name: self.inputs[name].tolist() for name in self.given.drawn},
            "check": self.check,
            "assumptions": list(self.interpreted.assumptions),
            "notes": list(self.notes),
        }

    @property
    def csv(self) -> str:
        """The main array as comma-separated lines, a vector as one column."""
        from matdiff.evaluation.files import csv_text

        return csv_text(self.main, self.numbers.arrays[self.main])

    def save(self, path: str) -> None:
        """Write the numbers: as npz with the data that were drawn, as json, or the main array as csv.

        Raises BadData for another suffix, and OSError where the file cannot be written.
        """
        from matdiff.evaluation.files import write_arrays

        drawn = {name: self.inputs[name] for name in self.given.drawn}
        write_arrays(path, {**drawn, **self.numbers.arrays}, self.main, self.as_json())

    def __str__(self) -> str:
        return self.text


def _shown(array: Array, lead: str, width: int) -> str:
    """An array in brackets, its columns aligned; nothing is left out."""
    import numpy as np

    texts = {f"{entry:.{DIGITS}g}" for entry in array.reshape(-1).tolist()}
    if not array.ndim:
        return texts.pop()
    column = max(map(len, texts)) if array.ndim > 1 else 0
    return np.array2string(
        array,
        max_line_width=width,
        separator=", ",
        prefix=lead,
        threshold=array.size + 1,
        formatter={"float_kind": lambda entry: f"{entry:.{DIGITS}g}".rjust(column)},
    )
