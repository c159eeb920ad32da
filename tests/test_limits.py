"""What programs send and nobody types: depth and length end in an answer or in one short error."""

from __future__ import annotations

import pytest

from tests.test_cases import run

DEPTH = 100_000


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
    ],
    ids=lambda text: f"{text[:8]}… {len(text)} characters",
)
def test_long_input_ends_in_an_answer_or_one_error(expression: str) -> None:
    outcome = run(["grad", "--wrt", "x", "--", expression])
    assert outcome.exit in (0, 2)
    assert bool(outcome.output) is (outcome.exit == 0)
    assert outcome.exit == 0 or outcome.error.startswith("error: ")
    assert len(outcome.error) < 1000
