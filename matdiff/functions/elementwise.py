"""Scalar functions applied entry by entry, one row each; the derivative in terms of the argument x and the value y."""

from __future__ import annotations

import cmath
import math
from fractions import Fraction

from matdiff.functions import special
from matdiff.functions.rows import Elementwise, Spelling
from matdiff.tree.einsum import zero
from matdiff.tree.entry import Entry, apply


def _zero(x: Entry, _: Entry) -> Entry:
    return Entry(zero(x.node.shape))


def _sigmoid(x: complex) -> complex:
    return 1 / (1 + cmath.exp(-x)) if x.real >= 0 else cmath.exp(x) / (1 + cmath.exp(x))


def _normal_cdf(x: complex) -> complex:
    return (1 + special.erf(x / math.sqrt(2))) / 2


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
        domain="no kink at 0",
        spelling=Spelling(unicode="|{0}|", latex=r"\left|{0}\right|", numpy="np.abs({0})"),
    ),
    Elementwise(
        "sign",
        "-1, 0 or 1 by the sign",
        _sign,
        _zero,
        domain="no kink at 0",
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
        aliases=("σ", "logistic", "expit", "sigm"),
        spelling=Spelling(unicode="σ({0})", latex=r"\sigma\left({0}\right)", numpy="_sigmoid({0})"),
        source="Rumelhart, Hinton and Williams 1986",
    ),
    Elementwise(
        "relu",
        "the larger of x and 0",
        lambda x: x if x.real > 0 else 0,
        lambda x, y: apply("heaviside", x),
        domain="no kink at 0",
        aliases=("pos",),
        spelling=Spelling(latex=r"\operatorname{relu}\left({0}\right)", numpy="np.maximum({0}, 0)"),
        source="Nair and Hinton 2010",
    ),
    Elementwise(
        "heaviside",
        "1 where x > 0, else 0",
        lambda x: 1 if x.real > 0 else 0,
        _zero,
        domain="no kink at 0",
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
        "log1p",
        "log(1 + x)",
        lambda x: cmath.log(1 + x),
        lambda x, y: 1 / (1 + x),
        domain="above -1",
        spelling=Spelling(latex=r"\operatorname{log1p}\left({0}\right)", numpy="np.log1p({0})"),
    ),
    Elementwise(
        "expm1",
        "exp(x) - 1",
        lambda x: cmath.exp(x) - 1,
        lambda x, y: apply("exp", x),
        spelling=Spelling(latex=r"\operatorname{expm1}\left({0}\right)", numpy="np.expm1({0})"),
    ),
    Elementwise(
        "arcsin",
        "inverse sine",
        cmath.asin,
        lambda x, y: (1 - x**2) ** Fraction(-1, 2),
        domain="unit",
        aliases=("asin",),
        spelling=Spelling(latex=r"\arcsin\left({0}\right)", numpy="np.arcsin({0})"),
    ),
    Elementwise(
        "arccos",
        "inverse cosine",
        cmath.acos,
        lambda x, y: -((1 - x**2) ** Fraction(-1, 2)),
        domain="unit",
        aliases=("acos",),
        spelling=Spelling(latex=r"\arccos\left({0}\right)", numpy="np.arccos({0})"),
    ),
    Elementwise(
        "arctan",
        "inverse tangent",
        cmath.atan,
        lambda x, y: 1 / (1 + x**2),
        aliases=("atan",),
        spelling=Spelling(latex=r"\arctan\left({0}\right)", numpy="np.arctan({0})"),
    ),
    Elementwise(
        "sinh",
        "hyperbolic sine",
        cmath.sinh,
        lambda x, y: apply("cosh", x),
        spelling=Spelling(latex=r"\sinh\left({0}\right)", numpy="np.sinh({0})"),
    ),
    Elementwise(
        "cosh",
        "hyperbolic cosine",
        cmath.cosh,
        lambda x, y: apply("sinh", x),
        spelling=Spelling(latex=r"\cosh\left({0}\right)", numpy="np.cosh({0})"),
    ),
    Elementwise(
        "arcsinh",
        "inverse hyperbolic sine",
        cmath.asinh,
        lambda x, y: (1 + x**2) ** Fraction(-1, 2),
        aliases=("asinh",),
        spelling=Spelling(latex=r"\operatorname{arcsinh}\left({0}\right)", numpy="np.arcsinh({0})"),
    ),
    Elementwise(
        "arctanh",
        "inverse hyperbolic tangent",
        cmath.atanh,
        lambda x, y: 1 / (1 - x**2),
        domain="unit",
        aliases=("atanh",),
        spelling=Spelling(latex=r"\operatorname{arctanh}\left({0}\right)", numpy="np.arctanh({0})"),
    ),
    Elementwise(
        "erf",
        "error function",
        special.erf,
        lambda x, y: apply("gauss", x),
        spelling=Spelling(latex=r"\operatorname{erf}\left({0}\right)", numpy="_erf({0})"),
        source="NIST DLMF 7.9",
    ),
    Elementwise(
        "gauss",
        "the derivative of erf, 2/sqrt(pi)*exp(-x^2)",
        lambda x: 2 / math.sqrt(math.pi) * cmath.exp(-x * x),
        lambda x, y: -2 * x * y,
        spelling=Spelling(latex=r"\operatorname{gauss}\left({0}\right)", numpy="(2/np.sqrt(np.pi)*np.exp(-({0})**2))"),
        source="NIST DLMF 7.9",
    ),
    Elementwise(
        "gelu",
        "x times the normal distribution function, x*(1 + erf(x/sqrt(2)))/2",
        lambda x: x * _normal_cdf(x),
        lambda x, y: apply("normal_cdf", x) + x * apply("normal_pdf", x),
        spelling=Spelling(latex=r"\operatorname{gelu}\left({0}\right)", numpy="({0}*_normal_cdf({0}))"),
        source="Hendrycks and Gimpel 2016",
    ),
    Elementwise(
        "normal_cdf",
        "the distribution function of the standard normal distribution",
        _normal_cdf,
        lambda x, y: apply("normal_pdf", x),
        spelling=Spelling(latex=r"\Phi\left({0}\right)", numpy="_normal_cdf({0})"),
        source="NIST DLMF 7.18",
    ),
    Elementwise(
        "normal_pdf",
        "the density of the standard normal distribution",
        lambda x: cmath.exp(-x * x / 2) / math.sqrt(2 * math.pi),
        lambda x, y: -x * y,
        spelling=Spelling(latex=r"\varphi\left({0}\right)", numpy="(np.exp(-({0})**2/2)/np.sqrt(2*np.pi))"),
        source="NIST DLMF 7.18",
    ),
    Elementwise(
        "silu",
        "x*sigmoid(x)",
        lambda x: x * _sigmoid(x),
        lambda x, y: apply("sigmoid", x) + y * (1 - apply("sigmoid", x)),
        aliases=("swish",),
        spelling=Spelling(latex=r"\operatorname{silu}\left({0}\right)", numpy="({0}*_sigmoid({0}))"),
        source="Elfwing, Uchibe and Doya 2017",
    ),
    Elementwise(
        "lgamma",
        "logarithm of the gamma function",
        special.lgamma,
        lambda x, y: apply("digamma", x),
        domain="positive",
        aliases=("gammaln",),
        spelling=Spelling(latex=r"\ln\Gamma\left({0}\right)", numpy="_lgamma({0})"),
        source="NIST DLMF 5.2",
    ),
    Elementwise(
        "digamma",
        "derivative of the logarithm of the gamma function",
        special.digamma,
        lambda x, y: apply("trigamma", x),
        domain="positive",
        aliases=("psi",),
        spelling=Spelling(latex=r"\psi\left({0}\right)", numpy="_digamma({0})"),
        source="NIST DLMF 5.2",
    ),
    Elementwise(
        "trigamma",
        "derivative of digamma",
        special.trigamma,
        "the polygamma functions above trigamma have no names here",
        domain="positive",
        spelling=Spelling(latex=r"\psi_1\left({0}\right)", numpy="_trigamma({0})"),
        source="NIST DLMF 5.15",
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
