"""What `facts` and `convex` share: the formats, the exit codes of answers, and what was assumed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from matdiff.errors import ExitCode

if TYPE_CHECKING:
    from matdiff.parsing.read import Interpreted

FORMATS = ("text", "unicode", "latex", "json")
CODES = {"yes": ExitCode.DONE, "no": ExitCode.WRONG, "unknown": ExitCode.UNDIFFERENTIABLE}


def assumed_lines(interpreted: Interpreted) -> Iterator[str]:
    """What was assumed, for people."""
    if interpreted.assumptions:
        yield "where " + ", ".join(interpreted.assumptions)
    yield from (f"note: {note}" for note in interpreted.notes)
