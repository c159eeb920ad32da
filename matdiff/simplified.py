"""What `simplify` gives: an expression in its shortest matrix form, or multiplied out, in every format."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from matdiff.engine import simplify
from matdiff.errors import Disagreement
from matdiff.parsing.read import Scope, Statement, interpret
from matdiff.printing import write
from matdiff.printing.context import Context
from matdiff.recognise.measure import cost
from matdiff.rewriting.search import shortest
from matdiff.rewriting.terms import expanded
from matdiff.tree.dims import size_text
from matdiff.tree.node import Node
from matdiff.verify.compare import check_equal


@dataclass(frozen=True)
class Simplified(write.Formula):
    """An expression in another form; `before` and `after` are the operations that writing it takes."""

    node: Node
    context: Context
    assumptions: tuple[str, ...]
    expression: str
    before: int
    check: str

    @property
    def after(self) -> int:
        """The operations in the form that was found."""
        return cost(self.node)

    def formula(self) -> tuple[Node, Context]:
        """The form as a tree, and what printing needs to know."""
        return self.node, self.context

    @cached_property
    def sympy(self) -> str:
        """Python source that makes the form as a SymPy expression, called `value`."""
        from matdiff.printing.program.function import Function, Output

        output = Output("value", self.node, self.node.shape)
        return write.code(Function((output,), self.expression, name="value"), "sympy").rstrip("\n")

    def as_json(self) -> dict[str, object]:
        """The form as a record that serialises to JSON."""
        return {
            "expr": self.expression,
            "text": self.text,
            "latex": self.latex,
            "shape": [size_text(size) for size in self.node.shape],
            "before": self.before,
            "after": self.after,
            "check": self.check,
            "assumptions": list(self.assumptions),
        }


def simplified(statement: Statement, scope: Scope, *, expand: bool = False) -> Simplified:
    """The shortest matrix form that is found of a statement's expression, compared with it at random points.

    With `expand` it is multiplied out instead: a sum of products without brackets. Raises a MatdiffError for what
    cannot be read or expanded, or where the comparison disagrees.
    """
    interpreted = interpret(statement, scope)
    value = interpreted.sides[0]
    answer = expanded(value) if expand else shortest(simplify(value))
    context = Context(interpreted.size_names, interpreted.variables)
    verdict = check_equal(value, answer)
    if verdict.status == "differs":
        raise Disagreement(write.text(answer, context), verdict.reason)
    is_compared = verdict.status == "agrees"
    check = f"equal at {verdict.points} random points" if is_compared else f"not compared: {verdict.reason}"
    return Simplified(answer, context, interpreted.assumptions, statement.source.text.strip(), cost(value), check)
