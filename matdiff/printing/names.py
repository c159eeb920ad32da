"""Names of variables and sizes as a person writes them: Greek letters and subscripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ε",
    "zeta": "ζ",
    "eta": "η",
    "theta": "θ",
    "iota": "ι",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "omicron": "ο",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "upsilon": "υ",
    "phi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
}
GREEK |= {name.capitalize(): symbol.upper() for name, symbol in GREEK.items()}
GREEK_NAMES = {symbol: name for name, symbol in GREEK.items()}

_SUBSCRIPT_DIGITS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_PLAIN_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_LATIN = {
    "Alpha": "A",
    "Beta": "B",
    "Epsilon": "E",
    "Zeta": "Z",
    "Eta": "H",
    "Iota": "I",
    "Kappa": "K",
    "Mu": "M",
    "Nu": "N",
    "Omicron": "O",
    "Rho": "P",
    "Tau": "T",
    "Chi": "X",
    "omicron": "o",
}


def unicode_name(name: str) -> str:
    """`W1` as `W₁`, `lambda` as `λ`; anything else as it is."""
    stem, digits = _split_digits(name)
    return GREEK.get(stem, stem) + digits.translate(_SUBSCRIPT_DIGITS)


def latex_name(name: str) -> str:
    r"""`W1` as `W_{1}`, `w_out` as `w_{\mathrm{out}}`, `lambda` as `\lambda`, `rate` as `\mathrm{rate}`."""
    stem, digits = _split_digits(name)
    base, _, subscript = stem.rstrip("_").partition("_")
    if not base:
        return plain_latex_name(name)
    indices = ([rf"\mathrm{{{_escaped(subscript)}}}"] if subscript else []) + ([digits] if digits else [])
    return _latex_word(base) + (f"_{{{','.join(indices)}}}" if indices else "")


def plain_latex_name(name: str) -> str:
    r"""The name letter by letter: `\mathrm{w\_1}`."""
    return rf"\mathrm{{{_escaped(name)}}}"


def distinct(names: Iterable[str], pretty: Callable[[str], str], plain: Callable[[str], str]) -> dict[str, str]:
    """Each name prettily, but plainly where two names would look the same (`w1` and `w_1`)."""
    looks: dict[str, list[str]] = {}
    for name in names:
        looks.setdefault(pretty(name), []).append(name)
    return {name: look if len(alike) == 1 else plain(name) for look, alike in looks.items() for name in alike}


def _split_digits(name: str) -> tuple[str, str]:
    match = re.fullmatch(r"(.*?)([0-9₀-₉]*)", name)
    assert match, name
    return match[1], match[2].translate(_PLAIN_DIGITS)


def _latex_word(word: str) -> str:
    name = GREEK_NAMES.get(word, word)
    if name in _LATIN:
        return rf"\mathrm{{{_LATIN[name]}}}"
    if name in GREEK:
        return "\\" + name
    return word if len(word) == 1 else rf"\mathrm{{{_escaped(word)}}}"


def _escaped(text: str) -> str:
    return re.sub(r"([_&%$#{}])", r"\\\1", text)
