"""PyTorch modules: what they compute, compiled, in both precisions, under `vmap` and `autograd`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import matdiff
from tests.languages.problems import problems
from tests.languages.python import failures, network_gradients
from tests.programs import defined

GENERATOR = torch.Generator().manual_seed(5)
VALUES = {
    "X": torch.randn(16, 3, generator=GENERATOR, dtype=torch.float64),
    "w": torch.randn(3, generator=GENERATOR, dtype=torch.float64),
    "y": torch.randn(16, generator=GENERATOR, dtype=torch.float64),
    "A": torch.randn(3, 3, generator=GENERATOR, dtype=torch.float64) + 4 * torch.eye(3),
}
EXPRESSIONS = [
    ("grad", "sum(softplus(-y.*(X*w)))", "w"),
    ("hessian", "logsumexp(A*w)", "w"),
    ("grad", "w'*inv(A)*w + logdet(A)", "A"),
    ("grad", "norm2(softmax(X*A, rows))^2", "A"),
]


def derivative(kind: str, text: str, wrt: str) -> tuple[Any, dict[str, torch.Tensor]]:
    """The PyTorch function of a derivative and its arguments."""
    answer = getattr(matdiff, kind)(text, wrt)
    return defined(answer.code("torch")), {name: VALUES[name] for name in answer.shapes}


def test_every_problem_is_solved() -> None:
    wrong, count = failures("torch", torch.as_tensor, np.asarray)
    assert wrong == []
    assert count == len(problems())


@pytest.mark.parametrize(("kind", "text", "wrt"), EXPRESSIONS)
def test_vmap_and_autograd(kind: str, text: str, wrt: str) -> None:
    function, values = derivative(kind, text, wrt)
    expected = function(**values)
    batch = {name: torch.stack([value, 1.1 * value]) for name, value in values.items()}
    torch.testing.assert_close(torch.func.vmap(lambda arrays: function(**arrays))(batch)[0], expected)
    assert torch.autograd.gradcheck(
        lambda value: function(**{**values, wrt: value}), values[wrt].clone().requires_grad_()
    )


@pytest.mark.filterwarnings("ignore")
def test_compiled() -> None:
    for kind, text, wrt in EXPRESSIONS:
        function, values = derivative(kind, text, wrt)
        torch.testing.assert_close(torch.compile(function)(**values), function(**values))


@pytest.mark.parametrize("precision", [torch.float32, torch.float64])
def test_types_follow_the_arguments(precision: torch.dtype) -> None:
    for kind, text, wrt in EXPRESSIONS:
        function, values = derivative(kind, text, wrt)
        found = function(**{name: value.to(precision) for name, value in values.items()})
        assert found.dtype == precision
        torch.testing.assert_close(found, function(**values).to(precision), rtol=1e-3, atol=1e-3)


def test_plain_numbers_take_the_type_of_the_arrays() -> None:
    answer = matdiff.grad("c*w'*w", "w", "c: scalar")
    w = torch.tensor([1.0, 2.0], dtype=torch.float64)
    assert defined(answer.code("torch"))(c=0.1, w=w).tolist() == [0.2, 0.4]


def test_functions_are_arguments() -> None:
    for found, expected in network_gradients("torch", torch.as_tensor):
        np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-12)
