"""Growth is counted in nodes and calls, never in seconds."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from types import FrameType

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


def joined(by: str, of: str, count: int) -> str:
    """So many copies of a text, with `#` in them counted up."""
    return by.join(of.replace("#", str(number)) for number in range(count))


# An expression of so many parts, by what it is differentiated, and how many times the calls of one may be those of
# another a quarter as long: 4 is linear, 16 quadratic.
FAMILIES: dict[str, tuple[Callable[[int], str], str, int]] = {
    "a chain of one matrix": (lambda n: f"x'*{joined('*', 'A', n)}*x", "x", 6),
    "a chain of matrices": (lambda n: f"x'*{joined('*', 'A#', n)}*x", "x", 7),
    "outer products": (lambda n: f"tr({joined('*', 'x#*x#.T', n)})", "x0", 6),
    "inner products": (lambda n: f"{joined('*', '(x#.T*y#)', n)}*sum(x0)", "x0", 6),
    "entry-wise products": (lambda n: f"sum({joined('.*', 'x#', n)})", "x0", 6),
    "nested exp": (lambda n: f"sum({'exp(-' * n}x{')' * n})", "x", 6),
    "nested sin": (lambda n: f"sum({'sin(' * n}x{')' * n})", "x", 6),
    "one einsum": (lambda n: f'einsum("{joined(",", "i", n)}->", {joined(",", "x#", n)})', "x0", 6),
    "a determinant of a product": (lambda n: f"det({joined('*', 'A', n)})", "A", 6),
    "a sum of forms": (lambda n: joined("+", "x'*A#*x", n), "x", 6),
    "a product of forms": (lambda n: joined("*", "(x'*A#*x)", n), "x", 17),
    "quotients": (lambda n: f"x'*x{joined('', '/(y#.T*x)', n)}", "x", 17),
}


def calls_made(work: Callable[[], object]) -> int:
    """How many Python functions are called."""
    count = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def calls_for(family: str, count: int) -> int:
    """How many functions are called for an expression whose nodes no other one has."""
    expression, variable, _ = FAMILIES[family]

    def own(text: str) -> str:
        return re.sub(r"\b([Axy])(\d*)\b", rf"\g<1>{count}_\2", text)

    return calls_made(lambda: matdiff.grad(own(expression(count)), own(variable)).text)


@pytest.mark.parametrize("family", FAMILIES)
def test_work_grows_in_step_with_length(family: str) -> None:
    calls_for(family, 4)
    short, long = calls_for(family, 20), calls_for(family, 80)
    assert long <= FAMILIES[family][2] * short, (short, long)
