"""`matdiff backprop`: the gradients of a loss by every parameter, as a short program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from matdiff.cli import options, report
from matdiff.errors import Disagreement, ExitCode, NotYet

if TYPE_CHECKING:
    from matdiff.explain.backprop import Program
    from matdiff.parsing.read import Interpreted
    from matdiff.tree.node import Node

HELP = """The gradients of a loss by every parameter, as a short program.

FILE (or standard input with `-`) has a `let` line for every named value and the loss, a scalar, at its end. The answer
has forward values first, then one delta for each value from the last to the first, and the gradients, each line made of
the lines above it.

\b
  $ printf 'let u = W*x + c\\nlet a = sigmoid(u)\\ndot(a - t, a - t)\\n' | matdiff backprop - --wrt W,c
  u = W*x + c
  a = sigmoid(u)
  loss = (a - t).T*(a - t)
  delta_u = 2*a.*(1 - a).*(a - t)
  dW = delta_u*x.T
  dc = delta_u
"""


@click.command(name="backprop", help=HELP, short_help="Gradients by every parameter, as a program.")
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@options.wrt_option
@options.where_option
@options.format_option(("text", "json"))
@options.check_option
@click.pass_context
def command(ctx: click.Context, /, file: str, form: str, **_: object) -> None:
    """Print the program."""
    raw = b"".join(report.stdin_lines()) if file == "-" else Path(file).read_bytes()
    lines = program_lines(raw.decode("utf-8"), ctx.params["wrt"], "; ".join(ctx.params["where"]), ctx.params["check"])
    if form == "json":
        report.show_answer(json.dumps(dict(lines), ensure_ascii=not report.speaks_unicode()))
    else:
        for name, text in lines:
            report.show_answer(f"{name} = {text}")
    ctx.exit(ExitCode.DONE)


def program_lines(text: str, wrt: tuple[str, ...], where: str, check: bool) -> list[tuple[str, str]]:
    """Each line of the program as a name and its text; every gradient is checked unless told not to."""
    from matdiff.explain.backprop import backpropagate
    from matdiff.parsing.read import interpret, read_declarations, read_script
    from matdiff.printing.context import Context
    from matdiff.printing.write import text as written

    statement, scope = read_script(text)
    scope = scope.below(read_declarations(where) if where else ())
    given = interpret(statement, scope, "grad", wrt or parameter_names(interpret(statement, scope)))
    program = backpropagate(given.sides[0], given.lets, given.wrt)
    if check:
        hold(program, given.sides[0])
    context = Context(given.size_names, given.variables)
    return [(str(line.name.attrs[0]), written(line.value, context)) for line in (*program.forward, *program.backward)]


def parameter_names(given: Interpreted) -> tuple[str, ...]:
    """The variables that the named values are made of; without names every variable."""
    from matdiff.tree.walk import variables_of

    occurring = set(variables_of(tuple(node for _, node in given.lets))) or set(given.variables)
    return tuple(str(variable.attrs[0]) for variable in given.variables if variable in occurring)


def hold(program: Program, loss: Node) -> None:
    """Raise where a gradient of the program disagrees with numbers."""
    from matdiff.verify.compare import check_derivatives

    gradients = program.written_out()
    verdicts = check_derivatives(loss, tuple(gradients.items()))
    for parameter, verdict in zip(gradients, verdicts, strict=True):
        if verdict.status == "differs":
            raise Disagreement(f"d{parameter.attrs[0]}", verdict.reason)
        if verdict.status != "agrees":
            raise NotYet(f"the program could not be checked: {verdict.reason}", hint="`--no-check` gives it unchecked")
