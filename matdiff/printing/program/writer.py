"""A program as text: what has a name, in which order, with which brackets. Each language is a subclass."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import count
from typing import ClassVar, NamedTuple

from matdiff.errors import BadName, NoSpelling, NotYet
from matdiff.printing.names import GREEK_NAMES
from matdiff.printing.program import arrays
from matdiff.printing.program.function import Function, Program, program_of
from matdiff.tree import walk
from matdiff.tree.dims import Dim, Size, size_text
from matdiff.tree.node import Attribute, Node, Shape

ADD, MULTIPLY, POWER, ATOM = range(4)
DEEPEST = 12
WIDEST = 64
LONGEST_STEM = 48  # some languages have a longest name
# a helper that is called, or handed on as an argument
CALLED = r"\b_?\w+(?=[(,])"
_FREE = frozenset({"var", "number", "size", "pi"})
_TRANSPARENT = frozenset({"transpose", "spread"})


class Code(NamedTuple):
    """An expression: its text, how tightly it binds and how deep it nests."""

    text: str
    level: int = ATOM
    depth: int = 0


class Writer:
    """A function as text. Each operation of array form is a method of its name, or a template in `templates`."""

    language: ClassVar[str]
    templates: ClassVar[dict[str, str]] = {}
    functions: ClassVar[dict[str, str]] = {}
    helpers: ClassVar[dict[str, str]] = {}
    reserved: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, function: Function) -> None:
        if not self.is_harmless(function.name):
            raise BadName(function.name, self.language)
        self.function = function
        self.program = self.prepared(program_of(function))
        self.order = walk.postorder(self.program.roots)
        self.uses = walk.count_users(self.program.roots, lambda node: node.op in _TRANSPARENT)
        self.codes: dict[Node, Code] = {}
        self.lines: list[str] = []
        self.used_helpers: set[str] = set()
        self.size_arguments: dict[str, str] = {}
        names = [str(variable.attrs[0]) for variable in function.variables]
        self.locals: dict[str, str] = {}
        for name in sorted((*names, *(name for name, _ in function.lets)), key=self.is_harmless, reverse=True):
            self.locals[name] = self.local_name(name)
        self.temporaries = self.fresh_names("t")
        self.function_arguments: dict[str, int | None] = {}
        for node in self.order:
            if node.op == "unknown":
                self.take_function(node)

    def take_function(self, node: Node) -> None:
        """Make a function that the caller brings an argument; that of entries gives as many axes as it is given."""
        name, is_of_entries = str(node.attrs[0]), len(node.attrs) > 1
        if name in self.locals and name not in self.function_arguments:
            raise NotYet(f"`{name}` is a variable and a function", hint="give one of them another name")
        self.function_arguments[name] = None if is_of_entries else len(node.shape)
        self.locals.setdefault(name, self.local_name(name))

    def prepared(self, program: Program) -> Program:
        """The program as the language computes it best."""
        return program

    # names

    def is_harmless(self, name: str) -> bool:
        """Whether a name of the user can be a name in the language."""
        return name.isascii() and name.isidentifier() and not name.startswith("_") and name not in self.reserved

    def local_name(self, name: str) -> str:
        """The name itself where it is harmless, else the nearest that is: `lambda_` for `lambda` or `λ`."""
        taken = set(self.locals.values())
        plain = GREEK_NAMES.get(name, name)
        if plain not in taken and self.is_harmless(plain):
            return plain
        stem = re.sub(r"\W", "", plain, flags=re.ASCII).strip("_")[:LONGEST_STEM] or "v"
        stem = stem if stem[0].isalpha() else f"v{stem}"
        return next(found for found in _numbered(f"{stem}_") if found not in taken and self.is_harmless(found))

    def output_names(self, results: Sequence[Code]) -> list[str]:
        """A name for each output that nothing else has: `by w` is `by_w`; a named value keeps its own."""
        named = {self.locals[name] for name, _ in self.function.lets}
        names: list[str] = []
        for code, output in zip(results, self.function.outputs, strict=True):
            name = code.text if code.text in named else self.local_name(re.sub(r"\W+", "_", output.name))
            self.locals[f"output {len(names)}"] = name
            names.append(name)
        return names

    def argument_names(self) -> list[str]:
        """The user's names of variables, then of functions, then of sizes that no variable has."""
        variables = (str(variable.attrs[0]) for variable in self.function.variables)
        return [*variables, *self.function_arguments, *self.size_arguments]

    def key(self, name: str) -> str:
        """Where `locals` has the name of an argument."""
        return f"size {name}" if name in self.size_arguments else name

    def fresh_names(self, letter: str) -> Iterator[str]:
        """Names `t1`, `t2`, … that nothing else has."""
        return (name for number in count(1) if (name := f"{letter}{number}") not in self.locals.values())

    # the order of the program

    def write_lines(self) -> list[Code]:
        """Write the assignments into `lines`; the code of each output."""
        for name, array in self.program.lets:
            self.write_below(array, has_name=True)
            self.assign(self.locals[name], array)
            if not self.codes[array].text.isidentifier():
                self.codes[array] = Code(self.locals[name])
        for array in self.program.outputs:
            self.write_below(array)
        return [self.codes[array] for array in self.program.outputs]

    def write_below(self, root: Node, has_name: bool = False) -> None:
        """Write every array below `root` that is not written yet; `has_name` says that `root` gets one anyway."""
        for node in walk.postorder((root,)):
            if node not in self.codes:
                self.codes[node] = self.code_of(node)
                if self.is_worth_a_name(node) and not (has_name and node is root):
                    self.give_name(node)

    def is_worth_a_name(self, node: Node) -> bool:
        """Whether an array is used twice, or so deep that brackets would pile up."""
        if node.op in _TRANSPARENT or node.op in _FREE:
            return False
        return self.uses[node] > 1 or self.codes[node].depth > DEEPEST

    def give_name(self, node: Node) -> None:
        """Assign an array to a new name."""
        if not self.codes[node].text.isidentifier():
            name = next(self.temporaries)
            self.assign(name, node)
            self.codes[node] = Code(name)

    def assign(self, name: str, node: Node) -> None:
        """Write the line that computes a named array."""
        self.lines.append(self.assignment(name, node.shape, self.codes[node].text))

    def assignment(self, name: str, axes: Shape, text: str) -> str:  # noqa: ARG002 (some languages declare the type)
        """A line of the language."""
        return f"{name} = {text}"

    def code_of(self, node: Node) -> Code:
        """The code of an array from those of its arguments."""
        if node.op in self.templates:
            return self.spelled(self.templates[node.op], [self.codes[arg] for arg in node.args])
        write: Callable[[Node], Code] = getattr(self, f"_write_{node.op}")
        return write(node)

    # leaves

    def _write_var(self, node: Node) -> Code:
        return Code(self.locals[str(node.attrs[0])])

    def _write_number(self, node: Node) -> Code:
        return self.number(arrays.weighted_number(node))

    def _write_size(self, node: Node) -> Code:
        return self.size(arrays.size_of(node.attrs[0]))

    def number(self, value: Fraction) -> Code:
        """A rational number; a fraction is a quotient."""
        level = ADD if value < 0 else ATOM if value.denominator == 1 else MULTIPLY
        return Code(str(value), level)

    def size(self, size: Dim) -> Code:
        """A size as an integer: an axis of a variable, else put together from such axes."""
        if isinstance(size, int):
            return Code(str(size))
        found = self.axis(size)
        if found is not None:
            return found
        whole = math.lcm(*(weight.denominator for _, weight in size.terms))
        terms = [self.monomial(names, weight * whole) for names, weight in size.terms]
        total = terms[0]
        for term in terms[1:]:
            total = Code(f"{total.text} + {term.text}", ADD)
        return total if whole == 1 else self.divided_size(total, whole)

    def divided_size(self, size: Code, divisor: int) -> Code:
        """A size that is known to be a multiple, divided."""
        return Code(f"({size.text})//{divisor}", MULTIPLY)

    def monomial(self, names: Sequence[str], weight: Fraction) -> Code:
        """A weighted product of named sizes."""
        symbols = [self.symbol(name) for name in names]
        parts = symbols if weight == 1 and symbols else [str(weight), *symbols]
        return Code("*".join(parts), ATOM if len(parts) == 1 else MULTIPLY)

    def symbol(self, name: str) -> str:
        """A named size as an integer; where no variable has it, it is one more argument."""
        found = self.axis(Size((((name,), Fraction(1)),)))
        if found is not None:
            return found.text
        if name not in self.size_arguments:
            self.locals[f"size {name}"] = self.size_arguments[name] = self.local_name(name)
        return self.size_arguments[name]

    def axis(self, size: Size) -> Code | None:
        """A size as the length of a variable's axis."""
        for variable in self.function.variables:
            axes = arrays.axes_of(variable.shape)
            if size in axes:
                return Code(self.length(self.locals[str(variable.attrs[0])], axes.index(size), len(axes)))
        return None

    def length(self, name: str, axis: int, count_of_axes: int) -> str:
        """How the language writes the length of an axis of a named array."""
        raise NotImplementedError

    def index(self, index: Attribute) -> str:
        """An index; a named one is an argument, counted from 1."""
        return str(index) if isinstance(index, int) else self.symbol(str(index))

    # sums and products

    def _write_add(self, node: Node) -> Code:
        written: Code | None = None
        for position, (weight, arg) in enumerate(arrays.weighted_terms(node)):
            weight, code = self.term(node.shape, weight, arg, is_first=position == 0)  # noqa: PLW2901
            written = self.plus(written, weight, code)
            if position % WIDEST == WIDEST - 1:
                name = next(self.temporaries)
                self.lines.append(self.assignment(name, node.shape, written.text))
                written = Code(name)
        assert written is not None
        return written

    def term(self, axes: Shape, weight: Fraction, arg: Node, is_first: bool) -> tuple[Fraction, Code]:
        """A term of a sum of these axes, and the weight that stands before it."""
        code = self.codes[arg]
        if arg.op == "number":
            signed = weight * arrays.weighted_number(arg)
            weight, code = Fraction(1 if signed > 0 else -1), self.number(abs(signed))
        if axes and not arg.shape:
            code = self.stretched(code, axes)
        if arg.op == "times" and code.level == MULTIPLY and abs(weight.numerator) != 1:
            return weight, code._replace(level=POWER)
        return weight, self.factor(arg) if arg.op == "matmul" and weight == -1 and is_first else code

    def stretched(self, code: Code, axes: Shape) -> Code:  # noqa: ARG002 (most languages do it by themselves)
        """A scalar in a sum of arrays of these axes."""
        return code

    def plus(self, total: Code | None, weight: Fraction, code: Code) -> Code:
        """`total + weight*code`, or the first term alone."""
        top, bottom = abs(weight.numerator), weight.denominator
        term = code
        if top != 1:
            term = infix(self.number(abs(weight)), self.scalar_times, code)
        elif bottom != 1:
            term = infix(code, self.scalar_over, self.number(Fraction(bottom)))
        if total is None:
            return Code("-" + operand(term, MULTIPLY), ADD, term.depth + 1) if weight < 0 else term
        sign = "-" if weight < 0 else "+"
        return Code(f"{total.text} {sign} {operand(term, MULTIPLY)}", ADD, max(total.depth, term.depth + 1))

    scalar_times: ClassVar[str] = "*"
    scalar_over: ClassVar[str] = "/"

    def _write_times(self, node: Node) -> Code:
        """Scalars, and what they are divided by, before the arrays."""
        above, below = arrays.above_and_below(node)
        wide = [self.factor(arg) for arg in above if arg.shape]
        wide_below = [self.factor(arg) for arg in below if arg.shape]
        scalars = [self.factor(arg) for arg in above if not arg.shape]
        divisors = [self.factor(arg) for arg in below if not arg.shape]
        if divisors and not scalars and len(wide) == 1 and not wide_below:
            first = next(arg for arg in above if arg.shape)
            return infix(self.codes[first], self.scalar_over, joined(divisors, self.scalar_times))
        total = joined(scalars, self.scalar_times) if scalars else None
        if divisors:
            total = infix(total or Code("1"), self.scalar_over, joined(divisors, self.scalar_times))
        if wide:
            product = self.entry_product(wide)
            total = infix(total, self.scalar_times, product) if total else product
        for code in wide_below:
            total = self.entry_quotient(total, code, is_wide=bool(wide))
            wide.append(code)
        assert total is not None
        return total

    def entry_product(self, codes: Sequence[Code]) -> Code:
        """The entry-wise product of arrays."""
        return joined(codes, self.entry_times)

    def entry_quotient(self, above: Code | None, below: Code, is_wide: bool) -> Code:  # noqa: ARG002 (some tell them apart)
        """What is above an array, which is an array itself where it `is_wide`, over it; without anything above, one."""
        return infix(above or Code("1"), self.entry_over, below)

    def factor(self, node: Node) -> Code:
        """A factor of an entry-wise product; a matrix product has brackets there."""
        code = self.codes[node]
        return code._replace(text=operand(code, ATOM), level=ATOM) if node.op == "matmul" else code

    entry_times: ClassVar[str] = "*"
    entry_over: ClassVar[str] = "/"

    # functions by name

    def _write_map(self, node: Node) -> Code:
        return self.spelled(self.template(str(node.attrs[0])), [self.argument(arg) for arg in node.args])

    def _write_call(self, node: Node) -> Code:
        """A function of whole arrays, perhaps along an axis."""
        name, *parameters = node.attrs
        template = self.template(str(name))
        if parameters and parameters[0] in ("rows", "cols"):
            template = self.along(str(name), template, str(parameters[0]))
        arguments = [self.argument(arg) for arg in node.args]
        if name == "matpow" and parameters:
            template = template.replace("int({1})", "{1}")
        arguments += [self.number(Fraction(value)) for value in parameters if isinstance(value, int | Fraction)]
        if name == "unvec":
            arguments += [self.size(size) for size in node.shape]
        return self.spelled(template, arguments)

    def _write_unknown(self, node: Node) -> Code:
        """A function that the caller brings; raises `NoSpelling` where the language passes none."""
        raise NoSpelling(str(node.attrs[0]), self.language)

    def template(self, name: str) -> str:
        """How the language spells a function; raises `NoSpelling` where it has none."""
        return self.known(name, self.functions.get(name, ""))

    def known(self, name: str, template: str) -> str:
        """The template of a function, where there is one."""
        if not template:
            raise NoSpelling(name, self.language)
        return template

    def argument(self, node: Node) -> Code:
        """An argument of a function."""
        return self.codes[node]

    def along(self, name: str, template: str, axis: str) -> str:
        """The template of a function of each row, or of each column."""
        raise NotImplementedError

    def spelled(self, template: str, arguments: Sequence[Code]) -> Code:
        """A template with its arguments; one is bracketed unless the template encloses it."""
        self.used_helpers.update(name for name in re.findall(CALLED, template) if name in self.helpers)
        text = template
        for position, argument in enumerate(arguments):
            place = f"{{{position}}}"
            is_enclosed = re.search(rf"(\(|, ){re.escape(place)}[,)]", template)
            text = text.replace(place, argument.text if is_enclosed else operand(argument, ATOM))
        return Code(text, ATOM, depth_above(arguments))

    def needed_helpers(self) -> list[str]:
        """The helpers that are used and those that they call, by name in alphabetical order."""
        found: set[str] = set()
        pending = list(self.used_helpers)
        while pending:
            name = pending.pop()
            if name not in found:
                found.add(name)
                called = re.findall(CALLED, self.helpers[name])
                pending.extend(other for other in called if other in self.helpers)
        return sorted(found)


def operand(code: Code, level: int) -> str:
    """The code, in brackets unless it binds at least as tightly as `level`."""
    return code.text if code.level >= level else f"({code.text})"


def infix(left: Code, sign: str, right: Code) -> Code:
    """Two operands of a sign that is read from the left."""
    text = f"{operand(left, MULTIPLY)}{sign}{operand(right, POWER)}"
    return Code(text, MULTIPLY, max(left.depth, right.depth + 1))


def joined(codes: Sequence[Code], sign: str) -> Code:
    """The codes with a sign between them, read from the left."""
    total = codes[0]
    for code in codes[1:]:
        total = infix(total, sign, code)
    return total


def depth_above(codes: Sequence[Code]) -> int:
    """How deep an expression of these nests."""
    return 1 + max((code.depth for code in codes), default=0)


def shape_text(axes: Shape) -> str:
    """`n x m`."""
    return " x ".join(size_text(axis) for axis in axes)


def _numbered(stem: str) -> Iterator[str]:
    yield stem
    yield from (f"{stem}{number}" for number in count(1))
