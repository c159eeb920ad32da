"""Vectors and matrices inside of index notation, such as the row `X[i,:]`: products, functions of them.

Each is a tensor that has its rows and columns as axes behind its indices, so that `sum[i]((X[i,:]*w - y[i])^2)` is
what `sum[i]((sum[k](X[i,k]*w[k]) - y[i])^2)` is.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from matdiff.errors import NotYet
from matdiff.functions.rows import Composite, Elementwise, Opaque, Sugar
from matdiff.parsing.indices import SCALAR_SIDES, Entries, Index, multiplied, one
from matdiff.parsing.lowering import Lowering
from matdiff.parsing.syntax import Syntax
from matdiff.parsing.terms import scaled
from matdiff.tree import build
from matdiff.tree.node import Node

BY_ENTRIES = "m n -> m n"
HALF = Fraction(1, 2)


def entries_of(lowering: Lowering, syntax: Syntax) -> Entries:
    """What stands in index notation as entries; what has no index has its rows and columns alone."""
    if syntax in lowering.entries:
        return lowering.entries[syntax]
    node, sides = lowering.nodes[syntax], lowering.sides(syntax)
    if len(node.shape) > len(sides):
        raise not_of_entries(syntax)
    node = build.transpose(node) if node.shape[:1] == (1,) else node
    return one(node, tuple(side for side in sides if side))._replace(sides=sides)


def not_of_entries(syntax: Syntax) -> NotYet:
    """What is not read in index notation."""
    return NotYet(
        f"`{syntax.place().excerpt()}` in index notation: entries, rows and columns are added, multiplied and mapped",
        syntax.place(),
    )


def is_by_entries(lowering: Lowering, syntax: Syntax) -> bool:
    """Whether a call is taken of every entry by itself."""
    row = lowering.problem.row(syntax.text)
    return isinstance(row, Elementwise) or (isinstance(row, Sugar) and row.signature == BY_ENTRIES)


def chained(lowering: Lowering, syntax: Syntax, parts: list[Entries]) -> Entries:
    """The product of scalars, vectors and matrices from left to right."""
    whole = Entries(Fraction(1), ())
    summed: list[Index] = []
    for k, part in enumerate(parts):
        if SCALAR_SIDES in (part.sides, whole.sides):
            sides = whole.sides if part.sides == SCALAR_SIDES else part.sides
            whole = multiplied([whole, part])._replace(sides=sides)
            continue
        left, right = whole.sides[1], part.sides[0]
        if (left is None) != (right is None):
            raise not_of_entries(syntax)
        inner = left and lowering.ranged((syntax, f".{k}"), lowering.sizes()[left])
        summed += [inner] if inner else []
        sides = (whole.sides[0], part.sides[1])
        whole = multiplied([whole.on((None, inner)), part.on((inner, None))])._replace(sides=sides)
    return summed_over(lowering, whole, summed).on(lowering.sides(syntax))


def summed_over(lowering: Lowering, entries: Entries, indices: list[Index]) -> Entries:
    """The sum over some of the indices, which are its rows and columns no longer."""
    if not indices:
        return entries
    kept = tuple(index for index in entries.free if index not in indices)
    tensor = one(entries.tensor(kept, lowering.sizes()), kept)
    first, second = (None if side in indices else side for side in entries.sides)
    return Entries(entries.weight * tensor.weight, tensor.factors, (first, second))


def folded(lowering: Lowering, syntax: Syntax, args: list[Entries]) -> Entries:
    """A function of whole vectors or matrices, one for each value of the indices."""
    row = lowering.problem.row(syntax.text)
    if row is not None and row.name in FOLDS:
        return FOLDS[row.name](lowering, args)
    indices = [index for index in args[0].free if index not in args[0].sides]
    sides = [side for side in args[0].sides if side]
    if not isinstance(row, Composite | Opaque) or not row.by_rows or syntax.operators or len(args) > 1:
        raise not_of_entries(syntax)
    if len(indices) != 1 or len(sides) != 1:
        raise not_of_entries(syntax)
    matrix = _node(lowering, args[0], (*indices, *sides))
    if any(lowering.sides(syntax)):
        value = build.call(row.name, (matrix,), matrix.shape, ("rows",))
        return one(value, (*indices, *sides))._replace(sides=args[0].sides)
    return one(build.call(row.name, (matrix,), matrix.shape[:1], ("rows",)), (*indices,))


def _node(lowering: Lowering, entries: Entries, axes: tuple[Index, ...]) -> Node:
    return scaled(entries.weight, entries.tensor(axes, lowering.sizes()))


def _sum(lowering: Lowering, args: list[Entries]) -> Entries:
    return summed_over(lowering, args[0], [side for side in args[0].sides if side])


def _trace(lowering: Lowering, args: list[Entries]) -> Entries:
    diagonal = args[0].on((args[0].sides[0], args[0].sides[0]))
    return _sum(lowering, [diagonal])


def _inner_product(lowering: Lowering, args: list[Entries]) -> Entries:
    sides = args[0].sides
    return _sum(lowering, [multiplied([args[0], args[1].on(sides)])._replace(sides=sides)])


def _norm(lowering: Lowering, args: list[Entries]) -> Entries:
    axes = args[0].free
    squares = one(build.power(_node(lowering, args[0], axes), 2), axes)._replace(sides=args[0].sides)
    total = _sum(lowering, [squares])
    return one(build.power(_node(lowering, total, total.free), HALF), total.free)


FOLDS: dict[str, Callable[[Lowering, list[Entries]], Entries]] = {
    "sum": _sum,
    "tr": _trace,
    "dot": _inner_product,
    "norm2": _norm,
}
