r"""The text of LaTeX as commands, words, numbers and characters, with braces round every argument."""

from __future__ import annotations

import re
from typing import NamedTuple

from matdiff.parsing.latex_words import (
    ACCENTS,
    BRACKETS,
    FONTS,
    FRACTIONS,
    LOWERED,
    OPERATORS,
    PASSED_OVER,
    RAISED,
    UNICODE,
)
from matdiff.parsing.lexer import VULGAR, Token

_ITEM = re.compile(
    r"(?P<space>\s+|~)|\\(?P<command>[A-Za-z]+|.)|(?P<word>[A-Za-z]+)|(?P<number>\d+(?:\.\d+)?|\.\d+)"
    rf"|(?P<raised>[{''.join(RAISED)}]+)|(?P<lowered>[{''.join(LOWERED)}]+)|(?P<vulgar>[{''.join(VULGAR)}])"
    r"|(?P<plain>\.T(?!\w)|\.[*/^+-]|\*\*|\|\|)|(?P<character>.)",
    re.DOTALL,
)
_SEAM = re.compile(r"[{(\[]|[})\]]|==?|(?P<clause>(?<=\s)(?:wrt|structured)(?=\s+[^\W\d]))|\b(?:wrt|structured)\b")
STRUCTURAL = frozenset(
    {*OPERATORS, *BRACKETS, *FONTS, *ACCENTS, *FRACTIONS, "sqrt", "sum", "top", "dagger", "begin", "left"}
)


class Item(NamedTuple):
    """A command (without its backslash), word, number or character of the text."""

    kind: str
    text: str
    start: int
    end: int


def is_latex(text: str) -> bool:
    r"""Whether a command, norm or sum occurs; `A\beta` alone may be the solution of a system, and is no LaTeX."""
    if "∑" in text:
        return True
    found = re.finditer(r"(?<![\w)\]'])\\[A-Za-z]{2,}|\\([A-Za-z]{2,})|\\\||_\{", text)
    return any(match.group(1) in STRUCTURAL or not match.group(1) for match in found)


def seams(text: str, start: int, end: int) -> list[Token]:
    """The equal signs and words of clauses that stand outside of braces and brackets.

    A word of a clause between blanks begins one in brackets as well, which somebody forgot to close.
    """
    found, depth = [], 0
    for match in _SEAM.finditer(text, start, end):
        word = match.group()
        if word[0] in "{([])}":
            depth += 1 if word in "{([" else -1
        elif not depth or match.lastgroup == "clause":
            depth = 0
            found.append(Token("mark" if word[0] == "=" else "name", word, match.start(), match.end()))
    return found


def items_of(text: str, start: int, end: int) -> list[Item]:
    """The items between two offsets, without blanks, with braces round every argument."""
    found = (m for m in _ITEM.finditer(text, start, end) if m.lastgroup != "space")
    items = [Item(str(m.lastgroup), m.group(str(m.lastgroup)), m.start(), m.end()) for m in found]
    items = [plain for item in items for plain in _plain(item)]
    return _braced([item for item in items if item.text != "$" and not _is_passed_over(item)])


def _plain(item: Item) -> list[Item]:
    """The items that LaTeX has for characters such as `²`, `ᵢ`, `½` and `⊙`."""
    if item.kind in ("raised", "lowered"):
        sign, letters = ("^", RAISED) if item.kind == "raised" else ("_", LOWERED)
        runs = _ITEM.finditer("".join(letters[letter] for letter in item.text))
        inner = [item._replace(kind=str(run.lastgroup), text=run.group()) for run in runs]
        opening, closing = (item._replace(kind="character", text=brace) for brace in "{}")
        return [item._replace(kind="character", text=sign), opening, *inner, closing]
    if item.kind == "vulgar":
        number = VULGAR[item.text].replace("/", "")
        return [item._replace(kind="command", text="frac"), item._replace(kind="number", text=number)]
    if item.text in UNICODE:
        return [item._replace(kind="command", text=UNICODE[item.text])]
    return [item]


def _is_passed_over(item: Item) -> bool:
    return item.kind == "command" and item.text in PASSED_OVER


def _arguments(item: Item) -> int:
    """How many arguments in braces an item takes."""
    if item.kind == "character":
        return int(item.text in ("^", "_"))
    if item.kind != "command":
        return 0
    return (
        2 if item.text in FRACTIONS else int(item.text in ("sqrt", "begin", "end") or item.text in (*FONTS, *ACCENTS))
    )


def _braced(items: list[Item]) -> list[Item]:
    r"""The items with braces round every argument: `x^2` as `x^{2}`, `\frac12` as `\frac{1}{2}`."""
    done: list[Item] = []
    frames = [[0, 0]]  # of each open group: arguments still to come, and whether a brace was put in that closes with it
    for position, item in enumerate(items):
        if item.kind == "character" and item.text == "}":
            if len(frames) > 1:
                frames.pop()
            done.append(item)
        elif item.kind == "character" and item.text == "{":
            frames[-1][0] -= frames[-1][0] > 0
            frames.append([0, 0])
            done.append(item)
        else:
            _put(item, items[position + 1 : position + 2], done, frames)
        while len(frames) > 1 and frames[-1] == [0, 1]:
            frames.pop()
            done.append(Item("character", "}", item.end, item.end))
    return done


def _put(item: Item, following: list[Item], done: list[Item], frames: list[list[int]]) -> None:
    has_option = item.text == "sqrt" and following and following[0].text == "["
    count = 0 if has_option else _arguments(item)
    if not frames[-1][0]:
        frames[-1][0] = count
        done.append(item)
        return
    frames[-1][0] -= 1
    done += [Item("character", "{", item.start, item.start), item]
    if item.kind == "word" or item.text.isdigit():
        taken = 1 + min(frames[-1][0], len(item.text) - 1)
        frames[-1][0] -= taken - 1
        del done[-2:]
        for place in range(taken):
            letter = item._replace(text=item.text[place], start=item.start + place, end=item.start + place + 1)
            done += [Item("character", "{", letter.start, letter.start), letter]
            done.append(Item("character", "}", letter.end, letter.end))
        if item.text[taken:]:
            done.append(item._replace(text=item.text[taken:], start=item.start + taken))
    else:
        frames.append([count, 1])
