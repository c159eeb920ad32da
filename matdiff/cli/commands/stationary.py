"""`matdiff stationary`: where the gradient of a scalar is zero, also under constraints."""

from __future__ import annotations

import click

from matdiff.cli import options
from matdiff.cli.solutions import Request, answer

HELP = """Where the gradient of a scalar expression is zero, in matrix form.

\b
  $ matdiff stationary "norm2(X*w - y)^2 + lambda*norm2(w)^2" --wrt w --where "lambda: positive scalar"
  w = inv(X.T*X + lambda*I)*X.T*y
  $ matdiff stationary "logdet(S) + tr(inv(S)*C)" --wrt S --where "S: n x n spd; C: n x n symmetric"
  S = C
  $ matdiff stationary "norm2(x)^2" --wrt x --subject-to "A*x = b" --where "A: m x n full_row_rank"
  lambda = -2*inv(A*A.T)*b
  x = A.T*inv(A*A.T)*b

Each constraint gets a multiplier, `lambda` (`Lambda` for a matrix), with L = f + lambda.T*(left - right). With `-v` it
says whether the point is a minimum or a maximum, where that follows from what is declared. Solutions are found as by
`matdiff solve`, put back and evaluated before they are printed.

With `-`, or nothing and a pipe, it reads one expression a line.
"""


@click.command(
    name="stationary", cls=options.ExpressionCommand, help=HELP, short_help="Where the gradient of a scalar is zero."
)
@options.expression_argument
@options.unknown_option
@click.option(
    "--subject-to", multiple=True, metavar="EQUATION", help='A constraint, such as "A*x = b"; more than once.'
)
@options.where_option
@options.define_option
@options.format_option(options.FORMATS)
@options.timeout_option
@options.verbose_option
@click.pass_context
def command(ctx: click.Context, /, expression: str | None, **_: object) -> None:
    """Print the stationary point."""
    answer(ctx, () if expression is None else (expression,), Request.of("stationary", ctx.params))
