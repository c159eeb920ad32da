"""What programs send and nobody types: depth and length end in an answer or in one short error."""

from __future__ import annotations

import importlib

import pytest
from click.testing import CliRunner

from matdiff.cli.main import COMMANDS, program
from matdiff.limits import SECONDS
from tests.test_cases import run

DEPTH = 100_000
LONG = "x'*x + " * 50_000 + "x'*x"
SHORTLY = "0.05"


@pytest.mark.parametrize(
    "expression",
    [
        "(" * DEPTH + "x'*x" + ")" * DEPTH,
        "(" * DEPTH,
        ")" * DEPTH,
        "tr(" * DEPTH + "A" + ")" * DEPTH,
        "-" * DEPTH + "t",
        "x" + ".T" * DEPTH,
        "t" + "^2" * DEPTH,
        "x'*x" + " + x'*x" * (DEPTH // 10),
        "x" * 1_000_000,
        "x'*x + " * 150_000 + "x'*x",
        "\x00",
        "‖" * DEPTH,
        "x+" * 199_000 + "x",
        "e^" * DEPTH + "x",
        "sum[i](" * 20_000 + "x[i]" + ")" * 20_000,
        "x" + "[1]" * 50_000,
        "[" * DEPTH,
        "<" * DEPTH,
        "np." * DEPTH,
        "x[" + "1" * 5000 + "]",
        "unit(" + "1" * 5000 + ", n)'*x",
        "sum[r=0.." + "1" * 5000 + "](x'*A^r*x)",
        "L(x) where L: ℝ" + "¹" * 5000 + " -> R",
    ],
    ids=lambda text: f"{text[:8]}… {len(text)} characters",
)
def test_long_input_ends_in_an_answer_or_one_error(expression: str) -> None:
    outcome = run(["grad", "--timeout", "0", "--wrt", "x", "--", expression])
    assert outcome.exit in (0, 2)
    assert bool(outcome.output) is (outcome.exit == 0)
    assert outcome.exit == 0 or outcome.error.startswith("error: ")
    assert len(outcome.error) < 1000


@pytest.mark.parametrize(
    "command",
    [
        ["grad"],
        ["grad", "--claim", "x"],
        ["grad", "--steps"],
        ["jacobian"],
        ["hessian"],
        ["differential"],
        ["eval", "--random", "n=2"],
        ["explain"],
        ["simplify"],
        ["stationary"],
        ["facts"],
        ["equal", "x'*x"],
        ["solve"],
    ],
    ids=" ".join,
)
def test_time_runs_out_for_one_line(command: list[str]) -> None:
    long = f"{LONG} = 0" if command == ["solve"] else LONG
    outcome = run([*command, "--timeout", SHORTLY, "--", long])
    assert (outcome.exit, outcome.output) == (3, "")
    head, line, _, hint = outcome.error.splitlines()
    assert head == f"error: this takes more than {SHORTLY} s of processor time"
    assert line.startswith("  1 | x'*x")
    assert hint == "  hint: `--timeout 0.5` gives it more time"


@pytest.mark.parametrize("command", ["grad", "simplify", "facts", "stationary"])
def test_time_runs_out_for_one_line_of_many(command: str) -> None:
    result = CliRunner().invoke(program, [command, "--timeout", SHORTLY], input=f"x'*x\n{LONG}\n# the end\n")
    answer, *rest = result.stdout.splitlines()
    assert (result.exit_code, bool(answer), rest) == (3, True, [""])
    assert result.stderr.startswith(f"line 2: error: this takes more than {SHORTLY} s of processor time\n  2 | x'*x")


def test_time_runs_out_for_a_script() -> None:
    script = f"let u = x\nloss {LONG}\n"
    result = CliRunner().invoke(program, ["backprop", "-", "--timeout", SHORTLY], input=script)
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.splitlines()[0] == f"error: this takes more than {SHORTLY} s of processor time"
    assert result.stderr.splitlines()[1].startswith("  2 | loss x'*x")


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "functions"])
def test_every_command_that_reads_lines_has_a_limit(name: str) -> None:
    command = importlib.import_module(f"matdiff.cli.commands.{name}").command
    (timeout,) = [option for option in command.params if option.name == "timeout"]
    assert timeout.default == SECONDS == 2.0
