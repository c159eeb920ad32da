"""Sums and entry-wise products of arrays, those that are one number, or one vector again and again, as that."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from matdiff.printing.program import arrays
from matdiff.tree.attributes import number_of
from matdiff.tree.node import Node, make


def total(terms: Iterable[arrays.Term]) -> Node:
    """Σ weight·term, of one shape."""
    return arrays.add(stretched_terms(terms))


def stretched_terms(terms: Iterable[arrays.Term]) -> list[arrays.Term]:
    """Terms of one shape as they are added."""
    kept = list(terms)
    if len(kept) == 1:
        return _into_vector(kept[0])
    bodies = stretched([body for _, body in kept])
    return [_sized(weight, body) for (weight, _), body in zip(kept, bodies, strict=True)]


def _sized(weight: Fraction, body: Node) -> arrays.Term:
    """A weighted term of which a product of two vectors has the size of the weight within, its sign outside."""
    ((rest, sized),) = _into_vector((abs(weight), body))
    return (rest if weight > 0 else -rest), sized


def stretched(bodies: list[Node]) -> list[Node]:
    """Terms or factors of one shape, those that are one number, or one vector again and again, as that.

    At least one of them keeps the whole shape, since the others are stretched over it.
    """
    rank = max((len(body.shape) for body in bodies), default=0)
    short = [_short(body) if len(body.shape) == rank else None for body in bodies]
    wide = [place for place, body in enumerate(bodies) if len(body.shape) == rank]
    if wide and all(short[place] is not None for place in wide):
        short[wide[0]] = None
    return [body if found is None else found for body, found in zip(bodies, short, strict=True)]


def _short(array: Node) -> Node | None:
    """The number that fills an array, or the vector that its rows or columns repeat; None for any other."""
    if array.op == "times":
        above, below = arrays.above_and_below(array)
        short = [_short(factor) if len(factor.shape) == len(array.shape) else factor for factor in above]
        if array.shape and None not in short and all(not factor.shape for factor in below):
            kept = [factor for factor in short if factor is not None and factor.attrs != (Fraction(1),)]
            return _scaled_spread(kept, below, array)
    if array.op == "filled":
        return arrays.number(number_of(array))
    if array.op == "outer":
        for vector, other, along in zip(array.args, reversed(array.args), ("rows", "columns"), strict=True):
            if arrays.is_ones(other):
                return arrays.spread(vector, along, array.shape)
    return None


def _scaled_spread(factors: list[Node], below: tuple[Node, ...], array: Node) -> Node | None:
    """Scalars times at most one stretched vector."""
    wide = [factor for factor in factors if factor.op == "spread"]
    if not wide:
        return arrays.times(factors or [arrays.number(1)], below)
    if len(wide) > 1:
        return None
    (vector,) = wide[0].args
    scalars = [factor for factor in factors if factor is not wide[0]]
    return arrays.spread(arrays.times([*scalars, vector], below), str(wide[0].attrs[0]), array.shape)


def _into_vector(term: arrays.Term) -> list[arrays.Term]:
    """A weighted product of arrays with the weight on the one with the fewest axes, which has fewer entries."""
    weight, body = term
    if body.op not in ("outer", "einsum") or abs(weight) == 1:
        return [term]
    place = min(range(len(body.args)), key=lambda k: len(body.args[k].shape))
    factors = list(body.args)
    factors[place] = arrays.add([(weight, factors[place])])
    return [(Fraction(1), make(body.op, tuple(factors), body.attrs, body.shape))]
