"""`matdiff eval`: values and derivatives on real arrays."""

from __future__ import annotations

import shutil
import sys
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import click

from matdiff.cli import code, options, report
from matdiff.cli.answers import Told, wants_details
from matdiff.cli.scope import scope_of
from matdiff.cli.stream import Given, answer_command, reads_lines

if TYPE_CHECKING:
    from matdiff.evaluation.evaluate import Data, Plan
    from matdiff.evaluation.evaluated import Evaluated
    from matdiff.parsing.read import Scope, Statement

HELP = """The value of an expression on arrays of numbers and, with --wrt, its derivative there.

\b
  $ matdiff eval "x'*A*x" --data A.csv --data x.csv
  $ matdiff eval "norm2(X*w - y)^2" --wrt w --data problem.npz
  $ matdiff eval "x'*A*x" --wrt x --data "A=[[1, 2], [3, 4]]" --data "x=[1, 1]"
  value: 10
  grad_x: [7, 13]
  $ matdiff eval "hessian logdet(S) wrt S" --where "S: n x n spd" --random n=3 --seed 1 --output out.npz

Data are arrays by name: all of FILE.npz or FILE.json, one matrix in A.csv, A=FILE.csv or A=FILE.npy, numbers as they
are typed in t=2.5 or "x=[1, 2]". What they are follows from the data where nothing is declared. With --random the
variables without data are drawn, within what is declared of them and where the expression has a value.

The numbers are computed in NumPy (--timeout is for the formula) and, where they are few, compared with those of the
oracle in plain Python. Text has eight digits, json and files have all; csv is the derivative by one variable, or else
the value.
"""
FORMATS = ("text", "json", "csv")


class Request(NamedTuple):
    """What the command line asks for beside the expression."""

    wrt: tuple[str, ...]
    data: Data
    form: str
    output: str
    is_verbose: bool


@click.command(name="eval", cls=options.ExpressionCommand, help=HELP, short_help="Value and derivative on arrays.")
@options.expression_argument
@options.wrt_option
@options.where_option
@options.let_option
@options.define_option
@click.option("--data", multiple=True, metavar="DATA", help="Arrays: FILE.npz, A.csv, A=FILE.csv, t=2.5; repeatable.")
@click.option(
    "--random",
    "sizes",
    multiple=True,
    metavar="SIZES",
    callback=code.split_sizes,
    help='Draw what has no data, for these sizes, such as "n=3,m=4".',
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Which random data.")
@options.format_option(FORMATS)
@click.option(
    "--output",
    metavar="FILE",
    default="",
    help="Write the numbers to FILE.npz, FILE.json or FILE.csv instead of stdout; npz has the drawn data as well.",
)
@options.timeout_option
@options.verbose_option
@click.pass_context
def command(ctx: click.Context, /, expression: str | None, **given: object) -> None:
    """Print the numbers of each expression."""
    from matdiff.evaluation.evaluate import Data
    from matdiff.evaluation.files import read_data

    asked = ctx.params
    if reads_lines(ctx, expression) and asked["output"]:
        raise click.UsageError("--output goes with one expression; `>` takes the answers of many lines", ctx)
    data = Data(read_data(asked["data"]), bool(asked["sizes"]), dict(asked["sizes"]), asked["seed"])
    request = Request(asked["wrt"], data, asked["form"], asked["output"], bool(given["verbose"]))
    scope = scope_of("; ".join(asked["where"]), asked["let"], asked["define"])
    answer_command(ctx, expression, scope, partial(answered, request=request))


def answered(statement: Statement, scope: Scope, request: Request) -> Given:
    """What is to be computed for an expression; computing it is not within the limit of time."""
    from matdiff.evaluation.evaluate import planned

    return Given(partial(show, planned(statement, scope, request.wrt, request.data), request))


def show(plan: Plan, request: Request) -> None:
    """The numbers on stdout or in a file; on stderr what was assumed and checked, where a person reads or asked."""
    from matdiff.evaluation.evaluate import computed

    found = computed(plan)
    if request.output:
        found.save(request.output)
    answers = () if request.output else (spelled(found, request.form),)
    Told(answers, detail_lines(found) if wants_details(request.is_verbose) else ()).show()


def spelled(found: Evaluated, form: str) -> str:
    """The numbers in one of the formats; text is as wide as the terminal, and not broken in a pipe."""
    if form == "json":
        return report.json_line(found.as_json())
    if form == "csv":
        return found.csv.rstrip("\n")
    return found.lines(shutil.get_terminal_size().columns) if report.is_terminal(sys.stdout) else found.text


def detail_lines(found: Evaluated) -> tuple[str, ...]:
    """What was assumed, the sizes in numbers, the formulas, the check, and notes."""
    assumptions, sizes = found.interpreted.assumptions, found.sizes
    lines = ["where " + ", ".join(assumptions)] if assumptions else []
    lines += ["with " + ", ".join(f"{name} = {number}" for name, number in sizes.items())] if sizes else []
    names = [output.name for output in found.outputs[1:]]
    lines += [f"{name} = {formula}" for name, formula in zip(names, found.formulas, strict=True)]
    return (*lines, found.check, *(f"note: {note}" for note in found.notes))
