"""What things are called in a program: arguments, sizes, results, and the description that tells of them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import count
from typing import ClassVar

from matdiff.errors import BadName, NotYet
from matdiff.printing.names import GREEK_NAMES
from matdiff.printing.program import arrays
from matdiff.printing.program.code import ADD, ATOM, MULTIPLY, Code
from matdiff.printing.program.function import Function
from matdiff.tree.attributes import properties_of
from matdiff.tree.dims import Dim, Size, size_text
from matdiff.tree.node import Attribute, Node, Shape

LONGEST_STEM = 48  # some languages have a longest name


class Names:
    """The names of one function; `scalar_word` and `integer_word` are what a number and a size are called."""

    language: ClassVar[str]
    scalar_word: ClassVar[str]
    integer_word: ClassVar[str]
    reserved: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, function: Function) -> None:
        if not self.is_harmless(function.name):
            raise BadName(function.name, self.language)
        self.function = function
        self.variables = {str(variable.attrs[0]): variable for variable in function.variables}
        self.function_arguments: dict[str, int | None] = {}
        self.size_arguments: dict[str, str] = {}
        self.locals: dict[str, str] = {}
        for name in sorted((*self.variables, *(name for name, _ in function.lets)), key=self.is_harmless, reverse=True):
            self.locals[name] = self.local_name(name)

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
        return [*self.variables, *self.function_arguments, *self.size_arguments]

    def key(self, name: str) -> str:
        """Where `locals` has the name of an argument."""
        return f"size {name}" if name in self.size_arguments else name

    def fresh_names(self, letter: str) -> Iterator[str]:
        """Names `t1`, `t2`, … that nothing else has."""
        return (name for number in count(1) if (name := f"{letter}{number}") not in self.locals.values())

    def take_function(self, node: Node) -> None:
        """Make a function that the caller brings an argument; that of entries gives as many axes as it is given."""
        name, is_of_entries = str(node.attrs[0]), len(node.attrs) > 1
        if name in self.locals and name not in self.function_arguments:
            raise NotYet(f"`{name}` is a variable and a function", hint="give one of them another name")
        self.function_arguments[name] = None if is_of_entries else len(node.shape)
        self.locals.setdefault(name, self.local_name(name))

    # sizes

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
        for name, variable in self.variables.items():
            axes = arrays.axes_of(variable.shape)
            if size in axes:
                return Code(self.length(self.locals[name], axes.index(size), len(axes)))
        return None

    def length(self, name: str, axis: int, count_of_axes: int) -> str:
        """How the language writes the length of an axis of a named array."""
        raise NotImplementedError

    def index(self, index: Attribute) -> str:
        """An index; a named one is an argument, counted from 1."""
        return str(index) if isinstance(index, int) else self.symbol(str(index))

    # the description

    def description(self, outputs: Sequence[str]) -> list[str]:
        """What is computed, the shapes of what goes in and comes out under these names, and the notes."""
        arguments = [f"{self.shown(name)}: {', '.join(self.words_of(name))}" for name in self.variables]
        functions = [f"{self.shown(name)}: function" for name in self.function_arguments]
        sizes = [f"{self.shown(name)}: {self.integer_word}" for name in self.size_arguments]
        pairs = zip(outputs, self.function.outputs, strict=True)
        values = [f"{name}: {self.described(output.axes)}" for name, output in pairs]
        notes = ["", *self.function.notes] if self.function.notes else []
        return [*self.function.title.splitlines(), "", *arguments, *functions, *sizes, *values, *notes]

    def shown(self, name: str) -> str:
        """What an argument is called by those who call the function."""
        return name

    def words_of(self, name: str) -> list[str]:
        """The shape of a variable and what is declared of it."""
        variable = self.variables[name]
        return [self.described(variable.shape), *properties_of(variable)]

    def described(self, shape: Shape) -> str:
        """A shape in words."""
        return self.array_word(shape) if shape else self.scalar_word

    def array_word(self, shape: Shape) -> str:
        """What an array of this shape is called."""
        raise NotImplementedError


def shape_text(axes: Shape) -> str:
    """`n x m`."""
    return " x ".join(size_text(axis) for axis in axes)


def axes_word(shape: Shape) -> str:
    """The axes of an argument, parted by spaces: `n m`."""
    return " ".join(size_text(axis).replace(" ", "") for axis in arrays.axes_of(shape))


def _numbered(stem: str) -> Iterator[str]:
    yield stem
    yield from (f"{stem}{number}" for number in count(1))
