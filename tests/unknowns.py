"""Unknown functions in trees: their declarations, and smooth ones in their place for generated code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from matdiff.functions.unknown import spelled
from matdiff.tree.dims import size_text, value_of
from matdiff.tree.node import Node, Shape
from matdiff.tree.unknown import is_unknown, name_of, places_of, value_shape
from matdiff.tree.walk import postorder
from matdiff.verify import smooth


def unknowns_in(node: Node) -> list[Node]:
    """The calls of unknown functions and of their derivatives."""
    return [part for part in postorder((node,)) if is_unknown(part)]


def declarations(node: Node) -> dict[str, str]:
    """From where to where each unknown function goes."""
    return {name_of(part): _kind(part) for part in unknowns_in(node)}


def _kind(node: Node) -> str:
    if node.op == "map":
        return "elementwise"
    return f"{' x '.join(_space(arg.shape) for arg in node.args)} -> {_space(value_shape(node))}"


def _space(shape: Shape) -> str:
    return f"R^({' x '.join(size_text(size) for size in shape)})" if shape else "R"


def smooth_functions(node: Node, sizes: Mapping[str, int]) -> dict[str, Callable[..., Any]]:
    """What the oracle takes for the unknown functions, for NumPy arrays, by the names of the arguments."""
    return {spelled(part): _smooth(part, sizes) for part in unknowns_in(node)}


def _smooth(node: Node, sizes: Mapping[str, int]) -> Callable[..., Any]:
    if node.op == "map":
        orders: Any = node.attrs[2]
        entry = smooth.entrywise(name_of(node), orders)
        return np.vectorize(lambda *z: entry(*z).real, otypes=[float])
    domain = [_counted(arg.shape, sizes) for arg in node.args]
    shape = _counted(node.shape, sizes)
    whole = smooth.whole(name_of(node), domain, shape[: len(value_shape(node))], places_of(node))
    return lambda *arrays: np.reshape(np.real(whole(*(np.ravel(array).tolist() for array in arrays))), shape)


def _counted(shape: Shape, sizes: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(value_of(size, sizes) for size in shape)
