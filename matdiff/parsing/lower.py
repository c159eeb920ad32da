"""Syntax with its shapes → the tree in matrix form.

Numbers become weights: `1/2*x.T*A*x` is the sum of one term with weight 1/2, and a product or entry-wise product
holds no number and no sum of one term. Scalars stand in front of a chain of matrices; a chain that closes to a
scalar is a scalar factor from there on (`x.T*A*y*z` is `(x.T*A*y)*z`).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from matdiff.errors import BadNumber, NotYet, TooLong
from matdiff.functions import catalogue
from matdiff.functions.rows import Elementwise, Sugar
from matdiff.parsing.axes import find
from matdiff.parsing.infer import Inference
from matdiff.parsing.lengths import counted, length_of
from matdiff.parsing.numbers import checked, powered, reciprocal
from matdiff.parsing.problem import CONSTANTS, SIZE_FUNCTIONS, SIZED, SPREADS, number_of
from matdiff.parsing.syntax import Syntax
from matdiff.parsing.wires import letters_of
from matdiff.tree import build
from matdiff.tree.dims import Size, symbol
from matdiff.tree.node import Node, Shape, make

LARGEST_MATRIX_POWER = 10_000
MOST_FACTORS = 100_000
ONE = build.number(1)
MINUS_ONE = Fraction(-1)


def lower(inference: Inference) -> dict[Syntax, Node]:
    """The node of every construct, each made once."""
    return _Lowering(inference).run()


class _Lowering:
    def __init__(self, inference: Inference) -> None:
        self.inference, self.problem = inference, inference.problem
        self.nodes: dict[Syntax, Node] = {}
        self.variables: dict[str, Node] = {}
        self.makers: dict[str, Callable[[Syntax], Node]] = {
            "name": self.name,
            "number": lambda syntax: build.number(number_of(syntax)),
            "sum": self.sum,
            "minus": lambda syntax: scaled(MINUS_ONE, self.nodes[syntax.args[0]]),
            "product": self.product,
            "entrywise": self.entrywise,
            "kronecker": self.kronecker,
            "transpose": lambda syntax: build.transpose(self.nodes[syntax.args[0]]),
            "inverse": lambda syntax: inverted(self.nodes[syntax.args[0]]),
            "power": self.power,
            "entrywise_power": self.entrywise_power,
            "call": self.call,
        }

    def run(self) -> dict[Syntax, Node]:
        for syntax in self.problem.order:
            if syntax.kind != "string":
                self.nodes[syntax] = self.makers[syntax.kind](syntax)
        for side, axes in self.inference.expected.items():
            self.nodes[side] = build.zeros(self.inference.shape(axes))
        return self.nodes

    def shape(self, syntax: Syntax) -> Shape:
        axes = self.inference.axes[syntax]
        assert axes is not None, syntax
        return self.inference.shape(axes)

    # leaves

    def name(self, syntax: Syntax) -> Node:
        if syntax in self.problem.meaning:
            return self.nodes[self.problem.meaning[syntax]]
        if self.problem.is_variable(syntax):
            return self.variable(syntax.text)
        if syntax.text in CONSTANTS:
            return constant(CONSTANTS[syntax.text], self.shape(syntax))
        return build.size_number(symbol(syntax.text))

    def variable(self, name: str) -> Node:
        found = self.variables.get(name)
        return found or self.variables.setdefault(name, variable_of(self.inference, name))

    # operators

    def sum(self, syntax: Syntax) -> Node:
        shape = self.shape(syntax)
        signs = (1, *(-1 if operator.endswith("subtract") else 1 for operator in syntax.operators))
        terms: list[tuple[Fraction, Node]] = []
        for sign, arg in zip(signs, syntax.args, strict=True):
            weight, body = unweighted(self.nodes[arg])
            terms.append((sign * weight, spread(body, shape)))
        if all(body is ONE for _, body in terms):
            return build.number(checked(sum((weight for weight, _ in terms), Fraction(0)), syntax))
        kept = [(weight, body) for weight, body in terms if weight]
        return scaled(*kept[0]) if len(kept) == 1 else build.total(kept) if kept else build.zeros(shape)

    def product(self, syntax: Syntax) -> Node:
        weight = Fraction(1)
        scalars: list[Node] = []
        chain: list[Node] = []
        for operator, arg in zip(("times", *syntax.operators), syntax.args, strict=True):
            own, body = unweighted(self.nodes[arg])
            weight = checked(weight * (own if operator == "times" else reciprocal(own, arg)), arg)
            factors, matrices = build.split_product(body)
            scalars.extend(factors if operator == "times" else map(inverted, _factors(body)))
            if matrices and operator == "times":
                chain.extend(matrices)
                close_chain(scalars, chain)
            check_length(len(scalars) + len(chain), syntax)
        return scaled(weight, multiplied(scalars, chain))

    def entrywise(self, syntax: Syntax) -> Node:
        shape = self.shape(syntax)
        weight = Fraction(1)
        scalars: list[Node] = []
        factors: list[Node] = []
        count = 0
        for operator, arg in zip(("entrywise_times", *syntax.operators), syntax.args, strict=True):
            own, body = unweighted(self.nodes[arg])
            is_below = operator == "entrywise_over"
            weight = checked(weight * (reciprocal(own, arg) if is_below else own), arg)
            for part in _factors(body):
                (factors if part.shape else scalars).append(inverted_entries(part) if is_below else part)
            count += 1 + len(body.args)
            check_length(count, syntax)
        if not factors:
            return scaled(weight, spread(multiplied(scalars, []), shape))
        return scaled(weight, multiplied(scalars, [build.hadamard(*factors)]))

    def kronecker(self, syntax: Syntax) -> Node:
        total = self.nodes[syntax.args[0]]
        for arg in syntax.args[1:]:
            total = kronecker(total, self.nodes[arg])
        return total

    def power(self, syntax: Syntax) -> Node:
        base, exponent = (self.nodes[arg] for arg in syntax.args)
        if not base.shape:
            return self.entrywise_power(syntax)
        if exponent.op != "number":
            raise NotYet(f"`{syntax.words()}`: a matrix is raised to whole numbers only", syntax.place())
        value = exponent.attrs[0]
        assert isinstance(value, Fraction)
        if value.denominator != 1:
            raise NotYet(
                f"`{syntax.words()}`: a matrix is raised to whole numbers only",
                syntax.place(),
                hint=f"`{syntax.args[0].words()}.^{syntax.args[1].words()}` takes the power of every entry",
            )
        if abs(value) > LARGEST_MATRIX_POWER:
            raise BadNumber(f"a matrix power may be {LARGEST_MATRIX_POWER:,} at most", syntax.args[1].place())
        return matrix_power(base, int(value))

    def entrywise_power(self, syntax: Syntax) -> Node:
        total = self.nodes[syntax.args[0]]
        for arg in syntax.args[1:]:
            total = self.raised(syntax, total, self.nodes[arg])
        return total

    def raised(self, syntax: Syntax, base: Node, exponent: Node) -> Node:
        """`base.^exponent`: a rational power for a number, the function of two arguments for anything else."""
        if exponent.op == "number":
            value = exponent.attrs[0]
            assert isinstance(value, Fraction)
            known = powered(_value(base), value, syntax) if base.op == "number" else None
            if known is not None:
                return build.number(known)
            return build.power(base, value) if value else build.ones(base.shape)
        shape = self.shape(syntax)
        return build.apply("pow", spread(base, shape), spread(exponent, shape))

    # calls

    def call(self, syntax: Syntax) -> Node:
        name = syntax.text
        if name in SIZED:
            if SIZED[name] == "commutation":
                return self.commutation(syntax)
            return constant(SIZED[name], self.constant_shape(syntax))
        if name in SPREADS:
            return spread(self.nodes[syntax.args[0]], self.shape(syntax))
        if name in SIZE_FUNCTIONS:
            axes = self.inference.axes[syntax.args[0]]
            assert axes is not None
            length = find(counted(syntax, axes))
            assert isinstance(length, int | Size)
            return build.size_number(length)
        if name == "einsum":
            return self.einsum(syntax)
        return self.function(syntax)

    def commutation(self, syntax: Syntax) -> Node:
        rows, columns = (find(length_of(arg, self.inference)) for arg in syntax.args)
        assert isinstance(rows, int | Size)
        assert isinstance(columns, int | Size)
        return build.commutation(rows, columns)

    def constant_shape(self, syntax: Syntax) -> Shape:
        axes = self.inference.axes[syntax]
        assert axes is not None
        sizes = tuple(size for length in axes if isinstance(size := find(length), int | Size))
        return sizes if SIZED[syntax.text] == "pairing" else self.inference.shape(axes)

    def function(self, syntax: Syntax) -> Node:
        row = catalogue.find(syntax.text)
        assert row is not None
        args = tuple(self.nodes[arg] for arg in syntax.args)
        shape = self.shape(syntax)
        if isinstance(row, Elementwise):
            return build.apply(row.name, *(spread(arg, shape) for arg in args))
        if isinstance(row, Sugar):
            return row.build(*args)
        if row.name == "inv":
            return inverted(args[0])
        if len(args) == 1 and not args[0].shape and row.name in _OF_SCALARS:
            return _OF_SCALARS[row.name](args[0])
        return kronecker(*args) if row.name == "kron" else build.call(row.name, args, shape)

    def einsum(self, syntax: Syntax) -> Node:
        letters, output = letters_of(syntax)
        axes = self.inference.axes[syntax]
        assert axes is not None
        factors = tuple(self.nodes[arg] for arg in syntax.args[1:])
        numbers: dict[str, int] = {}
        sizes: dict[int, int | Size] = {}
        for word, factor in zip(letters, factors, strict=True):
            for letter, size in zip(word, factor.shape, strict=True):
                sizes[numbers.setdefault(letter, len(numbers))] = size
        wires = tuple(tuple(numbers[letter] for letter in word) for word in letters)
        attrs = (wires, tuple(numbers[letter] for letter in output), tuple(sizes[k] for k in range(len(sizes))))
        return make("einsum", factors, attrs, tuple(sizes[numbers[letter]] for letter in output))


_OF_SCALARS: dict[str, Callable[[Node], Node]] = {
    "tr": lambda x: x,
    "det": lambda x: x,
    "sum": lambda x: x,
    "mean": lambda x: x,
    "diag": lambda x: x,
    "vec": lambda x: x,
    "logsumexp": lambda x: x,
    "norm2": lambda x: build.apply("abs", x),
    "softmax": lambda x: ONE,
    "logdet": lambda x: build.apply("log", build.apply("abs", x)),
}


def variable_of(inference: Inference, name: str) -> Node:
    """The node of a variable, with the shape that was found and the properties that were declared."""
    declaration = inference.problem.declared.get(name)
    shape = inference.shape(inference.variable(name))
    return build.variable(name, shape, declaration.properties if declaration else ())


def unweighted(node: Node) -> tuple[Fraction, Node]:
    """`node` as a rational weight times a body without one; a number is its value times one."""
    if node.op == "number":
        return _value(node), ONE
    if node.op == "sum" and len(node.args) == 1:
        weight = node.attrs[0]
        assert isinstance(weight, Fraction)
        return weight, node.args[0]
    return Fraction(1), node


def scaled(weight: Fraction, node: Node) -> Node:
    """A weight times `node`, as one number, one zero or one sum of one term."""
    own, body = unweighted(node)
    weight *= own
    if body is ONE:
        return build.number(weight)
    return build.total([(weight, body)]) if weight else build.zeros(body.shape)


def spread(node: Node, shape: Shape) -> Node:
    """A scalar as a vector or matrix of this shape, every entry the same; what has a shape is left as it is."""
    if node.shape or not shape:
        return node
    weight, body = unweighted(node)
    return scaled(weight, build.ones(shape) if body is ONE else build.product(body, build.ones(shape)))


def check_length(count: int, syntax: Syntax) -> None:
    """Raise where a product, written out, has too many factors."""
    if count > MOST_FACTORS:
        raise TooLong(syntax.place(), "this product, written out, has", count, "factors", MOST_FACTORS)


def close_chain(scalars: list[Node], chain: list[Node]) -> None:
    """Move a chain that has become a scalar to the scalar factors."""
    if len(chain) > 1 and chain[0].shape[:-1] == (1,) and len(chain[-1].shape) == 1:
        scalars.append(build.product(*chain))
        chain.clear()


def multiplied(scalars: list[Node], chain: list[Node]) -> Node:
    """Scalars times a chain, the number one left out; a tensor of three or more axes stays an einsum."""
    factors = [factor for factor in scalars if factor is not ONE] if ONE in scalars else scalars
    if not factors and len(chain) == 1:
        return chain[0]
    if chain and len(chain[0].shape) > 2:
        axes = tuple(range(len(chain[0].shape)))
        wires = (*(() for _ in factors), axes)
        return make("einsum", (*factors, chain[0]), (wires, axes, chain[0].shape), chain[0].shape)
    return build.product(*factors, *chain) if factors or chain else ONE


def inverted(node: Node) -> Node:
    """1/x of a scalar, the inverse of a matrix."""
    return build.call("inv", (node,), node.shape) if node.shape else inverted_entries(node)


def inverted_entries(node: Node) -> Node:
    """The reciprocal of every entry; of a power, the power with the other sign."""
    weight, body = unweighted(node)
    if body is ONE and weight:
        return build.number(1 / weight)
    if node.op == "map" and node.attrs[0] == "power":
        exponent = node.attrs[1]
        assert isinstance(exponent, Fraction)
        return build.power(node.args[0], -exponent)
    return build.power(node, -1)


def matrix_power(base: Node, exponent: int) -> Node:
    """The integer power of a square matrix."""
    if exponent < 0:
        return matrix_power(inverted(base), -exponent)
    if exponent == 0:
        return build.identity(base.shape[0])
    return base if exponent == 1 else build.call("matpow", (base,), base.shape, (exponent,))


def kronecker(left: Node, right: Node) -> Node:
    """The Kronecker product; with a scalar it is a product."""
    if not left.shape or not right.shape:
        return scaled(unweighted(left)[0] * unweighted(right)[0], _plain_product(left, right))
    from matdiff.tree.dims import multiply

    (rows, columns), (below, beside) = build.rows_and_columns(left.shape), build.rows_and_columns(right.shape)
    return build.call("kron", (left, right), build.shape_of(multiply(rows, below), multiply(columns, beside)))


def _plain_product(left: Node, right: Node) -> Node:
    bodies = [unweighted(left)[1], unweighted(right)[1]]
    return multiplied([body for body in bodies if not body.shape], [body for body in bodies if body.shape])


def constant(kind: str, shape: Shape) -> Node:
    """The constant of a kind and shape."""
    if kind == "identity":
        return build.identity(shape[0] if shape else 1)
    if kind == "pairing":
        return build.pairing(shape[1], shape[2])
    return build.ones(shape) if kind == "ones" else build.zeros(shape)


def _factors(node: Node) -> tuple[Node, ...]:
    """The scalar factors of a product one by one, its chain as one factor."""
    scalars, chain = build.split_product(node)
    if not chain:
        return scalars
    return (*scalars, build.product(*chain))


def _value(node: Node) -> Fraction:
    value = node.attrs[0]
    assert isinstance(value, Fraction)
    return value
