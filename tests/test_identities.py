"""Identities that hold and identities that do not: each has the verdict it should, false ones with an example."""

from __future__ import annotations

from collections import Counter
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
FEWEST = 60


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


def test_rational_identities_are_proved() -> None:
    found = Counter(prove(rule.statement, rule.scope).strength for rule in TRUE if isinstance(rule, Rule))
    assert set(found) == set(STRENGTHS)
    assert found["numerically equal"] == 4


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
