"""Matrix form as SymPy's matrix expressions.

A scalar is a scalar there, never a 1 x 1 matrix; a column of n entries is an n x 1 matrix. What SymPy knows of matrices
with entries alone, it has no expression for; what it lacks is told with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import sympy
from sympy import HadamardPower, HadamardProduct, Lambda, MatAdd, MatMul, MatPow, Symbol, Trace
from sympy.matrices.expressions import DiagMatrix

from matdiff.errors import NoSpelling
from matdiff.interop.scalars import ASSUMED, SAME, arithmetic, number
from matdiff.tree import unknown
from matdiff.tree.attributes import exponent_of, is_power, number_of, orders_in, properties_of, size_of, weights_of
from matdiff.tree.build import rows_and_columns, split_product
from matdiff.tree.dims import Dim
from matdiff.tree.node import Attributes, Node
from matdiff.tree.walk import postorder

Expression = sympy.Expr

ROOT = sympy.sqrt(2)
# Entry-wise functions without a name in SymPy, as it writes them.
WRITTEN: dict[str, Callable[[sympy.Expr], sympy.Expr]] = {
    "sigmoid": lambda t: 1 / (1 + sympy.exp(-t)),
    "softplus": lambda t: sympy.log(1 + sympy.exp(t)),
    "relu": lambda t: sympy.Max(t, 0),
    "heaviside": lambda t: sympy.Heaviside(t, 0),
    "log1p": lambda t: sympy.log(1 + t),
    "expm1": lambda t: sympy.exp(t) - 1,
    "gauss": lambda t: 2 * sympy.exp(-(t**2)) / sympy.sqrt(sympy.pi),
    "normal_pdf": lambda t: sympy.exp(-(t**2) / 2) / sympy.sqrt(2 * sympy.pi),
    "normal_cdf": lambda t: (1 + sympy.erf(t / ROOT)) / 2,
    "gelu": lambda t: t * (1 + sympy.erf(t / ROOT)) / 2,
    "silu": lambda t: t / (1 + sympy.exp(-t)),
}
WITH_ENTRIES = "SymPy computes it of matrices with entries, and has no expression for it"
TWO_AXES = "its matrix expressions have two axes"
WHOLE = "its functions are of numbers, not of whole vectors and matrices"


def to_sympy(root: Node) -> sympy.Expr:
    """The node as a SymPy expression. Raises NoSpelling with the reason for what SymPy has no expression for."""
    done: dict[Node, sympy.Expr] = {}
    for node in postorder((root,)):
        if len(node.shape) > 2:
            raise _refused(node.attrs[0] if node.op in ("var", "call") else node.op, TWO_AXES)
        done[node] = TRANSLATIONS[node.op](node, *(done[arg] for arg in node.args))
    return done[root]


def _refused(name: object, reason: str) -> NoSpelling:
    return NoSpelling(str(name), "SymPy", reason)


def size(axis: Dim) -> sympy.Expr:
    """A size as an integer or a polynomial in positive integer symbols."""
    if isinstance(axis, int):
        return sympy.Integer(axis)
    terms = (
        number(weight) * sympy.Mul(*(Symbol(name, integer=True, positive=True) for name in names))
        for names, weight in axis.terms
    )
    return sympy.Add(*terms)


def _dimensions(node: Node) -> tuple[sympy.Expr, sympy.Expr]:
    rows, columns = rows_and_columns(node.shape)
    return size(rows), size(columns)


def _variable(node: Node) -> sympy.Expr:
    name, words = str(node.attrs[0]), properties_of(node)
    if node.shape:
        return sympy.MatrixSymbol(name, *_dimensions(node))
    return Symbol(name, real=True, **{word: True for word in ASSUMED if word in words})


def _constant(node: Node) -> sympy.Expr:
    kind = node.attrs[0]
    rows, columns = _dimensions(node)
    match kind:
        case "pi":
            return sympy.pi
        case "identity":
            return sympy.Identity(rows)
        case "ones":
            return sympy.OneMatrix(rows, columns)
        case "zeros":
            return sympy.ZeroMatrix(rows, columns)
        case "unit":
            row, column = sympy.symbols("row column", integer=True)
            delta = sympy.KroneckerDelta(row, _place(node))
            return sympy.FunctionMatrix(rows, columns, Lambda((row, column), delta))
    raise _refused(kind, WITH_ENTRIES)


def _place(unit: Node) -> sympy.Expr:
    """Where a unit vector is 1, counted from 0."""
    index = unit.attrs[1]
    return (index if isinstance(index, int) else Symbol(str(index), integer=True, positive=True)) - sympy.Integer(1)


def _sum(node: Node, *terms: sympy.Expr) -> sympy.Expr:
    weighted = [number(weight) * term for weight, term in zip(weights_of(node), terms, strict=True)]
    return MatAdd(*weighted) if node.shape else sympy.Add(*weighted)


def _product(node: Node, *factors: sympy.Expr) -> sympy.Expr:
    scalars, chain = split_product(node)
    front = sympy.Mul(*factors[: len(scalars)])
    if not chain:
        return front
    back = MatMul(*factors[len(scalars) :])
    return front * back if node.shape else front * (_entry(chain, factors[len(scalars) :]) or Trace(back))


def _entry(chain: Sequence[Node], factors: Sequence[sympy.Expr]) -> sympy.Expr | None:
    """The entry of a matrix or vector that is meant by unit vectors around it; None where none is."""
    left = chain[0].args[0] if chain[0].op == "transpose" and _is_unit(chain[0].args[0]) else None
    right = chain[-1] if _is_unit(chain[-1]) else None
    inner = factors[left is not None : len(factors) - (right is not None)]
    if len(inner) != 1 or not isinstance(inner[0], sympy.MatrixSymbol):
        return None
    return inner[0][_place(left) if left else 0, _place(right) if right else 0]


def _is_unit(node: Node) -> bool:
    return node.op == "constant" and node.attrs[0] == "unit"


def _hadamard(node: Node, *factors: sympy.Expr) -> sympy.Expr:
    return HadamardProduct(*factors) if node.shape else sympy.Mul(*factors)


def _map(node: Node, *arguments: sympy.Expr) -> sympy.Expr:
    if not node.shape:
        return _of_scalars(node.attrs, arguments)
    if is_power(node):
        return HadamardPower(arguments[0], number(exponent_of(node)))
    numbers = [_spread_number(argument) for argument in arguments]
    moving = [argument for argument, found in zip(arguments, numbers, strict=True) if found is None]
    if len(set(moving)) > 1:
        raise _refused(node.attrs[0], "SymPy applies functions of one argument entry by entry")
    t = Symbol("t", real=True)
    is_taken = any(t in found.free_symbols for found in numbers if found is not None)
    bound = sympy.Dummy("t", real=True) if is_taken else t
    body = _of_scalars(node.attrs, [bound if found is None else found for found in numbers])
    return (moving or arguments)[0].applyfunc(Lambda(bound, body))


def _spread_number(argument: sympy.Expr) -> sympy.Expr | None:
    """The scalar `c` of `c*ones`."""
    factors = argument.args if isinstance(argument, MatMul) else (argument,)
    is_spread = isinstance(factors[-1], sympy.OneMatrix) and not any(f.is_Matrix for f in factors[:-1])
    return sympy.Mul(*factors[:-1]) if is_spread else None


def _of_scalars(attrs: Attributes, arguments: Sequence[sympy.Expr]) -> sympy.Expr:
    """An entry-wise function of scalars."""
    return _unknown(attrs, arguments) if attrs[0] == unknown.UNKNOWN else PLAIN.apply(attrs, arguments)


def _named(name: str) -> Callable[..., sympy.Expr]:
    function = WRITTEN.get(name) or SAME.get(name)
    if function is None:
        raise _refused(name, "it has no such function")
    return function


PLAIN = arithmetic(_named)


def _unknown(attrs: Attributes, arguments: Sequence[sympy.Expr]) -> sympy.Expr:
    """An unknown function of numbers, or a derivative of it."""
    stand_ins = [Symbol(f"u{place + 1}", real=True) for place in range(len(arguments))]
    function = sympy.Function(str(attrs[1]), real=True)
    by = [pair for pair in zip(stand_ins, orders_in(attrs), strict=True) if pair[1]]
    if not by:
        return function(*arguments)
    derivative = sympy.Derivative(function(*stand_ins), *by)
    return sympy.Subs(derivative, tuple(stand_ins), tuple(arguments))


def _call(node: Node, *arguments: sympy.Expr) -> sympy.Expr:
    name = str(node.attrs[0])
    if name == unknown.UNKNOWN:
        raise _refused(node.attrs[1], WHOLE)
    along = node.attrs[-1] if node.attrs[-1] in ("rows", "cols") else ""
    table: Mapping[str, Callable[..., sympy.Expr]] = ALONG if along else CALLS
    if name not in table:
        raise _refused(name, WITH_ENTRIES)
    return table[name](arguments[0].T, along) if along else table[name](node, *arguments)


def total(x: sympy.Expr) -> sympy.Expr:
    """The sum of the entries of a matrix: the trace of `1'*x*1`."""
    rows, columns = x.shape
    ones = sympy.OneMatrix(1, rows), sympy.OneMatrix(columns, 1)
    return Trace(MatMul(*(part for part in (ones[0], x, ones[1]) if part.shape != (1, 1))))


def _entrywise(x: sympy.Expr, function: Callable[[sympy.Expr], sympy.Expr]) -> sympy.Expr:
    t = Symbol("t", real=True)
    return x.applyfunc(Lambda(t, function(t)))


def _diagonal(node: Node, x: sympy.Expr) -> sympy.Expr:
    return DiagMatrix(x) if len(node.args[0].shape) == 1 else sympy.DiagonalOf(x)


def _exponentials(x: sympy.Expr) -> sympy.Expr:
    return _entrywise(x, sympy.exp)


def _log_softmax(x: sympy.Expr) -> sympy.Expr:
    return x - sympy.log(total(_exponentials(x))) * sympy.OneMatrix(*x.shape)


def _matrix_power(node: Node, x: sympy.Expr, *exponent: sympy.Expr) -> sympy.Expr:
    return MatPow(x, exponent[0] if exponent else sympy.Integer(str(node.attrs[1])))


def _along_rows(turned: sympy.Expr, along: str) -> sympy.Expr:
    """The sum of every row or column; `turned` is the transpose of the matrix."""
    matrix = turned.T if along == "rows" else turned
    return MatMul(matrix, sympy.OneMatrix(matrix.shape[1], 1))


CALLS: dict[str, Callable[..., sympy.Expr]] = {
    "tr": lambda _, x: Trace(x),
    "det": lambda _, x: sympy.Determinant(x),
    "logdet": lambda _, x: sympy.log(sympy.Determinant(x)),
    "inv": lambda _, x: sympy.Inverse(x),
    "adj": lambda _, x: sympy.Determinant(x) * sympy.Inverse(x),
    "cof": lambda _, x: sympy.Determinant(x) * sympy.Transpose(sympy.Inverse(x)),
    "sum": lambda _, x: total(x),
    "mean": lambda _, x: total(x) / (x.shape[0] * x.shape[1]),
    "dot": lambda _, x, y: Trace(MatMul(sympy.Transpose(x), y)),
    "norm2": lambda _, x: sympy.sqrt(Trace(MatMul(sympy.Transpose(x), x))),
    "norm1": lambda _, x: total(_entrywise(x, sympy.Abs)),
    "logsumexp": lambda _, x: sympy.log(total(_exponentials(x))),
    "softmax": lambda _, x: _exponentials(x) / total(_exponentials(x)),
    "log_softmax": lambda _, x: _log_softmax(x),
    "diag": _diagonal,
    "kron": lambda _, a, b: sympy.KroneckerProduct(a, b),
    "matpow": _matrix_power,
}
ALONG: dict[str, Callable[[sympy.Expr, str], sympy.Expr]] = {
    "sum": _along_rows,
    "mean": lambda turned, along: _along_rows(turned, along) / turned.shape[0 if along == "rows" else 1],
}


def _block(node: Node, *blocks: sympy.Expr) -> sympy.Expr:
    (columns,) = node.attrs
    assert isinstance(columns, int)
    cells = [block if arg.shape else sympy.Matrix([[block]]) for arg, block in zip(node.args, blocks, strict=True)]
    return sympy.BlockMatrix([cells[start : start + columns] for start in range(0, len(cells), columns)])


def _einsum(_: Node, *__: sympy.Expr) -> sympy.Expr:
    raise _refused("einsum", "it has no matrix form")


TRANSLATIONS: dict[str, Callable[..., sympy.Expr]] = {
    "var": _variable,
    "number": lambda node: number(number_of(node)),
    "size": lambda node: size(size_of(node)),
    "constant": _constant,
    "sum": _sum,
    "product": _product,
    "hadamard": _hadamard,
    "transpose": lambda _, matrix: sympy.Transpose(matrix),
    "map": _map,
    "call": _call,
    "block": _block,
    "einsum": _einsum,
}
