"""Functions of whole vectors and matrices that stay themselves: each row gives its derivative as einsums."""

from __future__ import annotations

from fractions import Fraction

from matdiff.functions.rows import Opaque, Partial, Spelling
from matdiff.tree.einsum import power
from matdiff.tree.node import Node


def _reciprocal(x: Node, _: Node) -> Node:
    return power(x, Fraction(-1))


MATRIX = (
    Opaque(
        "inv",
        "inverse of a square matrix",
        "n n -> n n",
        ((Partial(-1, ("y", "y"), "ik,lj->ij,kl"),),),
        domain="invertible",
        aliases=("inverse",),
        spelling=Spelling(unicode="{0}⁻¹", latex="{0}^{-1}", numpy="np.linalg.inv({0})"),
        source="Petersen and Pedersen, The Matrix Cookbook (2012), equation 59",
    ),
    Opaque(
        "det",
        "determinant",
        "n n -> 1 1",
        ((Partial(1, ("y", "inv"), ",lk->,kl"),),),
        domain="invertible",
        aliases=("determinant",),
        spelling=Spelling(latex=r"\det\left({0}\right)", numpy="np.linalg.det({0})"),
        source="Jacobi's formula; The Matrix Cookbook (2012), equation 49",
    ),
    Opaque(
        "logdet",
        "log of the absolute value of the determinant",
        "n n -> 1 1",
        ((Partial(1, ("inv",), "lk->,kl"),),),
        domain="invertible",
        aliases=("log_det",),
        spelling=Spelling(
            unicode="log|det({0})|", latex=r"\log\left|\det\left({0}\right)\right|", numpy="np.linalg.slogdet({0})[1]"
        ),
        source="The Matrix Cookbook (2012), equation 57",
    ),
    Opaque(
        "softmax",
        "exp(x)/sum(exp(x))",
        "n 1 -> n 1",
        ((Partial(1, ("y",), "i->i,i"), Partial(-1, ("y", "y"), "i,k->i,k")),),
        spelling=Spelling(
            latex=r"\operatorname{softmax}\left({0}\right)",
            numpy="_softmax({0})",
        ),
        source="Bridle 1990",
        by_rows=((Partial(1, ("y",), "ij->ij,ij"), Partial(-1, ("y", "y"), "ij,il->ij,il")),),
    ),
    Opaque(
        "logsumexp",
        "log(sum(exp(x)))",
        "n 1 -> 1 1",
        ((Partial(1, ("softmax",), "k->,k"),),),
        aliases=("log_sum_exp", "lse"),
        spelling=Spelling(
            latex=r"\operatorname{logsumexp}\left({0}\right)",
            numpy="_logsumexp({0})",
        ),
        source="Boyd and Vandenberghe, Convex Optimization, section 3.1.5",
        by_rows=((Partial(1, ("softmax",), "il->i,il"),),),
    ),
    Opaque(
        "max",
        "the largest entry",
        "m n -> 1 1",
        ((Partial(1, ("is_max",), "*->,*"),),),
        domain="one largest entry",
        spelling=Spelling(latex=r"\max\left({0}\right)", numpy="np.max({0})"),
        source="Boyd and Vandenberghe, Convex Optimization, section 3.1.5",
        by_rows=((Partial(1, ("is_max",), "il->i,il"),),),
    ),
    Opaque(
        "min",
        "the smallest entry",
        "m n -> 1 1",
        ((Partial(1, ("is_min",), "*->,*"),),),
        domain="one smallest entry",
        spelling=Spelling(latex=r"\min\left({0}\right)", numpy="np.min({0})"),
        source="Boyd and Vandenberghe, Convex Optimization, section 3.1.5",
        by_rows=((Partial(1, ("is_min",), "il->i,il"),),),
    ),
    Opaque(
        "prod",
        "the product of all entries",
        "m n -> 1 1",
        ((Partial(1, ("y", _reciprocal), ",*->,*"),),),
        domain="nonzero",
        spelling=Spelling(latex=r"\operatorname{prod}\left({0}\right)", numpy="np.prod({0})"),
        source="product rule",
    ),
    Opaque(
        "is_max",
        "1 at the largest entry and 0 elsewhere; entries that are equal share the 1",
        "m n -> m n",
        ((),),
        domain="one largest entry",
        spelling=Spelling(latex=r"\operatorname{is\_max}\left({0}\right)", numpy="_is_max({0})"),
        source="definition",
        by_rows=((),),
    ),
    Opaque(
        "is_min",
        "1 at the smallest entry and 0 elsewhere; entries that are equal share the 1",
        "m n -> m n",
        ((),),
        domain="one smallest entry",
        spelling=Spelling(latex=r"\operatorname{is\_min}\left({0}\right)", numpy="_is_max(-{0})"),
        source="definition",
        by_rows=((),),
    ),
    Opaque(
        "pinv",
        "Moore-Penrose inverse",
        "m n -> n m",
        (
            (
                Partial(-1, ("y", "y"), "ik,lj->ij,kl"),
                Partial(1, ("y", "y"), "ia,la->ij,jl"),
                Partial(-1, ("y", "y", "x", "y"), "ia,la,kb,bj->ij,kl"),
                Partial(1, ("y", "y"), "ak,aj->ij,ki"),
                Partial(-1, ("y", "x", "y", "y"), "ib,bl,ak,aj->ij,kl"),
            ),
        ),
        domain="constant rank",
        spelling=Spelling(unicode="{0}⁺", latex="{0}^{+}", numpy="np.linalg.pinv({0}, 1e-12)"),
        source="Golub and Pereyra, The differentiation of pseudo-inverses (1973), theorem 4.3",
    ),
    Opaque(
        "chol",
        "the lower triangular L with positive diagonal and L*L' = S, for S symmetric and positive definite",
        "n n -> n n",
        (
            (
                Partial(Fraction(1, 2), ("y", "lower", "inv y", "inv y"), "ia,aj,ak,jl->ij,kl"),
                Partial(Fraction(1, 2), ("y", "lower", "inv y", "inv y"), "ia,aj,al,jk->ij,kl"),
                Partial(Fraction(-1, 2), ("y", "inv y", "inv y"), "ij,jk,jl->ij,kl"),
            ),
        ),
        domain="spd",
        aliases=("cholesky",),
        spelling=Spelling(latex=r"\operatorname{chol}\left({0}\right)", numpy="np.linalg.cholesky({0})"),
        source="Murray, Differentiation of the Cholesky decomposition (2016), equation 8",
    ),
)
