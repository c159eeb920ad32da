"""The title of an expression: `f(x) = x'*A*x` says what its value is called and what it depends on."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import NamedTuple

from matdiff.functions import catalogue

_NAME = r"(?:\\(?:math\w+|bm|boldsymbol)\s*\{\s*\w+\s*\}|\\?[^\W\d]\w*(?:\s*_\s*\{\s*\w+\s*\})?)"
_TITLE = re.compile(rf"({_NAME})\s*(?:\(([^()=]*)\))?\s*=(?![=])\s*(?=\S)")
_WORD = re.compile(r"[^\W\d]\w*")
_PLAIN_NAME = re.compile(r"\s*([^\W\d]\w*)\s*")


class Title(NamedTuple):
    """What stands before an expression: its arguments where all are plain names, and where it ends."""

    names: tuple[str, ...]
    end: int


def title_of(text: str, start: int, known: Container[str]) -> Title | None:
    """The title that begins at `start`, or None where the text does not begin with one.

    A name that is `known`, that of a function of the language, and one that occurs behind the sign is no title: what
    begins with it is an equation.
    """
    match = _TITLE.match(text, start)
    if match is None:
        return None
    name = _WORD.findall(match.group(1))[-1]
    if name in known or catalogue.find(name) or re.search(rf"(?<!\w){name}(?!\w)", text[match.end() :]):
        return None
    arguments = [_PLAIN_NAME.fullmatch(part) for part in (match.group(2) or "").split(",")]
    names = tuple(argument.group(1) for argument in arguments if argument)
    return Title(names if len(names) == len(arguments) else (), match.end())
