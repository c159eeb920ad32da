"""What follows about the value of a function from its arguments, one row each; entries by the interval they lie in.

Sources: Horn and Johnson, Matrix Analysis (2013), chapters 0, 4 and 7; Higham, Functions of Matrices; NIST DLMF.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

from matdiff.tree.interval import Interval, between
from matdiff.tree.properties import COMMUTE_WITH_TRANSPOSE


class Row(NamedTuple):
    """That the value is `then` where every argument named by `of` (by place; all of them where empty) is `needs`."""

    then: str
    why: str
    needs: tuple[str, ...] = ()
    of: tuple[int, ...] = ()


class Image(NamedTuple):
    """What the entries of an entry-wise function lie between.

    An increasing function with a `root` is positive beyond it and negative before it. `is_odd` functions keep skew
    matrices skew; those with the root 0 keep zeros where they are. `is_of_base` is one that is positive where its first
    argument is.
    """

    values: Interval = Interval()
    root: int | None = None
    is_increasing: bool = False
    is_odd: bool = False
    is_of_base: bool = False


def _kept(words: str, why: str) -> tuple[Row, ...]:
    """One row for each property that the value has where the argument has it."""
    return tuple(Row(word, why, (word,), (0,)) for word in words.split())


_UNIT = between(0, 1)
_FRACTION = between(0, 1, False, False)
_SYMMETRIC_UNIT = between(-1, 1)
_CLOSED = between(-1, 1, False, False)
_POSITIVE = between(0, inf)
_NONNEGATIVE = between(0, inf, False)

IMAGES = {
    "exp": Image(_POSITIVE, is_increasing=True),
    "log": Image(root=1, is_increasing=True),
    "abs": Image(_NONNEGATIVE),
    "sign": Image(_CLOSED, 0, True, True),
    "sin": Image(_CLOSED, is_odd=True),
    "cos": Image(_CLOSED),
    "tan": Image(is_odd=True),
    "tanh": Image(_SYMMETRIC_UNIT, 0, True, True),
    "sigmoid": Image(_UNIT, is_increasing=True),
    "relu": Image(_NONNEGATIVE, 0, True),
    "heaviside": Image(_FRACTION, 0, True),
    "softplus": Image(_POSITIVE, is_increasing=True),
    "log1p": Image(root=0, is_increasing=True),
    "expm1": Image(between(-1, inf), 0, True),
    "arcsin": Image(between(-2, 2), 0, True, True),
    "arccos": Image(between(0, 4, False)),
    "arctan": Image(between(-2, 2), 0, True, True),
    "sinh": Image(Interval(), 0, True, True),
    "cosh": Image(between(1, inf, False)),
    "arcsinh": Image(Interval(), 0, True, True),
    "arctanh": Image(Interval(), 0, True, True),
    "erf": Image(_SYMMETRIC_UNIT, 0, True, True),
    "gauss": Image(_POSITIVE),
    "gelu": Image(between(-1, inf)),
    "normal_cdf": Image(_UNIT, is_increasing=True),
    "normal_pdf": Image(between(0, 1)),
    "silu": Image(between(-1, inf)),
    "lgamma": Image(),
    "digamma": Image(is_increasing=True),
    "trigamma": Image(_POSITIVE),
    "pow": Image(is_of_base=True),
}

# Functions of which each entry is an entry of the argument, a mean of some of them, or the 0 that stands beside them.
SAME_ENTRIES = frozenset({"vec", "vech", "unvec", "max", "min", "mean", "diag"})
SAME_ENTRIES_OR_ZERO = frozenset({"tril", "triu"})
SUMS_OF_ENTRIES = frozenset({"sum", "cumsum"})
PRODUCTS_OF_ENTRIES = frozenset({"kron", "khatri_rao"})
ENTRIES = {
    **dict.fromkeys(("norm2", "norm1", "norm_inf", "norm_spectral", "nuclear", "rank"), _NONNEGATIVE),
    "softmax": between(0, 1, True, False),
    "log_softmax": between(-inf, 0, True, False),
    **dict.fromkeys(("eigvec_max", "eigvec_min", "singvec_left", "singvec_right", "polar"), _CLOSED),
    **dict.fromkeys(("is_max", "is_min"), _FRACTION),
}

_SPECTRUM = "its eigenvalues are the function's values at those of the argument, on the same eigenvectors"
_INVERSE = "the eigenvalues of an inverse are the reciprocals"
_STRUCTURE = "power series keep the structure"
_TRANSPOSE = "f(A') = f(A)'"
_KRONECKER = "(A ⊗ B)' = A' ⊗ B' and (A ⊗ B)*(C ⊗ D) = A*C ⊗ B*D"
_DEFINITE = _kept("spd psd", _SPECTRUM)
_TRIANGLES = _kept("diagonal lower upper", _STRUCTURE)
_NORM = (Row("positive", "a norm is 0 at 0 alone", ("nonzero",)),)
_EIGENVALUE = tuple(
    Row(then, "an eigenvalue has the sign of the form", (word,))
    for word, then in (
        ("spd", "positive"),
        ("psd", "nonnegative"),
        ("negative_definite", "negative"),
        ("negative_semidefinite", "nonpositive"),
    )
)
_SIGNS_KEPT = _kept("positive nonnegative negative nonpositive", "a sum or mean of numbers of one sign")

ROWS: dict[str, tuple[Row, ...]] = {
    "inv": (
        Row("invertible", "the inverse of an inverse is the argument"),
        *_kept("spd psd negative_definite negative_semidefinite", _INVERSE),
        *_kept("skew", _TRANSPOSE),
        *_kept("orthogonal", "it is the transpose"),
        *_kept("diagonal lower upper", "forward substitution meets zeros alone"),
    ),
    "pinv": (
        *_kept("spd psd diagonal", "the singular values that are not 0 are inverted"),
        *_kept("skew", _TRANSPOSE),
        Row("full_row_rank", "it has the rank of the argument, and its transposed shape", ("full_column_rank",)),
        Row("full_column_rank", "it has the rank of the argument, and its transposed shape", ("full_row_rank",)),
    ),
    "adj": (
        *_kept("spd", "det(A)*inv(A) with det(A) > 0"),
        *_kept("diagonal lower upper invertible", "a multiple of the inverse"),
    ),
    "cof": (
        *_kept("spd", "det(A)*inv(A)' with det(A) > 0"),
        *_kept("diagonal invertible", "a multiple of the transposed inverse"),
        Row("upper", "the transpose of the adjugate", ("lower",)),
        Row("lower", "the transpose of the adjugate", ("upper",)),
    ),
    "chol": (
        Row("lower", "by definition"),
        Row("invertible", "its diagonal is positive"),
        *_kept("diagonal", "the roots of the diagonal"),
    ),
    "expm": (
        Row("invertible", "its inverse is expm(-A)"),
        Row("spd", "its eigenvalues are exp(λ) > 0", ("symmetric",)),
        Row("orthogonal", "expm(A)' = expm(-A) is the inverse", ("skew",)),
        *_TRIANGLES,
    ),
    "logm": _TRIANGLES,
    "sqrtm": (*_DEFINITE, *_TRIANGLES, *_kept("invertible", "its square is")),
    "matpow": (
        *_kept("spd", _SPECTRUM),
        *_TRIANGLES,
        *_kept("psd", _SPECTRUM),
        *_kept("orthogonal invertible", "a product of such matrices"),
    ),
    "diag": (),
    "vec": _kept("integer nonzero", "the same entries"),
    "unvec": _kept("integer nonzero", "the same entries"),
    "vech": _kept("integer", "entries of it"),
    "tril": (
        Row("lower", "by definition"),
        *_kept("diagonal upper integer lower", "zeros stay zeros"),
    ),
    "triu": (
        Row("upper", "by definition"),
        *_kept("diagonal lower integer upper", "zeros stay zeros"),
    ),
    "kron": tuple(
        Row(word, _KRONECKER, (word,))
        for word in [
            "spd",
            "psd",
            "symmetric",
            "diagonal",
            "lower",
            "upper",
            "orthogonal",
            "invertible",
            "full_column_rank",
            "full_row_rank",
            "integer",
        ]
    ),
    "khatri_rao": (),
    "cumsum": (*_kept("integer", "sums of whole numbers"), *_kept("nonzero", "their differences are the entries")),
    "sum": (*_SIGNS_KEPT, *_kept("integer", "sums of whole numbers")),
    "mean": _SIGNS_KEPT,
    "dot": (
        *(Row("nonnegative", "a sum of products of one sign", (word,)) for word in ("nonnegative", "nonpositive")),
        Row("nonnegative", "the trace of a product of semidefinite matrices", ("psd",)),
        *(Row("positive", "a sum of positive products", (word,)) for word in ("positive", "negative")),
    ),
    "tr": (
        Row("positive", "the sum of positive eigenvalues", ("spd",)),
        Row("positive", "the sum of nonnegative eigenvalues, not all of them 0", ("psd", "nonzero")),
        Row("nonnegative", "the sum of nonnegative eigenvalues", ("psd",)),
        Row("negative", "the sum of negative eigenvalues", ("negative_definite",)),
        Row("nonpositive", "the sum of eigenvalues that are not positive", ("negative_semidefinite",)),
        Row("zero", "the diagonal of a skew matrix is 0", ("skew",)),
        *_SIGNS_KEPT,
        *_kept("integer", "sums of whole numbers"),
    ),
    "det": (
        Row("positive", "the product of positive eigenvalues", ("spd",)),
        Row("nonnegative", "the product of nonnegative eigenvalues", ("psd",)),
        Row("nonzero", "a singular matrix alone has the determinant 0", ("invertible",)),
        *_kept("integer", "sums of products of whole numbers"),
    ),
    "logdet": (),
    **dict.fromkeys(("norm2", "norm1", "norm_inf", "norm_spectral", "nuclear"), _NORM),
    "softmax": (Row("sums_to_one", "by definition"), Row("positive", "exponentials over their sum")),
    "log_softmax": (),
    "logsumexp": (),
    "max": _kept("integer", "one of the entries"),
    "min": _kept("integer", "one of the entries"),
    "prod": (
        *_kept("positive nonnegative", "a product of numbers of that sign"),
        *_kept("integer", "a product of whole numbers"),
    ),
    "lambda_max": _EIGENVALUE,
    "lambda_min": _EIGENVALUE,
    **dict.fromkeys(
        ("eigvec_max", "eigvec_min", "singvec_left", "singvec_right"), (Row("nonzero", "it has the length 1"),)
    ),
    "polar": _kept("full_column_rank full_row_rank", "it has the rank of the argument"),
    "rank": (Row("integer", "a number of columns"), Row("positive", "one column at least", ("nonzero",))),
    "is_max": (),
    "is_min": (),
    **{
        f"{kind}_{name}": ()
        for kind in ("frechet", "frechet2", "J", "J_frechet")
        for name in ("expm", "logm", "sqrtm", "matpow")
    },
    "frechet_polar": (),
    "J_polar": (),
}

# f increases on the eigenvalues that a matrix with the property has: the form v -> tr(V*L(S, V)) of the derivative L is
# positive for a symmetric V. Source: Higham, Functions of Matrices, theorem 3.11 (divided differences as eigenvalues).
SLOPES_OF_INCREASING = {"frechet_expm": "symmetric", "frechet_logm": "spd", "frechet_sqrtm": "spd"}


def rows_of(name: str) -> tuple[Row, ...]:
    """The rows of a function of whole matrices, by its own name."""
    symmetric = (Row("symmetric", _TRANSPOSE, ("symmetric",), (0,)),) if name in COMMUTE_WITH_TRANSPOSE else ()
    return (*ROWS[name], *symmetric)
