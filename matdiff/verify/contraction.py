"""Einsums on numbers, two factors at a time, so that the work is that of the largest pair and not of all wires."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import combinations

from matdiff.tree.einsum import Wires
from matdiff.verify.algebra import LARGEST_WORK, Entries, Sizes, TooLargeError, count, strides

Step = Callable[..., Entries]
# Of more operands than these not every pair is looked at: that would be the cube of their number.
MOST_COMPARED = 24


def plan(wires: Sequence[Wires], output: Wires, sizes: Sizes) -> tuple[Step, int]:
    """A function from the factors' entries to the entries of the einsum, and the multiplications it takes.

    Raises `TooLargeError` before anything large is made.
    """
    operands = [tuple(ends) for ends in wires]
    held = {wire for ends in wires for wire in ends} | set(output)
    weight = count(tuple(size for wire, size in enumerate(sizes) if wire not in held))
    pairs: list[tuple[int, int, Step]] = []
    work = 0
    live = list(range(len(operands)))
    while len(live) > 1:
        left, right = min(_choice(live, operands), key=lambda pair: _cost(operands[pair[0]], operands[pair[1]], sizes))
        live = [place for place in live if place not in (left, right)]
        needed = set(output).union(*(operands[place] for place in live))
        kept = tuple(wire for wire in _distinct(operands[left] + operands[right]) if wire in needed)
        work += _cost(operands[left], operands[right], sizes)
        _demand_small(work)
        pairs.append((left, right, _pair(operands[left], operands[right], kept, sizes)))
        live.append(len(operands))
        operands.append(kept)
    last = operands[live[0]] if live else ()
    work += count(tuple(sizes[wire] for wire in (*output, *(wire for wire in set(last) if wire not in output))))
    _demand_small(work)
    finish = _finish(last, output, sizes, weight)
    return partial(_run, pairs, finish), work


def _choice(live: list[int], operands: list[Wires]) -> Iterable[tuple[int, int]]:
    """The pairs of operands to choose from: all while they are few, else those that are neighbours on some wire."""
    if len(live) <= MOST_COMPARED:
        return combinations(live, 2)
    last: dict[int | Wires, int] = {}
    pairs: list[tuple[int, int]] = []
    for place in live:
        if operands[place] in last:
            return [(last[operands[place]], place)]
        last[operands[place]] = place
        pairs += [(last[wire], place) for wire in set(operands[place]) if wire in last]
        last.update(dict.fromkeys(operands[place], place))
    return pairs or [(live[0], live[1])]


def _demand_small(work: int) -> None:
    if work > LARGEST_WORK:
        raise TooLargeError


def _run(pairs: Sequence[tuple[int, int, Step]], finish: Step, *factors: Entries) -> Entries:
    operands: list[Entries] = list(factors) or [[1.0]]
    for left, right, step in pairs:
        operands.append(step(operands[left], operands[right]))
    return finish(operands[-1])


def _pair(left: Wires, right: Wires, kept: Wires, sizes: Sizes) -> Step:
    summed = tuple(wire for wire in _distinct(left + right) if wire not in kept)
    starts = list(zip(_offsets(kept, left, sizes), _offsets(kept, right, sizes), strict=True))
    steps = list(zip(_offsets(summed, left, sizes), _offsets(summed, right, sizes), strict=True))

    def contract(x: Entries, y: Entries) -> Entries:
        return [sum([x[a + c] * y[b + d] for c, d in steps]) for a, b in starts]

    return contract


def _finish(ends: Wires, output: Wires, sizes: Sizes, weight: int) -> Step:
    """From the one operand that is left to the output: what nobody needs is summed, what repeats is a diagonal."""
    free = _distinct(output)
    summed = tuple(wire for wire in _distinct(ends) if wire not in free)
    starts, steps = _offsets(free, ends, sizes), _offsets(summed, ends, sizes)
    places = _offsets(free, output, sizes)
    length = count(tuple(sizes[wire] for wire in output))

    def place(x: Entries) -> Entries:
        result: list[complex] = [0.0] * length
        for target, start in zip(places, starts, strict=True):
            result[target] = weight * sum([x[start + step] for step in steps])
        return result

    return place


def _offsets(wires: Wires, axes: Wires, sizes: Sizes) -> list[int]:
    """For every setting of `wires`, row by row, the place in the flat list of an array whose axes are `axes`.

    A wire on two axes moves along both, a wire on none moves nowhere.
    """
    steps: dict[int, int] = {}
    for axis, step in zip(axes, strides(tuple(sizes[wire] for wire in axes)), strict=True):
        steps[axis] = steps.get(axis, 0) + step
    places = [0]
    for wire in wires:
        step = steps.get(wire, 0)
        places = [place + step * k for place in places for k in range(sizes[wire])]
    return places


def _cost(left: Wires, right: Wires, sizes: Sizes) -> int:
    return count(tuple(sizes[wire] for wire in {*left, *right}))


def _distinct(wires: Iterable[int]) -> Wires:
    return tuple(dict.fromkeys(wires))
