"""`matdiff facts`: facts that numbers confirm, and answers to questions."""

from __future__ import annotations

import pytest

import matdiff
from matdiff.errors import Disagreement, UnknownName, WrongArguments
from matdiff.functions import properties as rows
from matdiff.functions.properties import Row
from matdiff.properties.infer import facts_of
from matdiff.reasoning.facts import ANSWERS, OF_MATRICES, OF_VECTORS, SYNONYMS
from matdiff.tree.properties import WORDS


def test_words_belong_to_shapes() -> None:
    assert set(WORDS) == OF_MATRICES | OF_VECTORS
    assert set(SYNONYMS.values()) <= set(WORDS)


@pytest.mark.parametrize(
    ("expression", "where", "facts"),
    [
        ("X'*X", "X: n x m full_column_rank", ["spd", "invertible", "rank m"]),
        ("X*X'", "X: n x m full_column_rank", ["psd", "nonzero", "rank m"]),
        ("chol(S)", "S: n x n spd", ["lower", "invertible", "rank n"]),
        ("Q'*D*Q", "Q: n x n orthogonal; D: n x n diagonal", ["symmetric"]),
        ("A*B + B*A", "A: n x n symmetric; B: n x n symmetric", ["symmetric"]),
        ("expm(A - A')", "A: n x n", ["orthogonal", "invertible", "rank n"]),
        ("I - x*x'/(x'*x)", "x: n", ["psd", "idempotent"]),
        ("log(det(expm(S)))", "S: n x n", []),
        ("norm2(x) + 1", "", ["positive", "entries"]),
        ("n + 1", "x: n", ["positive", "integer", "entries"]),
        ("x", "x: n nonnegative", ["nonnegative"]),
    ],
)
def test_what_is_told(expression: str, where: str, facts: list[str]) -> None:
    assert [fact.word for fact in matdiff.facts(expression, where).facts()] == facts


@pytest.mark.parametrize(
    ("expression", "where", "word", "answer"),
    [
        ("S", "S: n x n spd", "positive_definite", "yes"),
        ("S", "S: n x n spd", "positive", "no"),
        ("inv(A)", "A: n x n symmetric", "symmetric", "yes"),
        ("inv(A)", "A: n x n symmetric", "psd", "no"),
        ("A*B", "A: n x n spd; B: n x n spd", "symmetric", "no"),
        ("A*B", "A: n x n spd; B: n x n spd", "invertible", "yes"),
        ("A + B", "A: n x n invertible; B: n x n invertible", "invertible", "no"),
        ("x*x'", "", "invertible", "no"),
        ("softmax(x)", "", "sums_to_one", "yes"),
        ("exp(x) - x - 1", "x: scalar", "nonnegative", "unknown"),
    ],
)
def test_answers(expression: str, where: str, word: str, answer: str) -> None:
    assert answer in ANSWERS
    assert matdiff.facts(expression, where).ask(word).verdict == answer


def test_a_fact_that_numbers_contradict_is_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rows.ROWS, "triu", (Row("orthogonal", "wrong"),))
    assert "orthogonal" in facts_of(matdiff.facts("S", "S: n x n orthogonal").node).words
    with pytest.raises(Disagreement, match="orthogonal"):
        matdiff.facts("triu(W)", "W: n x n")


def test_questions_that_make_no_sense() -> None:
    with pytest.raises(UnknownName, match="no property is called `posdef`"):
        matdiff.facts("A").ask("posdef")
    with pytest.raises(WrongArguments, match="asked of square matrices"):
        matdiff.facts("x", "x: n").ask("spd")
    with pytest.raises(WrongArguments, match="asked of vectors"):
        matdiff.facts("A", "A: n x n").ask("sums_to_one")
