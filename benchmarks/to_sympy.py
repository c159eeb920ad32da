"""Matrix form as SymPy's matrix expressions, as far as SymPy has words for it."""

from __future__ import annotations

from collections.abc import Callable

import sympy
from sympy import HadamardPower, HadamardProduct, Lambda, MatAdd, MatMul, MatPow, Symbol, Trace
from sympy.matrices.expressions import DiagMatrix

from matdiff.tree.build import rows_and_columns, split_product
from matdiff.tree.dims import Dim, Size
from matdiff.tree.node import Node
from matdiff.tree.walk import postorder

Expression = sympy.Expr

SCALAR_FUNCTIONS: dict[str, Callable[[Expression], Expression]] = {
    "exp": sympy.exp,
    "log": sympy.log,
    "abs": sympy.Abs,
    "sign": sympy.sign,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "tanh": sympy.tanh,
    "sigmoid": lambda t: 1 / (1 + sympy.exp(-t)),
    "softplus": lambda t: sympy.log(1 + sympy.exp(t)),
    "relu": lambda t: sympy.Max(t, 0),
    "heaviside": sympy.Heaviside,
}


class Untranslatable(Exception):
    """SymPy has no word for a part of the expression."""


def translate(root: Node) -> Expression:
    """The node as a SymPy expression; a scalar is a scalar there, never a 1 x 1 matrix.

    Raises Untranslatable.
    """
    done: dict[Node, Expression] = {}
    for node in postorder((root,)):
        done[node] = TRANSLATIONS.get(node.op, _refuse)(node, *(done[arg] for arg in node.args))
    return done[root]


def _refuse(node: Node, *_: Expression) -> Expression:
    raise Untranslatable(f"{node.op} {node.attrs[:1]}")


def _size(size: Dim) -> Expression:
    if isinstance(size, int):
        return sympy.Integer(size)
    return _polynomial(size)


def _polynomial(size: Size) -> Expression:
    terms = (
        sympy.Rational(weight.numerator, weight.denominator)
        * sympy.Mul(*(Symbol(name, integer=True, positive=True) for name in names))
        for names, weight in size.terms
    )
    return sympy.Add(*terms)


def _dimensions(node: Node) -> tuple[Expression, Expression]:
    if len(node.shape) > 2:
        _refuse(node)
    rows, columns = rows_and_columns(node.shape)
    return _size(rows), _size(columns)


def _variable(node: Node) -> Expression:
    name = str(node.attrs[0])
    return sympy.MatrixSymbol(name, *_dimensions(node)) if node.shape else Symbol(name, real=True)


def _constant(node: Node) -> Expression:
    rows, columns = _dimensions(node)
    if node.attrs[0] == "identity":
        return sympy.Identity(rows)
    if node.attrs[0] in ("ones", "zeros"):
        return (sympy.OneMatrix if node.attrs[0] == "ones" else sympy.ZeroMatrix)(rows, columns)
    return _refuse(node)


def _sum(node: Node, *terms: Expression) -> Expression:
    weights = (sympy.Rational(w.numerator, w.denominator) for w in node.attrs)  # type: ignore[union-attr]
    weighted = [weight * term for weight, term in zip(weights, terms, strict=True)]
    return MatAdd(*weighted) if node.shape else sympy.Add(*weighted)


def _product(node: Node, *factors: Expression) -> Expression:
    scalars, chain = split_product(node)
    front = sympy.Mul(*factors[: len(scalars)])
    if not chain:
        return front
    back = MatMul(*factors[len(scalars) :])
    return front * back if node.shape else front * Trace(back)


def _transpose(_: Node, matrix: Expression) -> Expression:
    return sympy.Transpose(matrix)


def _map(node: Node, *arguments: Expression) -> Expression:
    name = str(node.attrs[0])
    if name == "power":
        exponent = sympy.Rational(str(node.attrs[1]))
        return HadamardPower(arguments[0], exponent) if node.shape else arguments[0] ** exponent
    if name not in SCALAR_FUNCTIONS or len(arguments) != 1:
        return _refuse(node)
    function = SCALAR_FUNCTIONS[name]
    if not node.shape:
        return function(arguments[0])
    t = sympy.Dummy("t", real=True)
    applied: Expression = arguments[0].applyfunc(Lambda(t, function(t)))
    return applied


def _call(node: Node, *arguments: Expression) -> Expression:
    name = str(node.attrs[0])
    is_along_an_axis = node.attrs[-1] in ("rows", "cols")
    if name not in CALLS or is_along_an_axis or (name == "matpow" and len(arguments) > 1):
        return _refuse(node)
    return CALLS[name](node, *arguments)


def _total(x: Expression) -> Expression:
    rows, columns = x.shape
    return Trace(MatMul(sympy.OneMatrix(1, rows), x, sympy.OneMatrix(columns, 1)))


def _diagonal(node: Node, x: Expression) -> Expression:
    return DiagMatrix(x) if len(node.args[0].shape) == 1 else sympy.DiagonalOf(x)


CALLS: dict[str, Callable[..., Expression]] = {
    "tr": lambda _, x: Trace(x),
    "det": lambda _, x: sympy.Determinant(x),
    "logdet": lambda _, x: sympy.log(sympy.Determinant(x)),
    "inv": lambda _, x: sympy.Inverse(x),
    "sum": lambda _, x: _total(x),
    "mean": lambda _, x: _total(x) / (x.shape[0] * x.shape[1]),
    "dot": lambda _, x, y: Trace(MatMul(sympy.Transpose(x), y)),
    "norm2": lambda _, x: sympy.sqrt(Trace(MatMul(sympy.Transpose(x), x))),
    "diag": _diagonal,
    "kron": lambda _, a, b: sympy.KroneckerProduct(a, b),
    "matpow": lambda node, x: MatPow(x, sympy.Integer(str(node.attrs[1]))),
}
TRANSLATIONS: dict[str, Callable[..., Expression]] = {
    "var": _variable,
    "number": lambda node: sympy.Rational(str(node.attrs[0])),
    "size": lambda node: _size(node.attrs[0]),
    "constant": _constant,
    "sum": _sum,
    "product": _product,
    "hadamard": lambda _, *factors: HadamardProduct(*factors),
    "transpose": _transpose,
    "map": _map,
    "call": _call,
}
