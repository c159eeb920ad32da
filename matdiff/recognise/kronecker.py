"""A tensor of three or four axes as a matrix: ∂vec F/∂vec X', with Kronecker products and commutation matrices.

The axes of the value are the digits of the row number and those of the variable the digits of the column number, the
first axis the lowest digit, since `vec` stacks columns. A term falls apart into blocks that share no wire; each block
is a matrix between its own digits, the Kronecker product puts blocks together (the lowest digit on the right), and
commutation matrices bring digits into order. Source: Magnus and Neudecker, Matrix Differential Calculus, chapter 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from math import inf
from typing import NamedTuple

from matdiff.recognise.chains import multiplied
from matdiff.recognise.doubled import doubled_block, kron, reduced, vec
from matdiff.recognise.measure import cost
from matdiff.recognise.sums import summed
from matdiff.recognise.terms import is_zero
from matdiff.recognise.transposes import transposed
from matdiff.tree import build, einsum
from matdiff.tree.attributes import Weighted, flat_terms
from matdiff.tree.dims import Dim, multiply
from matdiff.tree.einsum import Wires
from matdiff.tree.node import Node, Shape

MOST_BLOCKS = 5
Factor = tuple[Node, Wires]


def stacked_shape(shape: Shape, lead: int) -> Shape:
    """The shape of ∂vec F/∂vec X' for a derivative whose first `lead` axes are those of F."""
    return _length(shape[:lead]), _length(shape[lead:])


def kronecker_form(node: Node, lead: int) -> Node | None:
    """A tensor in matrix form as the matrix ∂vec F/∂vec X'; None where it is not known to have such a form.

    The first `lead` axes are those of F, the others those of X.
    """
    shape = stacked_shape(node.shape, lead)
    if is_zero(node):
        return build.zeros(shape)
    terms: list[Weighted] = []
    for weight, body in flat_terms(node):
        matrix = _stacked_einsum(body, lead) if body.op == "einsum" else None
        if matrix is None:
            return None
        terms.append((weight, matrix))
    return summed(terms, shape)


def _length(shape: Iterable[Dim]) -> Dim:
    total: Dim = 1
    for size in shape:
        total = multiply(total, size)
    return total


class _Block(NamedTuple):
    """A matrix between some digits of the row number and some of the column number, by their places there."""

    rows: Wires
    columns: Wires
    matrix: Node


@dataclass(slots=True)
class _Term:
    """An einsum with the wires of its digits, lowest first; `before` and `after` are factors beside its matrix."""

    factors: list[Factor]
    rows: list[int]
    columns: list[int]
    sizes: Shape
    before: list[Node] = field(default_factory=list)
    after: list[Node] = field(default_factory=list)

    def strip_halves(self) -> None:
        """Take elimination and duplication matrices out that stand before all digits of the rows or behind the columns.

        The digit of what they stand beside is that of the whole stacked matrix.
        """
        for factor, ends in list(self.factors):
            if factor.op != "constant" or factor.attrs[0] not in ("elimination", "duplication"):
                continue
            held = [wire for _, others in self.factors for wire in others]
            for digits, beside in ((self.rows, self.before), (self.columns, self.after)):
                outer = next((wire for wire in ends if digits == [wire] and held.count(wire) == 1), None)
                if outer is not None:
                    is_plain = (outer == ends[0]) == (digits is self.rows)
                    beside.append(factor if is_plain else build.transpose(factor))
                    digits[:] = [wire for wire in ends if wire != outer]
                    self.factors.remove((factor, ends))
                    break

    def open_pairings(self) -> None:
        """Take the tensors that stack columns out: they split a digit in two, or join two."""
        for factor, ends in list(self.factors):
            if factor.op == "constant" and factor.attrs == ("pairing",) and self.open_pairing(*ends):
                self.factors.remove((factor, ends))

    def open_pairing(self, whole: int, low: int, high: int) -> bool:
        held = [*self.rows, *self.columns, *(wire for _, ends in self.factors for wire in ends)]
        is_lone = held.count(whole) == 2
        is_joined = held.count(low) == held.count(high) == 2
        for digits in (self.rows, self.columns):
            if is_lone and whole in digits:
                place = digits.index(whole)
                digits[place : place + 1] = [low, high]
                return True
            if is_joined and digits in ([low, high], [high, low]):
                if digits == [high, low]:
                    self.turn(digits)
                digits[:] = [whole]
                return True
        return False

    def turn(self, digits: list[int]) -> None:
        """Take two digits in the other order; a commutation matrix makes up for it."""
        first, second = (self.sizes[wire] for wire in digits)
        if digits is self.rows:
            self.before.append(build.commutation(second, first))
        else:
            self.after.append(build.commutation(first, second))

    def components(self) -> list[list[int]]:
        """The wires, those that factors connect together."""
        group = {wire: {wire} for wire in range(len(self.sizes))}
        for _, ends in self.factors:
            joined = set().union(*(group[wire] for wire in ends))
            group.update(dict.fromkeys(joined, joined))
        used = {*self.rows, *self.columns, *(wire for _, ends in self.factors for wire in ends)}
        return [sorted(wires) for wires in {id(group[wire]): group[wire] for wire in sorted(used)}.values()]

    def block(self, wires: list[int]) -> _Block | None:
        """The block of connected wires; None where it has no matrix form."""
        rows = tuple(k for k, wire in enumerate(self.rows) if wire in wires)
        columns = tuple(k for k, wire in enumerate(self.columns) if wire in wires)
        factors = [(factor, ends) for factor, ends in self.factors if ends and ends[0] in wires]
        row_wires, column_wires = [self.rows[k] for k in rows], [self.columns[k] for k in columns]
        if len(rows) > 2 or len(columns) > 2 or any(len(ends) > 2 for _, ends in factors):
            return None
        if len(rows) + len(columns) > 2 and rows and columns:
            matrix = doubled_block(factors, row_wires, column_wires, self.sizes)
        else:
            matrix = self.plain_block(factors, row_wires, column_wires)
        return None if matrix is None else _Block(rows, columns, matrix)

    def plain_block(self, factors: list[Factor], rows: list[int], columns: list[int]) -> Node | None:
        """A matrix, a vector or a row, or the stacked columns of a matrix whose axes are on one side."""
        matrix = reduced(factors, (*rows, *columns), self.sizes)
        if matrix is None or len(rows) == len(columns):
            return matrix
        return vec(matrix) if rows else transposed(vec(matrix))


def _stacked_einsum(node: Node, lead: int) -> Node | None:
    wires, output, sizes = einsum.parts(node)
    held = {wire for ends in (*wires, output) for wire in ends}
    numbers = [build.size_number(size) for wire, size in enumerate(sizes) if wire not in held]
    term = _Term(list(zip(node.args, wires, strict=True)), list(output[:lead]), list(output[lead:]), sizes)
    term.strip_halves()
    term.open_pairings()
    scalars = [factor for factor, ends in term.factors if not ends]
    term.factors = [(factor, ends) for factor, ends in term.factors if ends]
    blocks: list[_Block] = []
    for component in term.components():
        block = term.block(component)
        if block is None:
            return None
        blocks.append(block)
    matrix = _assembled(blocks, [sizes[w] for w in term.rows], [sizes[w] for w in term.columns])
    return None if matrix is None else multiplied((*numbers, *scalars, *term.before, matrix, *term.after))


def _assembled(blocks: list[_Block], rows: Shape | list[Dim], columns: Shape | list[Dim]) -> Node | None:
    """The Kronecker product of the blocks in the order that takes the fewest commutations, and those beside it."""
    if len(blocks) > MOST_BLOCKS:
        return None
    best: tuple[float, float, Node] = (inf, inf, build.number(0))
    for order in permutations(blocks):
        left = _permutation([k for block in order for k in block.rows], range(len(rows)), rows)
        right = _permutation(range(len(columns)), [k for block in order for k in block.columns], columns)
        if len(left) + len(right) > best[0]:
            continue
        matrix = multiplied((*left, _joined(order), *right))
        best = min(best, (len(left) + len(right), cost(matrix), matrix), key=lambda item: item[:2])
    return best[2]


def _joined(blocks: Sequence[_Block]) -> Node:
    """The Kronecker product of blocks, the lowest first; without a block that has both it is a column times a row."""
    if any(block.rows and block.columns for block in blocks):
        return kron([block.matrix for block in reversed(blocks)])
    column = kron([block.matrix for block in reversed(blocks) if block.rows])
    return multiplied((column, kron([block.matrix for block in reversed(blocks) if not block.rows])))


def _permutation(start: Iterable[int], goal: Iterable[int], sizes: Sequence[Dim]) -> list[Node]:
    """Factors whose product takes a stacked tensor with its digits in the order `start` to the order `goal`."""
    current, wanted = list(start), list(goal)
    factors: list[Node] = []
    for place in range(len(wanted)):
        found = current.index(wanted[place])
        if found == place:
            continue
        stop = found + 1
        while stop < len(current) and current[stop] == wanted[place + stop - found]:
            stop += 1
        swap = build.commutation(_size(current[place:found], sizes), _size(current[found:stop], sizes))
        outside = [build.identity(_size(part, sizes)) for part in (current[stop:], current[:place])]
        factors.insert(0, kron([outside[0], swap, outside[1]]))
        current[place:stop] = current[found:stop] + current[place:found]
    return factors


def _size(digits: Sequence[int], sizes: Sequence[Dim]) -> Dim:
    return _length(sizes[digit] for digit in digits)
