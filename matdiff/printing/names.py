"""Names of variables and sizes as a person writes them: Greek letters and subscripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_LETTERS = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi "
    "psi omega"
).split()
_SYMBOLS = "αβγδεζηθικλμνξοπρστυφχψω"
GREEK = dict(zip(_LETTERS, _SYMBOLS, strict=True))
GREEK |= {name.capitalize(): symbol.upper() for name, symbol in GREEK.items()}
GREEK_NAMES = {symbol: name for name, symbol in GREEK.items()}

_SUBSCRIPT_DIGITS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_PLAIN_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_LATIN_GREEK = {"Alpha", "Beta", "Epsilon", "Zeta", "Eta", "Iota", "Kappa", "Mu", "Nu", "Omicron", "omicron", "Rho"}
_LATIN_GREEK |= {"Tau", "Chi"}


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
    return {
        name: look if len(alike) == 1 else plain(name) for look, alike in looks.items() for name in alike
    }


def _split_digits(name: str) -> tuple[str, str]:
    match = re.fullmatch(r"(.*?)([0-9₀-₉]*)", name)
    assert match, name
    return match[1], match[2].translate(_PLAIN_DIGITS)


def _latex_word(word: str) -> str:
    name = GREEK_NAMES.get(word, word)
    if name in GREEK:
        return name[0] if name in _LATIN_GREEK and word == name and len(name) == 1 else _latex_greek(name)
    return word if len(word) == 1 else rf"\mathrm{{{_escaped(word)}}}"


def _latex_greek(name: str) -> str:
    return rf"\mathrm{{{GREEK[name]}}}" if name in _LATIN_GREEK else "\\" + name


def _escaped(text: str) -> str:
    return re.sub(r"([_&%$#{}])", r"\\\1", text)
