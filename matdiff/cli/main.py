"""The program `matdiff`: a group of commands, each imported when it is used."""

from __future__ import annotations

import importlib
import sys
from typing import NoReturn

import click

from matdiff.cli import report
from matdiff.errors import ExitCode, MatdiffError

COMMANDS = (
    "grad",
    "jacobian",
    "hessian",
    "differential",
    "eval",
    "explain",
    "backprop",
    "simplify",
    "solve",
    "stationary",
    "equal",
    "facts",
    "convex",
    "check",
    "fix",
    "functions",
)
INTERRUPTED = 130
CLOSED_PIPE = 141

HELP = """Derivatives of scalars, vectors and matrices in matrix form.

\b
  $ matdiff grad "x.T*A*x" --wrt x
  (A + A.T)*x
  $ matdiff jacobian "y - W*x" --wrt x
  -W
  $ matdiff hessian "norm2(X*w - y)^2" --wrt w
  2*X.T*X
  $ matdiff differential "A*X*B" --wrt X
  dF = A*dX*B
  $ matdiff eval "x'*A*x" --wrt x --data problem.npz
  $ matdiff explain "x.T*A*x" --wrt x
  $ matdiff simplify "sum[k,m](x[k]*A[k,m]*x[m])"
  x.T*A*x
  $ matdiff stationary "norm2(X*w - y)^2" --wrt w --where "X: m x n full_column_rank"
  w = inv(X.T*X)*X.T*y
  $ matdiff equal "(A*B).T" "B.T*A.T"
  proved
  $ matdiff facts "X'*X" --where "X: n x m full_column_rank" --is invertible
  $ matdiff convex "norm2(X*w - y)^2" --wrt w
  $ matdiff check rules/

Exit codes: 0 done, 1 checked and found wrong, 2 input or usage wrong, 3 correct input that cannot be
differentiated, 4 an error of the program itself. `matdiff COMMAND --help` shows examples of each command.
"""


class Program(click.Group):
    """The commands by name, and what becomes of the errors that they raise."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click passes it)
        """The commands in the order of the help text."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click passes it)
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"matdiff.cli.commands.{cmd_name}").command
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; every error ends in its message and exit code."""
        report.prepare_streams()
        try:
            return super().invoke(ctx)
        except MatdiffError as error:
            report.show_error(error.render())
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            report.abandon_stdout()
            ctx.exit(CLOSED_PIPE)
        except OSError as error:
            report.abandon_stdout()
            report.show_error(f"error: {error.strerror or error}")
            ctx.exit(ExitCode.USAGE)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:  # noqa: BLE001 (a defect of the program ends in one line that can be reported)
            ctx.exit(report.show_crash(error, sys.argv[1:], is_verbose=False))


def _show_version(ctx: click.Context, _parameter: click.Parameter, is_asked: bool) -> None:
    if not is_asked or ctx.resilient_parsing:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        number = version("matdiff")
    except PackageNotFoundError:
        number = "(not installed)"
    click.echo(f"matdiff {number}")
    ctx.exit()


@click.group(cls=Program, help=HELP, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version."
)
def program() -> None:
    """The program without a command."""


def main() -> NoReturn:
    """Run the program on the command line of this process."""
    try:
        program.main(prog_name="matdiff")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    sys.exit(0)
