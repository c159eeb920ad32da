"""Text → tokens: names, numbers, operators in all spellings, brackets, each with its place."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import NamedTuple

from matdiff.errors import TooLong, UnreadableText
from matdiff.functions import catalogue
from matdiff.parsing.source import Source
from matdiff.tree.precedence import INFIX, POSTFIXES

LONGEST_STATEMENT = 400_000
GREEK = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "omicron",
        "pi",
        "rho",
        "sigma",
        "tau",
        "upsilon",
        "phi",
        "chi",
        "psi",
        "omega",
    ]
)
WORDS = frozenset({"wrt", "where", "ones", "zeros", "vector", "matrix", "rows", "cols", "size", "einsum", "eye"})
SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹"
BOLD = {"𝟎": "zeros", "𝟏": "ones"}
_NOT_IN_NAMES = f"⁺⁻ᵀ{SUPERSCRIPT}𝟎𝟏"
_SUBSCRIPT = "₀-₉"
_RAISED = f"⁺⁻ᵀ{SUPERSCRIPT}"
_GREEK_LETTER, _LATIN_LETTER = "[Α-Ωα-ϖ]", "[A-Za-z]"
_MATHEMATICAL = re.compile(
    f"[{_RAISED}⊤·⋅⊙∘⊘⊗×∗‖−÷√𝟎𝟏]|[{_SUBSCRIPT}]{_LATIN_LETTER}"
    f"|{_LATIN_LETTER}{_GREEK_LETTER}|{_GREEK_LETTER}[{_SUBSCRIPT}]*{_LATIN_LETTER}"
)


class Token(NamedTuple):
    """One word of the text; `kind` is name, number, string, infix, postfix, raised, open, close, norm or mark."""

    kind: str
    text: str
    start: int
    end: int


def _alternatives(spellings: list[str]) -> str:
    ordered = sorted(spellings, key=len, reverse=True)
    return "|".join(re.escape(word) + (r"(?!\w)" if word[-1] in "TI" else "") for word in ordered)


_TOKEN = re.compile(
    "|".join(
        (
            f"(?P<name>[^\\W\\d{_NOT_IN_NAMES}](?:[^\\W{_NOT_IN_NAMES}]|[\u0300-\u036f])*)",
            r"(?P<space>\s+)",
            r"(?P<open>[({])",
            r"(?P<close>[)}])",
            r"(?P<bold>[𝟎𝟏])",
            r"(?P<number>\d+(?:\.\d+|\.(?![\w.*/^+\-−'@]))?(?:[eE][+-]?\d+(?!\w))?)",
            f"(?P<postfix>{_alternatives([s for s in POSTFIXES if s[0] not in _RAISED])})",
            f"(?P<raised>⁻?ᵀ|[⁺⁻]?[{SUPERSCRIPT}]+)",
            r"(?P<norm>‖|\|\|)",
            f"(?P<infix>{_alternatives(list(INFIX))}|√)",
            r"(?P<fraction>\.\d+(?:[eE][+-]?\d+(?!\w))?)",
            r'(?P<string>"[^"]*")',
            r"(?P<mark>==?|[,;:\[\]])",
        )
    )
)
_LETTER = re.compile(f"[^\\W\\d_](?:[\\d{_SUBSCRIPT}]|[\u0300-\u036f])*")
_ENDS_OPERAND = frozenset({"name", "number", "string", "postfix", "raised", "close", "norm"})


def check_length(source: Source) -> None:
    """Raise where the line is longer than any statement may be."""
    if len(source.text) > LONGEST_STATEMENT:
        place = source.place(LONGEST_STATEMENT, LONGEST_STATEMENT + 1)
        raise TooLong(place, "the line has", len(source.text), "characters", LONGEST_STATEMENT)


def is_mathematical(text: str) -> bool:
    """Whether `text` has text-book characters such as `ᵀ` or `·`, so that letters side by side are a product."""
    return not text.isascii() and _MATHEMATICAL.search(text) is not None


def tokens_of(source: Source, start: int, end: int, known: Container[str] = ()) -> list[Token]:
    """The tokens between two offsets; in text-book spelling a word that is not `known` falls into its letters."""
    text = source.text
    splits = is_mathematical(text[start:end])
    tokens: list[Token] = []
    position = start
    while position < end:
        match = _TOKEN.match(text, position, end)
        if match is None:
            raise _unreadable(source, position)
        kind, word, begin = str(match.lastgroup), match.group(), position
        position = match.end()
        if kind == "space":
            continue
        if word == "'" and not (tokens and tokens[-1].kind in _ENDS_OPERAND):
            position = _closing_quote(source, begin, end)
            kind, word = "string", text[begin:position]
        if kind == "fraction":
            kind = "number"
        if kind == "bold":
            tokens.append(Token("name", BOLD[word], begin, position))
            continue
        if kind == "name" and not word.isascii():
            _check_name(source, word, begin, bool(tokens) and tokens[-1].kind == "norm")
        if kind == "name" and splits and not _is_word(word, text, position, known):
            tokens.extend(Token("name", m.group(), begin + m.start(), begin + m.end()) for m in _LETTER.finditer(word))
        else:
            tokens.append(Token(kind, word, begin, position))
    return tokens


def _check_name(source: Source, word: str, start: int, is_order: bool) -> None:
    """Raise where a name has a character such as `½`; the order of a norm is a subscript alone."""
    for position, character in enumerate(word):
        is_subscript = "₀" <= character <= "₉" and (position > 0 or is_order)
        is_accent = "\u0300" <= character <= "\u036f"
        if not (character.isalpha() or character.isdecimal() or character == "_" or is_subscript or is_accent):
            raise _unreadable(source, start + position)


def _is_word(word: str, text: str, after: int, known: Container[str]) -> bool:
    if len(word) == 1 or "_" in word or word in known or word in WORDS or word.rstrip("0123456789") in GREEK:
        return True
    is_called = text[after : after + 1] == "(" and word.islower()
    return is_called or catalogue.find(word) is not None or not _LETTER.match(word)


def _closing_quote(source: Source, start: int, end: int) -> int:
    closing = source.text.find("'", start + 1, end)
    if closing < 0:
        raise UnreadableText(
            "`'` transposes what stands before it, and nothing does",
            source.place(start, start + 1),
            hint="write `x'` or `x.T`",
        )
    return closing + 1


def _unreadable(source: Source, position: int) -> UnreadableText:
    character = source.text[position]
    place = source.place(position, position + 1)
    if character == '"':
        return UnreadableText('`"` opens a text that is not closed', place)
    if character.isprintable():
        return UnreadableText(f"`{character}` means nothing here", place, hint=_HINTS.get(character, ""))
    return UnreadableText(f"character U+{ord(character):04X} does not belong into an expression", place)


_HINTS = {
    "|": "write `abs(x)` for entries, `det(A)` for a determinant, `norm2(x)` for a length",
    "∑": "write `sum(x)`",
    "$": "leave the dollar signs out",
    "\\": "write `inv(A)*b` for the solution of a linear system",
    "!": "the logarithm of a factorial is `lgamma(x + 1)`",
    "½": "write `1/2`",
    "%": "comments begin with `#`",
    ".": "the operators with a dot are `.*` `./` `.^` `.+` `.-` `.T` `.I`",
}
