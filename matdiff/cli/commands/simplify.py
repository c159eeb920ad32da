"""`matdiff simplify`: an expression in its shortest matrix form."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import click

from matdiff.cli import options, report
from matdiff.cli.answers import Told, wants_details
from matdiff.cli.scope import scope_of
from matdiff.cli.stream import Given, answer_command

if TYPE_CHECKING:
    from matdiff.parsing.read import Scope, Statement
    from matdiff.simplified import Simplified

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
    request = Request("; ".join(where), ctx.params["define"], form, expand, bool(ctx.params["verbose"]))
    scope = scope_of(request.where, (), request.define)
    answer_command(ctx, expression, scope, partial(answered, request=request))


def answered(statement: Statement, scope: Scope, request: Request) -> Given:
    """The form of an expression."""
    from matdiff.simplified import simplified

    return Given(told_of(simplified(statement, scope, expand=request.is_expanded), request).show)


def told_of(found: Simplified, request: Request) -> Told:
    """The form, what was assumed, and how much shorter it is."""
    answer = report.json_line(found.as_json()) if request.form == "json" else getattr(found, request.form)
    if not wants_details(request.is_verbose):
        return Told((answer,))
    assumed = ("where " + ", ".join(found.assumptions),) if found.assumptions else ()
    return Told((answer,), (*assumed, f"{found.after} operations, {found.before} before; {found.check}"))
