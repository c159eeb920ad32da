"""Syntax with its shapes → the tree in matrix form.

Numbers become weights: `1/2*x.T*A*x` is the sum of one term with weight 1/2, and a product or entry-wise product
holds no number and no sum of one term. Scalars stand in front of a chain of matrices; a chain that closes to a
scalar is a scalar factor from there on (`x.T*A*y*z` is `(x.T*A*y)*z`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from matdiff.errors import BadNumber, NotYet, TooLong
from matdiff.functions import catalogue
from matdiff.functions.rows import Elementwise, Sugar
from matdiff.parsing.axes import find
from matdiff.parsing.indices import Entries, Index, all_of, free_indices, indices_of, one
from matdiff.parsing.indices import multiplied as joined
from matdiff.parsing.inference import Inference
from matdiff.parsing.lengths import counted, length_of
from matdiff.parsing.numbers import checked, powered, reciprocal
from matdiff.parsing.problem import CONSTANTS, RESHAPE, SIZE_FUNCTIONS, SIZED, SPREADS, is_nought, number_of
from matdiff.parsing.syntax import Syntax, postorder
from matdiff.parsing.wires import letters_of
from matdiff.tree import build, unknown
from matdiff.tree.attributes import properties_of
from matdiff.tree.dims import Dim, Size, symbol
from matdiff.tree.node import Node, Shape, make
from matdiff.tree.properties import LINEAR_SPACES

LARGEST_MATRIX_POWER = 10_000
MOST_FACTORS = 100_000
OF_STACKED: dict[str, Callable[..., Node]] = {
    "commutation": build.commutation,
    "elimination": build.elimination,
    "duplication": build.duplication,
}
ONE = build.number(1)
MINUS_ONE = Fraction(-1)


def lower(inference: Inference, kept: Mapping[Syntax, str]) -> dict[Syntax, Node]:
    """The node of every construct, each made once; what a `let` names is a variable where it is `kept` under a name."""
    return _Lowering(inference, kept).run()


class _Lowering:
    def __init__(self, inference: Inference, kept: Mapping[Syntax, str]) -> None:
        self.kept = kept
        self.inference, self.problem = inference, inference.problem
        self.nodes: dict[Syntax, Node] = {}
        self.variables: dict[str, Node] = {}
        self.entries: dict[Syntax, Entries] = {}
        self.integers = inference.integers()
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
            "numpy_dot": self.numpy_dot,
            "call": self.call,
            "index": self.index,
            "block": self.block,
            "indexed": lambda syntax: self.nodes[syntax.args[0]],
        }

    def run(self) -> dict[Syntax, Node]:
        for syntax in self.problem.order:
            if syntax in self.problem.bindings or any(arg in self.entries for arg in self.problem.below(syntax)):
                self.lower_entry(syntax)
            elif syntax.kind != "string":
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
            meaning = self.problem.meaning[syntax]
            named = self.nodes[meaning]
            return build.variable(self.kept[meaning], named.shape) if meaning in self.kept else named
        if self.problem.is_variable(syntax):
            return self.variable(syntax.text)
        if syntax in self.problem.constants:
            return build.pi() if self.problem.constants[syntax] == "pi" else build.apply("exp", ONE)
        if syntax.text in CONSTANTS:
            return constant(CONSTANTS[syntax.text], self.shape(syntax))
        return build.size_number(symbol(syntax.text))

    def variable(self, name: str) -> Node:
        found = self.variables.get(name)
        return found or self.variables.setdefault(name, variable_of(self.inference, name, self.integers))

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
        operators = ("times", *("times" if name == "matmul" else name for name in syntax.operators))
        parts = [(arg, self.nodes[arg]) for arg in syntax.args]
        taken = 0
        for turned in self.inference.turned.get(syntax, ()):
            head = turned - taken
            row = build.transpose(self.multiply(syntax, operators[:head], parts[:head]))
            operators, parts = ("times", *operators[head:]), [(syntax.args[0], row), *parts[head:]]
            taken += head - 1
        return self.multiply(syntax, operators, parts)

    def multiply(self, syntax: Syntax, operators: tuple[str, ...], parts: list[tuple[Syntax, Node]]) -> Node:
        """The product of parts, each with the syntax that errors name; `operators` stand before them."""
        weight = Fraction(1)
        scalars: list[Node] = []
        chain: list[Node] = []
        for operator, (arg, node) in zip(operators, parts, strict=True):
            own, body = unweighted(node)
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
        for operator, arg in self.operands(syntax):
            own, body = unweighted(self.nodes[arg])
            is_below = operator.endswith("over")
            weight = checked(weight * (reciprocal(own, arg) if is_below else own), arg)
            for part in _factors(body):
                (factors if part.shape else scalars).append(inverted_entries(part) if is_below else part)
            count += 1 + len(body.args)
            check_length(count, syntax)
        if not factors:
            return scaled(weight, spread(multiplied(scalars, []), shape))
        return scaled(weight, multiplied(scalars, [build.hadamard(*factors)]))

    def operands(self, syntax: Syntax) -> list[tuple[str, Syntax]]:
        """The operands of a chain with the sign before each; a scalar behind a quotient is outside it.

        So `x./y*2` is `(x./y)*2` and `x./y/c` is `(x./y)/c`, as where entry-wise signs and `*` bind alike.
        """
        found: list[tuple[str, Syntax]] = []
        for operator, arg in zip(("times", *syntax.operators), syntax.args, strict=True):
            is_loose = operator == "entrywise_over" and arg.kind == "product" and not arg.is_bracketed
            if is_loose and not any(part in self.nodes and self.nodes[part].shape for part in arg.args[1:]):
                found += [(operator, arg.args[0]), *zip(arg.operators, arg.args[1:], strict=True)]
            else:
                found.append((operator, arg))
        return found

    def kronecker(self, syntax: Syntax) -> Node:
        total = self.nodes[syntax.args[0]]
        for arg in syntax.args[1:]:
            total = kronecker(total, self.nodes[arg])
        return total

    def numpy_dot(self, syntax: Syntax) -> Node:
        left, right = (self.nodes[arg] for arg in syntax.args)
        turned = build.transpose(left) if len(left.shape) == len(right.shape) == 1 else left
        return self.multiply(syntax, ("times", "times"), list(zip(syntax.args, (turned, right), strict=True)))

    def power(self, syntax: Syntax) -> Node:
        base, exponent = (self.nodes[arg] for arg in syntax.args)
        if not base.shape:
            is_of_matrix = syntax.args[0] in self.problem.constants and len(exponent.shape) == 2
            is_of_matrix &= exponent.shape[:1] != (1,)
            return build.call("expm", (exponent,), exponent.shape) if is_of_matrix else self.entrywise_power(syntax)
        if exponent.op != "number":
            return self.symbolic_power(syntax, base, exponent)
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

    def symbolic_power(self, syntax: Syntax, base: Node, exponent: Node) -> Node:
        """A matrix to a power that is no number: every variable in it is a whole number."""
        names = [s for s in postorder(syntax.args[1:], self.problem.below) if self.problem.is_variable(s)]
        for name in names:
            if "integer" not in properties_of(self.variable(name.text)):
                raise NotYet(
                    f"`{syntax.words()}`: a matrix is raised to whole numbers only",
                    syntax.place(),
                    hint=f"declare `{name.text}: integer scalar`",
                )
        return build.call("matpow", (base, exponent), base.shape)

    def entrywise_power(self, syntax: Syntax) -> Node:
        if self.problem.is_exponential(syntax):
            return build.apply("exp", self.nodes[syntax.args[1]])
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

    def block(self, syntax: Syntax) -> Node:
        heights, widths = self.inference.grids[syntax]
        cells = [(height, width) for height in heights for width in widths]
        args = [
            build.zeros(self.inference.shape(cell)) if is_nought(arg) else self.nodes[arg]
            for arg, cell in zip(syntax.args, cells, strict=True)
        ]
        return build.block(tuple(args), len(widths))

    # calls

    def call(self, syntax: Syntax) -> Node:
        name = syntax.text
        if name in SIZED:
            if SIZED[name] in OF_STACKED:
                return OF_STACKED[SIZED[name]](*self.told_sizes(syntax))
            if SIZED[name] == "unit":
                return build.unit(_index_of(syntax.args[0]), self.shape(syntax)[0])
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
        if name == RESHAPE:
            return build.call(name, (self.nodes[syntax.args[0]],), self.shape(syntax))
        return self.function(syntax)

    def told_sizes(self, syntax: Syntax) -> list[Dim]:
        """The sizes that a call has for arguments."""
        lengths = [find(length_of(arg, self.inference)) for arg in syntax.args]
        return [length for length in lengths if isinstance(length, int | Size)]

    def constant_shape(self, syntax: Syntax) -> Shape:
        axes = self.inference.axes[syntax]
        assert axes is not None
        sizes = tuple(size for length in axes if isinstance(size := find(length), int | Size))
        return sizes if SIZED[syntax.text] == "pairing" else self.inference.shape(axes)

    def unknown(self, syntax: Syntax) -> Node:
        """A function of which nothing is known; a row is taken as the vector of its entries."""
        from matdiff.parsing.unknowns import places_of

        name = self.problem.functions[syntax]
        args = tuple(self.nodes[arg] for arg in syntax.args)
        places = places_of(name)
        if self.problem.is_entrywise(syntax):
            shape = next((arg.shape for arg in args if arg.shape), ())
            orders = tuple(places.count(place) for place in range(len(args)))
            return unknown.entrywise(name.function, tuple(spread(arg, shape) for arg in args), orders)
        value = self.inference.shape(self.inference.values[name.function])
        args = tuple(build.transpose(arg) if arg.shape[:1] == (1,) else arg for arg in args)
        return unknown.whole(name.function, args, value, places)

    def function(self, syntax: Syntax) -> Node:
        if syntax in self.problem.functions:
            return self.unknown(syntax)
        row = catalogue.find(syntax.text)
        assert row is not None
        args = tuple(self.nodes[arg] for arg in syntax.args)
        shape = self.shape(syntax)
        if isinstance(row, Elementwise):
            return build.apply(row.name, *(spread(arg, shape) for arg in args))
        if syntax.operators in (("rows",), ("cols",)):
            return build.call(row.name, args, shape, syntax.operators)
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
        return build.einsum([self.nodes[arg] for arg in syntax.args[1:]], letters, output)

    # entries

    def index(self, syntax: Syntax) -> Node:
        """An entry, a row or a column, as a product with unit vectors."""
        base, indices = self.nodes[syntax.args[0]], indices_of(syntax)
        if len(base.shape) > 2:
            units = [build.unit(_index_of(i), size) for i, size in zip(indices, base.shape, strict=True)]
            axes = tuple(range(len(units)))
            return make("einsum", (base, *units), ((axes, *((k,) for k in axes)), (), base.shape), ())
        rows, columns = build.rows_and_columns(base.shape)
        sides: tuple[Syntax | None, ...] = (*indices, None)[:2] if rows != 1 else (None, *indices)
        parts = [(syntax, base)]
        if sides[0] is not None and sides[0].kind != "slice":
            parts.insert(0, (syntax, build.transpose(build.unit(_index_of(sides[0]), rows))))
        if sides[1] is not None and sides[1].kind != "slice":
            parts.append((syntax, build.unit(_index_of(sides[1]), columns)))
        return self.multiply(syntax, ("times",) * len(parts), parts)

    def lower_entry(self, syntax: Syntax) -> None:
        """A construct in index notation: a tensor on its free indices, a node where it has none."""
        entries = self.entry(syntax)
        if entries.free and syntax.kind != "indexed":
            self.entries[syntax] = entries
            return
        axes = free_indices(syntax) if syntax.kind == "indexed" else ()
        self.nodes[syntax] = scaled(entries.weight, entries.tensor(axes, self.sizes()))

    def entry(self, syntax: Syntax) -> Entries:
        args = [self.entries_of(arg) for arg in self.problem.below(syntax)]
        match syntax.kind:
            case "index" | "delta":
                return self.bound_entry(syntax)
            case "indexed":
                return args[0]
            case "total":
                return self.total(syntax, args[0])
            case "minus":
                return args[0]._replace(weight=-args[0].weight)
            case "sum":
                return self.sum_of_entries(syntax, args)
            case "product" | "entrywise":
                parts = [(operator.endswith("over"), self.entries_of(arg)) for operator, arg in self.operands(syntax)]
                return joined(self.inverted(entries) if is_below else entries for is_below, entries in parts)
            case _:
                return self.mapped(syntax, args)

    def entries_of(self, syntax: Syntax) -> Entries:
        """What stands in index notation as entries."""
        return self.entries.get(syntax) or one(self.nodes[syntax], ())

    def sizes(self) -> dict[Index, Dim]:
        """The lengths that indices run along."""
        found = {index: find(axis) for index, axis in self.inference.ranges.items()}
        return {index: size for index, size in found.items() if isinstance(size, int | Size)}

    def bound_entry(self, syntax: Syntax) -> Entries:
        bound = self.problem.bindings[syntax]
        if syntax.kind == "delta":
            first, second = (index for index in bound if index)
            size = self.sizes()[first]
            return Entries(Fraction(1), ((build.identity(size), (first, second)),))
        base = self.nodes[syntax.args[0]]
        base = build.transpose(base) if len(base.shape) == 2 and base.shape[0] == 1 else base
        numbers = [k for k, index in enumerate(bound) if index is None]
        if numbers:
            axes = tuple(range(len(bound)))
            units = [build.unit(_index_of(indices_of(syntax)[k]), base.shape[k]) for k in numbers]
            kept = tuple(k for k in axes if k not in numbers)
            attrs = ((axes, *((k,) for k in numbers)), kept, base.shape)
            base = make("einsum", (base, *units), attrs, tuple(base.shape[k] for k in kept))
        return one(base, tuple(index for index in bound if index))

    def total(self, syntax: Syntax, entries: Entries) -> Entries:
        """A sum over indices; one that the entries do not have counts its range."""
        bound = {(syntax, name) for name in syntax.operators}
        kept = tuple(index for index in entries.free if index not in bound)
        sizes = self.sizes()
        counted = [build.size_number(sizes[index]) for index in sorted(bound - set(entries.free), key=str)]
        weight = Entries(entries.weight, ())
        return joined([weight, one(entries.tensor(kept, sizes), kept), *(one(n, ()) for n in counted)])

    def sum_of_entries(self, syntax: Syntax, args: list[Entries]) -> Entries:
        axes, sizes = all_of(args), self.sizes()
        signs = (1, *(-1 if operator.endswith("subtract") else 1 for operator in syntax.operators))
        terms = [(sign * arg.weight, arg.tensor(axes, sizes)) for sign, arg in zip(signs, args, strict=True)]
        return one(build.total(terms), axes)

    def inverted(self, entries: Entries) -> Entries:
        node = scaled(entries.weight, entries.tensor(entries.free, self.sizes()))
        return one(inverted_entries(node), entries.free)

    def mapped(self, syntax: Syntax, args: list[Entries]) -> Entries:
        """A power or an entry-wise function of entries."""
        axes, sizes = all_of(args), self.sizes()
        nodes = [scaled(arg.weight, arg.tensor(axes, sizes)) for arg in args]
        row = catalogue.find(syntax.text) if syntax.kind == "call" else None
        if syntax.kind in ("power", "entrywise_power"):
            if self.problem.is_exponential(syntax):
                return one(build.apply("exp", nodes[1]), axes)
            exponent = scaled(args[1].weight, args[1].tensor((), sizes)) if not args[1].free else nodes[1]
            return one(self.raised_entries(syntax, nodes[0], exponent, nodes[1]), axes)
        if syntax in self.problem.functions:
            return one(self.unknown_entries(syntax, tuple(nodes)), axes)
        if isinstance(row, Elementwise):
            return one(build.apply(row.name, *nodes), axes)
        if isinstance(row, Sugar) and len(nodes) == 1:
            return one(row.build(*nodes), axes)
        raise NotYet(
            f"`{syntax.place().excerpt()}` in index notation: entries are added, multiplied and mapped", syntax.place()
        )

    def unknown_entries(self, syntax: Syntax, nodes: tuple[Node, ...]) -> Node:
        """An unknown function of entries, which is taken of each of them."""
        from matdiff.parsing.unknowns import places_of

        name = self.problem.functions[syntax]
        orders = tuple(places_of(name).count(place) for place in range(len(nodes)))
        return unknown.entrywise(name.function, nodes, orders)

    def raised_entries(self, syntax: Syntax, base: Node, exponent: Node, spread_exponent: Node) -> Node:
        if exponent.op == "number":
            return self.raised(syntax, base, exponent)
        return build.apply("pow", base, spread_exponent)


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


def variable_of(inference: Inference, name: str, integers: frozenset[str] = frozenset()) -> Node:
    """The node of a variable, with the shape that was found and the properties that were declared.

    `integers` are the undeclared names that a matrix is raised to.
    """
    shape = inference.shape(inference.variable(name))
    if name in inference.problem.changes:
        moved = variable_of(inference, inference.problem.changes[name])
        words = properties_of(moved)
        return build.variable(name, shape, [LINEAR_SPACES[str(word)] for word in words if word in LINEAR_SPACES])
    declaration = inference.problem.declared.get(name)
    return build.variable(name, shape, declaration.properties if declaration else ("integer",) * (name in integers))


def _index_of(syntax: Syntax) -> int | str:
    return int(syntax.text) if syntax.kind == "number" else syntax.text


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
