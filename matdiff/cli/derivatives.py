"""What `grad`, `jacobian` and `hessian` do alike: read expressions, differentiate, print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from matdiff.cli import code, options, report
from matdiff.cli.answers import Told, bounded, wants_details
from matdiff.cli.scope import scope_of
from matdiff.cli.stream import Given, answer_command
from matdiff.errors import ExitCode

if TYPE_CHECKING:
    from matdiff.parsing.read import Scope, Statement
    from matdiff.results import Derivative, Options
    from matdiff.rulebook.claims import Equality


class Request(NamedTuple):
    """What the command line asks for beside the expression."""

    kind: str
    wrt: tuple[str, ...]
    where: str
    form: str
    is_verbose: bool
    options: Options
    steps: str = ""
    lets: tuple[str, ...] = ()
    code: Mapping[str, Any] = {}
    output: str = ""
    define: tuple[str, ...] = ()

    @classmethod
    def of(cls, kind: str, given: Mapping[str, Any]) -> Request:
        """The request of a command line, by the names of its options."""
        from matdiff.results import Options

        where = "; ".join(given["where"])
        chosen = Options(given["check"], given["direction"], given.get("layout", "mixed"), given["structured"])
        asked = {"name": given["function"], "has_value": given["with_value"], "sizes": given["sizes"]}
        form, is_verbose, output = given["form"], given["verbose"], given["output"] or ""
        steps, lets, define = given["steps"] or "", given["let"], given["define"]
        return cls(kind, given["wrt"], where, form, is_verbose, chosen, steps, lets, asked, output, define)

    def hold_code(self, expression: str | None) -> None:
        """Refuse options of source code beside other formats, and a file for the answers of many lines."""
        words = {"name": "--function", "has_value": "--with-value", "sizes": "--sizes"}
        asked = [words[name] for name, value in self.code.items() if value]
        if asked and self.form not in options.LANGUAGES:
            raise click.UsageError(f"{asked[0]} goes with source code: --format {', '.join(options.LANGUAGES)}")
        if self.output and expression in (None, "-"):
            raise click.UsageError("--output goes with one expression; `>` takes the answers of many lines")

    def hold_steps(self) -> None:
        """Refuse `--steps` where the derivation would end in something else than the answer asked for."""
        from matdiff.results import Options

        is_plain = self.kind != "differential" and self.options._replace(check=True) == Options()
        if self.steps and not (is_plain and self.form == "text"):
            raise click.UsageError("--steps goes with plain derivatives and --format text; `explain` has more formats")

    def hold_claim(self, expression: str | None) -> None:
        """Refuse `--claim` beside what a claim is not compared with."""
        from matdiff.results import Options

        if expression in (None, "-") or len(self.wrt) > 1:
            raise click.UsageError("--claim goes with one expression and one variable; `check -` takes many")
        if self.steps or self.form != "text" or self.options._replace(check=True) != Options():
            raise click.UsageError("--claim goes with plain derivatives and --format text")


def derivative_command(
    kind: str, description: str, summary: str, *, has_layouts: bool = False
) -> options.ExpressionCommand:
    """The command that answers with derivatives of one kind."""

    @click.command(name=kind, cls=options.ExpressionCommand, help=description, short_help=summary)
    @options.expression_argument
    @options.wrt_option
    @options.where_option
    @options.let_option
    @options.define_option
    @options.direction_option
    @options.structured_option
    @options.format_option(options.FORMATS)
    @options.check_option
    @options.steps_option
    @options.claim_option
    @options.timeout_option
    @code.code_options
    @code.output_option
    @options.verbose_option
    @click.pass_context
    def command(ctx: click.Context, /, expression: str | None, claim: str | None, **_: object) -> None:
        request = Request.of(kind, ctx.params)
        request.hold_steps()
        request.hold_code(expression)
        if claim is not None:
            request.hold_claim(expression)
            ctx.exit(answer_claim(str(expression), claim, request))
        answer_command(ctx, expression, starting_scope(request), partial(answered, request=request))

    return options.layout_option(command) if has_layouts else command


def answered(statement: Statement, scope: Scope, request: Request) -> Given:
    """The derivatives that an expression asks for."""
    told = told_of(derive(statement, scope, request), request)
    return Given(partial(told.show, request.output))


def answer_claim(expression: str, claim: str, request: Request) -> ExitCode:
    """Print how firmly the claim is known to be the derivative; of a wrong one the right answer and an example."""
    found = bounded(expression, partial(judged, expression, claim, request))
    report.show_answer(str(found))
    if found:
        return ExitCode.DONE
    if found.answer:
        report.show_answer(f"right: {found.answer}")
    if found.example or found.reason:
        report.show_answer(found.example or found.reason)
    return ExitCode.WRONG


def judged(expression: str, claim: str, request: Request) -> Equality:
    """Whether the claim is the derivative of the expression."""
    from matdiff.engine import ORDERS
    from matdiff.parsing.read import read_script
    from matdiff.rulebook.claims import judge

    statement, scope = read_script(expression, starting_scope(request))
    kind = statement.kind if statement.kind in ORDERS else request.kind
    return judge(statement._replace(kind=kind, wrt=statement.wrt or request.wrt), claim, scope)


def starting_scope(request: Request) -> Scope:
    """What `--where`, `--define` and `--let` say."""
    return scope_of(request.where, request.lets, request.define)


def derive(statement: Statement, scope: Scope, request: Request) -> tuple[Derivative, ...]:
    """The derivatives of a statement; what it says of kind and variable goes before what the command says."""
    from matdiff.engine import ORDERS, differentiate

    kind = statement.kind if statement.kind in ORDERS else request.kind
    return differentiate(
        statement,
        scope,
        kind=kind,
        wrt=statement.wrt or request.wrt,
        options=request.options,
    )


def told_of(derivatives: tuple[Derivative, ...], request: Request) -> Told:
    """The answers, and what was assumed and checked, where a person reads it or asked for it."""
    answers = step_lines(derivatives, request.steps) if request.steps else answer_lines(derivatives, request)
    return Told(tuple(answers), tuple(detail_lines(derivatives) if wants_details(request.is_verbose) else ()))


def step_lines(derivatives: tuple[Derivative, ...], way: str) -> Iterator[str]:
    """The derivation of each answer, which ends in the answer."""
    from matdiff.cli.derivations import page_of
    from matdiff.explain.formats.text import write

    for number, derivative in enumerate(derivatives):
        yield from [""] * (number > 0)
        yield write(page_of(derivative, way))


def answer_lines(derivatives: tuple[Derivative, ...], request: Request) -> Iterator[str]:
    """The answers in one of the formats; source code is one function for all of them."""
    if request.form == "json":
        return json_lines(derivatives)
    if request.form in options.LANGUAGES:
        return iter([derivatives[0].batch.code(request.form, **request.code).rstrip("\n")])
    return formula_lines(derivatives, request.form)


def json_lines(derivatives: tuple[Derivative, ...]) -> Iterator[str]:
    """One object a derivative."""
    for derivative in derivatives:
        yield report.json_line(derivative.as_json())


def formula_lines(derivatives: tuple[Derivative, ...], form: str) -> Iterator[str]:
    """The names that the answers share, each once, then the answers, labelled where there are several."""
    yield from dict.fromkeys(line for derivative in derivatives for line in let_lines(derivative, form))
    for derivative in derivatives:
        text = {"text": derivative.text, "unicode": derivative.unicode, "latex": derivative.latex}[form]
        if derivative.kind == "differential":
            text = f"{change_name(derivative, form)} = {text}"
        yield f"{derivative.wrt}: {text}" if len(derivatives) > 1 else text


def change_name(derivative: Derivative, form: str) -> str:
    """The left side of a differential."""
    name = derivative.change_name
    return rf"\mathrm{{d}}{name[1:]}" if form == "latex" else name


def let_lines(derivative: Derivative, form: str) -> Iterator[str]:
    """The names that one answer needs, in the order of need."""
    from matdiff.printing import write
    from matdiff.tree import build

    spell = {"text": write.text, "unicode": write.unicode, "latex": write.latex}[form]
    nodes = dict(derivative.batch.shared.lets)
    for name, _ in derivative.lets:
        left = spell(build.variable(name, nodes[name].shape), derivative.batch.context)
        right = spell(nodes[name], derivative.batch.context)
        yield f"{left} = {right}" if form == "latex" else f"let {left} = {right}"


def detail_lines(derivatives: tuple[Derivative, ...]) -> Iterator[str]:
    """What was assumed, where the derivatives hold, and the shape, verdict, notes and index form of each."""
    if derivatives and derivatives[0].assumptions:
        yield "where " + ", ".join(derivatives[0].assumptions)
    if derivatives and derivatives[0].conditions:
        yield "holds where " + ", ".join(derivatives[0].conditions)
    for derivative in derivatives:
        label = f"{derivative.wrt}: " if len(derivatives) > 1 else ""
        layout = "" if derivative.layout == "mixed" else f" ({derivative.layout} layout)"
        yield f"{label}shape {' x '.join(derivative.shape) or 'scalar'}{layout}, {derivative.check}"
        yield from (f"{label}{line}" for line in [derivative.convention] if line)
        yield from (f"{label}{line}" for line in form_lines(derivative))
        yield from (f"{label}{line}" for line in chain_lines(derivative))
        yield from (f"{label}note: {note}" for note in derivative.notes)


def form_lines(derivative: Derivative) -> Iterator[str]:
    """The other forms of a result that matrix notation has no name for."""
    if len(derivative.node.shape) > 2:
        yield f"index form: {derivative.index_form}"
        if derivative.kronecker:
            yield f"Kronecker form: {derivative.kronecker}"
        if derivative.differential:
            yield f"differential: {derivative.differential}"


def chain_lines(derivative: Derivative) -> Iterator[str]:
    """The factors of the chain rule, where the value goes through names of the user."""
    if derivative.batch.interpreted.lets and derivative.answer.variable is not None:
        from matdiff.cli.derivations import chain_of

        yield from chain_of(derivative)
