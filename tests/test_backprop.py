"""The program of backpropagation gives the gradients, uses each name after its line, and is as long as the network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import matdiff
from matdiff.backpropagated import FORMATS, PAGES, Backprop, hold
from matdiff.cli.main import program
from matdiff.errors import Disagreement, MatdiffError
from matdiff.explain.backprop import Line, Program
from matdiff.explain.backprop_entries import page_of_entries
from matdiff.explain.derivation import Derivation, is_slope, slope_names
from matdiff.explain.formula import Entry, Formula, free_indices
from matdiff.explain.spelling import node_of
from matdiff.explain.substitute import substituted
from matdiff.recognise.fold import recognise
from matdiff.tree import build, unknown
from matdiff.tree.node import Node
from matdiff.tree.walk import postorder, variables_of
from matdiff.verify.compare import check_derivatives, check_equal

SCRIPTS = {
    "layer": "let u = W*x + c\nlet a = sigmoid(u)\ndot(a - t, a - t)",
    "ridge": "let y = W*x\nloss norm2(y - t)^2 + c*norm2(W)^2 where c: scalar",
    "residual connections": "let u = tanh(W*x)\nlet v = u + tanh(V*u)\nlet s = softmax(U*v)\nloss -dot(t, log(s))",
    "batch": "let Y = X*W + ones*c'\nloss norm2(Y - T)^2 where X: N x d; c: k",
    "values that do not meet": "let a = relu(x)\nlet b = exp(y)\nsum(a.*b)",
    "unknown loss": (
        "let u = W1*x + c1\nlet a = sigmoid(u)\nlet v = W2*a + c2\nlet b = sigmoid(v)\nlet y = W3*b + c3\nloss L(y)"
    ),
    "weights on the other side": (
        "let u = W1.T*x + c1\nlet a = sigmoid(u)\nlet v = W2.T*a + c2\nlet b = tanh(v)\nlet y = W3.T*b\nloss L(y)"
    ),
    "weights in index notation": "let y = sum[p](W[p,t]*b[p])\nloss L(y)",
    "unknown activations": "let u = W*x + c\nlet a = phi(u)\nloss L(V*a, t)",
    "shared weights": "let a = tanh(W*x)\nlet b = tanh(W*a)\nlet y = tanh(W*b)\nloss L(y) where W: n x n",
    "cross-entropy of a batch": (
        "where X: N x d; W: d x k; T: N x k\nlet Z = X*W\nlet S = log_softmax(Z, rows)\nloss -sum(T.*S)/N"
    ),
    "batch norm": (
        "where X: N x d; W: d x k; g: k; c: k; eps: scalar positive\nlet Z = X*W\nlet m = mean(Z, cols)\n"
        "let R = Z - ones*m.T\nlet s = mean(R.^2, cols)\nlet Q = R.*(ones*(1./sqrt(s + eps)).T)\n"
        "let Y = Q.*(ones*g.T) + ones*c.T\nloss L(Y)"
    ),
    "layer norm": (
        "where x: n; g: n; c: n; eps: scalar positive\nlet r = x - mean(x)\nlet s = sqrt(mean(r.^2) + eps)\n"
        "let y = g.*r/s + c\nloss L(y)"
    ),
    "attention": (
        "where X: N x d; A: d x k; B: d x k; C: d x k\nlet Q = X*A\nlet K = X*B\nlet V = X*C\n"
        "let S = softmax(Q*K.T/sqrt(k), rows)\nlet Y = S*V\nloss L(Y)"
    ),
    "several uses": "let u = W*x\nlet p = u.*u\nlet q = sum(p)\nlet r = u/q\nloss L(r) + q",
    "a row": "let r = x'*A\nlet y = r*B\nloss L(y) where x: n",
    "a name of several values": "let h = W*x\nlet h = h + tanh(V*h)\nlet x = h.^2\nloss L(x)",
    "weights by index letters": "let u = sum[p](W[p,t]*x[p])\nlet y = sum[p](V[p,t]*tanh(u)[p])\nloss L(y)",
    "a scalar": "let s = a'*x\nlet t = sigmoid(s)\nloss -y*log(t) - (1 - y)*log(1 - t) where y: scalar",
}
ALL = pytest.mark.parametrize("name", SCRIPTS)


def of(name: str) -> Backprop:
    """The program by every variable."""
    plain = matdiff.backprop(SCRIPTS[name])
    return matdiff.backprop(SCRIPTS[name], [str(v.attrs[0]) for v in plain.interpreted.variables])


@ALL
def test_gradients_agree_with_numbers(name: str) -> None:
    found = of(name)
    assert set(found.program.gradients) == set(found.interpreted.wrt)
    loss, gradients = found.program.written_out()
    verdicts = check_derivatives(loss, tuple(gradients.items()))
    assert [verdict.status for verdict in verdicts] == ["agrees"] * len(gradients)


@ALL
def test_lines_use_what_stands_above(name: str) -> None:
    found = of(name)
    known = set(found.interpreted.variables)
    for line in found.program.lines:
        assert set(variables_of((line.value,))) <= known
        known.add(line.name)


@ALL
def test_entries_are_those_of_the_gradients(name: str) -> None:
    """Each sum over indices, put together again, is the gradient; derivatives in it stand for what they name."""
    program = of(name).program
    page = page_of_entries(program)
    meanings = meanings_of(program, page)
    by = {line.of: line.name for line in program.backward}
    for step in page.entries:
        assert isinstance(step.left, Entry)
        assert not isinstance(step.right, Node)
        target = next(node for node in by if node is not None and node.attrs[0] == slope_names(step.left.node)[1])
        entry = substituted(as_matrix(step.right, step.left), meanings)
        verdict = check_equal(entry, proper(meanings[by[target]]))
        assert verdict.status == "agrees", (target, verdict)


def as_matrix(right: Formula, left: Entry) -> Node:
    """A formula as a matrix whose axes are the indices of the left side."""
    assert set(free_indices(right)) <= set(left.indices)
    return recognise((node_of(right, left.indices),))[0]


def meanings_of(program: Program, page: Derivation) -> dict[Node, Node]:
    """What every name stands for in the end: those of lines, and those of derivatives by them."""
    meanings: dict[Node, Node] = {}
    for line in program.lines:
        meanings[line.name] = substituted(line.value, meanings)
    deltas = {str(line.of.attrs[0]): meanings[line.name] for line in program.backward if line.of is not None}
    loss = program.loss.value
    used = {part for step in page.entries for part in slopes_in(step.right)}
    for node in used:
        function, name = slope_names(node)
        value = deltas.get(name)
        if value is None or function != page.naming.value.variable.attrs[0]:
            value = gradient_by_name(loss, function, name, meanings)
        meanings[node] = proper(value)
    return meanings


def slopes_in(formula: Formula | Node) -> list[Node]:
    """The derivatives that stand in a formula by their names."""
    assert not isinstance(formula, Node)
    order = postorder((node_of(formula, free_indices(formula)),))
    return [node for node in order if node.op == "var" and is_slope(node)]


def gradient_by_name(loss: Node, function: str, name: str, meanings: dict[Node, Node]) -> Node:
    """∂L/∂y of an unknown function in the loss."""
    call = next(n for n in postorder((loss,)) if unknown.is_unknown(n) and unknown.name_of(n) == function)
    place = next(k for k, arg in enumerate(call.args) if arg.op == "var" and arg.attrs[0] == name)
    return substituted(unknown.derivative(call, place)[0], meanings)


def proper(node: Node) -> Node:
    """A row as the vector of its entries."""
    return build.transpose(node) if node.shape[:1] == (1,) else node


def test_the_network_of_a_lecture() -> None:
    found = matdiff.backprop(SCRIPTS["unknown loss"], ["W1", "W2", "W3", "c1", "c2", "c3"])
    assert found.lines[6:] == (
        ("delta_y", "grad_L(y)"),
        ("dW3", "delta_y*b.T"),
        ("dc3", "delta_y"),
        ("delta_v", "(W3.T*delta_y).*b.*(1 - b)"),
        ("dW2", "delta_v*a.T"),
        ("dc2", "delta_v"),
        ("delta_u", "(W2.T*delta_v).*a.*(1 - a)"),
        ("dW1", "delta_u*x.T"),
        ("dc1", "delta_u"),
    )
    assert found.gradients["W2"] == "delta_v*a.T"


def network(depth: int) -> str:
    lines = ["where x: n; t: n"]
    value = "x"
    for layer in range(depth):
        lines += [f"where V{layer}: n x n", f"let u{layer} = V{layer}*{value}", f"let h{layer} = tanh(u{layer})"]
        value = f"h{layer}"
    return "\n".join([*lines, f"dot({value} - t, {value} - t)"])


def test_program_is_as_long_as_the_network_is_deep() -> None:
    sizes, lines, letters = [], [], []
    for depth in (5, 10, 20):
        found = matdiff.backprop(network(depth), check=False)
        lines.append(len(found.lines))
        sizes.append(len(postorder([line.value for line in found.program.lines])))
        letters.append(max(map(len, found.entries.splitlines())))
    assert sizes[2] - sizes[1] == 2 * (sizes[1] - sizes[0])
    assert lines[2] - lines[1] == 2 * (lines[1] - lines[0])
    assert letters[2] < 2 * letters[1]


def test_deep_network_makes_few_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line is made on its own: the nodes that are looked at grow with the depth and not with its square."""
    from matdiff.derive import expand

    visits = 0
    visit = expand._expand_node

    def counted(node: Node, args: tuple[Node, ...]) -> Node:
        nonlocal visits
        visits += 1
        return visit(node, args)

    monkeypatch.setattr(expand, "_expand_node", counted)
    counts = []
    for depth in (10, 20, 40):
        visits = 0
        matdiff.backprop(network(depth), check=False)
        counts.append(visits)
    assert counts[2] - counts[1] == 2 * (counts[1] - counts[0])


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_written(form: str) -> None:
    """SymPy has no unknown functions of vectors, so it gets a loss that is known."""
    script = SCRIPTS["unknown loss"]
    found = matdiff.backprop(script.replace("L(y)", "norm2(y)^2") if form == "sympy" else script)
    written = found.write(form)
    assert "W3" in written or "W_{3}" in written or "W₃" in written or "<mn>3</mn>" in written
    if form in PAGES:
        assert found.write(form, by_entries=True) != written
    if form == "json":
        assert list(json.loads(written)) == [name for name, _ in found.lines]


RANDOM = np.random.default_rng(11)
SIZES = {"W1": (4, 3), "W2": (5, 4), "W3": (2, 5), "x": (3,), "c1": (4,), "c2": (5,), "c3": (2,)}


def compute(found: Backprop, arguments: dict[str, Any]) -> tuple[float, tuple[Any, ...]]:
    """The value and the gradients at these arrays and functions."""
    result: Any = found(**arguments)
    return result[0], result[1]


def test_code_gives_value_and_gradients() -> None:
    found = matdiff.backprop(SCRIPTS["unknown loss"])
    arrays: dict[str, Any] = {name: RANDOM.normal(size=shape) for name, shape in SIZES.items()}
    target = RANDOM.normal(size=2)
    functions: dict[str, Any] = {"L": lambda y: np.sum((y - target) ** 2), "grad_L": lambda y: 2 * (y - target)}
    value, gradients = compute(found, {**arrays, **functions})
    for variable, gradient in zip(found.program.gradients, gradients, strict=True):
        name = str(variable.attrs[0])
        moved = RANDOM.normal(size=SIZES[name])
        near = ({**arrays, **functions, name: arrays[name] + step * moved} for step in (1e-6, -1e-6))
        right, left = (compute(found, given)[0] for given in near)
        np.testing.assert_allclose(np.sum(gradient * moved), (right - left) / 2e-6, rtol=1e-5)
    assert np.ndim(value) == 0


def test_wrong_line_is_noticed() -> None:
    found = matdiff.backprop(SCRIPTS["layer"])
    first, *others = found.program.backward
    wrong = Line(first.name, build.total([(-1, first.value)]), first.of)
    with pytest.raises(Disagreement):
        hold(found.program._replace(backward=(wrong, *others)))


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("let y = W*x", "there is no expression"),
        ("let y = W*x\nloss y", "a gradient is taken of a scalar, and y (vector, n) is none"),
        ("let y = W*x\nloss L(y)\nloss L(y)", "there is more behind the statement"),
        ("let y = W*x\nloss rank(y*y')", "`rank` has no derivative rule"),
    ],
)
def test_script_that_is_none_is_told(script: str, message: str) -> None:
    with pytest.raises(MatdiffError) as caught:
        matdiff.backprop(script)
    assert message in caught.value.render()


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    file = tmp_path / "network.txt"
    file.write_bytes(b"let y = W*x\nloss \xff(y)\n")
    result = CliRunner().invoke(program, ["backprop", str(file)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "line 2 is no UTF-8 text: byte 6 is 0xff" in result.stderr


def test_loss_stays_a_name_where_it_is_one() -> None:
    assert matdiff.grad("loss*x'*x", "x", "loss: scalar").text == "2*loss*x"
    assert matdiff.grad("loss L(A*x)", "x").text == "A.T*grad_L(A*x)"
    assert matdiff.grad("loss -dot(t, log(x))", "x").text == "-t./x"
