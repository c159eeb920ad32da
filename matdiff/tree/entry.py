"""Arithmetic entry by entry on index form, so that a rule in a table reads `1 - y**2`."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from matdiff.tree import einsum
from matdiff.tree.dims import Dim
from matdiff.tree.node import Node, make


class Entry:
    """One tensor, seen entry by entry: `+ - * / **` act on entries, plain numbers are constants of its shape."""

    __slots__ = ("node",)

    def __init__(self, node: Node) -> None:
        self.node = node

    def __add__(self, other: Entry | Fraction | int) -> Entry:
        return Entry(einsum.total([(1, self.node), (1, self.like(other))], self.node.shape))

    def __radd__(self, other: Fraction | int) -> Entry:
        return self + other

    def __neg__(self) -> Entry:
        return Entry(einsum.total([(-1, self.node)], self.node.shape))

    def __sub__(self, other: Entry | Fraction | int) -> Entry:
        return Entry(einsum.total([(1, self.node), (-1, self.like(other))], self.node.shape))

    def __rsub__(self, other: Fraction | int) -> Entry:
        return -self + other

    def __mul__(self, other: Entry | Fraction | int) -> Entry:
        if not isinstance(other, Entry):
            return Entry(einsum.total([(other, self.node)], self.node.shape))
        axes = tuple(range(len(self.node.shape)))
        return Entry(einsum.einsum((self.node, other.node), (axes, axes), axes, self.node.shape))

    def __rmul__(self, other: Fraction | int) -> Entry:
        return self * other

    def __truediv__(self, other: Entry | int) -> Entry:
        return self * (Fraction(1, other) if isinstance(other, int) else other**-1)

    def __rtruediv__(self, other: Fraction | int) -> Entry:
        return self**-1 * other

    def __pow__(self, exponent: Fraction | int) -> Entry:
        return Entry(einsum.power(self.node, Fraction(exponent)))

    def like(self, other: Entry | Fraction | int) -> Node:
        """`other` as a node of this shape."""
        return other.node if isinstance(other, Entry) else einsum.constant(other, self.node.shape)


def apply(name: str, *args: Entry) -> Entry:
    """The entry-wise function called `name`."""
    return Entry(make("map", tuple(arg.node for arg in args), (name,), args[0].node.shape))


def spread(scalar: Node, shape: Sequence[Dim]) -> Node:
    """The scalar as a tensor of `shape`, every entry the same."""
    return einsum.einsum((scalar,), ((),), tuple(range(len(shape))), shape)
