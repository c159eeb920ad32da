"""Generated code for trees, as the tests ask for it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from matdiff.printing import write
from matdiff.printing.program.function import Function, Output
from matdiff.tree.node import Node, Shape


def function_of(node: Node, variables: tuple[Node, ...], axes: Shape, title: str = "a derivative") -> Function:
    """A function of these variables that gives one value with these axes."""
    return Function((Output("result", node, axes),), title, variables)


def numpy_source(node: Node, variables: tuple[Node, ...], axes: Shape, title: str = "a derivative") -> str:
    """The NumPy module of one value."""
    return write.code(function_of(node, variables, axes, title), "numpy")


def size_arguments(source: str, sizes: Mapping[str, int]) -> dict[str, int]:
    """The sizes that a generated function takes as arguments, with their values."""
    return {name: sizes[name] for name in re.findall(r"^(?:    |% )(\w+): int(?:eger)?$", source, re.MULTILINE)}
