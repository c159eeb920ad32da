"""The factors of the chain rule through named parts, each as a matrix, for a derivation that goes through names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from matdiff.explain.derivation import Derivation, is_slope
from matdiff.explain.formats.unicode import UnicodeFormulas
from matdiff.tree.dims import size_text
from matdiff.tree.node import Node


class Factor(NamedTuple):
    """A derivative of one name by another, as a product of others where the chain rule gave it, and its value."""

    place: Node
    product: Node | None
    value: Node

    @property
    def shape(self) -> str:
        """Its axes in words."""
        return " x ".join(map(size_text, self.place.shape)) or "scalar"


def factors_of(derivation: Derivation) -> tuple[Factor, ...]:
    """Every derivative by a name that the derivation finds as a matrix, in its order; the last is the answer."""
    products: dict[Node, Node] = {}
    values: dict[Node, Node] = {}
    for step in derivation.steps:
        if isinstance(step.left, Node) and isinstance(step.right, Node) and is_slope(step.left):
            (products if step.rule == "chain_matrix" else values)[step.left] = step.right
    values[next(reversed(values))] = derivation.answer
    return tuple(Factor(place, products.get(place), value) for place, value in values.items())


def factor_lines(derivation: Derivation) -> Iterator[str]:
    """`Jₓ(u) = −W (n x m)` for each factor, `∇ₓf = Jₓ(u)ᵀ ∇ᵤf = …` for what they make."""
    formulas = UnicodeFormulas(derivation)
    for factor in factors_of(derivation):
        sides = [formulas.matrix(side) for side in (factor.place, factor.product, factor.value) if side is not None]
        yield f"{' = '.join(sides)} ({factor.shape})"
