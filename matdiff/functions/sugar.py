"""Other ways to write what the language has already: replaced as the text is read."""

from __future__ import annotations

from fractions import Fraction

from matdiff.functions.rows import Sugar
from matdiff.tree import build

SUGAR = (
    Sugar("sqrt", "square root, entry by entry", "m n -> m n", lambda x: build.power(x, Fraction(1, 2))),
    Sugar("square", "x.^2, entry by entry", "m n -> m n", lambda x: build.power(x, 2)),
    Sugar("reciprocal", "1 ./ x, entry by entry", "m n -> m n", lambda x: build.power(x, -1)),
    Sugar(
        "outer", "x*y', the matrix of products", "m 1, n 1 -> m n", lambda x, y: build.product(x, build.transpose(y))
    ),
    Sugar("hadamard", "x.*y, the entry-wise product", "m n, m n -> m n", build.hadamard),
    Sugar("quad", "x'*A*x", "n 1, n n -> 1 1", lambda x, a: build.product(build.transpose(x), a, x)),
    Sugar("transpose", "the transpose", "m n -> n m", build.transpose),
)
