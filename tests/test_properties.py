"""What follows from declarations is true in numbers, and a wrong row is noticed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matdiff.functions import properties as rows
from matdiff.functions.catalogue import ROWS
from matdiff.functions.properties import IMAGES, Image, Row
from matdiff.functions.rows import Elementwise, Sugar
from matdiff.parsing.read import Scope, interpret, read_declarations, read_statement
from matdiff.properties import chains, infer, operations
from matdiff.properties.infer import facts_of, holds
from matdiff.properties.record import RANK, Reason
from matdiff.tree import build
from matdiff.tree.interval import between
from matdiff.tree.node import Node
from matdiff.tree.properties import DECLARED, IMPLICATIONS, PHRASES
from matdiff.tree.walk import memoised
from matdiff.verify.holding import LOOSE, STRICT, check_words, refute
from tests.properties import LEAVES, SQUARES, TALL, VECTORS, M, N, applications, combinations


def read(expression: str, where: str = "") -> Node:
    return interpret(read_statement(expression), Scope(read_declarations(where))).sides[0]


def wrong_facts(nodes: Iterable[Node]) -> Iterator[tuple[Node, str]]:
    """The nodes of which something is said that numbers do not show, with what is said."""
    for node in nodes:
        facts = infer.facts_of(node)
        words = [word for word in facts.words if word != RANK]
        if (words or facts.rank is not None) and check_words(node, words, facts.rank).status == "fails":
            yield node, " ".join(words)


def test_every_function_has_a_row() -> None:
    catalogue = {row.name for row in ROWS if not isinstance(row, Elementwise | Sugar)}
    entrywise = {row.name for row in ROWS if isinstance(row, Elementwise)} - {"power"}
    assert set(rows.ROWS) == catalogue
    assert set(IMAGES) == entrywise


def test_every_word_is_tested_in_numbers() -> None:
    assert set(LOOSE) | set(STRICT) == set(PHRASES)
    assert set(DECLARED) <= set(PHRASES)
    assert {row.then for row in IMPLICATIONS} <= set(PHRASES)


def test_facts_about_functions_are_true() -> None:
    assert list(wrong_facts([*LEAVES, *applications()])) == []


def test_facts_about_operations_are_true() -> None:
    nodes = list(combinations())
    assert len(nodes) > 1500
    assert list(wrong_facts(nodes)) == []


SQUARE_OPERATIONS = ("inv", "expm", "adj", "cof", "pinv")


@st.composite
def square_expressions(draw: st.DrawFn, depth: int = 3) -> Node:
    """A random square expression of declared matrices."""
    if not depth or not draw(st.integers(0, 3)):
        return draw(st.sampled_from(SQUARES))
    kind = draw(st.sampled_from(["call", "sum", "product", "form", "hadamard", "transpose", "diag", "tall"]))
    first = draw(square_expressions(depth - 1))
    if kind == "call":
        return build.call(draw(st.sampled_from(SQUARE_OPERATIONS)), (first,), first.shape)
    if kind == "transpose":
        return build.transpose(first)
    if kind == "diag":
        return build.call("diag", (build.apply("exp", build.product(first, VECTORS[0])),), (N, N))
    if kind == "tall":
        tall = draw(st.sampled_from(TALL))
        return build.product(tall, build.transpose(tall))
    second = draw(square_expressions(depth - 1))
    if kind == "sum":
        return build.total([(draw(st.sampled_from([1, 2])), first), (draw(st.sampled_from([1, -1])), second)])
    if kind == "form":
        return build.product(build.transpose(first), second, first)
    return build.hadamard(first, second) if kind == "hadamard" else build.product(first, second)


@given(square_expressions())
def test_facts_about_random_expressions_are_true(node: Node) -> None:
    assert list(wrong_facts([node, build.call("tr", (node,), ())])) == []


@pytest.mark.parametrize(
    ("expression", "where", "words"),
    [
        ("X'*X", "X: n x m full_column_rank", "spd invertible"),
        ("X*X'", "X: n x m", "psd"),
        ("X'*W*X", "X: n x m full_column_rank; W: n x n spd", "spd"),
        ("inv(X'*X + lambda*I)", "X: n x m; lambda: scalar positive", "spd"),
        ("B'*A*B", "A: n x n symmetric; B: n x m", "symmetric"),
        ("A + A'", "A: n x n", "symmetric"),
        ("A*B - B'*A'", "", "skew"),
        ("inv(S)", "S: n x n symmetric", "symmetric invertible"),
        ("chol(S)", "S: n x n spd", "lower invertible"),
        ("expm(K)", "K: n x n skew", "orthogonal"),
        ("Q*R", "Q: n x n orthogonal; R: n x n orthogonal", "orthogonal invertible"),
        ("kron(A, B)", "A: n x n spd; B: m x m spd", "spd"),
        ("D*E", "D: n x n diagonal; E: n x n diagonal", "diagonal symmetric"),
        ("diag(exp(x))", "", "spd diagonal"),
        ("1 - tanh(x).^2", "", "positive"),
        ("tr(inv(S)*E*inv(S)*E)", "S: n x n spd; E: n x n symmetric", "nonnegative"),
        ("x'*S*x", "S: n x n spd; x: n positive", "positive"),
        ("S + K", "S: n x n spd; K: n x n skew", "invertible"),
        ("A.*B", "A: n x n spd; B: n x n spd", "spd"),
        ("softmax(x)", "", "positive sums_to_one"),
        ("[S, B; B', T]", "S: n x n symmetric; T: m x m symmetric", "symmetric"),
    ],
)
def test_what_follows(expression: str, where: str, words: str) -> None:
    assert [word for word in words.split() if not holds(read(expression, where), word)] == []


@pytest.mark.parametrize(
    ("expression", "where", "rank"),
    [
        ("X'*X", "X: n x m full_column_rank", M),
        ("X*X'", "X: n x m full_column_rank", M),
        ("x*y'", "x: n positive; y: m positive", 1),
        ("A*B", "A: n x m full_column_rank; B: m x k full_row_rank", M),
        ("S", "S: n x n spd", N),
        ("X*X'", "X: n x m", None),
    ],
)
def test_rank(expression: str, where: str, rank: object) -> None:
    assert facts_of(read(expression, where)).rank == rank


def test_reasons_name_what_they_rest_on() -> None:
    node = read("X'*X", "X: n x m full_column_rank")
    variable = node.args[1]
    assert facts_of(node).words["spd"].premises == ((variable, "full_column_rank"),)
    assert facts_of(variable).words["full_column_rank"] == Reason("declared")


def wrong_row_of_a_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rows.ROWS, "expm", (Row("orthogonal", "wrong"),))


def wrong_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(IMAGES, "tanh", Image(between(0, 1)))


def wrong_closed_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(chains.CLOSED, "symmetric", "wrong")


def forgotten_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "mirror_sign", lambda *_: 1)


def forgotten_zeros(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "_kept_by_map", lambda *_: ("diagonal",))


FAULTS = (wrong_row_of_a_function, wrong_image, wrong_closed_set, forgotten_sign, forgotten_zeros)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_wrong_row_is_noticed(fault: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert callable(fault)
    fault(monkeypatch)
    monkeypatch.setattr(infer, "facts_of", memoised(infer.infer))
    assert next(wrong_facts([*applications(), *combinations()]), None) is not None


@pytest.mark.parametrize(
    ("expression", "where", "word", "status"),
    [
        ("X'*X", "X: n x m", "invertible", "fails"),
        ("A", "A: n x n", "symmetric", "fails"),
        ("A", "A: n x n psd", "spd", "fails"),
        ("x'*A*x", "A: n x n", "nonnegative", "fails"),
        ("x'*A*x", "A: n x n spd", "positive", "fails"),
        ("A", "A: n x n spd", "invertible", "unchecked"),
        ("x'*A*x", "A: n x n psd", "nonnegative", "unchecked"),
    ],
)
def test_a_point_refutes(expression: str, where: str, word: str, status: str) -> None:
    assert refute(read(expression, where), word).status == status
