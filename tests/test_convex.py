"""`matdiff convex`: what is certified is so in numbers, what is not is never certified, wrong rows are noticed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import matdiff
from matdiff.convexity import composition, definite
from matdiff.convexity.certify import Certificate, certify
from matdiff.convexity.composition import AFFINE, Bend
from matdiff.convexity.definite import Proof
from matdiff.errors import Disagreement, NotScalar, UnknownName, WrongArguments
from matdiff.functions import curvature
from matdiff.functions.catalogue import ROWS
from matdiff.functions.curvature import CONCAVE, CONVEX, CURVES, FALLING, KINKS, RISING, TURNED, Curve
from matdiff.functions.properties import IMAGES
from matdiff.functions.properties import ROWS as OF_MATRICES
from matdiff.parsing.read import Scope, interpret, read_declarations, read_script
from matdiff.tree import build
from matdiff.tree.dims import symbol
from matdiff.tree.node import Node
from matdiff.verify.bending import bending

DATA = Path(__file__).parent / "convexity"


def lines_of(name: str) -> Iterator[tuple[str, str]]:
    """Verdict and statement of each line of a data file."""
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            verdict, _, statement = line.partition(": ")
            yield verdict, statement


ATOMS, PROBLEMS, NOT_CONVEX = (list(lines_of(f"{name}.txt")) for name in ("atoms", "machine_learning", "not_convex"))


def test_there_are_many() -> None:
    assert (len(ATOMS), len(PROBLEMS), len(NOT_CONVEX)) >= (60, 20, 10)
    assert all(verdict.split()[-1] in (AFFINE, CONVEX, CONCAVE) for verdict, _ in (*ATOMS, *PROBLEMS))


@pytest.mark.parametrize(("verdict", "statement"), [*ATOMS, *PROBLEMS], ids=lambda text: text)
def test_what_bends_one_way_is_certified(verdict: str, statement: str) -> None:
    found = matdiff.convex(statement)
    assert found.verdict == verdict
    assert found.certificate is not None
    assert found.lines() or found.verdict == AFFINE
    assert found.seen.chords > 0


@pytest.mark.parametrize(("verdict", "statement"), NOT_CONVEX, ids=lambda text: text)
def test_what_bends_both_ways_is_shown_by_chords(verdict: str, statement: str) -> None:
    found = matdiff.convex(statement)
    assert found.verdict == verdict
    assert found.certificate is None
    assert certify(found.interpreted.sides[0], found.interpreted.wrt) is None
    for word in (CONVEX, CONCAVE):
        assert found.ask(word).verdict == "no"


def test_rows_are_about_functions_of_the_catalogue() -> None:
    known = {row.name for row in ROWS} | set(IMAGES) | set(OF_MATRICES)
    tables = (CURVES, curvature.LINEAR, curvature.BILINEAR, KINKS, curvature.LOG_CONCAVE, curvature.OF_SOME)
    assert [name for table in tables for name in table if name not in known] == []


# --------------------------------------------------------------------------------------------------- random expressions

N, M = symbol("n"), symbol("m")
X, Y, T = build.variable("x", (N,)), build.variable("y", (N,), ("positive",)), build.variable("t", ())
A, B, C = build.variable("A", (M, N)), build.variable("b", (M,)), build.variable("c", (M,), ("positive",))
FUNCTIONS = ("exp", "log", "abs", "relu", "softplus", "tanh", "sigmoid", "log1p", "cosh", "arctan", "sinh")
EXPONENTS = (2, 3, -1, -2)


@st.composite
def vectors(draw: st.DrawFn, depth: int) -> Node:
    """A vector of m entries made of x, y and constants."""
    kind = draw(st.sampled_from(["affine", "map", "power", "sum", "scaled", "hadamard"])) if depth else "affine"
    if kind == "affine":
        moving = build.product(A, draw(st.sampled_from((X, Y))))
        return build.total([(draw(st.sampled_from((1, -1))), moving), *([(1, B)] if draw(st.booleans()) else [])])
    inner = draw(vectors(depth - 1))
    if kind == "map":
        return build.apply(draw(st.sampled_from(FUNCTIONS)), inner)
    if kind == "power":
        return build.power(inner, draw(st.sampled_from(EXPONENTS)))
    if kind == "sum":
        return build.total([(1, inner), (draw(st.sampled_from((1, -1))), draw(vectors(depth - 1)))])
    return build.hadamard(draw(st.sampled_from((B, C))) if kind == "scaled" else draw(vectors(depth - 1)), inner)


@st.composite
def scalars(draw: st.DrawFn, depth: int = 2) -> Node:
    """A scalar made of x, y and constants."""
    kind = draw(st.sampled_from(["call", "form", "map", "sum", "quotient"])) if depth else "call"
    if kind in ("call", "form"):
        inner = draw(vectors(depth))
        if kind == "form":
            return build.product(build.transpose(inner), draw(vectors(max(0, depth - 1))))
        return build.call(draw(st.sampled_from(("sum", "max", "min", "logsumexp", "norm2", "norm1"))), (inner,), ())
    inner = draw(scalars(depth - 1))
    if kind == "map":
        return build.apply(draw(st.sampled_from(FUNCTIONS)), inner)
    if kind == "quotient":
        return build.product(draw(scalars(depth - 1)), build.power(inner, -1))
    return build.total([(1, inner), (draw(st.sampled_from((1, -1, 2))), draw(scalars(depth - 1)))])


def is_refuted(value: Node, found: Certificate, variables: tuple[Node, ...] = (X, Y)) -> bool:
    """Whether a chord lies on the side where a certificate says that none does."""
    seen = bending(value, variables)
    is_wrong = found.word != CONCAVE and seen.against_convex is not None
    return is_wrong or (found.word != CONVEX and seen.against_concave is not None)


@given(scalars())
def test_random_expressions_that_are_certified_lie_on_one_side_of_their_chords(value: Node) -> None:
    found = certify(value, (X, Y))
    assert found is None or not is_refuted(value, found)


def test_many_random_expressions_are_certified() -> None:
    values = [
        build.call(outer, (build.apply(name, build.total([(sign, build.product(A, X)), (1, B)])),), ())
        for outer in ("sum", "max", "logsumexp")
        for name in FUNCTIONS
        for sign in (1, -1)
    ]
    found = [certify(value, (X, Y)) for value in values]
    assert sum(one is not None for one in found) > len(values) // 3
    assert not any(is_refuted(value, one) for value, one in zip(values, found, strict=True) if one is not None)


# ----------------------------------------------------------------------------------------------------------- sabotage

LINEAR_ON_A_SIDE = ("abs", "norm1")  # where such a row bends either way
OF_SYMMETRIC = {"lambda_max": "symmetric", "lambda_min": "symmetric", "logdet": "spd"}


def example_of(name: str, curve: Curve) -> tuple[str, str]:
    """An expression whose verdict rests on the row."""
    if name in OF_SYMMETRIC:
        return f"{name}(S)", f"S: n x n {OF_SYMMETRIC[name]}"
    word = curve.where if curve.where in ("positive", "nonnegative") else ""
    inner = "-x" if curve.where == "nonpositive" else "x"
    return f"sum({name}({inner}))", f"x: n {word or ('nonnegative' if inner != 'x' else '')}"


def is_noticed(expression: str, where: str = "") -> bool:
    """Whether a certificate of the expression is one that a chord refutes."""
    read = interpret(*read_script(expression, Scope(read_declarations(where))), "grad")
    found = certify(read.sides[0], read.wrt)
    return found is not None and is_refuted(read.sides[0], found, read.wrt)


@pytest.mark.parametrize("name", CURVES)
def test_a_row_that_is_turned_round_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for place, curve in enumerate(CURVES[name]):
        if curve.where and name in LINEAR_ON_A_SIDE:
            continue
        rows = (curve._replace(bend=TURNED[curve.bend]), *CURVES[name][place + 1 :])
        with monkeypatch.context() as patch:
            patch.setitem(CURVES, name, rows)
            assert is_noticed(*example_of(name, curve)), curve


@pytest.mark.parametrize("name", ["exp", "softplus", "expm1", "relu"])
def test_a_slope_that_is_turned_round_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CURVES, name, tuple(curve._replace(slope=FALLING) for curve in CURVES[name]))
    assert is_noticed(f"sum({name}(x - x.^2))")


def test_a_certificate_that_numbers_refute_is_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CURVES, "exp", (Curve(CONCAVE),))
    with pytest.raises(Disagreement, match="a chord on the other side"):
        matdiff.convex("sum(exp(x))")


def affine_squares(*_: object) -> Bend:
    return Bend(AFFINE)


def everything_positive(*_: object) -> Proof:
    return Proof("spd")


@pytest.mark.parametrize(
    ("module", "name", "fault", "statement"),
    [
        (composition, "_of_form", affine_squares, "x'*x wrt x"),
        (composition, "_scaled", lambda word, _: word, "sum(exp(x)) - sum(exp(2*x)) wrt x"),
        (definite, "_by_parts", everything_positive, "sum(A.*(x*x')) wrt x where A: n x n symmetric; x: n"),
    ],
)
def test_a_wrong_rule_is_noticed(
    module: object, name: str, fault: object, statement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = getattr(module, "_RULES", {})
    for op, rule in table.items():
        if rule.__name__ == name:
            monkeypatch.setitem(table, op, fault)
    monkeypatch.setattr(module, name, fault)
    assert is_noticed(statement)


# ---------------------------------------------------------------------------------------------------------- questions


@pytest.mark.parametrize(
    ("statement", "question", "answer"),
    [
        ("norm2(X*w - y)^2 wrt w", "convex", "yes"),
        ("norm2(X*w - y)^2 wrt w", "strictly_convex", "unknown"),
        ("norm2(X*w - y)^2 wrt w", "concave", "no"),
        ("norm2(w)^2 wrt w", "Strictly convex", "yes"),
        ("c'*x wrt x", "linear", "yes"),
        ("c'*x wrt x", "concave", "yes"),
        ("c'*x wrt x", "strictly concave", "no"),
        ("sin(t) wrt t", "convex", "no"),
        ("L(x) wrt x where x: n", "affine", "unknown"),
    ],
)
def test_answers(statement: str, question: str, answer: str) -> None:
    assert matdiff.convex(statement).ask(question).verdict == answer


def test_what_cannot_be_asked() -> None:
    with pytest.raises(UnknownName, match="no way to bend is called `konvex`"):
        matdiff.convex("x'*x").ask("konvex")
    with pytest.raises(NotScalar):
        matdiff.convex("A*x", "x")
    with pytest.raises(WrongArguments, match="`Q` is declared `orthogonal`"):
        matdiff.convex("tr(A*Q)", "Q", "Q: n x n orthogonal")


def test_an_increasing_row_needs_its_direction() -> None:
    assert Curve(CONVEX, RISING) in CURVES["exp"]
    assert matdiff.convex("exp(log(1 + exp(t)))", "t").verdict.endswith(CONVEX)
    assert matdiff.convex("exp(sqrt(t))", "t").certificate is None
