"""Whatever comes in, an answer or a typed error with its place comes out, within the limits of one line."""

from __future__ import annotations

import time

from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from matdiff.cli.main import program
from matdiff.errors import ExitCode, MatdiffError
from matdiff.limits import SECONDS
from matdiff.parsing.read import interpret, read_script
from tests.hostile import HOSTILE

# What a process does beside the work that is limited: it takes large trees away, and tells what it found.
BESIDE = 2.0
KNOWN = tuple(code for code in ExitCode if code != ExitCode.DISAGREEMENT)
ONE_LINE = (
    ("grad",),
    ("grad", "--format", "latex"),
    ("grad", "--format", "numpy"),
    ("grad", "--steps"),
    ("jacobian", "--format", "unicode"),
    ("jacobian", "--format", "json"),
    ("hessian",),
    ("differential", "-v"),
    ("simplify",),
    ("simplify", "--expand"),
    ("facts",),
    ("explain", "--steps", "matrix"),
    ("solve",),
    ("stationary",),
    ("equal", "x'*x"),
)
MANY_LINES = (("grad",), ("simplify", "--format", "json"), ("facts",), ("solve",), ("check", "-"), ("backprop", "-"))


@given(HOSTILE)
def test_parser_reads_or_tells_where_it_cannot(text: str) -> None:
    try:
        interpret(*read_script(text))
    except MatdiffError as error:
        hold_told(error, text)


def hold_told(error: MatdiffError, text: str) -> None:
    """An error can be shown, and its place lies in the line of the text that it names, or one character behind it."""
    assert error.render().startswith("error: ")
    place = error.place
    if place is not None:
        assert 0 <= place.start <= place.end <= len(place.text) + 1
        assert place.text.strip() in text


@given(st.sampled_from(ONE_LINE), HOSTILE)
def test_command_answers_or_tells_why_not(command: tuple[str, ...], text: str) -> None:
    began = time.process_time()
    result = CliRunner().invoke(program, [*command, "--", text], prog_name="matdiff")
    spent = time.process_time() - began
    assert result.exit_code in KNOWN, result.output
    assert bool(result.stdout.strip()) is (result.exit_code <= ExitCode.WRONG)
    assert result.exit_code <= ExitCode.WRONG or result.stderr.startswith("error: ")
    assert spent < SECONDS + BESIDE, spent


LINES = st.lists(HOSTILE, max_size=4).map(lambda lines: "\n".join(lines).encode()) | st.binary(max_size=60)


@given(st.sampled_from(MANY_LINES), LINES)
def test_streams_answer_line_by_line(command: tuple[str, ...], given_bytes: bytes) -> None:
    result = CliRunner().invoke(program, list(command), input=given_bytes, prog_name="matdiff")
    assert result.exit_code in KNOWN, result.output
    assert "Traceback" not in result.output
    assert "internal error" not in result.output
