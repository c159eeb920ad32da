"""Growth is counted in nodes and calls, never in seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import matdiff
from matdiff.engine import Derivative
from matdiff.recognise import fold, steps
from matdiff.tree import einsum
from matdiff.tree.walk import postorder


def residual_net(layers: int) -> str:
    """The sum of `h = h + tanh(W_k*h)` after so many layers, a `let` line each."""
    lines = [f"let h{k} = h{k - 1} + tanh(W{k}*h{k - 1})" for k in range(1, layers + 1)]
    return "\n".join([*lines, f"sum(h{layers})"]).replace("h0", "x")


def all_gradients(layers: int) -> tuple[Derivative, ...]:
    return matdiff.grad(residual_net(layers), [f"W{k}" for k in range(1, layers + 1)])


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """How often a network is folded and an einsum is put together."""
    counted = {"reduce_network": 0, "node": 0}

    def counting(name: str, original: object) -> object:
        def wrapper(*arguments: object) -> object:
            counted[name] += 1
            assert callable(original)
            return original(*arguments)

        return wrapper

    monkeypatch.setattr(fold, "reduce_network", counting("reduce_network", steps.reduce_network))
    network = einsum._Network
    monkeypatch.setattr(network, "node", counting("node", network.node))
    return iter([counted])


def test_gradients_of_a_deep_net_take_twelve_nodes_a_layer() -> None:
    answers = all_gradients(64)
    assert len(postorder(answer.node for answer in answers)) <= 12 * 64


def test_work_grows_in_step_with_depth(calls: Iterator[dict[str, int]]) -> None:
    counted = next(calls)
    all_gradients(16)
    short = dict(counted)
    counted.update(dict.fromkeys(counted, 0))
    all_gradients(128)
    assert all(counted[name] <= 9 * short[name] for name in counted), (short, counted)


def test_printed_length_grows_in_step_with_depth() -> None:
    def printed(layers: int) -> int:
        answers = all_gradients(layers)
        lets = dict(pair for answer in answers for pair in answer.lets)
        return sum(map(len, lets.values())) + sum(len(answer.text) for answer in answers)

    assert printed(64) <= 6 * printed(16)
