"""What every reader of SymPy's expressions uses: names, sizes, numbers, and the way from a part to its reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from typing import NamedTuple

import sympy

from matdiff.tree import build
from matdiff.tree.attributes import terms_of
from matdiff.tree.dims import Dim, add, multiply, scale, symbol
from matdiff.tree.node import Node, Shape

Bound = Mapping[sympy.Basic, Node]
Read = Callable[..., Node]
NAME = re.compile(r"[^\W\d_]\w*")


class Tables(NamedTuple):
    """The readers by classes of SymPy: of matrices, of numbers made of whole matrices, and of other numbers."""

    matrices: Mapping[type, Read]
    wholes: Mapping[type, Read]
    scalars: Mapping[type, Read]


class Missing(Exception):
    """Something that matdiff has no words for; its argument is the part."""


class Reader:
    """Reads the parts of one expression; the names of its sizes are numbers in it."""

    def __init__(self, root: sympy.Basic, tables: Tables) -> None:
        matrices = [part for part in sympy.preorder_traversal(root) if getattr(part, "is_Matrix", False)]
        axes = [sympy.sympify(axis) for part in matrices for axis in part.shape]
        self.sizes = {str(name) for axis in axes for name in axis.free_symbols}
        self.tables = tables
        self.readers = {**tables.matrices, **tables.wholes, **tables.scalars}

    def read(self, part: sympy.Basic, bound: Bound | None = None, shape: Shape = ()) -> Node:
        """The node of a part; in the body of an entry-wise function `bound` is its argument and `shape` that of it."""
        bound = bound or {}
        if part in bound:
            return bound[part]
        kind = next((kind for kind in type(part).__mro__ if kind in self.readers), None)
        if kind is None:
            raise Missing(part)
        if kind in self.tables.matrices or getattr(part, "is_Matrix", False):
            return self.readers[kind](self, part, {}, ())
        if kind in self.tables.wholes:
            return spread(self.readers[kind](self, part, {}, ()), shape)
        return self.readers[kind](self, part, bound, shape)

    def all(self, parts: Iterable[sympy.Basic], bound: Bound | None = None, shape: Shape = ()) -> list[Node]:
        """The nodes of several parts."""
        return [self.read(part, bound, shape) for part in parts]


def spread(scalar: Node, shape: Shape) -> Node:
    """A scalar in every place of a shape."""
    if not shape:
        return scalar
    return build.ones(shape) if scalar == build.number(1) else build.product(scalar, build.ones(shape))


def name_of(part: sympy.Basic) -> str:
    """The name of a symbol, where it is one in the language too."""
    if not NAME.fullmatch(part.name):
        raise Missing(part)
    return str(part.name)


def dim(axis: sympy.Expr) -> Dim:
    """A size: an integer or a polynomial in symbols."""
    if axis.is_Integer and axis > 0:
        return int(axis)
    if axis.is_Symbol and NAME.fullmatch(axis.name):
        return symbol(axis.name)
    if axis.is_Add:
        return reduce(add, map(_dim_term, axis.args))
    if axis.is_Mul or axis.is_Pow:
        return _dim_term(axis)
    raise Missing(axis)


def _dim_term(term: sympy.Expr) -> Dim:
    weight, rest = term.as_coeff_Mul()
    if not weight.is_Rational:
        raise Missing(term)
    whole: Dim = 1
    for factor in sympy.Mul.make_args(rest):
        base, exponent = factor.as_base_exp()
        if not (exponent.is_Integer and 0 <= exponent <= 9):
            raise Missing(term)
        for _ in range(int(exponent)):
            whole = multiply(whole, 1 if base == 1 else dim(base))
    return scale(whole, fraction(weight))


def shape_of(expression: sympy.Expr) -> Shape:
    """The shape of a matrix."""
    rows, columns = expression.shape
    return build.shape_of(dim(sympy.sympify(rows)), dim(sympy.sympify(columns)))


def fraction(number: sympy.Number) -> Fraction:
    """The value of a number; one with a decimal point is what it says."""
    if not number.is_finite:
        raise Missing(number)
    return Fraction(int(number.p), int(number.q)) if number.is_Rational else Fraction(str(number))


def weight_of(parts: Sequence[sympy.Basic]) -> tuple[Fraction, Sequence[sympy.Basic]]:
    """The number in front of other factors, and these."""
    return (fraction(parts[0]), parts[1:]) if len(parts) > 1 and parts[0].is_Number else (Fraction(1), parts)


def total(terms: Iterable[tuple[Fraction, Node]]) -> Node:
    """A sum without sums in it."""
    return build.total((weight * own, part) for weight, node in terms for own, part in terms_of(node))
