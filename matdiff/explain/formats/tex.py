r"""Formulas in LaTeX: `\sum_{k} a_{ik} x_{k}`, `\frac{\partial f}{\partial x_{i}}`."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from matdiff.explain.changes import changed_name, is_differential
from matdiff.explain.derivation import SLOPE_SIGN, Derivation
from matdiff.explain.formula import Index
from matdiff.explain.notation import ATOM, FormulaNotation, Text
from matdiff.printing.context import Context
from matdiff.printing.formats.latex import LatexNotation
from matdiff.printing.names import latex_name
from matdiff.printing.written import Written, flatten, written
from matdiff.tree.dims import Dim, size_text
from matdiff.tree.node import Attributes, Node, make
from matdiff.tree.precedence import ATOM as PRINTED_ATOM
from matdiff.tree.walk import variables_of


class TexFormulas(FormulaNotation):
    """The spelling of LaTeX, for the inside of a formula."""

    plus, minus, negative = " + ", " - ", "-"

    def __init__(self, derivation: Derivation) -> None:
        super().__init__(derivation)
        variables = variables_of((derivation.value, derivation.variable))
        named = tuple(part.variable for part in derivation.naming.named)
        self.notation = _Matrices(Context(frozenset(), (*variables, *named)), (derivation.value,), self)

    def matrix(self, node: Node) -> str:
        """A matrix form, derivatives without a value by their names."""
        return self.notation.text(node)

    def indexed_name(self, name: str, letters: Sequence[str]) -> str:
        r"""`a_{ij}`, of a numbered name `w^{(1)}_{ij}`."""
        stem = name.rstrip("0123456789")
        number = name[len(stem) :]
        if not letters or not stem:
            return latex_name(name)
        base = latex_name(stem) + (f"^{{({number})}}" if number else "")
        return self.subscripted(f"{{{base}}}" if "_" in base else base, letters)

    def subscripted(self, text: str, letters: Sequence[str]) -> str:
        """Letters as subscripts."""
        return f"{text}_{{{' '.join(map(tex_letter, letters))}}}"

    def delta(self, left: str, right: str) -> str:
        r"""`\delta_{ij}`."""
        return self.subscripted(r"\delta", (left, right))

    def sum_sign(self, index: Index, has_range: bool) -> str:
        r"""`\sum_{k}`, with its range `\sum_{k=1}^{n}`."""
        letter = tex_letter(index.letter)
        return rf"\sum_{{{letter}=1}}^{{{tex_size(index.size)}}}" if has_range else rf"\sum_{{{letter}}}"

    def big(self, signs: Sequence[str], body: str) -> str:
        """Sum signs, then the body."""
        return " ".join((*signs, body))

    def bracket(self, text: str) -> str:
        """Round brackets as tall as what they hold."""
        return rf"\left({text}\right)"

    def number(self, value: Fraction) -> str:
        """A rational number."""
        if value.denominator == 1:
            return str(value)
        return rf"\frac{{{value.numerator}}}{{{value.denominator}}}"

    def quotient(self, top: Text, bottom: Text) -> Text:
        """A fraction."""
        return Text(rf"\frac{{{top.text}}}{{{bottom.text}}}", ATOM)

    def side_by_side(self, pieces: Sequence[Text]) -> str:
        """Factors."""
        return r" \, ".join(piece.text for piece in pieces)

    def function(self, attrs: Attributes, arguments: Sequence[str]) -> str:
        """A function by the spelling of its row."""
        items = [written(PRINTED_ATOM, argument) for argument in arguments]
        return flatten(self.notation.function(make("map", (), attrs), items))

    def root(self, argument: Text) -> str:
        """A square root."""
        return rf"\sqrt{{{argument.text}}}"

    def raised(self, base: Text, exponent: Fraction) -> str:
        """A power."""
        return f"{{{self.within(base, ATOM)}}}^{{{exponent}}}"

    def differential_quotient(self, above: str, below: str) -> str:
        r"""`\frac{\partial f}{\partial x_{i}}`."""
        return rf"\frac{{\partial {above}}}{{\partial {below}}}"

    def operator(self, below: str, body: str) -> str:
        r"""`\frac{\partial}{\partial x_{i}}` before a body."""
        return rf"\frac{{\partial}}{{\partial {below}}} {body}"

    def derivative_name(self, of: str, by: str) -> str:
        r"""`\nabla_{x} f` of a scalar, `J_{x}(u)` of a vector."""
        if self.shape_of(of):
            return rf"J_{{{latex_name(by)}}}({latex_name(of)})"
        if not self.shape_of(by):
            return rf"\frac{{\partial {latex_name(of)}}}{{\partial {latex_name(by)}}}"
        return rf"\nabla_{{{latex_name(by)}}} {latex_name(of)}"


class _Matrices(LatexNotation):
    """Matrix form in which a derivative that has no value yet has a name."""

    def __init__(self, context: Context, roots: Sequence[Node], formulas: TexFormulas) -> None:
        super().__init__(context, roots)
        self.formulas = formulas
        self.scalars = {rf"\mathrm{{d}} {self.name(str(v.attrs[0]))}" for v in context.variables if not v.shape}

    def name(self, name: str) -> str:
        """A variable's name, that of a derivative, or `dX`."""
        changed = changed_name(name)
        if changed:
            return rf"\mathrm{{d}} {self.name(changed)}"
        of, sign, by = name.partition(SLOPE_SIGN)
        return self.formulas.derivative_name(of, by) if sign else super().name(name)

    def function(self, node: Node, arguments: Sequence[Written]) -> Written:
        """A function, or a differential that is not worked out."""
        if is_differential(node):
            return written(PRINTED_ATOM, r"\mathrm{d}", *self.listed(arguments))
        return super().function(node, arguments)

    def join_product(self, items: Sequence[Written]) -> Written:
        """Factors side by side; a changed number comes last."""
        changes = [item for item in items if flatten(item) in self.scalars]
        return super().join_product([*(item for item in items if flatten(item) not in self.scalars), *changes])


def tex_letter(letter: str) -> str:
    """An index: `k`, `k_{1}`."""
    return letter[0] + (f"_{{{letter[1:]}}}" if letter[1:] else "")


def tex_size(size: Dim) -> str:
    """A size in a formula."""
    return size_text(size).replace("*", " ")


def space_name(shape: tuple[Dim, ...]) -> str:
    r"""`\mathbb{R}^{n \times m}`."""
    sizes = r" \times ".join(map(tex_size, shape))
    return rf"\mathbb{{R}}^{{{sizes}}}" if shape else r"\mathbb{R}"
