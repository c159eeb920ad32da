"""Answers are finished in the words that their reader expects, and every rewrite of that is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

import matdiff
from matdiff.engine import differentiate
from matdiff.parsing.read import read_statement
from matdiff.rewriting import answers
from matdiff.rewriting.terms import Rewrite

FILE = Path(__file__).parent / "identities" / "answers.rules"
LINES = [line for line in FILE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
REWRITES = [rewrite for _, group in answers.GROUPS for rewrite in group]


def answer_of(line: str) -> str:
    """The program's own answer to the question of a rule."""
    statement = read_statement(line)
    (found,) = differentiate(statement._replace(sides=statement.sides[:1]), kind=statement.kind)
    return found.text


def claim_of(line: str) -> str:
    return line.partition(" = ")[2].partition(" where ")[0]


@pytest.mark.parametrize("line", LINES)
def test_answer_is_the_claim(line: str) -> None:
    assert answer_of(line) == claim_of(line)


def test_claims_hold() -> None:
    assert {finding.verdict for finding in matdiff.check_rules(str(FILE))} == {"holds"}


@pytest.mark.parametrize("rewrite", REWRITES, ids=lambda rewrite: rewrite.__name__)
def test_every_rewrite_is_needed(rewrite: Rewrite, monkeypatch: pytest.MonkeyPatch) -> None:
    groups = tuple((words, tuple(other for other in group if other is not rewrite)) for words, group in answers.GROUPS)
    monkeypatch.setattr(answers, "GROUPS", groups)
    assert any(answer_of(line) != claim_of(line) for line in LINES)
