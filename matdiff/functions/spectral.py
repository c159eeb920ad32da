"""Eigenvalues, singular values and what goes with them; every derivative holds where the value is a simple one."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from matdiff.functions.rows import Adjoint, Opaque, Partial, Spelling
from matdiff.tree import einsum
from matdiff.tree.node import Node, make

_NUMBER = "a rank is a whole number: constant where it is differentiable at all, and of no use in a derivative"
_SECOND_OF_POLAR = "the second derivative of a polar factor has no name here"
_OF_TENSOR = "derivatives of tensors have no names here"


def _gap_inverse(scalar: Node, matrix: Node) -> Node:
    """The pseudo-inverse of `scalar*I - matrix`."""
    size = matrix.shape[0]
    scaled = einsum.einsum((scalar,), ((),), (0, 0), (size,))
    return make("call", (einsum.total([(1, scaled), (-1, matrix)], matrix.shape),), ("pinv",), matrix.shape)


def _gap_at(name: str) -> Callable[[Node, Node], Node]:
    return lambda x, y: _gap_inverse(make("call", (x,), (name,), ()), x)


def _left_gap(x: Node, _: Node) -> Node:
    return _gap_inverse(_square_of_norm(x), einsum.from_letters("ik,jk->ij", x, x))


def _right_gap(x: Node, _: Node) -> Node:
    return _gap_inverse(_square_of_norm(x), einsum.from_letters("ki,kj->ij", x, x))


def _square_of_norm(x: Node) -> Node:
    return einsum.power(make("call", (x,), ("norm_spectral",), ()), Fraction(2))


def _upright(name: str, numpy: str = "") -> Spelling:
    escaped = name.replace("_", r"\_")
    return Spelling(latex=rf"\operatorname{{{escaped}}}\left({{0}}\right)", numpy=numpy)


def _along(direction: Node, value: Node) -> Node:
    """The derivative of a polar factor along a direction, which is its own adjoint: it is that of a gradient."""
    return make("call", (value.args[0], direction), ("frechet_polar",), direction.shape)


def _polar_tensor(value: Node) -> Node:
    return make("call", value.args[:1], ("J_polar",), value.args[0].shape * 2)


_OF_POLAR = Adjoint(_along, _along, _polar_tensor)

SPECTRAL = (
    Opaque(
        "lambda_max",
        "the largest eigenvalue of a symmetric matrix",
        "n n -> 1 1",
        ((Partial(1, ("eigvec_max", "eigvec_max"), "k,l->,kl"),),),
        domain="symmetric, simple largest eigenvalue",
        aliases=("eigmax",),
        spelling=Spelling(
            unicode="λₘₐₓ({0})", latex=r"\lambda_{\max}\left({0}\right)", numpy="np.linalg.eigvalsh({0})[-1]"
        ),
        source="Magnus and Neudecker, Matrix Differential Calculus, chapter 8, theorem 7",
    ),
    Opaque(
        "lambda_min",
        "the smallest eigenvalue of a symmetric matrix",
        "n n -> 1 1",
        ((Partial(1, ("eigvec_min", "eigvec_min"), "k,l->,kl"),),),
        domain="symmetric, simple smallest eigenvalue",
        aliases=("eigmin",),
        spelling=Spelling(
            unicode="λₘᵢₙ({0})", latex=r"\lambda_{\min}\left({0}\right)", numpy="np.linalg.eigvalsh({0})[0]"
        ),
        source="Magnus and Neudecker, Matrix Differential Calculus, chapter 8, theorem 7",
    ),
    Opaque(
        "eigvec_max",
        "the eigenvector of length 1 of the largest eigenvalue of a symmetric matrix, its longest entry positive",
        "n n -> n 1",
        ((Partial(1, (_gap_at("lambda_max"), "y"), "ik,l->i,kl"),),),
        domain="symmetric, simple largest eigenvalue",
        spelling=_upright("eigvec_max", "_eigvec({0}, -1)"),
        source="Magnus and Neudecker, Matrix Differential Calculus, chapter 8, theorem 7",
        letter="v",
    ),
    Opaque(
        "eigvec_min",
        "the eigenvector of length 1 of the smallest eigenvalue of a symmetric matrix, its longest entry positive",
        "n n -> n 1",
        ((Partial(1, (_gap_at("lambda_min"), "y"), "ik,l->i,kl"),),),
        domain="symmetric, simple smallest eigenvalue",
        spelling=_upright("eigvec_min", "_eigvec({0}, 0)"),
        source="Magnus and Neudecker, Matrix Differential Calculus, chapter 8, theorem 7",
        letter="v",
    ),
    Opaque(
        "norm_spectral",
        "the largest singular value",
        "m n -> 1 1",
        ((Partial(1, ("singvec_left", "singvec_right"), "k,l->,kl"),),),
        domain="simple largest singular value",
        aliases=("sigma_max", "spectral_norm"),
        spelling=Spelling(unicode="‖{0}‖₂", latex=r"\left\lVert {0} \right\rVert_2", numpy="np.linalg.norm({0}, 2)"),
        source="Watson, Characterization of the subdifferential of some matrix norms (1992), example 2",
    ),
    Opaque(
        "singvec_left",
        "the left singular vector u of the largest singular value s, X*v = s*u",
        "m n -> m 1",
        (
            (
                Partial(1, (_left_gap, "x", "y"), "ik,al,a->i,kl"),
                Partial(1, (_left_gap, "x", "y"), "ia,al,k->i,kl"),
            ),
        ),
        domain="simple largest singular value",
        spelling=_upright("singvec_left", "_singvec_left({0})"),
        source="Golub and Van Loan, Matrix Computations, section 2.4",
        letter="u",
    ),
    Opaque(
        "singvec_right",
        "the right singular vector v of the largest singular value, its longest entry positive",
        "m n -> n 1",
        (
            (
                Partial(1, (_right_gap, "x", "y"), "il,kb,b->i,kl"),
                Partial(1, (_right_gap, "x", "y"), "ia,ka,l->i,kl"),
            ),
        ),
        domain="simple largest singular value",
        spelling=_upright("singvec_right", "_eigvec({0}.T @ {0}, -1)"),
        source="Golub and Van Loan, Matrix Computations, section 2.4",
        letter="v",
    ),
    Opaque(
        "nuclear",
        "the sum of the singular values",
        "m n -> 1 1",
        ((Partial(1, ("polar",), "kl->,kl"),),),
        domain="full rank",
        aliases=("norm_nuclear", "norm_nuc", "nuclear_norm"),
        spelling=Spelling(
            unicode="‖{0}‖₊", latex=r"\left\lVert {0} \right\rVert_{*}", numpy="np.linalg.norm({0}, 'nuc')"
        ),
        source="Watson, Characterization of the subdifferential of some matrix norms (1992), example 3",
    ),
    Opaque(
        "polar",
        "the factor U*V' of the singular value decomposition U*S*V', which is X*inv(sqrtm(X'*X)) for full column rank",
        "m n -> m n",
        (_OF_POLAR,),
        domain="full rank",
        spelling=_upright("polar", "_polar({0})"),
        source="Higham, Functions of Matrices, chapter 8",
    ),
    Opaque(
        "frechet_polar",
        "the derivative of the factor Q = polar(X) along G: Q*W + (I - Q*Q')*G*inv(S) for full column rank, where "
        "S = sqrtm(X'*X), and W*S + S*W = Q'*G - G'*Q",
        "m n, m n -> m n",
        (_SECOND_OF_POLAR, _OF_POLAR),
        domain="full rank",
        spelling=Spelling(
            unicode="L_polar({0}, {1})",
            latex=r"L_{\mathrm{polar}}\left({0}, {1}\right)",
            numpy="_frechet_polar({0}, {1})",
        ),
        source="Higham, Functions of Matrices, chapter 8",
    ),
    Opaque(
        "J_polar",
        "the tensor of the derivatives of polar: how entry i, j changes with entry k, l",
        "m n -> m n m n",
        (_OF_TENSOR,),
        domain="full rank",
        spelling=Spelling(
            unicode="J_polar({0})", latex=r"J_{\mathrm{polar}}\left({0}\right)", numpy="_polar_slopes({0})"
        ),
        source="Higham, Functions of Matrices, chapter 8",
    ),
    Opaque(
        "rank",
        "the number of linearly independent columns",
        "m n -> 1 1",
        (_NUMBER,),
        spelling=_upright("rank", "np.linalg.matrix_rank({0})"),
        source="Golub and Van Loan, Matrix Computations, section 2.1",
    ),
)
