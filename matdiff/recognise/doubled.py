"""A connected block of a stacked derivative: its factors moved to the doubled axes, and reduced there.

The row number p stands for the digits a, b, the column number q for c, d. A matrix between a and c becomes a Kronecker
product between p and q, one between a and b a vector on p, and the steps of recognition do the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from matdiff.recognise.chains import multiplied
from matdiff.recognise.steps import reduce_network
from matdiff.recognise.sums import entrywise
from matdiff.recognise.terms import is_constant, unweighted
from matdiff.recognise.transposes import transposed
from matdiff.recognise.wiring import Network
from matdiff.tree import build
from matdiff.tree.build import rows_and_columns
from matdiff.tree.dims import Dim, multiply
from matdiff.tree.einsum import Wires
from matdiff.tree.node import Node, Shape

Factor = tuple[Node, Wires]
P, Q = 0, 1


def vec(node: Node) -> Node:
    """The stacked columns of a matrix; a vector is its own."""
    if len(node.shape) < 2:
        return node
    weight, body = unweighted(node)
    scalars, chain = build.split_product(body)
    matrix = build.product(*chain)
    stacked = build.call("vec", (matrix,), (multiply(*matrix.shape),))
    return multiplied((build.number(weight), *scalars, stacked))


def kron(factors: Iterable[Node]) -> Node:
    """The Kronecker product: scalars in front, identities and ones merged, a column with a row as their product."""
    whole = build.number(1)
    for factor in factors:
        whole = _kron_pair(whole, factor)
    return whole


def _kron_pair(left: Node, right: Node) -> Node:
    (weight, left), (own, right) = unweighted(left), unweighted(right)
    scalars: list[Node] = [build.number(weight * own)]
    bodies: list[Node] = []
    for node in (left, right):
        inner, chain = build.split_product(node)
        scalars.extend(inner)
        bodies.extend([build.product(*chain)] if chain else [])
    if len(bodies) == 2:
        bodies = [_kron_of_bodies(*bodies)]
    return multiplied((*scalars, *bodies))


def _kron_of_bodies(left: Node, right: Node) -> Node:
    (rows, columns), (below, beside) = rows_and_columns(left.shape), rows_and_columns(right.shape)
    shape = build.shape_of(multiply(rows, below), multiply(columns, beside))
    if is_constant(left, "identity") and is_constant(right, "identity"):
        return build.identity(shape[0])
    if is_constant(left, "ones") and is_constant(right, "ones"):
        return build.ones(shape)
    if columns == 1 and below == 1:
        return multiplied((left, right))
    if rows == 1 and beside == 1:
        return multiplied((right, left))
    if rows == 1 and below == 1:
        return transposed(_kron_of_bodies(transposed(left), transposed(right)))
    return build.call("kron", (left, right), shape)


def reduced(factors: Sequence[Factor], output: Wires, sizes: Shape) -> Node | None:
    """An einsum over the wires that these factors and the output name; None where it has no matrix form."""
    network = Network.of([factor for factor, _ in factors], [ends for _, ends in factors], output, sizes)
    network.bare = []
    matrix = reduce_network(network)
    return None if unweighted(matrix)[1].op == "einsum" else matrix


@dataclass(slots=True)
class _Board:
    """Factors by the places that they lie between: digits are tuples `(side, digit)`, closed wires plain numbers."""

    rows: list[int]
    columns: list[int]
    sizes: Shape
    held: dict[Wires, list[Factor]] = field(default_factory=dict)

    def digits(self, wire: int) -> tuple[list[int], list[int]]:
        """The places of a wire among the row digits, and among the column digits: places count on behind the wires."""
        offset = len(self.sizes)
        rows = [offset + k for k, own in enumerate(self.rows) if own == wire]
        return rows, [offset + 2 + k for k, own in enumerate(self.columns) if own == wire]

    def size(self, place: int) -> Dim:
        """The size of a closed wire or of a digit; of a digit that is not there it is one."""
        if place < len(self.sizes):
            return self.sizes[place]
        side, digit = divmod(place - len(self.sizes), 2)
        wires = (self.rows, self.columns)[side]
        return self.sizes[wires[digit]] if digit < len(wires) else 1

    def add(self, factor: Node, places: Wires) -> None:
        """Lay a factor between two places."""
        self.held.setdefault(tuple(sorted(places)), []).append((factor, places))

    def place_of(self, wire: int, side: int) -> int | None:
        """A digit of the wire on this side; the wire itself where it is closed."""
        found = self.digits(wire)
        if not any(found):
            return wire
        return found[side][0] if found[side] else None

    def lay(self, factor: Node, ends: Wires) -> None:
        """A matrix goes between two digits of one side where it can, else across."""
        for sides in ((0, 0), (1, 1), (0, 1), (1, 0)):
            places = [self.place_of(wire, side) for wire, side in zip(ends, sides, strict=True)]
            if all(place is not None for place in places):
                self.add(factor, tuple(place for place in places if place is not None))
                return

    def lay_deltas(self) -> None:
        """Identities between the digits that are one wire."""
        for wire in {*self.rows, *self.columns}:
            rows, columns = self.digits(wire)
            one = build.identity(self.sizes[wire])
            pairs = [(rows[k], columns[min(k, len(columns) - 1)]) for k in range(len(rows))] if columns else []
            pairs += [(rows[-1], place) for place in columns[len(rows) :]] if rows else []
            if len(rows) == len(columns) == 2 or not pairs:
                pairs += [(line[0], line[1]) for line in (rows, columns) if len(line) == 2][:1]
            for pair in pairs:
                self.add(one, pair)

    def lay_vector(self, factor: Node, wire: int) -> None:
        """A vector joins a matrix that lies on one of its digits."""
        rows, columns = self.digits(wire)
        places = (*rows, *columns) or (wire,)
        for key, factors in self.held.items():
            for place in places:
                if place in key and len(key) == 2:
                    factors.append((factor, (place,)))
                    return
        self.add(factor, places[:1])

    def between(self, first: int, second: int) -> Node | None:
        """The one matrix from the first place to the second, if something lies there."""
        factors = self.held.pop(tuple(sorted((first, second))), None)
        if factors is None:
            return None
        number = {first: 0, second: 1}
        between = [(factor, tuple(number[place] for place in places)) for factor, places in factors]
        return reduced(between, (0, 1), (self.size(first), self.size(second)))

    def ones(self, first: int, second: int) -> Node:
        """What stands for a matrix that is not there."""
        return build.ones(build.shape_of(self.size(first), self.size(second)))


def doubled_block(factors: Sequence[Factor], rows: list[int], columns: list[int], sizes: Shape) -> Node | None:
    """The matrix between the row digits and the column digits; None where the steps of recognition do not reach it."""
    board = _Board(rows, columns, sizes)
    for factor, ends in factors:
        if len(ends) == 2:
            board.lay(factor, ends)
    board.lay_deltas()
    for factor, ends in factors:
        if len(ends) == 1:
            board.lay_vector(factor, ends[0])
    closed = sorted({wire for _, ends in factors for wire in ends} - {*rows, *columns})
    doubled = _doubled_factors(board, closed)
    lengths = (_product(sizes[w] for w in rows), _product(sizes[w] for w in columns), *sizes)
    return reduced(doubled, (P, Q), lengths)


def _doubled_factors(board: _Board, closed: list[int]) -> list[Factor]:
    """The factors on the doubled axes `P` and `Q` and on the closed wires, which count on behind these."""
    a, b, c, d = range(len(board.sizes), len(board.sizes) + 4)
    found: list[Factor] = []
    for (low, high), axis in (((a, b), P), ((c, d), Q)):
        mask = board.between(low, high)
        if mask is not None:
            found.append((vec(mask), (axis,)))
        for wire in closed:
            pair = board.between(low, wire), board.between(high, wire)
            if pair != (None, None):
                found.append((_columns_joined(board, pair, (low, high)), (axis, wire + 2)))
    straight, crossed = _across(board, (a, c), (b, d)), _across(board, (a, d), (b, c), board.size(b) == 1)
    found += [(straight, (P, Q))] if straight is not None else []
    if crossed is not None:
        is_plain = board.size(b) == 1 or board.size(d) == 1
        swap = () if is_plain else (build.commutation(board.size(c), board.size(d)),)
        found.append((multiplied((crossed, *swap)), (P, Q)))
    for factors in board.held.values():
        found += [(factor, tuple(place + 2 for place in places)) for factor, places in factors]
    return found


def _across(board: _Board, low: tuple[int, int], high: tuple[int, int], is_turned: bool = False) -> Node | None:
    """The Kronecker product of what lies between the low places and between the high ones, `is_turned` the other way.

    Crossed pairs are turned where the row has one digit, since the column digit of the low pair is the high one.
    """
    pair = board.between(*low), board.between(*high)
    if pair == (None, None):
        return None
    first, second = (found or board.ones(*places) for found, places in zip(pair, (low, high), strict=True))
    return kron((first, second) if is_turned else (second, first))


def _columns_joined(board: _Board, pair: tuple[Node | None, Node | None], places: tuple[int, int]) -> Node:
    """The matrix between a doubled axis and a closed wire: column by column the Kronecker product of the two."""
    low, high = (build.ones(build.shape_of(board.size(place), 1)) for place in places)
    parts = [kron((high, pair[0]))] if pair[0] is not None else []
    parts += [kron((pair[1], low))] if pair[1] is not None else []
    return entrywise(parts)


def _product(sizes: Iterable[Dim]) -> Dim:
    total: Dim = 1
    for size in sizes:
        total = multiply(total, size)
    return total
