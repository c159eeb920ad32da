"""Formulas for people at a terminal: `Σₖ aᵢₖ xₖ`, `∂f/∂xᵢ`, `∇ₓf`."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from matdiff.explain.changes import changed_name, is_differential
from matdiff.explain.derivation import SLOPE_SIGN, Derivation
from matdiff.explain.formula import Index
from matdiff.explain.notation import ATOM, TIMES, FormulaNotation, Text
from matdiff.printing.context import Context
from matdiff.printing.formats.unicode import UnicodeNotation
from matdiff.printing.names import unicode_name
from matdiff.printing.written import Written, flatten, written
from matdiff.tree.dims import size_text
from matdiff.tree.node import Attributes, Node, make
from matdiff.tree.precedence import ATOM as PRINTED_ATOM
from matdiff.tree.walk import variables_of

SUBSCRIPTS = dict(zip("0123456789aehijklmnoprstuvx=", "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₌", strict=True))
SUPERSCRIPTS = dict(zip("0123456789abcdefghijklmnoprstuvwxyz+-", "⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ⁺⁻", strict=True))


class UnicodeFormulas(FormulaNotation):
    """The spelling with subscripts and superscripts of Unicode."""

    def __init__(self, derivation: Derivation) -> None:
        super().__init__(derivation)
        variables = variables_of((derivation.value, derivation.variable))
        named = tuple(part.variable for part in derivation.naming.named)
        self.notation = _Matrices(Context(frozenset(), (*variables, *named)), (derivation.value,), self)

    def matrix(self, node: Node) -> str:
        """A matrix form, derivatives without a value by their names."""
        return self.notation.text(node)

    def indexed_name(self, name: str, letters: Sequence[str]) -> str:
        """`aᵢⱼ`, of a numbered name `w⁽¹⁾ᵢⱼ`."""
        text = unicode_name(name)
        stem = text.rstrip("₀₁₂₃₄₅₆₇₈₉")
        number = "".join(SUPERSCRIPTS[digit] for digit in name[len(name.rstrip("0123456789")) :])
        return self.subscripted(f"{stem}⁽{number}⁾" if number and letters and stem != text else text, letters)

    def subscripted(self, text: str, letters: Sequence[str]) -> str:
        """Letters as subscripts."""
        comma = "," if any(len(letter) > 1 for letter in letters) and len(letters) > 1 else ""
        return text + comma.join("".join(SUBSCRIPTS[sign] for sign in letter) for letter in letters)

    def delta(self, left: str, right: str) -> str:
        """`δᵢⱼ`."""
        return self.subscripted("δ", (left, right))

    def sum_sign(self, index: Index, has_range: bool) -> str:
        """`Σₖ`, with its range `Σₖ₌₁ⁿ`."""
        below = "".join(SUBSCRIPTS[sign] for sign in index.letter)
        if not has_range:
            return f"Σ{below}"
        text = size_text(index.size)
        if set(text) <= set(SUPERSCRIPTS):
            return f"Σ{below}₌₁" + "".join(SUPERSCRIPTS[sign] for sign in text)
        return f"Σ[{index.letter}=1…{text}]"

    def big(self, signs: Sequence[str], body: str) -> str:
        """Sum signs, then the body."""
        return " ".join((*signs, body))

    def bracket(self, text: str) -> str:
        """Round brackets."""
        return f"({text})"

    def number(self, value: Fraction) -> str:
        """A rational number."""
        return str(value)

    def quotient(self, top: Text, bottom: Text) -> Text:
        """A quotient on one line."""
        return Text(f"{self.within(top, TIMES)}/{self.within(bottom, ATOM)}", TIMES)

    def side_by_side(self, pieces: Sequence[Text]) -> str:
        """Factors parted by spaces, by dots beside quotients of differentials."""
        text = pieces[0].text
        for left, right in pairwise(pieces):
            text += (" · " if left.is_fraction or right.is_fraction else " ") + right.text
        return text

    def function(self, attrs: Attributes, arguments: Sequence[str]) -> str:
        """A function by the spelling of its row."""
        items = [written(PRINTED_ATOM, argument) for argument in arguments]
        return flatten(self.notation.function(make("map", (), attrs), items))

    def root(self, argument: Text) -> str:
        """A square root."""
        return "√" + self.within(argument, ATOM)

    def raised(self, base: Text, exponent: Fraction) -> str:
        """A power as a superscript."""
        inner = self.within(base, ATOM)
        if exponent.denominator != 1:
            return f"{inner}^({exponent})"
        inner = inner if not inner[-1:].isdigit() else self.bracket(inner)
        return inner + "".join(SUPERSCRIPTS[sign] for sign in str(exponent))

    def differential_quotient(self, above: str, below: str) -> str:
        """`∂f/∂xᵢ`."""
        return f"∂{above}/∂{below}"

    def operator(self, below: str, body: str) -> str:
        """`∂/∂xᵢ` before a body."""
        return f"∂/∂{below} {body}"

    def derivative_name(self, of: str, by: str) -> str:
        """`∇ₓf` of a scalar, `Jₓ(u)` of a vector."""
        name = unicode_name(by)
        below = SUBSCRIPTS.get(name, f"_{name}")
        is_scalar = not self.shape_of(of)
        gap = " " if below.startswith("_") else ""
        if is_scalar and not self.shape_of(by):
            return f"∂{unicode_name(of)}/∂{name}"
        return f"∇{below}{gap}{unicode_name(of)}" if is_scalar else f"J{below}({unicode_name(of)})"


class _Matrices(UnicodeNotation):
    """Matrix form in which a derivative that has no value yet has a name."""

    def __init__(self, context: Context, roots: Sequence[Node], formulas: UnicodeFormulas) -> None:
        super().__init__(context, roots)
        self.formulas = formulas
        self.marks = {"∇", "∂", "J", "d("}
        self.scalars = {f"d{self.name(str(v.attrs[0]))}" for v in context.variables if not v.shape}

    def name(self, name: str) -> str:
        """A variable's name, that of a derivative, or `dX`."""
        changed = changed_name(name)
        if changed:
            self.marks.add(f"d{self.name(changed)}")
            return f"d{self.name(changed)}"
        of, sign, by = name.partition(SLOPE_SIGN)
        return self.formulas.derivative_name(of, by) if sign else super().name(name)

    def function(self, node: Node, arguments: Sequence[Written]) -> Written:
        """A function, or a differential that is not worked out."""
        if is_differential(node):
            return written(PRINTED_ATOM, "d", *self.listed(arguments))
        return super().function(node, arguments)

    def join_product(self, items: Sequence[Written]) -> Written:
        """Factors side by side, a number that changes last."""
        changes = [item for item in items if flatten(item) in self.scalars]
        return super().join_product([*(item for item in items if flatten(item) not in self.scalars), *changes])

    def between(self, left: Written, right: Written) -> str:
        """A space beside a derivative or a change."""
        is_marked = any(mark in flatten(item) for item in (left, right) for mark in self.marks)
        return " " if is_marked else super().between(left, right)
