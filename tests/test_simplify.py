"""`simplify` finds the shortest writing; every law is an identity that holds, and every rewrite is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

import matdiff
from matdiff.errors import Disagreement
from matdiff.parsing.read import read_statement
from matdiff.recognise.measure import cost
from matdiff.rewriting import search
from matdiff.rewriting.terms import Rewrite, multiplied_out

FILE = Path(__file__).parent / "identities" / "shortest.rules"
LINES = [line for line in FILE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
FEWEST = 200


def parted(line: str) -> tuple[str, str, str]:
    """Left side, right side and declarations of a line."""
    statement = read_statement(line)
    left, right = (side.place() for side in statement.sides)
    where = line.partition(" where ")[2]
    return line[left.start : left.end], line[: line.index(" where ") if where else len(line)][right.start :], where


def simplify(line: str) -> str:
    left, _, where = parted(line)
    return matdiff.simplify(left, where).text


def test_there_are_many() -> None:
    assert len(LINES) >= FEWEST
    assert {finding.verdict for finding in matdiff.check_rules(str(FILE))} == {"holds"}


@pytest.mark.parametrize("line", LINES)
def test_left_side_becomes_the_right(line: str) -> None:
    assert simplify(line) == parted(line)[1]


@pytest.mark.parametrize("rewrite", search.REWRITES, ids=lambda rewrite: rewrite.__name__)
def test_every_rewrite_is_needed(rewrite: Rewrite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "REWRITES", tuple(other for other in search.REWRITES if other is not rewrite))
    assert any(simplify(line) != parted(line)[1] for line in LINES)


def test_wrong_rewrite_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "rewritten", lambda node: node.args[0] if node.args else node)
    with pytest.raises(Disagreement):
        matdiff.simplify("A + B.T*C")


def test_measure_is_told_before_and_after() -> None:
    found = matdiff.simplify("A*x + A*y")
    assert (found.text, found.before, found.after) == ("A*(x + y)", 3, 2)
    assert found.as_json() == {
        "expr": "A*x + A*y",
        "text": "A*(x + y)",
        "latex": "A \\left(x + y\\right)",
        "shape": ["n"],
        "before": 3,
        "after": 2,
        "check": "equal at 4 random points",
        "assumptions": ["A ∈ ℝⁿˣᵐ", "x ∈ ℝᵐ", "y ∈ ℝᵐ"],
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(A + B)*(A - B)", "B*A + A^2 - A*B - B^2"),
        ("(x + y)'*(x - y)", "x.T*x - y.T*y"),
        ("norm2(X*w - y)^2", "norm2(X*w)^2 + y.T*y - 2*y.T*X*w"),
        ("exp(x + y).*(x - y)", "x.*exp(x + y) - y.*exp(x + y)"),
        ("x'", "x.T"),
    ],
)
def test_everything_is_multiplied_out(text: str, expected: str) -> None:
    found = matdiff.simplify(text, expand=True)
    assert found.text == expected
    assert all(term.op != "sum" for _, term in multiplied_out(found.node))


def test_long_sums_stay_quick() -> None:
    text = " + ".join(f"exp(x{k}).*A{k}*y" for k in range(60))
    found = matdiff.simplify(text)
    assert found.after == cost(found.node) == 60 * 4 - 1
