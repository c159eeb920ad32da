"""An expression of a program as text, with the brackets that it needs beside others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

ADD, MULTIPLY, POWER, ATOM = range(4)


class Code(NamedTuple):
    """An expression: its text, how tightly it binds and how deep it nests."""

    text: str
    level: int = ATOM
    depth: int = 0


def operand(code: Code, level: int) -> str:
    """The code, in brackets unless it binds at least as tightly as `level`."""
    return code.text if code.level >= level else f"({code.text})"


def infix(left: Code, sign: str, right: Code) -> Code:
    """Two operands of a sign that is read from the left."""
    text = f"{operand(left, MULTIPLY)}{sign}{operand(right, POWER)}"
    return Code(text, MULTIPLY, max(left.depth, right.depth + 1))


def joined(codes: Sequence[Code], sign: str) -> Code:
    """The codes with a sign between them, read from the left."""
    total = codes[0]
    for code in codes[1:]:
        total = infix(total, sign, code)
    return total


def depth_above(codes: Sequence[Code]) -> int:
    """How deep an expression of these nests."""
    return 1 + max((code.depth for code in codes), default=0)
