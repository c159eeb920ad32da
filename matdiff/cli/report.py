"""What reaches the terminal: streams, colour, tables and progress bars. The only place that uses rich."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING, TextIO

import click

from matdiff.errors import ExitCode

if TYPE_CHECKING:
    from rich.table import Table

    from matdiff.rulebook.checker import Finding
    from matdiff.rulebook.reader import Lines

HEAD = re.compile(r"^(line \d+: )?(internal )?error:")
VERDICT_COLOURS = {"holds": "green", "wrong": "red", "error": "yellow"}
REDRAWN = 0.1
ROWS = 1000


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


def stdin_lines() -> Iterator[bytes]:
    """The lines of stdin as they come: nothing is read ahead. A stdin that is closed has none."""
    from matdiff.rulebook.lines import bounded_lines

    return iter(()) if sys.stdin is None else bounded_lines(sys.stdin.buffer)


def waiting_stdin() -> Lines:
    """The lines of stdin for one who has other work while there are none."""
    from matdiff.rulebook.lines import lines_of

    return () if sys.stdin is None else lines_of(sys.stdin.buffer)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person reads or types on `stream`; None is a stream that is closed."""
    return stream is not None and stream.isatty()


def uses_colour(stream: TextIO | None) -> bool:
    """Colour is for terminals, and not where `NO_COLOR` is set."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def speaks_unicode() -> bool:
    """Whether stdout can encode every character."""
    return sys.stdout is not None and sys.stdout.encoding.lower().startswith("utf")


def write_line(stream: TextIO | None, text: str) -> None:
    """One line on a stream, at once; a stream that is closed takes nothing."""
    if stream is not None:
        print(text, file=stream, flush=True)


def show_answer(text: str) -> None:
    """One answer on stdout, at once, so that a reader of a pipe has it before the next line is read."""
    write_line(sys.stdout, text)


def show_answers(answers: Iterable[str], file: str = "") -> None:
    """Answers on stdout, or as the whole of a file, which is never half written.

    Raises OSError with the name of the file where it cannot be written.
    """
    if not file:
        for answer in answers:
            show_answer(answer)
        return
    from matdiff.files import whole_file

    with whole_file(file) as stream:
        stream.write("".join(f"{answer}\n" for answer in answers).encode())


def show_error(text: str) -> None:
    """An error on stderr, its head in red on a terminal."""
    if uses_colour(sys.stderr):
        text = HEAD.sub(lambda head: click.style(head[0], fg="red", bold=True), text)
    write_line(sys.stderr, text)


def show_crash(error: Exception, arguments: Iterable[str], *, is_verbose: bool) -> ExitCode:
    """Ask for a report of a defect, on one line with the command line; `is_verbose` shows the traceback as well."""
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    line = shlex.join(["matdiff", *arguments])
    show_error(f"internal error: {reason}; please report it with this line: {line}")
    if is_verbose:
        import traceback

        show_detail("".join(traceback.format_exception(error)))
    return ExitCode.DISAGREEMENT


def json_line(record: object) -> str:
    """A record as one line of JSON, in ASCII where stdout has no more."""
    return json.dumps(record, ensure_ascii=not speaks_unicode())


def show_summary(text: str, *, is_apart: bool) -> None:
    """The last line of a report; apart, on stderr, where a program reads stdout."""
    write_line(sys.stderr if is_apart else sys.stdout, text)


def show_detail(text: str) -> None:
    """What a person wants to know beside the answer, on stderr."""
    write_line(sys.stderr, click.style(text, dim=True) if uses_colour(sys.stderr) else text)


def with_progress(findings: Iterable[Finding], total: int) -> Iterator[Finding]:
    """`findings` as they come, with a progress bar on stderr meanwhile: how many, how fast, how long still.

    It is drawn when a finding comes, not by a thread: processes are made while it stands.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True, no_color=not uses_colour(sys.stderr))
    told = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}/s"), TimeRemainingColumn())
    start = drawn = monotonic()
    with Progress(
        TextColumn("checking"),
        *told,
        console=console,
        transient=True,
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
    ) as progress:
        task = progress.add_task("checking", total=total, rate="-")
        progress.refresh()
        for number, finding in enumerate(findings, start=1):
            now = monotonic()
            if now - drawn >= REDRAWN:
                progress.update(task, completed=number, rate=f"{number / (now - start):.0f}", refresh=True)
                drawn = now
            yield finding


def show_findings_table(findings: Iterable[Finding]) -> None:
    """A table of rules on stdout, as wide as the terminal, in pieces of so many rows that memory stays bounded.

    Its columns are place, verdict, how firmly that is known, and the rule with what is wrong with it.
    """
    from rich.console import Console

    console = Console(no_color=not uses_colour(sys.stdout))
    rows = iter(findings)
    while piece := list(islice(rows, ROWS)):
        console.print(_table(piece))


def _table(findings: Iterable[Finding]) -> Table:
    from rich.table import Table
    from rich.text import Text

    from matdiff.rulebook.report import remarks

    table = Table(box=None, pad_edge=False)
    for heading in ("place", "verdict", "strength", "rule"):
        table.add_column(heading, overflow="fold", no_wrap=heading != "rule")
    for finding in findings:
        verdict = Text(finding.verdict, style=VERDICT_COLOURS[finding.verdict])
        rule = f"[{finding.identifier}] {finding.rule}" if finding.identifier else finding.rule
        table.add_row(Text(finding.place), verdict, Text(finding.strength), Text("\n".join((rule, *remarks(finding)))))
    return table
