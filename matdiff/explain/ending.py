"""The end of every derivation: names put in, the structure of the variable, and the form in which the answer stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from matdiff.derive.structure import project, structure_of
from matdiff.explain.derivation import Step
from matdiff.explain.substitute import substituted
from matdiff.explain.tidying import name_of_tidying
from matdiff.tree import build
from matdiff.tree.node import Node

HALF = Fraction(1, 2)


def final_steps(
    place: Node,
    current: Node,
    answer: Node,
    variable: Node,
    substitutions: Iterable[tuple[str, Mapping[Node, Node]]],
) -> tuple[list[Step], Node]:
    """The steps from a derivative in matrix form, which `place` stands for, to the answer, and what they found.

    What was found is the derivative before it is put into the form of the answer: its value is that of the answer if
    and only if the derivation is right.
    """
    steps: list[Step] = []
    left = place
    for rule, meanings in substitutions:
        changed = substituted(current, meanings)
        if changed is not current:
            steps.append(Step(rule, left, changed))
            current = changed
    structure = structure_of(variable)
    if structure and current is not answer:
        left = current = within_structure(current, variable, structure)
        steps.append(Step(structure, left, answer))
    elif current is not answer:
        steps.append(Step(name_of_tidying(current, answer), left, answer))
    return steps, current


def within_structure(derivative: Node, variable: Node, structure: str) -> Node:
    """The part of a derivative within the structure of the variable, written out."""
    if derivative.shape != variable.shape:
        stand_in = build.variable("(0)", derivative.shape)
        return substituted(project(stand_in, variable), {stand_in: derivative})
    turned = build.transpose(derivative)
    match structure:
        case "symmetric" | "skew":
            return build.total([(HALF, derivative), (HALF if structure == "symmetric" else -HALF, turned)])
        case "diagonal":
            return build.call("diag", (build.call("diag", (derivative,), derivative.shape[:1]),), derivative.shape)
        case "orthogonal":
            return build.total([(HALF, derivative), (-HALF, build.product(variable, turned, variable))])
    return build.call({"lower": "tril", "upper": "triu"}[structure], (derivative,), derivative.shape)
