"""What `convex` gives: which way an expression bends, with a certificate or a chord that shows otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from matdiff.convexity.certify import STRENGTHS, Certificate, certify
from matdiff.convexity.composition import AFFINE, UNKNOWN
from matdiff.errors import Disagreement, UnknownName, UnreadableText, WrongArguments, closest
from matdiff.functions.curvature import CONCAVE, CONVEX
from matdiff.functions.defined import written_out
from matdiff.parsing.read import Interpreted, Scope, Statement, interpret
from matdiff.printing.context import Context
from matdiff.reasoning.facts import NO, YES, Answer, speller
from matdiff.reasoning.sentences import Spell
from matdiff.tree.attributes import properties_of
from matdiff.tree.unknown import is_unknown
from matdiff.tree.walk import postorder
from matdiff.verify.bending import Bending, Chord, bending
from matdiff.verify.example import inputs_text, values_text

NEITHER, NOT_CONVEX, NOT_CONCAVE = "neither convex nor concave", "not convex", "not concave"
QUESTIONS = (AFFINE, *(f"{strength} {word}".strip() for word in (CONVEX, CONCAVE) for strength in STRENGTHS[::-1]))
SYNONYMS = {"linear": AFFINE, "strict convex": "strictly convex", "strong convex": "strongly convex"}
OF_NO_CONVEX_SET = ("orthogonal", "invertible", "full_column_rank", "full_row_rank", "integer")


class Shown(NamedTuple):
    """Inputs between which the function lies on the wrong side of its chord."""

    word: str
    text: str

    def __str__(self) -> str:
        return f"{self.word}: {self.text}"


@dataclass(frozen=True)
class Convexity:
    """Which way one scalar expression bends in its variables, and what shows it."""

    statement: Statement
    interpreted: Interpreted
    certificate: Certificate | None
    seen: Bending

    @property
    def verdict(self) -> str:
        """`affine`, `convex` or `concave` with `strictly` or `strongly` before it, what it is not, or `unknown`."""
        if self.certificate is not None:
            return f"{self.certificate.strength} {self.certificate.word}".strip()
        is_not = [self.seen.against_convex is not None, self.seen.against_concave is not None]
        return NEITHER if all(is_not) else NOT_CONVEX if is_not[0] else NOT_CONCAVE if is_not[1] else UNKNOWN

    @property
    def hessian(self) -> str:
        """The second derivative that the certificate rests on, in text; empty where it rests on none."""
        spell = self.spell("text")
        parts = self.certificate.parts if self.certificate else ()
        return next((spell(second.node) for _, second in parts), "")

    def lines(self, form: str = "text") -> tuple[str, ...]:
        """The certificate, or the chords that show what it is not, a line for each step."""
        if self.certificate is not None:
            return tuple(self.certificate.lines(self.spell(form)))
        return tuple(map(str, self.counter_examples()))

    def counter_examples(self) -> Iterator[Shown]:
        """A chord for each way in which it does not bend, as far as one was found."""
        for word, chord in ((NOT_CONVEX, self.seen.against_convex), (NOT_CONCAVE, self.seen.against_concave)):
            if chord is not None:
                yield Shown(word, self._told(chord))

    def _told(self, chord: Chord) -> str:
        moved = {str(variable.attrs[0]) for variable in self.interpreted.wrt}
        left, right = dict(chord.left), dict(chord.right)
        ends = [f"{name} = {values_text(left[name])} and {values_text(right[name])}" for name in left if name in moved]
        others = tuple((name, value) for name, value in chord.left if name not in moved)
        given = f"with {inputs_text(others)}, " if others else ""
        mean = sum(chord.ends) / 2
        return f"{given}halfway between {', '.join(ends)} it is {chord.value:.6g}, the mean of the ends {mean:.6g}"

    def ask(self, question: str, form: str = "text") -> Answer:
        """Whether it bends in this way: yes with the certificate, no with a chord that shows it, or unknown.

        Raises UnknownName for another word.
        """
        asked = question_called(question)
        *strength, word = asked.split()
        found = self.certificate
        if found is not None and _covers(found, "".join(strength), word):
            return Answer(YES, "" if self.verdict == asked else self.verdict, self.lines(form))
        against = {
            CONVEX: [self.seen.against_convex],
            CONCAVE: [self.seen.against_concave],
            AFFINE: [self.seen.against_convex, self.seen.against_concave],
        }[word]
        shown = next((chord for chord in against if chord is not None), None)
        if shown is not None:
            return Answer(NO, self._told(shown))
        is_flat = found is not None and found.word == AFFINE and bool(strength)
        return Answer(NO, "it is affine") if is_flat else Answer(UNKNOWN)

    def spell(self, form: str) -> Spell:
        """How formulas are written in this format."""
        return speller(Context(self.interpreted.size_names, self.interpreted.variables), form)

    def as_json(self) -> dict[str, object]:
        """The verdict as a record that serialises to JSON."""
        return {
            "expr": self.statement.source.text,
            "wrt": [str(variable.attrs[0]) for variable in self.interpreted.wrt],
            "verdict": self.verdict,
            "hessian": self.hessian,
            "certificate": list(self.lines()) if self.certificate else [],
            "counter_examples": dict(self.counter_examples()) if not self.certificate else {},
            "assumptions": list(self.interpreted.assumptions),
            "notes": list(self.interpreted.notes),
        }

    def __str__(self) -> str:
        return "\n".join((self.verdict, *(f"  {line}" for line in self.lines())))


def convexity(statement: Statement, scope: Scope, wrt: tuple[str, ...] = ()) -> Convexity:
    """Which way a statement's expression bends in the variables.

    Raises a MatdiffError for what cannot be read or is no scalar, WrongArguments for a variable that does not range
    over a convex set, and Disagreement where numbers show something else than the certificate.
    """
    if statement.kind != "expression" or len(statement.sides) > 1:
        place = statement.source.place(0, len(statement.source.text) or 1)
        raise UnreadableText("an expression is asked for", place, hint="write one such as `x'*A*x`")
    interpreted = interpret(statement, scope, "curvature", wrt)
    _hold_sets(statement, interpreted)
    (value,), variables = written_out(interpreted.sides[:1]), interpreted.wrt
    seen = bending(value, variables)
    has_unknown = any(map(is_unknown, postorder((value,))))
    is_neither = seen.against_convex is not None and seen.against_concave is not None
    certificate = certify(value, variables) if has_unknown or not is_neither else None
    found = Convexity(statement, interpreted, certificate, seen)
    _hold_numbers(found)
    # Numbers choose an unknown function, so that a chord says nothing of others.
    return replace(found, seen=Bending(seen.chords, None, None)) if has_unknown else found


def question_called(question: str) -> str:
    """The way of bending that users call `question`."""
    plain = " ".join(question.lower().replace("_", " ").replace("-", " ").split())
    found = SYNONYMS.get(plain, plain)
    if found not in QUESTIONS:
        told = "it may be " + ", ".join(f"`{word}`" for word in QUESTIONS)
        raise UnknownName("way to bend", question, None, closest(plain, QUESTIONS), told)
    return found


def _covers(found: Certificate, strength: str, word: str) -> bool:
    if found.word == AFFINE:
        return not strength
    return found.word == word and STRENGTHS.index(found.strength) <= STRENGTHS.index(strength)


def _hold_sets(statement: Statement, interpreted: Interpreted) -> None:
    for variable in interpreted.wrt:
        word = next((word for word in OF_NO_CONVEX_SET if word in properties_of(variable)), "")
        if word:
            raise WrongArguments(
                f"`{variable.attrs[0]}` is declared `{word}`, and such values are no convex set",
                statement.sides[0].place(),
                known=interpreted.assumptions,
                hint=f"leave out `{word}`",
            )


def _hold_numbers(found: Convexity) -> None:
    """Raise where a chord shows that the certificate is wrong."""
    if found.certificate is None:
        return
    word, seen = found.certificate.word, found.seen
    is_wrong = (word != CONCAVE and seen.against_convex) or (word != CONVEX and seen.against_concave)
    if is_wrong:
        raise Disagreement(found.verdict, "numbers show a chord on the other side")
