"""An einsum spelled with letters, its deltas and size factors written out: what text, NumPy and index form share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from matdiff.tree import einsum
from matdiff.tree.dims import Dim
from matdiff.tree.node import Node

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Added(NamedTuple):
    """A factor that only the spelling needs: `identity` or `ones` of a size, or the `size` itself as a number."""

    kind: str
    size: Dim


class Spelled(NamedTuple):
    """The letters of each factor of the node, then of each added factor; `output` never repeats a letter."""

    inputs: tuple[str, ...]
    output: str
    added: tuple[Added, ...]

    @property
    def signature(self) -> str:
        """`ac,db->abcd`, as `einsum` of the language and of NumPy takes it."""
        return f"{','.join(self.inputs)}->{self.output}"


def spell_out(node: Node, letters: str = LETTERS) -> Spelled:
    """The einsum `node` in letters.

    An output that repeats a wire gets an identity for every repetition, an output wire that no factor holds a factor
    of ones, and a wire in nothing at all its size as a factor.
    """
    wires, output, sizes = einsum.parts(node)
    fresh = iter(letters)
    letter: dict[int, str] = {}
    ends: list[str] = []
    axes: list[str] = []
    added: list[Added] = []
    held = {wire for factor in wires for wire in factor}
    for wire in output:
        axes.append(next(fresh))
        if wire in letter:
            ends.append(letter[wire] + axes[-1])
            added.append(Added("identity", sizes[wire]))
        letter.setdefault(wire, axes[-1])
    for wire in dict.fromkeys(output):
        if wire not in held and output.count(wire) == 1:
            ends.append(letter[wire])
            added.append(Added("ones", sizes[wire]))
    for wire, size in enumerate(sizes):
        if wire not in held and wire not in letter:
            ends.append("")
            added.append(Added("size", size))
    factors = [_spell(factor, letter, fresh) for factor in wires]
    return Spelled((*factors, *ends), "".join(axes), tuple(added))


def _spell(wires: einsum.Wires, letter: dict[int, str], fresh: Iterator[str]) -> str:
    for wire in wires:
        if wire not in letter:
            letter[wire] = next(fresh)
    return "".join(letter[wire] for wire in wires)
