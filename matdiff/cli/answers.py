"""What one line of the input gives: worked out within `--timeout`, and as a whole before any of it is shown."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple, TypeVar

import click

from matdiff.cli import report
from matdiff.errors import Place
from matdiff.limits import within

Result = TypeVar("Result")


class Told(NamedTuple):
    """Lines that are to be shown: the answer, and what a person wants to know beside it."""

    answers: tuple[str, ...] = ()
    details: tuple[str, ...] = ()

    def show(self, file: str = "") -> None:
        """The answer on stdout, or as a file; the details on stderr."""
        report.show_answers(self.answers, file)
        for line in self.details:
            report.show_detail(line)


def wants_details(is_verbose: bool) -> bool:
    """Whether a person reads details, or asked for them."""
    return is_verbose or report.is_terminal(sys.stderr)


def bounded(text: str, work: Callable[[], Result], number: int = 1) -> Result:
    """What `work` makes of a text whose first line has this number, within `--timeout` of the command that runs.

    Raises OutOfBounds with the last line of the text.
    """
    seconds: float = click.get_current_context().params["timeout"]
    return within(seconds, last_line(text, number), work)


def last_line(text: str, number: int = 1) -> Place:
    """The place of the line that asks for something: above it stand what it uses."""
    lines = text.rstrip().splitlines() or [""]
    return Place(lines[-1], number + len(lines) - 1, 0, len(lines[-1]))
