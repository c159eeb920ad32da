"""What reaches the terminal: streams, colour, tables and progress bars. The only place that uses rich."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from matdiff.rulebook.checker import Finding

VERDICT_COLOURS = {"holds": "green", "wrong": "red", "error": "yellow"}


def prepare_streams() -> None:
    """Make stdout and stderr spell what their encoding lacks as escapes instead of failing on it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def abandon_stdout() -> None:
    """Let the rest of stdout go nowhere, so that the interpreter can close it after its reader has gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def is_terminal(stream: TextIO) -> bool:
    """Whether a person reads or types on `stream`."""
    return stream.isatty()


def uses_colour(stream: TextIO) -> bool:
    """Colour is for terminals, and not where `NO_COLOR` is set."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def speaks_unicode() -> bool:
    """Whether stdout can encode every character."""
    return sys.stdout.encoding.lower().startswith("utf")


def show_answer(text: str) -> None:
    """One answer on stdout, at once, so that a reader of a pipe has it before the next line is read."""
    click.echo(text)


def show_error(text: str) -> None:
    """An error on stderr, its first word in red on a terminal."""
    head, colon, rest = text.partition(":")
    if uses_colour(sys.stderr) and head in ("error", "internal error"):
        text = click.style(head + colon, fg="red", bold=True) + rest
    click.echo(text, err=True, color=uses_colour(sys.stderr))


def show_summary(text: str) -> None:
    """The last line of a report, on stderr: stdout has the report alone."""
    click.echo(text, err=True)


def show_detail(text: str) -> None:
    """What a person wants to know beside the answer, on stderr."""
    click.echo(click.style(text, dim=True), err=True, color=uses_colour(sys.stderr))


def with_progress(findings: Iterable[Finding], total: int) -> Iterator[Finding]:
    """`findings` as they come, with a progress bar on stderr meanwhile where that is a terminal."""
    if not is_terminal(sys.stderr):
        yield from findings
        return
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True, no_color=not uses_colour(sys.stderr))
    yield from track(findings, description="checking", total=total, console=console, transient=True)


def show_findings_table(findings: Iterable[Finding]) -> None:
    """A table of rules on stdout, as wide as the terminal: place, verdict, the rule and what is wrong with it."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from matdiff.rulebook.report import remarks

    table = Table(box=None, pad_edge=False)
    for heading in ("place", "verdict", "rule"):
        table.add_column(heading, overflow="fold", no_wrap=heading != "rule")
    for finding in findings:
        verdict = Text(finding.verdict, style=VERDICT_COLOURS[finding.verdict])
        table.add_row(Text(finding.place), verdict, Text("\n".join((finding.rule, *remarks(finding)))))
    Console(no_color=not uses_colour(sys.stdout)).print(table)
