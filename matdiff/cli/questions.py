"""What `facts` and `convex` share: expressions on standard input, one answer a line, and the exit codes of answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import click

from matdiff.cli import report
from matdiff.cli.answers import Told, bounded
from matdiff.errors import ExitCode, MatdiffError

if TYPE_CHECKING:
    from matdiff.parsing.read import Interpreted, Scope, Statement

    Answerer = Callable[[Statement, Scope], tuple[str, ExitCode]]

FORMATS = ("text", "unicode", "latex", "json")
CODES = {"yes": ExitCode.DONE, "no": ExitCode.WRONG, "unknown": ExitCode.UNDIFFERENTIABLE}
SETTINGS = ("where", "let", "define")


def reads_lines(ctx: click.Context, expression: str | None) -> bool:
    """Whether expressions come on standard input; raises a usage error where none come at all."""
    if expression is None and (sys.stdin is None or report.is_terminal(sys.stdin)):
        raise click.UsageError("an expression is missing; with `-` expressions are read from the keyboard", ctx)
    return expression is None or expression == "-"


def answer_stream(scope: Scope, answer: Answerer) -> ExitCode:
    """Print one line for each expression of stdin as it comes; the exit code is the highest that a line earned."""
    from matdiff.rulebook.reader import decode_line, is_blank

    worst = ExitCode.DONE
    for number, raw in enumerate(report.stdin_lines(), start=1):
        code = ExitCode.DONE
        try:
            line = decode_line(raw, number)
            if not is_blank(line):
                scope, told, code = bounded(line, partial(_take_line, line, number, scope, answer), number)
                told.show()
        except MatdiffError as error:
            report.show_error(f"line {number}: {error.render()}")
            report.show_answer("")
            code = error.exit_code
        worst = max(worst, code)
    return worst


def _take_line(line: str, number: int, scope: Scope, answer: Answerer) -> tuple[Scope, Told, ExitCode]:
    """What one line of many gives: more scope for the lines below it, or an answer in one line and its exit code."""
    from matdiff.parsing.read import extend, read_statement

    statement = read_statement(line, number, scope)
    if statement.kind in SETTINGS:
        return extend(scope, statement), Told(), ExitCode.DONE
    text, code = answer(statement, scope)
    return scope, Told((text,)), code


def as_line(record: dict[str, object]) -> str:
    """A record as one line of JSON."""
    return json.dumps(record, ensure_ascii=not report.speaks_unicode())


def assumed_lines(interpreted: Interpreted) -> Iterator[str]:
    """What was assumed, for people."""
    if interpreted.assumptions:
        yield "where " + ", ".join(interpreted.assumptions)
    yield from (f"note: {note}" for note in interpreted.notes)
