"""Smooth functions in the place of unknown ones, with derivatives of every order that are theirs by calculus.

A function is made from its name alone: each entry of its value is a constant and a sum of sines of linear forms. Sines,
since their derivatives are known without any rule of differentiation; several, since one has a Hessian of rank one.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain, product
from operator import mul
from typing import NamedTuple

from matdiff.verify.algebra import LARGEST_WORK, Entries, Sizes, TooLargeError, count
from matdiff.verify.random import Stream

QUARTER = math.pi / 2
MORE_WAVES = 2


class _Wave(NamedTuple):
    """`height*sin(slope'*z + phase)`."""

    height: float
    slope: tuple[float, ...]
    phase: float

    def at(self, z: Sequence[complex], order: int) -> complex:
        """The derivative of this order by the linear form."""
        return self.height * cmath.sin(sum(map(mul, self.slope, z)) + self.phase + order * QUARTER)


class _Smooth(NamedTuple):
    """One entry of a value, as a function of the entries of all arguments."""

    constant: float
    waves: tuple[_Wave, ...]

    def derivative(self, z: Sequence[complex], axes: Sequence[tuple[int, ...]]) -> list[complex]:
        """The derivatives by the entries of each of `axes`, one after the other, row by row."""
        parts = [wave.at(z, len(axes)) for wave in self.waves]
        if not axes:
            return [self.constant + sum(parts)]
        return [
            sum(part * math.prod(wave.slope[k] for k in places) for part, wave in zip(parts, self.waves, strict=True))
            for places in product(*axes)
        ]


@cache
def _smooth(name: str, entry: int, length: int) -> _Smooth:
    """The function of `length` numbers that stands for entry `entry` of the function called `name`."""
    stream = Stream(*map(ord, name), entry, length)
    number = length + MORE_WAVES
    height = 1.6 / number**0.5
    waves = []
    for _ in range(number):
        slope = tuple(stream.between(-1.2, 1.2) for _ in range(length))
        waves.append(_Wave(stream.between(height / 2, height), slope, stream.between(0, 6)))
    return _Smooth(stream.between(0.5, 1.2), tuple(waves))


def entrywise(name: str, orders: Sequence[int]) -> Callable[..., complex]:
    """The derivative of these orders of the function of numbers called `name`."""
    function = _smooth(name, 0, len(orders))
    axes = [(place,) for place, order in enumerate(orders) for _ in range(order)]
    return lambda *z: function.derivative(z, axes)[0]


def whole(name: str, shapes: Sequence[Sizes], value: Sizes, places: Sequence[int]) -> Callable[..., Entries]:
    """The derivative by the arguments at `places` of the function called `name` of arguments of these shapes.

    Raises `TooLargeError`.
    """
    lengths = [count(shape) for shape in shapes]
    starts = [sum(lengths[:k]) for k in range(len(lengths))]
    axes = [tuple(range(starts[place], starts[place] + lengths[place])) for place in places]
    total = sum(lengths)
    if count(value) * math.prod(map(len, axes)) * (total + MORE_WAVES) * max(total, 1) > LARGEST_WORK:
        raise TooLargeError
    functions = [_smooth(name, entry, total) for entry in range(count(value))]

    def evaluate(*arguments: Entries) -> Entries:
        z = tuple(chain.from_iterable(arguments))
        return [number for function in functions for number in function.derivative(z, axes)]

    return evaluate
