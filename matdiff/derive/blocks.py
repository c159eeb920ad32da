"""Blocks in index form: a sum of parts, each put in its place by a selection, a constant of zeros and ones.

What a selection picks of such a sum is one part, and a sum over an axis of blocks is one sum for each part. So
derivatives of block expressions end in expressions of the parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from matdiff.derive.idioms import simplify_map
from matdiff.tree import build, einsum
from matdiff.tree.attributes import columns_of, rows_before, weights_of
from matdiff.tree.build import rows_and_columns
from matdiff.tree.dims import Dim, add, scale
from matdiff.tree.einsum import Wires
from matdiff.tree.node import Node, make
from matdiff.tree.walk import fold, postorder

MINUS = Fraction(-1)
DEEPEST = 60


class Part(NamedTuple):
    """The entries `before < i <= before + size` of an axis."""

    before: Dim
    size: Dim


def part_of(node: Node) -> Part | None:
    """The part of its first axis that a selection or a unit vector puts its other axis at."""
    if node.op != "constant":
        return None
    if node.attrs[0] == "selection":
        return Part(rows_before(node), (*node.shape, 1)[1])
    if node.attrs[0] == "unit" and isinstance(node.attrs[1], int):
        return Part(node.attrs[1] - 1, 1)
    return None


def expand_block(node: Node, args: tuple[Node, ...]) -> Node:
    """A matrix of blocks as the sum of its parts in their places."""
    columns = columns_of(node)
    count = len(args) // columns
    height, width = rows_and_columns(node.shape)
    shape = tuple(size for size in node.shape if size != 1)
    terms: list[tuple[int, Node]] = []
    above: Dim = 0
    for row in range(count):
        left: Dim = 0
        for position in range(row * columns, (row + 1) * columns):
            rows, sides = rows_and_columns(node.args[position].shape)
            sizes = {0: rows, 1: sides, 2: height, 3: width}
            factors, ends = [args[position]], [_long((0, 1), sizes)]
            ways = ((count, 2, 0, Part(above, rows)), (columns, 3, 1, Part(left, sides)))
            for number, outer, inner, (before, size) in ways:
                if number > 1:
                    factors.append(build.selection(before, size, sizes[outer]))
                    ends.append(_long((outer, inner), sizes))
            output = _long((2 if count > 1 else 0, 3 if columns > 1 else 1), sizes)
            used = {wire: sizes[wire] for wire in (*output, *(wire for own in ends for wire in own))}
            terms.append((1, einsum.einsum(factors, ends, output, used)))
            left = add(left, sides)
        above = add(above, rows)
    return einsum.total(terms, shape)


def take_blocks_apart(roots: tuple[Node, ...]) -> tuple[Node, ...]:
    """The roots with selections of blocks picked and sums over blocks split, where there are blocks."""
    if not any(part_of(node) for node in postorder(roots)):
        return roots
    done = fold(roots, _taken_apart)
    return tuple(done[root] for root in roots)


def _taken_apart(node: Node, args: tuple[Node, ...]) -> Node:
    if node.op == "map":
        return simplify_map(node.attrs, args)
    if node.op == "sum":
        return einsum.total(zip(weights_of(node), args, strict=True), node.shape)
    if node.op != "einsum":
        return make(node.op, args, node.attrs, node.shape) if args else node
    wires, output, sizes = einsum.parts(node)
    return _opened(list(zip(args, wires, strict=True)), output, dict(enumerate(sizes)))


def _opened(factors: list[tuple[Node, Wires]], output: Wires, sizes: dict[int, Dim]) -> Node:
    """The einsum of these factors, wire by wire: a selection picks, a sum over blocks is split."""
    for wire in sorted(sizes.keys() - set(output)):
        held = [k for k, (_, ends) in enumerate(factors) if wire in ends]
        selecting = next((k for k in held if part_of(factors[k][0]) and factors[k][1][0] == wire), None)
        if selecting is not None:
            part, ends = part_of(factors[selecting][0]), factors[selecting][1]
            rest = [factor for k, factor in enumerate(factors) if k != selecting]
            assert part is not None
            found = _with_part(rest, wire, ends[1] if len(ends) > 1 else None, part)
            if found is not None:
                return _opened(found, output, {own: size for own, size in sizes.items() if own != wire})
            continue
        parts = _complete({part for k in held for part in _parts(*_place(factors[k], wire))}, sizes[wire])
        if parts:
            inner = max(sizes) + 1
            terms = [(part, _with_part(factors, wire, inner if part.size != 1 else None, part)) for part in parts]
            if all(found is not None for _, found in terms):
                shape = tuple(sizes[end] for end in output)
                outside = {own: size for own, size in sizes.items() if own != wire}
                split = [(1, _opened(found or [], output, {**outside, inner: part.size})) for part, found in terms]
                return einsum.total(split, shape)
    return einsum.einsum([f for f, _ in factors], [ends for _, ends in factors], output, sizes)


def _with_part(
    factors: Sequence[tuple[Node, Wires]], wire: int, inner: int | None, part: Part, depth: int = DEEPEST
) -> list[tuple[Node, Wires]] | None:
    """The factors with only a part of `wire`, which is `inner` then; None where one of them is not known by parts."""
    found: list[tuple[Node, Wires]] = []
    for factor, ends in factors:
        if wire not in ends:
            found.append((factor, ends))
            continue
        kept = picked(factor, ends.index(wire), part, depth) if ends.count(wire) == 1 else None
        if kept is None:
            return None
        moved = (inner if end == wire else end for end in ends)
        found.append((kept, tuple(end for end in moved if end is not None)))
    return found


@lru_cache(maxsize=4096)
def picked(node: Node, axis: int, part: Part, depth: int = DEEPEST) -> Node | None:
    """What stands in a part of an axis of `node`, which is gone where the part is one entry; None if not known."""
    shape = (*node.shape[:axis], *((part.size,) if part.size != 1 else ()), *node.shape[axis + 1 :])
    own = part_of(node)
    if own is not None and axis == 0:
        if own == part:
            return einsum.einsum((), (), (0, 0), shape[:1]) if shape else einsum.UNIT
        return einsum.zero(shape) if _is_before(own, part) or _is_before(part, own) else None
    if not depth:
        return None
    if node.op in ("sum", "map"):
        args = [picked(arg, axis, part, depth - 1) for arg in node.args]
        known = tuple(arg for arg in args if arg is not None)
        if len(known) < len(args):
            return None
        if node.op == "map":
            return simplify_map(node.attrs, known)
        return einsum.total(zip(weights_of(node), known, strict=True), shape)
    return _picked_of_einsum(node, axis, part, depth) if node.op == "einsum" else None


def _picked_of_einsum(node: Node, axis: int, part: Part, depth: int) -> Node | None:
    wires, output, sizes = einsum.parts(node)
    wire = output[axis]
    inner = wire if part.size != 1 else None
    factors = _with_part(tuple(zip(node.args, wires, strict=True)), wire, inner, part, depth - 1)
    if factors is None or output.count(wire) > 1:
        return None
    ends = tuple(end for end in output if end != wire or inner is not None)
    new_sizes = {**dict(enumerate(sizes)), wire: part.size}
    return einsum.einsum([f for f, _ in factors], [own for _, own in factors], ends, new_sizes)


@lru_cache(maxsize=4096)
def _parts(node: Node, axis: int, depth: int = DEEPEST) -> frozenset[Part]:
    """The parts of an axis that selections below `node` name."""
    own = part_of(node)
    if own is not None:
        return frozenset({own} if axis == 0 else ())
    if node.op in ("sum", "map") and depth:
        return frozenset(part for arg in node.args for part in _parts(arg, axis, depth - 1))
    if node.op != "einsum" or not depth:
        return frozenset()
    wires, output, _ = einsum.parts(node)
    held = [factor for factor in zip(node.args, wires, strict=True) if output[axis] in factor[1]]
    return frozenset(part for factor in held for part in _parts(*_place(factor, output[axis]), depth - 1))


def _place(factor: tuple[Node, Wires], wire: int) -> tuple[Node, int]:
    return factor[0], factor[1].index(wire)


def _complete(parts: Iterable[Part], total: Dim) -> tuple[Part, ...]:
    """The parts in order, where they follow one another from the start of an axis to its end; else none."""
    by_start = {part.before: part for part in parts}
    ordered: list[Part] = []
    position: Dim = 0
    while position in by_start:
        part = by_start.pop(position)
        ordered.append(part)
        position = add(part.before, part.size)
    return tuple(ordered) if position == total and not by_start else ()


def _is_before(left: Part, right: Part) -> bool:
    """Whether one part surely ends where the other begins, or before."""
    gap = add(right.before, scale(add(left.before, left.size), MINUS))
    return gap >= 0 if isinstance(gap, int) else all(weight > 0 for _, weight in gap.terms)


def _long(wires: Wires, sizes: dict[int, Dim]) -> Wires:
    return tuple(wire for wire in wires if sizes[wire] != 1)
