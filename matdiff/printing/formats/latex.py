r"""LaTeX for the inside of a formula: `\left(A + A^{\top}\right) x`."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from matdiff.printing.context import Context
from matdiff.printing.layout import Notation
from matdiff.printing.names import distinct, latex_name, plain_latex_name
from matdiff.printing.spelling import spelling_of
from matdiff.printing.written import Written, edge, written
from matdiff.tree import walk
from matdiff.tree.dims import Dim, size_text
from matdiff.tree.node import Node
from matdiff.tree.precedence import ATOM, POSTFIX, POWER, PRODUCT, SUM
from matdiff.tree.unknown import count_arguments, name_of, places_of

_CONSTANTS = {
    "identity": "I",
    "pi": r"\pi",
    "commutation": "K",
    "elimination": "L",
    "duplication": "D",
    "ones": r"\mathbf{1}",
    "zeros": r"\mathbf{0}",
}


def write(node: Node, context: Context) -> str:
    """`node` as a formula."""
    return LatexNotation(context, (node,)).text(node)


class LatexNotation(Notation):
    """The spelling of a formula."""

    opening, closing = r"\left(", r"\right)"
    entry_times, entry_over = r" \odot ", r" \oslash "
    first_cell, next_cell, next_row, last_cell = r"\begin{bmatrix} ", " & ", r" \\ ", r" \end{bmatrix}"
    transposed, inverse, inverse_transposed = r"^{\top}", "^{-1}", r"^{-\top}"
    base_level = ATOM
    is_spread_over_matrices = False
    is_tall = True

    def __init__(self, context: Context, roots: Sequence[Node]) -> None:
        super().__init__(context)
        variables = dict.fromkeys((*context.variables, *walk.variables_of(roots)))
        self.names = distinct((str(v.attrs[0]) for v in variables), latex_name, plain_latex_name)

    def name(self, name: str) -> str:
        """A Greek letter by its command, subscripts in their place."""
        return self.names.get(name) or latex_name(name)

    def size(self, size: Dim) -> Written:
        """A size by its own name."""
        text = size_text(size)
        return written(ATOM if text.isalnum() else PRODUCT, text.replace("*", " "))

    def constant_name(self, kind: str) -> str:
        """A constant's symbol."""
        return _CONSTANTS.get(kind, rf"\operatorname{{{kind}}}")

    def unit(self, node: Node) -> Written:
        """A unit vector: a bold e with its index."""
        return written(ATOM, rf"\mathbf{{e}}_{{{node.attrs[1]}}}")

    def sized(self, kind: str, sizes: Sequence[Dim], fixed: Written | None = None) -> Written:
        """A constant with its sizes as subscripts."""
        sign = ", " if kind == "commutation" else r" \times "
        text = sign.join(size_text(size).replace("*", " ") for size in sizes)
        return written(ATOM, f"{self.constant_name(kind)}_{{{text}}}", fixed=fixed)

    def superscript(self, exponent: Written) -> Written:
        """An exponent, which braces hold together."""
        return exponent

    def series(self, index: Written, upper: Written, body: Written) -> Written:
        """A sum with its ends below and above the sign."""
        return written(SUM, r"\sum_{", index, "=0}^{", upper, "} ", body)

    def join_product(self, items: Sequence[Written]) -> Written:
        """Factors side by side: behind a gradient and where upright words meet a thin space, before a number a dot."""
        parts: list[str | Written] = [items[0]]
        for left, right in pairwise(items):
            parts.extend((_gap(left, right), right))
        return written(PRODUCT, *parts)

    def divide(self, top: Written, bottom: Written) -> Written:
        """A fraction."""
        return written(POWER, r"\frac{", top, "}{", bottom, "}")

    def exponent(self, value: Fraction) -> Written:
        """A rational exponent; the power brings the braces."""
        return written(
            ATOM, str(value) if value.denominator == 1 else rf"\frac{{{value.numerator}}}{{{value.denominator}}}"
        )

    def raised(self, base: Written, exponent: Written, axes: int) -> Written:
        """A superscript; a circle marks a power of entries."""
        mark = r"\circ " if axes else ""
        return written(POSTFIX, self.operand(base, ATOM), f"^{{{mark}", exponent, "}")

    def root(self, base: Written) -> Written:
        """A square root."""
        return written(ATOM, r"\sqrt{", base, "}")

    def template_of(self, name: str) -> str:
        """How the row of a function wants it written."""
        return spelling_of(name).latex

    def called(self, name: str, arguments: Sequence[Written]) -> Written:
        """A function by its name in upright letters."""
        upright = name.replace("_", r"\_")
        return written(ATOM, rf"\operatorname{{{upright}}}", *self.listed(arguments))

    def unknown(self, node: Node, arguments: Sequence[Written]) -> Written:
        r"""`\nabla L`, `\nabla^{2} L`, `J_{F}`, `f'`; by the first of several `\nabla_{1} L`, `\partial_{1} f`."""
        from matdiff.functions.unknown import JACOBIAN, is_of_scalars, spelled

        places, name = places_of(node), latex_name(name_of(node))
        digits = "".join(str(place + 1) for place in places) if count_arguments(node) > 1 else ""
        raised = f"^{{{len(places)}}}" if len(places) > 1 else ""
        lowered = f"_{{{digits}}}" if digits else ""
        if not places or (is_of_scalars(node) and not digits):
            head = name + "'" * len(places)
        elif is_of_scalars(node):
            head = rf"\partial{lowered} {name}"
        elif spelled(node).startswith(JACOBIAN):
            head = f"J_{{{name}{',' * bool(digits)}{digits}}}"
        else:
            head = rf"\nabla{lowered}{raised} {name}"
        return written(ATOM, head, *self.listed(arguments))

    def einsum(self, signature: str, factors: Sequence[Written]) -> Written:
        """An einsum with its wires in typewriter letters."""
        inputs, _, output = signature.partition("->")
        wires = written(ATOM, rf"\mathtt{{{inputs} \to {output}}}")
        return written(ATOM, r"\operatorname{einsum}", *self.listed([wires, *factors]))


def _gap(left: Written, right: Written) -> str:
    last, first = edge(left, -1), edge(right, 0)
    if first[:1].isdigit():
        return r" \cdot "
    is_open = "mathrm" in last or last.startswith(r"\nabla")
    return r" \, " if is_open or first.startswith(r"\mathrm") else " "
