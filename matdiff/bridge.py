"""Expressions to and from SymPy, with what has to be declared on the way back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from matdiff.engine import simplify
from matdiff.errors import Disagreement, MatdiffError, NotYet, UnreadableText
from matdiff.parsing.read import Scope, Statement, interpret, read_declarations, read_statement
from matdiff.printing import write
from matdiff.printing.context import Context
from matdiff.rewriting.search import shortest
from matdiff.tree.attributes import properties_of
from matdiff.tree.dims import names_of, size_text
from matdiff.tree.node import Node
from matdiff.tree.unknown import is_unknown, name_of
from matdiff.tree.walk import postorder, variables_of
from matdiff.verify.compare import check_equal

if TYPE_CHECKING:
    from matdiff.interop.to_sympy import Expression


@dataclass(frozen=True)
class FromSymPy(write.Formula):
    """A SymPy expression in matdiff's words: its text, and the declarations that it needs by name."""

    node: Node

    @cached_property
    def context(self) -> Context:
        """What printing needs to know."""
        variables = variables_of((self.node,))
        axes = (axis for node in postorder((self.node,)) for axis in node.shape)
        return Context(frozenset(name for axis in axes for name in names_of(axis)), variables)

    def formula(self) -> tuple[Node, Context]:
        """The expression as a tree, and what printing needs to know."""
        return self.node, self.context

    @cached_property
    def text(self) -> str:
        """The expression in the language; a constant alone with its sizes."""
        text = write.text(self.node, self.context)
        if self.node.op != "constant" or not self.node.shape or self.node.attrs[0] == "unit":
            return text
        axes = self.node.shape[:1] if self.node.attrs[0] == "identity" else self.node.shape
        return f"{text}({', '.join(map(size_text, axes))})"

    @cached_property
    def where(self) -> dict[str, str]:
        """The shape and the properties of every variable, as `where` of the other functions takes them."""
        told = {str(v.attrs[0]): " ".join((_shape_of(v), *properties_of(v))) for v in self.context.variables}
        functions = {name_of(node) for node in postorder((self.node,)) if is_unknown(node)}
        return told | dict.fromkeys(sorted(functions), "elementwise")


def _shape_of(variable: Node) -> str:
    return " x ".join(map(size_text, variable.shape)) or "scalar"


def from_sympy(expression: object) -> FromSymPy:
    """A SymPy scalar or matrix expression as an expression of matdiff, whose text reads back as the same.

    Sums over entries become products of matrices where they are such.

    Raises NotYet with the part that has no counterpart, or where the names of its symbols mean something else here.
    """
    from matdiff.interop.from_sympy import from_sympy as read

    node = read(expression)
    found = FromSymPy(shortest(simplify(node)) if any(part.op == "einsum" for part in postorder((node,))) else node)
    try:
        scope = Scope(read_declarations(found.where))
        back = interpret(read_statement(found.text, 1, scope), scope).sides[0]
    except MatdiffError as error:
        raise NotYet(f"`{found.text}` cannot be read with these names: {error.message}") from None
    if back is not found.node and check_equal(found.node, back).status == "differs":
        raise Disagreement(found.text, "it reads back as something else")
    return found


def to_sympy(statement: Statement, scope: Scope) -> Expression:
    """The SymPy expression of a statement's one side. Raises NoSpelling with the reason where SymPy has none."""
    from matdiff.interop.to_sympy import to_sympy as translated

    if len(statement.sides) != 1:
        place = statement.source.place(0, len(statement.source.text) or 1)
        raise UnreadableText("there is one expression to translate", place)
    return translated(interpret(statement, scope).sides[0])
