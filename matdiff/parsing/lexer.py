"""Text → tokens: names, numbers, operators in all spellings, brackets, each with its place."""

from __future__ import annotations

import re
from collections.abc import Container
from itertools import takewhile
from typing import NamedTuple

from matdiff.errors import TooLong, UnreadableText
from matdiff.functions import catalogue
from matdiff.parsing.source import Source
from matdiff.tree.precedence import INFIX, POSTFIXES

LONGEST_STATEMENT = 400_000
MOST_OPERANDS = 60_000
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
FUNCTION_LETTERS = frozenset([*"fghφϕψℓ", "phi", "psi", "ell"])
PRIMES = {"'": 1, "′": 1, "’": 1, "″": 2}
MOST_PRIMES = 4
SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹"
BOLD = {"𝟎": "zeros", "𝟏": "ones"}
VULGAR = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅙": "1/6", "⅛": "1/8"}
AXES = {"0": "cols", "1": "rows", "-1": "rows"}
_FRACTIONS = "".join(VULGAR)
_NOT_IN_NAMES = f"⁺⁻ᵀ{SUPERSCRIPT}𝟎𝟏{_FRACTIONS}"
_SUBSCRIPT = "₀-₉"
_RAISED = f"⁺⁻ᵀ{SUPERSCRIPT}"
_GREEK_LETTER, _LATIN_LETTER = "[Α-Ωα-ϖ]", "[A-Za-z]"
_MATHEMATICAL = re.compile(
    f"[{_RAISED}⊤·⋅⊙∘⊘⊗×∗‖⟨−÷√𝟎𝟏{_FRACTIONS}]|[{_SUBSCRIPT}]{_LATIN_LETTER}"
    f"|{_LATIN_LETTER}{_GREEK_LETTER}|{_GREEK_LETTER}[{_SUBSCRIPT}]*{_LATIN_LETTER}"
)


class Token(NamedTuple):
    """One word; `kind` is name, number, string, infix, postfix, raised, method, open, close, norm, bar or mark."""

    kind: str
    text: str
    start: int
    end: int


def _alternatives(spellings: list[str]) -> str:
    ordered = sorted(spellings, key=len, reverse=True)
    return "|".join(re.escape(word) + (r"(?!\w)" if word[-1] in "TI" else "") for word in ordered)


_NAME_TEXT = f"[^\\W\\d{_NOT_IN_NAMES}](?:[^\\W{_NOT_IN_NAMES}]|[\u0300-\u036f])*"
_NAME = re.compile(f"(?P<name>{_NAME_TEXT})")
_MODULES = r"np|numpy|jnp|jax|lax|torch|nn|tf|sp|sympy|scipy|math|cp|mx"
_FUNCTIONAL = "relu|elu|gelu|silu|sigmoid|logsigmoid|tanh|softplus|softmax|log_softmax|normalize|cosine_similarity"
_PASSED_OVER = rf"(?:{_MODULES})\.(?:[a-z]\w*\.)*(?=(?![TI]\b)[A-Za-z]\w*\s*\()|F\.(?=(?:{_FUNCTIONAL})\s*\()"
_TOKEN = re.compile(
    "|".join(
        (
            rf"(?P<module>{_PASSED_OVER})",
            r"(?P<axis>(?:axis|dim)\s*=\s*(?:0|-?1)(?!\w))",
            _NAME.pattern,
            r"(?P<space>\s+)",
            r"(?P<open>[({⟨<])",
            r"(?P<close>[)}⟩>])",
            r"(?P<bold>[𝟎𝟏])",
            rf"(?P<nabla>∇²?{_NAME_TEXT}(?=\())",
            r"(?P<prime>″)",
            f"(?P<vulgar>[{_FRACTIONS}])",
            r"(?P<number>\d+(?:\.\d+|\.(?![\w.*/^+\-−'@]))?(?:[eE][+-]?\d+(?!\w))?)",
            f"(?P<postfix>{_alternatives([s for s in POSTFIXES if s[0] not in _RAISED])})",
            f"(?P<raised>⁻?ᵀ|[⁺⁻]?[{SUPERSCRIPT}]+|⁺)",
            r"(?P<method>\.[a-z]\w*\s*\()",
            r"(?P<norm>‖|\|\||\\\|)",
            r"(?P<bar>\|)",
            r"(?P<command>\\[A-Za-z]{2,})",
            f"(?P<infix>{_alternatives(list(INFIX))}|√)",
            r"(?P<fraction>\.\d+(?:[eE][+-]?\d+(?!\w))?)",
            r'(?P<string>"[^"]*")',
            r"(?P<mark>==?|\.\.|[,;:\[\]])",
        )
    )
)
_NUMPY = {"dot": "matmul"}
_ARRAY_METHODS = frozenset({".sum(", ".mean(", ".dot(", ".pow(", ".std(", ".var("})
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


def has_commands(text: str) -> bool:
    """Whether `text` is LaTeX, or has a sum as books write it."""
    if "\\" not in text and "∑" not in text:
        return False
    from matdiff.parsing.latex_items import is_latex

    return is_latex(text)


def tokens_of(
    source: Source, start: int, end: int, known: Container[str] = (), is_textbook: bool = False
) -> list[Token]:
    """The tokens between two offsets; in text-book spelling a word that is not `known` falls into its letters.

    The module before a function (`np.linalg.`) is passed over; where one stands, `**` is entry-wise as in NumPy.
    """
    text = source.text
    if has_commands(text[start:end]):
        return _hold_length(source, _tokens_of_sides(source, start, end, known), start)
    splits = is_textbook or is_mathematical(text[start:end])
    tokens: list[Token] = []
    has_module = False
    position = start
    while position < end:
        match = _TOKEN.match(text, position, end)
        if match is not None and match.lastgroup == "module" and match.group().split(".")[0] in known:
            match = _NAME.match(text, position, end)
        if match is None or match.lastgroup == "command":
            raise _unreadable(source, position)
        kind, word, begin = str(match.lastgroup), match.group(), position
        position = match.end()
        if kind == "space":
            continue
        if kind == "module":
            has_module = True
            continue
        if word == "'" and not (tokens and (tokens[-1].kind in _ENDS_OPERAND or tokens[-1].text == "]")):
            position = _closing_quote(source, begin, end)
            kind, word = "string", text[begin:position]
        if kind == "name":
            tokens += _names(source, Token(kind, word, begin, position), tokens, splits, known)
        else:
            tokens.append(_respelled(source, Token(kind, word, begin, position), tokens))
    _hold_length(source, tokens, start)
    is_numpy = has_module or any(token.kind == "method" and token.text in _ARRAY_METHODS for token in tokens)
    return [_as_numpy(source, token) for token in tokens] if is_numpy else tokens


def _tokens_of_sides(source: Source, start: int, end: int, known: Container[str]) -> list[Token]:
    """The tokens of a line with LaTeX in it, of which one side of a `=` may be LaTeX and the other none."""
    from matdiff.parsing.latex import latex_tokens
    from matdiff.parsing.latex_items import seams

    tokens: list[Token] = []
    for seam in (*seams(source.text, start, end), Token("end", "", end, end)):
        is_latex = has_commands(source.text[start : seam.start])
        side = source, start, seam.start, known
        tokens += latex_tokens(*side) if is_latex else tokens_of(*side, is_textbook=True)
        start = seam.end
        if seam.text:
            tokens.append(seam)
    return tokens


def _hold_length(source: Source, tokens: list[Token], start: int) -> list[Token]:
    count = sum(token.kind in ("name", "number") for token in tokens)
    if count > MOST_OPERANDS:
        raise TooLong(source.place(start, start + 1), "the line has", count, "names and numbers", MOST_OPERANDS)
    return tokens


def _names(source: Source, token: Token, before: list[Token], splits: bool, known: Container[str]) -> list[Token]:
    """A name, or the letters that it is where letters side by side are a product."""
    if not token.text.isascii():
        _check_name(source, token.text, token.start, bool(before) and before[-1].kind == "norm")
    if not splits or _is_word(token.text, source.text, token.end, known):
        return [token]
    letters = _LETTER.finditer(token.text)
    return [Token("name", m.group(), token.start + m.start(), token.start + m.end()) for m in letters]


def _gradient_name(word: str) -> str:
    """`∇²f` as `hess_f`."""
    from matdiff.functions.unknown import BEFORE

    order = 2 if word[1] == "²" else 1
    return f"{BEFORE[order]}_{word[order:]}"


def is_letter(name: str) -> bool:
    """Whether a name is one letter, written or spelled out as `lambda` is."""
    return len(name) == 1 or name[0].lower() + name[1:] in GREEK


def applied(tokens: list[Token], known: Container[str], juxtaposes: bool) -> frozenset[str]:
    """The names that are functions: declared ones, and those behind which a bracket opens wherever they stand.

    Where letters side by side are a product, such a letter is a function only by custom.
    """
    primes = [(t.text, _primes_behind(tokens, k)) for k, t in enumerate(tokens) if t.kind == "name"]
    valued = {name for name, count in primes if count is None}
    called = {name for name, count in primes if count == 0 and name not in valued and name not in known}
    by_custom = {name for name in called if not juxtaposes or not is_letter(name) or name in FUNCTION_LETTERS}
    return frozenset(by_custom | {name for name, _ in primes if f"{name}(" in known})


def with_derivatives(tokens: list[Token], functions: Container[str]) -> list[Token]:
    """The tokens with `f′(` and `f''(` as the names of the derivatives of a function."""
    if not any(token.text in PRIMES for token in tokens):
        return tokens
    found: list[Token] = []
    primes: list[Token] = []
    for position, token in enumerate(tokens):
        if token in primes:
            continue
        order = _primes_behind(tokens, position) if token.kind == "name" and token.text in functions else 0
        following = tokens[position + 1 : position + 1 + MOST_PRIMES] if order else []
        primes = list(takewhile(lambda prime: prime.text in PRIMES, following))
        found.append(_derivative_name(token, order, primes[-1].end) if order else token)
    return found


def _derivative_name(token: Token, order: int, end: int) -> Token:
    from matdiff.functions.unknown import BEHIND

    return Token("name", f"{token.text}_{BEHIND[order]}", token.start, end)


def _primes_behind(tokens: list[Token], position: int) -> int | None:
    """How many primes stand between a name and a bracket right behind it, at most four; None where there is none."""
    end = tokens[position].end
    order = 0
    for token in tokens[position + 1 : position + 6]:
        if token.text == "(" and token.start == end and order <= MOST_PRIMES:
            return order
        if token.text not in PRIMES or token.start != end:
            return None
        order += PRIMES[token.text]
        end = token.end
    return None


def _respelled(source: Source, token: Token, before: list[Token]) -> Token:
    """A token in another spelling as the token that it means."""
    kind, word, start, end = token
    if kind == "fraction":
        return token._replace(kind="number")
    if kind == "nabla":
        return Token("name", _gradient_name(word), start, end)
    if kind == "bold":
        return Token("name", BOLD[word], start, end)
    if kind == "axis":
        return Token("name", AXES[word.partition("=")[2].strip()], start, end)
    if kind == "vulgar":
        if before and before[-1].kind == "number" and before[-1].end == start:
            whole = source.place(before[-1].start, end)
            raise UnreadableText(
                f"`{whole.excerpt()}` may be a sum or a product",
                whole,
                hint=f"write `({before[-1].text} + {VULGAR[word]})` or `{before[-1].text}*{VULGAR[word]}`",
            )
        return Token("number", VULGAR[word], start, end)
    return token


def _as_numpy(source: Source, token: Token) -> Token:
    """A token of a line that names a module: powers are entry-wise there, and `dot` is the matrix product."""
    if token.text == "**":
        return token._replace(text=".**")
    if token.kind == "name" and source.text[token.start - 1 : token.start] == ".":
        if token.text == "inner":
            place = source.place(token.start, token.end)
            raise UnreadableText("`inner` of NumPy is another product for matrices", place, hint="write `x.T @ y`")
        return token._replace(text=_NUMPY.get(token.text, token.text))
    return token


def _check_name(source: Source, word: str, start: int, is_order: bool) -> None:
    """Raise where a name has a character such as `½`; the order of a norm is a subscript alone."""
    for position, character in enumerate(word):
        is_subscript = "₀" <= character <= "₉" and (position > 0 or is_order)
        is_accent = "\u0300" <= character <= "\u036f"
        if not (character.isalpha() or character.isdecimal() or character == "_" or is_subscript or is_accent):
            raise _unreadable(source, start + position)


def _is_word(word: str, text: str, after: int, known: Container[str]) -> bool:
    if len(word) == 1 or "_" in word or word in known or word in WORDS or is_letter(word.rstrip("0123456789")):
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
    "$": "leave the dollar signs out",
    "\\": "write `A \\ b`, with a blank, or `inv(A)*b` for the solution of a linear system",
    "!": "the logarithm of a factorial is `lgamma(x + 1)`",
    "%": "comments begin with `#`",
    ".": "the operators with a dot are `.*` `./` `.^` `.+` `.-` `.T` `.I`",
}
