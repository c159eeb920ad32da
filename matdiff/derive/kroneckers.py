"""Kronecker products in index form: two pairings of axes, and a matrix on either side of them."""

from __future__ import annotations

from collections.abc import Callable

from matdiff.tree import einsum
from matdiff.tree.einsum import Wires
from matdiff.tree.node import Node, Shape

Item = tuple[Node, Wires]


def inverse_of_kronecker(x: Node, invert: Callable[[Node], Node]) -> Node | None:
    """`inv(kron(A, B))` as `kron(inv(A), inv(B))` for square A and B; None where `x` is no such product."""
    if x.op != "einsum" or len(x.shape) != 2:
        return None
    wires, output, sizes = einsum.parts(x)
    items = list(zip(x.args, wires, strict=True))
    pairings = {ends[0]: (factor, ends) for factor, ends in items if factor.attrs == ("pairing",)}
    if len(pairings) != 2 or set(pairings) != set(output):
        return None
    rest = [item for item in items if item not in pairings.values()]
    inverted: list[Item] = [pairings[wire] for wire in output]
    for row, column in zip(inverted[0][1][1:], inverted[1][1][1:], strict=True):
        own = _joined_to(row, rest)
        rest = [item for item in rest if item not in own]
        is_matrix = row != column and any(column in ends for _, ends in own)
        if sizes[row] != sizes[column] or (own and not is_matrix) or (not own and row != column):
            return None
        if own:
            inverted.append((invert(_einsum(own, (row, column), sizes)), (column, row)))
    return None if rest else _einsum(inverted, output[::-1], sizes)


def _einsum(items: list[Item], output: Wires, sizes: Shape) -> Node:
    """The einsum of the factors over those wires alone that they have: another one would count as its size."""
    numbers = {wire: k for k, wire in enumerate(dict.fromkeys(wire for _, ends in items for wire in ends))}
    wires = [tuple(numbers[wire] for wire in ends) for _, ends in items]
    kept = tuple(sizes[wire] for wire in numbers)
    return einsum.einsum([factor for factor, _ in items], wires, tuple(numbers[wire] for wire in output), kept)


def _joined_to(wire: int, items: list[Item]) -> list[Item]:
    """The factors that a wire leads to, over as many other factors as it takes."""
    reached, found, pending = {wire}, [], list(items)
    while met := [item for item in pending if reached & set(item[1])]:
        found += met
        pending = [item for item in pending if item not in met]
        reached |= {end for _, ends in met for end in ends}
    return found
