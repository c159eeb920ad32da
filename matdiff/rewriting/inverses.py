"""Sums with inverses in them that are one inverse, and pseudoinverses."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import permutations
from typing import NamedTuple

from matdiff.properties.infer import holds
from matdiff.recognise.cancel import is_identity
from matdiff.recognise.chains import multiplied
from matdiff.recognise.entrywise import times
from matdiff.recognise.functions import called
from matdiff.recognise.measure import cost
from matdiff.recognise.sums import summed
from matdiff.recognise.terms import scaled
from matdiff.recognise.transposes import transposed
from matdiff.rewriting.terms import Terms, inner_of, multiplied_out
from matdiff.tree import build
from matdiff.tree.attributes import terms_of, whole_exponent_of
from matdiff.tree.einsum import base_and_exponent
from matdiff.tree.node import Node
from matdiff.tree.walk import postorder

MOST_TERMS = 6
MINUS = Fraction(-1)


def one_inverse(node: Node) -> Node | None:
    """`inv(A) - inv(A)*U*inv(inv(C) + V*inv(A)*U)*V*inv(A)` as `inv(A + U*C*V)`; so with a scalar in the middle.

    With I for A it is `I - U*inv(I + V*U)*V = inv(I + U*V)`. Source: Woodbury, Inverting modified matrices (1950).
    """
    if len(node.shape) != 2 or node.shape[0] != node.shape[1] or not _holds_inverse(node):
        return None
    terms = multiplied_out(node)
    if not 2 <= len(terms) <= MOST_TERMS:
        return None
    writings = [whole for place in range(len(terms)) for whole in _from_term(terms, place)]
    allowed = {part for part in postorder((node,)) if part.op == "call" and part.attrs == ("inv",)}
    kept = [whole for whole in writings if _rests_on(whole, allowed)]
    return min(kept, key=cost, default=None)


def _holds_inverse(node: Node) -> bool:
    return any(
        part.attrs == ("inv",) or (part.op == "map" and not part.shape and base_and_exponent(part)[1] < 0)
        for part in postorder((node,))
    )


def _from_term(terms: Terms, place: int) -> Iterator[Node]:
    """The sum with the term at `place` and another one as one inverse."""
    first_weight, first = terms[place]
    scalars, chain = build.split_product(first)
    if scalars or len(chain) != 1 or not (is_identity(first) or inner_of("inv", first) is not None):
        return
    inverse = called(("inv",), (first,), first.shape)
    for other, (weight, term) in enumerate(terms):
        rest = [pair for k, pair in enumerate(terms) if k not in (place, other)]
        for joined in _joined(first, inverse, weight / first_weight, term) if other != place else ():
            yield summed([(first_weight, joined), *rest], first.shape)


def _joined(first: Node, matrix: Node, ratio: Fraction, term: Node) -> Iterator[Node]:
    """P plus the ratio times the term as one inverse, `matrix` being the inverse of P."""
    for scalars, left, middle, right in _cuts(term):
        # P + r*L*inv(K)*R is inv(A + (A*L)*inv(W)*(R*A)) with W = -K/r - R*A*L, by Woodbury's identity.
        divisors = [build.power(scalar, -1) for scalar in scalars]
        scale = multiplied((build.number(-1 / ratio), *divisors))
        rest = multiplied((*right, matrix, *left))
        inner = _sum((multiplied((scale, middle)), Fraction(1)), (rest, MINUS))
        if inner.attrs == ("zeros",) or (inner.op == "number" and not inner.attrs[0]):
            continue
        inverse = called(("inv",), (inner,), inner.shape) if inner.shape else build.power(inner, -1)
        update = multiplied((matrix, *left, inverse, *right, matrix))
        yield called(("inv",), (_sum((matrix, Fraction(1)), (update, Fraction(1))),), first.shape)


def _sum(*pairs: tuple[Node, Fraction]) -> Node:
    shape = pairs[0][0].shape
    whole = summed([(weight, node) for node, weight in pairs], shape)
    terms = multiplied_out(whole)
    return min(whole, summed(terms, shape), key=cost)


Cut = tuple[tuple[Node, ...], tuple[Node, ...], Node, tuple[Node, ...]]


def _cuts(term: Node) -> Iterator[Cut]:
    """A term as scalars times `L*inv(K)*R`, for each inverse in it; K may be a scalar denominator."""
    scalars, chain = build.split_product(term)
    for place, factor in enumerate(chain):
        inner = inner_of("inv", factor)
        if inner is not None:
            yield scalars, chain[:place], inner, chain[place + 1 :]
    columns = [k + 1 for k, factor in enumerate(chain[:-1]) if build.rows_and_columns(factor.shape)[1] == 1]
    for place in columns:
        for scalar in scalars:
            base, exponent = base_and_exponent(scalar)
            if exponent == -1:
                rest = tuple(other for other in scalars if other is not scalar)
                yield rest, chain[:place], base, chain[place:]


def _rests_on(node: Node, allowed: set[Node]) -> bool:
    """Whether every inverse in `node` but the outermost was there before, or is known to exist."""
    own = [part for part in postorder((node,)) if part.op == "call" and part.attrs == ("inv",)]
    outer = max(own, key=cost, default=None)
    return all(part is outer or part in allowed or holds(part.args[0], "invertible") for part in own)


def pseudoinverse(node: Node) -> Node | None:
    """`inv(X.T*X)*X.T` as `pinv(X)`, and `X.T*inv(X*X.T)`; the inverse is there only where X has full rank."""
    scalars, chain = build.split_product(node)
    for place, factor in enumerate(chain):
        square = inner_of("inv", factor)
        if square is None or square.op != "product":
            continue
        half = square.args[: len(square.args) // 2]
        if len(square.args) % 2 or any(
            transposed(a) is not b for a, b in zip(half, reversed(square.args), strict=False)
        ):
            continue
        count, root = len(half), build.product(*half)
        if len(root.shape) != 2 or root.shape[0] == root.shape[1]:
            continue
        if chain[place + 1 : place + 1 + count] == half:
            inverse = called(("pinv",), (transposed(root),), root.shape)
            return multiplied((*scalars, *chain[:place], inverse, *chain[place + 1 + count :]))
        turned = tuple(transposed(part) for part in reversed(half))
        if place >= count and chain[place - count : place] == turned:
            inverse = called(("pinv",), (root,), root.shape[::-1])
            return multiplied((*scalars, *chain[: place - count], inverse, *chain[place + 1 :]))
    return None


def joined_inverses(node: Node) -> Node | None:
    """`inv(A)*inv(B)` as `inv(B*A)`, multiplied out where that is shorter."""
    scalars, chain = build.split_product(node)
    for place in range(len(chain) - 1):
        first, second = map(inverted, chain[place : place + 2])
        if first is not None and second is not None and first.shape == second.shape:
            inner = _sum((multiplied((second, first)), Fraction(1)))
            inverse = called(("inv",), (inner,), first.shape)
            return multiplied((*scalars, *chain[:place], inverse, *chain[place + 2 :]))
    return None


def inverted(node: Node) -> Node | None:
    """The A of `inv(A)`, and of `inv(A.T).T`; None for anything else."""
    if node.op == "transpose":
        inner = inner_of("inv", node.args[0])
        return None if inner is None else transposed(inner)
    return inner_of("inv", node)


def beside_update(node: Node) -> Node | None:
    """`inv(c*I + x*y.T)*x` as `x/(c + y.T*x)`, and `y.T*inv(c*I + x*y.T)`: the inverse of a change of rank one."""
    scalars, chain = build.split_product(node)
    for place, factor in enumerate(chain):
        matrix = inverted(factor)
        update = None if matrix is None else rank_one_update(matrix)
        if update is None:
            continue
        column, row, whole = update
        for other, kept in ((place + 1, column), (place - 1, row)):
            if 0 <= other < len(chain) and chain[other] is kept:
                rest = (*chain[:place], *chain[place + 1 :])
                return multiplied((*scalars, build.power(whole, -1), *rest))
    return None


def rank_one_update(matrix: Node) -> tuple[Node, Node, Node] | None:
    """For `c*I + w*x*y.T` the x, the `y.T` and the number `c + w*y.T*x`; None for anything else."""
    found = _shifted(matrix)
    if found is None or len(found.chain) != 2 or len(found.chain[0].shape) != 1:
        return None
    column, row = found.chain
    by = times(*found.scalars, multiplied((row, column)))
    return column, row, summed([(found.shift, times(*found.scale)), (found.weight, by)], ())


class _Shifted(NamedTuple):
    """`shift*scale*I + weight*scalars*chain`, the scale and the scalars being factors."""

    shift: Fraction
    scale: tuple[Node, ...]
    weight: Fraction
    scalars: tuple[Node, ...]
    chain: tuple[Node, ...]


def _shifted(matrix: Node) -> _Shifted | None:
    """A multiple of I and one more term; None for anything else."""
    if matrix.op != "sum" or len(matrix.args) != 2:
        return None
    parts = [(weight, *build.split_product(part)) for weight, part in terms_of(matrix)]
    for (shift, scale, ends), (weight, scalars, chain) in permutations(parts):
        if len(ends) == 1 and is_identity(ends[0]):
            return _Shifted(shift, scale, weight, scalars, chain)
    return None


def split_inverse(node: Node) -> Node | None:
    """`inv(A*inv(B))` as `B*inv(A)` for square A and B, and `inv(A/c + I)/c` as `inv(A + c*I)`."""
    inner = inner_of("inv", node)
    if inner is not None and inner.op == "product" and all(factor.shape == inner.shape for factor in inner.args):
        return multiplied([called(("inv",), (factor,), factor.shape) for factor in reversed(inner.args)])
    scalars, chain = build.split_product(node)
    bracket = inner_of("inv", chain[0]) if len(chain) == 1 else None
    if bracket is None or bracket.op != "sum":
        return None
    below = [scalar for scalar in scalars if base_and_exponent(scalar)[1] < 0]
    factors = [build.power(scalar, -1) for scalar in below]
    whole = _sum((multiplied((*factors, bracket)), Fraction(1)))
    rest = [scalar for scalar in scalars if scalar not in below]
    return multiplied((*rest, called(("inv",), (whole,), whole.shape))) if below else None


def involution(node: Node) -> Node | None:
    """`P^2` as I for a symmetric orthogonal P."""
    if node.op != "call" or node.attrs[0] != "matpow" or len(node.args) > 1:
        return None
    base, exponent = node.args[0], whole_exponent_of(node)
    if not (holds(base, "orthogonal") and holds(base, "symmetric")):
        return None
    return base if exponent % 2 else build.identity(base.shape[0])


def pushed_through(node: Node) -> Node | None:
    """The difference of `inv(c*I + A*B)*A` and `A*inv(c*I + B*A)`, which are equal."""
    if node.op != "sum" or len(node.args) > MOST_TERMS:
        return None
    terms = [(weight, _pushed(term)) for weight, term in terms_of(node)]
    if all(now is before for (_, now), before in zip(terms, node.args, strict=True)):
        return None
    return summed(terms, node.shape)


def _pushed(term: Node) -> Node:
    """A term with `A*inv(c*I + B*A)` as `inv(c*I + A*B)*A`."""
    scalars, chain = build.split_product(term)
    for place in range(1, len(chain)):
        inner, before = inner_of("inv", chain[place]), chain[place - 1]
        found = None if inner is None else _shifted(inner)
        if found is None or len(found.chain) < 2 or found.chain[-1] is not before:
            continue
        size = before.shape[0]
        turned = multiplied((*found.scalars, before, *found.chain[:-1]))
        shift = times(*found.scale, build.identity(size))
        whole = summed([(found.weight, turned), (found.shift, shift)], (size, size))
        inverse = called(("inv",), (whole,), (size, size))
        return multiplied((*scalars, *chain[: place - 1], inverse, before, *chain[place + 1 :]))
    return term


def matrix_exponentials(node: Node) -> Node | None:
    """`expm(A)*expm(-A)` as I."""
    scalars, chain = build.split_product(node)
    for place in range(len(chain) - 1):
        first, second = (inner_of("expm", factor) for factor in chain[place : place + 2])
        if first is not None and second is not None and scaled(-1, first) is second:
            rest = (*chain[:place], *chain[place + 2 :])
            return multiplied((*scalars, *(rest or (build.identity(first.shape[0]),))))
    return None
