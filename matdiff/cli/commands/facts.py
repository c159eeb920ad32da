"""`matdiff facts`: what follows about an expression from what is declared."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import click

from matdiff.cli import options, report
from matdiff.cli.answers import Told, wants_details
from matdiff.cli.questions import CODES, FORMATS, assumed_lines
from matdiff.cli.scope import scope_of
from matdiff.cli.stream import Given, answer_command
from matdiff.errors import ExitCode

if TYPE_CHECKING:
    from matdiff.parsing.read import Scope, Statement
    from matdiff.reasoning.facts import KnownFacts

HELP = """What follows about an expression from what is declared, each fact with its reason.

\b
  $ matdiff facts "X'*X" --where "X: n x m full_column_rank"
  spd: v.T*X.T*X*v = norm2(X*v)^2, which is 0 only for v = 0, since X has full column rank
  invertible: its eigenvalues are positive, since it is symmetric and positive definite
  rank m: it is invertible
  $ matdiff facts "X'*X" --where "X: n x m" --is invertible
  no: at X = [[1, 1], [1, 1]] it is [[2, 2], [2, 2]]
  $ matdiff facts "sigmoid(x).*(1 - sigmoid(x))" --is positive

Every fact is also tested in numbers before it is told. With `--is` the answer is yes (exit code 0), no, with inputs
within what is declared that show it (exit code 1), or unknown (exit code 3). With `-`, or nothing and a pipe, it
reads one expression a line and answers in one line: the facts without reasons, or yes, no or unknown.
"""
NOTHING = "nothing follows"


class Request(NamedTuple):
    """What the command line asks for beside the expression."""

    where: str
    define: tuple[str, ...]
    question: str
    form: str
    has_steps: bool
    is_verbose: bool


@click.command(name="facts", cls=options.ExpressionCommand, help=HELP, short_help="What follows about an expression.")
@options.expression_argument
@options.where_option
@options.define_option
@click.option("--is", "question", metavar="PROPERTY", default="", help="Say whether it has this property.")
@click.option("--steps", is_flag=True, help="Show the whole argument behind each fact, down to declarations.")
@options.format_option(FORMATS)
@options.timeout_option
@options.verbose_option
@click.pass_context
def command(ctx: click.Context, /, expression: str | None, **_: object) -> None:
    """Print the facts of each expression."""
    asked = ctx.params
    words = ("define", "question", "form", "steps", "verbose")
    request = Request("; ".join(asked["where"]), *(asked[word] for word in words))
    scope = scope_of(request.where, (), request.define)
    whole, line = (partial(give, request=request) for give in (answered, answer_line))
    answer_command(ctx, expression, scope, whole, line)


def answered(statement: Statement, scope: Scope, request: Request) -> Given:
    """The facts of the expression of the command line."""
    from matdiff.reasoning.facts import known_facts

    found = known_facts(statement, scope)
    lines, code = answer_lines(found, request)
    details = assumed_lines(found.interpreted) if wants_details(request.is_verbose) else ()
    return Given(Told(tuple(lines), tuple(details)).show, code)


def answer_line(statement: Statement, scope: Scope, request: Request) -> Given:
    """The answer to one line of a stream."""
    from matdiff.reasoning.facts import known_facts

    text, _, code = short_answer(known_facts(statement, scope), request)
    return Given(Told((text,)).show, code)


def answer_lines(found: KnownFacts, request: Request) -> tuple[list[str], ExitCode]:
    """The lines of the answer, and the exit code."""
    if request.question or request.form == "json":
        text, steps, code = short_answer(found, request)
        return [text, *(steps if request.has_steps else ())], code
    lines: list[str] = []
    for fact, steps in found.steps(request.form):
        lines += [str(fact), *(steps if request.has_steps else ())]
    return lines or [NOTHING], ExitCode.DONE


def short_answer(found: KnownFacts, request: Request) -> tuple[str, tuple[str, ...], ExitCode]:
    """The answer in one line, the argument behind it, and the exit code."""
    if not request.question:
        words = [fact.word for fact in found.facts() if fact.word != "entries"]
        text = report.json_line(found.as_json()) if request.form == "json" else ", ".join(words) or NOTHING
        return text, (), ExitCode.DONE
    answer = found.ask(request.question, request.form)
    if request.form == "json":
        told = {"expr": found.statement.source.text, "question": request.question, **answer._asdict()}
        return report.json_line(told), (), CODES[answer.verdict]
    return str(answer), answer.steps, CODES[answer.verdict]
