"""Declarations: `A: n x n spd; x, y: n; t: scalar` → records."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple, NoReturn

from matdiff.errors import BadDeclaration, Place, closest
from matdiff.functions import catalogue
from matdiff.parsing.source import Source
from matdiff.tree.dims import Dim, add, is_whole, multiply, names_of, scale, symbol
from matdiff.tree.properties import DECLARED, SQUARE_ONLY

KINDS = ("scalar", "vector", "matrix")
FUNCTION_KINDS = ("elementwise", "function")
SAME_KIND = {"entrywise": "elementwise"}
ARROWS = ("->", "→")
SPACES = ("R", "ℝ")
LARGEST_SIZE = 10**9
MOST_DIGITS = 12
LONGEST_SHAPE = 60
MOST_AXES = 2


class Declaration(NamedTuple):
    """What the user said of one name. `kind` is scalar, vector or matrix where it stands for a shape, else empty.

    `rows` and `columns` are both there or both missing; `more` are the further axes of a tensor. Of a function they are
    the shape of the value, and `domain` has the shape of each argument, where that is said.
    """

    name: str
    kind: str
    rows: Dim | None
    columns: Dim | None
    properties: tuple[str, ...]
    place: Place
    more: tuple[Dim, ...] = ()
    domain: tuple[tuple[Dim, ...], ...] = ()

    @property
    def is_function(self) -> bool:
        """Whether the name stands for an unknown function: `kind` is `elementwise` or `function` then."""
        return self.kind in FUNCTION_KINDS

    def sizes(self) -> frozenset[str]:
        """The sizes that it names."""
        sizes = (self.rows, self.columns, *self.more, *(size for axes in self.domain for size in axes))
        return frozenset(name for size in sizes if size is not None for name in names_of(size))


def declarations_of(where: str | Mapping[str, str]) -> tuple[Declaration, ...]:
    """The declarations in a text of one or more lines, or in a mapping `{"A": "n x n spd"}`."""
    if isinstance(where, Mapping):
        where = "\n".join(f"{name}: {shape}" for name, shape in where.items())
    found: list[Declaration] = []
    for number, text in enumerate(where.split("\n"), 1):
        found += read(Source(text, number), 0, len(text), found)
    return tuple(found)


def words_of(declarations: Iterable[Declaration]) -> frozenset[str]:
    """The names that are declared; a function `f` is there as `f(` as well."""
    found = tuple(declarations)
    return frozenset(d.name for d in found) | {f"{d.name}(" for d in found if d.is_function}


def read(source: Source, start: int, end: int, before: list[Declaration] | None = None) -> list[Declaration]:
    """The declarations between two offsets; `before` are those that they must not contradict."""
    found: list[Declaration] = []
    for first, last in _stretches(source.text, start, end):
        found += _Reader(source, first, last).declarations()
    known = {declaration.name: declaration for declaration in before or ()}
    for declaration in found:
        other = known.setdefault(declaration.name, declaration)
        if other is not declaration and _facts(other) != _facts(declaration):
            earlier, later = other.place.excerpt(), declaration.place.excerpt()
            message = f"`{declaration.name}` is declared twice: `{earlier}` and `{later}`"
            raise BadDeclaration(message, declaration.place)
    return found


def _facts(declaration: Declaration) -> tuple[object, ...]:
    return declaration._replace(name="", place=Place("", 0, 0, 0))


_NEXT = re.compile(r"[;\n]|,(?=\s*[^\W\d]\w*\s*:)")
_TOKEN = re.compile(r"\s+|\d+(?=\s*[x×]\s*[\w(])|[^\W\d]\w*|\d+|×|->|→|[:,+\-*/()^{}]")


def _stretches(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Each declaration's stretch; a comma before a name with a colon begins another, except within `x, y: n`."""
    cuts = [start - 1]
    for match in _NEXT.finditer(text, start, end):
        if match.group() != "," or ":" in text[cuts[-1] + 1 : match.start()]:
            cuts.append(match.start())
    return [(a + 1, b) for a, b in pairwise([*cuts, end]) if text[a + 1 : b].strip()]


class _Reader:
    """Reads one declaration, `names : shape properties`, by descent that is one level deep."""

    def __init__(self, source: Source, start: int, end: int) -> None:
        text = source.text
        self.source = source
        self.start = start + len(text[start:end]) - len(text[start:end].lstrip())
        self.end = start + len(text[start:end].rstrip())
        self.words: list[tuple[str, int, int]] = []
        self.next = 0
        self.split()

    def split(self) -> None:
        position = self.start
        while position < self.end:
            match = _TOKEN.match(self.source.text, position, self.end)
            if match is None:
                self.fail(f"`{self.source.text[position]}` means nothing in a declaration", position, position + 1)
            position = match.end()
            if match.group().strip():
                self.words += self.pieces(match)

    def pieces(self, match: re.Match[str]) -> list[tuple[str, int, int]]:
        """One word; of `3x4` and `3 xn` the `x` stands apart."""
        word, start, end = match.group(), match.start(), match.end()
        if self.words and self.words[-1][0].isdigit() and self.words[-1][2] == start and word[0] == "x" and word != "x":
            return [("x", start, start + 1), (word[1:], start + 1, end)]
        return [(word, start, end)]

    def fail(self, message: str, start: int = -1, end: int = -1, hint: str = "") -> NoReturn:
        start, end = (self.start, self.end) if start < 0 else (start, end)
        raise BadDeclaration(
            message, self.source.place(start, end), hint=hint or "write `A: n x n spd; x: n; t: scalar`"
        )

    def peek(self, offset: int = 0) -> str:
        position = self.next + offset
        return self.words[position][0] if position < len(self.words) else ""

    def fail_here(self, message: str, hint: str = "") -> NoReturn:
        _, start, end = self.words[self.next] if self.next < len(self.words) else ("", self.end, self.end + 1)
        self.fail(message, start, end, hint)

    def declarations(self) -> list[Declaration]:
        names = self.names()
        if any(word in (*ARROWS, *FUNCTION_KINDS, *SAME_KIND) for word, _, _ in self.words[self.next :]):
            return [self.function(name) for name in names]
        kind, sizes = self.shape()
        rows, columns = (sizes[0], sizes[1]) if sizes else (None, None)
        properties = self.properties()
        place = self.source.place(self.start, self.end)
        self.check_square(kind, sizes, properties)
        return [Declaration(name, kind, rows, columns, properties, place, sizes[2:]) for name in names]

    def function(self, name: str) -> Declaration:
        """An unknown function: `elementwise`, `function`, or from where to where, as in `R^n x R^m -> R`."""
        first, place = self.next, self.source.place(self.start, self.end)
        self.hold_free(name)
        kind = SAME_KIND.get(self.peek(), self.peek())
        found = Declaration(name, kind, None, None, (), place)
        if kind in FUNCTION_KINDS:
            self.next += 1
        else:
            domain = self.spaces()
            if self.peek() not in ARROWS:
                self.fail_here("`->` is missing", "write `f: R^n -> R^m`")
            self.next += 1
            rows, columns = (*self.space(), 1, 1)[:2]
            found = found._replace(kind="function", rows=rows, columns=columns, domain=domain)
        if self.peek():
            self.fail_here(f"`{self.peek()}` says nothing of a function", "write `f: elementwise` or `f: R^n -> R^m`")
        self.next = first
        return found

    def hold_free(self, name: str) -> None:
        if catalogue.find(name) is not None:
            self.fail(f"`{name}` is a known function", hint=f"give the unknown one another name, such as `{name}0`")

    def spaces(self) -> tuple[tuple[Dim, ...], ...]:
        """The shapes of the arguments; as powers of R they are parted by `x` or a comma."""
        found = [self.space()]
        while self.peek() in ("x", "×", ","):
            self.next += 1
            found.append(self.space())
        return tuple((*shape, 1, 1)[:2] for shape in found)

    def space(self) -> tuple[Dim, ...]:
        """The shape of one argument or of the value: `R^n`, `R^(n x m)`, `ℝⁿˣᵐ`, `R`, or as of a variable."""
        word = self.peek()
        if word == "scalar":
            self.next += 1
            return ()
        if word[:1] != "ℝ" and (word not in SPACES or self.peek(1) not in ("", "^", "x", "×", ",", *ARROWS)):
            return self.product_of_axes()
        self.next += 1
        if len(word) > 1:
            return tuple(map(self.size_called, unicodedata.normalize("NFKC", word[1:]).split("x")))
        if self.peek() != "^":
            return ()
        self.next += 1
        closing = {"(": ")", "{": "}"}.get(self.peek(), "")
        if not closing:
            return (self.single_size(is_bracketed=False),)
        self.next += 1
        shape = self.product_of_axes()
        if self.peek() != closing:
            self.fail_here(f"`{closing}` is missing")
        self.next += 1
        return shape

    def product_of_axes(self) -> tuple[Dim, ...]:
        """Sizes with `x` between them."""
        sizes = [self.size()]
        while self.peek() in ("x", "×"):
            self.next += 1
            sizes.append(self.size())
        if len(sizes) > MOST_AXES:
            self.fail_here("an unknown function is of scalars, vectors and matrices")
        return tuple(sizes)

    def names(self) -> list[str]:
        found: list[str] = []
        while True:
            name = self.peek()
            if not _is_name(name):
                self.fail_here("a declaration begins with a name")
            found.append(name)
            self.next += 1
            if self.peek() == ":":
                self.next += 1
                return found
            if self.peek() != ",":
                self.fail_here(f"`:` is missing behind `{name}`")
            self.next += 1

    def shape(self) -> tuple[str, tuple[Dim, ...]]:
        """The kind where it stands for a shape, and the sizes: none, or two and more."""
        word = self.peek()
        if len(self.words) - self.next > LONGEST_SHAPE:
            self.fail_here("this shape is too long")
        if not word:
            self.fail_here("the shape is missing", "a shape is `n x m`, `n` or `scalar`")
        if word in KINDS or word in DECLARED:
            kind = self.kind()
            return (kind, (1, 1)) if kind == "scalar" else (kind, ())
        opened = word == "(" and self.source.text[self.end - 1] == ")" and self.is_tuple()
        self.next += opened
        sizes = [self.size()]
        while self.peek() in ("x", "×", ","):
            self.next += 1
            if not (opened and self.peek() == ")"):
                sizes.append(self.size())
        self.next += opened
        return "", (*sizes, 1)[:2] if len(sizes) < 2 else tuple(sizes)

    def kind(self) -> str:
        """The word for a shape, which may stand behind properties; a whole number is a scalar."""
        words = [word for word, _, _ in self.words[self.next :]]
        found = next((word for word in words if word in KINDS), "")
        if found:
            del self.words[self.next + words.index(found)]
        return found or ("scalar" if "integer" in words else "")

    def is_tuple(self) -> bool:
        """Whether the bracket here is around the whole shape, as in `(n, m)`."""
        return any(word == "," for word, _, _ in self.words[self.next :])

    def properties(self) -> tuple[str, ...]:
        found = []
        while self.peek():
            word = self.peek()
            if word not in DECLARED:
                offers = closest(word, DECLARED)
                meant = f"did you mean `{offers[0]}`?" if offers else "properties are " + " ".join(DECLARED)
                if word == "by":
                    declared = self.source.text[self.start : self.end].replace(" by ", " x ")
                    meant = f"did you mean `{declared}`?"
                self.fail_here(f"no property is called `{word}`", meant)
            found.append(word)
            self.next += 1
        return tuple(sorted(set(found)))

    def size(self) -> Dim:
        """`n`, `3`, `m*p`, `2*n + 1`, `(n+1)*m`, with at most one level of brackets."""
        first = self.next
        size = self.sum_of_sizes(is_bracketed=False)
        if isinstance(size, int) and not 1 <= size <= LARGEST_SIZE:
            _, start, _ = self.words[first]
            self.fail(f"`{size}` is no size", start, self.words[self.next - 1][2])
        return size

    def sum_of_sizes(self, is_bracketed: bool) -> Dim:
        total = self.product_of_sizes(is_bracketed)
        while self.peek() in ("+", "-"):
            sign = 1 if self.peek() == "+" else -1
            self.next += 1
            total = add(total, scale(self.product_of_sizes(is_bracketed), Fraction(sign)))
        return total

    def product_of_sizes(self, is_bracketed: bool) -> Dim:
        total = self.single_size(is_bracketed)
        first = self.next
        while self.peek() in ("*", "/"):
            is_times = self.peek() == "*"
            self.next += 1
            factor = self.single_size(is_bracketed)
            total = multiply(total, factor) if is_times else self.quotient(total, factor, first)
        return total

    def quotient(self, size: Dim, divisor: Dim, first: int) -> Dim:
        """A size over a number, where that is a whole number."""
        start, end = self.words[first][1], self.words[self.next - 1][2]
        found = scale(size, Fraction(1, divisor)) if isinstance(divisor, int) and divisor else None
        if found is None or not is_whole(found):
            self.fail(
                "this is no whole number for every size", start, end, "a size is `n`, `3`, `m*p` or `n*(n + 1)/2`"
            )
        return found

    def single_size(self, is_bracketed: bool) -> Dim:
        word = self.peek()
        if word == "(" and not is_bracketed:
            self.next += 1
            size = self.sum_of_sizes(is_bracketed=True)
            if self.peek() != ")":
                self.fail_here("`)` is missing")
            self.next += 1
            return size
        if not (word.isdecimal() or _is_name(word)):
            self.fail_here(
                f"a size is missing before `{word}`" if word else "a size is missing", "a size is `n`, `3` or `m*p`"
            )
        size = self.size_called(word)
        self.next += 1
        return size

    def size_called(self, word: str) -> Dim:
        """The size that a number or a name stands for."""
        if word.isdecimal() and len(word) > MOST_DIGITS:
            self.fail_here("this size is too large")
        return int(word) if word.isdecimal() else symbol(word)

    def check_square(self, kind: str, sizes: tuple[Dim, ...], properties: tuple[str, ...]) -> None:
        square = [word for word in properties if word in SQUARE_ONLY]
        is_square = (len(sizes) == 2 and sizes[0] == sizes[1]) or not sizes
        if square and (kind == "vector" or not is_square):
            self.fail(f"what is `{square[0]}` is square, and this is not", hint="write it as `n x n`")


def _is_name(word: str) -> bool:
    return bool(word) and (word[0].isalpha() or word[0] == "_") and word != "×"
