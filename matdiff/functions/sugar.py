"""Other ways to write what the language has already: replaced as the text is read."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from matdiff.functions.rows import Sugar
from matdiff.tree import build
from matdiff.tree.node import Node


def _sums_of_rows(x: Node) -> Node:
    return build.product(x, build.ones(build.shape_of(build.rows_and_columns(x.shape)[1], 1)))


def _sums_of_columns(x: Node) -> Node:
    return _sums_of_rows(build.transpose(x))


def _half_with_transpose(x: Node, sign: int) -> Node:
    return build.total([(Fraction(1, 2), x), (Fraction(sign, 2), build.transpose(x))])


def _logarithm(x: Node, base: int) -> Node:
    return build.product(build.power(build.apply("log", build.number(base)), -1), build.apply("log", x))


def _one_minus(x: Node) -> Node:
    return build.total([(1, build.ones(x.shape)), (-1, x)])


def _log_odds(x: Node) -> Node:
    return build.total([(1, build.apply("log", x)), (-1, build.apply("log", _one_minus(x)))])


def _variance(x: Node) -> Node:
    mean = build.product(build.call("mean", (x,), ()), build.ones(x.shape))
    return build.call("mean", (build.power(build.total([(1, x), (-1, mean)]), 2),), ())


def _softsign(x: Node) -> Node:
    size = build.total([(1, build.ones(x.shape)), (1, build.apply("abs", x))])
    return build.hadamard(x, build.power(size, -1))


def _mish(x: Node) -> Node:
    return build.hadamard(x, build.apply("tanh", build.apply("softplus", x)))


def _hypotenuse(x: Node, y: Node) -> Node:
    return build.power(build.total([(1, build.power(x, 2)), (1, build.power(y, 2))]), Fraction(1, 2))


def _sum(x: Node) -> Node:
    return build.call("sum", (x,), ())


def _mean(x: Node) -> Node:
    return build.call("mean", (x,), ())


def _inverse(x: Node) -> Node:
    return build.call("inv", (x,), x.shape)


def _quadratic_form(x: Node, a: Node) -> Node:
    return build.product(build.transpose(x), a, x)


def _sum_of_squares(x: Node) -> Node:
    return _sum(build.power(x, 2))


def _square_over(x: Node, t: Node) -> Node:
    return build.product(_sum_of_squares(x), build.power(t, -1))


def _mean_of_squares(x: Node, y: Node) -> Node:
    return _mean(build.power(build.total([(1, x), (-1, y)]), 2))


def _geometric_mean(x: Node) -> Node:
    return build.apply("exp", _mean(build.apply("log", x)))


def _relative_entropy(x: Node, y: Node | None = None) -> Node:
    quotient = x if y is None else build.hadamard(x, build.power(y, -1))
    return build.hadamard(x, build.apply("log", quotient))


def _divergence(x: Node, y: Node) -> Node:
    return build.total([(1, _relative_entropy(x, y)), (-1, x), (1, y)])


def _cosine(x: Node, y: Node) -> Node:
    lengths = [build.power(build.call("norm2", (z,), ()), -1) for z in (x, y)]
    return build.product(build.call("dot", (x, y), ()), *lengths)


def _leaky(x: Node) -> Node:
    return build.total([(Fraction(1, 100), x), (Fraction(99, 100), build.apply("relu", x))])


def _exponential_unit(x: Node) -> Node:
    below = build.total([(-1, build.apply("relu", build.total([(-1, x)])))])
    return build.total([(1, build.apply("relu", x)), (1, build.apply("exp", below)), (-1, build.ones(x.shape))])


def _log_sigmoid(x: Node) -> Node:
    return build.apply("log", build.apply("sigmoid", x))


def _inverse_of(name: str) -> Callable[[Node], Node]:
    return lambda x: build.power(build.apply(name, x), -1)


SUGAR = (
    Sugar("sqrt", "square root, entry by entry", "m n -> m n", lambda x: build.power(x, Fraction(1, 2))),
    Sugar("square", "x.^2, entry by entry", "m n -> m n", lambda x: build.power(x, 2)),
    Sugar("reciprocal", "1 ./ x, entry by entry", "m n -> m n", lambda x: build.power(x, -1)),
    Sugar(
        "outer", "x*y', the matrix of products", "m 1, n 1 -> m n", lambda x, y: build.product(x, build.transpose(y))
    ),
    Sugar(
        "hadamard",
        "x.*y, the entry-wise product",
        "m n, m n -> m n",
        build.hadamard,
        aliases=("HadamardProduct",),
    ),
    Sugar("quad", "x'*A*x", "n 1, n n -> 1 1", _quadratic_form, aliases=("quad_form",)),
    Sugar("matrix_frac", "x'*inv(P)*x", "n 1, n n -> 1 1", lambda x, p: _quadratic_form(x, _inverse(p))),
    Sugar("quad_over_lin", "the sum of squares of x over t", "m n, 1 1 -> 1 1", _square_over),
    Sugar("sum_squares", "the sum of the squares of all entries", "m n -> 1 1", _sum_of_squares, aliases=("sumsq",)),
    Sugar("tr_inv", "tr(inv(X))", "n n -> 1 1", lambda x: build.call("tr", (_inverse(x),), ())),
    Sugar("rowsum", "the sum of each row, A*ones, as a column", "m n -> m 1", _sums_of_rows),
    Sugar("colsum", "the sum of each column, A'*ones, as a column", "m n -> n 1", _sums_of_columns),
    Sugar("sym", "the symmetric part, (X + X')/2", "n n -> n n", lambda x: _half_with_transpose(x, 1)),
    Sugar("skew", "the skew part, (X - X')/2", "n n -> n n", lambda x: _half_with_transpose(x, -1)),
    Sugar("log2", "logarithm to the base 2", "m n -> m n", lambda x: _logarithm(x, 2)),
    Sugar("log10", "logarithm to the base 10", "m n -> m n", lambda x: _logarithm(x, 10)),
    Sugar(
        "exp2",
        "2 to the power x",
        "m n -> m n",
        lambda x: build.apply("exp", build.product(build.apply("log", build.number(2)), x)),
    ),
    Sugar("cbrt", "cube root", "m n -> m n", lambda x: build.power(x, Fraction(1, 3))),
    Sugar("logit", "log(x) - log(1 - x)", "m n -> m n", _log_odds),
    Sugar("erfc", "1 - erf(x)", "m n -> m n", lambda x: _one_minus(build.apply("erf", x))),
    Sugar("sec", "1/cos(x)", "m n -> m n", _inverse_of("cos")),
    Sugar("csc", "1/sin(x)", "m n -> m n", _inverse_of("sin")),
    Sugar("cot", "1/tan(x)", "m n -> m n", _inverse_of("tan")),
    Sugar("softsign", "x/(1 + abs(x))", "m n -> m n", _softsign),
    Sugar("mish", "x*tanh(softplus(x))", "m n -> m n", _mish),
    Sugar("hypot", "sqrt(x^2 + y^2)", "m n, m n -> m n", _hypotenuse),
    Sugar("var", "variance of the entries: the mean of (x - mean(x)).^2", "m n -> 1 1", _variance),
    Sugar(
        "std",
        "standard deviation of the entries, sqrt(var(x))",
        "m n -> 1 1",
        lambda x: build.power(_variance(x), Fraction(1, 2)),
    ),
    Sugar("geo_mean", "geometric mean of the entries, exp(mean(log(x)))", "m n -> 1 1", _geometric_mean),
    Sugar("harmonic_mean", "1/mean(1./x)", "m n -> 1 1", lambda x: build.power(_mean(build.power(x, -1)), -1)),
    Sugar("mse", "mean((x - y).^2)", "m n, m n -> 1 1", _mean_of_squares),
    Sugar("entr", "-x*log(x), entry by entry", "m n -> m n", lambda x: build.total([(-1, _relative_entropy(x))])),
    Sugar("rel_entr", "x*log(x/y), entry by entry", "m n, m n -> m n", _relative_entropy),
    Sugar("kl_div", "x*log(x/y) - x + y, entry by entry", "m n, m n -> m n", _divergence),
    Sugar("entropy", "-sum(x.*log(x))", "m n -> 1 1", lambda x: build.total([(-1, _sum(_relative_entropy(x)))])),
    Sugar(
        "cosine_similarity",
        "dot(x, y)/(norm2(x)*norm2(y))",
        "m n, m n -> 1 1",
        _cosine,
        aliases=("cos_sim", "cosine"),
    ),
    Sugar("inv_pos", "1 ./ x, entry by entry", "m n -> m n", lambda x: build.power(x, -1)),
    Sugar("neg", "the larger of -x and 0", "m n -> m n", lambda x: build.apply("relu", build.total([(-1, x)]))),
    Sugar("leaky_relu", "x where it is positive, else x/100", "m n -> m n", _leaky),
    Sugar("elu", "x where it is positive, else exp(x) - 1", "m n -> m n", _exponential_unit),
    Sugar("log_sigmoid", "log(sigmoid(x)), entry by entry", "m n -> m n", _log_sigmoid, aliases=("logsigmoid",)),
    Sugar("transpose", "the transpose", "m n -> n m", build.transpose),
)
