"""The program of backpropagation gives the gradients, uses each name after its line, and is as long as the network."""

from __future__ import annotations

import pytest

from matdiff.explain.backprop import Program, backpropagate
from matdiff.parsing.read import Interpreted, interpret, read_script
from matdiff.tree.walk import postorder, variables_of
from matdiff.verify.compare import check_derivatives

SCRIPTS = (
    "let u = W*x + c\nlet a = sigmoid(u)\ndot(a - t, a - t)",
    "let y = W*x\nnorm2(y - t)^2 + c*norm2(W)^2 where c: scalar",
    "let u = tanh(W*x)\nlet v = u + tanh(V*u)\nlet s = softmax(U*v)\n-dot(t, log(s))",
    "let Y = X*W + ones*c'\nnorm2(Y - T)^2 where X: N x d; c: k",
    "let a = relu(x)\nlet b = exp(y)\nsum(a.*b)",
)


def program_of(text: str) -> tuple[Program, Interpreted]:
    """The program by every variable, and what was read."""
    statement, scope = read_script(text)
    names = tuple(str(variable.attrs[0]) for variable in interpret(statement, scope).variables)
    given = interpret(statement, scope, "grad", names)
    return backpropagate(given.sides[0], given.lets, given.wrt), given


def network(depth: int) -> str:
    lines = ["where x: n; t: n"]
    value = "x"
    for layer in range(depth):
        lines += [f"where V{layer}: n x n", f"let u{layer} = V{layer}*{value}", f"let h{layer} = tanh(u{layer})"]
        value = f"h{layer}"
    return "\n".join([*lines, f"dot({value} - t, {value} - t)"])


@pytest.mark.parametrize("text", SCRIPTS)
def test_gradients_agree_with_numbers(text: str) -> None:
    program, given = program_of(text)
    assert set(program.gradients) == set(given.wrt)
    verdicts = check_derivatives(given.sides[0], tuple(program.written_out().items()))
    assert [verdict.status for verdict in verdicts] == ["agrees"] * len(given.wrt)


@pytest.mark.parametrize("text", SCRIPTS)
def test_lines_use_what_stands_above(text: str) -> None:
    program, given = program_of(text)
    known = set(given.variables)
    for line in (*program.forward, *program.backward):
        assert set(variables_of((line.value,))) <= known
        known.add(line.name)


def test_program_is_as_long_as_the_network_is_deep() -> None:
    sizes = []
    for depth in (5, 10, 20):
        program, _ = program_of(network(depth))
        sizes.append(len(postorder([line.value for line in (*program.forward, *program.backward)])))
    assert sizes[2] - sizes[1] == 2 * (sizes[1] - sizes[0])
