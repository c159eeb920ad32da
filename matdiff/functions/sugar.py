"""Other ways to write what the language has already: replaced as the text is read."""

from __future__ import annotations

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


SUGAR = (
    Sugar("sqrt", "square root, entry by entry", "m n -> m n", lambda x: build.power(x, Fraction(1, 2))),
    Sugar("square", "x.^2, entry by entry", "m n -> m n", lambda x: build.power(x, 2)),
    Sugar("reciprocal", "1 ./ x, entry by entry", "m n -> m n", lambda x: build.power(x, -1)),
    Sugar(
        "outer", "x*y', the matrix of products", "m 1, n 1 -> m n", lambda x, y: build.product(x, build.transpose(y))
    ),
    Sugar("hadamard", "x.*y, the entry-wise product", "m n, m n -> m n", build.hadamard),
    Sugar("quad", "x'*A*x", "n 1, n n -> 1 1", lambda x, a: build.product(build.transpose(x), a, x)),
    Sugar("rowsum", "the sum of each row, A*ones, as a column", "m n -> m 1", _sums_of_rows),
    Sugar("colsum", "the sum of each column, A'*ones, as a column", "m n -> n 1", _sums_of_columns),
    Sugar("sym", "the symmetric part, (X + X')/2", "n n -> n n", lambda x: _half_with_transpose(x, 1)),
    Sugar("skew", "the skew part, (X - X')/2", "n n -> n n", lambda x: _half_with_transpose(x, -1)),
    Sugar("transpose", "the transpose", "m n -> n m", build.transpose),
)
