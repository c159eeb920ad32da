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

    def __str__(self) -> str:
        low, _, high = quantiles(self.seconds, n=4) if len(self.seconds) > 1 else self.seconds * 3
        return f"{1000 * self.middle:8.2f} ms  (half of them in {1000 * low:.2f} … {1000 * high:.2f})"


def time_in_turns(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Times]:
    """The times of every way over so many rounds, each round running every way once, after one that does not count."""
    for way in ways.values():
        way()
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = perf_counter()
            way()
            seconds[name].append(perf_counter() - start)
    return {name: Times(tuple(taken)) for name, taken in seconds.items()}
