"""The form for people at a terminal: `(A + Aᵀ)x`, `2Xᵀ(Xw − y)`, `x ⊙ y`, `‖x‖`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from matdiff.printing.context import Context
from matdiff.printing.layout import Notation
from matdiff.printing.names import distinct, unicode_name
from matdiff.printing.spelling import spelling_of
from matdiff.printing.written import Written, edge, flatten, written
from matdiff.tree import walk
from matdiff.tree.dims import Dim, size_text
from matdiff.tree.node import Node
from matdiff.tree.precedence import ATOM, POWER, PRODUCT, SUM
from matdiff.tree.unknown import count_arguments, name_of, places_of

_DIGITS = "0123456789"
_RAISED_SIGNS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻⁺ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ"
_SUPERSCRIPTS = dict(zip(_DIGITS + "-−+abcdefghijklmnoprstuvwxyz", _RAISED_SIGNS, strict=True))
_LOWERED_LETTERS = str.maketrans("rsijtlpn", "ᵣₛᵢⱼₜₗₚₙ")
_CONSTANTS = {
    "identity": "I",
    "pi": "π",
    "commutation": "K",
    "elimination": "L",
    "duplication": "D",
    "ones": "𝟏",
    "zeros": "𝟎",
}
_SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉"
_PRIMES = ("", "′", "″", "‴", "⁗")
_RAISED = str.maketrans(_SUPERSCRIPTS)
_LOWERED = str.maketrans(_DIGITS, _SUBSCRIPTS)


def write(node: Node, context: Context) -> str:
    """`node` as a person writes it on one line."""
    return UnicodeNotation(context, (node,)).text(node)


class UnicodeNotation(Notation):
    """The spelling with superscripts, Greek letters and juxtaposition."""

    plus, minus = " + ", " − "
    negative = "−"
    entry_times, entry_over = " ⊙ ", " ⊘ "
    transposed, inverse, inverse_transposed = "ᵀ", "⁻¹", "⁻ᵀ"
    base_level = ATOM
    is_spread_over_matrices = False

    def __init__(self, context: Context, roots: Sequence[Node]) -> None:
        super().__init__(context)
        variables = dict.fromkeys((*context.variables, *walk.variables_of(roots)))
        self.names = distinct((str(v.attrs[0]) for v in variables), unicode_name, str)

    def name(self, name: str) -> str:
        """A Greek letter by its symbol, trailing digits as subscripts."""
        return self.names.get(name, name)

    def size(self, size: Dim) -> Written:
        """A size by its own name."""
        text = size_text(size)
        return written(ATOM if text.isalnum() else PRODUCT, text)

    def constant_name(self, kind: str) -> str:
        """A constant's symbol."""
        return _CONSTANTS.get(kind, kind)

    def unit(self, node: Node) -> Written:
        """A unit vector: a bold e with its index."""
        index = str(node.attrs[1])
        return written(ATOM, f"𝐞_{index}" if not index.isdigit() else "𝐞" + index.translate(_LOWERED))

    def join_product(self, items: Sequence[Written]) -> Written:
        """Factors side by side."""
        parts: list[str | Written] = [items[0]]
        for left, right in pairwise(items):
            parts.extend((self.between(left, right), right))
        return written(PRODUCT, *parts)

    def between(self, left: Written, right: Written) -> str:
        """What stands between two factors: a dot where letters would run together."""
        return "·" if _runs_together(left, right) else ""

    def superscript(self, exponent: Written) -> Written:
        """An exponent, raised where every sign of it can be."""
        return exponent if _raised_text(flatten(exponent)) else super().superscript(exponent)

    def series(self, index: Written, upper: Written, body: Written) -> Written:
        """A sum with its ends below and above the sign, or behind it."""
        below, above = flatten(index).translate(_LOWERED_LETTERS), _raised_text(flatten(upper))
        sign = f"Σ{below}₌₀{above} " if above else f"Σ({flatten(index)} = 0 … {flatten(upper)}) "
        return written(SUM, sign, body)

    def raised(self, base: Written, exponent: Written, axes: int) -> Written:
        """A superscript where the exponent has one; entries of a matrix are marked with a circle."""
        text = _raised_text(flatten(exponent))
        mark = "∘" if axes > 1 else ""
        if text:
            return self.marked(base, mark + text)
        return written(POWER, self.operand(base, ATOM), ".^" if axes else "^", exponent)

    def root(self, base: Written) -> Written:
        """The square root sign before a name or a bracket."""
        is_name = len(base.parts) == 1 and base.level == ATOM
        return written(ATOM, "√", base if is_name else self.bracket(base))

    def template_of(self, name: str) -> str:
        """How the row of a function wants it written."""
        return spelling_of(name).unicode

    def unknown(self, node: Node, arguments: Sequence[Written]) -> Written:
        """`∇L(y)`, `∇²L(y)`, `J_F(x)`, `f′(x)`; `∇₁L(y, t)` and `∂₁f(x, y)` by the first of several arguments."""
        from matdiff.functions.unknown import JACOBIAN, is_of_scalars, spelled

        places = places_of(node)
        order, digits = len(places), "".join(_SUBSCRIPTS[place + 1] for place in places if count_arguments(node) > 1)
        raised = str(order).translate(_RAISED) if order > 1 else ""
        name = unicode_name(name_of(node))
        if not places or (is_of_scalars(node) and not digits):
            head = name + _PRIMES[order]
        elif is_of_scalars(node):
            head = f"∂{digits}{name}"
        elif spelled(node).startswith(JACOBIAN):
            head = f"J{digits}_{name}"
        else:
            head = f"∇{raised}{digits}{name}"
        return written(ATOM, head, *self.listed(arguments))


def _raised_text(text: str) -> str:
    """The signs as superscripts; nothing where one of them has none."""
    signs = text.replace(" ", "")
    return "".join(_SUPERSCRIPTS[sign] for sign in signs) if set(signs) <= set(_SUPERSCRIPTS) else ""


def _runs_together(left: Written, right: Written) -> bool:
    """Whether two factors side by side could be read as one name, one number or a call."""
    last, first = edge(left, -1), edge(right, 0)
    if first[0] in _DIGITS or edge(left, 0).startswith("√"):
        return True
    if first.startswith("(") and last[-1].isalpha() and last[-1] not in "ᵀ":
        return True
    if first.startswith("("):
        return last[-1] in _SUBSCRIPTS
    return _is_word(last) or _is_word(first)


def _is_word(piece: str) -> bool:
    """Whether a piece is a name of several letters, or starts like one."""
    letters = re.match(r"[^\W\d]*", piece)
    return letters is not None and len(letters[0].rstrip(_SUBSCRIPTS)) > 1
