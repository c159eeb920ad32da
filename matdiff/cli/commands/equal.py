"""`matdiff equal`: whether two expressions are equal."""

from __future__ import annotations

from functools import partial

import click

from matdiff.cli import options, report
from matdiff.cli.answers import bounded
from matdiff.errors import ExitCode

HELP = """Whether two expressions are equal wherever both have a value.

\b
  $ matdiff equal "(A*B).T" "B.T*A.T"
  proved
  $ matdiff equal "inv(A*B)" "inv(B)*inv(A)"
  proved mod p (error bound 6e-35)
  $ matdiff equal "tr(A)" "2*tr(A)"
  different: equal up to the factor 1/2

The verdict is one of: proved (both have one canonical form), proved mod p (rational expressions that agree exactly
at random points modulo the prime 2^61 - 1, for several choices of the sizes, with the chance that they differ all the
same), numerically equal (at random points, to rounding) and different, with a small example on stderr. Exit code 0:
equal; 1: different.
"""


@click.command(name="equal", cls=options.ExpressionCommand, help=HELP, short_help="Whether two expressions are equal.")
@click.argument("left")
@click.argument("right")
@options.where_option
@options.define_option
@options.timeout_option
@click.pass_context
def command(ctx: click.Context, /, left: str, right: str, where: tuple[str, ...], **_: object) -> None:
    """Print the verdict, and what shows a difference."""
    import matdiff

    work = partial(matdiff.equal, left, right, "; ".join(where), define=ctx.params["define"])
    found = bounded(f"{left} = {right}", work)
    report.show_answer(str(found))
    if found:
        ctx.exit(ExitCode.DONE)
    report.show_detail(found.example or found.reason)
    ctx.exit(ExitCode.WRONG)
