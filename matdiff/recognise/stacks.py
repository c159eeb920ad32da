"""Steps for the tensor that stacks columns: with a vector it is `unvec`, with a matrix `vec`, with several `kron`."""

from __future__ import annotations

from collections.abc import Iterator

from matdiff.recognise.chains import multiplied
from matdiff.recognise.halves import unstacked
from matdiff.recognise.terms import is_constant
from matdiff.recognise.transposes import transposed
from matdiff.recognise.wiring import Network
from matdiff.tree import build
from matdiff.tree.dims import Dim, multiply
from matdiff.tree.einsum import Wires
from matdiff.tree.node import Node

Held = dict[int, list[int]]


def unstack_vector(network: Network) -> bool:
    """A vector on the stacked axis alone: the matrix whose columns it holds."""
    held = network.ends_on()
    for position, (whole, low, high) in _pairings(network):
        partner = _partner(network, held, whole, position)
        if partner is not None and len(network.factors[partner][1]) == 1:
            vector = network.factors[partner][0]
            shape = (network.sizes[low], network.sizes[high])
            return network.replace((position, partner), unstacked(vector, shape), (low, high))
    return False


def stack_columns(network: Network) -> bool:
    """A matrix on both inner axes alone: the vector of its columns."""
    held = network.ends_on()
    for position, (whole, low, high) in _pairings(network):
        partner = _partner(network, held, low, position)
        if partner is None or partner != _partner(network, held, high, position) or low == high:
            continue
        matrix, ends = network.factors[partner]
        if set(ends) == {low, high}:
            turned = matrix if ends == (low, high) else transposed(matrix)
            vector = build.call("vec", (turned,), (network.sizes[whole],))
            return network.replace((position, partner), vector, (whole,))
    return False


def join_stacks(network: Network) -> bool:
    """Two matrices between the inner axes of two pairings: their Kronecker product between the stacked axes."""
    held = network.ends_on()
    pairings = list(_pairings(network))
    for first, (rows, low, high) in pairings:
        for second, (columns, inner, outer) in pairings:
            left, right = (_partner(network, held, wire, first) for wire in (high, low))
            others = tuple(_partner(network, held, wire, second) for wire in (outer, inner))
            if first == second or left is None or right is None or others != (left, right) or left == right:
                continue
            a, b = _oriented(network, left, (high, outer)), _oriented(network, right, (low, inner))
            if a is not None and b is not None:
                return network.replace((first, second, left, right), _kron(a, b), (rows, columns))
    return False


def join_around_identity(network: Network) -> bool:
    """A matrix between two inner axes of two pairings that share the other: its Kronecker product with I.

    Where they share both it is I itself.
    """
    held = network.ends_on()
    pairings = list(_pairings(network))
    for first, (rows, *inner) in pairings:
        for second, (columns, *others) in pairings:
            if first != second and inner == others and all(_meets_once(network, held, wire) for wire in inner):
                return network.replace((first, second), build.identity(network.sizes[rows]), (rows, columns))
            for shared, other in ((0, 1), (1, 0)):
                wire = inner[shared]
                is_joined = wire == others[shared] and _meets_once(network, held, wire)
                partner = _partner(network, held, inner[other], first) if is_joined and first != second else None
                if partner is None or partner != _partner(network, held, others[other], second):
                    continue
                matrix = _oriented(network, partner, (inner[other], others[other]))
                if matrix is not None:
                    identity = build.identity(network.sizes[wire])
                    whole = _kron(matrix, identity) if shared == 0 else _kron(identity, matrix)
                    return network.replace((first, second, partner), whole, (rows, columns))
    return False


def stack_one_side(network: Network) -> bool:
    """A pairing with a vector on one inner axis, or with matrices that share a wire: `kron` and `khatri_rao`."""
    held = network.ends_on()
    for position, (whole, low, high) in _pairings(network):
        sides = [_side(network, held, wire, position) for wire in (high, low)]
        if low == high or None in sides:
            continue
        (left, left_rest, used), (right, right_rest, more) = (side for side in sides if side is not None)
        rest = tuple(dict.fromkeys((*left_rest, *right_rest)))
        if len(rest) > 1 or (used and used == more):
            continue
        name = "khatri_rao" if left_rest and right_rest else "kron"
        matrix = _khatri_rao(left, right) if name == "khatri_rao" else _kron(left, right)
        return network.replace((position, *used, *more), matrix, (whole, *rest))
    return False


def _pairings(network: Network) -> Iterator[tuple[int, tuple[int, int, int]]]:
    for position, (factor, ends) in enumerate(network.factors):
        if factor.op == "constant" and factor.attrs == ("pairing",):
            yield position, (ends[0], ends[1], ends[2])


def _meets_once(network: Network, held: Held, wire: int) -> bool:
    return network.is_closed(wire) and len(held[wire]) == 2


def _partner(network: Network, held: Held, wire: int, position: int) -> int | None:
    """The one other factor on a closed wire of the factor at `position`."""
    others = [other for other in held[wire] if other != position]
    return others[0] if network.is_closed(wire) and len(others) == 1 and len(held[wire]) == 2 else None


def _side(network: Network, held: Held, wire: int, position: int) -> tuple[Node, Wires, tuple[int, ...]] | None:
    """What stands on an inner axis: a vector or a matrix from there to another wire; ones where there is nothing.

    On an axis of the result it is the identity.
    """
    if held[wire] == [position] and network.output.count(wire) == 1:
        return build.identity(network.sizes[wire]), (wire,), ()
    if network.is_closed(wire) and held[wire] == [position]:
        return build.ones((network.sizes[wire],)), (), ()
    partner = _partner(network, held, wire, position)
    if partner is None or len(network.factors[partner][1]) > 2:
        return None
    factor, ends = network.factors[partner]
    turned = factor if ends[0] == wire else transposed(factor)
    return turned, tuple(end for end in ends if end != wire), (partner,)


def _oriented(network: Network, position: int, ends: Wires) -> Node | None:
    """The matrix at `position` from the first to the second of these wires."""
    matrix, own = network.factors[position]
    if own == ends:
        return matrix
    return transposed(matrix) if own == ends[::-1] else None


def _kron(left: Node, right: Node) -> Node:
    if is_constant(left, "ones") and is_constant(right, "ones"):
        return build.ones(_stacked(left, right))
    return multiplied((build.call("kron", (left, right), _stacked(left, right)),))


def _khatri_rao(left: Node, right: Node) -> Node:
    shape = (multiply(left.shape[0], right.shape[0]), left.shape[1])
    return build.call("khatri_rao", (left, right), shape)


def _stacked(left: Node, right: Node) -> tuple[Dim, ...]:
    """The shape of a Kronecker product."""
    (rows, columns), (more, others) = (build.rows_and_columns(node.shape) for node in (left, right))
    return build.shape_of(multiply(rows, more), multiply(columns, others))
