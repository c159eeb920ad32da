"""`matdiff backprop`: the gradients of a loss by every parameter, as a short program."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import click

import matdiff
from matdiff.cli import options, report
from matdiff.cli.answers import Told, bounded, wants_details
from matdiff.errors import ExitCode
from matdiff.printing.write import LANGUAGES

if TYPE_CHECKING:
    from matdiff.backpropagated import Backprop

FORMATS = ("text", "unicode", "latex", "markdown", "html", "json", *LANGUAGES)
HELP = """The gradients of a loss by every parameter, as a short program.

FILE (or standard input with `-`) has a `let` line for every named value and the loss, a scalar, at its end. The answer
has forward values first, then one delta for each value from the last to the first, and the gradients, each line made of
the lines above it. With `--entry` the gradients are sums over indices, as textbooks have them.

\b
  $ printf 'let u = W*x + c\\nlet a = sigmoid(u)\\nloss L(a)\\n' | matdiff backprop - --wrt W,c
  u = W*x + c
  a = sigmoid(u)
  loss = L(a)
  delta_a = grad_L(a)
  delta_u = delta_a.*a.*(1 - a)
  dW = delta_u*x.T
  dc = delta_u
"""


@click.command(name="backprop", help=HELP, short_help="Gradients by every parameter, as a program.")
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@options.wrt_option
@options.where_option
@options.define_option
@click.option("--entry", is_flag=True, help="Give the gradients entry by entry, as sums over the layers behind.")
@options.format_option(FORMATS)
@options.check_option
@options.timeout_option
@options.verbose_option
@click.pass_context
def command(ctx: click.Context, /, file: str, entry: bool, form: str, **_: object) -> None:
    """Print the program."""
    if entry and form in LANGUAGES:
        raise click.UsageError(f"--entry is for reading; --format {form} computes with whole matrices", ctx)
    script = script_in(file)
    bounded(script, partial(backpropagated, script, ctx.params)).show()
    ctx.exit(ExitCode.DONE)


def backpropagated(script: str, asked: Mapping[str, Any]) -> Told:
    """The program in the format that is asked for, and what was assumed and checked."""
    given = {"define": asked["define"], "check": asked["check"]}
    found = matdiff.backprop(script, asked["wrt"], "; ".join(asked["where"]), **given)
    text = found.write(asked["form"], asked["entry"])
    if asked["form"] == "json" and not report.speaks_unicode():
        text = json.dumps(json.loads(text))
    return Told((text,), tuple(detail_lines(found) if wants_details(asked["verbose"]) else ()))


def script_in(file: str) -> str:
    """The text of a file, or of stdin."""
    from matdiff.rulebook.lines import bounded_lines, text_of

    if file == "-":
        return text_of(report.stdin_lines())
    with open(file, "rb") as stream:
        return text_of(bounded_lines(stream))


def detail_lines(found: Backprop) -> Iterator[str]:
    """What was assumed, whether the gradients are known to be right, and which readings were chosen."""
    yield "where " + ", ".join(found.assumptions)
    if found.conditions:
        yield "holds where " + ", ".join(found.conditions)
    yield "every gradient agrees with a numerical derivative" if found.is_checked else "not checked"
    yield from (f"note: {note}" for note in found.notes)
