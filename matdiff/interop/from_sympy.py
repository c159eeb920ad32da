"""SymPy's scalars and matrix expressions as matrix form.

A 1 x 1 matrix is a scalar, an n x 1 matrix a vector. Real numbers are meant throughout: a conjugate is nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import reduce

import sympy
from sympy.core.function import AppliedUndef
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from matdiff.errors import NotYet, shorten
from matdiff.interop.scalars import OURS
from matdiff.tree import build, unknown
from matdiff.tree.attributes import terms_of
from matdiff.tree.dims import Dim, add, multiply, scale, symbol
from matdiff.tree.node import Node, Shape

Bound = Mapping[sympy.Basic, Node]
NAME = re.compile(r"[^\W\d_]\w*")
ASSUMED = ("positive", "nonnegative", "integer")


class _Missing(Exception):
    """Something that matdiff has no words for; its argument is the part."""


def from_sympy(expression: object) -> Node:
    """The expression as a tree in matrix form.

    Raises NotYet with the part that matdiff has no words for: sums over ranges, cases, slices, complex numbers.
    """
    try:
        given = sympy.sympify(expression, strict=True)
        return _Reader(given).read(given)
    except sympy.SympifyError:
        raise NotYet(f"{type(expression).__name__} is no SymPy expression") from None
    except _Missing as missing:
        text = shorten(str(missing.args[0]))
        raise NotYet(f"`{text}` of SymPy has no counterpart here", hint=_hint(missing)) from None
    except RecursionError:
        raise NotYet("the expression nests too deeply") from None


def _hint(missing: _Missing) -> str:
    part = missing.args[0]
    if isinstance(part, sympy.Symbol | sympy.MatrixSymbol):
        return "a name is a letter with letters, digits and `_` behind it"
    return f"it is a {type(part).__name__}"


def _dim(axis: sympy.Expr) -> Dim:
    """A size: an integer or a polynomial in symbols."""
    if axis.is_Integer and axis > 0:
        return int(axis)
    if axis.is_Symbol and NAME.fullmatch(axis.name):
        return symbol(axis.name)
    if axis.is_Add:
        return reduce(add, map(_dim_term, axis.args))
    if axis.is_Mul or axis.is_Pow:
        return _dim_term(axis)
    raise _Missing(axis)


def _dim_term(term: sympy.Expr) -> Dim:
    weight, rest = term.as_coeff_Mul()
    if not weight.is_Rational:
        raise _Missing(term)
    whole: Dim = 1
    for factor in sympy.Mul.make_args(rest):
        base, exponent = factor.as_base_exp()
        if not (exponent.is_Integer and 0 <= exponent <= 9):
            raise _Missing(term)
        for _ in range(int(exponent)):
            whole = multiply(whole, 1 if base == 1 else _dim(base))
    return scale(whole, Fraction(int(weight.p), int(weight.q)))


def _shape(expression: sympy.Expr) -> Shape:
    rows, columns = expression.shape
    return build.shape_of(_dim(sympy.sympify(rows)), _dim(sympy.sympify(columns)))


class _Reader:
    """Reads the parts of one expression; the names of its sizes are numbers in it."""

    def __init__(self, root: sympy.Basic) -> None:
        matrices = [part for part in sympy.preorder_traversal(root) if getattr(part, "is_Matrix", False)]
        axes = [sympy.sympify(axis) for part in matrices for axis in part.shape]
        self.sizes = {str(name) for axis in axes for name in axis.free_symbols}

    def read(self, part: sympy.Basic, bound: Bound | None = None, shape: Shape = ()) -> Node:
        """The node of a part; in the body of an entry-wise function `bound` is its argument and `shape` that of it."""
        bound = bound or {}
        if part in bound:
            return bound[part]
        kind = next((kind for kind in type(part).__mro__ if kind in READERS), None)
        if kind is None:
            raise _Missing(part)
        if kind in MATRICES or getattr(part, "is_Matrix", False):
            return READERS[kind](self, part, {}, ())
        if kind in WHOLE:
            return spread(READERS[kind](self, part, {}, ()), shape)
        return READERS[kind](self, part, bound, shape)

    def all(self, parts: Iterable[sympy.Basic], bound: Bound, shape: Shape) -> list[Node]:
        """The nodes of several parts."""
        return [self.read(part, bound, shape) for part in parts]


def spread(scalar: Node, shape: Shape) -> Node:
    """A scalar in every place of a shape."""
    if not shape:
        return scalar
    return build.ones(shape) if scalar == build.number(1) else build.product(scalar, build.ones(shape))


def _name(part: sympy.Basic) -> str:
    if not NAME.fullmatch(part.name):
        raise _Missing(part)
    return str(part.name)


def _symbol(reader: _Reader, part: sympy.Symbol, _: Bound, shape: Shape) -> Node:
    if part.is_real is False:
        raise _Missing(part)
    name = _name(part)
    if name in reader.sizes:
        return spread(build.size_number(symbol(name)), shape)
    words = [word for word in ASSUMED if getattr(part, f"is_{word}")]
    words = [word for word in words if word != "nonnegative" or "positive" not in words]
    return spread(build.variable(name, (), words), shape)


def _number(_: _Reader, part: sympy.Number, __: Bound, shape: Shape) -> Node:
    value = _fraction(part)
    if not shape:
        return build.number(value)
    return spread(build.number(1), shape) if value == 1 else build.total([(value, build.ones(shape))])


def _fraction(number: sympy.Number) -> Fraction:
    if not number.is_finite:
        raise _Missing(number)
    return Fraction(int(number.p), int(number.q)) if number.is_Rational else Fraction(str(number))


def _weight(parts: Sequence[sympy.Basic]) -> tuple[Fraction, Sequence[sympy.Basic]]:
    """The number in front of other factors, and these."""
    return (_fraction(parts[0]), parts[1:]) if len(parts) > 1 and parts[0].is_Number else (Fraction(1), parts)


def _total(terms: Iterable[tuple[Fraction, Node]]) -> Node:
    """A sum without sums in it."""
    return build.total((weight * own, part) for weight, node in terms for own, part in terms_of(node))


def _add(reader: _Reader, part: sympy.Add, bound: Bound, shape: Shape) -> Node:
    return _total(_weighted(reader, term, bound, shape) for term in part.args)


def _weighted(reader: _Reader, term: sympy.Expr, bound: Bound, shape: Shape) -> tuple[Fraction, Node]:
    if not isinstance(term, sympy.Mul):
        return Fraction(1), reader.read(term, bound, shape)
    weight, factors = _weight(term.args)
    moving = [factor for factor in factors if factor.free_symbols & bound.keys()]
    others = reader.all((factor for factor in factors if factor not in moving), {}, ())
    if not moving:
        return weight, spread(build.product(*others), shape)
    nodes = reader.all(moving, bound, shape)
    return weight, build.product(*others, build.hadamard(*nodes) if shape else build.product(*nodes))


def _mul(reader: _Reader, part: sympy.Mul, bound: Bound, shape: Shape) -> Node:
    return _total([_weighted(reader, part, bound, shape)])


def _pow(reader: _Reader, part: sympy.Pow, bound: Bound, shape: Shape) -> Node:
    base, exponent = part.args
    if base == sympy.E:
        return build.apply("exp", reader.read(exponent, bound, shape))
    if exponent.is_Rational:
        return build.power(reader.read(base, bound, shape), Fraction(int(exponent.p), int(exponent.q)))
    return build.apply("pow", *reader.all((base, exponent), bound, shape))


def _function(reader: _Reader, part: sympy.Function, bound: Bound, shape: Shape) -> Node:
    name = _name_of_function(part)
    arguments = part.args[1:] if part.func is sympy.polygamma else part.args[:1]
    return build.apply(name, *reader.all(arguments, bound, shape))


def _name_of_function(part: sympy.Function) -> str:
    if part.func is sympy.polygamma and part.args[0] in (0, 1):
        return ("digamma", "trigamma")[int(part.args[0])]
    name = OURS.get(part.func)
    if name is None:
        raise _Missing(part)
    return name


def _log(reader: _Reader, part: sympy.Expr, bound: Bound, shape: Shape) -> Node:
    if isinstance(part.args[0], sympy.Determinant):
        return spread(build.call("logdet", (reader.read(part.args[0].arg),), ()), shape)
    return build.apply("log", reader.read(part.args[0], bound, shape))


def _extreme(reader: _Reader, part: sympy.Expr, bound: Bound, shape: Shape) -> Node:
    """The largest of several numbers, by `max(a, b) = b + relu(a - b)`; the smallest, by `a - relu(a - b)`."""
    nodes = sorted(reader.all(part.args, bound, shape), key=lambda node: (node.op in ("number", "sum"), node.key))
    sign = 1 if isinstance(part, sympy.Max) else -1

    def larger(a: Node, b: Node) -> Node:
        is_zero = b == build.number(0) or (b.op == "sum" and not any(b.attrs))
        if sign > 0 and is_zero:
            return build.apply("relu", a)
        apart = _total([(Fraction(1), a), (Fraction(-1), b)])
        return _total([(Fraction(1), b if sign > 0 else a), (Fraction(sign), build.apply("relu", apart))])

    return reduce(larger, nodes)


def _undefined(reader: _Reader, part: sympy.Expr, bound: Bound, shape: Shape) -> Node:
    """An unknown function of numbers."""
    name = str(part.func)
    if not NAME.fullmatch(name):
        raise _Missing(part)
    arguments = reader.all(part.args, bound, shape)
    return unknown.entrywise(name, tuple(arguments), (0,) * len(arguments))


def _derivative(reader: _Reader, part: sympy.Expr, bound: Bound, shape: Shape) -> Node:
    """A derivative of an unknown function by its arguments, as it stands or at a place."""
    inner, places = part, dict[sympy.Basic, sympy.Basic]()
    if isinstance(part, sympy.Subs):
        inner, places = part.expr, dict(zip(part.variables, part.point, strict=True))
    if not isinstance(inner, sympy.Derivative) or not isinstance(inner.expr, AppliedUndef):
        raise _Missing(part)
    by = dict(inner.variable_count)
    arguments = inner.expr.args
    if not set(by) <= set(arguments) or len(set(arguments)) < len(arguments):
        raise _Missing(part)
    orders = tuple(int(by.get(argument, 0)) for argument in arguments)
    if sum(orders) > unknown.HIGHEST_ORDER:
        raise _Missing(part)
    nodes = reader.all((places.get(argument, argument) for argument in arguments), bound, shape)
    return unknown.entrywise(str(inner.expr.func), tuple(nodes), orders)


def _call(name: str) -> Callable[..., Node]:
    """A function of a matrix with a number for its value; of a 1 x 1 matrix it is that number."""

    def read(reader: _Reader, part: sympy.Expr, _: Bound, __: Shape) -> Node:
        argument = reader.read(part.args[0])
        return build.call(name, (argument,), ()) if argument.shape else argument

    return read


def _element(reader: _Reader, part: sympy.Expr, _: Bound, __: Shape) -> Node:
    """An entry of a matrix, by unit vectors: `unit(i)' * A * unit(j)`; indices are counted from 0 there."""
    matrix = reader.read(part.parent)
    if not matrix.shape:
        return matrix
    rows, columns = build.rows_and_columns(matrix.shape)
    places = map(sympy.sympify, part.indices)
    left, right = (_unit(place, size) for place, size in zip(places, (rows, columns), strict=True))
    chain = ([build.transpose(left)] if left.shape else []) + [matrix] + ([right] if right.shape else [])
    return build.product(*chain)


def _range_sum(reader: _Reader, part: sympy.Sum, _: Bound, shape: Shape) -> Node:
    """A sum over all of an axis, term by term: an einsum of matrices and of functions of their entries."""
    sizes: dict[sympy.Symbol, Dim] = {}
    for index, low, high in part.limits:
        if low != 0:
            raise _Missing(part)
        sizes[index] = _dim(sympy.expand(high + 1))
    terms = sympy.Add.make_args(sympy.expand(part.function))
    return spread(_total(_summed(reader, part, term, sizes) for term in terms), shape)


def _summed(
    reader: _Reader, part: sympy.Sum, term: sympy.Expr, sizes: Mapping[sympy.Symbol, Dim]
) -> tuple[Fraction, Node]:
    letters = {index: chr(ord("a") + place) for place, index in enumerate(sizes)}
    weight, factors = _weight(sympy.Mul.make_args(term))
    others = [factor for factor in factors if not factor.free_symbols & sizes.keys()]
    nodes, words = [build.ones((size,)) for size in sizes.values()], [*letters.values()]
    for factor in (factor for factor in factors if factor not in others):
        node, word = _factor(reader, part, factor, letters)
        if any(axis != sizes[index] for index, letter in letters.items() for axis in _axes_of(node, word, letter)):
            raise _Missing(part)
        nodes.append(node)
        words.append(word)
    if len(letters) > len("abcdefghijklm"):
        raise _Missing(part)
    return weight, build.product(*reader.all(others, {}, ()), build.einsum(nodes, words, ""))


def _axes_of(node: Node, word: str, letter: str) -> list[Dim]:
    return [axis for axis, own in zip(node.shape, word, strict=True) if own == letter]


def _factor(
    reader: _Reader, part: sympy.Sum, factor: sympy.Expr, letters: Mapping[sympy.Symbol, str]
) -> tuple[Node, str]:
    """A function of one entry as a tensor with the letters of its axes; a place that is not summed is picked."""
    elements = list(factor.atoms(sympy.matrices.expressions.matexpr.MatrixElement))
    if len(elements) != 1:
        raise _Missing(part)
    (element,) = elements
    matrix = reader.read(element.parent)
    places = [place for place, size in zip(element.indices, element.parent.shape, strict=True) if size != 1]
    for number, place in enumerate(places):
        if place in letters:
            continue
        if len(places) == 1:
            raise _Missing(part)
        unit = _unit(sympy.sympify(place), matrix.shape[number])
        matrix = build.product(build.transpose(unit), matrix) if number == 0 else build.product(matrix, unit)
    column = build.transpose(matrix) if len(matrix.shape) == 2 and matrix.shape[0] == 1 else matrix
    word = "".join(letters[place] for place in places if place in letters)
    t = sympy.Dummy("t", real=True)
    body = factor.xreplace({element: t})
    if body.free_symbols & letters.keys():
        raise _Missing(part)
    return (column if body == t else reader.read(body, {t: column}, column.shape)), word


def _unit(place: sympy.Expr, size: Dim) -> Node:
    if size == 1:
        return build.number(1)
    counted = place + 1
    if counted.is_Integer and counted > 0:
        return build.unit(int(counted), size)
    if counted.is_Symbol:
        return build.unit(_name(counted), size)
    raise _Missing(place)


def _matrix_symbol(_: _Reader, part: sympy.MatrixSymbol, __: Bound, ___: Shape) -> Node:
    return build.variable(_name(part), _shape(part))


def _matrix_sum(reader: _Reader, part: sympy.MatAdd, _: Bound, __: Shape) -> Node:
    return _total(_weighted_matrix(reader, term) for term in part.args)


def _weighted_matrix(reader: _Reader, term: sympy.Expr) -> tuple[Fraction, Node]:
    if not isinstance(term, sympy.MatMul):
        return Fraction(1), reader.read(term)
    weight, factors = _weight(term.args)
    return weight, build.product(*reader.all(factors, {}, ()))


def _matrix_product(reader: _Reader, part: sympy.MatMul, _: Bound, __: Shape) -> Node:
    return build.total([_weighted_matrix(reader, part)])


def _matrix_power(reader: _Reader, part: sympy.MatPow, _: Bound, __: Shape) -> Node:
    base, exponent = reader.read(part.base), part.exp
    if not base.shape:
        return _scalar_power(reader, base, exponent)
    if exponent == -1:
        return build.call("inv", (base,), base.shape)
    if exponent.is_Integer:
        return build.call("matpow", (base,), base.shape, (int(exponent),))
    if exponent.is_integer:
        return build.call("matpow", (base, reader.read(exponent)), base.shape)
    raise _Missing(part)


def _scalar_power(reader: _Reader, base: Node, exponent: sympy.Expr) -> Node:
    if exponent.is_Rational:
        return build.power(base, Fraction(int(exponent.p), int(exponent.q)))
    return build.apply("pow", base, reader.read(exponent))


def _inverse(reader: _Reader, part: sympy.Expr, _: Bound, __: Shape) -> Node:
    base = reader.read(part.args[0])
    return build.call("inv", (base,), base.shape) if base.shape else build.power(base, -1)


def _hadamard(reader: _Reader, part: sympy.Expr, _: Bound, __: Shape) -> Node:
    return build.hadamard(*reader.all(part.args, {}, ()))


def _hadamard_power(reader: _Reader, part: sympy.Expr, _: Bound, __: Shape) -> Node:
    base, exponent = reader.read(part.base), part.exp
    if exponent.is_Rational:
        return build.power(base, Fraction(int(exponent.p), int(exponent.q)))
    power = reader.read(exponent)
    return build.apply("pow", base, power if power.shape else spread(power, base.shape))


def _kronecker(reader: _Reader, part: sympy.Expr, _: Bound, __: Shape) -> Node:
    def joined(left: Node, right: Node) -> Node:
        sizes = zip(build.rows_and_columns(left.shape), build.rows_and_columns(right.shape), strict=True)
        rows, columns = (multiply(a, b) for a, b in sizes)
        return build.call("kron", (left, right), build.shape_of(rows, columns))

    nodes = reader.all(part.args, {}, ())
    return reduce(lambda a, b: joined(a, b) if a.shape and b.shape else build.product(a, b), nodes)


def _constant(_: _Reader, part: sympy.Expr, __: Bound, ___: Shape) -> Node:
    shape = _shape(part)
    if isinstance(part, sympy.Identity):
        return build.identity(shape[0]) if shape else build.number(1)
    return (build.ones if isinstance(part, sympy.OneMatrix) else build.zeros)(shape)


def _unit_vector(_: _Reader, part: sympy.FunctionMatrix, __: Bound, ___: Shape) -> Node:
    """A column whose entries are a Kronecker delta."""
    (row, _column), delta, shape = part.lamda.variables, part.lamda.expr, _shape(part)
    if not isinstance(delta, sympy.KroneckerDelta) or row not in delta.args or len(shape) != 1:
        raise _Missing(part)
    (place,) = (arg for arg in delta.args if arg != row)
    return _unit(place, shape[0])


def _diagonal_matrix(reader: _Reader, part: sympy.Expr, _: Bound, __: Shape) -> Node:
    vector = reader.read(part.args[0])
    if not vector.shape:
        return vector
    column = build.transpose(vector) if len(vector.shape) == 2 else vector
    return build.call("diag", (column,), (column.shape[0], column.shape[0]))


def _diagonal_of(reader: _Reader, part: sympy.Expr, _: Bound, __: Shape) -> Node:
    matrix = reader.read(part.args[0])
    if not matrix.shape:
        return matrix
    if len(matrix.shape) != 2 or matrix.shape[0] != matrix.shape[1]:
        raise _Missing(part)
    return build.call("diag", (matrix,), matrix.shape[:1])


def _entrywise(reader: _Reader, part: ElementwiseApplyFunction, _: Bound, __: Shape) -> Node:
    argument = reader.read(part.expr)
    function = part.function
    t = sympy.Dummy("t", real=True)
    return reader.read(function(t), {t: argument}, argument.shape)


def _block(reader: _Reader, part: sympy.Expr, _: Bound, __: Shape) -> Node:
    rows, columns = part.blockshape
    return build.block(tuple(reader.read(part.blocks[i, j]) for i in range(rows) for j in range(columns)), columns)


def _explicit(reader: _Reader, part: sympy.Expr, _: Bound, __: Shape) -> Node:
    """A matrix with entries: a matrix of 1 x 1 blocks."""
    rows, columns = part.shape
    cells = [reader.read(part[i, j]) for i in range(rows) for j in range(columns)]
    return cells[0] if len(cells) == 1 else build.block(tuple(cells), columns)


def _transpose(reader: _Reader, part: sympy.Expr, _: Bound, __: Shape) -> Node:
    return build.transpose(reader.read(part.args[0]))


def _dot(reader: _Reader, part: sympy.Expr, _: Bound, __: Shape) -> Node:
    left, right = (build.transpose(v) if len(v.shape) == 2 else v for v in reader.all(part.args, {}, ()))
    return build.product(build.transpose(left), right)


def _pi(_: _Reader, __: sympy.Expr, ___: Bound, shape: Shape) -> Node:
    return spread(build.pi(), shape)


def _e(_: _Reader, __: sympy.Expr, ___: Bound, shape: Shape) -> Node:
    return spread(build.apply("exp", build.number(1)), shape)


MATRICES: dict[type, Callable[..., Node]] = {
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
    sympy.matrices.expressions.DiagMatrix: _diagonal_matrix,
    sympy.DiagonalOf: _diagonal_of,
    ElementwiseApplyFunction: _entrywise,
    sympy.BlockMatrix: _block,
    sympy.MatrixBase: _explicit,
}
WHOLE: dict[type, Callable[..., Node]] = {
    sympy.Trace: _call("tr"),
    sympy.Determinant: _call("det"),
    sympy.matrices.expressions.matexpr.MatrixElement: _element,
    sympy.DotProduct: _dot,
}
READERS: dict[type, Callable[..., Node]] = {
    **MATRICES,
    **WHOLE,
    sympy.Symbol: _symbol,
    sympy.Number: _number,
    type(sympy.pi): _pi,
    type(sympy.E): _e,
    sympy.Add: _add,
    sympy.Mul: _mul,
    sympy.Pow: _pow,
    sympy.log: _log,
    sympy.Max: _extreme,
    sympy.Min: _extreme,
    AppliedUndef: _undefined,
    sympy.Derivative: _derivative,
    sympy.Subs: _derivative,
    sympy.Sum: _range_sum,
    sympy.Function: _function,
}
