"""How each construction is spelled: signs, names and brackets, here those of the expression language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from matdiff.printing.context import Context
from matdiff.printing.sizes import size_by_variable
from matdiff.printing.written import Written, written
from matdiff.tree.dims import Dim
from matdiff.tree.node import Node
from matdiff.tree.precedence import ATOM, KRONECKER, POSTFIX, POWER, PRODUCT, SUM
from matdiff.tree.unknown import UNKNOWN


class Signs:
    """The spelling of parts that are written already: nothing here looks below a node.

    `base_level` is how tightly a base binds before a mark such as that of a transpose; `inverse` marks an inverse, and
    where it is empty that is a function like others.
    """

    plus, minus = " + ", " - "
    spread_plus, spread_minus = " .+ ", " .- "
    negative = "-"
    opening, closing = "(", ")"
    entry_times, entry_over = ".*", "./"
    first_cell, next_cell, next_row, last_cell = "[", ", ", "; ", "]"
    transposed, inverse, inverse_transposed = ".T", "", ""
    base_level = POSTFIX

    def __init__(self, context: Context) -> None:
        self.context = context

    # leaves

    def name(self, name: str) -> str:
        """A variable's name."""
        return name

    def size(self, size: Dim) -> Written:
        """A size as a scalar: by its name where it was declared, else by a variable that has it."""
        return size_by_variable(size, self.context)

    def constant_name(self, kind: str) -> str:
        """The name of a constant without its sizes."""
        if kind == "commutation":
            return kind if any(v.attrs[0] == "K" for v in self.context.variables) else "K"
        return "I" if kind == "identity" else kind

    def unit(self, node: Node) -> Written:
        """A unit vector: `unit(i, n)`, in a place that fixes the length `unit(i)`."""
        index = written(ATOM, str(node.attrs[1]))
        short = written(ATOM, "unit", *self.listed([index]))
        return written(ATOM, "unit", *self.listed([index, self.size(node.shape[0])]), fixed=short)

    def sized(self, kind: str, sizes: Sequence[Dim], fixed: Written | None = None) -> Written:
        """A constant with its sizes: `ones(n, m)`."""
        arguments = self.listed([self.size(size) for size in sizes])
        return written(ATOM, self.constant_name(kind), *arguments, fixed=fixed)

    def added(self, kind: str, size: Dim) -> Written:
        """A constant factor of an einsum, or for the kind `size` the size as a number."""
        return self.size(size) if kind == "size" else self.sized(kind, (size,))

    # sums and products

    def sign(self, is_minus: bool, is_first: bool, is_dotted: bool) -> str:
        """What stands before a term."""
        if is_first:
            return self.negative if is_minus else ""
        if is_dotted:
            return self.spread_minus if is_minus else self.spread_plus
        return self.minus if is_minus else self.plus

    def signed(self, is_minus: bool, expression: Written) -> Written:
        """The expression, or its negative as a sum of one term."""
        return written(SUM, self.negative, self.operand(expression, KRONECKER)) if is_minus else expression

    def times(self, items: Sequence[Written]) -> Written:
        """The product of the items; a single one is itself."""
        if len(items) == 1:
            return items[0]
        return self.join_product([self.operand(item, POWER) for item in items])

    def join_product(self, items: Sequence[Written]) -> Written:
        """The product of items that bind tightly enough."""
        parts: list[str | Written] = []
        for item in items:
            parts.extend(("*", item) if parts else (item,))
        return written(PRODUCT, *parts)

    def divide(self, top: Written, bottom: Written) -> Written:
        """`top/bottom` for a scalar bottom."""
        return written(PRODUCT, self.operand(top, PRODUCT), "/", self.operand(bottom, POWER))

    def series(self, index: Written, upper: Written, body: Written) -> Written:
        """A sum over the whole numbers from 0: `sum[r=0..k - 1](…)`."""
        return written(ATOM, "sum[", index, "=0..", upper, "](", body, ")")

    # powers and marks

    def marked(self, base: Written, mark: str) -> Written:
        """What stands behind its base: a transpose, an inverse."""
        return written(POSTFIX, self.operand(base, self.base_level), mark)

    def exponent(self, value: Fraction) -> Written:
        """A rational exponent."""
        return written(ATOM, str(value) if value.denominator == 1 else f"({value})")

    def raised(self, base: Written, exponent: Written, axes: int) -> Written:
        """A power of the entries of a base with `axes` axes; none for a scalar and for the power of a whole matrix."""
        return written(POWER, self.operand(base, POSTFIX), ".^" if axes else "^", exponent)

    def superscript(self, exponent: Written) -> Written:
        """An exponent that is no number, in brackets where it needs them."""
        return self.operand(exponent, POSTFIX)

    def root(self, base: Written) -> Written:
        """The square root of a scalar or of entries."""
        return written(ATOM, "sqrt(", base, ")")

    # brackets

    def operand(self, expression: Written, level: int) -> Written:
        """The expression, in brackets unless it binds at least as tightly as `level`."""
        return expression if expression.level >= level else self.bracket(expression)

    def bracket(self, expression: Written) -> Written:
        """The expression in brackets."""
        return written(ATOM, self.opening, expression, self.closing)

    def listed(self, arguments: Sequence[Written]) -> list[str | Written]:
        """`(a, b)`: arguments in brackets, which need none of their own."""
        parts: list[str | Written] = []
        for argument in arguments:
            parts.extend((", " if parts else self.opening, argument))
        return [*(parts or [self.opening]), self.closing]

    def block(self, rows: Sequence[Sequence[Written]]) -> Written:
        """A matrix of blocks: `[A, b; b.T, c]`."""
        parts: list[str | Written] = []
        for row in rows:
            parts.append(self.next_row if parts else self.first_cell)
            for position, cell in enumerate(row):
                parts.extend([self.next_cell, cell] if position else [cell])
        return written(ATOM, *parts, self.last_cell)

    # functions

    def template(self, template: str, arguments: Sequence[Written]) -> Written:
        """A function spelled as its row says; an argument at an end of the template is bracketed unless it is whole."""
        is_open = template.startswith("{0}") or (template.endswith("}") and template[-3] == "{")
        parts: list[str | Written] = []
        for piece in re.split(r"(\{\d\})", template):
            is_place = bool(re.fullmatch(r"\{\d\}", piece))
            argument = arguments[int(piece[1])] if is_place else None
            parts.append(piece if argument is None else self.operand(argument, ATOM if is_open else SUM))
        return written(KRONECKER if is_open else ATOM, *parts)

    def function(self, node: Node, arguments: Sequence[Written]) -> Written:
        """A function applied to its arguments."""
        name = str(node.attrs[0])
        if name == UNKNOWN:
            return self.unknown(node, arguments)
        if name == "inv" and self.inverse:
            return self.marked(arguments[0], self.inverse)
        template = self.template_of(name) if len(node.attrs) == 1 else ""
        return self.template(template, arguments) if template else self.called(name, arguments)

    def template_of(self, name: str) -> str:  # noqa: ARG002 (the formats have templates)
        """How the row of a function wants it written; empty where it is called by its name."""
        return ""

    def called(self, name: str, arguments: Sequence[Written]) -> Written:
        """A function by its name: `tr(A)`."""
        return written(ATOM, name, *self.listed(arguments))

    def unknown(self, node: Node, arguments: Sequence[Written]) -> Written:
        """An unknown function or a derivative of one: `grad_L(y)`."""
        from matdiff.functions.unknown import spelled

        return written(ATOM, spelled(node), *self.listed(arguments))

    def einsum(self, signature: str, factors: Sequence[Written]) -> Written:
        """An einsum of factors on the lettered wires of `signature`."""
        return written(ATOM, "einsum", *self.listed([written(ATOM, f'"{signature}"'), *factors]))
