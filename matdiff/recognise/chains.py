"""Products of scalars and a chain of matrices, columns and rows: inverses cancel, equal neighbours become powers.

An entry-wise product is one of them where it has a unit vector in it, which picks an entry. Among writings of one value
the shortest by `measure.cost` is taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from matdiff.properties.infer import holds
from matdiff.recognise.cancel import cancel_at_end, is_identity, turned_projection
from matdiff.recognise.commuting import are_functions_of_one, is_series
from matdiff.recognise.entrywise import (
    assembled,
    entrywise_parts,
    hadamard_assembled,
    hadamard_without_units,
    raised,
    taken_apart,
    times,
)
from matdiff.recognise.halves import half_of_vec
from matdiff.recognise.homogeneous import diagonal_matrix, inverse
from matdiff.recognise.masks import with_running_sums
from matdiff.recognise.matrix_powers import base_and_power, matrix_power
from matdiff.recognise.measure import cost, factor_order, length_order
from matdiff.recognise.norms import squared_norm
from matdiff.recognise.powers import exponents_added
from matdiff.recognise.terms import is_constant, is_diagonal, is_unit, is_zero, scaled, unweighted
from matdiff.recognise.totals import total_of
from matdiff.recognise.transposes import transposed
from matdiff.tree import build
from matdiff.tree.node import Node, Shape


def multiplied(factors: Sequence[Node]) -> Node:
    """The product of scalars and a chain of matrices, in order: inverses cancel, equal neighbours become powers."""
    weight, scalars, chain = taken_apart(factors)
    shape = build.chain_shape(chain)
    if not weight:
        return build.zeros(shape)
    more, chain = _tidy_chain(chain, scalars)
    if any(is_zero(factor) for factor in (*scalars, *chain)):
        return build.zeros(shape)
    chain = with_running_sums(chain)
    if len(chain) > 1 and not shape:
        scalars.append(_scalar_chain(chain))
        chain = []
    return assembled(weight * more, scalars, chain)


def _tidy_chain(chain: list[Node], scalars: list[Node]) -> tuple[Fraction, list[Node]]:
    """Neighbours that cancel, merge or scale; a stack, so that what a merge uncovers is met again.

    Scalars that come of it join `scalars`.
    """
    weight = Fraction(1)
    done: list[Node] = []
    pending = list(reversed(chain))
    while pending:
        factor = pending.pop()
        if not done or is_identity(done[-1]):
            done[-1:] = [factor]
            continue
        if 1 in done[-1].shape and len(factor.shape) == 1:
            scalars.append(_scalar_chain([done.pop(), factor]))
            continue
        merged = _merge_neighbours(done[-1], factor)
        if merged is None:
            done.append(factor)
            cancel_at_end(done)
            continue
        done.pop()
        own, body = unweighted(merged)
        weight *= own
        split, rest = build.split_product(body)
        scalars.extend(split)
        if not is_constant(body, "identity") or (not done and not pending):
            pending.extend(reversed(rest))
    return weight, _with_ones_joined(done)


def _with_ones_joined(chain: list[Node]) -> list[Node]:
    """`A*ones*ones.T*B` with one matrix of ones in the middle."""
    for place in range(1, len(chain) - 2):
        column, row = chain[place : place + 2]
        is_pair = is_constant(column, "ones") and len(column.shape) == 1 and row.op == "transpose"
        if is_pair and is_constant(row.args[0], "ones") and 1 not in (*chain[place - 1].shape, *chain[place + 2].shape):
            return [*chain[:place], build.ones((column.shape[0], row.shape[1])), *chain[place + 2 :]]
    return chain


def _merge_neighbours(left: Node, right: Node) -> Node | None:
    cancelled = (
        _cancel_inverse(left, right)
        or turned_projection(left, right)
        or _squared_root(left, right)
        or half_of_vec(left, right)
    )
    if cancelled is not None:
        return cancelled
    if is_constant(left, "ones") and len(left.shape) == 2 and len(right.shape) == 1:
        return times(total_of(right), build.ones(left.shape[:1]))
    base, exponent = base_and_power(left)
    other, more = base_and_power(right)
    if base is other and len(base.shape) == 2 and base.shape[0] == base.shape[1]:
        return matrix_power(base, exponents_added(exponent, more))
    if _commute(left, right) and _order_of_commuting(right) < _order_of_commuting(left):
        return build.product(right, left)
    if is_diagonal(left) and is_diagonal(right):
        return diagonal_matrix(hadamard_of((left.args[0], right.args[0])))
    if is_diagonal(left) and len(right.shape) == 1:
        return hadamard_of((left.args[0], right))
    if left.op == "transpose" and is_diagonal(right) and len(left.args[0].shape) == 1:
        return transposed(hadamard_of((left.args[0], right.args[0])))
    return None


def _commute(left: Node, right: Node) -> bool:
    """Whether the factors may change places: functions of one matrix, or both diagonal and none written as one."""
    if are_functions_of_one((left, right)):
        return True
    is_written = is_diagonal(left) or is_diagonal(right)
    return not is_written and holds(left, "diagonal") and holds(right, "diagonal")


def _order_of_commuting(node: Node) -> tuple[object, ...]:
    """Powers before functions that are none, so that sums of products have the function at their ends."""
    return is_series(node), factor_order(node)


def _cancel_inverse(left: Node, right: Node) -> Node | None:
    """`inv(A*B)*A` is `inv(B)` and `B*inv(A*B)` is `inv(A)` for square A and B."""
    if left.op == "transpose" and right.op == "transpose":
        turned = _cancel_inverse(right.args[0], left.args[0])
        return None if turned is None else transposed(turned)
    if _is_inverse_of_product(left) and left.args[0].args[0] is right and right.shape == left.shape:
        return inverse(multiplied(left.args[0].args[1:]))
    if _is_inverse_of_product(right) and right.args[0].args[-1] is left and left.shape == right.shape:
        return inverse(multiplied(right.args[0].args[:-1]))
    return None


def _squared_root(left: Node, right: Node) -> Node | None:
    """`chol(S)*chol(S).T` is S."""
    return left.args[0] if left.attrs == ("chol",) and right is build.transpose(left) else None


def _is_inverse_of_product(node: Node) -> bool:
    is_inverse = node.op == "call" and node.attrs == ("inv",) and node.args[0].op == "product"
    return is_inverse and all(factor.shape == node.shape for factor in node.args[0].args)


def _scalar_chain(chain: list[Node]) -> Node:
    """A chain that closes to a scalar, read in the direction that is shorter: `x.T*A*y` or `y.T*A.T*x`."""
    if is_constant(chain[-1], "ones") and len(chain[-1].shape) == 1:
        return total_of(multiplied([transposed(f) for f in reversed(chain[:-1])]))
    start = transposed(chain[0])
    if is_constant(start, "ones"):
        return total_of(multiplied(chain[1:]))
    middle = len(chain) // 2
    if len(chain) % 2 == 0 and all(transposed(a) is b for a, b in zip(chain[:middle], chain[::-1], strict=False)):
        return squared_norm(multiplied(chain[middle:]))
    if len(chain) == 2 and not is_unit(start) and not is_unit(chain[1]):
        joint = total_of(hadamard_without_units((start, chain[1])))
        if cost(joint) < cost(build.product(*chain)):
            return joint
    forward = build.product(*chain)
    backward = build.product(*(transposed(factor) for factor in reversed(chain)))
    return min(forward, backward, key=lambda writing: (not _begins_with_unit(writing), length_order(writing)))


def _begins_with_unit(chain: Node) -> bool:
    """Whether the chain is read as an entry: the unit vector before the vector that it picks from."""
    first = chain.args[0]
    return first.op == "transpose" and is_unit(first.args[0])


def hadamard_of(factors: Sequence[Node]) -> Node:
    """The entry-wise product: equal factors become powers, scalars and weights go in front."""
    if not factors[0].shape:
        return times(*factors)
    return hadamard_of_parts(*entrywise_parts(factors), factors[0].shape)


def hadamard_of_parts(
    weight: Fraction, scalars: Sequence[Node], exponents: Mapping[Node, Fraction], shape: Shape
) -> Node:
    """The entry-wise product of powers of bases, with scalars and a weight in front; a unit vector picks an entry."""
    own, parts = raised(exponents)
    unit = next((part for part in parts if is_unit(part)), None)
    if unit is None or len(parts) == 1:
        return hadamard_assembled(weight * own, scalars, parts, shape)
    entries = [multiplied((build.transpose(unit), part)) for part in parts if part is not unit]
    return scaled(weight * own, times(*scalars, *entries, unit))
