"""What a format writes: derivations with the words around them."""

from __future__ import annotations

from dataclasses import dataclass

from matdiff.explain.derivation import Derivation, Step
from matdiff.explain.wording.catalogue import Wording

UNREMARKED = frozenset({"definition", "apply", "entries", "differential"})


@dataclass(frozen=True, slots=True)
class Page:
    """One derivation, or two for a second derivative; `answer` is what the other commands print, in the language.

    `agreement` says how firmly it is known that both ways, by sums and by differentials, end in the answer; it is
    empty where that is not known.
    """

    derivations: tuple[Derivation, ...]
    answer: str
    assumptions: tuple[str, ...]
    wording: Wording
    agreement: str = ""

    @property
    def last(self) -> Derivation:
        """The derivation that ends in the answer."""
        return self.derivations[-1]

    def remark(self, step: Step) -> str:
        """The name of a step's rule; empty where the step says all itself."""
        return "" if step.rule in UNREMARKED else self.wording.rules[step.rule]

    @property
    def agreeing(self) -> str:
        """The sentence that both ways agree; empty where it is not known."""
        return self.wording.agreement if self.agreement else ""

    def entry_steps(self) -> tuple[Step, ...]:
        """The named parts and the derivatives by each of them, as sums, without the way."""
        opening = self.last.sections[0].steps
        named = tuple(step for step in opening if step.rule in ("index_form", "entries"))
        return (*named, *self.last.entries)
