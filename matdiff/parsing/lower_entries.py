"""Entries, rows and columns → nodes; index notation → tensors on their indices."""

from __future__ import annotations

from fractions import Fraction

from matdiff.errors import NotYet
from matdiff.functions.rows import Elementwise, Sugar
from matdiff.parsing.indices import Entries, all_of, free_indices, indices_of, one
from matdiff.parsing.indices import multiplied as joined
from matdiff.parsing.lower_operators import multiply, operands, raised
from matdiff.parsing.lowering import Lowering, index_of
from matdiff.parsing.syntax import Syntax
from matdiff.parsing.terms import (
    inverted_entries,
    scaled,
)
from matdiff.tree import build, unknown
from matdiff.tree.node import Node, make


def index(lowering: Lowering, syntax: Syntax) -> Node:
    """An entry, a row or a column, as a product with unit vectors."""
    base, indices = lowering.nodes[syntax.args[0]], indices_of(syntax)
    if len(base.shape) > 2:
        units = [build.unit(index_of(i), size) for i, size in zip(indices, base.shape, strict=True)]
        axes = tuple(range(len(units)))
        return make("einsum", (base, *units), ((axes, *((k,) for k in axes)), (), base.shape), ())
    rows, columns = build.rows_and_columns(base.shape)
    sides: tuple[Syntax | None, ...] = (*indices, None)[:2] if rows != 1 else (None, *indices)
    parts = [(syntax, base)]
    if sides[0] is not None and sides[0].kind != "slice":
        parts.insert(0, (syntax, build.transpose(build.unit(index_of(sides[0]), rows))))
    if sides[1] is not None and sides[1].kind != "slice":
        parts.append((syntax, build.unit(index_of(sides[1]), columns)))
    return multiply(syntax, ("times",) * len(parts), parts)


def lower_entry(lowering: Lowering, syntax: Syntax) -> None:
    """A construct in index notation: a tensor on its free indices, a node where it has none."""
    entries = _entry(lowering, syntax)
    if entries.free and syntax.kind != "indexed":
        lowering.entries[syntax] = entries
        return
    axes = free_indices(syntax) if syntax.kind == "indexed" else ()
    lowering.nodes[syntax] = scaled(entries.weight, entries.tensor(axes, lowering.sizes()))


def _entry(lowering: Lowering, syntax: Syntax) -> Entries:
    args = [_entries_of(lowering, arg) for arg in lowering.problem.below(syntax)]
    match syntax.kind:
        case "index" | "delta":
            return _bound_entry(lowering, syntax)
        case "indexed":
            return args[0]
        case "total":
            return _total(lowering, syntax, args[0])
        case "minus":
            return args[0]._replace(weight=-args[0].weight)
        case "sum":
            return _sum_of_entries(lowering, syntax, args)
        case "product" | "entrywise":
            parts = [
                (operator.endswith("over"), _entries_of(lowering, arg)) for operator, arg in operands(lowering, syntax)
            ]
            return joined(_inverted(lowering, entries) if is_below else entries for is_below, entries in parts)
        case _:
            return _mapped(lowering, syntax, args)


def _entries_of(lowering: Lowering, syntax: Syntax) -> Entries:
    """What stands in index notation as entries."""
    return lowering.entries.get(syntax) or one(lowering.nodes[syntax], ())


def _bound_entry(lowering: Lowering, syntax: Syntax) -> Entries:
    bound = lowering.problem.bindings[syntax]
    if syntax.kind == "delta":
        first, second = (index for index in bound if index)
        size = lowering.sizes()[first]
        return Entries(Fraction(1), ((build.identity(size), (first, second)),))
    base = lowering.nodes[syntax.args[0]]
    base = build.transpose(base) if len(base.shape) == 2 and base.shape[0] == 1 else base
    numbers = [k for k, index in enumerate(bound) if index is None]
    if numbers:
        axes = tuple(range(len(bound)))
        units = [build.unit(index_of(indices_of(syntax)[k]), base.shape[k]) for k in numbers]
        kept = tuple(k for k in axes if k not in numbers)
        attrs = ((axes, *((k,) for k in numbers)), kept, base.shape)
        base = make("einsum", (base, *units), attrs, tuple(base.shape[k] for k in kept))
    return one(base, tuple(index for index in bound if index))


def _total(lowering: Lowering, syntax: Syntax, entries: Entries) -> Entries:
    """A sum over indices; one that the entries do not have counts its range."""
    bound = {(syntax, name) for name in syntax.operators}
    kept = tuple(index for index in entries.free if index not in bound)
    sizes = lowering.sizes()
    counted = [build.size_number(sizes[index]) for index in sorted(bound - set(entries.free), key=str)]
    weight = Entries(entries.weight, ())
    return joined([weight, one(entries.tensor(kept, sizes), kept), *(one(n, ()) for n in counted)])


def _sum_of_entries(lowering: Lowering, syntax: Syntax, args: list[Entries]) -> Entries:
    axes, sizes = all_of(args), lowering.sizes()
    signs = (1, *(-1 if operator.endswith("subtract") else 1 for operator in syntax.operators))
    terms = [(sign * arg.weight, arg.tensor(axes, sizes)) for sign, arg in zip(signs, args, strict=True)]
    return one(build.total(terms), axes)


def _inverted(lowering: Lowering, entries: Entries) -> Entries:
    node = scaled(entries.weight, entries.tensor(entries.free, lowering.sizes()))
    return one(inverted_entries(node), entries.free)


def _mapped(lowering: Lowering, syntax: Syntax, args: list[Entries]) -> Entries:
    """A power or an entry-wise function of entries."""
    axes, sizes = all_of(args), lowering.sizes()
    nodes = [scaled(arg.weight, arg.tensor(axes, sizes)) for arg in args]
    row = lowering.problem.row(syntax.text) if syntax.kind == "call" else None
    if syntax.kind in ("power", "entrywise_power"):
        if lowering.problem.is_exponential(syntax):
            return one(build.apply("exp", nodes[1]), axes)
        exponent = scaled(args[1].weight, args[1].tensor((), sizes)) if not args[1].free else nodes[1]
        return one(_raised_entries(lowering, syntax, nodes[0], exponent, nodes[1]), axes)
    if syntax in lowering.problem.functions:
        return one(_unknown_entries(lowering, syntax, tuple(nodes)), axes)
    if isinstance(row, Elementwise):
        return one(lowering.problem.applied(syntax.text, tuple(nodes)), axes)
    if isinstance(row, Sugar) and len(nodes) == 1:
        return one(row.build(*nodes), axes)
    raise NotYet(
        f"`{syntax.place().excerpt()}` in index notation: entries are added, multiplied and mapped", syntax.place()
    )


def _unknown_entries(lowering: Lowering, syntax: Syntax, nodes: tuple[Node, ...]) -> Node:
    """An unknown function of entries, which is taken of each of them."""
    from matdiff.parsing.unknowns import places_of

    name = lowering.problem.functions[syntax]
    orders = tuple(places_of(name).count(place) for place in range(len(nodes)))
    return unknown.entrywise(name.function, nodes, orders)


def _raised_entries(lowering: Lowering, syntax: Syntax, base: Node, exponent: Node, spread_exponent: Node) -> Node:
    if exponent.op == "number":
        return raised(lowering, syntax, base, exponent)
    return build.apply("pow", base, spread_exponent)
