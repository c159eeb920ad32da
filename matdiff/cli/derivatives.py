"""What `grad`, `jacobian` and `hessian` do alike: read expressions, differentiate, print."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from matdiff.cli import options, report
from matdiff.errors import ExitCode, MatdiffError, UnreadableText
from matdiff.rulebook.reader import decode_line, is_blank

if TYPE_CHECKING:
    from matdiff.engine import Derivative
    from matdiff.parsing.read import Scope, Statement

SETTINGS = ("where", "let")


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line asks for beside the expression."""

    kind: str
    wrt: tuple[str, ...]
    where: str
    form: str
    is_checked: bool
    is_verbose: bool


def derivative_command(kind: str, description: str) -> click.Command:
    """The command that answers with derivatives of one kind."""

    @click.command(name=kind, cls=options.ExpressionCommand, help=description)
    @options.expression_argument
    @options.wrt_option
    @options.where_option
    @options.format_option(options.FORMATS)
    @options.check_option
    @options.verbose_option
    @click.pass_context
    def command(
        ctx: click.Context,
        expression: str | None,
        wrt: tuple[str, ...],
        where: tuple[str, ...],
        form: str,
        check: bool,
        verbose: bool,
    ) -> None:
        request = Request(kind, wrt, "; ".join(where), form, check, verbose)
        if expression is None and report.is_terminal(sys.stdin):
            raise click.UsageError("an expression is missing; with `-` expressions are read from the keyboard", ctx)
        if expression is None or expression == "-":
            ctx.exit(answer_stream(click.get_binary_stream("stdin"), request))
        ctx.exit(answer_argument(expression, request))

    return command


def answer_argument(expression: str, request: Request) -> ExitCode:
    """Print the derivatives of the expression of the command line, which may have `let` and `where` lines above it."""
    scope = starting_scope(request)
    lines = [(n, line) for n, line in enumerate(expression.splitlines(), start=1) if not is_blank(line)]
    if not lines:
        raise UnreadableText("the expression is empty")
    try:
        for number, line in lines:
            scope, derivatives = take_line(line, number, scope, request)
            show_derivatives(derivatives, request)
    except (MatdiffError, OSError):
        raise
    except Exception as error:  # noqa: BLE001 (a defect of the program ends in one line that can be reported)
        return show_crash(error, expression, request)
    if not derivatives:
        raise UnreadableText("there is no expression below the `where` and `let` lines")
    return ExitCode.DONE


def answer_stream(lines: Iterable[bytes], request: Request) -> ExitCode:
    """Print the derivatives of each line as it comes; the exit code is the highest that a line earned.

    A bad line is reported with its number, holds its place in the output, and does not stop the rest.
    """
    scope = starting_scope(request)
    worst = ExitCode.DONE
    for number, raw in enumerate(lines, start=1):
        try:
            line = decode_line(raw, number)
            if not is_blank(line):
                scope, derivatives = take_line(line, number, scope, request)
                show_derivatives(derivatives, request)
        except MatdiffError as error:
            report.show_error(f"line {number}: {error.render()}")
            worst = max(worst, error.exit_code)
            hold_place(raw, number, error.render(), request)
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001 (a defect that one line meets does not stop the rest)
            worst = max(worst, show_crash(error, f"{number}: {line}", request))
            hold_place(raw, number, f"internal error: {error}", request)
    return worst


def starting_scope(request: Request) -> Scope:
    """The declarations of `--where`."""
    from matdiff.parsing.read import Scope, read_declarations

    return Scope(declarations=read_declarations(request.where)) if request.where else Scope()


def take_line(line: str, number: int, scope: Scope, request: Request) -> tuple[Scope, tuple[Derivative, ...]]:
    """What the line asks for: more scope, or derivatives. A `wrt` in the line goes before that of the command."""
    from matdiff.engine import differentiate
    from matdiff.parsing.read import extend, read_statement

    statement = read_statement(line, number)
    if statement.kind in SETTINGS:
        return extend(scope, statement), ()
    refuse_rule(statement)
    kind = statement.kind if statement.kind in ("grad", "jacobian", "hessian") else request.kind
    return scope, differentiate(
        statement, scope, kind=kind, wrt=statement.wrt or request.wrt, check=request.is_checked
    )


def refuse_rule(statement: Statement) -> None:
    """Raise for a line with an answer in it: whether it is right is a question for `matdiff check`."""
    if len(statement.sides) > 1:
        raise UnreadableText(
            "this is a rule, with an answer behind the `=`", hint="give it to `matdiff check -` on standard input"
        )


def show_derivatives(derivatives: tuple[Derivative, ...], request: Request) -> None:
    """The answers on stdout; on stderr what was assumed and checked, where a person reads it or asked for it."""
    is_labelled = len(derivatives) > 1 and request.form != "json"
    for derivative in derivatives:
        label = derivative.wrt if is_labelled else ""
        for line in answer_lines(derivative, label, request.form):
            report.show_answer(line)
    if request.is_verbose or report.is_terminal(sys.stderr):
        for line in detail_lines(derivatives):
            report.show_detail(line)


def answer_lines(derivative: Derivative, label: str, form: str) -> Iterator[str]:
    """One answer as lines of output: its names first, then the answer, behind its label where there is one."""
    if form == "json":
        yield json.dumps(derivative.as_json(), ensure_ascii=not report.speaks_unicode())
        return
    if form == "numpy":
        if label:
            yield f"# {label}"
        yield derivative.numpy.rstrip("\n")
        return
    for name, text in derivative.lets:
        yield f"let {name} = {text}"
    text = {"text": derivative.text, "unicode": derivative.unicode, "latex": derivative.latex}[form]
    yield f"{label}: {text}" if label else text


def detail_lines(derivatives: tuple[Derivative, ...]) -> Iterator[str]:
    """What was assumed of one expression, and the shape, verdict, notes and index form of each derivative."""
    if derivatives and derivatives[0].assumptions:
        yield "where " + ", ".join(derivatives[0].assumptions)
    for derivative in derivatives:
        label = f"{derivative.wrt}: " if len(derivatives) > 1 else ""
        yield f"{label}shape {' x '.join(derivative.shape) or 'scalar'}, {derivative.check}"
        if derivative.index_form:
            yield f"{label}{derivative.index_form}"
        yield from (f"{label}note: {note}" for note in derivative.notes)


def hold_place(raw: bytes, number: int, reason: str, request: Request) -> None:
    """An empty line, or an object with `error`, where the answer to a bad line would stand."""
    line = raw.decode("utf-8", errors="replace").strip("\ufeff\r\n")
    if request.form == "json":
        failure = {"expr": line, "line": number, "error": reason}
        report.show_answer(json.dumps(failure, ensure_ascii=not report.speaks_unicode()))
    elif not line.strip().startswith(tuple(f"{word} " for word in SETTINGS)):
        report.show_answer("")


def show_crash(error: Exception, expression: str, request: Request) -> ExitCode:
    """Ask for a report of a defect, on one line; with `-v` the traceback follows."""
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    line = shlex.join(["matdiff", request.kind, expression])
    report.show_error(f"internal error: {reason}; please report it with this line: {line}")
    if request.is_verbose:
        import traceback

        report.show_detail("".join(traceback.format_exception(error)))
    return ExitCode.DISAGREEMENT
