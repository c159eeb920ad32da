"""MATLAB function files in GNU Octave: what they compute, what they ask of their arguments, and what they give."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import pytest

import matdiff
from matdiff.printing import write
from tests.languages.octave import Call, calls, failures, literal, run
from tests.languages.problems import problems
from tests.languages.python import NETWORK
from tests.programs import Array, defined, function_of
from tests.test_printing_numpy import AWKWARD, awkward_sum

LEAST_SQUARES = matdiff.grad("norm2(X*w - y)^2", "w").code("matlab")
X = "[1, 2; 3, 4; 5, 6]"


def test_every_problem_is_solved(tmp_path: Path) -> None:
    asked = {name: call for name, call in calls() if isinstance(call, Call)}
    assert failures(tmp_path, asked) == []
    assert len(asked) == len(problems())


def test_a_wrong_program_is_noticed(tmp_path: Path) -> None:
    """What the test above says is worth something."""
    name, call = next((name, call) for name, call in calls() if isinstance(call, Call) and "inv(" in call.source)
    spoilt = call._replace(source=call.source.replace("inv(", "2*inv("))
    assert [text.partition(":")[0] for text in failures(tmp_path, {name: spoilt})] == [name.partition(":")[0]]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (f"{X}, [1; 2], [1; 2]", "y: n is 3 elsewhere, and 2 here"),
        (f"{X}, {X}, [1; 2; 3]", "w: an array of 1 axes is expected"),
    ],
)
def test_arguments_that_do_not_fit_are_named(tmp_path: Path, arguments: str, reason: str) -> None:
    assert printed(tmp_path, LEAST_SQUARES, f"disp(derivative({arguments}));") == [reason]


def test_rows_serve_as_vectors(tmp_path: Path) -> None:
    call = "disp(derivative({}, {}, {})');"
    lines = printed(tmp_path, LEAST_SQUARES, call.format(X, "[1, 1]", "[1, 2, 3]"))
    assert lines == ["   114   144"]


def test_value_and_several_gradients(tmp_path: Path) -> None:
    batch = matdiff.grad("sum(softplus(-y.*(X*w))) + c*w'*w", ["w", "c"], "c: scalar")[0].batch
    script = (
        f"[value, by_w, by_c] = value_and_grad([1; -1; 1], {X}, [0.5; 0.25], 2); printf('%.6f\\n', value, by_w, by_c);"
    )
    value, (by_w, by_c) = batch_in_numpy(batch)
    found = printed(tmp_path, batch.code("matlab", has_value=True), script, name="value_and_grad")
    assert found == [f"{entry:.6f}" for entry in (value, *by_w, by_c)]


def test_awkward_names_never_collide(tmp_path: Path) -> None:
    names = [*AWKWARD, "sum", "sigmoid", "end", "eye", "fitted", "result", "a" * 70]
    node, variables, expected = awkward_sum(names)
    source = write.code(function_of(node, variables, ()), "matlab")
    arguments = ", ".join(f"{0.01 * (place + 1)}" for place in range(len(names)))
    (line,) = printed(tmp_path, source, f"printf('%.12g\\n', derivative({arguments}));")
    assert float(line) == pytest.approx(expected)


def test_functions_are_arguments(tmp_path: Path) -> None:
    """The gradient that the caller's function gives may be a row."""
    program = matdiff.backprop("let a = sigmoid(W*x + c)\nlet y = V*a\nloss L(y)")
    source = program.code("matlab")
    assert source.startswith("function [loss, dV, dW, dx, dc] = value_and_grad(V, W, x, c, L, grad_L)\n")
    values = ", ".join(literal(NETWORK[name]) for name in ("V", "W", "x", "c"))
    script = f"[L, V, W, x, c] = value_and_grad({values}, @(y) y'*y/2, @(y) y'); printf('%.9f\\n', L, V, W, x, c);"
    found = printed(tmp_path, source, script, name="value_and_grad")
    value, gradients = cast("tuple[float, list[Array]]", program(**NETWORK, L=lambda y: y @ y / 2, grad_L=lambda y: y))
    expected = [value, *(entry for gradient in gradients for entry in np.ravel(gradient, order="F"))]
    assert found == [f"{entry:.9f}" for entry in expected]


def batch_in_numpy(batch: matdiff.results.Batch) -> tuple[float, tuple[list[float], float]]:
    """What the NumPy function gives for the arguments of the test above."""
    function = defined(batch.code("numpy", has_value=True), "value_and_grad")
    arrays = {"y": [1, -1, 1], "X": [[1, 2], [3, 4], [5, 6]], "w": [0.5, 0.25], "c": 2}
    found: tuple[float, tuple[list[float], float]] = function(**arrays)
    return found


def printed(folder: Path, source: str, script: str, name: str = "derivative") -> list[str]:
    """What a script prints that calls the function, or the message of its error."""
    (folder / f"{name}.m").write_text(source, encoding="utf-8")
    return run(f"1;\ntry\n{script}\ncatch problem\ndisp(problem.message);\nend\n", folder)
