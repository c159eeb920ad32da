"""The oracle: right derivatives agree, wrong ones differ, and inputs keep what is declared."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import cast

import pytest

from matdiff.functions import catalogue
from matdiff.functions.rows import Composite, Opaque
from matdiff.tree import einsum
from matdiff.tree.build import (
    apply,
    call,
    hadamard,
    identity,
    number,
    ones,
    pairing,
    power,
    product,
    size_number,
    total,
    transpose,
    variable,
    zeros,
)
from matdiff.tree.dims import add, multiply, symbol
from matdiff.tree.node import Node, Shape, make
from matdiff.verify import calls, draw
from matdiff.verify.algebra import Entries, OutOfDomainError
from matdiff.verify.compare import check_derivative, check_derivatives, check_equal
from matdiff.verify.evaluate import evaluate
from matdiff.verify.points import real_points

m, n, p = symbol("m"), symbol("n"), symbol("p")
A, B, S = variable("A", (n, n)), variable("B", (n, m)), variable("S", (n, n), ("symmetric",))
X, P = variable("X", (n, n)), variable("P", (n, n), ("spd",))
M, T = variable("M", (m, n)), variable("T", (m, p))
x, y, u = variable("x", (n,)), variable("y", (n,)), variable("u", (m,))
LONG = variable("c", (multiply(m, n),))
s, t = variable("s", ()), variable("t", ())
HALF = Fraction(1, 2)
Rows = tuple[tuple[float, float], tuple[float, float]]


def scaled(weight: Fraction | int, node: Node) -> Node:
    return total([(weight, node)])


def plus(*terms: Node) -> Node:
    return total([(1, term) for term in terms])


def inv(node: Node) -> Node:
    return call("inv", (node,), node.shape)


def scalar(name: str, *args: Node) -> Node:
    return call(name, args, ())


def diag(node: Node) -> Node:
    return call("diag", (node,), (node.shape[0], node.shape[0]) if len(node.shape) == 1 else node.shape[:1])


def matrix_einsum(wires: tuple[tuple[int, ...], ...], output: tuple[int, ...], sizes: Shape, *factors: Node) -> Node:
    """An einsum of matrix form, exactly as it is given."""
    return make("einsum", factors, (wires, output, sizes), tuple(sizes[wire] for wire in output))


def layer(weights: Node, inner: Node) -> Node:
    return apply("sigmoid", product(weights, inner))


def quadratic() -> Node:
    return product(transpose(x), A, x)


def residual() -> Node:
    return total([(1, product(M, x)), (-1, u)])


RIGHT: dict[str, tuple[Node, tuple[Node, ...], Node]] = {
    "quadratic form": (quadratic(), (x,), product(plus(A, transpose(A)), x)),
    "quadratic form by its matrix": (quadratic(), (A,), product(x, transpose(x))),
    "bilinear trace": (scalar("tr", product(B, M)), (B,), transpose(M)),
    "least squares": (power(scalar("norm2", residual()), 2), (x,), product(number(2), transpose(M), residual())),
    "norm": (
        scalar("norm2", residual()),
        (x,),
        product(power(scalar("norm2", residual()), -1), transpose(M), residual()),
    ),
    "dot": (scalar("dot", x, y), (y,), x),
    "sum of an entry-wise product": (scalar("sum", hadamard(x, y, x)), (x,), scaled(2, hadamard(x, y))),
    "mean": (scalar("mean", hadamard(x, x)), (x,), product(number(2), power(size_number(n), -1), x)),
    "linear map": (residual(), (x,), M),
    "row-valued": (product(transpose(x), A), (x,), transpose(A)),
    "vector by a scalar": (product(power(t, 3), x), (t,), product(number(3), power(t, 2), x)),
    "scalar by a scalar": (apply("sin", t), (t,), apply("cos", t)),
    "entry-wise": (
        apply("sigmoid", x),
        (x,),
        diag(hadamard(apply("sigmoid", x), total([(1, ones((n,))), (-1, apply("sigmoid", x))]))),
    ),
    "relu": (scalar("sum", apply("relu", x)), (x,), apply("heaviside", x)),
    "abs": (scalar("sum", apply("abs", x)), (x,), apply("sign", x)),
    "softplus": (scalar("sum", apply("softplus", x)), (x,), apply("sigmoid", x)),
    "logarithm": (scalar("sum", apply("log", x)), (x,), power(x, -1)),
    "logarithm of a quadratic form": (
        apply("log", quadratic()),
        (x,),
        product(power(quadratic(), -1), plus(A, transpose(A)), x),
    ),
    "square root": (scalar("sum", power(x, HALF)), (x,), scaled(HALF, power(x, -HALF))),
    "two variables in a power": (apply("pow", s, t), (t,), product(apply("pow", s, t), apply("log", s))),
    "determinant": (scalar("det", X), (X,), product(scalar("det", X), transpose(inv(X)))),
    "log-determinant": (scalar("logdet", X), (X,), transpose(inv(X))),
    "inverse in a bilinear form": (
        product(transpose(x), inv(X), y),
        (X,),
        scaled(-1, product(transpose(inv(X)), x, transpose(y), transpose(inv(X)))),
    ),
    "matrix power": (
        scalar("tr", call("matpow", (X,), X.shape, (3,))),
        (X,),
        product(number(3), transpose(X), transpose(X)),
    ),
    "logsumexp": (scalar("logsumexp", x), (x,), call("softmax", (x,), x.shape)),
    "softmax": (
        call("softmax", (x,), x.shape),
        (x,),
        total(
            [
                (1, diag(call("softmax", (x,), x.shape))),
                (-1, product(call("softmax", (x,), x.shape), transpose(call("softmax", (x,), x.shape)))),
            ]
        ),
    ),
    "symmetric variable": (
        product(transpose(x), S, y),
        (S,),
        scaled(HALF, plus(product(x, transpose(y)), product(y, transpose(x)))),
    ),
    "spd variable": (scalar("logdet", P), (P,), inv(P)),
    "vec": (
        product(transpose(LONG), call("vec", (M,), LONG.shape)),
        (M,),
        matrix_einsum(((0,), (0, 1, 2)), (1, 2), (multiply(m, n), m, n), LONG, pairing(m, n)),
    ),
    "product by its middle": (
        product(A, B, T),
        (B,),
        matrix_einsum(((0, 2), (3, 1)), (0, 1, 2, 3), (n, p, n, m), A, T),
    ),
    "inverse by its matrix": (
        inv(X),
        (X,),
        scaled(-1, matrix_einsum(((0, 2), (3, 1)), (0, 1, 2, 3), (n, n, n, n), inv(X), inv(X))),
    ),
    "does not occur": (quadratic(), (u,), zeros((m,))),
    "hessian of a quadratic form": (quadratic(), (x, x), plus(A, transpose(A))),
    "hessian of logsumexp": (
        scalar("logsumexp", x),
        (x, x),
        total(
            [
                (1, diag(call("softmax", (x,), x.shape))),
                (-1, product(call("softmax", (x,), x.shape), transpose(call("softmax", (x,), x.shape)))),
            ]
        ),
    ),
    "mixed second order": (
        quadratic(),
        (A, x),
        plus(
            matrix_einsum(((0,), (1, 2)), (0, 1, 2), (n, n, n), x, identity(n)),
            matrix_einsum(((1,), (0, 2)), (0, 1, 2), (n, n, n), x, identity(n)),
        ),
    ),
    "hessian of a logarithm": (scalar("sum", apply("log", x)), (x, x), scaled(-1, diag(power(x, -2)))),
    "nowhere real": (
        power(scaled(-1, scalar("dot", x, x)), HALF),
        (x,),
        scaled(-1, product(power(scaled(-1, scalar("dot", x, x)), -HALF), x)),
    ),
}


@pytest.mark.parametrize("case", RIGHT)
def test_right_derivatives_agree(case: str) -> None:
    value, wrt, derivative = RIGHT[case]
    verdict = check_derivative(value, wrt, derivative)
    assert (verdict.status, verdict.reason) == ("agrees", "")
    assert verdict.points >= 2
    assert verdict.error < 1e-6


def negated(derivative: Node) -> Node:
    return scaled(-1, derivative)


def doubled(derivative: Node) -> Node:
    return scaled(2, derivative)


def nearly(derivative: Node) -> Node:
    return scaled(Fraction(10_001, 10_000), derivative)


def nothing(derivative: Node) -> Node:
    return total([(0, derivative)])


def one_more(derivative: Node) -> Node:
    return plus(derivative, einsum.ones(derivative.shape) if len(derivative.shape) > 2 else ones(derivative.shape))


@pytest.mark.parametrize("corrupt", [negated, doubled, nearly, nothing, one_more])
@pytest.mark.parametrize("case", [case for case in RIGHT if case != "does not occur"])
def test_wrong_derivatives_differ(case: str, corrupt: Callable[[Node], Node]) -> None:
    value, wrt, derivative = RIGHT[case]
    verdict = check_derivative(value, wrt, corrupt(derivative))
    assert verdict.status == "differs"
    assert verdict.reason


WRONG: dict[str, tuple[Node, tuple[Node, ...], Node]] = {
    "transposed square": (product(transpose(x), A, y), (A,), product(y, transpose(x))),
    "transposed shape": (scalar("tr", product(B, M)), (B,), M),
    "dropped term": (quadratic(), (x,), product(A, x)),
    "log-determinant without transpose": (scalar("logdet", X), (X,), inv(X)),
    "outside the structure": (product(transpose(x), S, y), (S,), product(x, transpose(y))),
    "not a zero": (quadratic(), (u,), u),
    "axes of the second order in the wrong order": (product(transpose(x), B, u), (x, u), transpose(B)),
    "swapped axes of an einsum": (
        inv(X),
        (X,),
        scaled(-1, matrix_einsum(((0, 3), (2, 1)), (0, 1, 2, 3), (n, n, n, n), inv(X), inv(X))),
    ),
    "constant beside a large number": (
        plus(number(10**9), product(transpose(x), y)),
        (x,),
        total([(Fraction(11, 10), y)]),
    ),
    "small term beside a large one": (
        plus(product(number(10**6), scalar("sum", x)), product(transpose(x), y)),
        (x,),
        product(number(10**6), ones((n,))),
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_answers_differ(case: str) -> None:
    assert check_derivative(*WRONG[case]).status == "differs"


def test_unclear_where_nothing_is_finite() -> None:
    verdict = check_derivative(power(total([(1, t), (-1, t)]), -1), (t,), number(0))
    assert (verdict.status, verdict.points) == ("unchecked", 0)
    assert verdict.reason == "no point was found where the expression and its derivative have finite values"


def test_a_derivative_that_is_nowhere_finite_never_agrees() -> None:
    nowhere = product(power(total([(1, t), (-1, t)]), -1), t)
    assert check_derivative(product(t, t), (t,), nowhere).status == "unchecked"
    assert check_derivative(product(t, t), (t,), apply("log", number(0))).status == "unchecked"


def test_logdet_of_a_matrix_with_a_negative_determinant() -> None:
    (value,) = evaluate(scalar("logdet", X), {"X": [0.0, 2.0, 1.0, 0.0]}, {"n": 2})
    assert value == pytest.approx(math.log(2))
    negative = scalar("logdet", scaled(-1, P))
    assert check_derivative(negative, (P,), inv(P)).status == "agrees"


def test_a_wrong_answer_shows_small_whole_inputs() -> None:
    verdict = check_derivative(quadratic(), (x,), scaled(2, product(A, x)))
    inputs = dict(verdict.example)
    assert set(inputs) == {"A", "x"}
    (a, b), (c, d) = cast("Rows", inputs["A"])
    first, second = cast("tuple[float, float]", inputs["x"])
    assert all(isinstance(entry, int) and -3 <= entry <= 3 for entry in (a, b, c, d, first, second))
    assert verdict.expected == (2 * a * first + (b + c) * second, (b + c) * first + 2 * d * second)
    assert verdict.found == (2 * (a * first + b * second), 2 * (c * first + d * second))


def test_the_example_of_a_structured_variable_lies_in_the_structure() -> None:
    verdict = check_derivative(product(transpose(x), S, y), (S,), product(x, transpose(y)))
    assert verdict.reason == "the gradient is not symmetric"
    (_, b), (c, _) = cast("Rows", dict(verdict.example)["S"])
    assert b == c
    (_, b), (c, _) = cast("Rows", verdict.expected)
    assert b == c


def test_both_sides_of_a_kink_are_met() -> None:
    for name in "abcdefgh":
        one = variable(name, ())
        assert check_derivative(apply("abs", one), (one,), number(1)).status == "differs"
        assert check_derivative(apply("relu", one), (one,), number(0)).status == "differs"
        assert check_derivative(apply("relu", one), (one,), number(1)).status == "differs"


def test_several_gradients_are_told_apart() -> None:
    value = product(transpose(x), A, y)
    by_x, by_a, by_y = product(A, y), product(x, transpose(y)), product(transpose(A), x)
    verdicts = check_derivatives(value, ((x, by_x), (A, by_a), (y, by_y)))
    assert [verdict.status for verdict in verdicts] == ["agrees"] * 3
    verdicts = check_derivatives(value, ((x, by_x), (A, transpose(by_a)), (y, by_y), (u, x)))
    assert [verdict.status for verdict in verdicts] == ["agrees", "differs", "agrees", "differs"]
    assert verdicts[3].reason == "the derivative has the shape n instead of m"


def test_a_small_gradient_beside_a_large_one_is_seen() -> None:
    value = plus(product(number(10**9), s, s), product(t, t))
    verdicts = check_derivatives(value, ((s, product(number(2 * 10**9), s)), (t, product(number(3), t))))
    assert [verdict.status for verdict in verdicts] == ["agrees", "differs"]


def test_the_same_verdict_every_time() -> None:
    assert check_derivative(quadratic(), (x,), product(A, x)) == check_derivative(quadratic(), (x,), product(A, x))


def test_equal() -> None:
    assert check_equal(scalar("tr", product(B, M)), scalar("tr", product(M, B))).status == "agrees"
    assert check_equal(inv(product(A, X)), product(inv(X), inv(A))).status == "agrees"
    assert check_equal(apply("log", power(t, 2)), scaled(2, apply("log", t))).status == "agrees"
    assert check_equal(number(2), total([(1, number(1)), (1, number(1))])).status == "agrees"
    root = power(scaled(-1, scalar("dot", x, x)), HALF)
    assert check_equal(product(root, root), scaled(-1, scalar("dot", x, x))).status == "agrees"


def test_different() -> None:
    verdict = check_equal(inv(product(A, X)), product(inv(A), inv(X)))
    assert (verdict.status, verdict.reason) == ("differs", "the values differ")
    assert {name for name, _ in verdict.example} == {"A", "X"}
    assert verdict.found != verdict.expected
    for name in "abcdefgh":
        one = variable(name, ())
        assert check_equal(power(power(one, 2), HALF), one).status == "differs"
    assert check_equal(x, transpose(x)).reason == "the shapes differ: n, 1 x n"
    assert check_equal(number(2), number(3)).status == "differs"


PROPERTIES: dict[str, Callable[[Sequence[float]], bool]] = {
    "symmetric": lambda a: a[1] == a[2],
    "skew": lambda a: a[1] == -a[2] and a[0] == a[3] == 0,
    "spd": lambda a: a[1] == a[2] and a[0] > 0 and a[0] * a[3] > a[1] * a[2],
    "psd": lambda a: a[1] == a[2] and a[0] >= 0 and a[0] * a[3] >= a[1] * a[2] - 1e-12,
    "diagonal": lambda a: a[1] == a[2] == 0,
    "lower": lambda a: a[1] == 0 != a[2],
    "upper": lambda a: a[2] == 0 != a[1],
    "orthogonal": lambda a: abs(a[0] * a[1] + a[2] * a[3]) < 1e-12 and abs(a[0] ** 2 + a[2] ** 2 - 1) < 1e-12,
    "invertible": lambda a: abs(a[0] * a[3] - a[1] * a[2]) > 1e-9,
    "positive": lambda a: min(a) > 0,
    "nonnegative": lambda a: min(a) >= 0,
    "integer": lambda a: all(entry == int(entry) for entry in a),
}


@pytest.mark.parametrize("word", PROPERTIES)
def test_inputs_keep_what_is_declared(word: str) -> None:
    matrix = variable("matrix", (n, n), (word,))
    for number_of_draw, style in enumerate((*draw.PLAIN, None, draw.WHOLE)):
        (entries,) = draw.draw_inputs((matrix,), {"n": 2}, style, number_of_draw).values()
        real = [entry.real for entry in entries]
        assert len(real) == 4
        assert PROPERTIES[word](real) or (word == "invertible" and style is draw.WHOLE), (style, real)


def test_directions_stay_inside_the_structure() -> None:
    for word in ("symmetric", "skew", "diagonal", "lower", "upper"):
        matrix = variable("matrix", (n, n), (word,))
        assert PROPERTIES[word](draw.direction(matrix, (2, 2), 1)), word  # type: ignore[arg-type]


def test_named_sizes_are_all_different() -> None:
    sizes = next(draw.choose_sizes((product(A, B, T),), (A, B, T)))
    assert sizes == {"m": 2, "n": 3, "p": 4}
    fixed = variable("F", (2, n))
    assert next(draw.choose_sizes((product(fixed, B),), (fixed, B))) == {"m": 3, "n": 4}


def test_sizes_leave_room_for_a_declared_or_needed_rank() -> None:
    tall = variable("W", (m, n), ("full_column_rank",))
    assert next(draw.choose_sizes((tall,), (tall,))) == {"m": 3, "n": 2}
    plain = variable("W", (m, n))
    inner = product(transpose(plain), plain)
    point = next(real_points((inv(inner),), (plain,)))
    assert point.program.sizes == {"m": 3, "n": 2}


def test_compound_sizes() -> None:
    longer = variable("z", (add(n, 1),))
    value = scalar("dot", longer, longer)
    assert check_derivative(value, (longer,), scaled(2, longer)).status == "agrees"
    assert check_derivative(value, (longer,), longer).status == "differs"


VALUES: list[tuple[Node, list[float]]] = [
    (scalar("tr", X), [5]),
    (scalar("sum", X), [10]),
    (scalar("mean", X), [2.5]),
    (scalar("dot", X, X), [30]),
    (scalar("norm2", X), [math.sqrt(30)]),
    (diag(x), [5, 0, 0, 6]),
    (diag(X), [1, 4]),
    (call("vec", (X,), (multiply(n, n),)), [1, 3, 2, 4]),
    (call("kron", (X, transpose(x)), (n, multiply(n, n))), [5, 6, 10, 12, 15, 18, 20, 24]),
    (call("kron", (x, X), (multiply(n, n), n)), [5, 10, 15, 20, 6, 12, 18, 24]),
    (inv(X), [-2, 1, 1.5, -0.5]),
    (scalar("det", X), [-2]),
    (scalar("logdet", X), [math.log(2)]),
    (call("softmax", (x,), (n,)), [1 / (1 + math.e), math.e / (1 + math.e)]),
    (scalar("logsumexp", x), [5 + math.log(1 + math.e)]),
    (call("matpow", (X,), (n, n), (2,)), [7, 10, 15, 22]),
    (call("matpow", (X,), (n, n), (0,)), [1, 0, 0, 1]),
    (call("matpow", (X,), (n, n), (-1,)), [-2, 1, 1.5, -0.5]),
    (product(number(2), X, x), [34, 78]),
    (product(transpose(x), X, x), [319]),
    (product(x, transpose(x)), [25, 30, 30, 36]),
    (transpose(X), [1, 3, 2, 4]),
    (total([(2, X), (-1, identity(n))]), [1, 4, 6, 7]),
    (zeros((n,)), [0, 0]),
    (size_number(n), [2]),
    (power(scaled(-1, x), 3), [-125, -216]),
    (einsum.from_letters("aab,b->a", einsum.from_letters("ab,c->abc", X, x), x), [61, 244]),
    (einsum.from_letters("ab->", X), [10]),
    (einsum.from_letters("ab,ab,b->b", X, X, x), [50, 120]),
    (matrix_einsum((), (0, 0), (n,)), [1, 0, 0, 1]),
    (matrix_einsum((), (), (n,)), [2]),
    (matrix_einsum(((0, 1),), (1, 2, 0), (1, n, n), transpose(x)), [5, 5, 6, 6]),
]


@pytest.mark.parametrize(("node", "expected"), VALUES)
def test_values(node: Node, expected: list[float]) -> None:
    inputs: dict[str, Entries] = {"X": [1.0, 2.0, 3.0, 4.0], "x": [5.0, 6.0]}
    assert list(evaluate(node, inputs, {"n": 2})) == pytest.approx(expected)


def test_singular_matrices_are_out_of_the_domain() -> None:
    for node in (inv(X), scalar("logdet", X), call("matpow", (X,), X.shape, (-1,))):
        with pytest.raises(OutOfDomainError):
            evaluate(node, {"X": [1.0, 2.0, 2.0, 4.0]}, {"n": 2})
    assert evaluate(scalar("det", X), {"X": [1.0, 2.0, 2.0, 4.0]}, {"n": 2})[0] == 0


@pytest.mark.parametrize("row", [row for row in catalogue.ROWS if isinstance(row, Composite | Opaque)])
def test_every_function_of_whole_matrices_has_an_evaluator(row: Composite | Opaque) -> None:
    assert callable(calls.find(row.name))


def test_a_function_without_an_evaluator_is_an_assertion() -> None:
    with pytest.raises(AssertionError, match="`nothing` has a row in the function tables and no entry"):
        evaluate(scalar("nothing", X), {"X": [1.0]}, {"n": 1})


def test_an_einsum_is_contracted_pair_by_pair() -> None:
    chain = einsum.from_letters("ab,bc,cd,de,ef,fg->ag", *(variable(f"C{k}", (9, 9)) for k in range(6)))
    value = einsum.from_letters("ab,ab->", chain, chain)
    assert check_derivative(value, (s,), zeros(())).status == "agrees"


def test_the_work_for_a_deep_net_is_linear() -> None:
    def work(depth: int) -> int:
        hidden = x
        for k in range(depth):
            hidden = plus(hidden, apply("tanh", product(variable(f"W{k}", (n, n)), hidden)))
        return next(real_points((hidden,), (x, *(variable(f"W{k}", (n, n)) for k in range(depth))))).program.work

    assert work(200) < 11 * work(20)


def test_a_chain_of_many_nodes_is_no_recursion() -> None:
    value, slope = t, number(1)
    for _ in range(3000):
        value = apply("tanh", value)
        slope = product(total([(1, number(1)), (-1, power(value, 2))]), slope)
    assert check_derivative(value, (t,), slope).status == "agrees"


def test_large_declared_sizes() -> None:
    wide = variable("w", (400,))
    square = variable("Z", (400, 400))
    assert check_derivative(product(square, wide), (wide,), square).status == "agrees"
    by_square = matrix_einsum(((1,), ()), (0, 1, 2), (400, 400, 400), wide, number(1))
    verdict = check_derivative(product(square, wide), (square,), by_square)
    assert verdict.status == "unchecked"
    assert verdict.reason == "the expression is too large to be compared at random points"
    assert check_equal(by_square, by_square).status == "unchecked"


def test_rounding_errors_are_no_difference() -> None:
    """The determinant of a high power loses every digit at most points; the answer is judged where it does not."""
    base = variable("Z", (n, n))
    value = call("det", (call("matpow", (base,), base.shape, (20,)),), ())
    right = product(value, transpose(call("inv", (base,), base.shape)))
    assert check_derivative(value, (base,), total([(20, right)])).status == "agrees"
    assert check_derivative(value, (base,), total([(19, right)])).status == "differs"
    assert check_equal(value, power(call("det", (base,), ()), 20)).status == "agrees"
    assert check_equal(value, power(call("det", (base,), ()), 19)).status == "differs"
