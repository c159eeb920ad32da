"""Entries of SymPy's matrices and sums over them as matrix form: unit vectors, and einsums of functions of entries."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import sympy
from sympy.matrices.expressions.matexpr import MatrixElement

from matdiff.interop.reader import Bound, Missing, Reader, dim, name_of, spread, total, weight_of
from matdiff.tree import build
from matdiff.tree.dims import Dim
from matdiff.tree.node import Node, Shape


def element(reader: Reader, part: sympy.Expr, _: Bound, __: Shape) -> Node:
    """An entry of a matrix, by unit vectors: `unit(i)' * A * unit(j)`; indices are counted from 0 there."""
    matrix = reader.read(part.parent)
    if not matrix.shape:
        return matrix
    rows, columns = build.rows_and_columns(matrix.shape)
    places = map(sympy.sympify, part.indices)
    left, right = (unit(place, size) for place, size in zip(places, (rows, columns), strict=True))
    chain = ([build.transpose(left)] if left.shape else []) + [matrix] + ([right] if right.shape else [])
    return build.product(*chain)


def range_sum(reader: Reader, part: sympy.Sum, _: Bound, shape: Shape) -> Node:
    """A sum over all of an axis, term by term: an einsum of matrices and of functions of their entries."""
    sizes: dict[sympy.Symbol, Dim] = {}
    for index, low, high in part.limits:
        if low != 0:
            raise Missing(part)
        sizes[index] = dim(sympy.expand(high + 1))
    terms = sympy.Add.make_args(sympy.expand(part.function))
    return spread(total(_summed(reader, part, term, sizes) for term in terms), shape)


def _summed(
    reader: Reader, part: sympy.Sum, term: sympy.Expr, sizes: Mapping[sympy.Symbol, Dim]
) -> tuple[Fraction, Node]:
    letters = {index: chr(ord("a") + place) for place, index in enumerate(sizes)}
    weight, factors = weight_of(sympy.Mul.make_args(term))
    others = [factor for factor in factors if not factor.free_symbols & sizes.keys()]
    nodes, words = [build.ones((size,)) for size in sizes.values()], [*letters.values()]
    for factor in (factor for factor in factors if factor not in others):
        node, word = _factor(reader, part, factor, letters)
        if any(axis != sizes[index] for index, letter in letters.items() for axis in _axes_of(node, word, letter)):
            raise Missing(part)
        nodes.append(node)
        words.append(word)
    if len(letters) > len("abcdefghijklm"):
        raise Missing(part)
    return weight, build.product(*reader.all(others), build.einsum(nodes, words, ""))


def _axes_of(node: Node, word: str, letter: str) -> list[Dim]:
    return [axis for axis, own in zip(node.shape, word, strict=True) if own == letter]


def _factor(
    reader: Reader, part: sympy.Sum, factor: sympy.Expr, letters: Mapping[sympy.Symbol, str]
) -> tuple[Node, str]:
    """A function of one entry as a tensor with the letters of its axes; a place that is not summed is picked."""
    elements = list(factor.atoms(MatrixElement))
    if len(elements) != 1:
        raise Missing(part)
    (entry,) = elements
    matrix = reader.read(entry.parent)
    places = [place for place, size in zip(entry.indices, entry.parent.shape, strict=True) if size != 1]
    for number, place in enumerate(places):
        if place in letters:
            continue
        if len(places) == 1:
            raise Missing(part)
        picked = unit(sympy.sympify(place), matrix.shape[number])
        matrix = build.product(build.transpose(picked), matrix) if number == 0 else build.product(matrix, picked)
    column = build.transpose(matrix) if len(matrix.shape) == 2 and matrix.shape[0] == 1 else matrix
    word = "".join(letters[place] for place in places if place in letters)
    t = sympy.Dummy("t", real=True)
    body = factor.xreplace({entry: t})
    if body.free_symbols & letters.keys():
        raise Missing(part)
    return (column if body == t else reader.read(body, {t: column}, column.shape)), word


def unit(place: sympy.Expr, size: Dim) -> Node:
    """The unit vector of this size that is 1 at a place counted from 0; the only one of size 1 is a number."""
    if size == 1:
        return build.number(1)
    counted = place + 1
    if counted.is_Integer and counted > 0:
        return build.unit(int(counted), size)
    if counted.is_Symbol:
        return build.unit(name_of(counted), size)
    raise Missing(place)
