"""`matdiff solve`: equations that are linear in the unknown, solved in matrix form."""

from __future__ import annotations

import click

from matdiff.cli import options
from matdiff.cli.solutions import Request, answer

HELP = """Solve equations in matrix form, linear in the unknown or made so by multiplying out.

\b
  $ matdiff solve "A*x = b" --for x --where "A: n x n invertible"
  x = inv(A)*b
  $ matdiff solve "grad norm2(X*w - y)^2 wrt w = 0" --where "X: m x n full_column_rank"
  w = inv(X.T*X)*X.T*y
  $ matdiff solve "A*X + X*B = C" --for X
  $ matdiff solve "inv(S) - inv(S)*C*inv(S) = 0" --for S
  S = C
  $ matdiff solve "A*x + B*y = c; C*x + D*y = d" --for x,y

Behind each `#` stands what has to hold, unless it follows from what is declared. Several equations are parted by `;`
and solved one after the other: a line may use the lines above it. Every solution is put back into the equations and
evaluated at random points before it is printed. Exit code 3: there is no solution of this kind.

With `-`, or nothing and a pipe, it reads one equation (or several, parted by `;`) a line.
"""


@click.command(name="solve", cls=options.ExpressionCommand, help=HELP, short_help="Solve linear equations.")
@click.argument("equations", metavar="[EQUATION]...", nargs=-1)
@options.unknown_option
@options.where_option
@options.define_option
@options.format_option(options.FORMATS)
@options.timeout_option
@options.verbose_option
@click.pass_context
def command(ctx: click.Context, /, equations: tuple[str, ...], **_: object) -> None:
    """Print the solution."""
    answer(ctx, equations, Request.of("solve", ctx.params))
