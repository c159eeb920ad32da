"""What `simplify` gives: the shortest matrix form of an expression, in every format."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from matdiff.engine import simplify
from matdiff.errors import Disagreement
from matdiff.parsing.read import Scope, Statement, interpret
from matdiff.printing import write
from matdiff.printing.context import Context
from matdiff.tree.node import Node
from matdiff.verify.compare import check_equal


@dataclass(frozen=True)
class Simplified:
    """An expression in its shortest matrix form."""

    node: Node
    context: Context
    assumptions: tuple[str, ...]

    @cached_property
    def text(self) -> str:
        """The form in the expression language."""
        return write.text(self.node, self.context)

    @cached_property
    def unicode(self) -> str:
        """The form as people write it by hand."""
        return write.unicode(self.node, self.context)

    @cached_property
    def latex(self) -> str:
        """The form in LaTeX mathematics, without dollars."""
        return write.latex(self.node, self.context)

    def __str__(self) -> str:
        return self.text


def simplified(statement: Statement, scope: Scope) -> Simplified:
    """The shortest matrix form that is known of a statement's expression, compared with it at random points.

    Raises a MatdiffError for what cannot be read or expanded, or where the comparison disagrees.
    """
    interpreted = interpret(statement, scope)
    value = interpreted.sides[0]
    answer = simplify(value)
    context = Context(interpreted.size_names, interpreted.variables)
    verdict = check_equal(value, answer)
    if verdict.status == "differs":
        raise Disagreement(write.text(answer, context), verdict.reason)
    return Simplified(answer, context, interpreted.assumptions)
