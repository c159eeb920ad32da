"""A Python module that needs NumPy (SciPy for functions of matrices that NumPy lacks).

Vectors are one-axis arrays there, matrices have two axes, scalars are floats.
"""

from __future__ import annotations

from typing import ClassVar

from matdiff.errors import NoSpelling
from matdiff.functions import catalogue
from matdiff.functions.rows import Sugar
from matdiff.printing.formats.numpy_functions import HELPERS
from matdiff.printing.program.function import Function
from matdiff.printing.program.python import PythonWriter
from matdiff.printing.program.writer import Code
from matdiff.tree import walk
from matdiff.tree.node import Node


def write(function: Function) -> str:
    """The module."""
    return NumpyWriter(function).source()


class NumpyWriter(PythonWriter):
    """The spelling of NumPy; functions are spelled in their rows."""

    language = "NumPy"
    module = "np"
    imports: ClassVar[dict[str, str]] = {
        "import math": r"\bmath\.",
        "import numpy as np": "",
        "import scipy.linalg": r"\bscipy\.linalg\.",
    }
    taken = frozenset({"np", "math", "scipy", "others"})
    helpers = HELPERS
    templates: ClassVar[dict[str, str]] = {
        **PythonWriter.templates,
        "outer": "np.outer({0}, {1})",
        "inner": "np.vdot({0}, {1})",
        "diagonal": "np.diag({0})",
        "solve": "np.linalg.solve({0}, {1})",
        "solve_factored": "_solve_factored({0}, {1})",
        "inv": "np.linalg.inv({0})",
        "kron": "np.kron({0}, {1})",
    }
    square_root = "np.sqrt({0})"

    def template(self, name: str) -> str:
        """The spelling in the row of a function."""
        if name == "matpow":
            return "np.linalg.matrix_power({0}, int({1}))"
        row = catalogue.find(name)
        if row is None or isinstance(row, Sugar) or not row.spelling.numpy:
            raise NoSpelling(name, self.language)
        return row.spelling.numpy

    def returned(self, results: list[Code]) -> str:
        """A scalar that no argument has a part in is made NumPy's own kind of number as all others are."""
        pairs = zip(results, self.program.outputs, strict=True)
        plain = [code._replace(text=f"np.float64({code.text})") if _is_plain(array) else code for code, array in pairs]
        return super().returned(plain)


def _is_plain(array: Node) -> bool:
    return not array.shape and not walk.variables_of((array,))
