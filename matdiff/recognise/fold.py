"""Index form → matrix form, node by node."""

from __future__ import annotations

from matdiff.recognise.blocks import selector, with_blocks
from matdiff.recognise.diagonals import with_diagonal_parts
from matdiff.recognise.entrywise import mapped
from matdiff.recognise.functions import called
from matdiff.recognise.masks import mask
from matdiff.recognise.steps import reduce_network
from matdiff.recognise.sums import summed
from matdiff.recognise.terms import is_unit
from matdiff.recognise.transposes import outward
from matdiff.recognise.wiring import Network
from matdiff.tree import einsum
from matdiff.tree.attributes import rows_before, weights_of
from matdiff.tree.build import rows_and_columns
from matdiff.tree.node import Node
from matdiff.tree.walk import fold


def recognise(roots: tuple[Node, ...]) -> tuple[Node, ...]:
    """The roots in matrix form; what matrix notation cannot say stays an einsum, and nothing is ever guessed."""
    done = fold(roots, _recognise_node)
    found = tuple(done[root] for root in roots)
    placed = with_blocks(found) if any(map(_is_placing, done)) else found
    return with_diagonal_parts(tuple(outward(node) for node in placed))


def _is_placing(node: Node) -> bool:
    return _is_selection(node) or is_unit(node)


def _is_selection(node: Node) -> bool:
    return node.op == "constant" and node.attrs[0] == "selection"


def _recognise_node(node: Node, args: tuple[Node, ...]) -> Node:
    match node.op:
        case "var" | "constant":
            if _is_selection(node):
                rows, columns = rows_and_columns(node.shape)
                return selector(rows_before(node), columns, rows)
            return mask(node.shape) if node.attrs == ("lower",) else node
        case "sum":
            return summed(zip(weights_of(node), args, strict=True), node.shape)
        case "map":
            return mapped(node.attrs, args)
        case "call":
            return called(node.attrs, args, node.shape)
        case "einsum":
            wires, output, sizes = einsum.parts(node)
            return reduce_network(Network.of(args, wires, output, sizes))
    raise AssertionError(f"`{node.op}` is no operation of index form")
