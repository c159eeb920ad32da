"""A written expression as pieces that are joined at the end alone, so that a deep one costs its length."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """A written expression: its pieces, how tightly it binds and how many characters it has.

    `fixed` is the shorter spelling for a place that fixes the shape: `I` for `I(n)`.
    """

    parts: tuple[str | Written, ...]
    level: int
    length: int
    fixed: Written | None = None


def written(level: int, *parts: str | Written, fixed: Written | None = None) -> Written:
    """The pieces as one expression that binds as tightly as `level`."""
    length = sum(len(part) if isinstance(part, str) else part.length for part in parts)
    return Written(parts, level, length, fixed)


def flatten(expression: Written) -> str:
    """The text of an expression."""
    pieces: list[str] = []
    stack: list[str | Written] = [expression]
    while stack:
        part = stack.pop()
        if isinstance(part, str):
            pieces.append(part)
        else:
            stack.extend(reversed(part.parts))
    return "".join(pieces)


def edge(expression: Written, position: int) -> str:
    """The first piece of text of an expression, or the last one: `position` is 0 or -1."""
    part: str | Written = expression
    while not isinstance(part, str):
        part = part.parts[position]
    return part
