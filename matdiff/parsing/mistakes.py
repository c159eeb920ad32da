"""What is wrong where a token does not go on with what stands before it."""

from __future__ import annotations

from collections.abc import Sequence

from matdiff.errors import NotYet, UnreadableText, shorten
from matdiff.parsing.lexer import Token
from matdiff.parsing.source import Source
from matdiff.parsing.syntax import Syntax

LONGEST_OFFER = 30


def missing(source: Source, tokens: Sequence[Token], end: int) -> UnreadableText:
    """The text ends where an operand is to come."""
    place = source.place(end, end + 1)
    last = tokens[-1].text if tokens else ""
    message = f"something is missing behind `{last}`" if last else "there is no expression"
    return UnreadableText(message, place, hint="" if last else "write one such as `x'*A*x`")


def no_operand(source: Source, token: Token, before: Sequence[Token]) -> UnreadableText:
    """The token is none that an operand begins with; `before` holds the one before it, if there is one."""
    place = source.place(token.start, token.end)
    if token.kind == "close" and before and before[0].kind == "open":
        return UnreadableText("there is nothing between the brackets", place)
    return UnreadableText(f"an operand is missing before `{token.text}`", place)


def no_operator(source: Source, token: Token, value: Syntax, is_index: bool) -> UnreadableText | NotYet:
    """The token does not stand behind an operand, in an index or elsewhere."""
    place = source.place(token.start, token.end)
    if token.kind in ("name", "number", "open", "string", "norm"):
        left, is_short = value.words(), value.end - value.start <= LONGEST_OFFER
        hint = f"write `{left}*{token.text}` for a product" if is_short and token.text.isalnum() else ""
        message = f"an operator is missing between `{shorten(left)}` and `{token.text}`"
        return UnreadableText(message, place, hint=hint or "write `*` between them")
    if token.text == ":" and is_index:
        return NotYet("entries are read by a number, a letter or `:`, not by a range", place)
    if token.text == ":":
        return UnreadableText("`:` stands in declarations only", place, hint="write them behind `where`")
    if token.text == ",":
        return UnreadableText("`,` parts the arguments of a function, and none is open", place)
    return UnreadableText(f"`{token.text}` does not belong here", place)
