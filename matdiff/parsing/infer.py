"""Shapes of every construct, by unification of rows and columns over the whole statement.

Everything is rows x columns here: a scalar is 1 x 1, a vector n x 1. A construct whose operands do not fit is a
`Conflict`; the pass goes on behind it, so that one pass finds every conflict that does not follow from another.
"""

from __future__ import annotations

from matdiff.errors import WrongArguments
from matdiff.parsing.axes import SCALAR, Axes, Axis
from matdiff.parsing.infer_calls import call
from matdiff.parsing.infer_entries import ENTRIES
from matdiff.parsing.infer_operators import OPERATORS
from matdiff.parsing.infer_sides import hold_sides
from matdiff.parsing.inference import Inference
from matdiff.parsing.problem import CONSTANTS, Problem
from matdiff.parsing.syntax import Syntax

RULES = {**OPERATORS, **ENTRIES, "call": call}


def infer(problem: Problem, scalars: frozenset[str] = frozenset()) -> Inference:
    """The shapes of a problem in which the names in `scalars` are read against the custom.

    That is as scalars, or as vectors for Greek letters.
    """
    inference = Inference(problem, scalars)
    for syntax in problem.order:
        inference.axes[syntax] = _axes_of(inference, syntax)
    if not inference.conflicts:
        hold_sides(inference)
    return inference


def _axes_of(inference: Inference, syntax: Syntax) -> Axes | None:
    if syntax.kind == "name":
        return _name(inference, syntax)
    if syntax.kind == "number":
        return SCALAR
    if syntax.kind == "string":
        raise WrongArguments("a text in quotes stands only as first argument of `einsum`", syntax.place())
    below = inference.problem.below(syntax)
    args = tuple(axes for arg in below if (axes := inference.axes.get(arg)) is not None)
    if len(args) < len(below):
        return None
    return RULES[syntax.kind](inference, syntax, args)


def _name(inference: Inference, syntax: Syntax) -> Axes | None:
    if syntax in inference.problem.meaning:
        return inference.axes[inference.problem.meaning[syntax]]
    if inference.problem.is_variable(syntax):
        return inference.variable(syntax.text)
    if syntax.text in CONSTANTS and syntax not in inference.problem.constants:
        inference.constants.append(syntax)
        rows = Axis()
        return (rows, rows if CONSTANTS[syntax.text] == "identity" else Axis())
    return SCALAR
