r"""A long formula in LaTeX cut into pieces that may stand on lines of their own, each beginning with its sign.

A bracket that is cut inside is written without `\left` and `\right`, which have to stand in one piece.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate

TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}^_&]|\d+(?:\.\d+)?|[A-Za-z]|\s+|.", re.DOTALL)
SIGNS = frozenset({"+", "-", r"\odot", r"\oslash", r"\otimes", "="})
GAPS = frozenset({r"\,"})
CUTS = SIGNS | GAPS
NAMED = frozenset({r"\begin", r"\end"})
BRACKETS = frozenset({r"\left", r"\right"})
WIDTHS = dict.fromkeys(SIGNS, 2.6) | dict.fromkeys(BRACKETS | GAPS, 0.0) | {r"\sum": 2.0, "(": 0.7, ")": 0.7, "&": 2.0}
SCRIPT = 0.7
OPENING, CLOSING = ("{", r"\begin"), ("}", r"\end")
EXPECTING = NAMED | {"_", "^", r"\frac"}
Cut = tuple[int, int]


def pieces(latex: str, limit: float) -> tuple[str, ...]:
    """The formula cut before its outermost signs, and inside the brackets of a piece that is wider than `limit`.

    A piece without such brackets is cut between its factors. Widths are in letters; a formula within the limit is one
    piece.
    """
    if width(TOKEN.findall(latex)) <= limit:
        return (latex,)
    formula = _Formula(latex)
    while formula.open_brackets(limit):
        pass
    return tuple(map(formula.text, formula.factors(limit)))


def lines(latex: str, limit: float) -> tuple[str, ...]:
    """The formula in as few lines as its pieces fill, none wider than `limit` where that can be had."""
    found: list[str] = []
    for piece in pieces(latex, limit):
        longer = f"{found[-1]} {piece}" if found else ""
        if longer and width(TOKEN.findall(longer)) <= limit:
            found[-1] = longer
        else:
            found.append(piece)
    return tuple(found)


def width(tokens: Sequence[str]) -> float:
    """About how many letters wide the tokens are: scripts are small, of a fraction the wider side counts."""
    frames = [_Frame()]
    for token in tokens:
        if token == "{":
            frames.append(_Frame())
        elif token == "}" and len(frames) > 1:
            inner = frames.pop().width
            frames[-1].take(inner)
        elif token in EXPECTING:
            frames[-1].expects = token
        elif not token.isspace():
            frames[-1].take(WIDTHS.get(token, 1.0))
    return sum(frame.width for frame in frames)


class _Frame:
    """What has been met within one pair of braces."""

    def __init__(self) -> None:
        self.width = self.script = self.above = 0.0
        self.expects = ""

    def take(self, width: float) -> None:
        """Add an item, as what it is expected to be."""
        expected, self.expects = self.expects, ""
        match expected:
            case "_" | "^":
                self.width += max(width * SCRIPT - self.script, 0.0)
                self.script = max(width * SCRIPT, self.script)
                return
            case r"\frac":
                self.above, self.expects = width, "below"
            case r"\begin" | r"\end":
                self.width += 1.0
            case "below":
                self.width += max(self.above, width)
            case _:
                self.width += width
        self.script = 0.0


class _Formula:
    """The tokens of a formula, and which of its brackets are opened so that a cut can be made in them."""

    def __init__(self, latex: str) -> None:
        self.tokens: list[str] = TOKEN.findall(latex)
        self.depths = tuple(accumulate((token in OPENING) - (token in CLOSING) for token in self.tokens))
        self.ends = dict(self.brackets())
        self.opened: set[int] = set()

    def brackets(self) -> Iterator[tuple[int, int]]:
        r"""The place of every `\left` with that of its `\right`, outside braces."""
        open_ones: list[int] = []
        for place, (token, depth) in enumerate(zip(self.tokens, self.depths, strict=True)):
            if depth == 0 and token == r"\left":
                open_ones.append(place)
            elif depth == 0 and token == r"\right":
                yield open_ones.pop(), place

    def open_brackets(self, limit: float) -> bool:
        """Open the widest bracket of every stretch wider than `limit`; whether there was one."""
        wide = [cut for cut in self.cuts(SIGNS) if self.width(*cut) > limit]
        found = [place for cut in wide for place in self.widest_bracket(*cut)]
        self.opened.update(found)
        return bool(found)

    def cuts(self, signs: frozenset[str]) -> list[Cut]:
        """The stretches between the signs that stand in no bracket but opened ones."""
        starts, closed_until, is_after_operand = [0], -1, False
        for place, (token, depth) in enumerate(zip(self.tokens, self.depths, strict=True)):
            if place <= closed_until or token.isspace():
                continue
            if place in self.ends and place not in self.opened:
                closed_until, is_after_operand = self.ends[place] + 1, True
            elif depth == 0 and token in signs:
                starts += [place] if is_after_operand else []
                is_after_operand = False
            else:
                is_after_operand = not (place in self.opened or place - 1 in self.opened)
        return list(zip(starts, [*starts[1:], len(self.tokens)], strict=True))

    def factors(self, limit: float) -> Iterator[Cut]:
        """The stretches between signs, those wider than `limit` cut between factors."""
        between = [start for start, _ in self.cuts(GAPS)]
        for start, stop in self.cuts(SIGNS):
            inner = [place for place in between if start < place < stop] if self.width(start, stop) > limit else []
            yield from zip((start, *inner), (*inner, stop), strict=True)

    def widest_bracket(self, start: int, stop: int) -> Iterator[int]:
        """The widest outermost bracket of a stretch that a cut can be made in."""
        found: list[int] = []
        closed_until = -1
        for place in range(start, stop):
            if place > closed_until and place in self.ends and place not in self.opened:
                closed_until = self.ends[place]
                if not CUTS.isdisjoint(self.tokens[place:closed_until]):
                    found.append(place)
        if found:
            yield max(found, key=lambda place: self.width(place, self.ends[place]))

    def width(self, start: int, stop: int) -> float:
        """About how many letters wide a stretch is."""
        return width(self.tokens[start:stop])

    def text(self, cut: Cut) -> str:
        r"""A stretch as text, opened brackets without `\left` and `\right`."""
        dropped = self.opened | {self.ends[place] for place in self.opened}
        return "".join(self.tokens[place] for place in range(*cut) if place not in dropped).strip()
