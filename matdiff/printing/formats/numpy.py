"""A Python module that needs NumPy (SciPy for functions of matrices that NumPy lacks).

Vectors are one-axis arrays there, matrices have two axes, scalars are floats.
"""

from __future__ import annotations

from typing import ClassVar

from matdiff.printing.formats.numpy_functions import HELPERS
from matdiff.printing.program import python_functions
from matdiff.printing.program.function import Function
from matdiff.printing.program.python import PythonWriter
from matdiff.printing.spelling import spelling_of


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
        **python_functions.spelled(python_functions.TEMPLATES, "np"),
        "inner": "np.vdot({0}, {1})",
        "solve_factored": "_solve_factored({0}, {1})",
        "kron": "np.kron({0}, {1})",
    }

    def scalar(self, text: str) -> str:
        """A plain number as NumPy's own."""
        return f"np.float64({text})"

    def template(self, name: str) -> str:
        """The spelling in the row of a function."""
        return self.known(name, spelling_of(name).numpy)
