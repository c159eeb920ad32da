"""Sums of parts that stand in their places, as blocks: `[I; zeros]*A + [zeros; I]*B` is `[A; B]`."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from matdiff.recognise.sums import summed
from matdiff.recognise.terms import is_constant, is_zero, ordered_sum, scaled
from matdiff.recognise.transposes import transposed
from matdiff.tree import build
from matdiff.tree.attributes import Weighted, weights_of
from matdiff.tree.build import rows_and_columns
from matdiff.tree.dims import Dim, add, scale
from matdiff.tree.node import Node, make
from matdiff.tree.walk import fold

MINUS = Fraction(-1)


class Place(NamedTuple):
    """Where a part stands along an axis: `size` entries behind `before` others."""

    before: Dim
    size: Dim


class Term(NamedTuple):
    """A part with its places; None where it has the whole of an axis."""

    rows: Place | None
    columns: Place | None
    body: Node


def selector(before: Dim, part: Dim, whole: Dim) -> Node:
    """The matrix that puts a part in its place, as a column of blocks: `[zeros; I; zeros]`."""
    after = _less(whole, add(before, part))
    cells = [(before, False), (part, True), (after, False)]
    args = [
        build.identity(part) if own else build.zeros(build.shape_of(size, part)) for size, own in cells if size != 0
    ]
    return build.block(tuple(args), 1)


def with_blocks(roots: tuple[Node, ...]) -> tuple[Node, ...]:
    """The roots with every sum of parts, and every part that stands alone, as blocks."""
    done = fold(roots, _visit)
    found = tuple(_finished(done[root]) for root in roots)
    turned = fold(found, _turned)
    return tuple(turned[node] for node in found)


def _visit(node: Node, args: tuple[Node, ...]) -> Node:
    if node.op == "sum":
        found = _summed(list(zip(weights_of(node), args, strict=True)), node)
        if found is not None:
            return found
    finished = tuple(_finished(arg) if node.op != "product" else arg for arg in args)
    return node if finished == node.args else make(node.op, finished, node.attrs, node.shape)


def _summed(weighted: Sequence[Weighted], whole: Node) -> Node | None:
    """The sum of the terms with those that are parts as blocks; None where these make no blocks."""
    placed = [(weight, body) for weight, body in weighted if _term(weight, body)]
    found = _assembled(placed, whole)
    if found is None or len(placed) == len(weighted):
        return found
    rest = [(weight, _finished(body)) for weight, body in weighted if not _term(weight, body)]
    return ordered_sum([(Fraction(1), found), *rest], whole.shape)


def _finished(node: Node) -> Node:
    """A product with a selector at an end as blocks."""
    if node.op != "product":
        return node
    return _assembled([(Fraction(1), node)], node) or node


def _assembled(weighted: Sequence[Weighted], whole: Node) -> Node | None:
    """The terms as one matrix of blocks; None where they are none."""
    if not weighted or len(whole.shape) not in (1, 2):
        return None
    terms = [_term(weight, body) for weight, body in weighted]
    if any(term is None for term in terms):
        return None
    known = [term for term in terms if term is not None]
    height, width = rows_and_columns(whole.shape)
    rows = _partition([term.rows for term in known], height)
    columns = _partition([term.columns for term in known], width)
    if rows is None or columns is None or len(rows) * len(columns) == 1:
        return None
    cells: list[Node] = []
    for row in rows:
        for column in columns:
            own = [t.body for t in known if (t.rows or rows[0]) == row and (t.columns or columns[0]) == column]
            shape = build.shape_of(row.size, column.size)
            if any(body.shape != shape for body in own):
                return None
            cells.append(summed([(Fraction(1), body) for body in own], shape) if own else build.zeros(shape))
    return _merged(cells, len(columns))


def _merged(cells: list[Node], columns: int) -> Node:
    """The cells as one matrix of blocks, also where each of them is a column or a row of blocks."""
    opened = [_opened(cell) for cell in cells]
    if columns == len(cells) and _are_split(opened, 0, 1):
        rows = zip(*(cell.args for cell in opened), strict=True)
        return build.block(tuple(block for row in rows for block in row), columns)
    if columns == 1 and _are_split(opened, 1, len(opened[0].args)):
        return build.block(tuple(block for cell in opened for block in cell.args), len(opened[0].args))
    return build.block(tuple(cells), columns)


def _opened(node: Node) -> Node:
    """The transpose of a column of blocks as a row of blocks, and of a row as a column; any other node as it is."""
    if node.op != "transpose" or node.args[0].op != "block":
        return node
    (columns,) = node.args[0].attrs
    blocks = node.args[0].args
    if columns not in (1, len(blocks)):
        return node
    return build.block(tuple(map(transposed, blocks)), len(blocks) if columns == 1 else 1)


def _are_split(cells: Sequence[Node], axis: int, columns: int) -> bool:
    """Whether all cells are blocks with so many columns, whose sizes along an axis agree."""
    if any(cell.op != "block" or cell.attrs != (columns,) for cell in cells):
        return False
    sizes = [[rows_and_columns(block.shape)[axis] for block in cell.args] for cell in cells]
    return all(own == sizes[0] for own in sizes)


def _turned(node: Node, args: tuple[Node, ...]) -> Node:
    """The transpose of a selector as a row of blocks."""
    if node.op == "transpose" and _place(args[0]) and args[0].op == "block":
        return build.block(tuple(_flipped(arg) for arg in args[0].args), len(args[0].args))
    return node if args == node.args else make(node.op, args, node.attrs, node.shape)


def _flipped(node: Node) -> Node:
    """A constant with its axes in the other order."""
    rows, columns = rows_and_columns(node.shape)
    return make(node.op, (), node.attrs, build.shape_of(columns, rows)) if node.shape else node


def _term(weight: Fraction, node: Node) -> Term | None:
    scalars, chain = build.split_product(node)
    rows = _place(chain[0]) if chain else None
    rest = chain[1:] if rows else chain
    columns = _place(rest[-1].args[0]) if rest and rest[-1].op == "transpose" else None
    if rows is None and columns is None:
        return None
    rest = rest[:-1] if columns else rest
    if not rest:
        single = columns or rows
        assert single is not None
        sizes = {place.size for place in (rows, columns) if place is not None}
        if len(sizes) > 1:
            return None
        rest = (build.identity(single.size),) if single.size != 1 else ()
    factors = (*scalars, *rest)
    return Term(rows, columns, scaled(weight, build.product(*factors) if factors else build.number(1)))


def _place(node: Node) -> Place | None:
    """Where a selector or a unit vector puts a part."""
    if node.op == "constant" and node.attrs[0] == "unit" and isinstance(node.attrs[1], int):
        return Place(node.attrs[1] - 1, 1)
    if node.op != "block" or node.attrs != (1,):
        return None
    held = [k for k, arg in enumerate(node.args) if not is_zero(arg)]
    if len(held) != 1 or not is_constant(node.args[held[0]], "identity"):
        return None
    before: Dim = 0
    for arg in node.args[: held[0]]:
        before = add(before, rows_and_columns(arg.shape)[0])
    return Place(before, rows_and_columns(node.args[held[0]].shape)[0])


def _partition(places: Sequence[Place | None], whole: Dim) -> tuple[Place, ...] | None:
    """The places in order, with gaps between them filled; None where they are no parts of one axis.

    Single entries alone make an axis only where they are all of it.
    """
    known = {place for place in places if place is not None}
    if not known:
        return (Place(0, whole),)
    if None in places:
        return None
    may_fill = any(place.size != 1 or not isinstance(place.before, int) for place in known)
    ordered: list[Place] = []
    position: Dim = 0
    while known:
        following = next((place for place in known if place.before == position), None)
        if following is None and len(known) == 1 and may_fill:
            (last,) = known
            following = Place(position, _less(last.before, position))
        if following is None:
            return None
        known.discard(following)
        ordered.append(following)
        position = add(position, following.size)
    if position == whole:
        return tuple(ordered)
    return (*ordered, Place(position, _less(whole, position))) if may_fill else None


def _less(size: Dim, part: Dim) -> Dim:
    return add(size, scale(part, MINUS))
