"""`matdiff explain`: the derivation as a teacher writes it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from matdiff.cli import options, report
from matdiff.cli.answers import Told, bounded
from matdiff.cli.derivations import LANGUAGES, page_of
from matdiff.cli.scope import scope_of
from matdiff.errors import ExitCode, MatdiffError

if TYPE_CHECKING:
    from matdiff.parsing.read import Scope, Statement
    from matdiff.results import Derivative

HELP = """The derivation, step by step, each rule by its name: sums over indices and the way back to matrices, or with
`--steps matrix` differentials and traces.

\b
  $ matdiff explain "x.T*A*x" --wrt x
  $ matdiff explain "(y - X*w).T*(y - X*w)" --wrt w --lang ru
  $ matdiff explain "x.T*A*y" --wrt A --steps matrix
  $ matdiff explain "tr(A*B)" --wrt A --entry
  f = Σₖ₌₁ⁿ Σₗ₌₁ᵐ aₖₗ bₗₖ
  ∂f/∂aᵢⱼ = bⱼᵢ

Parts get names of their own (u, v, …) where the chain rule goes through them; those of `--let` and of `let` lines are
kept. The last line is the answer of `matdiff grad`.
"""
KINDS = ("grad", "jacobian", "hessian")
FORMATS = ("text", "markdown", "latex", "html", "json")


@click.command(name="explain", cls=options.ExpressionCommand, help=HELP, short_help="The derivation, step by step.")
@options.expression_argument
@options.wrt_option
@options.where_option
@options.define_option
@click.option("--kind", type=click.Choice(KINDS), help="What is asked for; by default a gradient, else a Jacobian.")
@options.let_option
@options.way_option
@click.option("--entry", is_flag=True, help="Give only the entries of the result, as sums over indices.")
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="The language.")
@options.format_option(FORMATS)
@options.timeout_option
@click.pass_context
def command(ctx: click.Context, /, expression: str | None, **_: object) -> None:
    """Print the derivation of each derivative that is asked for."""
    from matdiff.rulebook.lines import text_of

    if expression is None and (sys.stdin is None or report.is_terminal(sys.stdin)):
        raise click.UsageError("an expression is missing; with `-` it is read from the keyboard", ctx)
    if expression is None or expression == "-":
        expression = text_of(report.stdin_lines())
    if ctx.params["entry"] and ctx.params["steps"] != options.WAYS[0]:
        raise click.UsageError("--entry goes with the way by entries; --steps matrix has no sums over indices", ctx)
    bounded(expression, partial(explained, expression, ctx.params)).show()
    ctx.exit(ExitCode.DONE)


def explained(expression: str, asked: Mapping[str, Any]) -> Told:
    """The derivation of each derivative, by the options of the command."""
    from matdiff.parsing.read import read_script

    statement, scope = read_script(expression, scope_of("; ".join(asked["where"]), asked["let"], asked["define"]))
    writer = importlib.import_module(f"matdiff.explain.formats.{asked['form']}")
    write = writer.write_entries if asked["entry"] else writer.write
    derivatives = differentiated(statement, scope, asked["kind"], asked["wrt"])
    pages = [write(page_of(derivative, asked["steps"], asked["lang"])) for derivative in derivatives]
    return Told(("\n\n".join(pages),))


def differentiated(
    statement: Statement, scope: Scope, kind: str | None, wrt: tuple[str, ...]
) -> tuple[Derivative, ...]:
    """The derivatives with their answers; where no kind is said a gradient, or a Jacobian of what is no scalar."""
    from matdiff.engine import differentiate

    if statement.kind in KINDS or kind:
        asked = statement.kind if statement.kind in KINDS else str(kind)
        return differentiate(statement, scope, kind=asked, wrt=wrt)
    try:
        return differentiate(statement, scope, kind="grad", wrt=wrt)
    except MatdiffError as first:
        try:
            return differentiate(statement, scope, kind="jacobian", wrt=wrt)
        except MatdiffError:
            raise first from None
