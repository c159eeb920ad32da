"""Matrix form to array form, node by node: what is computed, with nothing said of any language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction

from matdiff.printing.program import arrays, chain, einsums
from matdiff.printing.program.arrays import axes_of
from matdiff.printing.program.chain import Costs, Operand, Part
from matdiff.printing.program.stretch import stretched, stretched_terms
from matdiff.tree import build, walk
from matdiff.tree.attributes import exponent_of, is_power, terms_of
from matdiff.tree.node import Attribute, Node, make
from matdiff.tree.unknown import is_unknown


class Lowering:
    """Arrays for nodes of matrix form, each made once; `sizes` are numbers for named sizes, for what products cost."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self.costs = Costs(sizes)
        self.arrays: dict[Node, Node] = {}
        self.users: Mapping[Node, int] = {}
        self.sums: dict[frozenset[arrays.Term], Node] = {}
        self.makers: dict[str, Callable[[Node], Node]] = {
            "var": lambda node: make("var", (), node.attrs, axes_of(node.shape)),
            "number": lambda node: node,
            "size": lambda node: node,
            "constant": _constant,
            "sum": self.sum,
            "product": self.product,
            "hadamard": lambda node: self.quotient(node.args),
            "transpose": lambda node: arrays.transpose(self.arrays[node.args[0]]),
            "map": self.map,
            "call": self.call,
            "einsum": lambda node: einsums.lowered(node, self.arrays),
            "block": self.block,
        }

    def lower(self, roots: Iterable[Node]) -> None:
        """Make the arrays of everything below `roots`."""
        roots = tuple(roots)
        self.users = walk.count_users(roots)
        for node in walk.postorder(roots):
            if node not in self.arrays:
                self.arrays[node] = self.unknown(node) if is_unknown(node) else self.makers[node.op](node)

    # sums and entry-wise products

    def sum(self, node: Node) -> Node:
        """A sum; one that is known in another order, or with the other sign, is that one."""
        axes = axes_of(node.shape)
        if not node.args:
            return arrays.filled(0, axes)
        terms = stretched_terms((weight, self.arrays[body]) for weight, body in terms_of(node))
        if len(node.args) == 1:
            return arrays.add(terms)
        known = self.sums.get(frozenset(terms))
        if known is not None:
            return known
        opposite = self.sums.get(frozenset((-weight, body) for weight, body in terms))
        if opposite is not None:
            return arrays.add([(Fraction(-1), opposite)])
        found = arrays.add(terms)
        self.sums[frozenset(terms)] = found
        return found

    def quotient(self, factors: Iterable[Node]) -> Node:
        """The entry-wise product of factors; reciprocals are divisors."""
        above, below = self.above_and_below(factors)
        together = stretched([*above, *below])
        return arrays.times(together[: len(above)] or [arrays.number(1)], together[len(above) :])

    def above_and_below(self, factors: Iterable[Node]) -> tuple[list[Node], list[Node]]:
        """The arrays of factors, and of what they are divided by."""
        above: list[Node] = []
        below: list[Node] = []
        for factor in factors:
            if is_power(factor) and exponent_of(factor) < 0:
                below.append(arrays.power(self.arrays[factor.args[0]], -exponent_of(factor)))
            else:
                above.append(self.arrays[factor])
        return above, below

    # products

    def product(self, node: Node) -> Node:
        """Scalars times a chain; the product of two vectors takes the scalars into the first."""
        scalars, members = build.split_product(node)
        if not members:
            return self.quotient(scalars)
        value = chain.array_of(chain.product(self.operands(members), self.costs))
        return chain.with_scalars(value, *self.above_and_below(scalars))

    def operands(self, members: Iterable[Node]) -> list[Operand]:
        """The members of a chain: inverses and diagonal matrices as what they are made of."""
        return [self.operand(member) for member in members]

    def operand(self, node: Node) -> Operand:
        """A member of a chain."""
        rows, columns = build.rows_and_columns(node.shape)
        if node.op == "call" and node.attrs == ("diag",) and len(node.shape) == 2:
            return Operand(rows, columns, self.arrays[node.args[0]], "diagonal")
        if node.op == "call" and node.attrs == ("inv",):
            return Operand(rows, columns, self.arrays[node.args[0]], "inverse")
        if node.op == "transpose" and node.args[0].attrs == ("inv",):
            return Operand(rows, columns, arrays.transpose(self.arrays[node.args[0].args[0]]), "inverse")
        if node.op == "sum" and 1 not in (rows, columns) and not _is_difference(node):
            return Operand(rows, columns, self.arrays[node], "sum", self.parts(node), self.users[node])
        return Operand(rows, columns, self.arrays[node])

    def parts(self, node: Node) -> tuple[Part, ...]:
        """The terms of a sum of matrices, each with its chain."""
        return tuple(self.part(weight, term) for weight, term in terms_of(node))

    def part(self, weight: Fraction, term: Node) -> Part:
        """A term; of a product the chain, with the scalars apart."""
        if term.op != "product":
            return Part(weight, (), (), (self.operand(term),))
        scalars, members = build.split_product(term)
        above, below = self.above_and_below(scalars)
        return Part(weight, tuple(above), tuple(below), tuple(self.operands(members)))

    # functions

    def map(self, node: Node) -> Node:
        """An entry-wise function; a power is an operation of its own."""
        args = tuple(self.arrays[arg] for arg in node.args)
        if node.attrs == ("power", Fraction(2)) and node.args[0].attrs == ("norm2",):
            return arrays.inner(*(self.arrays[node.args[0].args[0]],) * 2)
        if is_power(node):
            return arrays.power(args[0], exponent_of(node))
        return make("map", args, node.attrs, args[0].shape)

    def call(self, node: Node) -> Node:
        """A function of whole matrices; a few have operations of their own."""
        name, *parameters = node.attrs
        args = tuple(self.arrays[arg] for arg in node.args)
        axes = axes_of(node.shape)
        match name:
            case "inv":
                return arrays.inverse(args[0])
            case "dot":
                return arrays.inner(*args) if args[0].shape else arrays.times(args)
            case "tr" | "diag" if _is_chain(node.args[0]):
                return self.of_diagonal(node)
            case "diag":
                return arrays.diagonal(args[0]) if len(axes) == 2 else arrays.call("diag", args, axes)
            case "kron":
                return self.kronecker(node)
            case "unvec" if len(axes) < 2:
                return args[0]
            case "vec" if len(args[0].shape) < 2:
                return args[0]
        return arrays.call(str(name), args, axes, tuple(parameters))

    def unknown(self, node: Node) -> Node:
        """A function that the caller brings, by its name in the language; of entries it has the word behind it."""
        from matdiff.functions.unknown import spelled

        parameters = (spelled(node), "entries") if node.op == "map" else (spelled(node),)
        return make("unknown", tuple(self.arrays[arg] for arg in node.args), parameters, axes_of(node.shape))

    def of_diagonal(self, node: Node) -> Node:
        """The trace of a product, or its diagonal, from the entries of its factors alone."""
        scalars, members = build.split_product(node.args[0])
        operands = self.operands(members)
        parts = chain.cheaper_parts(operands, self.costs)
        if parts:
            value = chain.total_of(parts, lambda own: self.diagonal_of(node, own))
        else:
            value = self.diagonal_of(node, operands)
        return chain.with_scalars(value, *self.above_and_below(scalars))

    def diagonal_of(self, node: Node, operands: Sequence[Operand]) -> Node:
        """The trace of a chain, or its diagonal, as the node says."""
        name, axes = str(node.attrs[0]), axes_of(node.shape)
        kept = [operand for operand in operands if not chain.is_identity(operand)] or operands[:1]
        if len(kept) == 1:
            return arrays.call(name, (chain.array_of(kept[0]),), axes)
        left, right = chain.halves(kept, self.costs)
        if "inverse" in (left.kind, right.kind):
            whole = chain.array_of(chain.multiply(left, right, self.costs))
            return arrays.call(name, (whole,), axes)
        if "diagonal" in (left.kind, right.kind):
            vector, other = (left, right) if left.kind == "diagonal" else (right, left)
            side = arrays.call("diag", (chain.array_of(other),), vector.array.shape)
            return arrays.inner(vector.array, side) if name == "tr" else arrays.times([vector.array, side])
        if name == "tr":
            return arrays.inner(left.array, arrays.transpose(right.array))
        together = arrays.times([left.array, arrays.transpose(right.array)])
        return together if len(together.shape) == 1 else arrays.call("sum", (together,), axes, ("rows",))

    def block(self, node: Node) -> Node:
        """A matrix of blocks, each with two axes."""
        whole = make("block", self.matrices(node.args), node.attrs, build.rows_and_columns(node.shape))
        return arrays.reshape(whole, axes_of(node.shape))

    def kronecker(self, node: Node) -> Node:
        """A Kronecker product of arrays with two axes each."""
        axes = axes_of(node.shape)
        whole = build.rows_and_columns(node.shape)
        return arrays.reshape(make("kron", self.matrices(node.args), (), whole), axes)

    def matrices(self, nodes: Iterable[Node]) -> tuple[Node, ...]:
        """Arrays with two axes each: a column has one column, a row one row."""
        return tuple(arrays.reshape(self.arrays[node], build.rows_and_columns(node.shape)) for node in nodes)


def _is_difference(node: Node) -> bool:
    """Whether given matrices stand in a sum with both signs: what cancels between their entries does so exactly."""
    signs = {weight > 0 for weight, term in terms_of(node) if term.op not in ("product", "constant", "call")}
    return len(signs) > 1


def _is_chain(node: Node) -> bool:
    """Whether a matrix is a product of matrices."""
    return node.op == "product" and len(node.shape) == 2 and len(build.split_product(node)[1]) > 1


def _constant(node: Node) -> Node:
    kind = str(node.attrs[0])
    if kind in ("ones", "zeros"):
        return arrays.filled(int(kind == "ones"), axes_of(node.shape))
    parameters: tuple[Attribute, ...] = node.attrs[1:]
    return make(kind, (), parameters, axes_of(node.shape))
