"""What can be said of a matrix, a vector or a number: the words, and which words follow from others alone.

A vector is a matrix of one column, a scalar one of one entry: a vector has full column rank where it is not zero, and a
scalar is positive definite where it is positive.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from matdiff.tree.node import Shape


class Implication(NamedTuple):
    """That `then` follows from all of `needs`, whatever the expression is; `on` names the shapes for which it does.

    A plain one needs no mention where its premise is told; `rule` names the argument for it, where there is a formula.
    """

    needs: tuple[str, ...]
    then: str
    why: str
    on: str = ""
    is_plain: bool = False
    rule: str = ""


PHRASES = {
    "zero": "is zero",
    "identity": "is the identity",
    "spd": "is symmetric and positive definite",
    "psd": "is symmetric and positive semidefinite",
    "negative_definite": "is symmetric and negative definite",
    "negative_semidefinite": "is symmetric and negative semidefinite",
    "symmetric": "is symmetric",
    "skew": "is skew",
    "diagonal": "is diagonal",
    "lower": "is lower triangular",
    "upper": "is upper triangular",
    "orthogonal": "is orthogonal",
    "idempotent": "is its own square",
    "invertible": "is invertible",
    "full_column_rank": "has full column rank",
    "full_row_rank": "has full row rank",
    "positive": "is positive",
    "nonnegative": "is nonnegative",
    "negative": "is negative",
    "nonpositive": "is nonpositive",
    "nonzero": "is not zero",
    "sums_to_one": "has the sum 1",
    "integer": "has whole numbers as entries",
}
WORDS = tuple(PHRASES)
# The words that a declaration may use, those of square matrices apart.
SQUARE_ONLY = ("symmetric", "skew", "spd", "psd", "diagonal", "orthogonal", "lower", "upper", "invertible")
DECLARED = (*SQUARE_ONLY, "full_column_rank", "full_row_rank", "positive", "nonnegative", "integer")
# The linear space of matrices that a word keeps a variable in.
LINEAR_SPACES = {"spd": "symmetric", "psd": "symmetric"} | {
    word: word for word in ("symmetric", "skew", "diagonal", "lower", "upper")
}
SIGNS = ("positive", "nonnegative", "negative", "nonpositive")
OPPOSITES = {
    "spd": "negative_definite",
    "psd": "negative_semidefinite",
    "negative_definite": "spd",
    "negative_semidefinite": "psd",
    "positive": "negative",
    "nonnegative": "nonpositive",
    "negative": "positive",
    "nonpositive": "nonnegative",
}
TURNED = {
    "lower": "upper",
    "upper": "lower",
    "full_column_rank": "full_row_rank",
    "full_row_rank": "full_column_rank",
}

# f(A.T) = f(A).T: such a function of a symmetric matrix is symmetric.
COMMUTE_WITH_TRANSPOSE = frozenset(
    {"inv", "matpow", "pinv", "adj", "cof", "expm", "logm", "sqrtm", "polar", "is_max", "is_min"}
)

IMPLICATIONS = (
    Implication(("spd",), "psd", "definite is more than semidefinite", is_plain=True),
    Implication(("spd",), "invertible", "its eigenvalues are positive"),
    Implication(("negative_definite",), "negative_semidefinite", "definite is more than semidefinite", is_plain=True),
    Implication(("negative_definite",), "invertible", "its eigenvalues are negative"),
    Implication(("psd", "invertible"), "spd", "its eigenvalues are nonnegative, and none is 0"),
    Implication(("negative_semidefinite", "invertible"), "negative_definite", "no eigenvalue is 0 or positive"),
    Implication(("psd",), "symmetric", "semidefinite matrices are symmetric here", is_plain=True),
    Implication(("negative_semidefinite",), "symmetric", "semidefinite matrices are symmetric here", is_plain=True),
    Implication(("symmetric", "idempotent"), "psd", "v'*P*v = v'*P'*P*v", rule="projection"),
    Implication(("lower", "upper"), "diagonal", "nothing is left above or below the diagonal"),
    Implication(("symmetric", "lower"), "diagonal", "the upper triangle is that of the transpose"),
    Implication(("symmetric", "upper"), "diagonal", "the lower triangle is that of the transpose"),
    Implication(("diagonal",), "symmetric", "a diagonal matrix is its own transpose", is_plain=True),
    Implication(("diagonal",), "lower", "nothing stands above the diagonal", is_plain=True),
    Implication(("diagonal",), "upper", "nothing stands below the diagonal", is_plain=True),
    Implication(("symmetric", "skew"), "zero", "it is its own negative"),
    Implication(("diagonal", "positive"), "spd", "the diagonal entries are the eigenvalues", "square"),
    Implication(("diagonal", "nonnegative"), "psd", "the diagonal entries are the eigenvalues", "square"),
    Implication(("diagonal", "nonpositive"), "negative_semidefinite", "its eigenvalues are on the diagonal", "square"),
    Implication(("orthogonal",), "invertible", "the transpose is the inverse", "square"),
    Implication(("invertible",), "full_column_rank", "a square matrix", "square", is_plain=True),
    Implication(("invertible",), "full_row_rank", "a square matrix", "square", is_plain=True),
    Implication(("full_column_rank",), "invertible", "a square matrix of full rank", "square"),
    Implication(("full_row_rank",), "invertible", "a square matrix of full rank", "square"),
    Implication(("positive",), "nonnegative", "positive is more", is_plain=True),
    Implication(("negative",), "nonpositive", "negative is more", is_plain=True),
    Implication(("positive",), "nonzero", "no entry is 0", is_plain=True),
    Implication(("negative",), "nonzero", "no entry is 0", is_plain=True),
    Implication(("sums_to_one",), "nonzero", "the sum of its entries is not 0", is_plain=True),
    Implication(("invertible",), "nonzero", "a zero matrix has no inverse", is_plain=True),
    Implication(("full_column_rank",), "nonzero", "its columns are independent", is_plain=True),
    Implication(("full_row_rank",), "nonzero", "its rows are independent", is_plain=True),
    Implication(("nonzero",), "full_column_rank", "one column that is not 0", "column"),
    Implication(("nonzero",), "full_row_rank", "one row that is not 0", "row"),
    Implication(("positive",), "spd", "one entry", "scalar"),
    Implication(("spd",), "positive", "one entry", "scalar"),
    Implication(("nonnegative",), "psd", "one entry", "scalar"),
    Implication(("psd",), "nonnegative", "one entry", "scalar"),
    Implication(("negative",), "negative_definite", "one entry", "scalar"),
    Implication(("negative_definite",), "negative", "one entry", "scalar"),
    Implication(("nonpositive",), "negative_semidefinite", "one entry", "scalar"),
    Implication(("negative_semidefinite",), "nonpositive", "one entry", "scalar"),
)


def kinds_of(shape: Shape) -> frozenset[str]:
    """What a shape is, for `Implication.on`: `square`, `column`, `row`, `scalar`, and the empty word always."""
    if not shape:
        return frozenset(("", "scalar", "square", "column", "row"))
    if len(shape) == 1:
        return frozenset(("", "column"))
    if len(shape) > 2:
        return frozenset(("",))
    return frozenset(("", *(("square",) if shape[0] == shape[1] else ()), *(("row",) if shape[0] == 1 else ())))


def closure(words: Iterable[str], shape: Shape) -> frozenset[str]:
    """The words and all that follow from them alone.

    >>> sorted(closure(["spd"], (3, 3)) & {"symmetric", "invertible", "diagonal"})
    ['invertible', 'symmetric']
    """
    found, kinds = set(words), kinds_of(shape)
    has_grown = True
    while has_grown:
        before = len(found)
        found.update(row.then for row in IMPLICATIONS if row.on in kinds and found.issuperset(row.needs))
        has_grown = len(found) > before
    return frozenset(found)


@cache
def is_declared_symmetric(words: tuple[str, ...]) -> bool:
    """Whether what is declared of a square matrix makes it its own transpose."""
    return bool(words) and "symmetric" in closure(words, (2, 2))
