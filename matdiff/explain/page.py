"""What a format writes: derivations with the words around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matdiff.explain.derivation import Derivation, Step
from matdiff.explain.wording.catalogue import Wording
from matdiff.tree.dims import size_text
from matdiff.tree.node import Node

SIZED = frozenset({"matrix", "identify", "chain_matrix"})
UNREMARKED = frozenset({"definition", "apply", "entries", "differential"})


@dataclass(frozen=True, slots=True)
class Page:
    """One derivation, or two for a second derivative; `answer` is what the other commands print, in the language.

    `agreement` says how firmly it is known that both ways, by sums and by differentials, end in the answer; it is
    empty where that is not known. `is_through_names` says that the derivation goes through parts that the user named,
    and that the answer, found without them, is what it ends in. `needs` are what has to hold for the answer, each of a
    node in words; `has_more_needs` says that they are not all.
    """

    derivations: tuple[Derivation, ...]
    answer: str
    assumptions: tuple[str, ...]
    wording: Wording
    agreement: str = ""
    is_through_names: bool = False
    needs: tuple[tuple[Node, str], ...] = ()
    has_more_needs: bool = False

    @property
    def last(self) -> Derivation:
        """The derivation that ends in the answer."""
        return self.derivations[-1]

    def words_of(self, variable: Node) -> str:
        """What was declared of a variable beside its size, in words; empty where nothing was."""
        _, words = variable.attrs
        assert isinstance(words, tuple)
        return ", ".join(self.wording.properties[str(word)] for word in words)

    def remark(self, step: Step) -> str:
        """The name of a step's rule; empty where the step says all itself.

        Behind a factor of the chain rule stands its size.
        """
        name = "" if step.rule in UNREMARKED else self.wording.rules[step.rule]
        if not (self.is_through_names and step.rule in SIZED and isinstance(step.left, Node) and step.left.shape):
            return name
        return self.wording.sized.format(name=name, size=" × ".join(map(size_text, step.left.shape)))

    def conditions(self, spell: Callable[[Node], str]) -> tuple[str, ...]:
        """What has to hold for the answer, with what it is said of as `spell` writes it."""
        told = tuple(self.wording.condition(words).format(of=spell(node)) for node, words in self.needs)
        return (*told, "…") if self.has_more_needs else told

    def findings(self, spell: Callable[[Node], str]) -> tuple[str, ...]:
        """Sentences behind the derivation: where it holds, and what is known to agree."""
        conditions = ", ".join(self.conditions(spell))
        holds = (self.wording.holds.format(conditions=conditions),) if conditions else ()
        direct = (self.wording.direct,) if self.is_through_names else ()
        agreement = (self.wording.agreement,) if self.agreement else ()
        return (*holds, *direct, *agreement)

    def entry_steps(self) -> tuple[Step, ...]:
        """The named parts and the derivatives by each of them, as sums, without the way."""
        return self.last.entries
