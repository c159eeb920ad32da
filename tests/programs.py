"""Generated code for trees, as the tests ask for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matdiff.printing import write
from matdiff.printing.program.function import Function, Output
from matdiff.programs import loaded
from matdiff.tree.node import Node, Shape
from matdiff.verify.points import Point

Array = NDArray[np.float64]


def function_of(node: Node, variables: tuple[Node, ...], axes: Shape, title: str = "a derivative") -> Function:
    """A function of these variables that gives one value with these axes."""
    return Function((Output("result", node, axes),), title, variables)


def numpy_source(node: Node, variables: tuple[Node, ...], axes: Shape, title: str = "a derivative") -> str:
    """The NumPy module of one value."""
    return write.code(function_of(node, variables, axes, title), "numpy")


def defined(source: str, name: str = "derivative") -> Callable[..., Any]:
    """The function of this name that a generated Python module defines."""
    return loaded(source, name)


def arrays_at(point: Point, variables: Iterable[Node]) -> dict[str, Array]:
    """The values of variables at a point, as arrays of their shapes."""
    names = {str(variable.attrs[0]): variable.shape for variable in variables}
    return {
        name: np.real(np.array(point.inputs[name])).reshape(point.program.shape(shape)) for name, shape in names.items()
    }


def size_arguments(source: str, sizes: Mapping[str, int]) -> dict[str, int]:
    """The sizes that a generated function takes as arguments, with their values."""
    return {name: sizes[name] for name in re.findall(r"^(?:    |% )(\w+): int(?:eger)?$", source, re.MULTILINE)}
