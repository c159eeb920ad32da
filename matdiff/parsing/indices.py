"""Index notation: which sum binds an index, which indices are free, and entries as tensors on their indices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from matdiff.errors import TooLong
from matdiff.parsing.syntax import Syntax, postorder
from matdiff.tree import build
from matdiff.tree.dims import Dim
from matdiff.tree.node import Node, make

MOST_NESTED_SUMS = 100

Index = tuple[Syntax | None, str]
Factor = tuple[Node, tuple[Index, ...]]
Sides = tuple[Index | None, Index | None]
SCALAR_SIDES: Sides = (None, None)


def in_index_notation(root: Syntax, name: str = "") -> Syntax:
    """A side that sums over indices or has a delta, wrapped with its free indices in order of first appearance.

    `name` is what a `let` line calls it.
    """
    parts = postorder([root])
    if not any(part.kind in ("total", "delta") for part in parts):
        return root
    bound = bindings(root)
    found = [index for part in parts if part in bound for index in bound[part] if index and index[0] is None]
    names = tuple(dict.fromkeys(name for _, name in found))
    return Syntax("indexed", name, (root,), names, root.source, root.start, root.end)


def free_indices(side: Syntax) -> tuple[Index, ...]:
    """The free indices of a side in index notation: those of a `let` line are its own, all others are shared."""
    return tuple((_owner(side), name) for name in side.operators)


def _owner(side: Syntax) -> Syntax | None:
    return side if side.kind == "indexed" and side.text else None


def bindings(root: Syntax) -> dict[Syntax, tuple[Index | None, ...]]:
    """For every entry and delta below `root` the sum that binds each index; a free one is that of `free_indices`.

    A number has no index. Raises TooLong where sums nest beyond reason.
    """
    found: dict[Syntax, tuple[Index | None, ...]] = {}
    owner = _owner(root)
    stack: list[tuple[Syntax, Mapping[str, Syntax], int]] = [(root, {}, 0)]
    while stack:
        syntax, scope, depth = stack.pop()
        if syntax.kind == "total":
            depth += 1
            if depth > MOST_NESTED_SUMS:
                raise TooLong(syntax.place(), "sums within sums are", depth, "deep", MOST_NESTED_SUMS)
            scope = {**scope, **dict.fromkeys(syntax.operators, syntax)}
        if syntax.kind in ("index", "delta"):
            indices = indices_of(syntax)
            found[syntax] = tuple((scope.get(i.text, owner), i.text) if i.kind == "name" else None for i in indices)
            stack.extend((arg, {}, depth) for arg in syntax.args[: len(syntax.args) - len(indices)])
        else:
            stack.extend((arg, scope, depth) for arg in syntax.args)
    return found


def indices_of(syntax: Syntax) -> tuple[Syntax, ...]:
    """The indices that stand in the brackets of an entry or of a delta."""
    return syntax.args if syntax.kind == "delta" else syntax.args[1:]


class Entries(NamedTuple):
    """A weighted product of tensors, each on the indices of its axes; `free` are its indices in order.

    `sides` are those that are its rows and columns, where it is a vector or a matrix for each value of the others.
    """

    weight: Fraction
    factors: tuple[Factor, ...]
    sides: Sides = SCALAR_SIDES

    @property
    def free(self) -> tuple[Index, ...]:
        """Every index once, in the order of the factors."""
        return tuple(dict.fromkeys(index for _, indices in self.factors for index in indices))

    def on(self, sides: Sides) -> Entries:
        """The same with other names for its rows and columns; one that it does not have stays away."""
        names = {old: new for old, new in zip(self.sides, sides, strict=True) if old and new}
        factors = tuple(
            (factor, tuple(names.get(index, index) for index in indices)) for factor, indices in self.factors
        )
        return Entries(self.weight, factors, (self._named(0, sides), self._named(1, sides)))

    def _named(self, side: int, sides: Sides) -> Index | None:
        return self.sides[side] and (sides[side] or self.sides[side])

    def tensor(self, axes: tuple[Index, ...], sizes: Mapping[Index, Dim]) -> Node:
        """The product without its weight, with these axes.

        It is spread along an axis that it does not have, and summed over an index that is no axis.
        """
        if len(self.factors) == 1 and self.factors[0][1] == axes and len(set(axes)) == len(axes):
            return self.factors[0][0]
        if not axes and not self.free:
            return build.product(*(factor for factor, _ in self.factors)) if self.factors else build.number(1)
        number: dict[Index, int] = {}
        for index in (*axes, *self.free):
            number.setdefault(index, len(number))
        wires = tuple(tuple(number[index] for index in indices) for _, indices in self.factors)
        shape = tuple(sizes[index] for index in axes)
        attrs = (wires, tuple(number[index] for index in axes), tuple(sizes[index] for index in number))
        return make("einsum", tuple(factor for factor, _ in self.factors), attrs, shape)


def multiplied(parts: Iterable[Entries]) -> Entries:
    """The product of entries."""
    weight = Fraction(1)
    factors: list[Factor] = []
    for part in parts:
        weight *= part.weight
        factors.extend(part.factors)
    return Entries(weight, tuple(factors))


def one(node: Node, axes: tuple[Index, ...]) -> Entries:
    """A tensor on its indices, its weight in front."""
    if node.op == "sum" and len(node.args) == 1:
        weight = node.attrs[0]
        assert isinstance(weight, Fraction)
        return Entries(weight, ((node.args[0], axes),))
    if node.op == "number":
        weight = node.attrs[0]
        assert isinstance(weight, Fraction)
        return Entries(weight, ())
    return Entries(Fraction(1), ((node, axes),))


def all_of(parts: Iterable[Entries]) -> tuple[Index, ...]:
    """Every free index of several entries once, in order."""
    return tuple(dict.fromkeys(index for part in parts for index in part.free))
