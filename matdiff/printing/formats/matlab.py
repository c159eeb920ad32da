"""A function file for MATLAB and GNU Octave, with local functions behind the function.

Vectors are columns there; scalars are matrices of one entry.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from matdiff.printing.formats.matlab_functions import ALONG, FUNCTIONS, HELPERS, WHOLE
from matdiff.printing.program.code import ATOM, MULTIPLY, Code, depth_above, infix, operand
from matdiff.printing.program.function import Function
from matdiff.printing.program.names import axes_word, shape_text
from matdiff.printing.program.writer import Writer
from matdiff.tree import walk
from matdiff.tree.dims import size_text
from matdiff.tree.node import Node, Shape

LONGEST_NAME = 63
_CALLED = {name for text in (*FUNCTIONS.values(), *ALONG.values()) for name in re.findall(r"\b[a-z]\w*(?=\()", text)}
_WORDS = """
    break case catch classdef continue do else elseif end end_try_catch end_unwind_protect endfor endfunction endif
    endparfor endswitch endwhile for function global if otherwise parfor persistent return spmd switch try until
    unwind_protect unwind_protect_cleanup while
    ans pi eye full ones zeros numel size inv kron permute reshape true varargin varargout nargin
"""


def write(function: Function) -> str:
    """The function file."""
    return MatlabWriter(function).source()


class MatlabWriter(Writer):
    """The spelling of MATLAB, as far as GNU Octave has it too."""

    language = "MATLAB"
    scalar_word = "scalar"
    integer_word = "integer"
    functions = FUNCTIONS
    helpers = HELPERS
    reserved = frozenset({*_WORDS.split(), *HELPERS, *_CALLED})
    entry_times = ".*"
    entry_over = "./"
    scalar_raised = "^"
    entry_raised = ".^"
    templates: ClassVar[dict[str, str]] = {
        "diagonal": "diag({0})",
        "solve_factored": "solve_factored({0}, {1})",
        "inv": "inv({0})",
        "inner": "sum(sum({0}.*{1}))",
        "kron": "kron({0}, {1})",
        "root": "sqrt({0})",
        "pi": "pi",
    }

    def is_harmless(self, name: str) -> bool:
        """Whether a name can be one of a variable."""
        return super().is_harmless(name) and len(name) <= LONGEST_NAME

    # the file

    def __init__(self, function: Function) -> None:
        super().__init__(function)
        self.is_packed = walk.fold(self.program.roots, _is_packed)

    def source(self) -> str:
        """The whole file."""
        results = self.write_lines()
        outputs = self.output_names(results)
        for name, code in zip(outputs, results, strict=True):
            if name != code.text:
                self.lines.append(self.assignment(name, code.text))
        left = outputs[0] if len(outputs) == 1 else f"[{', '.join(outputs)}]"
        arguments = [self.locals[self.key(name)] for name in self.argument_names()]
        head = f"function {left} = {self.function.name}({', '.join(arguments)})"
        body = [*self.fitting(), *self.lines]
        comment = [f"% {line}".rstrip() for line in self.description(outputs)]
        lines = [head, *comment, *(f"  {line}" for line in body), "end"]
        helpers = "".join(f"\n{self.helpers[name].strip()}\n" for name in self.needed_helpers())
        return "\n".join(lines) + "\n" + helpers

    def fitting(self) -> list[str]:
        """The lines that bring the arguments into columns and matrices."""
        if not self.variables:
            return []
        self.used_helpers.add("fitted")
        names = [self.locals[name] for name in self.variables]
        pairs = zip(names, self.variables.values(), strict=True)
        shapes = "; ".join(f"'{name}', '{axes_word(variable.shape)}'" for name, variable in pairs)
        left = names[0] if len(names) == 1 else f"[{', '.join(names)}]"
        return [f"{left} = fitted({{{shapes}}}, {', '.join(names)});"]

    def shown(self, name: str) -> str:
        """Arguments go by their places, so that the names within are shown."""
        return self.locals[self.key(name)]

    def words_of(self, name: str) -> list[str]:
        """The shape of a variable, what is declared of it, and its name where that could not stay."""
        is_renamed = self.locals[name] != name
        return [*super().words_of(name), *([f"called {name}"] if is_renamed else [])]

    def array_word(self, shape: Shape) -> str:
        """What an array of this shape is called."""
        return shape_text(shape) if len(shape) > 1 else f"column of {size_text(shape[0])}"

    def assignment(self, name: str, text: str) -> str:
        """A line of the language."""
        return f"{name} = {text};"

    # sizes and constants

    def length(self, name: str, axis: int, count_of_axes: int) -> str:
        """The length of an axis of an array."""
        return f"numel({name})" if count_of_axes == 1 else f"size({name}, {axis + 1})"

    def divided_size(self, size: Code, divisor: int) -> Code:
        """A size that is known to be a multiple, divided."""
        return Code(f"({size.text})/{divisor}", MULTIPLY)

    def sizes(self, axes: Shape) -> str:
        """Axes as arguments: `n, 1` or `n, m`."""
        return ", ".join([self.size(axis).text for axis in axes] + ["1"] * (len(axes) == 1))

    def _write_filled(self, node: Node) -> Code:
        return Code(f"{'ones' if node.attrs[0] == 1 else 'zeros'}({self.sizes(node.shape)})")

    def _write_identity(self, node: Node) -> Code:
        return Code(f"eye({self.size(node.shape[0]).text})")

    def _write_unit(self, node: Node) -> Code:
        return Code(f"double((1:{self.size(node.shape[0]).text})' == {self.index(node.attrs[0])})")

    def _write_pairing(self, node: Node) -> Code:
        rows, columns = (operand(self.size(size), MULTIPLY) for size in node.shape[1:])
        return Code(f"reshape(eye({rows}*{columns}), [], {rows}, {columns})")

    # sums and products

    def _write_add(self, node: Node) -> Code:
        self.unpack(node)
        return super()._write_add(node)

    def _write_times(self, node: Node) -> Code:
        self.unpack(node)
        return super()._write_times(node)

    def unpack(self, node: Node) -> None:
        """Make full what Octave keeps as a diagonal, where vectors are stretched over it."""
        if any(arg.op == "spread" for arg in node.args):
            packed = [arg for arg in node.args if self.is_packed[arg]]
            self.codes |= {arg: self.spelled("full({0})", [self.codes[arg]]) for arg in packed}

    def transposed(self, node: Node) -> Code:
        """The transpose of a matrix, or a vector as a row."""
        if node.op == "transpose":
            return self.codes[node.args[0]]
        code = self.codes[node]
        return Code(f"{operand(code, ATOM)}'", ATOM, code.depth + 1)

    def _write_transpose(self, node: Node) -> Code:
        return self.transposed(node.args[0])

    def _write_matmul(self, node: Node) -> Code:
        """A vector before a matrix gives a column, so that the two change places."""
        left, right = node.args
        if len(left.shape) == 1 and len(right.shape) == 2:
            return infix(self.transposed(right), "*", self.codes[left])
        first = self.transposed(left) if len(left.shape) == 1 else self.codes[left]
        return infix(first, "*", self.codes[right])

    def _write_outer(self, node: Node) -> Code:
        left, right = node.args
        return infix(self.codes[left], "*", self.transposed(right))

    def _write_solve(self, node: Node) -> Code:
        left, right = (self.codes[arg] for arg in node.args)
        return Code(f"{operand(left, ATOM)}\\{operand(right, ATOM)}", MULTIPLY, depth_above([left, right]))

    def _write_spread(self, node: Node) -> Code:
        (vector,) = node.args
        return self.codes[vector] if node.attrs[0] == "rows" else self.transposed(vector)

    # entries and axes

    def _write_entry(self, node: Node) -> Code:
        array = node.args[0]
        index, axis = node.attrs
        name = self.named(array)
        if len(array.shape) == 1:
            return Code(f"{name}({self.index(index)})")
        places = f":, {self.index(index)}" if axis == 1 else f"{self.index(index)}, :"
        return Code(f"{name}({places})" + "'" * (axis == 0))

    def named(self, node: Node) -> str:
        """A name for an array: the language takes entries of nothing else."""
        self.give_name(node)
        return self.codes[node].text

    def _write_reshape(self, node: Node) -> Code:
        (array,) = node.args
        code = self.codes[array]
        if [axis for axis in array.shape if axis != 1] == [axis for axis in node.shape if axis != 1]:
            if len(array.shape) == 1 and len(node.shape) == 2:
                return code if node.shape[1] == 1 else self.transposed(array)
            return self.spelled("reshape({0}, {1})", [code, Code(self.sizes(node.shape))])
        sizes = Code(f"[{', '.join(self.size(axis).text for axis in node.shape)}]")
        return self.spelled("by_rows({0}, {1}, {2})", [code, Code(str(len(array.shape))), sizes])

    def _write_einsum(self, node: Node) -> Code:
        places = ", ".join(f"{{{place}}}" for place in range(len(node.args)))
        return self.spelled(f"einsum('{node.attrs[0]}', {places})", [self.codes[arg] for arg in node.args])

    def stacked(self, rows: Sequence[str]) -> str:
        """A matrix of blocks from its rows."""
        return f"[{'; '.join(rows)}]"

    # functions

    def _write_call(self, node: Node) -> Code:
        name = str(node.attrs[0])
        if node.attrs[1:] == () and node.args[0].shape[1:] and name in WHOLE:
            return self.spelled(WHOLE[name], [self.codes[node.args[0]]])
        code = super()._write_call(node)
        if node.attrs[1:] == ("cols",) and len(node.shape) == 1:
            return Code(f"{code.text}'", ATOM, code.depth + 1)
        return code

    def along(self, name: str, template: str, axis: str) -> str:  # noqa: ARG002 (a table has them)
        """The template of a function of each row, or of each column."""
        return self.known(name, ALONG.get(name, "")).replace("#", {"rows": "2", "cols": "1"}[axis])

    def _write_unknown(self, node: Node) -> Code:
        """A function handle; a vector that it gives is made a column."""
        template = f"with_axes('{node.attrs[0]}', {{0}}, {len(node.shape)})"
        return self.spelled(template, [super()._write_unknown(node)])


def _is_packed(node: Node, args: tuple[bool, ...]) -> bool:
    """Whether GNU Octave may keep a matrix as its diagonal alone, which no vector is stretched over."""
    if node.op in ("matmul", "add", "times", "transpose", "inv"):
        return all(is_packed or not arg.shape for arg, is_packed in zip(node.args, args, strict=True))
    return node.op in ("identity", "diagonal")
