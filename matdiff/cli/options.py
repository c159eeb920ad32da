"""Arguments and options that several commands share, and the reading of expressions that begin with a minus sign."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

import click

from matdiff.limits import SECONDS
from matdiff.parsing.statement import CONVENTIONS

Command = TypeVar("Command", bound=Callable[..., None] | click.Command)

LAYOUTS = ("mixed", "numerator", "denominator")
WAYS = ("entries", "matrix")
LANGUAGES = ("numpy", "jax", "torch", "matlab", "sympy")
FORMATS = ("text", "unicode", "latex", "json", *LANGUAGES)
_LOOKS_LIKE_OPTION = re.compile(r"--[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*(=.*)?", re.DOTALL)


class WayOption(click.Option):
    """The option for the way of a derivation: its word may be left out, which means the first of `WAYS`."""


class ExpressionCommand(click.Command):
    """A command whose positional arguments may begin with a minus sign: `matdiff jacobian "-W*x"`.

    An argument is an option where it is spelt exactly like a known one, or where it is two dashes and a word, so that
    a typing error such as `--fromat` is still reported. Everything else that begins with a dash is an expression.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line, options first."""
        return super().parse_args(ctx, self.options_first(ctx, args))

    def options_first(self, ctx: click.Context, args: list[str]) -> list[str]:
        """`args` reordered: the options with their values, then `--`, then the positional arguments."""
        known = self._known_options(ctx)
        options: list[str] = []
        positional: list[str] = []
        pending = list(args)
        while pending:
            arg = pending.pop(0)
            if arg == "--":
                positional += pending
                break
            if not _is_option(arg, known):
                positional.append(arg)
                continue
            parameter = known.get(arg)
            if isinstance(parameter, WayOption):
                has_word = bool(pending) and pending[0] in WAYS
                options.append(f"{arg}={pending.pop(0) if has_word else WAYS[0]}")
                continue
            options.append(arg)
            if parameter is not None and not (parameter.is_flag or parameter.count):
                if not pending and ctx.resilient_parsing:
                    return [*options[:-1], "--", *positional]
                if not pending:
                    raise click.BadOptionUsage(arg, f"Option {arg!r} requires an argument.", ctx)
                options.append(pending.pop(0))
        if len(positional) > 1:
            _reject_single_dashes(ctx, positional, known)
        return [*options, "--", *positional]

    def _known_options(self, ctx: click.Context) -> dict[str, click.Option]:
        return {
            spelling: parameter
            for parameter in self.get_params(ctx)
            if isinstance(parameter, click.Option)
            for spelling in (*parameter.opts, *parameter.secondary_opts)
        }


def _is_option(arg: str, known: Mapping[str, click.Option]) -> bool:
    return arg in known or _LOOKS_LIKE_OPTION.fullmatch(arg) is not None


def _reject_single_dashes(ctx: click.Context, positional: list[str], known: Mapping[str, click.Option]) -> None:
    """Of several expressions, one such as `-wrt` was meant as the option `--wrt`."""
    for arg in positional:
        if f"-{arg}" in known:
            raise click.NoSuchOption(arg, possibilities=[f"-{arg}"], ctx=ctx)


def split_names(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """The names that `--wrt x --wrt y` or `--wrt x,y` lists."""
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


wrt_option = click.option(
    "--wrt",
    multiple=True,
    metavar="NAME",
    callback=split_names,
    help="The variable to differentiate by. Several give one labelled line each. May be left out where there is one.",
)
unknown_option = click.option(
    "--wrt",
    "--for",
    "unknowns",
    multiple=True,
    metavar="NAME",
    callback=split_names,
    help="The unknown; several are parted by commas. May be left out where there is one variable.",
)
where_option = click.option(
    "--where",
    multiple=True,
    metavar="SHAPES",
    help='Shapes and properties of variables, such as "A: n x n spd; x: n".',
)
let_option = click.option(
    "--let",
    multiple=True,
    metavar='"u = EXPR"',
    help="A named part that the expression may use; with -v the factors of the chain rule through it are shown.",
)
define_option = click.option(
    "--define",
    multiple=True,
    metavar="FUNCTION",
    help='A scalar function of your own, taken entry by entry, such as "swish(t) = t*sigmoid(t)".',
)
direction_option = click.option(
    "--direction",
    multiple=True,
    metavar="EXPR",
    help="Give the derivative along this direction, of a Hessian its product with it; once for each variable.",
)
layout_option = click.option(
    "--layout",
    type=click.Choice(LAYOUTS),
    default=LAYOUTS[0],
    show_default=True,
    help="Which way round vectors and matrices stand; mixed: a gradient as its variable, a Jacobian value by variable.",
)
structured_option = click.option(
    "--structured",
    type=click.Choice(CONVENTIONS),
    default=CONVENTIONS[0],
    show_default=True,
    help="By a symmetric, skew, … variable: within the structure, by its free entries, or as if it had none.",
)
check_option = click.option(
    "--check/--no-check", default=True, show_default=True, help="Compare the answer with numbers before printing it."
)
verbose_option = click.option(
    "-v",
    "--verbose",
    is_flag=True,
    help="Show what was assumed, the shape and the check, also where not on a terminal.",
)
steps_option = click.option(
    "--steps",
    cls=WayOption,
    type=click.Choice(WAYS),
    help="Show above the answer how it is found, as `explain` does: entry by entry, or with `matrix` by differentials.",
)
way_option = click.option(
    "--steps",
    cls=WayOption,
    type=click.Choice(WAYS),
    default=WAYS[0],
    show_default=True,
    help="The way: sums over indices, entry by entry, or differentials and traces.",
)
claim_option = click.option(
    "--claim",
    metavar="ANSWER",
    help="Say whether this is the derivative, instead of giving it; exit code 1 where it is not.",
)
timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    default=SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="Processor time that one line may take; 0 takes the limits of time and memory away.",
)
jobs_option = click.option(
    "-j", "--jobs", type=click.IntRange(min=1), help="Processes that share the work.  [default: all cores]"
)
only_option = click.option(
    "--only", multiple=True, metavar="ID", help="Check the rules with this identifier; `*` is any text in it."
)
expression_argument = click.argument("expression", metavar="[EXPR]", required=False)


def format_option(formats: tuple[str, ...], default: str | None = "text") -> Callable[[Command], Command]:
    """`--format` with these choices; a default of None leaves the choice to the command."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats),
        default=default,
        show_default=default is not None,
        help="How to print the answer.",
    )
