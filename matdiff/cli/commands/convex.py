"""`matdiff convex`: is a scalar expression convex, concave or neither, with a certificate."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import click

from matdiff.cli import options, report
from matdiff.cli.answers import Told, wants_details
from matdiff.cli.questions import CODES, FORMATS, assumed_lines
from matdiff.cli.scope import scope_of
from matdiff.cli.stream import Given, answer_command
from matdiff.errors import ExitCode

if TYPE_CHECKING:
    from matdiff.convexity.convexity import Convexity
    from matdiff.parsing.read import Scope, Statement

HELP = """Is a scalar expression convex, concave, affine or none of these, and why.

\b
  $ matdiff convex "norm2(X*w - y)^2" --wrt w
  convex
    Hessian: 2*X.T*X
      X.T*X is symmetric and positive semidefinite: v.T*X.T*X*v = norm2(X*v)^2
  $ matdiff convex "-logdet(S)" --wrt S --where "S: n x n spd" --is convex
  $ matdiff convex "sum(kl_div(x, y))" --wrt x,y --where "x: n positive; y: n positive"
  $ matdiff convex "x'*A*x" --wrt x

A certificate is the second derivative with the reason for its sign, or the way in which the parts are put together. It
holds wherever the expression is defined within what is declared, and is also tested in numbers. What is not convex (or
concave) is shown by two points and the value halfway. With `--is` the answer is yes (exit code 0), no (exit code 1) or
unknown (exit code 3), as where neither a certificate nor such points were found. With `-`, or nothing and a pipe, it
reads one expression a line and answers in one line.
"""


class Request(NamedTuple):
    """What the command line asks for beside the expression."""

    where: str
    define: tuple[str, ...]
    wrt: tuple[str, ...]
    question: str
    form: str
    is_verbose: bool


wrt_option = click.option(
    "--wrt",
    multiple=True,
    metavar="NAME",
    callback=options.split_names,
    help="The variable that changes; several change together. May be left out where there is one.",
)


@click.command(name="convex", cls=options.ExpressionCommand, help=HELP, short_help="Is it convex, concave or neither?")
@options.expression_argument
@wrt_option
@options.where_option
@options.define_option
@click.option("--is", "question", metavar="WORD", default="", help='Ask for one: "convex", "strictly concave", ….')
@options.format_option(FORMATS)
@options.timeout_option
@options.verbose_option
@click.pass_context
def command(ctx: click.Context, /, expression: str | None, **_: object) -> None:
    """Print the verdict on each expression."""
    asked = ctx.params
    words = ("define", "wrt", "question", "form", "verbose")
    request = Request("; ".join(asked["where"]), *(asked[word] for word in words))
    scope = scope_of(request.where, (), request.define)
    whole, line = (partial(give, request=request) for give in (answered, answer_line))
    answer_command(ctx, expression, scope, whole, line)


def answered(statement: Statement, scope: Scope, request: Request) -> Given:
    """The verdict on the expression of the command line."""
    from matdiff.convexity.convexity import convexity

    found = convexity(statement, scope, request.wrt)
    lines, code = answer_lines(found, request)
    details = [*assumed_lines(found.interpreted), f"tested on {found.seen.chords} chords"]
    return Given(Told(tuple(lines), tuple(details if wants_details(request.is_verbose) else ())).show, code)


def answer_line(statement: Statement, scope: Scope, request: Request) -> Given:
    """The answer to one line of a stream."""
    from matdiff.convexity.convexity import convexity

    (text, *_), code = answer_lines(convexity(statement, scope, request.wrt), request)
    return Given(Told((text,)).show, code)


def answer_lines(found: Convexity, request: Request) -> tuple[list[str], ExitCode]:
    """The lines of the answer to one expression, and the exit code."""
    if request.question:
        answer = found.ask(request.question, request.form)
        told = {"expr": found.statement.source.text, "question": request.question, **answer._asdict()}
        lines = [report.json_line(told)] if request.form == "json" else [str(answer), *indented(answer.steps)]
        return lines, CODES[answer.verdict]
    code = CODES.get(found.verdict, ExitCode.DONE)
    if request.form == "json":
        return [report.json_line(found.as_json())], code
    return [found.verdict, *indented(found.lines(request.form))], code


def indented(lines: tuple[str, ...]) -> list[str]:
    """Lines below a verdict."""
    return [f"  {line}" for line in lines]
