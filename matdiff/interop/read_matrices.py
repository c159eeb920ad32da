"""SymPy's matrix expressions as matrix form, and the numbers that are made of whole matrices."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import reduce

import sympy
from sympy.matrices.expressions import DiagMatrix
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement

from matdiff.interop.read_entries import element, unit
from matdiff.interop.reader import Bound, Missing, Read, Reader, fraction, name_of, shape_of, spread, total, weight_of
from matdiff.tree import build
from matdiff.tree.dims import multiply
from matdiff.tree.node import Node, Shape


def _call(name: str) -> Read:
    """A function of a matrix with a number for its value; of a 1 x 1 matrix it is that number."""

    def read(reader: Reader, part: sympy.Expr, _: Bound, __: Shape) -> Node:
        argument = reader.read(part.args[0])
        return build.call(name, (argument,), ()) if argument.shape else argument

    return read


def _matrix_symbol(_: Reader, part: sympy.MatrixSymbol, __: Bound, ___: Shape) -> Node:
    return build.variable(name_of(part), shape_of(part))


def _matrix_sum(reader: Reader, part: sympy.MatAdd, _: Bound, __: Shape) -> Node:
    return total(_weighted_matrix(reader, term) for term in part.args)


def _weighted_matrix(reader: Reader, term: sympy.Expr) -> tuple[Fraction, Node]:
    if not isinstance(term, sympy.MatMul):
        return Fraction(1), reader.read(term)
    weight, factors = weight_of(term.args)
    return weight, build.product(*reader.all(factors))


def _matrix_product(reader: Reader, part: sympy.MatMul, _: Bound, __: Shape) -> Node:
    return build.total([_weighted_matrix(reader, part)])


def _matrix_power(reader: Reader, part: sympy.MatPow, _: Bound, __: Shape) -> Node:
    base, exponent = reader.read(part.base), part.exp
    if not base.shape:
        return _entrywise_power(reader, base, exponent)
    if exponent == -1:
        return build.call("inv", (base,), base.shape)
    if exponent.is_Integer:
        return build.call("matpow", (base,), base.shape, (int(exponent),))
    if exponent.is_integer:
        return build.call("matpow", (base, reader.read(exponent)), base.shape)
    raise Missing(part)


def _entrywise_power(reader: Reader, base: Node, exponent: sympy.Expr) -> Node:
    if exponent.is_Rational:
        return build.power(base, fraction(exponent))
    power = reader.read(exponent)
    return build.apply("pow", base, power if power.shape else spread(power, base.shape))


def _inverse(reader: Reader, part: sympy.Expr, _: Bound, __: Shape) -> Node:
    base = reader.read(part.args[0])
    return build.call("inv", (base,), base.shape) if base.shape else build.power(base, -1)


def _transpose(reader: Reader, part: sympy.Expr, _: Bound, __: Shape) -> Node:
    return build.transpose(reader.read(part.args[0]))


def _hadamard(reader: Reader, part: sympy.Expr, _: Bound, __: Shape) -> Node:
    return build.hadamard(*reader.all(part.args))


def _hadamard_power(reader: Reader, part: sympy.Expr, _: Bound, __: Shape) -> Node:
    return _entrywise_power(reader, reader.read(part.base), part.exp)


def _kronecker(reader: Reader, part: sympy.Expr, _: Bound, __: Shape) -> Node:
    def joined(left: Node, right: Node) -> Node:
        sizes = zip(build.rows_and_columns(left.shape), build.rows_and_columns(right.shape), strict=True)
        rows, columns = (multiply(a, b) for a, b in sizes)
        return build.call("kron", (left, right), build.shape_of(rows, columns))

    nodes = reader.all(part.args)
    return reduce(lambda a, b: joined(a, b) if a.shape and b.shape else build.product(a, b), nodes)


def _constant(_: Reader, part: sympy.Expr, __: Bound, ___: Shape) -> Node:
    shape = shape_of(part)
    if isinstance(part, sympy.Identity):
        return build.identity(shape[0]) if shape else build.number(1)
    return (build.ones if isinstance(part, sympy.OneMatrix) else build.zeros)(shape)


def _unit_vector(_: Reader, part: sympy.FunctionMatrix, __: Bound, ___: Shape) -> Node:
    """A column whose entries are a Kronecker delta."""
    (row, _column), delta, shape = part.lamda.variables, part.lamda.expr, shape_of(part)
    if not isinstance(delta, sympy.KroneckerDelta) or row not in delta.args or len(shape) != 1:
        raise Missing(part)
    (place,) = (arg for arg in delta.args if arg != row)
    return unit(place, shape[0])


def _diagonal_matrix(reader: Reader, part: sympy.Expr, _: Bound, __: Shape) -> Node:
    vector = reader.read(part.args[0])
    if not vector.shape:
        return vector
    column = build.transpose(vector) if len(vector.shape) == 2 else vector
    return build.call("diag", (column,), (column.shape[0], column.shape[0]))


def _diagonal_of(reader: Reader, part: sympy.Expr, _: Bound, __: Shape) -> Node:
    matrix = reader.read(part.args[0])
    if not matrix.shape:
        return matrix
    if len(matrix.shape) != 2 or matrix.shape[0] != matrix.shape[1]:
        raise Missing(part)
    return build.call("diag", (matrix,), matrix.shape[:1])


def _entrywise(reader: Reader, part: ElementwiseApplyFunction, _: Bound, __: Shape) -> Node:
    argument = reader.read(part.expr)
    function = part.function
    t = sympy.Dummy("t", real=True)
    return reader.read(function(t), {t: argument}, argument.shape)


def _block(reader: Reader, part: sympy.Expr, _: Bound, __: Shape) -> Node:
    rows, columns = part.blockshape
    return build.block(tuple(reader.read(part.blocks[i, j]) for i in range(rows) for j in range(columns)), columns)


def _explicit(reader: Reader, part: sympy.Expr, _: Bound, __: Shape) -> Node:
    """A matrix with entries: a matrix of 1 x 1 blocks."""
    rows, columns = part.shape
    cells = [reader.read(part[i, j]) for i in range(rows) for j in range(columns)]
    return cells[0] if len(cells) == 1 else build.block(tuple(cells), columns)


def _dot(reader: Reader, part: sympy.Expr, _: Bound, __: Shape) -> Node:
    left, right = (build.transpose(v) if len(v.shape) == 2 else v for v in reader.all(part.args))
    return build.product(build.transpose(left), right)


MATRICES: Mapping[type, Read] = {
    sympy.MatrixSymbol: _matrix_symbol,
    sympy.MatAdd: _matrix_sum,
    sympy.MatMul: _matrix_product,
    sympy.MatPow: _matrix_power,
    sympy.Inverse: _inverse,
    sympy.Transpose: _transpose,
    sympy.Adjoint: _transpose,
    sympy.HadamardProduct: _hadamard,
    sympy.HadamardPower: _hadamard_power,
    sympy.KroneckerProduct: _kronecker,
    sympy.Identity: _constant,
    sympy.OneMatrix: _constant,
    sympy.ZeroMatrix: _constant,
    sympy.FunctionMatrix: _unit_vector,
    DiagMatrix: _diagonal_matrix,
    sympy.DiagonalOf: _diagonal_of,
    ElementwiseApplyFunction: _entrywise,
    sympy.BlockMatrix: _block,
    sympy.MatrixBase: _explicit,
}
WHOLES: Mapping[type, Read] = {
    sympy.Trace: _call("tr"),
    sympy.Determinant: _call("det"),
    MatrixElement: element,
    sympy.DotProduct: _dot,
}
