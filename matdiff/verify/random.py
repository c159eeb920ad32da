"""Numbers that look random and are the same in every process."""

from __future__ import annotations

MASK = (1 << 64) - 1


class Stream:
    """Numbers that look random and follow from the seed alone (splitmix64)."""

    __slots__ = ("state",)

    def __init__(self, *seeds: int) -> None:
        self.state = 0
        for seed in seeds:
            self.state = (self.state ^ seed) & MASK
            self.bits()

    def bits(self) -> int:
        """The next 64 bits."""
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        mixed = ((self.state ^ (self.state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        return mixed ^ (mixed >> 31)

    def between(self, low: float, high: float) -> float:
        """A number between `low` and `high`, all equally likely, in steps of 1/1024: small sums of them are exact."""
        return round((low + (high - low) * (self.bits() / MASK)) * 1024) / 1024
