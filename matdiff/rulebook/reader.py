"""Rules files: the statements of a file one by one, each with the declarations and names that hold for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from matdiff.errors import MatdiffError, UnreadableText
from matdiff.parsing.read import SETTINGS, Scope, Statement, extend, read_statement

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


def read_rules(path: str, lines: Iterable[bytes]) -> Iterator[Rule | Misread]:
    """The rules of a file in their order, read line by line.

    `where`, `let` and `structured` lines hold for the lines below them. A line that cannot be read is passed on with
    its error and the rest goes on. A file without a single rule is an error of its own.
    """
    scope = Scope()
    is_empty = True
    for number, raw in enumerate(lines, start=1):
        text = raw.decode("utf-8", errors="replace").strip()
        try:
            line = decode_line(raw, number)
            if is_blank(line):
                continue
            statement = read_statement(line, number, scope)
            if statement.kind in SETTINGS:
                scope = extend(scope, statement)
                continue
            require_claim(statement)
        except MatdiffError as error:
            yield Misread(path, number, *split_identifier(text), error)
        else:
            yield Rule(path, number, text.removeprefix(f"[{statement.identifier}]").lstrip(), statement, scope)
        is_empty = False
    if is_empty:
        yield Misread(path, 0, "", "", UnreadableText("there is no rule in this file"))


def split_identifier(text: str) -> tuple[str, str]:
    """What stands in brackets before a line that cannot be read, and the line without it."""
    found = IDENTIFIED.fullmatch(text)
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
