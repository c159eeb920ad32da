"""What is made of a statement while it becomes a tree, and the nodes of variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from matdiff.parsing.axes import Axes, Axis, Length, find, is_one
from matdiff.parsing.indices import SCALAR_SIDES, Entries, Index, Sides
from matdiff.parsing.inference import Inference
from matdiff.parsing.problem import number_of
from matdiff.parsing.syntax import Syntax
from matdiff.tree import build
from matdiff.tree.attributes import properties_of
from matdiff.tree.dims import Dim
from matdiff.tree.node import Node, Shape
from matdiff.tree.properties import LINEAR_SPACES

ROWS, COLUMNS = ".rows", ".columns"
"""What the sides of a construct are called among indices; no index of the language begins with a dot."""


class Lowering:
    """The nodes that are made so far; what a `let` names is a variable where it is `kept` under a name."""

    def __init__(self, inference: Inference, kept: Mapping[Syntax, str]) -> None:
        self.inference, self.problem, self.kept = inference, inference.problem, kept
        self.nodes: dict[Syntax, Node] = {}
        self.variables: dict[str, Node] = {}
        self.entries: dict[Syntax, Entries] = {}
        self.lengths: dict[Index, Dim] = {}
        self.integers = inference.integers()

    def axes(self, syntax: Syntax) -> Axes:
        """The rows and columns of a construct."""
        axes = self.inference.axes[syntax]
        assert axes is not None, syntax
        return axes

    def shape(self, syntax: Syntax) -> Shape:
        """The shape of the node of a construct."""
        return self.inference.shape(self.axes(syntax))

    def variable(self, name: str) -> Node:
        """The node of a variable."""
        found = self.variables.get(name)
        return found or self.variables.setdefault(name, variable_of(self.inference, name, self.integers))

    def sizes(self) -> dict[Index, Dim]:
        """The lengths that indices run along."""
        found = {index: find(axis) for index, axis in self.inference.ranges.items()}
        return {**self.lengths, **{index: size for index, size in found.items() if not isinstance(size, Axis)}}

    def sides(self, syntax: Syntax) -> Sides:
        """The rows and columns of a construct in index notation, none where there is one."""
        rows, columns = self.axes(syntax) if len(self.axes(syntax)) == len(SCALAR_SIDES) else (1, 1)
        return (self._side(syntax, ROWS, rows), self._side(syntax, COLUMNS, columns))

    def _side(self, syntax: Syntax, name: str, length: Length) -> Index | None:
        if is_one(length):
            return None
        return self.ranged((syntax, name), length)

    def ranged(self, index: Index, length: Length) -> Index:
        """An index that runs along a length."""
        size = find(length)
        assert not isinstance(size, Axis)
        self.lengths[index] = size
        return index


Maker = Callable[[Lowering, Syntax], Node]


def variable_of(inference: Inference, name: str, integers: frozenset[str] = frozenset()) -> Node:
    """The node of a variable, with the shape that was found and the properties that were declared.

    `integers` are the undeclared names that a matrix is raised to.
    """
    shape = inference.shape(inference.variable(name))
    if name in inference.problem.changes:
        moved = variable_of(inference, inference.problem.changes[name])
        words = properties_of(moved)
        return build.variable(name, shape, [LINEAR_SPACES[str(word)] for word in words if word in LINEAR_SPACES])
    declaration = inference.problem.declared.get(name)
    return build.variable(name, shape, declaration.properties if declaration else ("integer",) * (name in integers))


def index_of(syntax: Syntax) -> int | str:
    """The number or the letter that an index is."""
    return int(number_of(syntax)) if syntax.kind == "number" else syntax.text
