"""What `solve` and `stationary` do alike: read equations, solve, print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from matdiff.cli import options, report
from matdiff.cli.answers import Told, bounded, wants_details
from matdiff.cli.scope import scope_of
from matdiff.cli.stream import Given, answer_stream, reads_lines
from matdiff.errors import ExitCode

if TYPE_CHECKING:
    from matdiff.parsing.read import Scope
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
    sort = "an equation is" if request.kind == "solve" else "an expression is"
    if len(texts) < 2 and reads_lines(ctx, texts[0] if texts else None, sort):
        ctx.exit(answer_stream(scope_of(""), partial(answer_line, request=request), "equation"))
    bounded("; ".join(texts), partial(answered, texts, request)).show()
    ctx.exit(ExitCode.DONE)


def answer_line(line: str, _: int, scope: Scope, request: Request) -> tuple[Scope, Given]:
    """The answer to one line of a stream, which may hold several equations."""
    return scope, Given(answered((line,), request).show)


def answered(texts: tuple[str, ...], request: Request) -> Told:
    """The solution in the format that is asked for, and what was assumed and checked."""
    solution = request.solution(texts)
    if request.form in options.LANGUAGES:
        answer = solution.code(request.form)
    else:
        answer = report.json_line(solution.as_json()) if request.form == "json" else getattr(solution, request.form)
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
