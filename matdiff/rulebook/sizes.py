"""How long matdiff's own answer is beside the claim of a rule, in operations as a person reads them."""

from __future__ import annotations

from typing import NamedTuple

from matdiff.printing.sharing import share
from matdiff.recognise.measure import cost
from matdiff.tree.node import Node


class Sizes(NamedTuple):
    """The operations in matdiff's own `answer` to a rule and in the rule's `claim`."""

    answer: int
    claim: int

    @property
    def ratio(self) -> float:
        """How many times as long as the claim the answer is; a claim of a single name counts as one operation."""
        return 1.0 if self.answer == self.claim else self.answer / max(self.claim, 1)


def written_size(expression: Node) -> int:
    """The operations in `expression` as it is printed: what stands behind a `let` counts once.

    Both sides of a comparison are written by this one habit, so that names which a rule gives to parts of its claim
    make it no shorter.
    """
    shared = share((expression,), ())
    return sum(cost(part) for part in (*(part for _, part in shared.lets), *shared.roots))
