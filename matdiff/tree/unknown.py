"""Functions of which nothing is known but that they can be differentiated: nodes and their derivatives.

    map   ("unknown", name, orders)   taken entry by entry; `orders` has the number of derivatives by each argument
    call  ("unknown", name, places)   of whole arguments; `places` are the arguments that it is differentiated by

The axes of a call are those of the value, then those of the argument at every place. Places are in ascending order, as
derivatives commute. A function of scalars with a scalar value is a map.
"""

from __future__ import annotations

from matdiff.tree.attributes import orders_of
from matdiff.tree.node import Node, Shape, make

Wires = tuple[int, ...]
UNKNOWN = "unknown"
HIGHEST_ORDER = 4


def entrywise(name: str, args: tuple[Node, ...], orders: tuple[int, ...]) -> Node:
    """The function, or its derivative of these `orders`, entry by entry: all arguments have one shape."""
    return make("map", args, (UNKNOWN, name, orders), args[0].shape)


def whole(name: str, args: tuple[Node, ...], value: Shape, places: tuple[int, ...] = ()) -> Node:
    """The function with a value of this shape, or its derivative by the arguments at `places` (counted from 0)."""
    if not value and not any(arg.shape for arg in args):
        return entrywise(name, args, tuple(places.count(place) for place in range(len(args))))
    ordered = tuple(sorted(places))
    shape = value + tuple(axis for place in ordered for axis in args[place].shape)
    return make("call", args, (UNKNOWN, name, ordered), shape)


def is_unknown(node: Node) -> bool:
    """Whether `node` is an unknown function, or a derivative of one."""
    return node.op in ("map", "call") and node.attrs[0] == UNKNOWN


def name_of(node: Node) -> str:
    """The name of the function itself."""
    return str(node.attrs[1])


def count_arguments(node: Node) -> int:
    """How many arguments the function has."""
    return len(orders_of(node)) if node.op == "map" else len(node.args)


def places_of(node: Node) -> tuple[int, ...]:
    """The arguments that it is differentiated by, each as often as it is, in ascending order."""
    found = orders_of(node)
    if node.op == "call":
        return found
    return tuple(place for place, order in enumerate(found) for _ in range(order))


def value_shape(node: Node) -> Shape:
    """The axes of the function itself, without those of derivatives."""
    if node.op == "map":
        return node.shape
    return node.shape[: len(node.shape) - sum(len(node.args[place].shape) for place in places_of(node))]


def slope(node: Node, place: int) -> Node:
    """The derivative of an entry-wise function by the argument at `place`, entry by entry."""
    places = (*places_of(node), place)
    return entrywise(name_of(node), node.args, tuple(places.count(k) for k in range(len(node.args))))


def derivative(node: Node, place: int) -> tuple[Node, Wires]:
    """The derivative of a call by the argument at `place`, and the wires of its axes.

    They number the axes of `node` first and those of the argument behind them.
    """
    places = places_of(node)
    value = value_shape(node)
    lead = len(value)
    before = [k for k in places if k <= place]
    split = lead + sum(len(node.args[k].shape) for k in before)
    count, more = len(node.shape), len(node.args[place].shape)
    wires = (*range(split), *range(count, count + more), *range(split, count))
    return whole(name_of(node), node.args, value, (*places, place)), wires


def alike_axes(node: Node) -> tuple[tuple[Wires, ...], ...]:
    """Groups of axes that may be exchanged with one another, as derivatives by one argument commute."""
    groups: dict[int, list[Wires]] = {}
    position = len(value_shape(node))
    for place in places_of(node) if node.op == "call" else ():
        length = len(node.args[place].shape)
        groups.setdefault(place, []).append(tuple(range(position, position + length)))
        position += length
    return tuple(tuple(axes) for axes in groups.values() if len(axes) > 1 and axes[0])
