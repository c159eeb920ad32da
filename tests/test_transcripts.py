"""Every session of `tests/transcripts` goes as written there; `--update` writes how it goes instead."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.sessions import Step, read_steps, run_command, write_steps

FILES = sorted((Path(__file__).parent / "transcripts").glob("*.transcript"))
STEPS = [(file, step) for file in FILES for step in read_steps(file)]


@pytest.mark.parametrize(("file", "step"), STEPS, ids=[f"{file.stem}: {step.command}" for file, step in STEPS])
def test_step(file: Path, step: Step, programs: Path, update: bool) -> None:
    outcome = run_command(step.command, programs, step.given)
    if update:
        steps = read_steps(file)
        write_steps(file, tuple(replace(now, expected=outcome) if is_same(now, step) else now for now in steps))
    else:
        assert outcome == step.expected


def is_same(left: Step, right: Step) -> bool:
    """Whether two steps ask the same, whatever is expected of them."""
    return (left.command, left.given) == (right.command, right.given)
