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
ANSWERED = [case for case in CASES if case.value("expect") and case.value("format", "text") == "text"]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_case(case: Case, update: bool) -> None:
    outcome = run(command_of(case))
    if update:
        write_outcome(case, outcome)
    else:
        assert outcome == case.expected


@pytest.mark.parametrize("case", ANSWERED, ids=[f"{case.file.stem}: {case.title}" for case in ANSWERED])
def test_answer_is_a_rule_that_holds(case: Case) -> None:
    """What `text` prints is valid input: behind the `=` of a rule it is found to be the derivative."""
    outcome = run(["check", "-", "--format", "tsv"], "\n".join(rules_of(case)) + "\n")
    assert outcome.exit == 0, outcome


def statement_of(case: Case) -> tuple[str, str, str]:
    """Kind, expression and variables of what the case takes: `grad x'*x wrt x`."""
    kind, _, statement = case.value("take").partition(" ")
    expression, marker, variables = statement.rpartition(" wrt ")
    return (kind, expression, variables) if marker else (kind, statement, "")


def command_of(case: Case) -> list[str]:
    """The arguments of the program that ask what the case takes: `grad EXPR wrt X` is `grad --wrt X -- EXPR`."""
    kind, expression, variables = statement_of(case)
    values = {"--where": "given", "--define": "define", "--format": "format"}
    options = {**{option: case.value(key) for option, key in values.items()}, "--wrt": variables}
    given = [part for option, value in options.items() if value for part in (option, value)]
    return [kind, *given, "--", expression]


def rules_of(case: Case) -> list[str]:
    """The lines of a rules file that says what the case says: `let` lines first, then one rule a variable."""
    kind, expression, variables = statement_of(case)
    lines = case.value("expect").split("\n")
    answers = [line for line in lines if not line.startswith("let ")]
    if "," in variables:
        claims = [(name, text) for name, _, text in (answer.partition(": ") for answer in answers)]
    else:
        claims = [(variables, "\n".join(answers))]
    settings = {"where": case.value("given"), "define": case.value("define")}
    given = [f"{word} {value}" for word, value in settings.items() if value]
    lets = [line for line in lines if line.startswith("let ")]
    rules = [f"{kind} {expression} {f'wrt {name} ' if name else ''}= {text}" for name, text in claims]
    return [*given, *lets, *rules]


def run(arguments: list[str], given: str = "") -> Outcome:
    """What the program does with these arguments, and with this on stdin."""
    result = CliRunner().invoke(program, arguments, given, catch_exceptions=False, prog_name="matdiff")
    return Outcome(result.stdout.rstrip("\n"), result.stderr.rstrip("\n"), int(result.exit_code))
