"""Every error that a user can meet: the facts (place, shapes, names) on the object, the wording in one class each."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

PICTURE_WIDTH = 76


class ExitCode(IntEnum):
    """What the process says to its caller."""

    DONE = 0
    WRONG = 1
    USAGE = 2
    UNDIFFERENTIABLE = 3
    DISAGREEMENT = 4


class Place(NamedTuple):
    """A stretch of one line of the user's text, from offset `start` up to `end`."""

    text: str
    line: int
    start: int
    end: int

    def excerpt(self) -> str:
        """The stretch itself, shortened to what fits into a sentence."""
        return shorten(self.text[self.start : self.end])

    def picture(self) -> list[str]:
        """The line with its number and carets under the stretch; a long line is cut around it."""
        first = max(0, self.start - PICTURE_WIDTH // 2) if len(self.text) > PICTURE_WIDTH else 0
        last = min(len(self.text), first + PICTURE_WIDTH)
        before = "…" if first else ""
        after = "…" if last < len(self.text) else ""
        lead = before + _visible(self.text[first : self.start])
        marked = _visible(self.text[self.start : min(self.end, last)])
        rest = _visible(self.text[min(self.end, last) : last]) + after
        number = str(self.line)
        carets = "^" * max(1, _width(marked))
        return [
            f"  {number} | {lead}{marked}{rest}".rstrip(),
            f"  {' ' * len(number)} | {' ' * _width(lead)}{carets}",
        ]


class Operand(NamedTuple):
    """One side of a conflict: its text and its shape in words (`vector, n`)."""

    text: str
    shape: str

    def __str__(self) -> str:
        return f"{self.text} ({self.shape})"


class MatdiffError(Exception):
    """A mistake in what the user gave, or a limit of what matdiff can do: `render()` is all that the user sees."""

    exit_code = ExitCode.USAGE

    def __init__(self, message: str, place: Place | None = None, *, known: Iterable[str] = (), hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.known = tuple(known)
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (type(self), self.args, self.__dict__)

    def render(self) -> str:
        """The message, the line with carets under the place, what is known and what to type instead."""
        lines = [f"error: {self.message}"]
        if self.place is not None:
            lines += self.place.picture()
        if self.known:
            lines.append("  known: " + ", ".join(self.known))
        if self.hint:
            lines.append("  hint: " + self.hint)
        return "\n".join(lines)


class UnreadableText(MatdiffError):
    """Text that is no statement of the language: a character, a bracket, a word out of place."""


class TooLong(MatdiffError):
    """A statement that has more parts than can be read: `count` of them, where `limit` may be."""

    def __init__(self, place: Place, what: str, count: int, parts: str, limit: int) -> None:
        hint = "name parts of it with `let` lines" if parts in ("characters", "names and numbers") else ""
        super().__init__(f"{what} {count:,} {parts}; it may have {limit:,}", place, hint=hint)
        self.count, self.limit = count, limit


class BadDeclaration(MatdiffError):
    """A declaration that cannot be read, or that contradicts itself or another."""


class UnknownName(MatdiffError):
    """A function or variable that nothing is known of; `offers` are the names that look like it.

    `hint` stands where nothing is offered, `otherwise` behind what is.
    """

    def __init__(
        self,
        sort: str,
        name: str,
        place: Place | None,
        offers: tuple[str, ...],
        hint: str = "",
        otherwise: str = "",
    ) -> None:
        meant = "did you mean " + " or ".join(f"`{offer}`" for offer in offers) + "?" if offers else hint
        super().__init__(f"no {sort} is called `{shorten(name)}`", place, hint=f"{meant} {otherwise}".strip())
        self.sort, self.name, self.offers = sort, name, offers


class WrongArguments(MatdiffError):
    """A function called with too few, too many or unsuitable arguments."""


class ShapeConflict(MatdiffError):
    """Operands whose shapes do not fit; `left` and `right` are the two sides."""

    def __init__(
        self,
        message: str,
        place: Place,
        left: Operand,
        right: Operand,
        *,
        known: Iterable[str] = (),
        hint: str = "",
    ) -> None:
        super().__init__(message, place, known=known, hint=hint)
        self.left, self.right = left, right


class NoShape(MatdiffError):
    """A constant such as `ones` where no shape follows from its place."""


class NotScalar(MatdiffError):
    """A gradient or Hessian of something that is no scalar."""


class NoVariable(MatdiffError):
    """A derivative for which it is not clear by which variable; `candidates` are those that occur."""

    def __init__(self, message: str, place: Place | None, candidates: tuple[str, ...], hint: str) -> None:
        super().__init__(message, place, hint=hint)
        self.candidates = candidates


class BadNumber(MatdiffError):
    """A number that is too large to be computed with, or a division by zero."""


class BadData(MatdiffError):
    """Data that are no arrays of numbers, are not what is declared, or lie where an expression has no value."""


class NotYet(MatdiffError):
    """Correct input that this version cannot do."""

    exit_code = ExitCode.UNDIFFERENTIABLE


class OutOfBounds(MatdiffError):
    """A line that takes more time or memory than one line may."""

    exit_code = ExitCode.UNDIFFERENTIABLE


class NoRule(MatdiffError):
    """A node that has no derivative rule; `name` is the function, `text` the whole call."""

    exit_code = ExitCode.UNDIFFERENTIABLE

    def __init__(self, name: str, text: str = "", hint: str = "") -> None:
        where = f" in `{shorten(text)}`" if text else ""
        super().__init__(f"`{name}` has no derivative rule{where}", hint=hint)
        self.name, self.text = name, text


class BadName(MatdiffError):
    """A name that nothing can have in a language of generated code."""

    def __init__(self, name: str, language: str) -> None:
        super().__init__(
            f"`{shorten(name)}` cannot be the name of a function in {language}",
            hint="use letters, digits and `_`, and no word of the language",
        )
        self.name, self.language = name, language


class NoSpelling(MatdiffError):
    """A function that a language of generated code has not; `name` is the function, `reason` why it has none."""

    exit_code = ExitCode.UNDIFFERENTIABLE

    def __init__(self, name: str, language: str, reason: str = "") -> None:
        because = f": {reason}" if reason else ""
        super().__init__(f"there is no `{name}` in {language}{because}", hint="`--format numpy` has every function")
        self.name, self.language = name, language


class Disagreement(MatdiffError):
    """The check found that a computed derivative is wrong: a defect of matdiff, never an answer."""

    exit_code = ExitCode.DISAGREEMENT

    def __init__(self, answer: str, detail: str) -> None:
        super().__init__(
            f"internal disagreement: `{shorten(answer)}` does not agree with the check ({detail})",
            hint="this is a defect of matdiff; please report the input",
        )
        self.answer, self.detail = answer, detail


def _restore(kind: type[MatdiffError], args: tuple[object, ...], facts: dict[str, object]) -> MatdiffError:
    """An error as it was in another process."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(facts)
    return error


def shorten(text: str, width: int = 60) -> str:
    """`text` on one line in at most `width` characters, the middle left out."""
    plain = _visible(text)
    half = (width - 3) // 2
    return plain if len(plain) <= width else f"{plain[:half]} … {plain[-half:]}"


def closest(name: str, names: Iterable[str], count: int = 2, cutoff: float = 0.65) -> tuple[str, ...]:
    """The `names` that look most like `name`, for spelling hints."""
    from difflib import get_close_matches

    return tuple(get_close_matches(name[:40], list(names), count, cutoff))


def _visible(text: str) -> str:
    """`text` with tabs as spaces and characters that do not print replaced."""
    if text.isprintable():
        return text
    return "".join(" " if c.isspace() else c if _prints(c) else "\N{REPLACEMENT CHARACTER}" for c in text)


def _prints(character: str) -> bool:
    return character.isprintable() or unicodedata.combining(character) > 0


def _width(text: str) -> int:
    """The columns that `text` takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(_column_width(character) for character in text)


def _column_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
