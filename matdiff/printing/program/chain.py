"""Products of matrices in the cheapest order: inverses as solves, diagonal matrices as scalings, sums term by term.

A sum whose terms are cheaper to multiply with than the whole is not made: `(A + A')*x` is two products with a vector,
`(I - u*v')*B` changes `B` by a product of vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from matdiff.printing.program import arrays
from matdiff.printing.program.stretch import total
from matdiff.tree.dims import Dim, names_of, value_of
from matdiff.tree.node import Node

GUESS = 1000
LONGEST = 24


class Operand(NamedTuple):
    """A member of a chain of `rows` x `columns`.

    `kind` is `array`, or says what of `array` is meant: its `inverse`, or the `diagonal` matrix of it. A `sum` has
    `parts` as well; `users` is how many things need it.
    """

    rows: Dim
    columns: Dim
    array: Node
    kind: str = "array"
    parts: tuple[Part, ...] = ()
    users: int = 1


class Part(NamedTuple):
    """A term of a sum: a weight, scalars that it is multiplied with and divided by, and a chain."""

    weight: Fraction
    above: tuple[Node, ...]
    below: tuple[Node, ...]
    chain: tuple[Operand, ...]


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
        best = {(k, k + 1): (0, k) for k in range(len(chain))}
        stretches = {(k, k + 1): operand for k, operand in enumerate(chain)}
        for length in range(2, len(chain) + 1):
            for first in range(len(chain) - length + 1):
                last = first + length
                stretches[first, last] = _stretch(chain[first:last])
                options = []
                for middle in range(last - 1, first, -1):
                    left, right = stretches[first, middle], stretches[middle, last]
                    cost = best[first, middle][0] + best[middle, last][0] + self.work(left, right)
                    options.append((cost + (right.kind == "inverse"), middle))
                best[first, last] = min(options, key=lambda option: option[0])
        return best

    def of_chain(self, chain: Sequence[Operand]) -> int:
        """The cost of a whole chain."""
        return self.cheapest(chain)[0, len(chain)][0]

    def entries(self, operand: Operand) -> int:
        """How many entries a matrix has."""
        return self.of(operand.rows) * self.of(operand.columns)

    def work(self, left: Operand, right: Operand) -> int:
        """The cost of one product."""
        kinds = (left.kind, right.kind)
        if "sum" in kinds:
            return min(self.of_parts(left, right), self.of_whole(left, right))
        entries = self.of(left.rows) * self.of(right.columns)
        if is_identity(left) or is_identity(right):  # an inverse is somewhat cheaper than a system with as many sides
            return entries * self.of(left.columns) // 2 if "inverse" in kinds else 0
        return entries * (1 if "diagonal" in kinds else self.of(left.columns))

    def of_parts(self, left: Operand, right: Operand) -> int:
        """The cost of the product with a sum, term by term."""
        parts = parts_of_product(left, right)
        added = self.of(left.rows) * self.of(right.columns) * (len(parts) - 1)
        return added + sum(self.of_chain(part.chain) for part in parts)

    def of_whole(self, left: Operand, right: Operand) -> int:
        """The cost of the product with a sum that is made first."""
        summed = left if left.kind == "sum" else right
        return self.of_sum(summed) + self.work(_whole(left), _whole(right))

    def of_sum(self, summed: Operand) -> int:
        """What the making of a sum costs one of those who need it."""
        made = sum(self.of_chain(part.chain) + self.entries(summed) for part in summed.parts)
        return made // summed.users


def _stretch(members: Sequence[Operand]) -> Operand:
    """What is known beforehand of the product of neighbours."""
    kind = "diagonal" if all(member.kind == "diagonal" for member in members) else "product"
    return Operand(members[0].rows, members[-1].columns, members[0].array, kind)


def is_identity(operand: Operand) -> bool:
    """Whether nothing is changed by a product with it."""
    return operand.kind == "array" and operand.array.op == "identity"


def _whole(operand: Operand) -> Operand:
    """A sum as the array that it is."""
    return operand._replace(kind="array", parts=()) if operand.kind == "sum" else operand


def parts_of_product(left: Operand, right: Operand) -> tuple[Part, ...]:
    """The terms of a sum, each multiplied; of two sums the left one is taken apart."""
    if left.kind == "sum":
        return tuple(part._replace(chain=(*part.chain, _whole(right))) for part in left.parts)
    return tuple(part._replace(chain=(left, *part.chain)) for part in right.parts)


def product(chain: Sequence[Operand], costs: Costs) -> Operand:
    """The product of a chain."""
    if len(chain) > LONGEST:
        return _from_one_side(chain, costs)
    best = costs.cheapest(chain)

    def stretch(first: int, last: int) -> Operand:
        if last - first == 1:
            return chain[first]
        middle = best[first, last][1]
        return multiply(stretch(first, middle), stretch(middle, last), costs)

    return stretch(0, len(chain))


def halves(chain: Sequence[Operand], costs: Costs) -> tuple[Operand, Operand]:
    """The two factors of a chain for a place that needs their product's diagonal only, parted where that is cheapest.

    An inverse in front or behind stays with all the others, as a solve of them.
    """
    if len(chain) > LONGEST:
        return chain[0], _from_one_side(chain[1:], costs)
    _, middle = _cheapest_halves(chain, costs)
    return product(chain[:middle], costs), product(chain[middle:], costs)


def cheaper_parts(chain: Sequence[Operand], costs: Costs) -> tuple[Part, ...]:
    """The terms of a chain with a sum, where their diagonals cost less than that of the whole; else none."""
    for place, operand in enumerate(chain):
        if operand.kind == "sum":
            whole = [_whole(member) for member in chain]
            before, behind = whole[:place], whole[place + 1 :]
            parts = tuple(part._replace(chain=(*before, *part.chain, *behind)) for part in operand.parts)
            cost = costs.of_sum(operand) + cost_of_diagonal(whole, costs)
            return parts if sum(cost_of_diagonal(part.chain, costs) for part in parts) < cost else ()
    return ()


def cost_of_diagonal(chain: Sequence[Operand], costs: Costs) -> int:
    """What the diagonal of a chain costs; a system of equations is solved whole for it."""
    chain = [operand for operand in chain if not is_identity(operand)]
    if len(chain) < 2:
        return sum(costs.entries(operand) * costs.of(operand.rows) for operand in chain if operand.kind == "inverse")
    cost, middle = _cheapest_halves(chain, costs)
    is_solved = "inverse" in (chain[0].kind if middle == 1 else "", chain[-1].kind if middle == len(chain) - 1 else "")
    return cost + (costs.of(chain[0].rows) ** 2 * costs.of(chain[middle].rows) if is_solved else 0)


def _cheapest_halves(chain: Sequence[Operand], costs: Costs) -> tuple[int, int]:
    """The cost of two factors whose product's diagonal is needed, and where they meet."""
    best = costs.cheapest(chain)
    count = len(chain)

    def cost(middle: int) -> int:
        work = costs.of(chain[0].rows) * costs.of(chain[middle].rows)
        return best[0, middle][0] + best[middle, count][0] + work

    middle = min(range(count - 1, 0, -1), key=cost)
    return cost(middle), middle


def _from_one_side(chain: Sequence[Operand], costs: Costs) -> Operand:
    """A chain that is too long to try all orders: from the side of its vector."""
    if chain[-1].columns == 1 and chain[0].rows != 1:
        found = chain[-1]
        for operand in reversed(chain[:-1]):
            found = multiply(operand, found, costs)
        return found
    found = chain[0]
    for operand in chain[1:]:
        found = multiply(found, operand, costs)
    return found


def multiply(left: Operand, right: Operand, costs: Costs) -> Operand:
    """The product of two neighbours of a chain."""
    if is_identity(left):
        return right
    if is_identity(right):
        return left
    if "sum" in (left.kind, right.kind):
        if costs.of_whole(left, right) < costs.of_parts(left, right):
            return multiply(_whole(left), _whole(right), costs)
        return sum_of(parts_of_product(left, right), left.rows, right.columns, costs)
    if left.kind == right.kind == "diagonal":
        return Operand(left.rows, right.columns, arrays.times([left.array, right.array]), "diagonal")
    return Operand(left.rows, right.columns, _product(left, right))


def sum_of(parts: tuple[Part, ...], rows: Dim, columns: Dim, costs: Costs) -> Operand:
    """A sum that is made while a chain is multiplied."""
    value = total_of(parts, lambda members: array_of(product(members, costs)))
    return Operand(rows, columns, value, "sum", parts)


def total_of(parts: Iterable[Part], value_of: Callable[[Sequence[Operand]], Node]) -> Node:
    """The sum of what is made of the chain of each term."""
    return total((part.weight, with_scalars(value_of(part.chain), part.above, part.below)) for part in parts)


def with_scalars(value: Node, above: Sequence[Node], below: Sequence[Node]) -> Node:
    """What was made of a chain times scalars and over others; an outer product takes them into the first vector."""
    if not above and not below:
        return value
    if value.op == "outer":
        left, right = value.args
        return arrays.outer(arrays.times([*above, left], below), right)
    return arrays.times([*above, value], below)


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
