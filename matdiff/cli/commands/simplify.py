"""`matdiff simplify`: an expression in its shortest matrix form."""

from __future__ import annotations

import sys

import click

from matdiff.cli import options, report
from matdiff.errors import ExitCode, MatdiffError

HELP = """The shortest matrix form of an expression that is known, without differentiating it.

\b
  $ matdiff simplify "sum[k,m](x[k]*A[k,m]*x[m])"
  x.T*A*x
  $ matdiff simplify 'einsum("ij,kj->ik", A, B)'
  A*B.T
  $ matdiff simplify "log(sum(exp(x)))" --format latex

With `-`, or nothing and a pipe, it reads one expression a line; a bad line leaves an empty line in the output.
"""
FORMATS = ("text", "unicode", "latex")


@click.command(name="simplify", cls=options.ExpressionCommand, help=HELP, short_help="The shortest matrix form.")
@options.expression_argument
@options.where_option
@options.format_option(FORMATS)
@click.pass_context
def command(ctx: click.Context, /, expression: str | None, where: tuple[str, ...], form: str) -> None:
    """Print the form of each expression."""
    if expression is None and (sys.stdin is None or report.is_terminal(sys.stdin)):
        raise click.UsageError("an expression is missing; with `-` expressions are read from the keyboard", ctx)
    declared = "; ".join(where)
    if expression is None or expression == "-":
        ctx.exit(answer_stream(declared, form))
    report.show_answer(simplified(expression, declared, form))
    ctx.exit(ExitCode.DONE)


def answer_stream(where: str, form: str) -> ExitCode:
    """Print the form of each line of stdin as it comes; the exit code is the highest that a line earned."""
    from matdiff.rulebook.reader import decode_line, is_blank

    worst = ExitCode.DONE
    for number, raw in enumerate(report.stdin_lines(), start=1):
        try:
            line = decode_line(raw, number)
            if not is_blank(line):
                report.show_answer(simplified(line, where, form))
        except MatdiffError as error:
            report.show_error(f"line {number}: {error.render()}")
            report.show_answer("")
            worst = max(worst, error.exit_code)
    return worst


def simplified(expression: str, where: str, form: str) -> str:
    """The shortest form of one expression as text of a format."""
    import matdiff

    return str(getattr(matdiff.simplify(expression, where), form))
