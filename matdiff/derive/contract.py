"""The normal form of index form: small factors put in place, sums flattened, equal terms collected."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import prod
from typing import NamedTuple

from matdiff.derive.blocks import take_blocks_apart
from matdiff.derive.idioms import merge_factors, simplify_call, simplify_map
from matdiff.tree import einsum
from matdiff.tree.attributes import Weighted, terms_of, weights_of
from matdiff.tree.dims import Dim
from matdiff.tree.einsum import Wires
from matdiff.tree.node import Node, Shape
from matdiff.tree.walk import count_users, postorder

LARGEST_OPENED_TENSOR = 4


def contract(roots: tuple[Node, ...]) -> tuple[Node, ...]:
    """The roots with every factor that has one user put in its place.

    A factor with several users stays a node of its own, so that the result is never larger than what came in; sums
    are never multiplied out. A view (a transpose, a diagonal) is put in place wherever it stands; small tensors of
    three and more axes are opened, and large ones under a view, since no notation would show them as a factor.
    """
    roots = take_blocks_apart(roots)
    users = count_users(roots)
    order = postorder(roots)
    opened = {child for node in order if node.op == "einsum" for child in node.args if _opens(child, users)}
    done: dict[Node, Node] = {}
    for node in order:
        if node in opened:
            continue
        if node.op == "einsum":
            network = _gathered(node, opened)
            args = tuple(done.get(child, child) for child in network.args)
            done[node] = _contract_einsum(network, args, [users.get(child, 1) == 1 for child in network.args])
        else:
            args = tuple(done[child] for child in node.args)
            done[node] = _contract_node(node, args, [users[child] == 1 for child in node.args])
    return tuple(done[root] for root in roots)


class _Gathered(NamedTuple):
    """An einsum together with those below it that it alone uses, as one: a long chain is put together once.

    Among its factors may be deltas, which joined outputs of the inner ones; they are in normal form.
    """

    args: tuple[Node, ...]
    wires: tuple[Wires, ...]
    output: Wires
    sizes: dict[int, Dim]
    shape: Shape


def _opens(node: Node, users: dict[Node, int]) -> bool:
    """Whether an einsum's factor is an einsum that nothing else uses."""
    return node.op == "einsum" and users[node] == 1


def _gathered(node: Node, opened: set[Node]) -> _Gathered:
    wires, output, sizes = einsum.parts(node)
    all_sizes: dict[int, Dim] = dict(enumerate(sizes))
    pending = list(zip(node.args, wires, strict=True))[::-1]
    factors: list[tuple[Node, Wires]] = []
    while pending:
        factor, ends = pending.pop()
        if factor in opened:
            pending.extend(splice(factor, ends, all_sizes)[::-1])
        else:
            factors.append((factor, ends))
    args, own_wires = tuple(factor for factor, _ in factors), tuple(ends for _, ends in factors)
    return _Gathered(args, own_wires, output, all_sizes, node.shape)


def _contract_node(node: Node, args: tuple[Node, ...], is_free: list[bool]) -> Node:
    match node.op:
        case "sum":
            return _contract_sum(node, args, is_free)
        case "map":
            return simplify_map(node.attrs, args)
        case "call":
            return simplify_call(node.attrs, args, node.shape)
    return node


def _contract_sum(node: Node, args: tuple[Node, ...], is_free: list[bool]) -> Node:
    terms: list[Weighted] = []
    for weight, arg, free in zip(weights_of(node), args, is_free, strict=True):
        if arg.op == "sum" and (free or len(arg.args) <= 1):
            terms.extend((weight * inner, term) for inner, term in terms_of(arg))
        else:
            terms.append((weight, arg))
    return einsum.total(terms, node.shape)


def _contract_einsum(network: _Gathered, args: tuple[Node, ...], is_free: list[bool]) -> Node:
    all_sizes = dict(network.sizes)
    factors: list[tuple[Node, Wires]] = []
    weight = Fraction(1)
    for position, (arg, ends, free) in enumerate(zip(args, network.wires, is_free, strict=True)):
        scale, body = einsum.unweighted(arg)
        if body is None:
            return einsum.zero(network.shape)
        weight *= scale
        is_view = len(args) == 1 and len(body.shape) > 2
        if body.op == "einsum" and (free or is_view or len(body.args) <= 1 or _is_tensor(body) or _is_scaled(body)):
            factors.extend(splice(body, ends, all_sizes))
        elif body.op == "einsum" and len(body.shape) > 2:
            factors.extend(_pieces(splice(body, ends, all_sizes), ends, all_sizes))
        elif body.op == "sum" and _is_tensor(body):
            return _distributed(network, args, position, is_free)
        else:
            factors.append((body, ends))
    added = [(*einsum.unweighted(f), ends) for f, ends in _summed_apart(factors, network.output, all_sizes)]
    weight *= prod(scale for scale, _, _ in added)
    if not weight:
        return einsum.zero(network.shape)
    factors = merge_factors([(body, ends) for _, body, ends in added if body is not None])
    result = einsum.einsum([f for f, _ in factors], [ends for _, ends in factors], network.output, all_sizes)
    return einsum.total([(weight, result)], network.shape)


def _pieces(factors: list[tuple[Node, Wires]], ends: Wires, sizes: dict[int, Dim]) -> list[tuple[Node, Wires]]:
    """The factors of a tensor with those that share a sum made one; `ends` are the wires that are not summed."""
    groups: list[list[tuple[Node, Wires]]] = []
    for factor in factors:
        summed = set(factor[1]) - set(ends)
        touched = [group for group in groups if any(summed & set(own) for _, own in group)]
        groups = [group for group in groups if group not in touched]
        groups.append([*(member for group in touched for member in group), factor])
    return [group[0] if len(group) == 1 else _piece(group, ends, sizes) for group in groups]


def _piece(group: list[tuple[Node, Wires]], ends: Wires, sizes: dict[int, Dim]) -> tuple[Node, Wires]:
    """Factors as one, on the wires that it shares with its surroundings; those that it sums leave `sizes`."""
    held = {wire for _, own in group for wire in own}
    own_sizes = {wire: sizes[wire] if wire in ends else sizes.pop(wire) for wire in held}
    output = tuple(wire for wire in dict.fromkeys(ends) if wire in held)
    return einsum.einsum([f for f, _ in group], [own for _, own in group], output, own_sizes), output


def _summed_apart(factors: list[tuple[Node, Wires]], output: Wires, sizes: dict[int, Dim]) -> list[tuple[Node, Wires]]:
    """The factors with sums of spread terms added up: `(ones*m.T - X).T*ones` is `n*m - X.T*ones`.

    What is added up is no wire any longer, and goes from `sizes`.
    """
    ends = Counter((*output, *(end for _, own in factors for end in own)))
    found = [_added_up(factor, own, [k for k, end in enumerate(own) if ends[end] == 1]) for factor, own in factors]
    for (_, before), (_, after) in zip(factors, found, strict=True):
        for wire in set(before) - set(after):
            del sizes[wire]
    return found


def _added_up(factor: Node, ends: Wires, alone: list[int]) -> tuple[Node, Wires]:
    """A factor and its wires; a sum of two, one spread along an axis that is summed, without that axis.

    What is left of longer sums is better written as one bracket.
    """
    kept = tuple(k for k in range(len(ends)) if k not in alone)
    terms = terms_of(factor) if factor.op == "sum" and len(factor.args) == 2 and kept else ()
    if not any(_is_spread(term, k) for _, term in terms for k in alone):
        return factor, ends
    shape = tuple(factor.shape[k] for k in kept)
    network = _Gathered((factor,), (tuple(range(len(ends))),), kept, dict(enumerate(factor.shape)), shape)
    added = [(weight, _contract_einsum(network, (term,), [True])) for weight, term in terms]
    return einsum.total(added, shape), tuple(ends[k] for k in kept)


def _is_spread(term: Node, axis: int) -> bool:
    """Whether the entries of `term` are equal along an axis, and along no other."""
    if term.op != "einsum":
        return False
    wires, output, _ = einsum.parts(term)
    met = {end for ends in wires for end in ends}
    return [k for k, end in enumerate(output) if end not in met] == [axis]


def _is_scaled(node: Node) -> bool:
    """Whether `node` is a matrix with vectors along its rows or columns, as `A.*(x*y.T)`: better opened than kept."""
    wires, output, sizes = einsum.parts(node)
    is_small = len(node.shape) == 2 == len(sizes) == len(set(output)) and 1 < len(wires) <= LARGEST_OPENED_TENSOR
    return is_small and any(len(ends) == 1 for ends in wires) and any(len(ends) == 2 for ends in wires)


def _is_tensor(node: Node) -> bool:
    """Whether `node` has more axes than matrix notation can say, so that it is better opened than kept."""
    return len(node.shape) > 2 and len(node.args) <= LARGEST_OPENED_TENSOR


def _distributed(network: _Gathered, args: tuple[Node, ...], position: int, is_free: list[bool]) -> Node:
    """The einsum with the sum at `position` multiplied out."""
    scale, tensor = einsum.unweighted(args[position])
    assert tensor is not None
    terms: list[Weighted] = []
    for weight, term in terms_of(tensor):
        opened = (*args[:position], term, *args[position + 1 :])
        terms.append((scale * weight, _contract_einsum(network, opened, is_free)))
    return einsum.total(terms, network.shape)


def splice(inner: Node, ends: Wires, sizes: dict[int, Dim]) -> list[tuple[Node, Wires]]:
    """The factors of `inner` on the wires of its surroundings; wires that it sums get fresh numbers.

    Where the output of `inner` repeats a wire, a Kronecker delta joins the wires outside.
    """
    wires, output, own_sizes = einsum.parts(inner)
    place: dict[int, int] = {}
    factors: list[tuple[Node, Wires]] = []
    for own, outer in zip(output, ends, strict=True):
        if place.setdefault(own, outer) != outer:
            delta = einsum.einsum((), (), (0, 0), (own_sizes[own],))
            factors.append((delta, (place[own], outer)))
    for own, size in enumerate(own_sizes):
        if own not in place:
            place[own] = len(sizes)
            sizes[len(sizes)] = size
    factors.extend((factor, tuple(place[wire] for wire in own)) for factor, own in zip(inner.args, wires, strict=True))
    return factors
