"""The derivation as data: sections of steps, each an equality with the rule that gives it. Wording is elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from matdiff.derive.contract import contract
from matdiff.derive.expand import expand
from matdiff.explain.definitions import opened
from matdiff.explain.formula import Entry, Formula, Index, Indices, Map
from matdiff.explain.naming import Named, Naming, name_parts, names_in
from matdiff.explain.spelling import Speller, outer_letters, proper, speller_for
from matdiff.tree import build, walk
from matdiff.tree.dims import names_of
from matdiff.tree.node import Node, Shape, make

SLOPE_SIGN = "/"
Side = Formula | Node


@dataclass(frozen=True, slots=True)
class Step:
    """`left = right` by a rule; a side is a formula about one entry, or a whole matrix."""

    rule: str
    left: Side
    right: Side


@dataclass(frozen=True, slots=True)
class Section:
    """Steps under one heading: `kind` says which, `subject` is what it is about."""

    kind: str
    subject: tuple[Node, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Derivation:
    """Sections in the order of reading; the last step of the last one ends in `answer`.

    `entries` are the named parts and the derivatives by each name and at last by the variable, as sums over indices. A
    variable named `f/u` stands for the derivative of f by u: of the value over every path, of a named part with
    the other names held. `found` is the derivative as the steps found it, before it was put into the form of the
    answer; None where they end before a matrix form.
    """

    value: Node
    variable: Node
    answer: Node
    naming: Naming
    letters: tuple[str, ...]
    sections: tuple[Section, ...]
    entries: tuple[Step, ...]
    found: Node | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step."""
        return tuple(step for section in self.sections for step in section.steps)


@dataclass(frozen=True, slots=True)
class Setting:
    """What every section needs: the named parts, and who takes which letters."""

    value: Node
    variable: Node
    naming: Naming
    speller: Speller
    outer: tuple[str, ...]

    def indices_of(self, named: Named) -> Indices:
        """The indices at which a named part is written: those of the result for the value, else fresh ones."""
        if named is self.naming.value:
            return self.lead
        return self.speller.fresh(named.variable.shape, ())

    @property
    def lead(self) -> Indices:
        """The indices of the value."""
        return self._indices(0, self.naming.value.variable)

    def target(self, variable: Node) -> Indices:
        """The indices of what is differentiated by."""
        return self._indices(len(self.lead), variable)

    def formula(self, named: Named) -> Formula:
        """The entry of a named part in terms of what it is made of."""
        return self.speller.spell(named.node, self.indices_of(named))

    def by_name(self, formula: Formula) -> Formula:
        """The name of a part whose definition the formula is: `aᵢ` for σ(uᵢ)."""
        if not isinstance(formula, Map) or not all(isinstance(argument, Entry) for argument in formula.args):
            return formula
        nodes = tuple(argument.node for argument in formula.args if isinstance(argument, Entry))
        node = make("map", nodes, formula.attrs, tuple(index.size for index in formula.indices))
        found = (named.variable for named in self.naming.named[:-1] if named.node is node)
        return next((Entry(variable, formula.indices) for variable in found), formula)

    def _indices(self, start: int, node: Node) -> Indices:
        letters = self.outer[start : start + len(node.shape)]
        return tuple(Index(letter, size) for letter, size in zip(letters, _proper(node), strict=True))


def setting_of(
    value: Node, variable: Node, lets: Iterable[tuple[str, Node]] = (), names: Iterable[str] = ()
) -> Setting:
    """The value in index form with names for its parts, and the letters for its indices."""
    let_names, let_nodes = [name for name, _ in lets], [node for _, node in lets]
    indexed, *named = contract(tuple(expand(node) for node in (value, *let_nodes)))
    taken = {*names_in((value, *let_nodes)), *let_names, *names}
    naming = name_parts(opened(indexed), variable, tuple(zip(let_names, named, strict=True)), taken)
    taken |= {str(part.variable.attrs[0]) for part in naming.named}
    sizes = _size_names((value, *let_nodes))
    largest = max(len(variable.shape), *(len(part.variable.shape) for part in naming.named))
    outer = outer_letters(taken, sizes, len(indexed.shape) + largest)
    return Setting(value, variable, naming, speller_for(taken, sizes, len(outer), naming.opaque), outer)


def slope(of: Node, by: Node) -> Node:
    """The variable that stands for the derivative of one named thing by another."""
    return build.variable(f"{of.attrs[0]}{SLOPE_SIGN}{by.attrs[0]}", (*_proper(of), *_proper(by)))


def slope_entry(of: Node, of_indices: Indices, by: Node, by_indices: Indices) -> Entry:
    """An entry of that derivative."""
    return Entry(slope(of, by), (*of_indices, *by_indices))


def is_slope(node: Node) -> bool:
    """Whether a node stands for a derivative."""
    return node.op == "var" and SLOPE_SIGN in str(node.attrs[0])


def slope_names(node: Node) -> tuple[str, str]:
    """The names in a derivative's variable: of what, by what."""
    of, _, by = str(node.attrs[0]).partition(SLOPE_SIGN)
    return of, by


def _proper(node: Node) -> Shape:
    return proper(node.shape)


def _size_names(roots: tuple[Node, ...]) -> set[str]:
    return {name for node in walk.postorder(roots) for size in node.shape for name in names_of(size)}
