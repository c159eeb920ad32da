"""What `solve` and `stationary` do alike: read equations, solve, print."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from matdiff.cli import options, report
from matdiff.cli.answers import Told, bounded, wants_details
from matdiff.errors import ExitCode, MatdiffError
from matdiff.rulebook.reader import decode_line, is_blank

if TYPE_CHECKING:
    from matdiff.solving.solutions import Solution


class Request(NamedTuple):
    """What the command line asks for beside the equations."""

    kind: str
    unknowns: tuple[str, ...]
    where: str
    form: str
    is_verbose: bool
    constraints: tuple[str, ...] = ()
    define: tuple[str, ...] = ()

    @classmethod
    def of(cls, kind: str, given: Mapping[str, Any]) -> Request:
        """The request of a command line, by the names of its options."""
        more = (given["form"], given["verbose"], given.get("subject_to", ()), given["define"])
        return cls(kind, given["unknowns"], "; ".join(given["where"]), *more)

    def solution(self, texts: tuple[str, ...]) -> Solution:
        """The solution of the equations, or the stationary point of the expression."""
        import matdiff

        if self.kind == "solve":
            return matdiff.solve(texts, self.unknowns, where=self.where, define=self.define)
        return matdiff.stationary(texts[0], self.unknowns, self.constraints, where=self.where, define=self.define)


def answer(ctx: click.Context, texts: tuple[str, ...], request: Request) -> None:
    """Print the answer for the command line, or for each line of stdin, and end with the exit code."""
    if not texts and (sys.stdin is None or report.is_terminal(sys.stdin)):
        sort = "an equation" if request.kind == "solve" else "an expression"
        raise click.UsageError(f"{sort} is missing; with `-` they are read from the keyboard", ctx)
    if texts in ((), ("-",)):
        ctx.exit(answer_stream(report.stdin_lines(), request))
    bounded("; ".join(texts), partial(answered, texts, request)).show()
    ctx.exit(ExitCode.DONE)


def answer_stream(lines: Iterable[bytes], request: Request) -> ExitCode:
    """Print the answer for each line as it comes; the exit code is the highest that a line earned."""
    worst = ExitCode.DONE
    for number, raw in enumerate(lines, start=1):
        try:
            line = decode_line(raw, number)
            if not is_blank(line):
                bounded(line, partial(answered, (line,), request), number).show()
        except MatdiffError as error:
            report.show_error(f"line {number}: {error.render()}")
            failure = {"equation": raw.decode("utf-8", "replace").strip(), "line": number, "error": error.render()}
            report.show_answer(_json(failure) if request.form == "json" else "")
            worst = max(worst, error.exit_code)
    return worst


def answered(texts: tuple[str, ...], request: Request) -> Told:
    """The solution in the format that is asked for, and what was assumed and checked."""
    solution = request.solution(texts)
    if request.form in options.LANGUAGES:
        answer = solution.code(request.form)
    else:
        answer = _json(solution.as_json()) if request.form == "json" else getattr(solution, request.form)
    return Told((answer,), tuple(detail_lines(solution) if wants_details(request.is_verbose) else ()))


def detail_lines(solution: Solution) -> Iterator[str]:
    """What was assumed, how the equations were solved, what kind of point it is, and what the check said."""
    if solution.assumptions:
        yield "where " + ", ".join(solution.assumptions)
    yield from solution.details
    if solution.nature:
        yield f"it is a {solution.nature}"
    yield solution.check
    yield from (f"note: {note}" for note in solution.notes)


def _json(record: object) -> str:
    return json.dumps(record, ensure_ascii=not report.speaks_unicode())
