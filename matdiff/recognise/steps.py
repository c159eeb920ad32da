"""Series–parallel reduction of an einsum's graph, one step at a time, each step a function in `STEPS`.

A step replaces factors by their combination and answers True, or leaves the network alone and answers False. Every
step lowers the number of factors plus wires, so the reduction ends. It succeeds for the graphs of treewidth at most
two, which are those that matrix notation with entry-wise products can say.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from fractions import Fraction

from matdiff.recognise.chains import multiplied
from matdiff.recognise.functions import called, diagonal_of
from matdiff.recognise.homogeneous import diagonal_matrix
from matdiff.recognise.measure import cost, length_order
from matdiff.recognise.stacks import join_around_identity, join_stacks, stack_columns, stack_one_side, unstack_vector
from matdiff.recognise.sums import entrywise, opened, summed
from matdiff.recognise.terms import is_diagonal, scaled, unweighted
from matdiff.recognise.totals import total_of
from matdiff.recognise.traces import traced
from matdiff.recognise.transposes import transposed
from matdiff.recognise.wiring import Network
from matdiff.tree import build
from matdiff.tree.attributes import terms_of
from matdiff.tree.einsum import Wires
from matdiff.tree.node import Node, make


def reduce_network(network: Network) -> Node:
    """The network as one node in matrix form."""
    while any(step(network) for step in STEPS):
        pass
    network.scalars.extend(build.size_number(network.sizes[wire]) for wire in network.bare)
    body = _finished(network)
    if body is None:
        return _as_einsum(network)
    if network.is_row:
        body = transposed(body)
    return opened(multiplied((*network.scalars, body)) if network.scalars else body)


def close_loop(network: Network) -> bool:
    """A matrix with both ends on one wire: its trace where the wire ends there, else its diagonal."""
    held = network.ends_on()
    for position, (factor, ends) in enumerate(network.factors):
        if len(ends) == 2 and ends[0] == ends[1]:
            if network.is_closed(ends[0]) and len(held[ends[0]]) == 2:
                return network.replace((position,), traced([factor]), ())
            return network.replace((position,), _diagonal(factor), ends[:1])
    return False


def multiply_vectors(network: Network) -> bool:
    """The vectors on one wire: two are an inner product where the wire ends there, else all are one entry by entry.

    Where the wire ends with more than two, the last of them is the right side of the inner product.
    """
    for wire, positions in network.ends_on().items():
        vectors = [k for k in positions if len(network.factors[k][1]) == 1]
        if len(vectors) < 2:
            continue
        factors = [network.factors[k][0] for k in vectors]
        is_end = network.is_closed(wire) and len(positions) == len(vectors)
        if is_end and len(vectors) == 2:
            return network.replace(tuple(vectors), multiplied((transposed(factors[0]), factors[1])), ())
        joined = factors[:-1] if is_end else factors
        return network.replace(tuple(vectors[: len(joined)]), entrywise(tuple(joined)), (wire,))
    return False


def multiply_by_vector(network: Network) -> bool:
    """A closed wire between a matrix and a vector only: their product."""
    return _join_run(network, lambda left, right: 1 in (len(left), len(right)))


def multiply_parallel(network: Network) -> bool:
    """Two matrices on the same two wires: the trace of their product where both end there, else entry by entry."""
    held = network.ends_on()
    seen: dict[frozenset[int], int] = {}
    for position, (factor, ends) in enumerate(network.factors):
        if len(ends) != 2:
            continue
        other = seen.setdefault(frozenset(ends), position)
        if other == position:
            continue
        partner, partner_ends = network.factors[other]
        turned = factor if ends == partner_ends else transposed(factor)
        ending = [wire for wire in partner_ends if network.is_closed(wire) and len(held[wire]) == 2]
        if len(ending) == 2:
            return network.replace((other, position), traced([partner, transposed(turned)]), ())
        if ending:
            pair = (partner, transposed(turned)) if partner_ends[1] == ending[0] else (transposed(partner), turned)
            kept = partner_ends[0] if partner_ends[1] == ending[0] else partner_ends[1]
            return network.replace((other, position), _diagonal_of_product(*pair), (kept,))
        return network.replace((other, position), entrywise((partner, turned)), partner_ends)
    return False


def multiply_matrices(network: Network) -> bool:
    """A closed wire between two matrices only: their product."""
    return _join_run(network, lambda left, right: True)


def sum_end(network: Network) -> bool:
    """A closed wire with one end: the sum of a vector's entries, or a matrix times ones."""
    held = network.ends_on()
    for wire, positions in held.items():
        factor, ends = network.factors[positions[0]]
        if not network.is_closed(wire) or len(positions) != 1 or len(ends) > 2:
            continue
        if all(network.is_closed(end) and len(held[end]) == 1 for end in ends):
            return network.replace((positions[0],), total_of(factor), ())
        kept = ends[0] if ends[1] == wire else ends[1]
        matrix = factor if ends[1] == wire else transposed(factor)
        ones = build.ones((network.sizes[wire],))
        return network.replace((positions[0],), multiplied((matrix, ones)), (kept,))
    return False


def scale_both_sides(network: Network) -> bool:
    """A matrix between two open wires with a vector on each: the outer product entry by entry, if that is shorter."""
    if len(network.factors) != 3 or len(network.output) != 2:
        return False
    matrices = [k for k, (_, ends) in enumerate(network.factors) if set(ends) == set(network.output)]
    vectors = {ends[0]: k for k, (_, ends) in enumerate(network.factors) if len(ends) == 1}
    if len(matrices) != 1 or set(vectors) != set(network.output) or len(vectors) != 2:
        return False
    matrix, ends = network.factors[matrices[0]]
    x, y = (network.factors[vectors[wire]][0] for wire in ends)
    outer = entrywise((multiplied((x, transposed(y))), matrix))
    rows, columns = matrix.shape
    scaling = multiplied((diagonal_matrix(x), matrix, diagonal_matrix(y)))
    assert (rows, columns) == outer.shape == scaling.shape
    return network.replace((0, 1, 2), min(outer, scaling, key=length_order), ends)


def absorb_vector(network: Network) -> bool:
    """A vector on a wire that is still needed: a diagonal matrix beside one of the matrices there."""
    for wire, positions in network.ends_on().items():
        vectors = [k for k in positions if len(network.factors[k][1]) == 1]
        matrices = [k for k in positions if len(network.factors[k][1]) == 2]
        if vectors and matrices:
            vector, (matrix, ends) = network.factors[vectors[0]][0], network.factors[matrices[0]]
            pair = (diagonal_matrix(vector), matrix) if ends[0] == wire else (matrix, diagonal_matrix(vector))
            return network.replace((vectors[0], matrices[0]), multiplied(pair), ends)
    return False


STEPS: tuple[Callable[[Network], bool], ...] = (
    close_loop,
    multiply_vectors,
    multiply_by_vector,
    multiply_parallel,
    multiply_matrices,
    unstack_vector,
    stack_columns,
    join_stacks,
    join_around_identity,
    stack_one_side,
    sum_end,
    scale_both_sides,
    absorb_vector,
)


def _join_run(network: Network, is_wanted: Callable[[Wires, Wires], bool]) -> bool:
    """Two factors that alone hold a closed wire, and the matrices that go on from them so, as one product."""
    held = network.ends_on()
    for wire, positions in held.items():
        if not network.is_closed(wire) or len(positions) != 2 or positions[0] == positions[1]:
            continue
        left, right = sorted(positions, key=lambda k: -len(network.factors[k][1]))
        sides = network.factors[left][1], network.factors[right][1]
        if len(sides[0]) > 2 or not is_wanted(*sides):
            continue
        run = deque([(left, network.turned_to(left, wire, is_last=True))])
        run.append((right, network.turned_to(right, wire, is_last=False)))
        ends = [next((w for w in side if w != wire), None) for side in sides]
        _lengthen(network, held, run, ends)
        places, factors = zip(*run, strict=True)
        return network.replace(places, multiplied(factors), tuple(w for w in ends if w is not None))
    return False


def _lengthen(
    network: Network, held: dict[int, list[int]], run: deque[tuple[int, Node]], ends: list[int | None]
) -> None:
    """Add to a run, at both its ends, each matrix that goes on from it and does not lead back to it."""
    taken = {place for place, _ in run}
    for side, add in ((0, run.appendleft), (1, run.append)):
        while (wire := ends[side]) is not None and network.is_closed(wire) and len(held[wire]) == 2:
            place = next((k for k in held[wire] if k not in taken), None)
            far = () if place is None else tuple(w for w in network.factors[place][1] if w != wire)
            if place is None or len(network.factors[place][1]) != 2 or len(far) != 1 or far[0] in ends:
                break
            add((place, network.turned_to(place, wire, is_last=side == 0)))
            taken.add(place)
            ends[side] = far[0]


def _diagonal_of_product(left: Node, right: Node) -> Node:
    """`diag(A*B)`, or `(A.*B.T)*ones` where that is shorter."""
    ones = build.ones(right.shape[:1])
    products = entrywise((left, transposed(right))), transposed(entrywise((transposed(left), right)))
    summed = min((multiplied((product, ones)) for product in products), key=length_order)
    writings = [diagonal_of(multiplied((left, right))), diagonal_of(multiplied((transposed(right), transposed(left))))]
    shortest = min(writings, key=length_order)
    return shortest if cost(shortest) <= cost(summed) else summed


def _diagonal(matrix: Node) -> Node:
    """The diagonal of a matrix: `(A.*B.T)*x` of `A*diag(x)*B`, and term by term of a sum, where that is shorter."""
    weight, body = unweighted(matrix)
    shape = matrix.shape[:1]
    whole = called(("diag",), (body,), shape)
    if body.op == "sum":
        terms = [(own, _diagonal(term)) for own, term in terms_of(body)]
        return scaled(weight, min(whole, summed(terms, shape), key=cost))
    scalars, chain = build.split_product(body)
    writings = [whole]
    for k, factor in enumerate(chain[1:-1], 1):
        if is_diagonal(factor):
            left, right = multiplied(chain[:k]), multiplied(chain[k + 1 :])
            joined = min((_parallel(left, right), _parallel(transposed(right), transposed(left))), key=length_order)
            writings.append(multiplied((*scalars, joined, factor.args[0])))
    return scaled(weight, min(writings, key=length_order))


def _parallel(left: Node, right: Node) -> Node:
    """The matrix whose product with x is the diagonal of `left*diag(x)*right`."""
    return entrywise((left, transposed(right)))


def _finished(network: Network) -> Node | None:
    """The one node that is left, read in the order of the output; None where no matrix form is reached."""
    output = network.output
    if len(output) > 2 or any(len(ends) > 2 for _, ends in network.factors):
        return None
    if not output:
        return build.number(1) if not network.factors else None
    if len(output) == 2 and output[0] == output[1]:
        vector = _vector_on(network, output[0])
        return None if vector is None else diagonal_matrix(vector)
    if len(output) == 1:
        return _vector_on(network, output[0])
    if len(network.factors) == 1 and len(network.factors[0][1]) == 2:
        matrix, ends = network.factors[0]
        return matrix if ends == output else transposed(matrix)
    left, right = (_vector_on(network, wire) for wire in output)
    if left is None or right is None or len(network.factors) > 2:
        return None
    if not network.factors:
        return build.ones(tuple(network.sizes[wire] for wire in output))
    return multiplied((left, transposed(right)))


def _vector_on(network: Network, wire: int) -> Node | None:
    found = [factor for factor, ends in network.factors if ends == (wire,)]
    others = [ends for _, ends in network.factors if len(ends) > 1]
    if len(found) > 1 or others:
        return None
    return found[0] if found else build.ones((network.sizes[wire],))


def _as_einsum(network: Network) -> Node:
    weight, factors = _pull_weights(network)
    number: dict[int, int] = {}
    for wire in (*network.output, *(w for _, ends in factors for w in ends)):
        number.setdefault(wire, len(number))
    wires = tuple(tuple(number[wire] for wire in ends) for _, ends in factors)
    output = tuple(number[wire] for wire in network.output)
    sizes = tuple(network.sizes[wire] for wire in number)
    shape = tuple(network.sizes[wire] for wire in network.output)
    return scaled(weight, make("einsum", tuple(factor for factor, _ in factors), (wires, output, sizes), shape))


def _pull_weights(network: Network) -> tuple[Fraction, list[tuple[Node, Wires]]]:
    """The factors with their rational weights, and the scalars, gathered in front."""
    weight = Fraction(1)
    factors: list[tuple[Node, Wires]] = []
    for factor, ends in (*((scalar, ()) for scalar in network.scalars), *network.factors):
        own, body = unweighted(factor)
        weight *= own
        if body.op != "number":
            factors.append((body, ends))
    return weight, factors
