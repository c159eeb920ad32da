"""Constructors of index form. `einsum` alone knows what wires are; equal einsums are one node.

    args  = factors
    attrs = (wires of each factor, wires of the output, size of each wire)

A wire is a small integer that means something inside its node only. A wire that is not in the output is summed.
Kronecker deltas need no node: a factor-free einsum whose output repeats a wire is one, and used as a factor it
merges wires. A summed wire that no factor holds stands for its size as a number.
Rational weights live in `sum` alone; `einsum` moves those of its factors in front of itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from matdiff.tree.attributes import exponent_of, is_power, network_of, properties_of, weights_of
from matdiff.tree.dims import Dim, size_text
from matdiff.tree.node import Node, Shape, make
from matdiff.tree.properties import COMMUTE_WITH_TRANSPOSE, is_declared_symmetric
from matdiff.tree.unknown import UNKNOWN, alike_axes

Wires = tuple[int, ...]
ONE, ZERO = Fraction(1), Fraction(0)
UNIT = make("einsum", (), ((), (), ()), ())


def total(terms: Iterable[tuple[Fraction | int, Node]], shape: Shape) -> Node:
    """The weighted sum of terms of one shape, equal terms collected, ordered by key; no term at all is zero."""
    weights: dict[Node, Fraction] = {}
    for weight, node in terms:
        assert node.shape == shape, (node.shape, shape)
        factor, body = unweighted(node)
        if body is not None:
            more = factor if weight == 1 else weight * factor
            weights[body] = weights[body] + more if body in weights else more
    kept = sorted(((node, weight) for node, weight in weights.items() if weight), key=lambda item: item[0].key)
    if len(kept) == 1 and kept[0][1] == 1:
        return kept[0][0]
    return make("sum", tuple(node for node, _ in kept), tuple(weight for _, weight in kept), shape)


def unweighted(node: Node) -> tuple[Fraction, Node | None]:
    """`node` as a rational weight times a body; the body is None where `node` is zero."""
    if node.op != "sum" or len(node.args) > 1:
        return ONE, node
    if not node.args:
        return ZERO, None
    return weights_of(node)[0], node.args[0]


def zero(shape: Shape) -> Node:
    """Zero of a shape: the empty sum."""
    return make("sum", (), (), shape)


def is_zero(node: Node) -> bool:
    """Whether `node` is the empty sum."""
    return node.op == "sum" and not node.args


def constant(value: Fraction | int, shape: Shape = ()) -> Node:
    """The tensor whose entries all are `value`."""
    return total([(value, ones(shape))], shape)


def ones(shape: Shape) -> Node:
    """The tensor of ones; for shape `()` the number one."""
    wires = tuple(range(len(shape)))
    return einsum((), (), wires, shape)


def einsum(
    factors: Sequence[Node], wires: Sequence[Wires], output: Wires, sizes: Sequence[Dim] | Mapping[int, Dim]
) -> Node:
    """The sum over every wire outside `output` of the product of the factors' entries, in canonical form.

    `wires[k]` are the wires of the axes of `factors[k]`, `sizes[w]` is the size of wire `w`.
    """
    network = _Network(sizes)
    shape = tuple(sizes[wire] for wire in output)
    for factor, ends in zip(factors, wires, strict=True):
        if not network.add(factor, tuple(ends)):
            return zero(shape)
    node = network.node(tuple(output))
    return total([(network.weight, node)], shape)


def spell(node: Node) -> str:
    """An einsum's wires as letters: `ab,b->a`. For messages and printing; letters exist nowhere else."""
    wires, output, _ = parts(node)
    return ",".join(_letters(ends) for ends in wires) + "->" + _letters(output)


def parts(node: Node) -> tuple[tuple[Wires, ...], Wires, Shape]:
    """Wires of each factor, wires of the output and sizes of an einsum node."""
    return network_of(node)


def from_letters(text: str, *factors: Node, weight: Fraction | int = 1) -> Node:
    """`from_letters("ab,b->a", A, x)`: an einsum written down; every letter of the output occurs in a factor."""
    left, _, right = text.partition("->")
    names = left.split(",") if factors else []
    numbers: dict[str, int] = {}
    sizes: dict[int, Dim] = {}
    for ends, factor in zip(names, factors, strict=True):
        assert len(ends) == len(factor.shape), (text, factor.shape)
        for letter, size in zip(ends, factor.shape, strict=True):
            wire = numbers.setdefault(letter, len(numbers))
            assert sizes.setdefault(wire, size) == size, (text, letter, sizes[wire], size)
    wires = [tuple(numbers[letter] for letter in ends) for ends in names]
    node = einsum(factors, wires, tuple(numbers[letter] for letter in right), sizes)
    return total([(weight, node)], node.shape)


def permuted(node: Node, order: Wires) -> Node:
    """`node` with its axes in another order: `permuted(A, (1, 0))` is the transpose."""
    axes = tuple(range(len(node.shape)))
    return einsum((node,), (axes,), order, node.shape)


def power(base: Node, exponent: Fraction) -> Node:
    """`base` to a rational power, entry by entry, with powers of powers and of rational weights worked out."""
    if exponent == 1:
        return base
    if exponent == 0 or is_all_ones(base):
        return ones(base.shape)
    if base.op == "constant" and exponent > 0:
        return base
    weight, body = unweighted(base)
    if body is None:
        assert exponent > 0, "zero to a negative power"
        return base
    if weight != 1:
        scale = rational_power(weight, exponent)
        if scale is not None:
            return total([(scale, power(body, exponent))], base.shape)
    if body is base and is_power(base):
        inner = exponent_of(base)
        if exponent.denominator == 1 or abs(inner) <= 1:
            return power(base.args[0], inner * exponent)
    if body is base and exponent.denominator == 1 and _is_pointwise(base):
        wires, output, sizes = parts(base)
        return einsum([power(factor, exponent) for factor in base.args], wires, output, sizes)
    return make("map", (base,), ("power", exponent), base.shape)


def is_all_ones(node: Node) -> bool:
    """Whether every entry of `node` is one: a factor-free einsum with no repeated and no summed wire."""
    if node.op != "einsum" or node.args:
        return False
    _, output, sizes = parts(node)
    return len(set(output)) == len(output) == len(sizes)


def rational_power(value: Fraction, exponent: Fraction) -> Fraction | None:
    """`value**exponent` where that is rational and small enough to write down, else None."""
    if exponent.denominator == 1:
        if not value or abs(exponent) * max(value.numerator.bit_length(), value.denominator.bit_length()) > 4096:
            return None
        return Fraction(value) ** int(exponent)
    root = _rational_root(value, exponent.denominator)
    return None if root is None else rational_power(root, Fraction(exponent.numerator))


def _rational_root(value: Fraction, degree: int) -> Fraction | None:
    if value <= 0 or degree > 64:
        return None
    ends = []
    for part in (value.numerator, value.denominator):
        if part.bit_length() > 512:
            return None
        guess = round(part ** (1 / degree))
        if guess**degree != part:
            return None
        ends.append(guess)
    return Fraction(ends[0], ends[1])


def _is_pointwise(node: Node) -> bool:
    if node.op != "einsum" or not node.args:
        return False
    _, output, sizes = parts(node)
    return len(set(output)) == len(output) == len(sizes)


def _letters(wires: Wires) -> str:
    return "".join(chr(ord("a") + wire) if wire < 26 else f"({wire})" for wire in wires)


class _Network:
    """Factors and wires while an einsum is put together."""

    def __init__(self, sizes: Sequence[Dim] | Mapping[int, Dim]) -> None:
        pairs = sizes.items() if isinstance(sizes, Mapping) else enumerate(sizes)
        self.sizes: dict[int, Dim] = dict(pairs)
        self.next = max(self.sizes, default=-1) + 1
        self.joined: dict[int, int] = {}
        self.weight = ONE
        self.factors: list[tuple[Node, Wires]] = []

    def find(self, wire: int) -> int:
        while wire in self.joined:
            wire = self.joined[wire]
        return wire

    def join(self, left: int, right: int) -> None:
        left, right = self.find(left), self.find(right)
        assert self.sizes[left] == self.sizes[right], (self.sizes[left], self.sizes[right])
        if left != right:
            self.joined[max(left, right)] = min(left, right)

    def add(self, factor: Node, ends: Wires) -> bool:
        """Take one more factor; False where it is zero."""
        assert len(ends) == len(factor.shape), (factor.shape, ends)
        weight, body = unweighted(factor)
        if body is None:
            return False
        if weight is not ONE:
            self.weight *= weight
        if body.op == "einsum" and not body.args:
            self.add_delta(body, ends)
        else:
            self.factors.append((body, ends))
        return True

    def add_delta(self, delta: Node, ends: Wires) -> None:
        _, output, sizes = parts(delta)
        first: dict[int, int] = {}
        for own, outer in zip(output, ends, strict=True):
            self.join(first.setdefault(own, outer), outer)
        for own, size in enumerate(sizes):
            if own not in first:
                self.sizes[self.next] = size
                self.next += 1

    def node(self, output: Wires) -> Node:
        self.cancel_pairings(output)
        self.cancel_masks()
        output = tuple(self.find(wire) for wire in output)
        merged = self.merge_powers()
        used = {wire for _, ends in merged for wire in ends} | set(output)
        roots = {self.find(wire) for wire in self.sizes}
        bare = sorted((w for w in roots - used if self.sizes[w] != 1), key=lambda w: size_text(self.sizes[w]))
        ordered = _canonical_order(merged, output)
        number: dict[int, int] = {}
        for wire in (*output, *(w for _, ends in ordered for w in ends), *bare):
            number.setdefault(wire, len(number))
        axes = tuple(number[wire] for wire in output)
        wires = tuple(self.oriented(f, tuple(number[wire] for wire in ends)) for f, ends in ordered)
        if len(ordered) == 1 and not bare and wires[0] == axes and len(set(axes)) == len(axes):
            return ordered[0][0]
        sizes = tuple(self.sizes[wire] for wire in number)
        shape = tuple(self.sizes[wire] for wire in output)
        return make("einsum", tuple(factor for factor, _ in ordered), (wires, axes, sizes), shape)

    def cancel_pairings(self, output: Wires) -> None:
        """Two equal pairings that meet in nothing but their stacked axis are deltas of the other two axes.

        One whose stacked axis is summed alone is all ones.
        """
        self.drop_summed_pairings(output)
        while sum(factor.op == "constant" for factor, _ in self.factors) > 1:
            seen: dict[int, list[int]] = {}
            for position, (_, ends) in enumerate(self.factors):
                for wire in ends:
                    seen.setdefault(self.find(wire), []).append(position)
            kept = {self.find(wire) for wire in output}
            found = next(
                (p for w, p in seen.items() if w not in kept and len(p) == 2 and self.are_pairings(w, *p)), None
            )
            if found is None:
                return
            (_, left), (_, right) = (self.factors[position] for position in found)
            self.join(left[1], right[1])
            self.join(left[2], right[2])
            self.factors = [factor for position, factor in enumerate(self.factors) if position not in found]
            self.sizes[self.find(left[0])] = 1

    def drop_summed_pairings(self, output: Wires) -> None:
        ends = [self.find(wire) for wire in (*output, *(wire for _, own in self.factors for wire in own))]
        kept: list[tuple[Node, Wires]] = []
        for factor, own in self.factors:
            if factor.op == "constant" and factor.attrs == ("pairing",) and ends.count(self.find(own[0])) == 1:
                self.sizes[self.find(own[0])] = 1
            else:
                kept.append((factor, own))
        self.factors = kept

    def cancel_masks(self) -> None:
        """A mask of the lower triangle is all ones on the diagonal, and with its transpose a delta."""
        places = {}
        for position, (factor, ends) in enumerate(self.factors):
            if factor.attrs == ("lower",) and factor.op == "constant":
                places[self.find(ends[0]), self.find(ends[1])] = position
        dropped = {position for (row, column), position in places.items() if (column, row) in places}
        for position in dropped:
            self.join(*self.factors[position][1])
        self.factors = [factor for position, factor in enumerate(self.factors) if position not in dropped]
        if any(row != column for row, column in places if (column, row) in places):
            self.cancel_masks()

    def are_pairings(self, wire: int, left: int, right: int) -> bool:
        """Whether two different factors are the same pairing, stacked along this wire."""
        (one, ends), (other, other_ends) = self.factors[left], self.factors[right]
        is_pairing = one.op == "constant" and one.attrs == ("pairing",) and one is other and left != right
        return is_pairing and self.find(ends[0]) == wire == self.find(other_ends[0])

    def merge_powers(self) -> list[tuple[Node, Wires]]:
        """Factors on the same wires with a common base become one power of that base."""
        places = [self.place_of(factor, ends) for factor, ends in self.factors]
        if len({place for place, _ in places}) == len(places):
            return [(factor, place[1]) for (factor, _), (place, _) in zip(self.factors, places, strict=True)]
        exponents: dict[tuple[Node, Wires], Fraction] = {}
        for place, exponent in places:
            exponents[place] = exponents[place] + exponent if place in exponents else exponent
        merged: list[tuple[Node, Wires]] = []
        for (base, ends), exponent in exponents.items():
            weight, body = unweighted(power(base, exponent))
            assert body is not None
            self.weight *= weight
            if body.op == "einsum" and not body.args:
                self.add_delta(body, ends)
            else:
                merged.append((body, ends))
        return merged

    def place_of(self, factor: Node, ends: Wires) -> tuple[tuple[Node, Wires], Fraction]:
        """Where a power stands: its base and wires; and its exponent."""
        base, exponent = base_and_exponent(factor)
        found = tuple(map(self.find, ends)) if self.joined else ends
        return (base, self.oriented(base, found)), exponent

    @staticmethod
    def oriented(base: Node, ends: Wires) -> Wires:
        if base.op == "call" and base.attrs[0] == UNKNOWN:
            return _in_order(ends, alike_axes(base))
        return tuple(sorted(ends)) if len(ends) == 2 and is_symmetric_leaf(base) else ends


def is_symmetric_leaf(node: Node) -> bool:
    """Whether `node` is declared equal to its transpose, or is an entry-wise map or a function of such a matrix.

    The Hessian of an unknown function is symmetric as well.
    """
    while (node.op == "map" and len(node.args) == 1) or (node.op == "call" and node.attrs[0] in COMMUTE_WITH_TRANSPOSE):
        node = node.args[0]
    if node.op == "call" and node.attrs[0] == UNKNOWN:
        return len(node.shape) == 2 and bool(alike_axes(node))
    return node.op == "var" and is_declared_symmetric(properties_of(node))


def _in_order(ends: Wires, groups: tuple[tuple[Wires, ...], ...]) -> Wires:
    """The ends of a factor with those of axes that are alike in ascending order."""
    ordered = list(ends)
    for group in groups:
        blocks = sorted(tuple(ends[axis] for axis in axes) for axes in group)
        for axes, block in zip(group, blocks, strict=True):
            for axis, wire in zip(axes, block, strict=True):
                ordered[axis] = wire
    return tuple(ordered)


def base_and_exponent(node: Node) -> tuple[Node, Fraction]:
    """`x.^p` as `(x, p)`; anything else to the power one."""
    if is_power(node):
        return node.args[0], exponent_of(node)
    return node, ONE


_SEARCH_LIMIT = 64


def _canonical_order(factors: list[tuple[Node, Wires]], output: Wires) -> list[tuple[Node, Wires]]:
    """The factors in an order that depends on the network alone, not on how it was written.

    Factors sort by key; equal ones are told apart by colour refinement over the wires and, where symmetry leaves a
    tie, by trying each member of the first tied class. Past a fixed number of tries the first is taken: the node is
    right all the same, and only a duplicate of it may go unnoticed.
    """
    if len({factor for factor, _ in factors}) == len(factors):
        return sorted(factors, key=lambda item: item[0].key)
    ranks = {key: rank for rank, key in enumerate(sorted({factor.key for factor, _ in factors}))}
    start = [ranks[factor.key] for factor, _ in factors]
    best: tuple[tuple[Wires, ...], list[int]] | None = None
    pending = [start]
    tries = 0
    while pending and tries < _SEARCH_LIMIT:
        colours = _refine(pending.pop(), factors, output)
        tied = _first_tie(colours)
        if not tied:
            tries += 1
            order = sorted(range(len(factors)), key=colours.__getitem__)
            code = _encode([factors[k][1] for k in order], output)
            if best is None or code < best[0]:
                best = (code, order)
            continue
        pending.extend([2 * c - (k == member) for k, c in enumerate(colours)] for member in tied)
    assert best is not None
    return [factors[k] for k in best[1]]


def _refine(colours: list[int], factors: list[tuple[Node, Wires]], output: Wires) -> list[int]:
    while True:
        seen: dict[int, list[tuple[int, int]]] = {}
        for colour, (_, ends) in zip(colours, factors, strict=True):
            for slot, wire in enumerate(ends):
                seen.setdefault(wire, []).append((colour, slot))
        places = {w: tuple(k for k, end in enumerate(output) if end == w) for w in seen}
        wire_colours = {w: (places[w], tuple(sorted(ends))) for w, ends in seen.items()}
        marks = [(c, tuple(wire_colours[w] for w in ends)) for c, (_, ends) in zip(colours, factors, strict=True)]
        ranks = {mark: rank for rank, mark in enumerate(sorted(set(marks)))}
        refined = [ranks[mark] for mark in marks]
        if len(ranks) == len(set(colours)):
            return refined
        colours = refined


def _first_tie(colours: list[int]) -> list[int]:
    members: dict[int, list[int]] = {}
    for position, colour in enumerate(colours):
        members.setdefault(colour, []).append(position)
    return next((members[colour] for colour in sorted(members) if len(members[colour]) > 1), [])


def _encode(wires: list[Wires], output: Wires) -> tuple[Wires, ...]:
    number: dict[int, int] = {}
    for wire in (*output, *(w for ends in wires for w in ends)):
        number.setdefault(wire, len(number))
    return tuple(tuple(number[w] for w in ends) for ends in wires)
