"""Syntax with its shapes → the tree in matrix form.

Numbers become weights: `1/2*x.T*A*x` is the sum of one term with weight 1/2, and a product or entry-wise product
holds no number and no sum of one term. Scalars stand in front of a chain of matrices; a chain that closes to a
scalar is a scalar factor from there on (`x.T*A*y*z` is `(x.T*A*y)*z`).
"""

from __future__ import annotations

from collections.abc import Mapping

from matdiff.parsing.inference import Inference
from matdiff.parsing.lower_calls import call
from matdiff.parsing.lower_entries import index, lower_entry
from matdiff.parsing.lower_operators import OPERATORS
from matdiff.parsing.lowering import Lowering, Maker
from matdiff.parsing.problem import CONSTANTS, number_of
from matdiff.parsing.syntax import Syntax
from matdiff.parsing.terms import (
    ONE,
    constant,
)
from matdiff.tree import build
from matdiff.tree.dims import symbol
from matdiff.tree.node import Node


def lower(inference: Inference, kept: Mapping[Syntax, str]) -> dict[Syntax, Node]:
    """The node of every construct, each made once; what a `let` names is a variable where it is `kept` under a name."""
    lowering, problem = Lowering(inference, kept), inference.problem
    for syntax in problem.order:
        if syntax in problem.bindings or any(arg in lowering.entries for arg in problem.below(syntax)):
            lower_entry(lowering, syntax)
        elif syntax.kind != "string":
            lowering.nodes[syntax] = MAKERS[syntax.kind](lowering, syntax)
    for side, axes in inference.expected.items():
        lowering.nodes[side] = build.zeros(inference.shape(axes))
    return lowering.nodes


def _name(lowering: Lowering, syntax: Syntax) -> Node:
    if syntax in lowering.problem.meaning:
        meaning = lowering.problem.meaning[syntax]
        named = lowering.nodes[meaning]
        return build.variable(lowering.kept[meaning], named.shape) if meaning in lowering.kept else named
    if lowering.problem.is_variable(syntax):
        return lowering.variable(syntax.text)
    if syntax in lowering.problem.constants:
        return build.pi() if lowering.problem.constants[syntax] == "pi" else build.apply("exp", ONE)
    if syntax.text in CONSTANTS:
        return constant(CONSTANTS[syntax.text], lowering.shape(syntax))
    return build.size_number(symbol(syntax.text))


MAKERS: dict[str, Maker] = {
    **OPERATORS,
    "name": _name,
    "number": lambda _, syntax: build.number(number_of(syntax)),
    "call": call,
    "index": index,
    "indexed": lambda lowering, syntax: lowering.nodes[syntax.args[0]],
}
