"""Where derivatives hold: every word of the catalogue is understood, and the telling costs no more than the nodes."""

from __future__ import annotations

import matdiff
from matdiff.conditions.domains import DOMAINS, conditions_of
from matdiff.functions.catalogue import ROWS
from matdiff.functions.rows import Elementwise, Opaque, words_of
from matdiff.printing.context import Context
from matdiff.tree import build
from matdiff.tree.dims import symbol


def test_the_words_of_all_rows_are_those_that_are_told() -> None:
    asked = {word for row in ROWS if isinstance(row, Elementwise | Opaque) for word in words_of(row.domain)}
    assert asked | {"nonnegative", "nonzero"} == set(DOMAINS)


def test_a_value_whose_text_is_astronomic_is_told_of_in_few_words() -> None:
    x = build.variable("x", (symbol("n"),))
    value = x
    for _ in range(200):
        value = build.hadamard(build.apply("relu", value), build.total([(1, value), (1, x)]))
    told = conditions_of((build.call("sum", (value,), ()),), (x,), Context())
    assert told[0] == "x has no zero entry"
    assert told[-1].endswith(" more arguments lie where their functions are smooth")
    assert sum(map(len, told)) < 600


def test_conditions_are_those_of_the_statement() -> None:
    derivative = matdiff.grad("norm2(x) + log(t)", "x", "t: scalar")
    assert derivative.conditions == ("x is not zero", "t is positive")
    assert derivative.as_json()["conditions"] == ["x is not zero", "t is positive"]
