"""What a format writes: derivations with the words around them."""

from __future__ import annotations

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
    and that the answer, found without them, is what it ends in.
    """

    derivations: tuple[Derivation, ...]
    answer: str
    assumptions: tuple[str, ...]
    wording: Wording
    agreement: str = ""
    is_through_names: bool = False

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

    @property
    def findings(self) -> tuple[str, ...]:
        """Sentences behind the derivation, of what is known to agree."""
        direct = (self.wording.direct,) if self.is_through_names else ()
        return (*direct, self.wording.agreement) if self.agreement else direct

    def entry_steps(self) -> tuple[Step, ...]:
        """The named parts and the derivatives by each of them, as sums, without the way."""
        return self.last.entries
