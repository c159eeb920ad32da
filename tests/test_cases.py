"""Every case of `tests/cases` comes out as written there; `--update` writes what comes out instead."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from matdiff.cli.main import program
from tests.cases import Case, Outcome, read_cases, write_outcome

FILES = sorted((Path(__file__).parent / "cases").glob("*.case"))
CASES = [case for file in FILES for case in read_cases(file)]
NAMES = [f"{case.file.stem}: {case.title}" for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_case(case: Case, update: bool) -> None:
    outcome = run(command_of(case))
    if update:
        write_outcome(case, outcome)
    else:
        assert outcome == case.expected


@pytest.mark.parametrize("case", [case for case in CASES if case.value("expect")], ids=lambda case: case.title)
def test_answer_is_input_again(case: Case) -> None:
    """What `text` prints is valid input, and as input prints as itself."""


def command_of(case: Case) -> list[str]:
    """The arguments of the program that ask what the case takes: `grad EXPR wrt X` is `grad EXPR --wrt X`."""
    kind, _, statement = case.value("take").partition(" ")
    expression, marker, variables = statement.rpartition(" wrt ")
    options = {"--where": case.value("given"), "--format": case.value("format"), "--wrt": variables if marker else ""}
    given = [part for option, value in options.items() if value for part in (option, value)]
    return [kind, *given, "--", expression if marker else statement]


def run(arguments: list[str]) -> Outcome:
    """What the program does with these arguments."""
    result = CliRunner().invoke(program, arguments, catch_exceptions=False, prog_name="matdiff")
    return Outcome(result.stdout.rstrip("\n"), result.stderr.rstrip("\n"), result.exit_code)
