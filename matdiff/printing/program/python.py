"""What NumPy, JAX and PyTorch have in common: a Python module that defines one function of keyword arguments."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Sequence
from typing import ClassVar

from matdiff.printing.program.code import ATOM, Code, depth_above, infix, operand
from matdiff.printing.program.names import axes_word, shape_text
from matdiff.printing.program.writer import Writer
from matdiff.tree import walk
from matdiff.tree.node import Node, Shape

_WORDS = frozenset({*keyword.kwlist, *keyword.softkwlist, *dir(builtins)})


class PythonWriter(Writer):
    """A Python module; `module` is the name under which the library is imported, `axis` its word for an axis.

    `imports` are lines with a pattern of what needs them.
    """

    scalar_word = "float"
    integer_word = "int"
    helper_mark = "_"
    module: ClassVar[str]
    axis_word: ClassVar[str] = "axis"
    imports: ClassVar[dict[str, str]]
    taken: ClassVar[frozenset[str]] = frozenset()

    def is_harmless(self, name: str) -> bool:
        """Whether a name can be one of a parameter."""
        return super().is_harmless(name) and name not in _WORDS and name not in self.taken

    # the module

    def source(self) -> str:
        """The whole module."""
        results = self.write_lines()
        returned = self.returned(results)
        body = [*self.unpacked(), *self.lines, f"return {returned}"]
        helpers = "".join(f"\n\n{self.helpers[name].strip()}\n" for name in self.needed_helpers())
        lines = [*self.docstring(), *body]
        function = "\n".join("    " + line if line else "" for line in lines)
        used = helpers + "\n".join(body)
        imports = [line for line, pattern in self.imports.items() if re.search(pattern, used)]
        head = "\n".join(imports) + "\n" if imports else ""
        return f"{head}{helpers}\n\ndef {self.function.name}({self.signature()}):\n{function}\n"

    def signature(self) -> str:
        """The parameters in the order of the variables; a name that Python has no room for comes as a keyword."""
        own = [name for name in self.argument_names() if self.locals[self.key(name)] == name]
        return ", ".join([*own, "**others"] if len(own) < len(self.argument_names()) else own)

    def unpacked(self) -> list[str]:
        """The lines that bring keywords into names and arguments into arrays."""
        lines = []
        others = [name for name in self.argument_names() if self.locals[self.key(name)] != name]
        if others:
            self.used_helpers.add("_take")
            places = ", ".join(self.locals[self.key(name)] for name in others)
            left = places if len(others) > 1 else f"({places},)"
            quoted = ", ".join(f'"{name}"' for name in others)
            lines.append(f"{left} = _take(others, {quoted})")
        if self.variables:
            self.used_helpers.add("_arrays")
            names = ", ".join(self.locals[name] for name in self.variables)
            shapes = ", ".join(f'"{name}": "{axes_word(v.shape)}"' for name, v in self.variables.items())
            left = names if len(self.variables) > 1 else f"({names},)"
            lines.append(f"{left} = _arrays({{{shapes}}}, {names})")
        for name, count in self.function_arguments.items():
            local, due = self.locals[name], "" if count is None else f", {count}"
            self.used_helpers.add("_function")
            lines.append(f'{local} = _function("{name}", {local}{due})')
        return lines

    def returned(self, results: list[Code]) -> str:
        """What stands behind `return`: the value, then the derivatives, several of one group in brackets."""
        pairs = zip(results, self.program.outputs, strict=True)
        texts = [self.scalar(c.text) if _is_plain(array) else c.text for c, array in pairs]
        groups = self.function.groups
        if len(groups) < 2:
            return ", ".join(texts)
        rest = iter(texts)
        return ", ".join(_grouped([next(rest) for _ in range(size)]) for size in groups)

    def scalar(self, text: str) -> str:
        """A plain number as a scalar of the library."""
        raise NotImplementedError

    def first_argument(self) -> str:
        """The name of the first array."""
        return self.locals[next(iter(self.variables))]

    def docstring(self) -> list[str]:
        """The description."""
        lines = self.description([output.name for output in self.function.outputs])
        plain = [line.replace("\\", "\\\\").replace('"', "'") for line in lines]
        return [f'"""{plain[0]}', *plain[1:], '"""']

    def array_word(self, shape: Shape) -> str:
        """What an array of this shape is called."""
        return f"array of {shape_text(shape)}"

    # operations

    def length(self, name: str, axis: int, count_of_axes: int) -> str:  # noqa: ARG002 (other languages count)
        """The length of an axis of an array."""
        return f"{name}.shape[{axis}]"

    def index(self, index: object) -> str:
        """An index counted from 0; a named one is an argument, counted from 1."""
        return str(index - 1) if isinstance(index, int) else f"{self.symbol(str(index))} - 1"

    def sizes(self, axes: Shape) -> str:
        """Axes as the library takes them: `n` or `(n, m)`."""
        texts = [self.size(axis).text for axis in axes]
        return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"

    def _write_filled(self, node: Node) -> Code:
        (value,) = node.attrs
        word = "ones" if value == 1 else "zeros"
        return Code(f"{self.module}.{word}({self.sizes(node.shape)}{self.kept_type()})")

    def _write_identity(self, node: Node) -> Code:
        return Code(f"{self.module}.eye({self.size(node.shape[0]).text}{self.kept_type()})")

    def _write_unit(self, node: Node) -> Code:
        index = self.index(node.attrs[0])
        return Code(f"{self.module}.eye({self.size(node.shape[0]).text}{self.kept_type()})[{index}]")

    def _write_pairing(self, node: Node) -> Code:
        return self.constant(node.op, node.shape[1:])

    def _write_matmul(self, node: Node) -> Code:
        return infix(self.codes[node.args[0]], " @ ", self.codes[node.args[1]])

    def _write_spread(self, node: Node) -> Code:
        (vector,) = node.args
        code = self.codes[vector]
        if node.attrs[0] == "columns":
            return code
        return Code(f"{operand(code, ATOM)}[:, None]", ATOM, code.depth + 1)

    def _write_entry(self, node: Node) -> Code:
        code = self.codes[node.args[0]]
        index, axis = node.attrs
        place = ":, " * int(axis == 1) + self.index(index)
        return Code(f"{operand(code, ATOM)}[{place}]", ATOM, code.depth + 1)

    def _write_reshape(self, node: Node) -> Code:
        (array,) = node.args
        code = self.codes[array]
        base = self.scalar(code.text) if _is_plain(array) else operand(code, ATOM)
        if len(array.shape) == 1 and len(node.shape) == 2 and 1 in node.shape:
            return Code(base + ("[:, None]" if node.shape[1] == 1 else "[None, :]"), ATOM, code.depth + 1)
        sizes = "-1" if len(node.shape) == 1 else ", ".join(self.size(axis).text for axis in node.shape)
        return Code(f"{base}.reshape({sizes})", ATOM, code.depth + 1)

    def _write_einsum(self, node: Node) -> Code:
        codes = [self.codes[arg] for arg in node.args]
        texts = ", ".join([f'"{node.attrs[0]}"', *(code.text for code in codes)])
        return Code(f"{self.module}.einsum({texts}{self.contraction_order(node)})", ATOM, depth_above(codes))

    def contraction_order(self, node: Node) -> str:
        """An argument that asks for a good order of contraction."""
        return ", optimize=True" if len(node.args) > 2 else ""

    def stacked(self, rows: Sequence[str]) -> str:
        """A matrix of blocks from its rows."""
        return f"{self.module}.block([{', '.join(f'[{row}]' for row in rows)}])"

    def along(self, name: str, template: str, axis: str) -> str:  # noqa: ARG002 (one rule serves all)
        """The template with an axis: the one it has replaced, or one more argument."""
        number = {"rows": 1, "cols": 0}[axis]
        if f"{self.axis_word}=0" in template:
            return template.replace(f"{self.axis_word}=0", f"{self.axis_word}={number}")
        return f"{template[:-1]}, {self.axis_word}={number})"


def _grouped(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"


def _is_plain(array: Node) -> bool:
    """Whether a value is a number that no argument has a part in."""
    return not array.shape and not walk.variables_of((array,))
