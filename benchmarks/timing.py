"""Times of several ways to do something, taken in turns, so that a busy machine slows all of them alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Times:
    """The times of one way, in seconds."""

    seconds: tuple[float, ...]

    @property
    def middle(self) -> float:
        """The median."""
        return median(self.seconds)

    @property
    def half(self) -> tuple[float, float]:
        """Between what half of the times lie."""
        low, _, high = quantiles(self.seconds, n=4) if len(self.seconds) > 1 else self.seconds * 3
        return low, high

    def __str__(self) -> str:
        low, high = self.half
        return f"{1000 * self.middle:.2f} ms (half of them in {1000 * low:.2f} … {1000 * high:.2f})"


def time_in_turns(
    ways: Mapping[str, Callable[[], object]],
    rounds: int,
    clock: Callable[[], float] = perf_counter,
    shortest: float = 0.0,
) -> dict[str, Times]:
    """The times of every way over so many rounds, each round running every way once, after one that does not count.

    A way that takes less than `shortest` seconds is called so often in each turn that they add up to that.
    """
    calls = {name: calls_of(way, clock, shortest) for name, way in ways.items()}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            seconds[name].append(time_of(way, calls[name], clock))
    return {name: Times(tuple(taken)) for name, taken in seconds.items()}


def calls_of(way: Callable[[], object], clock: Callable[[], float], shortest: float) -> int:
    """How often a way is called in a turn; it has been called before, so that what it keeps is there."""
    way()
    return 1 if not shortest else max(1, round(shortest / max(time_of(way, 1, clock), 1e-7)))


def time_of(way: Callable[[], object], calls: int, clock: Callable[[], float]) -> float:
    """The time of one of so many calls."""
    start = clock()
    for _ in range(calls):
        way()
    return (clock() - start) / calls
