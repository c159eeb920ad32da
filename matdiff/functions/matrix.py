"""Functions of whole vectors and matrices that stay themselves: each row gives its derivative as einsums."""

from __future__ import annotations

from matdiff.functions.rows import Opaque, Partial, Spelling

MATRIX = (
    Opaque(
        "inv",
        "inverse of a square matrix",
        "n n -> n n",
        ((Partial(-1, ("y", "y"), "ik,lj->ij,kl"),),),
        domain="invertible",
        spelling=Spelling(unicode="{0}⁻¹", latex="{0}^{-1}", numpy="np.linalg.inv({0})"),
        source="Petersen and Pedersen, The Matrix Cookbook (2012), equation 59",
    ),
    Opaque(
        "det",
        "determinant",
        "n n -> 1 1",
        ((Partial(1, ("y", "inv"), ",lk->,kl"),),),
        domain="invertible",
        spelling=Spelling(latex=r"\det\left({0}\right)", numpy="np.linalg.det({0})"),
        source="Jacobi's formula; The Matrix Cookbook (2012), equation 49",
    ),
    Opaque(
        "logdet",
        "log of the absolute value of the determinant",
        "n n -> 1 1",
        ((Partial(1, ("inv",), "lk->,kl"),),),
        domain="invertible",
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
    ),
    Opaque(
        "logsumexp",
        "log(sum(exp(x)))",
        "n 1 -> 1 1",
        ((Partial(1, ("softmax",), "k->,k"),),),
        spelling=Spelling(
            latex=r"\operatorname{logsumexp}\left({0}\right)",
            numpy="_logsumexp({0})",
        ),
        source="Boyd and Vandenberghe, Convex Optimization, section 3.1.5",
    ),
)
