"""Index form as formulas and back: wires get letters, factors the order in which a person reads them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from matdiff.derive.expand import axes_of, expand
from matdiff.derive.idioms import simplify_map
from matdiff.explain.formula import (
    Delta,
    Entry,
    Formula,
    Index,
    Indices,
    Map,
    Sum,
    Total,
    free_indices,
    product,
    split,
    summed,
    total,
)
from matdiff.recognise.fold import recognise
from matdiff.tree import build, einsum
from matdiff.tree.attributes import Weighted, terms_of
from matdiff.tree.dims import Dim
from matdiff.tree.einsum import Wires
from matdiff.tree.node import Node, Shape

OUTER = "ijprstl"
INNER = "kmlprsthoeavnxu"
_SMALL_FACTOR = 2


@dataclass(frozen=True, slots=True)
class Speller:
    """The letters that may be taken, in order; `opaque` nodes are shown as entries of whole matrices."""

    letters: tuple[str, ...]
    opaque: frozenset[Node] = frozenset()

    def fresh(self, shape: Shape, used: Collection[str]) -> Indices:
        """New indices for axes of this shape."""
        free = (letter for letter in self.letters if letter not in used)
        return tuple(Index(next(free), size) for size in shape)

    def spell(self, node: Node, indices: Indices, used: Collection[str] = ()) -> Formula:
        """The entry of an index-form node at the indices; letters in `used` are not taken for sums."""
        if node in self.opaque or node.op == "constant":
            return Entry(recognise((node,))[0], indices)
        match node.op:
            case "sum":
                return total(product((self.spell(term, indices, used),), weight) for weight, term in _terms(node))
            case "map":
                return Map(node.attrs, tuple(self.spell(arg, indices, used) for arg in node.args), indices)
            case "einsum":
                return self.spell_einsum(node, indices, used)
        return Entry(node, indices)

    def spell_einsum(self, node: Node, indices: Indices, used: Collection[str]) -> Formula:
        """Sum signs over a product of entries."""
        wires, output, sizes = einsum.parts(node)
        place: dict[int, Index] = {}
        deltas: list[Formula] = []
        for wire, index in zip(output, indices, strict=True):
            if place.setdefault(wire, index) != index:
                deltas.append(Delta(place[wire], index))
        ordered = reading_order(tuple(zip(node.args, wires, strict=True)), output)
        held = dict.fromkeys(wire for _, ends in ordered for wire in ends)
        closed = [wire for wire in held if wire not in place]
        taken = {*used, *(index.letter for index in indices)}
        fresh = self.fresh(tuple(sizes[wire] for wire in closed), taken)
        place.update(zip(closed, fresh, strict=True))
        bare = [size for wire, size in enumerate(sizes) if wire not in held and wire not in place]
        factors: list[Formula] = [Entry(build.size_number(size)) for size in bare]
        taken |= {index.letter for index in fresh}
        factors += [self.spell(factor, tuple(place[wire] for wire in ends), taken) for factor, ends in ordered]
        return summed(fresh, product([*factors, *deltas]))


def speller_for(names: Iterable[str], sizes: Iterable[str], outer: int, opaque: frozenset[Node]) -> Speller:
    """Letters that are no names of variables or sizes, without the first `outer` ones that the result takes."""
    avoided = {*names, *(name.lower() for name in names), *sizes, *outer_letters(names, sizes, outer)}
    spare = (f"{letter}{number}" for number in range(1, 99) for letter in "kmlp")
    return Speller((*(letter for letter in INNER if letter not in avoided), *spare), opaque)


def outer_letters(names: Iterable[str], sizes: Iterable[str], number: int) -> tuple[str, ...]:
    """The letters of the result's indices, i and j first."""
    avoided = {*names, *(name.lower() for name in names), *sizes}
    candidates = [*(letter for letter in OUTER if letter not in avoided), *(f"i{k}" for k in range(1, number + 1))]
    return tuple(candidates[:number])


def node_of(formula: Formula, output: Indices) -> Node:
    """The formula as a node in index form whose axes are the `output` indices."""
    shape = tuple(index.size for index in output)
    match formula:
        case Total(terms=terms):
            return einsum.total([(1, node_of(term, output)) for term in terms], shape)
        case Sum(indices=bound, body=body):
            return _network(body, output, bound)
    return _network(formula, output, ())


def _network(body: Formula, output: Indices, bound: Indices) -> Node:
    if isinstance(body, Total):
        shape = tuple(index.size for index in output)
        return einsum.total([(1, _network(term, output, bound)) for term in body.terms], shape)
    weight, factors = split(body)
    number: dict[Index, int] = {}
    for index in (*output, *bound):
        number.setdefault(index, len(number))
    sizes: dict[int, Dim] = {wire: index.size for index, wire in number.items()}
    nodes: list[Node] = []
    wires: list[Wires] = []
    for factor in factors:
        node, indices = _factor(factor)
        for index in indices:
            number.setdefault(index, len(number))
            sizes[number[index]] = index.size
        nodes.append(node)
        wires.append(tuple(number[index] for index in indices))
    result = einsum.einsum(nodes, wires, tuple(number[index] for index in output), sizes)
    return einsum.total([(weight, result)], result.shape)


def _factor(factor: Formula) -> tuple[Node, Indices]:
    match factor:
        case Entry(node=node, indices=indices):
            return expand(node), indices
        case Delta(left=left, right=right):
            return einsum.einsum((), (), (0, 0), (left.size,)), (left, right)
        case Map(attrs=attrs, args=args, indices=indices):
            return simplify_map(attrs, tuple(node_of(arg, indices) for arg in args)), indices
    indices = free_indices(factor)
    return node_of(factor, indices), indices


def reading_order(factors: tuple[tuple[Node, Wires], ...], output: Wires) -> tuple[tuple[Node, Wires], ...]:
    """The factors from one end of their chain to the other, matrices from their first axis to their second.

    Every factor is tried as the first one; the walk that jumps and turns round least is taken.
    """
    walks = [_walk(start, factors, output) for start in range(len(factors))]
    return min(walks, key=lambda walk: walk[0])[1] if walks else ()


def _walk(
    start: int, factors: tuple[tuple[Node, Wires], ...], output: Wires
) -> tuple[tuple[object, ...], tuple[tuple[Node, Wires], ...]]:
    left = list(range(len(factors)))
    order: list[int] = []
    jumps = turns = 0
    wire: int | None = None
    position = start
    while True:
        left.remove(position)
        order.append(position)
        ends = factors[position][1]
        turns += len(ends) == _SMALL_FACTOR and wire is not None and ends[0] != wire
        turns += len(ends) == _SMALL_FACTOR and wire is None and ends[0] not in output and _held(ends[0], factors) > 1
        wire = _exit(ends, wire, [factors[k][1] for k in left])
        if not left:
            break
        following = [k for k in left if wire is not None and wire in factors[k][1]]
        jumps += not following
        position = min(following or left, key=lambda k: (len(factors[k][1]), _word(factors[k][0])))
        wire = wire if following else None
    words = tuple(_word(factors[k][0]) for k in order)
    return (jumps, turns, words), tuple(factors[k] for k in order)


def _held(wire: int, factors: tuple[tuple[Node, Wires], ...]) -> int:
    return sum(wire in ends for _, ends in factors)


def _exit(ends: Wires, entered: int | None, others: list[Wires]) -> int | None:
    """The wire by which a walk leaves a factor: one that another factor holds, the last axis rather than the first."""
    held = {wire for other in others for wire in other}
    leaving = [wire for wire in reversed(ends) if wire in held and wire != entered]
    return leaving[0] if leaving else entered if entered in held else None


def _word(node: Node) -> str:
    return str(node.attrs[0]) if node.op == "var" else f"~{node.op}{node.key.hex()}"


def _terms(node: Node) -> list[Weighted]:
    """The terms of a sum as people order them: positive ones first, then by name."""
    return sorted(terms_of(node), key=lambda pair: (pair[0] < 0, pair[1].op != "var", _word(pair[1])))


def proper(shape: Shape) -> Shape:
    """The axes of a shape that have an index."""
    return axes_of(shape)
