r"""LaTeX → tokens of the language, each with its place in the text, for the same parser.

Letters side by side are a product, `^\top` transposes, `\frac`, `\sqrt`, `\sum` and fonts mean what they show.
What has no meaning in the language is an error with its place. The words are in `latex_words.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from typing import NamedTuple, NoReturn

from matdiff.errors import UnreadableText, closest
from matdiff.functions import catalogue
from matdiff.parsing.latex_items import STRUCTURAL, Item, items_of
from matdiff.parsing.latex_words import (
    ACCENTS,
    BRACKETS,
    CLOSING,
    CONSTANTS,
    FONTS,
    FRACTIONS,
    INVERSE_TRANSPOSED,
    INVERTED,
    LETTERS,
    MATRICES,
    OPERATORS,
    PSEUDO_INVERTED,
    REFUSED,
    TRANSPOSED,
    TRANSPOSING,
)
from matdiff.parsing.lexer import Token
from matdiff.parsing.source import Source

_LIMITS = re.compile(r"([A-Za-z](?:,?[A-Za-z])*)(?:=1)?")
_TERMS = ("function", "sum")
FARTHEST = 300
_OPENING, _CLOSED = ("{", "(", "[", "lbrace", "langle"), ("}", ")", "]", "rbrace", "rangle")
_ENDS_OPERAND = frozenset({"name", "number", "postfix", "close", "norm", "bar"})
_SYMBOLS = {**LETTERS, "infty": "inf"}
_SPLIT = re.compile(r"[A-Za-z]|\d+")


class _Frame(NamedTuple):
    """What `item` opened: a `brace`, whose end puts down `after`, a `bracket`, `norm`, `bar`, `function` or `sum`."""

    kind: str
    item: Item
    after: tuple[tuple[str, str], ...] = ()
    pending: tuple[tuple[tuple[str, str], ...], ...] = ()
    indices: tuple[str, ...] = ()


def latex_tokens(source: Source, start: int, end: int, known: Container[str] = ()) -> list[Token]:
    """The tokens of the LaTeX between two offsets; words that are `known` names stay whole."""
    return _Reader(source, items_of(source.text, start, end), known).read()


class _Reader:
    def __init__(self, source: Source, items: list[Item], known: Container[str]) -> None:
        self.source, self.items, self.known = source, items, known
        self.tokens: list[Token] = []
        self.frames: list[_Frame] = []
        self.pending: tuple[tuple[tuple[str, str], ...], ...] = ()
        self.bound = {letter for position in range(len(items)) for letter in self.limits(position) or ()}
        self.next = 0
        self.makers: dict[str, Callable[[Item], None]] = {
            **dict.fromkeys(OPERATORS, lambda item: self.put("infix", OPERATORS[item.text], item)),
            **dict.fromkeys(BRACKETS, self.bracket),
            **dict.fromkeys(FRACTIONS, self.fraction),
            **dict.fromkeys((*FONTS, *ACCENTS), self.styled),
            **dict.fromkeys(("begin", "end"), self.matrix),
            "sqrt": self.root,
            "sum": self.total,
            "\\": self.part,
        }
        self.signs: dict[str, Callable[[Item], None]] = {
            **dict.fromkeys("{}", self.brace),
            **dict.fromkeys("()[]⟨⟩", self.bracket),
            "|": lambda item: self.bracket(item._replace(text="vert")),
            **dict.fromkeys("+-−", self.sign),
            **dict.fromkeys(",&", self.part),
            "^": self.raised,
            "_": self.subscript,
        }

    def read(self) -> list[Token]:
        while self.next < len(self.items):
            item = self.items[self.next]
            self.next += 1
            if self.pending and item.text != "{":
                self.fail(item, "`{` is missing here")
            match item.kind:
                case "command":
                    self.command(item)
                case "word":
                    self.word(item)
                case "number":
                    self.put("number", item.text, item)
                case "plain":
                    self.plain(item)
                case _:
                    self.character(item)
        if self.tokens:
            self.close_terms(self.tokens[-1].end)
        if self.frames:
            self.fail_open(self.frames[-1].item)
        if self.pending:
            self.fail(self.following(), "`{` is missing here")
        return self.tokens

    # what is put down

    def put(self, kind: str, text: str, item: Item | Token) -> None:
        self.tokens.append(Token(kind, text, item.start, item.end))

    def put_all(self, words: tuple[tuple[str, str], ...], item: Item) -> None:
        for kind, text in words:
            self.put(kind, text, item)

    def ends_operand(self) -> bool:
        if not self.tokens:
            return False
        kind = self.tokens[-1].kind
        is_opening = kind in ("norm", "bar") and bool(self.frames) and self.frames[-1].kind == kind
        return (self.tokens[-1].kind in _ENDS_OPERAND and not is_opening) or self.tokens[-1].text == "]"

    def close_terms(self, end: int, goes_on: bool = False) -> None:
        """End the functions and sums that reach up to here; no sum whose index stands further on, if it `goes_on`."""
        while self.frames and self.frames[-1].kind in _TERMS:
            if goes_on and self.stands_further_on(self.frames[-1].indices):
                return
            self.frames.pop()
            self.tokens.append(Token("close", ")", end, end))

    def stands_further_on(self, indices: tuple[str, ...]) -> bool:
        r"""Whether an index stands below in the terms to come before a `\sum` or the end of the bracket."""
        depth = 0
        for position, item in enumerate(self.items[self.next : self.next + FARTHEST] if indices else (), self.next):
            depth += (item.text in _OPENING) - (item.text in _CLOSED)
            if depth < 0 or (item.kind == "command" and item.text == "sum"):
                return False
            if item.kind == "character" and item.text == "_":
                below = self.items[position + 2 : position + 3]
                if any(letter in indices for inner in below for letter in inner.text):
                    return True
        return False

    # items

    def command(self, item: Item) -> None:
        name = item.text
        if name in self.makers:
            self.makers[name](item)
        elif name in LETTERS:
            self.name(LETTERS[name], item)
        elif name in TRANSPOSING:
            self.put("postfix", "'", item)
        elif name not in REFUSED and catalogue.find(name) is not None:
            self.function(name, item)
        else:
            self.fail_command(item)

    def fraction(self, item: Item) -> None:
        self.put_all((("open", "("), ("open", "(")), item)
        self.pending = ((("close", ")"), ("infix", "/"), ("open", "(")), (("close", ")"), ("close", ")")))

    def part(self, item: Item) -> None:
        """A comma, or what parts the entries and rows of a matrix."""
        self.close_terms(item.start)
        self.put("mark", {"&": ",", "\\": ";"}.get(item.text, item.text), item)

    def word(self, item: Item) -> None:
        if item.text in self.known:
            self.put("name", item.text, item)
        elif len(item.text) > 1 and self.following().text == "(" and catalogue.find(item.text) is not None:
            self.function(item.text, item)
        else:
            for offset, letter in enumerate(item.text, item.start):
                self.tokens.append(Token("name", letter, offset, offset + 1))

    def plain(self, item: Item) -> None:
        if item.text in (".+", ".-"):
            self.close_terms(item.start)
        kinds = {".T": "postfix", "||": "norm"}
        self.put(kinds.get(item.text, "infix"), "‖" if item.text == "||" else item.text, item)

    def character(self, item: Item) -> None:
        if item.text in self.signs:
            self.signs[item.text](item)
        elif item.text in "*/·@":
            self.put("infix", item.text, item)
        elif item.text == "'":
            self.put("postfix", item.text, item)
        elif item.text.isalpha():
            self.name(item.text, item)
        else:
            self.fail(item, f"`{item.text}` means nothing here")

    def sign(self, item: Item) -> None:
        if self.ends_operand():
            self.close_terms(item.start, goes_on=True)
        self.put("infix", item.text, item)

    def following(self) -> Item:
        end = len(self.source.text)
        return self.items[self.next] if self.next < len(self.items) else Item("end", "", end, end)

    # brackets and braces

    def bracket(self, item: Item) -> None:
        kind, text = BRACKETS[item.text]
        enclosing = next((frame.kind for frame in reversed(self.frames) if frame.kind not in _TERMS), "")
        if kind == "open" or (kind in ("norm", "bar") and enclosing != kind):
            self.frames.append(_Frame("bracket" if kind == "open" else kind, item))
        else:
            self.close_terms(item.start)
            if enclosing not in ("norm", "bar", "bracket"):
                self.fail(item, f"`{item.text}` closes nothing")
            self.frames.pop()
        self.put(kind, text, item)

    def brace(self, item: Item) -> None:
        if item.text == "{":
            after, self.pending = (self.pending[0], self.pending[1:]) if self.pending else ((), ())
            if not after:
                self.put("open", "(", item)
            self.frames.append(_Frame("brace", item, after or (("close", ")"),), self.pending))
            self.pending = ()
            return
        self.close_terms(item.start)
        if not self.frames:
            self.fail(item, "`}` closes nothing")
        if self.frames[-1].kind != "brace":
            self.fail_open(self.frames[-1].item)
        frame = self.frames.pop()
        self.put_all(frame.after, item)
        self.pending = frame.pending

    def group(self) -> tuple[Item, ...]:
        """What stands in the braces that come next, which are passed over."""
        first, opened = self.next + 1, [self.following()]
        while self.next < len(self.items):
            item = self.items[self.next]
            self.next += 1
            if item.kind == "character" and item.text == "{":
                opened.append(item)
            elif item.kind == "character" and item.text == "}":
                opened.pop()
                if len(opened) == 1:
                    return tuple(self.items[first : self.next - 1])
        return self.fail_open(opened[-1])

    def words_of(self, items: tuple[Item, ...]) -> str:
        """The items as plain letters and digits."""
        inner = [
            item for item in items if item.text not in "{}" and not (item.kind == "command" and item.text in FONTS)
        ]
        return "".join(_SYMBOLS.get(item.text, item.text) if item.kind == "command" else item.text for item in inner)

    # what stands raised, lowered and over one another

    def raised(self, item: Item) -> None:
        here = self.next
        words = self.words_of(self.group())
        whole = Item("raised", "", item.start, self.items[self.next - 1].end)
        for spellings, postfix in (
            (TRANSPOSED, "'"),
            (INVERTED, "⁻¹"),
            (INVERSE_TRANSPOSED, "⁻ᵀ"),
            (PSEUDO_INVERTED, "⁺"),
        ):
            if words in spellings:
                self.put("postfix", postfix, whole)
                return
        self.next = here
        self.put_all((("infix", "^"), ("open", "(")), item)
        self.pending = ((("close", ")"),),)

    def subscript(self, item: Item) -> None:
        inner = self.group()
        words = self.words_of(inner)
        end = self.items[self.next - 1].end
        before = self.tokens[-1] if self.tokens else None
        if before is not None and before.kind == "norm":
            self.tokens.append(Token("name", f"_{words}", before.end, end))
        elif before is None or before.kind != "name" or not words:
            self.fail(item, "a subscript stands behind a name")
        elif not self.bound.isdisjoint(words) and re.fullmatch(r"(?:[A-Za-z,]|\d)+", words):
            self.entry(words, item)
        elif before.text in CONSTANTS.values():
            self.sizes(words, item)
        else:
            joined = f"{before.text}{words}" if words.isdigit() else f"{before.text}_{words.replace(',', '_')}"
            self.tokens[-1] = Token("name", joined, before.start, end)

    def sizes(self, words: str, item: Item) -> None:
        r"""The size of a constant: `I_n`, `\mathbf{1}_{m \times n}`."""
        self.put("open", "(", item)
        for position, size in enumerate(re.split("times|,", words)):
            if position:
                self.put("mark", ",", item)
            self.put("number" if size.isdigit() else "name", size, item)
        self.put("close", ")", item)

    def entry(self, words: str, item: Item) -> None:
        """`x_i` and `A_{ij}` with an index that a sum binds."""
        self.put("mark", "[", item)
        for position, index in enumerate(_SPLIT.findall(words)):
            if position:
                self.put("mark", ",", item)
            self.put("number" if index.isdigit() else "name", index, item)
        self.put("mark", "]", item)

    def root(self, item: Item) -> None:
        if self.following().text != "[":
            self.put_all((("name", "sqrt"), ("open", "(")), item)
            self.pending = ((("close", ")"),),)
            return
        option = self.items[self.next + 1 : self.next + 3]
        if [part.kind for part in option[:1]] != ["number"] or [part.text for part in option[1:]] != ["]"]:
            self.fail(item, "the order of a root is a number")
        self.next += 3
        self.put_all((("open", "("), ("open", "(")), item)
        exponent = (("infix", "^"), ("open", "("), ("number", "1"), ("infix", "/"), ("number", option[0].text))
        self.pending = ((("close", ")"), *exponent, ("close", ")"), ("close", ")")),)

    def styled(self, item: Item) -> None:
        """A name in another font, or with an accent that is part of it."""
        words = self.words_of(self.group())
        whole = Item("word", words, item.start, self.items[self.next - 1].end)
        if item.text in ACCENTS:
            self.name(words + ACCENTS[item.text], whole)
        elif words in CONSTANTS:
            self.put("name", CONSTANTS[words], whole)
        elif words in TRANSPOSED and self.ends_operand() and self.tokens[-1].text == "^":
            self.put("postfix", "'", whole)
        elif len(words) > 1 and catalogue.find(words) is not None and words not in self.known:
            self.function(words, whole)
        elif FONTS[item.text] == "word" or words in LETTERS.values():
            self.name(words, whole)
        else:
            for letter in words:
                self.name(letter, whole)

    def name(self, text: str, item: Item) -> None:
        is_called = text == "sigma" and self.following().text == "("
        if not text.isidentifier():
            self.fail(item, f"`{text}` is no name")
        self.put("name", "sigmoid" if is_called else text, item)

    def function(self, name: str, item: Item) -> None:
        """A function with its argument in brackets, or else up to the end of the term."""
        if self.frames and self.frames[-1].kind == "function" and self.ends_operand():
            self.frames.pop()
            self.tokens.append(Token("close", ")", item.start, item.start))
        following = self.following()
        if following.text in ("^", "_") and following.kind == "character":
            if following.text == "_" and self.tokens_joined(name, item):
                return
            self.fail(following, f"`{name}` is followed by its argument", "write the power behind it: `(\\sin x)^2`")
        self.put("name", name, item)
        if following.kind == "character" and following.text == "{":
            self.put("open", "(", item)
            self.pending = ((("close", ")"),),)
        elif not (following.text in ("(", "[") or BRACKETS.get(following.text) == ("open", "(")):
            self.put("open", "(", item)
            self.frames.append(_Frame("function", item))

    def tokens_joined(self, name: str, item: Item) -> bool:
        r"""Whether the function has a subscript that is part of its name, as `\sigma_{\max}` has."""
        here = self.next
        self.next += 1
        joined = f"{name}_{self.words_of(self.group())}"
        if catalogue.find(joined) is None:
            self.next = here
            return False
        self.function(joined, item)
        return True

    # sums over indices, matrices

    def limits(self, position: int) -> tuple[str, ...] | None:
        r"""The indices that the `\sum` at this position binds; None where there is none, or it binds none."""
        sign, *lower = self.items[position : position + 2]
        if sign.kind != "command" or sign.text != "sum" or not lower or lower[0].text != "_":
            return None
        self.next = position + 2
        match = _LIMITS.fullmatch(self.words_of(self.group()))
        return tuple(_SPLIT.findall(match.group(1))) if match else None

    def total(self, item: Item) -> None:
        here = self.next
        indices = self.limits(here - 1)
        if not indices:
            self.next = here
            self.fail(
                item, "a sum is read over indices from 1", "write `\\sum_{i=1}^{n} x_i`, or `sum(x)` for all entries"
            )
        if self.following().text == "^":
            self.next += 1
            words = self.words_of(self.group())
            if not (len(words) == 1 and words.isalpha()):
                self.fail(item, f"a sum up to `{words}` is not read", "write a letter for the size")
        self.put_all((("name", "sum"), ("mark", "[")), item)
        for position, index in enumerate(indices):
            self.put_all(((("mark", ","),) if position else ()) + (("name", index),), item)
        self.put_all((("mark", "]"), ("open", "(")), item)
        self.frames.append(_Frame("sum", item, indices=indices))

    def matrix(self, item: Item) -> None:
        words = self.words_of(self.group())
        if words not in MATRICES:
            self.fail(item, f"`{words}` is no matrix")
        if item.text == "begin":
            self.put_all((("open", "("), ("mark", "[")), item)
            return
        self.close_terms(item.start)
        self.put_all((("mark", "]"), ("close", ")")), item)

    # what cannot be read

    def fail(self, item: Item, message: str, hint: str = "") -> NoReturn:
        end = max(item.end, item.start + 1)
        raise UnreadableText(message, self.source.place(item.start, end), hint=hint)

    def fail_open(self, item: Item) -> NoReturn:
        """Raise for a bracket that nothing closes; a brace that is not in the text waits for an argument."""
        if item.start == item.end:
            self.fail(self.following(), "something is missing here")
        text = self.source.text[item.start : item.end]
        closing = text.replace(item.text, CLOSING.get(item.text, item.text))
        self.fail(item, f"`{text}` is not closed", f"add `{closing}`")

    def fail_command(self, item: Item) -> NoReturn:
        hint = REFUSED.get(item.text, "")
        offers = () if hint else closest(item.text, (*STRUCTURAL, *LETTERS, *catalogue.names()))
        self.fail(item, f"`\\{item.text}` is not read", hint or (f"did you mean `\\{offers[0]}`?" if offers else ""))
