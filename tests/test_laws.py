"""Laws over random well-shaped expressions of the whole catalogue."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matdiff import engine
from matdiff.derive.contract import contract
from matdiff.derive.expand import expand
from matdiff.errors import MatdiffError
from matdiff.parsing.read import Scope, interpret, read_declarations, read_statement
from matdiff.printing.context import Context
from matdiff.printing.write import text
from matdiff.recognise.fold import recognise
from matdiff.recognise.totals import total_of
from matdiff.tree import build
from matdiff.tree.node import Node, Shape, make
from matdiff.tree.walk import fold, variables_of
from matdiff.verify.compare import check_derivatives, check_equal
from tests.expressions import VARIABLES, M, N, expressions, leaf

RANDOM = st.sampled_from([(), (), (), (N,), (M,), (N, N), (M, N)]).flatmap(expressions)
SCALARS = expressions(())
DECLARED = Scope(
    read_declarations(
        "A: n x n; B: n x n; S: n x n symmetric; X: m x n; Y: m x n; Q: m x m; x: n; y: n; z: m; c: scalar"
    )
)


def rebuilt(root: Node, change: Callable[[Node], Node]) -> Node:
    """The tree with `change` done to every node, children first."""
    return fold((root,), lambda node, args: change(make(node.op, args, node.attrs, node.shape)))[root]


@given(RANDOM)
def test_derivative_agrees_with_the_oracle(value: Node) -> None:
    variables = variables_of((value,))
    answers = engine.first_derivatives(value, variables)
    for verdict in check_derivatives(value, tuple(zip(variables, answers, strict=True))):
        assert verdict.status != "differs", (text(value, Context(frozenset(), variables)), verdict)


@given(SCALARS, SCALARS)
def test_derivative_is_linear(left: Node, right: Node) -> None:
    variable = VARIABLES[0]
    both = engine.first_derivatives(build.total([(2, left), (-3, right)]), (variable,))[0]
    apart = [engine.first_derivatives(value, (variable,))[0] for value in (left, right)]
    verdict = check_equal(both, build.total([(2, apart[0]), (-3, apart[1])]))
    assert verdict.status != "differs", verdict


@given(RANDOM)
def test_recognising_keeps_the_value(value: Node) -> None:
    for indexed in (expand(value), contract((expand(value),))[0]):
        verdict = check_equal(value, _in_shape(recognise((indexed,))[0], value))
        assert verdict.status != "differs", verdict


def _in_shape(node: Node, value: Node) -> Node:
    """A row of the value comes back as the vector of its entries."""
    return node if node.shape == value.shape else build.transpose(node)


@given(SCALARS, st.randoms(use_true_random=False))
def test_shuffled_operands_change_nothing(value: Node, random: Random) -> None:
    def shuffled(node: Node) -> Node:
        order = list(range(len(node.args)))
        random.shuffle(order)
        if node.op == "hadamard":
            return make(node.op, tuple(node.args[k] for k in order), (), node.shape)
        if node.op == "sum":
            args, weights = (tuple(pick[k] for k in order) for pick in (node.args, node.attrs))
            return make(node.op, args, weights, node.shape)  # type: ignore[arg-type]
        return node

    variables = variables_of((value,))
    other = rebuilt(value, shuffled)
    assert engine.first_derivatives(value, variables) == engine.first_derivatives(other, variables)


@given(RANDOM)
def test_printed_answer_reads_back(value: Node) -> None:
    variables = variables_of((value,))
    context = Context(frozenset({"n", "m"}), VARIABLES)
    for answer in engine.first_derivatives(value, variables):
        if len(answer.shape) > 2:
            continue
        printed = text(answer, context)
        place = text(leaf(answer.shape), context)
        try:
            read = interpret(read_statement(f"{place} = {printed}"), DECLARED).sides[1]
        except MatdiffError as error:
            raise AssertionError(printed) from error
        assert read is answer, printed


@pytest.mark.parametrize("shape", [(N,), (N, M)])
def test_total_of_a_product_with_ones_keeps_the_value(shape: Shape) -> None:
    matrix = build.variable("A", (M, N))
    product = build.product(matrix, build.ones(shape))
    assert check_equal(build.call("sum", (product,), ()), total_of(product)).status != "differs"
