"""The graph of one einsum: wires are vertices, factors are edges (vectors a half edge)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from matdiff.recognise.transposes import transposed
from matdiff.tree.einsum import Wires
from matdiff.tree.node import Node, Shape


@dataclass(slots=True)
class Network:
    """Factors in matrix form on their wires, while they are folded together.

    `scalars` are the finished factors without wires. `bare` are closed wires that
    no factor holds: their sizes multiply. A wire is closed when the output does not need it.
    """

    factors: list[tuple[Node, Wires]]
    output: Wires
    sizes: Shape
    is_row: bool = False
    scalars: list[Node] = field(default_factory=list)
    bare: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, factors: Sequence[Node], wires: Sequence[Wires], output: Wires, sizes: Shape) -> Network:
        """The network of an einsum; axes of size 1 are dropped, and a row becomes a vector."""
        network = cls([], tuple(wire for wire in output if sizes[wire] != 1), sizes)
        network.is_row = len(output) == 2 and sizes[output[0]] == 1 and sizes[output[1]] != 1
        for factor, ends in zip(factors, wires, strict=True):
            if any(sizes[wire] == 1 for wire in ends) and len(ends) == 2:
                network.add(transposed(factor), tuple(wire for wire in ends if sizes[wire] != 1))
            else:
                network.add(factor, ends)
        held = {wire for _, ends in network.factors for wire in ends}
        network.bare = [w for w in range(len(sizes)) if w not in held and w not in output and sizes[w] != 1]
        return network

    def add(self, factor: Node, ends: Wires) -> None:
        """Take a factor in; one without wires is a scalar."""
        if ends:
            self.factors.append((factor, ends))
        else:
            self.scalars.append(factor)

    def replace(self, positions: tuple[int, ...], factor: Node, ends: Wires) -> bool:
        """Put one factor in the place of those at `positions`; True, so that a step can say it did something."""
        place = min(positions)
        kept = [item for k, item in enumerate(self.factors) if k not in positions]
        if ends:
            kept.insert(place, (factor, ends))
        else:
            self.scalars.append(factor)
        self.factors = kept
        return True

    def ends_on(self) -> dict[int, list[int]]:
        """For each wire the positions of the factors that hold it, a position twice for a loop."""
        held: dict[int, list[int]] = {}
        for position, (_, ends) in enumerate(self.factors):
            for wire in ends:
                held.setdefault(wire, []).append(position)
        return held

    def turned_to(self, position: int, wire: int, *, is_last: bool) -> Node:
        """The factor at `position` with this wire as its last axis, or its first; a vector is one as it stands."""
        factor, ends = self.factors[position]
        return factor if ends[-1 if is_last else 0] == wire else transposed(factor)

    def is_closed(self, wire: int) -> bool:
        """Whether the wire is summed."""
        return wire not in self.output
