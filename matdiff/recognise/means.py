"""Means among scalars: `mean(x)` is the quotient `sum(x)/size(x)`, so that sizes cancel."""

from __future__ import annotations

from matdiff.tree import build
from matdiff.tree.dims import Size
from matdiff.tree.node import Node


def without_mean(scalar: Node) -> Node:
    """`mean(x)` as the quotient that it is, so that sizes cancel."""
    if scalar.op != "call" or scalar.attrs != ("mean",):
        return scalar
    sizes = [build.size_number(size) for size in scalar.args[0].shape if size != 1]
    total = build.call("sum", scalar.args, ())
    return build.product(*(build.power(size, -1) for size in sizes), total)


def with_means(scalars: list[Node]) -> list[Node]:
    """The scalars with `sum(x)/size(x)` as `mean(x)`."""
    for scalar in scalars:
        if scalar.op == "call" and scalar.attrs == ("sum",):
            argument = scalar.args[0]
            sizes = [size for size in argument.shape if size != 1]
            divisors = [build.power(build.size_number(size), -sizes.count(size)) for size in dict.fromkeys(sizes)]
            is_symbolic = all(isinstance(size, Size) for size in sizes)
            if is_symbolic and all(divisor in scalars for divisor in divisors):
                rest = [other for other in scalars if other is not scalar and other not in divisors]
                return [*rest, build.call("mean", (argument,), ())]
    return scalars
