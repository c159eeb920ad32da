"""Einsums of many factors as einsums of two, and identities between axes of the result as entries put in their places.

NumPy contracts factors from left to right, and would multiply with the zeros of an identity.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

from matdiff.printing.program import arrays
from matdiff.printing.program.chain import Costs
from matdiff.tree.dims import Dim
from matdiff.tree.node import Node, make

Factor = tuple[str, Node]


def letters_of(node: Node) -> tuple[list[str], str]:
    """The letters of each factor of an einsum, and of the result."""
    left, _, right = str(node.attrs[0]).partition("->")
    return left.split(","), right


def paired(node: Node, costs: Costs) -> Node:
    """An einsum made of einsums of two factors, the cheapest pair first, each entry of the result computed once."""
    letters, output = letters_of(node)
    factors = list(zip(letters, node.args, strict=True))
    kept, places = _placed(factors, output) if len(output) > 2 else (factors, {})
    core = "".join(letter for letter in output if letter not in places)
    value = _contracted(kept, core, costs)
    if not places:
        return value
    spelled = "".join(places.get(letter, letter) for letter in output)
    return make("placed", (value,), (f"{core}->{spelled}",), node.shape)


def _placed(factors: Sequence[Factor], output: str) -> tuple[list[Factor], dict[str, str]]:
    """The factors without identities between two axes of the result, and for each axis left out the one it equals."""
    places: dict[str, str] = {}
    kept: list[Factor] = []
    for position, (letters, array) in enumerate(factors):
        others = [own for place, (own, _) in enumerate(factors) if place != position]
        if array.op == "identity" and letters[1] in output and not any(letters[1] in own for own in others):
            places[letters[1]] = letters[0]
        else:
            kept.append((letters, array))
    held = {letter for letters, _ in kept for letter in letters}
    sizes = _sizes(factors)
    bare = [letter for letter in output if letter not in held and letter not in places]
    return [*kept, *((letter, arrays.filled(1, (sizes[letter],))) for letter in bare)], places


def _contracted(factors: list[Factor], output: str, costs: Costs) -> Node:
    """The factors multiplied and summed, two at a time."""
    sizes = _sizes(factors)
    while len(factors) > 2:
        pair = min(combinations(factors, 2), key=lambda pair: _work(pair, sizes, costs))
        rest = _without(factors, pair)
        needed = {*output, *(letter for letters, _ in rest for letter in letters)}
        together = "".join(dict.fromkeys(letter for letters, _ in pair for letter in letters if letter in needed))
        factors = [(together, _einsum(pair, together, sizes)), *rest]
    return _einsum(factors, output, sizes)


def _without(factors: list[Factor], pair: Sequence[Factor]) -> list[Factor]:
    """The other factors; one that stands twice may be left once."""
    rest = list(factors)
    for factor in pair:
        rest.remove(factor)
    return rest


def _work(pair: Sequence[Factor], sizes: Mapping[str, Dim], costs: Costs) -> int:
    """How many multiplications a product of two factors takes."""
    return math.prod(costs.of(sizes[letter]) for letter in {letter for letters, _ in pair for letter in letters})


def _einsum(factors: Sequence[Factor], output: str, sizes: Mapping[str, Dim]) -> Node:
    letters = [own for own, _ in factors]
    if letters == [output]:
        return factors[0][1]
    signature = f"{','.join(letters)}->{output}"
    return make("einsum", tuple(array for _, array in factors), (signature,), tuple(sizes[own] for own in output))


def _sizes(factors: Sequence[Factor]) -> dict[str, Dim]:
    return {letter: size for letters, array in factors for letter, size in zip(letters, array.shape, strict=True)}
