"""What `facts` gives: everything that follows about an expression, with reasons, in every format."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from matdiff.errors import UnknownName, WrongArguments, closest
from matdiff.parsing.read import Interpreted, Scope, Statement, interpret
from matdiff.printing import write
from matdiff.printing.context import Context
from matdiff.properties.record import RANK, Facts
from matdiff.reasoning.inference import known_of
from matdiff.reasoning.sentences import Spell, argument, sentence
from matdiff.tree.dims import size_text
from matdiff.tree.interval import EVERYTHING, OF_SIGN
from matdiff.tree.node import Node
from matdiff.tree.properties import IMPLICATIONS, SIGNS, WORDS, kinds_of
from matdiff.verify.example import inputs_text, values_text
from matdiff.verify.holding import refute

YES, NO, UNKNOWN = ANSWERS = ("yes", "no", "unknown")
SYNONYMS = {
    **dict.fromkeys(("positive_definite", "pd"), "spd"),
    "positive_semidefinite": "psd",
    "nd": "negative_definite",
    "nsd": "negative_semidefinite",
    **dict.fromkeys(("nonsingular", "regular"), "invertible"),
    **dict.fromkeys(("lower_triangular", "tril"), "lower"),
    **dict.fromkeys(("upper_triangular", "triu"), "upper"),
    "antisymmetric": "skew",
    "non_negative": "nonnegative",
}
OF_MATRICES = frozenset(WORDS) - {*SIGNS, "nonzero", "zero", "integer", "sums_to_one"}
OF_SQUARES = OF_MATRICES - {"full_column_rank", "full_row_rank"}
OF_VECTORS = frozenset({*SIGNS, "nonzero", "zero", "integer", "sums_to_one"})
OF_SCALARS = OF_VECTORS - {"sums_to_one"}
FORMATS = ("text", "unicode", "latex", "json")


class Fact(NamedTuple):
    """A word that is true of the expression (`rank` and `entries` have a value behind them), and why."""

    word: str
    why: str

    def __str__(self) -> str:
        return f"{self.word}: {self.why}"


class Answer(NamedTuple):
    """Whether a property follows: `yes` with reason and argument, `no` with inputs that show it, or `unknown`."""

    verdict: str
    reason: str = ""
    steps: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.verdict}: {self.reason}" if self.reason else self.verdict


@dataclass(frozen=True)
class KnownFacts:
    """Everything that follows about one expression from what is declared; `word in facts` asks for one property."""

    statement: Statement
    interpreted: Interpreted
    found: Facts

    @property
    def node(self) -> Node:
        """The expression as a tree."""
        return self.interpreted.sides[0]

    @property
    def words(self) -> tuple[str, ...]:
        """The words that are worth telling, the strongest first."""
        kinds = kinds_of(self.node.shape)
        asked = OF_SCALARS if "scalar" in kinds else OF_VECTORS if len(self.node.shape) == 1 else frozenset(WORDS)
        held = [word for word in WORDS if word in self.found.words and word in asked]
        return tuple(word for word in held if not any(_is_plain(word, other) for other in held))

    @property
    def rank(self) -> str:
        """The rank, a size in words; empty where it is not known."""
        return "" if self.found.rank is None else size_text(self.found.rank)

    @property
    def entries(self) -> str:
        """The interval in which every entry lies; empty where nothing more than a sign is known."""
        is_plain = self.found.entries in (EVERYTHING, *OF_SIGN.values())
        return "" if is_plain else str(self.found.entries)

    def __contains__(self, word: str) -> bool:
        return property_called(word) in self.found.words

    def facts(self, form: str = "text") -> tuple[Fact, ...]:
        """Each fact with its reason, formulas in this format."""
        spell = self.spell(form)
        told = [Fact(word, sentence(self.node, word, self.found, spell)) for word in self.words]
        if len(self.node.shape) == 2 and self.rank:
            told.append(Fact(f"rank {self.rank}", sentence(self.node, RANK, self.found, spell)))
        if self.entries:
            told.append(Fact("entries", f"in {self.entries}"))
        return tuple(told)

    def steps(self, form: str = "text") -> tuple[tuple[Fact, tuple[str, ...]], ...]:
        """Each fact with the argument below it, line by line, indented under what it is for; nothing is told twice."""
        told: set[tuple[Node, str]] = set()
        return tuple((fact, self._argument(fact.word.partition(" ")[0], form, told)) for fact in self.facts(form))

    def _argument(self, word: str, form: str, told: set[tuple[Node, str]]) -> tuple[str, ...]:
        lines = argument(self.node, word, self.found, self.spell(form), told)
        return tuple("  " * depth + line for depth, line in lines if depth)

    def ask(self, word: str, form: str = "text") -> Answer:
        """Whether the property follows; no only with inputs, within what is declared, that do not have it.

        Raises UnknownName for a word that is no property, WrongArguments for one that such a shape cannot have.
        """
        asked = property_called(word)
        self._hold_shape(asked)
        if asked in self.found.words:
            reason = sentence(self.node, asked, self.found, self.spell(form))
            return Answer(YES, reason, self._argument(asked, form, set()))
        refuted = refute(self.node, asked)
        if refuted.status != "fails" or refuted.found is None:
            return Answer(UNKNOWN)
        at = f"at {inputs_text(refuted.example)} " if refuted.example else ""
        return Answer(NO, f"{at}it is {values_text(refuted.found)}")

    def _hold_shape(self, word: str) -> None:
        shape = self.node.shape
        is_square = "square" in kinds_of(shape)
        wanted = "square matrices" if word in OF_SQUARES and not is_square else ""
        wanted = "vectors" if word == "sums_to_one" and len(shape) != 1 else wanted
        if wanted:
            told = " x ".join(map(size_text, shape)) or "scalar"
            raise WrongArguments(
                f"`{word}` is asked of {wanted}, and the shape here is {told}",
                self.statement.sides[0].place(),
                known=self.interpreted.assumptions,
            )

    def spell(self, form: str) -> Spell:
        """How formulas are written in this format."""
        return speller(Context(self.interpreted.size_names, self.interpreted.variables), form)

    def as_json(self) -> dict[str, object]:
        """The facts as a record that serialises to JSON."""
        return {
            "expr": self.statement.source.text,
            "shape": [size_text(size) for size in self.node.shape],
            "words": [word for word in WORDS if word in self.found.words],
            "rank": self.rank,
            "entries": str(self.found.entries),
            "facts": [{"fact": fact.word, "reason": fact.why, "steps": list(steps)} for fact, steps in self.steps()],
            "assumptions": list(self.interpreted.assumptions),
            "notes": list(self.interpreted.notes),
        }

    def __str__(self) -> str:
        return "\n".join(map(str, self.facts()))


def known_facts(statement: Statement, scope: Scope) -> KnownFacts:
    """Everything that follows about a statement's expression.

    Raises a MatdiffError for what cannot be read, and Disagreement where numbers show something else.
    """
    interpreted = interpret(statement, scope)
    return KnownFacts(statement, interpreted, known_of(interpreted.sides[0]))


def speller(context: Context, form: str) -> Spell:
    """How formulas inside sentences are written in a format."""
    if form == "latex":
        return lambda node: f"${write.latex(node, context)}$"
    return partial({"unicode": write.unicode}.get(form, write.text), context=context)


def property_called(word: str) -> str:
    """The property that users call `word`."""
    plain = word.strip().lower().replace(" ", "_").replace("-", "_")
    found = SYNONYMS.get(plain, plain)
    if found not in WORDS:
        offers = closest(plain, (*WORDS, *SYNONYMS))
        raise UnknownName("property", word, None, offers, "the properties are " + ", ".join(f"`{w}`" for w in WORDS))
    return found


def _is_plain(word: str, other: str) -> bool:
    return any(row.is_plain and row.then == word and row.needs == (other,) for row in IMPLICATIONS)
