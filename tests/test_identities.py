"""Identities that hold and identities that do not: each has the verdict it should, false ones with an example."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from matdiff.parsing.read import interpret
from matdiff.rulebook.checker import check_rule, compare
from matdiff.rulebook.proofs import STRENGTHS, prove
from matdiff.rulebook.reader import Misread, Rule, read_rules
from matdiff.tree.dims import size_text
from matdiff.verify.compare import Values
from matdiff.verify.evaluate import evaluate

DATA = Path(__file__).parent / "identities"
FEWEST = 150
NOT_RATIONAL = re.compile(r"exp|log|sqrtm|chol|pinv|norm2|sigmoid|tanh|soft|relu|cosh|cos\(")
PROVED = (
    "(A + B)' = A' + B'",
    "(A*C)' = C'*A'",
    "(A*C*D)' = D'*C'*A'",
    "(A1*A2*A3*A4*A5*A6*A7*A8*A9*A10*A11*A12)' = A12'*A11'*A10'*A9'*A8'*A7'*A6'*A5'*A4'*A3'*A2'*A1'",
)
# Woodbury, the determinant lemma, push-through, Schur complements, and Kronecker products.
FAMILIES = ("inv(A + U*C*V)", "det(A + u*v')", "inv(I + A*B)*A", "det([A, B; C, D])", "det(kron(A, B))")


def rules_of(name: str) -> list[Rule | Misread]:
    return list(read_rules(name, (DATA / name).read_bytes().splitlines()))


TRUE, FALSE = rules_of("true.rules"), rules_of("false.rules")


def flat(value: Values) -> list[complex]:
    return [entry for part in value for entry in flat(part)] if isinstance(value, tuple) else [value]


def sizes_of(value: Values) -> tuple[int, ...]:
    return (len(value), *sizes_of(value[0])) if isinstance(value, tuple) else ()


def test_there_are_many() -> None:
    assert min(len(TRUE), len(FALSE)) >= FEWEST


@pytest.mark.parametrize("rule", TRUE, ids=lambda rule: rule.text)
def test_true_identity_holds(rule: Rule) -> None:
    assert check_rule(rule).verdict == "holds"


def strengths() -> dict[str, str]:
    """How firmly each true identity is known to hold, by its text."""
    return {rule.text: prove(rule.statement, rule.scope).strength for rule in TRUE if isinstance(rule, Rule)}


def test_rational_identities_are_proved() -> None:
    found = strengths()
    assert set(found.values()) == set(STRENGTHS)
    only_numerical = [text for text, strength in found.items() if strength == "numerically equal"]
    assert [text for text in only_numerical if not NOT_RATIONAL.search(text)] == []
    assert {text: found[text] for text in PROVED} == dict.fromkeys(PROVED, "proved")
    modulo = [text for text, strength in found.items() if strength == "proved mod p"]
    assert {word for word in FAMILIES if not any(word in text for text in modulo)} == set()


@pytest.mark.parametrize("rule", FALSE, ids=lambda rule: rule.text)
def test_false_identity_has_an_example_that_shows_it(rule: Rule) -> None:
    verdict = compare(rule)
    assert verdict.status == "differs"
    assert verdict.found is not None
    assert verdict.expected is not None
    read = interpret(rule.statement, rule.scope)
    inputs = {name: flat(value) for name, value in verdict.example}
    shapes = {name: sizes_of(value) for name, value in verdict.example}
    sizes: dict[str, int] = {}
    for variable in read.variables:
        for axis, size in zip(variable.shape, shapes[str(variable.attrs[0])], strict=True):
            sizes[size_text(axis)] = size
    for side, told in zip(read.sides, (verdict.found, verdict.expected), strict=True):
        assert evaluate(side, inputs, sizes) == pytest.approx(flat(told), rel=1e-6, abs=1e-6)
