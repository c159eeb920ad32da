"""`matdiff simplify`: an expression in its shortest matrix form."""

from __future__ import annotations

import json
import sys
from functools import partial
from typing import NamedTuple

import click

from matdiff.cli import options, report
from matdiff.cli.answers import Told, bounded, wants_details
from matdiff.errors import ExitCode, MatdiffError

HELP = """The shortest matrix form of an expression that is found, without differentiating it.

\b
  $ matdiff simplify "sum[k,m](x[k]*A[k,m]*x[m])"
  x.T*A*x
  $ matdiff simplify "inv(A) - inv(A)*U*inv(inv(C) + V*inv(A)*U)*V*inv(A)"
  inv(U*C*V + A)
  $ matdiff simplify "log(sum(exp(x)))" --format latex
  $ matdiff simplify "(A + B)*(A - B)" --expand
  A^2 + B*A - A*B - B^2

The measure is the number of operations that writing takes; `-v` and json tell it before and after. With `--expand`
every bracket is multiplied out instead. The form is compared with the expression at random points.

With `-`, or nothing and a pipe, it reads one expression a line; a bad line leaves an empty line in the output.
"""
FORMATS = ("text", "unicode", "latex", "json", "sympy")


class Request(NamedTuple):
    """What the command line asks for beside the expression."""

    where: str
    define: tuple[str, ...]
    form: str
    is_expanded: bool
    is_verbose: bool


@click.command(name="simplify", cls=options.ExpressionCommand, help=HELP, short_help="The shortest matrix form.")
@options.expression_argument
@options.where_option
@options.define_option
@click.option("--expand", is_flag=True, help="Multiply everything out instead: a sum of products without brackets.")
@options.format_option(FORMATS)
@options.timeout_option
@options.verbose_option
@click.pass_context
def command(
    ctx: click.Context, /, expression: str | None, where: tuple[str, ...], expand: bool, form: str, **_: object
) -> None:
    """Print the form of each expression."""
    if expression is None and (sys.stdin is None or report.is_terminal(sys.stdin)):
        raise click.UsageError("an expression is missing; with `-` expressions are read from the keyboard", ctx)
    request = Request("; ".join(where), ctx.params["define"], form, expand, bool(ctx.params["verbose"]))
    if expression is None or expression == "-":
        ctx.exit(answer_stream(request))
    bounded(expression, partial(answered, expression, request)).show()
    ctx.exit(ExitCode.DONE)


def answer_stream(request: Request) -> ExitCode:
    """Print the form of each line of stdin as it comes; the exit code is the highest that a line earned."""
    from matdiff.rulebook.reader import decode_line, is_blank

    worst = ExitCode.DONE
    for number, raw in enumerate(report.stdin_lines(), start=1):
        try:
            line = decode_line(raw, number)
            if not is_blank(line):
                bounded(line, partial(answered, line, request), number).show()
        except MatdiffError as error:
            report.show_error(f"line {number}: {error.render()}")
            failure = {"expr": raw.decode("utf-8", "replace").strip(), "line": number, "error": error.render()}
            report.show_answer(_json(failure) if request.form == "json" else "")
            worst = max(worst, error.exit_code)
    return worst


def answered(expression: str, request: Request) -> Told:
    """The form, what was assumed, and how much shorter it is."""
    import matdiff

    found = matdiff.simplify(expression, request.where, define=request.define, expand=request.is_expanded)
    answer = _json(found.as_json()) if request.form == "json" else getattr(found, request.form)
    if not wants_details(request.is_verbose):
        return Told((answer,))
    assumed = ("where " + ", ".join(found.assumptions),) if found.assumptions else ()
    return Told((answer,), (*assumed, f"{found.after} operations, {found.before} before; {found.check}"))


def _json(record: object) -> str:
    return json.dumps(record, ensure_ascii=not report.speaks_unicode())
