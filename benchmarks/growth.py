"""All gradients of a residual network, h = h + tanh(W_k*h), at two depths: the work must grow with the depth alone."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.pages import Report
from benchmarks.timing import time_in_turns
from matdiff.engine import first_derivatives
from matdiff.tree import build
from matdiff.tree.dims import symbol
from matdiff.tree.node import Node
from matdiff.tree.walk import postorder

DEPTHS = (64, 512)
AIM = 12.0


def network(depth: int) -> tuple[Node, tuple[Node, ...]]:
    """The sum of the last layer's values, and the weights of every layer."""
    size = symbol("n")
    weights = tuple(build.variable(f"W{layer}", (size, size)) for layer in range(1, depth + 1))
    h = build.variable("h", (size,))
    for weight in weights:
        h = build.total([(1, h), (1, build.apply("tanh", build.product(weight, h)))])
    return build.call("sum", (h,), ()), weights


def differentiate(depth: int) -> Callable[[], object]:
    """The derivatives by every layer's weights, as a call to time."""
    value, weights = network(depth)
    return lambda: first_derivatives(value, weights)


def report(rounds: int) -> Report:
    """The times, the nodes of all answers together, and the ratios."""
    shallow, deep = DEPTHS
    times = time_in_turns({f"{depth} layers": differentiate(depth) for depth in DEPTHS}, rounds)
    lines = [f"- {name}: {taken}" for name, taken in times.items()]
    for depth in DEPTHS:
        value, weights = network(depth)
        count = sum(1 for _ in postorder(first_derivatives(value, weights)))
        lines.append(f"- {depth} layers: {count} nodes, {count / depth:.1f} a layer")
    ratio = times[f"{deep} layers"].middle / times[f"{shallow} layers"].middle
    lines.append(f"- {deep // shallow} times the layers take {ratio:.1f} times as long (aim: at most {AIM:g} times)")
    return Report("\n".join(lines))
