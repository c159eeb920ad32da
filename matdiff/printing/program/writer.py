"""A program as text: what has a name, in which order, with which brackets. Each language is a subclass."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import ClassVar

from matdiff.errors import NoSpelling
from matdiff.printing.program import arrays
from matdiff.printing.program.code import ADD, ATOM, MULTIPLY, POWER, Code, depth_above, infix, joined, operand
from matdiff.printing.program.function import Function, Program, program_of
from matdiff.printing.program.names import Names
from matdiff.tree import walk
from matdiff.tree.attributes import columns_of, number_of, size_of
from matdiff.tree.dims import Dim
from matdiff.tree.node import Node

DEEPEST = 12
WIDEST = 64
# a helper that is called, or handed on as an argument
CALLED = r"\b_?\w+(?=[(,])"
_FREE = frozenset({"var", "number", "size", "pi"})
_TRANSPARENT = frozenset({"transpose", "spread"})


class Writer(Names):
    """A function as text. Each operation of array form is a method of its name, or a template in `templates`.

    Helpers begin with `helper_mark`; signs come in pairs where entry-wise ones differ.
    """

    helper_mark: ClassVar[str] = ""
    entry_times: ClassVar[str] = "*"
    entry_over: ClassVar[str] = "/"
    scalar_raised: ClassVar[str] = "**"
    entry_raised: ClassVar[str] = "**"
    templates: ClassVar[dict[str, str]] = {}
    functions: ClassVar[dict[str, str]] = {}
    helpers: ClassVar[dict[str, str]] = {}

    def __init__(self, function: Function) -> None:
        super().__init__(function)
        self.program = self.prepared(program_of(function))
        self.order = walk.postorder(self.program.roots)
        self.uses = walk.count_users(self.program.roots, lambda node: node.op in _TRANSPARENT)
        self.codes: dict[Node, Code] = {}
        self.lines: list[str] = []
        self.used_helpers: set[str] = set()
        self.temporaries = self.fresh_names("t")
        for node in self.order:
            if node.op == "unknown":
                self.take_function(node)

    def prepared(self, program: Program) -> Program:
        """The program as the language computes it best."""
        return program

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
        self.lines.append(self.assignment(name, self.codes[node].text))

    def assignment(self, name: str, text: str) -> str:
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
        return self.number(number_of(node))

    def _write_size(self, node: Node) -> Code:
        return self.size(size_of(node))

    def number(self, value: Fraction) -> Code:
        """A rational number; a fraction is a quotient."""
        level = ADD if value < 0 else ATOM if value.denominator == 1 else MULTIPLY
        return Code(str(value), level)

    # sums and products

    def _write_add(self, node: Node) -> Code:
        written: Code | None = None
        for position, (weight, arg) in enumerate(arrays.weighted_terms(node)):
            weight, code = self.term(weight, arg, is_first=position == 0)  # noqa: PLW2901
            written = self.plus(written, weight, code)
            if position % WIDEST == WIDEST - 1:
                name = next(self.temporaries)
                self.lines.append(self.assignment(name, written.text))
                written = Code(name)
        assert written is not None
        return written

    def term(self, weight: Fraction, arg: Node, is_first: bool) -> tuple[Fraction, Code]:
        """A term of a sum, and the weight that stands before it."""
        code = self.codes[arg]
        if arg.op == "number":
            signed = weight * number_of(arg)
            weight, code = Fraction(1 if signed > 0 else -1), self.number(abs(signed))
        if arg.op == "times" and code.level == MULTIPLY and abs(weight.numerator) != 1:
            return weight, code._replace(level=POWER)
        return weight, self.factor(arg) if arg.op == "matmul" and weight == -1 and is_first else code

    def plus(self, total: Code | None, weight: Fraction, code: Code) -> Code:
        """`total + weight*code`, or the first term alone."""
        top, bottom = abs(weight.numerator), weight.denominator
        term = code
        if top != 1:
            term = infix(self.number(abs(weight)), "*", code)
        elif bottom != 1:
            term = infix(code, "/", self.number(Fraction(bottom)))
        if total is None:
            return Code("-" + operand(term, MULTIPLY), ADD, term.depth + 1) if weight < 0 else term
        sign = "-" if weight < 0 else "+"
        return Code(f"{total.text} {sign} {operand(term, MULTIPLY)}", ADD, max(total.depth, term.depth + 1))

    def _write_times(self, node: Node) -> Code:
        """Scalars, and what they are divided by, before the arrays."""
        above, below = arrays.above_and_below(node)
        wide = [self.factor(arg) for arg in above if arg.shape]
        wide_below = [self.factor(arg) for arg in below if arg.shape]
        scalars = [self.factor(arg) for arg in above if not arg.shape]
        divisors = [self.factor(arg) for arg in below if not arg.shape]
        if divisors and not scalars and len(wide) == 1 and not wide_below:
            first = next(arg for arg in above if arg.shape)
            return infix(self.codes[first], "/", joined(divisors, "*"))
        total = joined(scalars, "*") if scalars else None
        if divisors:
            total = infix(total or Code("1"), "/", joined(divisors, "*"))
        if wide:
            product = joined(wide, self.entry_times)
            total = infix(total, "*", product) if total else product
        for code in wide_below:
            total = infix(total or Code("1"), self.entry_over, code)
        assert total is not None
        return total

    def factor(self, node: Node) -> Code:
        """A factor of an entry-wise product; a matrix product has brackets there."""
        code = self.codes[node]
        return code._replace(text=operand(code, ATOM), level=ATOM) if node.op == "matmul" else code

    def _write_power(self, node: Node) -> Code:
        (exponent,) = node.attrs
        assert isinstance(exponent, Fraction)
        return self.power(self.argument(node.args[0]), exponent, is_wide=bool(node.shape))

    def power(self, base: Code, exponent: Fraction, *, is_wide: bool) -> Code:
        """A rational power, of each entry where the base `is_wide`; a negative one is a quotient."""
        if exponent < 0:
            below = base if exponent == -1 else self.power(base, -exponent, is_wide=is_wide)
            over = self.entry_over if is_wide else "/"
            return Code(f"1{over}{operand(below, POWER)}", MULTIPLY, base.depth + 1)
        if exponent == Fraction(1, 2):
            return self.spelled(self.templates["root"], [base])
        return self.raised(base, self.number(exponent), is_wide=is_wide)

    def raised(self, base: Code, exponent: Code, *, is_wide: bool) -> Code:
        """A power with any exponent."""
        sign = self.entry_raised if is_wide else self.scalar_raised
        return Code(f"{operand(base, ATOM)}{sign}{operand(exponent, ATOM)}", POWER, depth_above([base, exponent]))

    # constants and blocks

    def _write_commutation(self, node: Node) -> Code:
        return self.constant(node.op, [arrays.size_of(size) for size in node.attrs])

    _write_elimination = _write_duplication = _write_commutation

    def constant(self, kind: str, sizes: Sequence[Dim]) -> Code:
        """A constant that a helper makes."""
        places = ", ".join(f"{{{place}}}" for place in range(len(sizes)))
        template = f"{self.helper_mark}{kind}({places}{self.kept_type()})"
        return self.spelled(template, [self.size(size) for size in sizes])

    def kept_type(self) -> str:
        """What a constant array is told of the type of the others."""
        return ""

    def _write_block(self, node: Node) -> Code:
        columns = columns_of(node)
        cells = [self.codes[arg] for arg in node.args]
        rows = [", ".join(cell.text for cell in cells[k : k + columns]) for k in range(0, len(cells), columns)]
        return Code(self.stacked(rows), ATOM, depth_above(cells))

    def stacked(self, rows: Sequence[str]) -> str:
        """A matrix of blocks from its rows, the blocks parted by commas."""
        raise NotImplementedError

    # functions by name

    def _write_map(self, node: Node) -> Code:
        if node.attrs[0] == "pow":
            base, exponent = (self.argument(arg) for arg in node.args)
            return self.raised(base, exponent, is_wide=bool(node.shape))
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
        """A function that the caller brings."""
        arguments = [self.codes[arg] for arg in node.args]
        text = ", ".join(argument.text for argument in arguments)
        return Code(f"{self.locals[str(node.attrs[0])]}({text})", ATOM, depth_above(arguments))

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
