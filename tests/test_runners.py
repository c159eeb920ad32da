"""The runners of cases and transcripts: they read files whole, refuse what is empty, and write what they read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import Outcome, read_cases, write_outcome
from tests.sessions import read_steps, run_command, write_steps

CASES = """# squares

[case square]
take    grad x'*x wrt x
expect  2*x

        and more

# not a square
[case two names]
given   x: n
take    grad foo bar
error   error: `bar` is out of place
          1 | foo bar
exit    2
"""
STEPS = """# a comment
$ cat; echo oops >&2; false
0| one
0|
one
1|
2| oops
exit 1

$ echo two
two
"""


@pytest.fixture
def case_file(tmp_path: Path) -> Path:
    file = tmp_path / "some.case"
    file.write_text(CASES, encoding="utf-8")
    return file


def test_cases_are_read_whole(case_file: Path) -> None:
    square, names = read_cases(case_file)
    assert (square.title, square.value("take"), square.expected) == (
        "square",
        "grad x'*x wrt x",
        Outcome("2*x\n\nand more", "", 0),
    )
    assert names.value("given") == "x: n"
    assert names.expected == Outcome("", "error: `bar` is out of place\n  1 | foo bar", 2)


def test_written_outcome_leaves_the_rest_of_the_file_alone(case_file: Path) -> None:
    square, names = read_cases(case_file)
    write_outcome(square, Outcome("let s = x\n2*s", "", 0))
    write_outcome(names, names.expected)
    assert case_file.read_text(encoding="utf-8") == CASES.replace(
        "expect  2*x\n\n        and more", "expect  let s = x\n        2*s"
    )


@pytest.mark.parametrize(
    "text",
    [
        "# only a comment\n",
        "[case untaken]\ngiven   x: n\n",
        "[case misspelt]\ntake    grad x\nexpects 1\n",
        "[case twice]\ntake    grad x\n\n[case twice]\ntake    grad x\n",
    ],
)
def test_bad_case_file_is_refused(case_file: Path, text: str) -> None:
    case_file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"some\.case"):
        read_cases(case_file)


def test_steps_do_what_is_written(tmp_path: Path) -> None:
    file = tmp_path / "some.transcript"
    file.write_text(STEPS, encoding="utf-8")
    steps = read_steps(file)
    assert [run_command(step.command, tmp_path, step.given) for step in steps] == [step.expected for step in steps]
    write_steps(file, steps)
    assert file.read_text(encoding="utf-8") == STEPS


@pytest.mark.parametrize("text", ["", "two\n$ echo two\n", "# only a comment\n"])
def test_bad_transcript_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "some.transcript"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"some\.transcript"):
        read_steps(file)
