"""Special functions of complex arguments, in plain Python: what the standard library has for real numbers only."""

from __future__ import annotations

import cmath
import math

_LARGE = 12.0
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def erf(x: complex) -> complex:
    """The error function, by the series with positive terms (NIST DLMF 7.6.2); 1 or -1 far out on the real axis."""
    x = complex(x)
    if abs(x.real) > 6:
        return math.copysign(1.0, x.real)
    term = total = x
    order = 0
    while abs(term) > 1e-17 * abs(total) and order < 400:
        order += 1
        term *= 2 * x * x / (2 * order + 1)
        total += term
    return 2 / math.sqrt(math.pi) * cmath.exp(-x * x) * total


def lgamma(x: complex) -> complex:
    """The logarithm of the gamma function for positive real part (Stirling's series, NIST DLMF 5.11.1)."""
    x = complex(x)
    if x.real <= 0:
        raise ValueError("the logarithm of gamma is taken for positive numbers")
    shift: complex = 0
    while x.real < _LARGE:
        shift += cmath.log(x)
        x += 1
    total = (x - 0.5) * cmath.log(x) - x + math.log(2 * math.pi) / 2
    for k, number in enumerate(_BERNOULLI, start=1):
        total += number / (2 * k * (2 * k - 1) * x ** (2 * k - 1))
    return total - shift


def digamma(x: complex) -> complex:
    """The derivative of `lgamma` (NIST DLMF 5.11.2)."""
    x = complex(x)
    if x.real <= 0:
        raise ValueError("digamma is taken for positive numbers")
    shift: complex = 0
    while x.real < _LARGE:
        shift += 1 / x
        x += 1
    total = cmath.log(x) - 1 / (2 * x)
    for k, number in enumerate(_BERNOULLI, start=1):
        total -= number / (2 * k * x ** (2 * k))
    return total - shift


def trigamma(x: complex) -> complex:
    """The derivative of `digamma` (NIST DLMF 5.15.8)."""
    x = complex(x)
    if x.real <= 0:
        raise ValueError("trigamma is taken for positive numbers")
    shift: complex = 0
    while x.real < _LARGE:
        shift += 1 / x**2
        x += 1
    total = 1 / x + 1 / (2 * x**2)
    for k, number in enumerate(_BERNOULLI, start=1):
        total += number / x ** (2 * k + 1)
    return total + shift
