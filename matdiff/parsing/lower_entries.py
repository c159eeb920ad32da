"""Entries, rows and columns → nodes; index notation → tensors on their indices, rows and columns among them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from matdiff.functions.rows import Elementwise, Sugar
from matdiff.parsing.indices import Entries, all_of, free_indices, indices_of, one
from matdiff.parsing.indices import multiplied as joined
from matdiff.parsing.lower_operators import multiply, operands, raised
from matdiff.parsing.lower_slices import chained, entries_of, folded, is_by_entries, not_of_entries
from matdiff.parsing.lowering import Lowering, index_of
from matdiff.parsing.syntax import Syntax
from matdiff.parsing.terms import inverted_entries, scaled
from matdiff.tree import build, unknown
from matdiff.tree.node import Node, make


def index(lowering: Lowering, syntax: Syntax) -> Node:
    """An entry, a row or a column, as a product with unit vectors."""
    base, indices = lowering.nodes[syntax.args[0]], indices_of(syntax)
    if len(base.shape) > 2:
        return _part_of_tensor(base, indices)
    rows, columns = build.rows_and_columns(base.shape)
    if is_row_as_vector(base, indices):
        unit = build.unit(index_of(indices[0]), rows)
        return multiply(syntax, ("times",) * 2, [(syntax, build.transpose(base)), (syntax, unit)])
    sides: tuple[Syntax | None, ...] = (*indices, None)[:2] if rows != 1 else (None, *indices)
    parts = [(syntax, base)]
    if sides[0] is not None and sides[0].kind != "slice":
        parts.insert(0, (syntax, build.transpose(build.unit(index_of(sides[0]), rows))))
    if sides[1] is not None and sides[1].kind != "slice":
        parts.append((syntax, build.unit(index_of(sides[1]), columns)))
    return multiply(syntax, ("times",) * len(parts), parts)


def is_row_as_vector(base: Node, indices: tuple[Syntax, ...]) -> bool:
    """Whether one index stands at a matrix: its row as a vector, as in NumPy."""
    return len(indices) == 1 and len(base.shape) == 2 and 1 not in base.shape


def _part_of_tensor(base: Node, indices: tuple[Syntax, ...]) -> Node:
    """The entry, vector or matrix that is left where a tensor has these indices."""
    kept = tuple(k for k, index in enumerate(indices) if index.kind == "slice")
    taken = [k for k in range(len(indices)) if k not in kept]
    units = [build.unit(index_of(indices[k]), base.shape[k]) for k in taken]
    wires = (tuple(range(len(indices))), *((k,) for k in taken))
    return make("einsum", (base, *units), (wires, kept, base.shape), tuple(base.shape[k] for k in kept))


def lower_entry(lowering: Lowering, syntax: Syntax) -> None:
    """A construct in index notation: a tensor on its free indices, a node where it has none."""
    entries = _entry(lowering, syntax)
    own = tuple(side for side in entries.sides if side)
    if set(entries.free) - set(own) and syntax.kind != "indexed":
        lowering.entries[syntax] = entries
        return
    axes = free_indices(syntax) if syntax.kind == "indexed" else ()
    node = scaled(entries.weight, entries.tensor((*axes, *own), lowering.sizes()))
    is_row = entries.sides[1] is not None and entries.sides[0] is None
    lowering.nodes[syntax] = build.transpose(node) if is_row else node


def _entry(lowering: Lowering, syntax: Syntax) -> Entries:
    if syntax.kind in ("index", "delta"):
        return _bound_entry(lowering, syntax)
    args = [entries_of(lowering, arg) for arg in lowering.problem.below(syntax)]
    if syntax.kind == "call" and any(any(arg.sides) for arg in args) and not is_by_entries(lowering, syntax):
        return folded(lowering, syntax, args)
    return KINDS.get(syntax.kind, _mapped)(lowering, syntax, args)


def _product(lowering: Lowering, syntax: Syntax, _: list[Entries]) -> Entries:
    return chained(lowering, syntax, _factors(lowering, syntax))


def _entrywise(lowering: Lowering, syntax: Syntax, _: list[Entries]) -> Entries:
    sides = lowering.sides(syntax)
    return joined(entries.on(sides) for entries in _factors(lowering, syntax))._replace(sides=sides)


def _factors(lowering: Lowering, syntax: Syntax) -> list[Entries]:
    """The operands of a product, those below a sign of division inverted."""
    parts = [(operator.endswith("over"), entries_of(lowering, arg)) for operator, arg in operands(lowering, syntax)]
    return [_inverted(lowering, entries) if is_below else entries for is_below, entries in parts]


def _bound_entry(lowering: Lowering, syntax: Syntax) -> Entries:
    bound = lowering.problem.bindings[syntax]
    if syntax.kind == "delta":
        first, second = (index for index in bound if index)
        size = lowering.sizes()[first]
        return Entries(Fraction(1), ((build.identity(size), (first, second)),))
    base = lowering.nodes[syntax.args[0]]
    base = build.transpose(base) if len(base.shape) == 2 and base.shape[0] == 1 else base
    sides = lowering.sides(syntax)
    slices = iter([side for side in sides if side])
    kinds = [index.kind for index in indices_of(syntax)]
    if is_row_as_vector(base, indices_of(syntax)):
        kinds, bound = [*kinds, "slice"], (*bound, None)
    bound = tuple(next(slices) if kind == "slice" else index for kind, index in zip(kinds, bound, strict=True))
    numbers = [k for k, kind in enumerate(kinds) if kind == "number"]
    if numbers:
        axes = tuple(range(len(bound)))
        units = [build.unit(index_of(indices_of(syntax)[k]), base.shape[k]) for k in numbers]
        kept = tuple(k for k in axes if k not in numbers)
        attrs = ((axes, *((k,) for k in numbers)), kept, base.shape)
        base = make("einsum", (base, *units), attrs, tuple(base.shape[k] for k in kept))
    return one(base, tuple(index for index in bound if index))._replace(sides=sides)


def _total(lowering: Lowering, syntax: Syntax, args: list[Entries]) -> Entries:
    """A sum over indices; one that the entries do not have counts its range."""
    (entries,) = args
    bound = {(syntax, name) for name in syntax.operators}
    kept = tuple(index for index in entries.free if index not in bound)
    sizes = lowering.sizes()
    counted = [build.size_number(sizes[index]) for index in sorted(bound - set(entries.free), key=str)]
    weight = Entries(entries.weight, ())
    parts = [weight, one(entries.tensor(kept, sizes), kept), *(one(n, ()) for n in counted)]
    return joined(parts)._replace(sides=entries.sides)


def _sum_of_entries(lowering: Lowering, syntax: Syntax, args: list[Entries]) -> Entries:
    sides, sizes = lowering.sides(syntax), lowering.sizes()
    args = [arg.on(sides) for arg in args]
    axes = all_of(args)
    signs = (1, *(-1 if operator.endswith("subtract") else 1 for operator in syntax.operators))
    terms = [(sign * arg.weight, arg.tensor(axes, sizes)) for sign, arg in zip(signs, args, strict=True)]
    return one(build.total(terms), axes)._replace(sides=sides)


def _inverted(lowering: Lowering, entries: Entries) -> Entries:
    node = scaled(entries.weight, entries.tensor(entries.free, lowering.sizes()))
    return one(inverted_entries(node), entries.free)._replace(sides=entries.sides)


def _mapped(lowering: Lowering, syntax: Syntax, args: list[Entries]) -> Entries:
    """A power or an entry-wise function of entries."""
    sides, sizes = lowering.sides(syntax), lowering.sizes()
    args = [arg.on(sides) for arg in args]
    axes = all_of(args)
    nodes = [scaled(arg.weight, arg.tensor(axes, sizes)) for arg in args]
    return one(_map(lowering, syntax, args, nodes), axes)._replace(sides=sides)


def _map(lowering: Lowering, syntax: Syntax, args: list[Entries], nodes: list[Node]) -> Node:
    if syntax.kind == "entrywise_power" or (syntax.kind == "power" and not any(lowering.sides(syntax))):
        if lowering.problem.is_exponential(syntax):
            return build.apply("exp", nodes[1])
        is_constant = not args[1].free
        exponent = scaled(args[1].weight, args[1].tensor((), lowering.sizes())) if is_constant else nodes[1]
        return _raised_entries(lowering, syntax, nodes[0], exponent, nodes[1])
    if syntax in lowering.problem.functions:
        return _unknown_entries(lowering, syntax, tuple(nodes))
    row = lowering.problem.row(syntax.text) if syntax.kind == "call" else None
    if isinstance(row, Elementwise):
        return lowering.problem.applied(syntax.text, tuple(nodes))
    if syntax.operators == ("bars",) and not any(lowering.sides(syntax.args[0])):
        return build.apply("abs", nodes[0])
    if isinstance(row, Sugar) and is_by_entries(lowering, syntax):
        return row.build(*nodes)
    raise not_of_entries(syntax)


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


KINDS: dict[str, Callable[[Lowering, Syntax, list[Entries]], Entries]] = {
    "indexed": lambda _, __, args: args[0],
    "total": _total,
    "transpose": lambda _, __, args: args[0]._replace(sides=args[0].sides[::-1]),
    "minus": lambda _, __, args: args[0]._replace(weight=-args[0].weight),
    "sum": _sum_of_entries,
    "product": _product,
    "entrywise": _entrywise,
}
