"""Rules files: the lines of a file one by one, each with the declarations and names that hold for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from hashlib import blake2b
from itertools import takewhile
from typing import NamedTuple

from matdiff.errors import MatdiffError, Place, UnreadableText
from matdiff.limits import within
from matdiff.parsing.read import SETTINGS, Scope, Statement, extend, may_be_setting, read_statement

IDENTIFIED = re.compile(r"\[([\w.:/-]+)\]\s*(.*)")


class Rule(NamedTuple):
    """A statement with a claim in it, and the scope that it is read in; `text` is the line without the identifier."""

    path: str
    line: int
    text: str
    statement: Statement
    scope: Scope


class Misread(NamedTuple):
    """A line that is no rule, and why; line 0 stands for the file as a whole."""

    path: str
    line: int
    identifier: str
    text: str
    error: MatdiffError


Settings = tuple[tuple[int, str], ...]


class Context:
    """The settings above a place, `where` and `let` lines and such, from the first on, and the scope that they make.

    A context is the one `above` it and a line more, so that a thousand lines cost a thousand small objects.
    `digest` stands for the text of all of them.
    """

    __slots__ = ("above", "depth", "digest", "number", "scope", "text")

    def __init__(
        self, above: Context | None = None, number: int = 0, text: str = "", scope: Scope | None = None
    ) -> None:
        self.above, self.number, self.text = above, number, text
        self.scope = scope or Scope()
        self.depth, self.digest = 0, b""
        if above is not None:
            self.depth = above.depth + 1
            self.digest = blake2b(above.digest + text.encode(), digest_size=16).digest()

    def behind(self, number: int, text: str) -> Context:
        """The context behind a line: this one where the line is no setting. Raises where it cannot be read."""
        statement = read_statement(text, number, self.scope)
        if statement.kind not in SETTINGS:
            return self
        return Context(self, number, text, extend(self.scope, statement))

    def since(self, earlier: Context) -> Settings | None:
        """The lines that this context has more than an earlier one; None where it does not go on from there."""
        above = [*takewhile(lambda context: context.depth > earlier.depth, self._upwards())]
        root = above[-1].above if above else self
        return tuple((context.number, context.text) for context in reversed(above)) if root is earlier else None

    def lines(self) -> Settings:
        """Every line with its number."""
        return tuple((context.number, context.text) for context in reversed([*self._upwards()]) if context.above)

    def _upwards(self) -> Iterator[Context]:
        context: Context | None = self
        while context is not None:
            yield context
            context = context.above


def context_of(define: Iterable[str]) -> Context:
    """The context of a file before its first line: the functions that the user defined for all of them."""
    context = Context()
    for text in define:
        line = text if text.lstrip().startswith("define ") else f"define {text}"
        context = context.behind(0, line)
    return context


class RuleLine(NamedTuple):
    """A line that may be a rule, as text, with the context that it is read in."""

    path: str
    number: int
    text: str
    context: Context

    @property
    def place(self) -> Place:
        """All of the line."""
        return Place(self.text, self.number, 0, len(self.text))

    @property
    def identifier(self) -> str:
        """What stands in brackets before it."""
        return split_identifier(self.text)[0]


class Pending(NamedTuple):
    """That a stream has no line just now: it has something to read when `descriptor` has."""

    descriptor: int


Lines = Iterable[bytes | Pending]


def read_rules(path: str, lines: Lines) -> Iterator[Rule | Misread]:
    """The rules of a file in their order, read line by line.

    `where`, `let` and `structured` lines hold for the lines below them. A line that cannot be read is passed on with
    its error and the rest goes on. A file without a single rule is an error of its own.
    """
    for entry in rule_lines(path, lines):
        if not isinstance(entry, Pending):
            yield read_rule(entry) if isinstance(entry, RuleLine) else entry


def rule_lines(
    path: str, lines: Lines, seconds: float = 0.0, context: Context | None = None
) -> Iterator[RuleLine | Misread | Pending]:
    """The lines of a file that may be rules, unread but for settings, of which each may take so many seconds.

    `context` is what was said before the first line.
    """
    context = context or Context()
    is_empty = True
    number = 0
    for raw in lines:
        if isinstance(raw, Pending):
            yield raw
            continue
        number += 1
        try:
            text = decode_line(raw, number)
            if is_blank(text):
                continue
            line = RuleLine(path, number, text, context)
            behind = (
                within(seconds, line.place, partial(context.behind, number, text)) if may_be_setting(text) else context
            )
            if behind is not context:
                context = behind
                continue
        except MatdiffError as error:
            yield misread(path, number, raw.decode("utf-8", errors="replace"), error)
        else:
            yield line
        is_empty = False
    if is_empty:
        yield Misread(path, 0, "", "", UnreadableText("there is no rule in this file"))


def read_rule(line: RuleLine) -> Rule | Misread:
    """The rule on a line, or why there is none."""
    try:
        statement = read_statement(line.text, line.number, line.context.scope)
        require_claim(statement)
    except MatdiffError as error:
        return misread(line.path, line.number, line.text, error)
    text = line.text.strip().removeprefix(f"[{statement.identifier}]").lstrip()
    return Rule(line.path, line.number, text, statement, line.context.scope)


def misread(path: str, number: int, text: str, error: MatdiffError) -> Misread:
    """A line that is no rule."""
    return Misread(path, number, *split_identifier(text.strip()), error)


def split_identifier(text: str) -> tuple[str, str]:
    """What stands in brackets before a line that cannot be read, and the line without it."""
    found = IDENTIFIED.fullmatch(text.strip())
    return (found[1], found[2]) if found else ("", text)


def require_claim(statement: Statement) -> None:
    """Raise unless the statement says what its answer is."""
    if len(statement.sides) < 2:
        place = statement.sides[0].place() if statement.sides else None
        raise UnreadableText("a rule needs an answer", place, hint="write it behind an `=`")


def decode_line(raw: bytes, number: int) -> str:
    """The text of one line without its end; raises for bytes that are no UTF-8, with the place of the first."""
    try:
        return raw.decode("utf-8").strip("\ufeff\r\n")
    except UnicodeDecodeError as error:
        raise UnreadableText(
            f"line {number} is no UTF-8 text: byte {error.start + 1} is 0x{raw[error.start]:02x}",
            hint="save the text as UTF-8",
        ) from error


def is_blank(line: str) -> bool:
    """Whether there is nothing on the line but a comment."""
    text = line.strip()
    return not text or text.startswith("#")
