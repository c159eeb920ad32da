"""A Python module that needs numpy only and defines `derivative(**variables)`.

Vectors and rows are one-axis arrays there, matrices have two axes, scalars are floats. A part that is used twice is
computed once; a part that nests deeply gets a name as well, since Python reads only so many brackets.
"""

from __future__ import annotations

import builtins
import keyword
import math
import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import count
from typing import NamedTuple

from matdiff.functions import catalogue
from matdiff.printing.context import Context
from matdiff.printing.formats.numpy_functions import FUNCTIONS, needed
from matdiff.printing.letters import spell_out
from matdiff.tree import build, walk
from matdiff.tree.dims import Dim, Size, size_text
from matdiff.tree.node import Attribute, Node, Shape

ADD, MULTIPLY, POWER, ATOM = range(4)
DEEPEST = 12
WIDEST = 64
IMPORTS = {"import math": r"\bmath\.", "import numpy as np": "", "import scipy.linalg": r"\bscipy\."}


class Code(NamedTuple):
    """A Python expression: its text, how tightly it binds and how deep it nests."""

    text: str
    level: int = ATOM
    depth: int = 0


class Factor(NamedTuple):
    """A member of a matrix chain: `kind` is `scalar`, `column`, `row`, `matrix` or `diagonal` (by its diagonal)."""

    kind: str
    code: Code


def write(node: Node, context: Context, result_axes: Shape, title: str) -> str:
    """The module that computes `node` with axes `result_axes`; `title` opens the docstring of the function."""
    variables = tuple(dict.fromkeys((*context.variables, *walk.variables_of((node,)))))
    return _Module(node, variables).source(result_axes, title)


class _Module:
    """The source while it is put together."""

    def __init__(self, root: Node, variables: tuple[Node, ...]) -> None:
        self.root = root
        self.variables = variables
        self.users = walk.count_users((root,))
        self.codes: dict[Node, Code] = {}
        self.lines: list[str] = []
        self.helpers: set[str] = {"_array"} if any(v.shape for v in variables) else set()
        self.locals = _local_names([str(variable.attrs[0]) for variable in variables])
        self.size_arguments: dict[str, str] = {}
        self.temporaries = _fresh_names("t", set(self.locals.values()))
        self.writers: dict[str, Callable[[Node], Code]] = {
            "var": self.variable,
            "number": lambda node: _number(_fraction(node.attrs[0])),
            "size": lambda node: self.size(_size(node.attrs[0])),
            "constant": self.constant,
            "sum": self.sum,
            "product": self.product,
            "hadamard": self.hadamard,
            "transpose": self.transpose,
            "map": self.map,
            "call": self.call,
            "einsum": self.einsum,
            "block": self.block,
        }

    def source(self, result_axes: Shape, title: str) -> str:
        """The whole module."""
        for node in walk.postorder((self.root,)):
            code = self.writers[node.op](node)
            is_reused = self.users[node] > 1 and not _is_free(node)
            self.codes[node] = self.named(code) if is_reused or code.depth > DEEPEST else code
        result = self.result(result_axes)
        names = [str(variable.attrs[0]) for variable in self.variables] + list(self.size_arguments)
        body = [*_docstring(title, self.variables, result_axes), *_check_names(names), *self.unpack(), *self.lines]
        body.append(f"return {result}")
        helpers = "".join(f"\n{FUNCTIONS[name]}\n" for name in needed(self.helpers))
        function = "\n".join("    " + line if line else "" for line in body)
        used = helpers + "\n".join(body[-len(self.lines) - 1 :])
        imports = [line for line, sign in IMPORTS.items() if re.search(sign, used)]
        return f"{chr(10).join(imports)}\n{helpers or chr(10)}\ndef derivative(**variables):\n{function}\n"

    def result(self, axes: Shape) -> str:
        """The value of the root as an array of these axes."""
        text = self.codes[self.root].text
        if not axes:
            return f"np.float64({text})"
        if len(axes) == _count_axes(self.root.shape):
            return text
        if len(axes) == 1:
            return f"np.reshape({text}, -1)"
        return f"np.reshape({text}, ({', '.join(self.size(axis).text for axis in axes)}))"

    def unpack(self) -> list[str]:
        """The assignments that bring the arguments into local names."""
        lines = []
        for variable in self.variables:
            name = str(variable.attrs[0])
            axes = _count_axes(variable.shape)
            value = f"_array(variables, {name!r}, {axes})" if axes else f"np.float64(variables[{name!r}])"
            lines.append(f"{self.locals[name]} = {value}")
        return lines + [f"{local} = int(variables[{name!r}])" for name, local in self.size_arguments.items()]

    def named(self, code: Code) -> Code:
        """The code behind a local name."""
        if code.level == ATOM and code.text.isidentifier():
            return code
        name = next(self.temporaries)
        self.lines.append(f"{name} = {code.text}")
        return Code(name)

    # leaves

    def variable(self, node: Node) -> Code:
        return Code(self.locals[str(node.attrs[0])])

    def constant(self, node: Node) -> Code:
        kind = str(node.attrs[0])
        if kind == "pi":
            return Code("np.pi")
        if kind == "unit":
            return Code(f"np.eye({self.size(node.shape[0]).text})[{self.index(node.attrs[1])}]")
        if kind == "pairing":
            self.helpers.add("_pairing")
            return Code(f"_pairing({self.size(node.shape[1]).text}, {self.size(node.shape[2]).text})")
        if kind == "commutation":
            self.helpers.add("_commutation")
            return Code(f"_commutation({', '.join(self.size(size).text for size in build.commuted_sizes(node))})")
        return self.filled(kind, node.shape)

    def index(self, index: Attribute) -> str:
        """An index counted from 0; a named one is an argument, counted from 1."""
        if isinstance(index, int):
            return str(index - 1)
        return f"{self.symbol(str(index))} - 1"

    def filled(self, kind: str, shape: Shape) -> Code:
        """A constant array."""
        sizes = [self.size(size).text for size in _axes_of(shape)]
        if kind == "identity":
            return Code(f"np.eye({sizes[0]})")
        return Code(f"np.{kind}({sizes[0]})" if len(sizes) == 1 else f"np.{kind}(({', '.join(sizes)}))")

    def size(self, size: Dim) -> Code:
        """A size as an integer: an axis of a variable, else put together from such axes."""
        if isinstance(size, int):
            return Code(str(size))
        found = self.axis(size)
        if found is not None:
            return found
        whole = math.lcm(*(weight.denominator for _, weight in size.terms))
        terms = [self.monomial(names, weight * whole) for names, weight in size.terms]
        total = _join(terms, "+")
        return total if whole == 1 else Code(f"({total.text})//{whole}", MULTIPLY)

    def monomial(self, names: Sequence[str], weight: Fraction) -> Code:
        """A weighted product of named sizes."""
        symbols = [Code(self.symbol(name)) for name in names]
        return _join(symbols if weight == 1 and symbols else [_number(weight), *symbols], "*")

    def symbol(self, name: str) -> str:
        """A named size as an integer; where no variable has it, it is one more argument."""
        found = self.axis(Size((((name,), Fraction(1)),)))
        if found is not None:
            return found.text
        if name not in self.size_arguments:
            self.size_arguments[name] = next(self.temporaries)
        return self.size_arguments[name]

    def axis(self, size: Size) -> Code | None:
        for variable in self.variables:
            axes = _axes_of(variable.shape)
            if size in axes:
                return Code(f"{self.locals[str(variable.attrs[0])]}.shape[{axes.index(size)}]")
        return None

    # sums and products

    def sum(self, node: Node) -> Code:
        terms = [(_fraction(weight), body) for weight, body in zip(node.attrs, node.args, strict=True)]
        if not terms:
            return self.filled("zeros", node.shape) if node.shape else Code("0.0")
        anchor = next((k for k, (_, body) in enumerate(terms) if _spread_scalars(body) is None), 0)
        written: Code | None = None
        for position, (weight, body) in enumerate(terms):
            scalars = None if position == anchor else _spread_scalars(body)
            code = self.codes[body] if scalars is None else self.multiplied(scalars)
            written = _add(written, weight, code)
            if position % WIDEST == WIDEST - 1:
                written = self.named(written)
        assert written is not None
        return written

    def multiplied(self, scalars: Sequence[Node]) -> Code:
        """The product of scalars; of none the number one."""
        return _join([self.codes[scalar] for scalar in scalars], "*") if scalars else Code("1")

    def product(self, node: Node) -> Code:
        scalars, chain = build.split_product(node)
        above = [scalar for scalar in scalars if not _is_reciprocal(scalar)]
        below = [scalar.args[0] for scalar in scalars if _is_reciprocal(scalar)]
        parts = [self.codes[scalar] for scalar in above]
        if chain:
            parts.append(self.chain([self.factor(member) for member in chain]))
        code = _join(parts, "*") if parts else Code("1")
        for divisor in below:
            code = _infix(code, "/", self.codes[divisor])
        return code

    def factor(self, node: Node) -> Factor:
        """A member of a chain; a diagonal matrix is kept as its diagonal."""
        if node.op == "call" and node.attrs[0] == "diag" and len(node.shape) == 2:
            return Factor("diagonal", self.codes[node.args[0]])
        return Factor(_kind(node.shape), self.codes[node])

    def chain(self, factors: Sequence[Factor]) -> Code:
        """A matrix product, multiplied from the side of its vector and parted where a column meets a row."""
        segments: list[list[Factor]] = [[]]
        for position, factor in enumerate(factors):
            if position and factors[position - 1].kind in ("column", "scalar"):
                segments.append([])
            segments[-1].append(factor)
        product = self.segment(segments[0])
        for segment in segments[1:]:
            product = _multiply(product, self.segment(segment))
        return _array(product)

    def segment(self, factors: list[Factor]) -> Factor:
        if factors[-1].kind == "column" and factors[0].kind != "row":
            product = factors[-1]
            for factor in reversed(factors[:-1]):
                product = self.shallow(_multiply(factor, product))
            return product
        product = factors[0]
        for factor in factors[1:]:
            product = self.shallow(_multiply(product, factor))
        return product

    def shallow(self, factor: Factor) -> Factor:
        return factor if factor.code.depth <= DEEPEST else factor._replace(code=self.named(factor.code))

    def hadamard(self, node: Node) -> Code:
        above = [self.codes[factor] for factor in node.args if not _is_reciprocal(factor)]
        code = _join(above, "*") if above else Code("1")
        for factor in node.args:
            if _is_reciprocal(factor):
                code = _infix(code, "/", self.codes[factor.args[0]])
        return code

    def transpose(self, node: Node) -> Code:
        inner = self.codes[node.args[0]]
        return inner if _count_axes(node.shape) < 2 else Code(_operand(inner, ATOM) + ".T", ATOM, inner.depth + 1)

    # functions

    def map(self, node: Node) -> Code:
        arguments = [self.codes[arg] for arg in node.args]
        if node.attrs[0] == "power":
            return _power(arguments[0], _fraction(node.attrs[1]))
        if node.attrs[0] == "pow":
            return _infix(arguments[0], "**", arguments[1])
        return self.spelled(catalogue.elementwise(str(node.attrs[0])).spelling.numpy, arguments)

    def call(self, node: Node) -> Code:
        name = str(node.attrs[0])
        arguments = [self.codes[arg] for arg in node.args]
        if name == "matpow" and len(arguments) == 1:
            return _function("np.linalg.matrix_power", [arguments[0], Code(str(node.attrs[1]))])
        if name == "kron":
            arguments = [_two_axes(arg.shape, code) for arg, code in zip(node.args, arguments, strict=True)]
            code = _function("np.kron", arguments)
            return code if _count_axes(node.shape) == 2 else Code(f"np.ravel({code.text})", ATOM, code.depth + 1)
        if name == "unvec":
            arguments += [self.size(size) for size in build.rows_and_columns(node.shape)]
        template = catalogue.whole(name).spelling.numpy
        axis = {"rows": ", axis=1)", "cols": ", axis=0)"}.get(str(node.attrs[-1]))
        return self.spelled(template if axis is None else template[:-1] + axis, arguments)

    def spelled(self, template: str, arguments: list[Code]) -> Code:
        """A function by its template; an argument is bracketed unless the template does."""
        assert template, "a function without a spelling for numpy"
        self.helpers.update(re.findall(r"\b_\w+(?=\()", template))
        text = template
        for position, argument in enumerate(arguments):
            place = f"{{{position}}}"
            is_enclosed = re.search(rf"(\(|, ){re.escape(place)}[,)]", template)
            text = text.replace(place, argument.text if is_enclosed else _operand(argument, ATOM))
        return Code(text, ATOM, _depth(arguments))

    def block(self, node: Node) -> Code:
        (columns,) = node.attrs
        assert isinstance(columns, int)
        cells = [_two_axes(arg.shape, self.codes[arg]) for arg in node.args]
        rows = [", ".join(cell.text for cell in cells[k : k + columns]) for k in range(0, len(cells), columns)]
        text = f"np.block([{', '.join(f'[{row}]' for row in rows)}])"
        return Code(text if _count_axes(node.shape) == 2 else f"np.ravel({text})", ATOM, _depth(cells) + 1)

    def einsum(self, node: Node) -> Code:
        spelled = spell_out(node)
        factors = [_all_axes(factor.shape, self.codes[factor]) for factor in node.args]
        factors += [
            self.size(size) if kind == "size" else self.filled(kind, (size, size) if kind == "identity" else (size,))
            for kind, size in spelled.added
        ]
        if not factors:
            return Code("1")
        code = _function("np.einsum", [Code(f'"{spelled.signature}"'), *factors])
        if len(factors) > 2:
            code = code._replace(text=code.text[:-1] + ", optimize=True)")
        return Code(f"np.ravel({code.text})", ATOM, code.depth + 1) if _kind(node.shape) == "row" else code


def _local_names(names: Sequence[str]) -> dict[str, str]:
    """A local name for each variable: its own where that is a harmless identifier, else a made one."""
    harmless = {name for name in names if _is_harmless(name)}
    made = _fresh_names("v", harmless)
    return {name: name if name in harmless else next(made) for name in names}


def _is_harmless(name: str) -> bool:
    is_taken = keyword.iskeyword(name) or keyword.issoftkeyword(name) or hasattr(builtins, name)
    return (
        name.isascii() and name.isidentifier() and not is_taken and not re.match(r"_|(np|variables|derivative)$", name)
    )


def _fresh_names(letter: str, taken: set[str]) -> Iterator[str]:
    return (name for number in count(1) if (name := f"{letter}{number}") not in taken)


def _docstring(title: str, variables: Sequence[Node], axes: Shape) -> list[str]:
    arguments = [f"{variable.attrs[0]}: {_shape_text(variable.shape)}" for variable in variables]
    lines = [*title.splitlines(), "", *arguments, f"result: {_shape_text(axes)}"]
    plain = [line.replace("\\", "\\\\").replace('"', "'") for line in lines]
    return [f'"""{plain[0]}', *plain[1:], '"""']


def _shape_text(shape: Shape) -> str:
    return f"array of {' x '.join(size_text(axis) for axis in shape)}" if shape else "float"


def _check_names(names: Sequence[str]) -> list[str]:
    return [
        f"names = {{{', '.join(repr(name) for name in names)}}}" if names else "names = set()",
        "for wrong, word in ((names - set(variables), 'missing'), (set(variables) - names, 'unexpected')):",
        "    if wrong:",
        "        raise TypeError(f\"{word}: {', '.join(sorted(wrong))}\")",
    ]


def _axes_of(shape: Shape) -> Shape:
    """The axes of the array that stands for a shape: a row has one."""
    return shape[1:] if _kind(shape) == "row" else shape


def _count_axes(shape: Shape) -> int:
    return len(_axes_of(shape))


def _kind(shape: Shape) -> str:
    if len(shape) == 2 and shape[0] == 1:
        return "row"
    return {0: "scalar", 1: "column", 2: "matrix"}.get(len(shape), "tensor")


def _is_free(node: Node) -> bool:
    """Whether writing the node again costs nothing: a leaf or its transpose."""
    return node.op in ("var", "number", "size") or (node.op == "transpose" and node.args[0].op == "var")


def _is_reciprocal(node: Node) -> bool:
    return node.op == "map" and node.attrs == ("power", Fraction(-1))


def _spread_scalars(node: Node) -> tuple[Node, ...] | None:
    """The scalars of a constant array `c*ones`, which numpy spreads by itself; None for anything else."""
    scalars, chain = build.split_product(node)
    return scalars if len(chain) == 1 and chain[0].attrs[:1] == ("ones",) else None


def _operand(code: Code, level: int) -> str:
    return code.text if code.level >= level else f"({code.text})"


def _depth(codes: Sequence[Code]) -> int:
    return 1 + max((code.depth for code in codes), default=0)


def _infix(left: Code, sign: str, right: Code) -> Code:
    """Two operands of `*`, `/`, `@` (from the left) or `**` (both bracketed)."""
    if sign == "**":
        return Code(f"{_operand(left, ATOM)}**{_operand(right, ATOM)}", POWER, _depth((left, right)))
    spaced = f" {sign} " if sign == "@" else sign
    return Code(f"{_operand(left, MULTIPLY)}{spaced}{_operand(right, POWER)}", MULTIPLY, _depth((left, right)))


def _join(codes: Sequence[Code], sign: str) -> Code:
    """The codes with a sign between them, read from the left."""
    joined = codes[0]
    for code in codes[1:]:
        infix = _infix(joined, sign, code) if sign != "+" else Code(f"{joined.text} + {code.text}", ADD)
        joined = infix._replace(depth=max(joined.depth, 1 + code.depth))
    return joined


def _add(total: Code | None, weight: Fraction, code: Code) -> Code:
    """`total + weight*code`, or the first term alone."""
    top, bottom = abs(weight.numerator), weight.denominator
    term = code if top == 1 else _infix(Code(str(top)), "*", code)
    term = term if bottom == 1 else _infix(term, "/", Code(str(bottom)))
    if total is None:
        return Code("-" + _operand(term, MULTIPLY), ADD, term.depth + 1) if weight < 0 else term
    sign = "-" if weight < 0 else "+"
    return Code(f"{total.text} {sign} {_operand(term, MULTIPLY)}", ADD, max(total.depth, term.depth + 1))


def _number(value: Fraction) -> Code:
    if value.denominator != 1:
        return Code(str(value), MULTIPLY if value > 0 else ADD)
    return Code(str(value), ATOM if value >= 0 else ADD)


def _power(base: Code, exponent: Fraction) -> Code:
    depth = base.depth + 1
    if exponent == Fraction(1, 2):
        return Code(f"np.sqrt({base.text})", ATOM, depth)
    if exponent < 0:
        below = base if exponent == -1 else _power(base, -exponent)
        return Code(f"1/{_operand(below, POWER)}", MULTIPLY, depth)
    return _infix(base, "**", Code(str(exponent), ATOM if exponent.denominator == 1 else MULTIPLY))


def _function(name: str, arguments: Sequence[Code]) -> Code:
    return Code(f"{name}({', '.join(argument.text for argument in arguments)})", ATOM, _depth(arguments))


def _two_axes(shape: Shape, code: Code) -> Code:
    """A vector as a matrix of one column or one row."""
    place = {"column": "[:, None]", "row": "[None, :]"}.get(_kind(shape))
    return Code(_operand(code, ATOM) + place, ATOM, code.depth + 1) if place else code


def _all_axes(shape: Shape, code: Code) -> Code:
    """A value with all axes of its shape, as an einsum counts them."""
    return _two_axes(shape, code) if _kind(shape) == "row" else code


def _multiply(left: Factor, right: Factor) -> Factor:
    """The product of two neighbours of a chain."""
    kinds = (left.kind, right.kind)
    if "scalar" in kinds:
        return Factor(right.kind if left.kind == "scalar" else left.kind, _infix(left.code, "*", right.code))
    if kinds == ("column", "row"):
        return Factor("matrix", _function("np.outer", (left.code, right.code)))
    if kinds == ("diagonal", "matrix"):
        return Factor("matrix", _infix(_two_axes((2,), left.code), "*", right.code))
    if "diagonal" in kinds:
        return Factor(right.kind if left.kind == "diagonal" else left.kind, _infix(left.code, "*", right.code))
    kind = {("row", "column"): "scalar", ("row", "matrix"): "row", ("matrix", "column"): "column"}.get(kinds, "matrix")
    return Factor(kind, _infix(left.code, "@", right.code))


def _array(factor: Factor) -> Code:
    return _function("np.diag", (factor.code,)) if factor.kind == "diagonal" else factor.code


def _size(value: Attribute) -> Dim:
    assert isinstance(value, int | Size), value
    return value


def _fraction(value: Attribute) -> Fraction:
    assert isinstance(value, int | Fraction), value
    return Fraction(value)
