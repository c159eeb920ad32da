"""Where a piece of syntax stands in the user's text."""

from __future__ import annotations

from typing import NamedTuple

from matdiff.errors import Place


class Source(NamedTuple):
    """One line of text and its number."""

    text: str
    line: int = 1

    def place(self, start: int, end: int) -> Place:
        """The stretch from `start` up to `end`, as errors show it."""
        return Place(self.text, self.line, start, end)
