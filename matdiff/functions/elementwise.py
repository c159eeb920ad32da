"""Scalar functions applied entry by entry, one row each; the derivative in terms of the argument x and the value y."""

from __future__ import annotations

import cmath

from matdiff.functions.rows import Elementwise, Spelling
from matdiff.tree.einsum import zero
from matdiff.tree.entry import Entry, apply


def _zero(x: Entry, _: Entry) -> Entry:
    return Entry(zero(x.node.shape))


def _sigmoid(x: complex) -> complex:
    return 1 / (1 + cmath.exp(-x)) if x.real >= 0 else cmath.exp(x) / (1 + cmath.exp(x))


def _softplus(x: complex) -> complex:
    return cmath.log(1 + cmath.exp(x)) if x.real < 0 else x + cmath.log(1 + cmath.exp(-x))


def _sign(x: complex) -> complex:
    return (x.real > 0) - (x.real < 0)


ELEMENTWISE = (
    Elementwise(
        "exp",
        "exponential",
        cmath.exp,
        lambda x, y: y,
        spelling=Spelling(latex=r"\exp\left({0}\right)", numpy="np.exp({0})"),
    ),
    Elementwise(
        "log",
        "natural logarithm",
        cmath.log,
        lambda x, y: 1 / x,
        domain="positive",
        aliases=("ln",),
        spelling=Spelling(latex=r"\log\left({0}\right)", numpy="np.log({0})"),
    ),
    Elementwise(
        "abs",
        "absolute value",
        lambda x: x if x.real >= 0 else -x,
        lambda x, y: apply("sign", x),
        domain="nonzero",
        spelling=Spelling(unicode="|{0}|", latex=r"\left|{0}\right|", numpy="np.abs({0})"),
    ),
    Elementwise(
        "sign",
        "-1, 0 or 1 by the sign",
        _sign,
        _zero,
        domain="nonzero",
        aliases=("sgn",),
        spelling=Spelling(latex=r"\operatorname{sign}\left({0}\right)", numpy="np.sign({0})"),
    ),
    Elementwise(
        "sin",
        "sine",
        cmath.sin,
        lambda x, y: apply("cos", x),
        spelling=Spelling(latex=r"\sin\left({0}\right)", numpy="np.sin({0})"),
    ),
    Elementwise(
        "cos",
        "cosine",
        cmath.cos,
        lambda x, y: -apply("sin", x),
        spelling=Spelling(latex=r"\cos\left({0}\right)", numpy="np.cos({0})"),
    ),
    Elementwise(
        "tan",
        "tangent",
        cmath.tan,
        lambda x, y: 1 + y**2,
        spelling=Spelling(latex=r"\tan\left({0}\right)", numpy="np.tan({0})"),
    ),
    Elementwise(
        "tanh",
        "hyperbolic tangent",
        cmath.tanh,
        lambda x, y: 1 - y**2,
        spelling=Spelling(latex=r"\tanh\left({0}\right)", numpy="np.tanh({0})"),
    ),
    Elementwise(
        "sigmoid",
        "logistic function 1/(1 + exp(-x))",
        _sigmoid,
        lambda x, y: y * (1 - y),
        aliases=("σ", "logistic"),
        spelling=Spelling(unicode="σ({0})", latex=r"\sigma\left({0}\right)", numpy="_sigmoid({0})"),
        source="Rumelhart, Hinton and Williams 1986",
    ),
    Elementwise(
        "relu",
        "the larger of x and 0",
        lambda x: x if x.real > 0 else 0,
        lambda x, y: apply("heaviside", x),
        domain="nonzero",
        spelling=Spelling(latex=r"\operatorname{relu}\left({0}\right)", numpy="np.maximum({0}, 0)"),
        source="Nair and Hinton 2010",
    ),
    Elementwise(
        "heaviside",
        "1 where x > 0, else 0",
        lambda x: 1 if x.real > 0 else 0,
        _zero,
        domain="nonzero",
        spelling=Spelling(latex=r"\operatorname{H}\left({0}\right)", numpy="np.heaviside({0}, 0.0)"),
        source="NIST DLMF 1.16.13",
    ),
    Elementwise(
        "softplus",
        "log(1 + exp(x))",
        _softplus,
        lambda x, y: apply("sigmoid", x),
        spelling=Spelling(latex=r"\operatorname{softplus}\left({0}\right)", numpy="np.logaddexp(0, {0})"),
        source="Dugas et al. 2001",
    ),
    Elementwise(
        "power",
        "x to a rational power",
        lambda x, p: x ** int(p) if p.denominator == 1 else x ** float(p),
        lambda x, y, p: p * x ** (p - 1),
        domain="positive",
    ),
    Elementwise(
        "pow",
        "x to the power p, both of one shape",
        lambda x, p: cmath.exp(p * cmath.log(x)),
        (
            lambda x, p, y: p * apply("pow", x, p - 1),
            lambda x, p, y: y * apply("log", x),
        ),
        domain="positive",
    ),
)
