"""A Python module that needs PyTorch; types and devices are those of the arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from matdiff.printing.formats.torch_functions import FUNCTIONS, HELPERS
from matdiff.printing.program import python_functions
from matdiff.printing.program.code import ATOM, Code
from matdiff.printing.program.function import Function
from matdiff.printing.program.python import PythonWriter
from matdiff.tree import walk
from matdiff.tree.node import Node


def write(function: Function) -> str:
    """The module."""
    return TorchWriter(function).source()


class TorchWriter(PythonWriter):
    """The spelling of PyTorch."""

    language = "PyTorch"
    module = "torch"
    axis_word = "dim"
    imports: ClassVar[dict[str, str]] = {"import math": r"\bmath\.", "import torch": ""}
    taken = frozenset({"math", "torch", "others"})
    helpers = HELPERS
    functions = FUNCTIONS
    templates: ClassVar[dict[str, str]] = {
        **python_functions.spelled(python_functions.TEMPLATES, "torch"),
        "inner": "torch.sum({0}*{1})",
        "solve_factored": "_solve_factored({0}, {1})",
        "kron": "_kron({0}, {1})",
    }

    def kept_type(self) -> str:
        """Constants have the type and the device of the first argument."""
        if not self.variables:
            return ""
        first = self.first_argument()
        return f", dtype={first}.dtype, device={first}.device"

    def scalar(self, text: str) -> str:
        """A plain number as a tensor."""
        return f"torch.as_tensor({text}{self.kept_type()})"

    def argument(self, node: Node) -> Code:
        """An argument of a function: functions take no plain numbers."""
        code = super().argument(node)
        if node.shape or walk.variables_of((node,)):
            return code
        return Code(self.scalar(code.text), ATOM, code.depth + 1)

    def contraction_order(self, node: Node) -> str:  # noqa: ARG002 (the library chooses)
        """The library chooses."""
        return ""

    def stacked(self, rows: Sequence[str]) -> str:
        """A matrix of blocks from its rows."""
        return f"torch.cat([{', '.join(f'torch.cat([{row}], dim=1)' for row in rows)}])"
