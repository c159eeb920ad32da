"""A Python module that needs NumPy (SciPy for functions of matrices that NumPy lacks).

Vectors are one-axis arrays there, matrices have two axes, scalars are floats.
"""

from __future__ import annotations

from typing import ClassVar

from matdiff.printing.formats.numpy_functions import HELPERS
from matdiff.printing.program import python_functions
from matdiff.printing.program.chain import Costs
from matdiff.printing.program.code import ATOM, Code, joined, operand
from matdiff.printing.program.function import Function, Program
from matdiff.printing.program.pairs import letters_of, paired
from matdiff.printing.program.python import PythonWriter
from matdiff.printing.program.settle import rewritten
from matdiff.printing.spelling import spelling_of
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
        **python_functions.spelled(python_functions.TEMPLATES, "np"),
        "inner": "np.vdot({0}, {1})",
        "solve_factored": "_solve_factored({0}, {1})",
        "kron": "np.kron({0}, {1})",
    }

    def prepared(self, program: Program) -> Program:
        """The program with einsums of two factors at most."""
        costs = Costs(dict(self.function.sizes))
        arrays = rewritten(program.roots, lambda node: paired(node, costs) if node.op == "einsum" else node)
        names = [name for name, _ in program.lets]
        return Program(tuple(zip(names, arrays, strict=False)), arrays[len(names) :])

    def _write_einsum(self, node: Node) -> Code:
        """An einsum that sums nothing is a product of arrays that are stretched over one another."""
        letters, output = letters_of(node)
        is_plain = all(len(own) < 3 or list(own) == sorted(own, key=output.find) for own in letters)
        if not is_plain or set(output) != set("".join(letters)):
            return super()._write_einsum(node)
        codes = [self.laid_over(arg, own, output) for arg, own in zip(node.args, letters, strict=True)]
        return joined(codes, "*")

    def laid_over(self, array: Node, letters: str, output: str) -> Code:
        """An array in the order of the result, with an axis of length one for each later letter that it has not."""
        code = self.codes[array]
        text = operand(code, ATOM)
        if output.index(letters[0]) > output.index(letters[-1]):
            text, letters = f"{text}.T", letters[::-1]
        places = [":" if letter in letters else "None" for letter in output[output.index(letters[0]) :]]
        text += f"[{', '.join(places)}]" if "None" in places else ""
        return Code(text, ATOM, code.depth + 1)

    def contraction_order(self, node: Node) -> str:
        """Sums over two factors are left to matrix products."""
        return ", optimize=True" if len(node.args) > 1 else ""

    def _write_placed(self, node: Node) -> Code:
        """An array whose entries are those of another one, where axes with the same letter have the same index."""
        self.used_helpers.add("_placed")
        (array,) = node.args
        code = self.codes[array]
        return Code(f'_placed({code.text}, "{node.attrs[0]}")', ATOM, code.depth + 1)

    def scalar(self, text: str) -> str:
        """A plain number as NumPy's own."""
        return f"np.float64({text})"

    def template(self, name: str) -> str:
        """The spelling in the row of a function."""
        return self.known(name, spelling_of(name).numpy)
