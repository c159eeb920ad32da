"""Lines on standard input, answered as they come: a bad one is told by its number and does not stop the rest."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import click

from matdiff.cli import report
from matdiff.cli.answers import Told, bounded
from matdiff.errors import ExitCode, MatdiffError

if TYPE_CHECKING:
    from matdiff.parsing.read import Scope, Statement


class Given(NamedTuple):
    """What a line gives: something to `show`, and the exit code that it earns."""

    show: Callable[[], None]
    code: ExitCode = ExitCode.DONE


Answerer = Callable[["Statement", "Scope"], Given]
Taker = Callable[[str, int, "Scope"], tuple["Scope", Given]]


def reads_lines(ctx: click.Context, text: str | None, sort: str = "an expression is") -> bool:
    """Whether lines come on standard input; raises a usage error where nothing comes at all."""
    if text is None and (sys.stdin is None or report.is_terminal(sys.stdin)):
        raise click.UsageError(f"{sort} missing; with `-` lines are read from the keyboard", ctx)
    return text is None or text == "-"


def answer_command(
    ctx: click.Context, expression: str | None, scope: Scope, answer: Answerer, line: Answerer | None = None
) -> NoReturn:
    """Answer the expression of the command line, or each on stdin by `line` where that is shorter, and end.

    An expression of the command line may have lines above it that say something for it.
    """
    if reads_lines(ctx, expression):
        ctx.exit(answer_statements(scope, line or answer))
    text = str(expression)
    try:
        given = bounded(text, partial(_take_script, text, scope, answer))
        given.show()
    except (MatdiffError, OSError):
        raise
    except Exception as error:  # noqa: BLE001 (a defect of the program ends in one line that can be reported)
        ctx.exit(crashed(error, text))
    ctx.exit(given.code)


def _take_script(text: str, scope: Scope, answer: Answerer) -> Given:
    from matdiff.parsing.read import read_script

    return answer(*read_script(text, scope))


def answer_statements(scope: Scope, answer: Answerer) -> ExitCode:
    """Answer each expression; lines such as `where` and `let` are scope for those below them."""
    return answer_stream(scope, partial(_take_statement, answer=answer))


def _take_statement(line: str, number: int, scope: Scope, answer: Answerer) -> tuple[Scope, Given]:
    from matdiff.parsing.read import SETTINGS, extend, read_statement

    statement = read_statement(line, number, scope)
    if statement.kind in SETTINGS:
        return extend(scope, statement), Given(Told().show)
    return scope, answer(statement, scope)


def answer_stream(scope: Scope, take: Taker, sort: str = "expr") -> ExitCode:
    """Show what each line gives, worked out within `--timeout`; the exit code is the highest that a line earned.

    `sort` is what a line is called in a JSON record.
    """
    worst = ExitCode.DONE
    for number, raw in enumerate(report.stdin_lines(), start=1):
        scope, code = _answer_line(raw, number, scope, take, sort)
        worst = max(worst, code)
    return worst


def _answer_line(raw: bytes, number: int, scope: Scope, take: Taker, sort: str) -> tuple[Scope, ExitCode]:
    from matdiff.rulebook.reader import decode_line, is_blank

    line = ""
    try:
        line = decode_line(raw, number)
        if is_blank(line):
            return scope, ExitCode.DONE
        scope_below, given = bounded(line, partial(take, line, number, scope), number)
        given.show()
        return scope_below, given.code
    except MatdiffError as error:
        report.show_error(f"line {number}: {error.render()}")
        _hold_place(raw, number, error.render(), sort)
        return scope, error.exit_code
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 (a defect that one line meets does not stop the rest)
        code = crashed(error, line)
        _hold_place(raw, number, f"internal error: {error}", sort)
        return scope, code


def _hold_place(raw: bytes, number: int, reason: str, sort: str) -> None:
    """An empty line, or an object with `error`, where the answer to a bad line would stand."""
    from matdiff.parsing.read import SETTINGS

    line = raw.decode("utf-8", errors="replace").strip("\ufeff\r\n")
    if click.get_current_context().params["form"] == "json":
        report.show_answer(report.json_line({sort: line, "line": number, "error": reason}))
    elif not line.strip().startswith(tuple(f"{word} " for word in SETTINGS)):
        report.show_answer("")


def crashed(error: Exception, text: str) -> ExitCode:
    """Report a defect that a text has met, with a command line that meets it again."""
    ctx = click.get_current_context()
    return report.show_crash(error, (str(ctx.info_name), text), is_verbose=ctx.params["verbose"])
