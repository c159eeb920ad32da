"""Tests of the tests: a fault put into any stage of the way is noticed by the oracle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

import pytest

from matdiff import engine
from matdiff.derive import contract, reverse
from matdiff.functions import catalogue
from matdiff.functions.rows import Opaque, Partial
from matdiff.recognise import chains, fold, steps, sums
from matdiff.tree import build, einsum, entry
from matdiff.tree.dims import symbol
from matdiff.tree.node import Node
from matdiff.verify.compare import check_derivative

N, M = symbol("n"), symbol("m")
A, B, S = build.variable("A", (N, N)), build.variable("B", (N, N)), build.variable("S", (N, N), ("symmetric",))
X, W = build.variable("X", (M, N)), build.variable("W", (M, N))
x, y, z = build.variable("x", (N,)), build.variable("y", (N,)), build.variable("z", (M,))


def inverse(matrix: Node) -> Node:
    return build.call("inv", (matrix,), matrix.shape)


def trace(matrix: Node) -> Node:
    return build.call("tr", (matrix,), ())


RESIDUAL = build.total([(1, z), (-1, build.product(X, x))])
PROBES = (
    (build.product(build.transpose(x), A, x), x),
    (build.product(build.transpose(RESIDUAL), RESIDUAL), x),
    (build.product(build.transpose(RESIDUAL), RESIDUAL), X),
    (trace(build.product(inverse(A), B)), A),
    (trace(build.product(A, B, A, A)), A),
    (build.call("det", (build.product(A, B),), ()), A),
    (build.call("logdet", (A,), ()), A),
    (trace(build.product(S, B, S)), S),
    (build.call("softmax", (build.product(A, x),), (N,)), x),
    (build.product(build.transpose(y), build.apply("cos", build.product(A, x))), x),
    (build.hadamard(build.apply("exp", x), y), x),
    (build.call("sum", (build.power(build.hadamard(X, W), 3),), ()), X),
    (build.call("norm2", (RESIDUAL,), ()), x),
    (build.product(build.call("diag", (x,), (N, N)), A, y), x),
)


def verdicts() -> list[str]:
    """What the oracle says of every probe; an assertion that a fault trips is a notice as well."""
    found = []
    for value, variable in PROBES:
        try:
            answer = engine.first_derivatives(value, (variable,))[0]
            found.append(check_derivative(value, (variable,), answer).status)
        except (AssertionError, KeyError, IndexError, ValueError) as fault:
            found.append(type(fault).__name__)
    return found


@pytest.fixture(autouse=True)
def _forgotten_sums() -> Iterator[None]:
    """No sum that was tidied before a fault hides it, and none that was tidied with it outlives it."""
    sums._summed.cache_clear()
    yield
    sums._summed.cache_clear()


def change_partials(monkeypatch: pytest.MonkeyPatch, name: str, *partials: Partial) -> None:
    row = catalogue.find(name)
    assert isinstance(row, Opaque)
    monkeypatch.setitem(catalogue._BY_NAME, name, row._replace(partials=(partials,)))


def flip_sign_in_row(monkeypatch: pytest.MonkeyPatch) -> None:
    row = catalogue.elementwise("cos")._replace(derivative=lambda x, _: entry.apply("sin", x))
    monkeypatch.setitem(catalogue._BY_NAME, "cos", row)


def flip_sign_of_partial(monkeypatch: pytest.MonkeyPatch) -> None:
    change_partials(monkeypatch, "inv", Partial(1, ("y", "y"), "ik,lj->ij,kl"))


def swap_wires_of_partial(monkeypatch: pytest.MonkeyPatch) -> None:
    change_partials(monkeypatch, "logdet", Partial(1, ("inv",), "kl->,kl"))


def drop_factor_of_partial(monkeypatch: pytest.MonkeyPatch) -> None:
    change_partials(monkeypatch, "det", Partial(1, ("inv",), "lk->,kl"))


def drop_term_of_partial(monkeypatch: pytest.MonkeyPatch) -> None:
    change_partials(monkeypatch, "softmax", Partial(1, ("y",), "i->i,i"))


def forget_weights_in_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    def pull(node: Node, adjoint: Node, *_: object) -> list[tuple[Node, Node]]:
        return [(term, adjoint) for term in node.args]

    monkeypatch.setitem(reverse._RULES, "sum", pull)


def forget_slope_in_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    def pull(node: Node, adjoint: Node, *_: object) -> list[tuple[Node, Node]]:
        return [(node.args[0], adjoint)]

    monkeypatch.setitem(reverse._RULES, "map", pull)


def sweep_first_use_only(monkeypatch: pytest.MonkeyPatch) -> None:
    original = reverse._RULES["einsum"]

    def pull(*arguments: object) -> list[tuple[Node, Node]]:
        return list(original(*arguments))[:1]  # type: ignore[arg-type]

    monkeypatch.setitem(reverse._RULES, "einsum", pull)


def drop_factor_in_splice(monkeypatch: pytest.MonkeyPatch) -> None:
    original = contract.splice
    monkeypatch.setattr(contract, "splice", lambda *arguments: original(*arguments)[1:])


def forget_projection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "project", lambda derivative, *_: derivative)


def forget_transposes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "transposed", lambda node: node)


def reverse_products(monkeypatch: pytest.MonkeyPatch) -> None:
    original = chains.multiplied
    monkeypatch.setattr(steps, "multiplied", lambda factors: original(tuple(reversed(tuple(factors)))))


def drop_last_term(monkeypatch: pytest.MonkeyPatch) -> None:
    original = sums.summed
    monkeypatch.setattr(fold, "summed", lambda terms, shape: original(list(terms)[:1], shape))


def forget_diagonals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "diagonal_matrix", lambda vector: build.identity(vector.shape[0]))


def draw_out_wrongly(monkeypatch: pytest.MonkeyPatch) -> None:
    def combine(left: Sequence[Node], right: Sequence[Node], _: str, inner: Node) -> Node:
        return chains.multiplied((*right, inner, *left))

    monkeypatch.setattr(sums, "combine", combine)


def merge_exponents_wrongly(monkeypatch: pytest.MonkeyPatch) -> None:
    original = einsum.power
    monkeypatch.setattr(einsum, "power", lambda base, exponent: original(base, abs(Fraction(exponent))))


FAULTS = (
    flip_sign_in_row,
    flip_sign_of_partial,
    swap_wires_of_partial,
    drop_factor_of_partial,
    drop_term_of_partial,
    forget_weights_in_sweep,
    forget_slope_in_sweep,
    sweep_first_use_only,
    drop_factor_in_splice,
    forget_projection,
    forget_transposes,
    reverse_products,
    drop_last_term,
    forget_diagonals,
    draw_out_wrongly,
    merge_exponents_wrongly,
)


def test_probes_are_right_without_a_fault() -> None:
    """The probes say something only if all is well without a fault."""
    assert verdicts() == ["agrees"] * len(PROBES)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_fault_is_noticed(fault: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every fault makes at least one probe disagree."""
    fault(monkeypatch)
    assert set(verdicts()) != {"agrees"}
