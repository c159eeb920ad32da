"""Products of matrices in the cheapest order, with inverses as solves and diagonal matrices as scalings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from matdiff.printing.program import arrays
from matdiff.tree.dims import Dim, names_of, value_of
from matdiff.tree.node import Node

GUESS = 1000
LONGEST = 24


class Operand(NamedTuple):
    """A member of a chain of `rows` x `columns`.

    `kind` is `array`, or says what of `array` is meant: its `inverse`, or the `diagonal` matrix of it.
    """

    rows: Dim
    columns: Dim
    array: Node
    kind: str = "array"


class Costs:
    """How many multiplications things take; a size that nothing is known of is taken to be large."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self.sizes = sizes

    def of(self, size: Dim) -> int:
        """The size as a number."""
        return value_of(size, {name: self.sizes.get(name, GUESS) for name in names_of(size)})

    def cheapest(self, chain: Sequence[Operand]) -> dict[tuple[int, int], tuple[int, int]]:
        """The cost of each stretch `[first, last)` of the chain and where it is parted last.

        Source: Cormen, Leiserson, Rivest and Stein, Introduction to Algorithms, section 15.2. Of equal costs that
        from the left is taken, unless it solves a transposed system.
        """
        ends = [self.of(chain[0].rows), *(self.of(operand.columns) for operand in chain)]
        best = {(k, k + 1): (0, k) for k in range(len(chain))}
        diagonals = [operand.kind == "diagonal" for operand in chain]
        for length in range(2, len(chain) + 1):
            for first in range(len(chain) - length + 1):
                last = first + length
                options = []
                for middle in range(last - 1, first, -1):
                    is_scaling = all(diagonals[first:middle]) or all(diagonals[middle:last])
                    work = ends[first] * ends[last] * (1 if is_scaling else ends[middle])
                    is_turned = last - middle == 1 and chain[middle].kind == "inverse"
                    options.append((best[first, middle][0] + best[middle, last][0] + work + is_turned, middle))
                best[first, last] = min(options, key=lambda option: option[0])
        return best


def product(chain: Sequence[Operand], costs: Costs) -> Operand:
    """The product of a chain."""
    if len(chain) > LONGEST:
        return _from_one_side(chain)
    best = costs.cheapest(chain)

    def stretch(first: int, last: int) -> Operand:
        if last - first == 1:
            return chain[first]
        middle = best[first, last][1]
        return multiply(stretch(first, middle), stretch(middle, last))

    return stretch(0, len(chain))


def halves(chain: Sequence[Operand], costs: Costs) -> tuple[Operand, Operand]:
    """The two factors of a chain for a place that needs their product's diagonal only, parted where that is cheapest.

    An inverse in front or behind stays with all the others, as a solve of them.
    """
    if len(chain) > LONGEST:
        return chain[0], _from_one_side(chain[1:])
    best = costs.cheapest(chain)
    count = len(chain)

    def cost(middle: int) -> int:
        work = costs.of(chain[0].rows) * costs.of(chain[middle].rows)
        return best[0, middle][0] + best[middle, count][0] + work

    middle = min(range(count - 1, 0, -1), key=cost)
    return product(chain[:middle], costs), product(chain[middle:], costs)


def _from_one_side(chain: Sequence[Operand]) -> Operand:
    """A chain that is too long to try all orders: from the side of its vector."""
    if chain[-1].columns == 1 and chain[0].rows != 1:
        found = chain[-1]
        for operand in reversed(chain[:-1]):
            found = multiply(operand, found)
        return found
    found = chain[0]
    for operand in chain[1:]:
        found = multiply(found, operand)
    return found


def multiply(left: Operand, right: Operand) -> Operand:
    """The product of two neighbours of a chain."""
    if left.array.op == "identity" and left.kind == "array":
        return right
    if right.array.op == "identity" and right.kind == "array":
        return left
    if left.kind == right.kind == "diagonal":
        return Operand(left.rows, right.columns, arrays.times([left.array, right.array]), "diagonal")
    return Operand(left.rows, right.columns, _product(left, right))


def _product(left: Operand, right: Operand) -> Node:
    if left.columns == 1:
        return _of_vectors(left, right)
    if "diagonal" in (left.kind, right.kind):
        return _scaled(left, right)
    if left.kind == "inverse":
        return arrays.solve(left.array, array_of(right))
    if right.kind == "inverse":
        return arrays.transpose(arrays.solve(arrays.transpose(right.array), arrays.transpose(left.array)))
    return _plain(left, right)


def _of_vectors(left: Operand, right: Operand) -> Node:
    """A column times a row, or a scalar times either."""
    if left.array.shape and right.array.shape:
        return arrays.outer(left.array, right.array)
    return arrays.times([left.array, right.array])


def _scaled(left: Operand, right: Operand) -> Node:
    """A product with one diagonal matrix."""
    vector, other = (left, right) if left.kind == "diagonal" else (right, left)
    scaled = array_of(other)
    if len(scaled.shape) < 2:
        return arrays.times([left.array, right.array])
    along = arrays.spread(vector.array, "rows" if vector is left else "columns", scaled.shape)
    return arrays.times([along, scaled] if vector is left else [scaled, along])


def _plain(left: Operand, right: Operand) -> Node:
    """A product of arrays; one with ones is a sum, one with a unit vector an entry."""
    a, b = left.array, right.array
    if len(b.shape) == 1 and arrays.is_ones(b):
        return arrays.call("sum", (a,), a.shape[:-1], ("rows",) if len(a.shape) == 2 else ())
    if len(a.shape) == 1 and arrays.is_ones(a):
        return arrays.call("sum", (b,), b.shape[1:], ("cols",) if len(b.shape) == 2 else ())
    if b.op == "unit":
        return arrays.entry(a, b.attrs[0], len(a.shape) - 1)
    if a.op == "unit":
        return arrays.entry(b, a.attrs[0], 0)
    return arrays.matmul(a, b)


def array_of(operand: Operand) -> Node:
    """An operand as a whole array."""
    if operand.kind == "inverse":
        return arrays.inverse(operand.array)
    return arrays.diagonal(operand.array) if operand.kind == "diagonal" else operand.array
