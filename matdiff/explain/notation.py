"""How formulas are written: brackets, signs, sums and fractions of differentials; a format says how each is spelt."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from matdiff.explain.derivation import Derivation, is_slope, slope_names
from matdiff.explain.formula import (
    Delta,
    Entry,
    Formula,
    Index,
    Indices,
    Map,
    Partial,
    Product,
    Sum,
    Total,
    product,
    split,
)
from matdiff.tree import build
from matdiff.tree.attributes import exponent_of, is_power
from matdiff.tree.node import Attributes, Node, Shape
from matdiff.tree.walk import variables_of

TERMS, BIG, TIMES, ATOM = range(4)


class Text(NamedTuple):
    """A piece of writing and how tightly it binds."""

    text: str
    level: int
    is_fraction: bool = False


class FormulaNotation(ABC):
    """The layout of formulas; the methods of the last section are the spelling of one format.

    A sum sign carries its range where its letter is met for the first time.
    """

    plus, minus, negative = " + ", " − ", "−"

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        self.shown: dict[str, Index] = {}
        variables = variables_of((derivation.value, derivation.variable))
        self.taken = {str(node.attrs[0]) for node in variables}
        self.taken |= {str(named.variable.attrs[0]) for named in derivation.naming.named}

    def write(self, side: Formula | Node) -> str:
        """A side of a step."""
        return self.matrix(side) if isinstance(side, Node) else self.lay_out(side).text

    def lay_out(self, formula: Formula) -> Text:
        """A formula with its level."""
        match formula:
            case Entry(node=node, indices=indices):
                return self.entry(node, indices)
            case Delta(left=left, right=right):
                return Text(self.delta(left.letter, right.letter), ATOM)
            case Map():
                return self.lay_out_map(formula)
            case Product():
                return self.lay_out_product(formula)
            case Total(terms=terms):
                return self.lay_out_terms(terms)
            case Sum(indices=indices, body=body):
                signs = [self.sum_sign(index, self.is_first(index)) for index in indices]
                return Text(self.big(signs, self.within(self.lay_out(body), BIG)), BIG)
            case Partial():
                return self.lay_out_partial(formula)
        raise AssertionError(formula)

    def is_first(self, index: Index) -> bool:
        """Whether the letter has not had this range before."""
        is_new = self.shown.get(index.letter) != index
        self.shown[index.letter] = index
        return is_new

    def within(self, piece: Text, level: int) -> str:
        """The piece, in brackets unless it binds at least as tightly as `level`."""
        return piece.text if piece.level >= level else self.bracket(piece.text)

    def lay_out_terms(self, terms: Sequence[Formula]) -> Text:
        """Terms with their signs."""
        if not terms:
            return Text("0", ATOM)
        text = ""
        for position, term in enumerate(terms):
            weight, factors = split(term)
            sign = (self.negative if weight < 0 else "") if not position else self.minus if weight < 0 else self.plus
            text += sign + self.within(self.lay_out(product(factors, abs(weight))), BIG)
        return Text(text, TERMS)

    def lay_out_product(self, formula: Product) -> Text:
        """A weight and factors side by side."""
        if formula.weight < 0:
            positive = self.lay_out(product(formula.factors, -formula.weight))
            return Text(self.negative + self.within(positive, BIG), TERMS)
        if not formula.factors:
            return Text(self.number(formula.weight), ATOM)
        above = [factor for factor in formula.factors if not is_inverse(factor)]
        slopes = [factor for factor in above if is_fraction(factor)]
        below = [_inverted(factor) for factor in formula.factors if is_inverse(factor)]
        if below or (formula.weight.denominator != 1 and above):
            if formula.weight.denominator != 1:
                below.insert(0, Product(Fraction(formula.weight.denominator)))
            top = self.lay_out(product([f for f in above if f not in slopes], formula.weight.numerator))
            pieces = [self.quotient(top, self.lay_out(product(below))), *(self.lay_out(factor) for factor in slopes)]
            return Text(self.side_by_side([p._replace(text=self.within(p, TIMES)) for p in pieces]), TIMES)
        pieces = [Text(self.number(formula.weight), ATOM)] if formula.weight != 1 else []
        last = len(formula.factors) - 1
        for position, factor in enumerate(formula.factors):
            piece = self.lay_out(factor)
            is_open = piece.level == BIG and position == last
            pieces.append(piece if is_open else piece._replace(text=self.within(piece, TIMES)))
        return Text(self.side_by_side(pieces), BIG if pieces[-1].level == BIG else TIMES)

    def lay_out_map(self, formula: Map) -> Text:
        """A function of formulas: a power, or by the spelling of its row."""
        arguments = [self.lay_out(argument) for argument in formula.args]
        if formula.attrs[0] != "power":
            return Text(self.function(formula.attrs, [argument.text for argument in arguments]), ATOM)
        exponent = formula.attrs[1]
        assert isinstance(exponent, Fraction)
        if exponent < 0:
            return self.quotient(Text("1", ATOM), self.lay_out(_inverted(formula)))
        if exponent == Fraction(1, 2):
            return Text(self.root(arguments[0]), ATOM)
        return Text(self.raised(arguments[0], exponent), ATOM)

    def lay_out_partial(self, formula: Partial) -> Text:
        """`∂xₖ/∂xᵢ` for an entry, `∂/∂xᵢ (…)` for anything longer."""
        below = self.entry(formula.variable, formula.indices).text
        body = self.lay_out(formula.body)
        if isinstance(formula.body, Entry) and formula.body.node.op == "var":
            return Text(self.differential_quotient(body.text, below), ATOM, is_fraction=True)
        return Text(self.operator(below, self.within(body, ATOM)), TIMES, is_fraction=True)

    def entry(self, node: Node, indices: Indices) -> Text:
        """An entry of a variable by its lower-case letter, of anything else as brackets with indices."""
        letters = [index.letter for index in indices]
        if is_slope(node):
            of, by = slope_names(node)
            axes = len(self.shape_of(of))
            above = self.variable_entry(of, letters[:axes])
            below = self.variable_entry(by, letters[axes:])
            return Text(self.differential_quotient(above, below), ATOM, is_fraction=True)
        if node.op == "var":
            return Text(self.variable_entry(str(node.attrs[0]), letters), ATOM)
        text = self.matrix(node)
        if not letters:
            return Text(text, ATOM if node.op in ("size", "number", "call") else TIMES)
        is_closed = node.op == "block" or (node.op == "call" and node.attrs[0] not in ("inv", "matpow"))
        return Text(self.subscripted(text if is_closed else self.bracket(text), letters), ATOM)

    def variable_entry(self, name: str, letters: Sequence[str]) -> str:
        """`aᵢⱼ` of A, or `Aᵢⱼ` where there is an a as well."""
        is_small = len(letters) > 1 and name[:1].isupper() and name[:1].lower() + name[1:] not in self.taken
        return self.indexed_name(name[:1].lower() + name[1:] if is_small else name, letters)

    def shape_of(self, name: str) -> Shape:
        """The axes of a variable or named part that have an index."""
        named = [part.variable for part in self.derivation.naming.named]
        for node in (*named, self.derivation.variable):
            if node.attrs[0] == name:
                return tuple(size for size in node.shape if size != 1)
        raise AssertionError(name)

    @abstractmethod
    def matrix(self, node: Node) -> str:
        """A matrix form."""

    @abstractmethod
    def indexed_name(self, name: str, letters: Sequence[str]) -> str:
        """A name with letters below it."""

    @abstractmethod
    def subscripted(self, text: str, letters: Sequence[str]) -> str:
        """Anything with letters below it."""

    @abstractmethod
    def delta(self, left: str, right: str) -> str:
        """Kronecker's delta."""

    @abstractmethod
    def sum_sign(self, index: Index, has_range: bool) -> str:
        """The sign Σ with its letter, and its range where asked for."""

    @abstractmethod
    def big(self, signs: Sequence[str], body: str) -> str:
        """Sum signs before a body."""

    @abstractmethod
    def bracket(self, text: str) -> str:
        """Round brackets."""

    @abstractmethod
    def number(self, value: Fraction) -> str:
        """A rational number."""

    @abstractmethod
    def quotient(self, top: Text, bottom: Text) -> Text:
        """A quotient."""

    @abstractmethod
    def side_by_side(self, pieces: Sequence[Text]) -> str:
        """Factors."""

    @abstractmethod
    def function(self, attrs: Attributes, arguments: Sequence[str]) -> str:
        """A function of numbers."""

    @abstractmethod
    def root(self, argument: Text) -> str:
        """A square root."""

    @abstractmethod
    def raised(self, base: Text, exponent: Fraction) -> str:
        """A power."""

    @abstractmethod
    def differential_quotient(self, above: str, below: str) -> str:
        """`∂f/∂xᵢ`."""

    @abstractmethod
    def operator(self, below: str, body: str) -> str:
        """`∂/∂xᵢ` before a body."""


def is_inverse(formula: Formula) -> bool:
    """Whether a factor stands below a line."""
    if isinstance(formula, Entry):
        return is_power(formula.node) and exponent_of(formula.node) < 0
    return isinstance(formula, Map) and formula.attrs[0] == "power" and _is_negative(formula.attrs[1])


def is_fraction(formula: Formula) -> bool:
    """Whether a factor is written as a quotient of differentials."""
    return isinstance(formula, Partial) or (isinstance(formula, Entry) and is_slope(formula.node))


def _is_negative(exponent: object) -> bool:
    return isinstance(exponent, Fraction) and exponent < 0


def _inverted(formula: Formula) -> Formula:
    if isinstance(formula, Entry):
        return Entry(build.power(formula.node.args[0], -exponent_of(formula.node)), formula.indices)
    assert isinstance(formula, Map)
    exponent = formula.attrs[1]
    assert isinstance(exponent, Fraction)
    return formula.args[0] if exponent == -1 else Map(("power", -exponent), formula.args, formula.indices)
