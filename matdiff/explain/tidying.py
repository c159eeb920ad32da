"""The name of what tidying did to a matrix form."""

from __future__ import annotations

from matdiff.tree.attributes import weights_of
from matdiff.tree.node import Node
from matdiff.tree.walk import postorder


def name_of_tidying(before: Node, after: Node) -> str:
    """The rule by which `before` became `after`, as far as their outsides tell."""
    before_terms, after_terms = _number_of_terms(before), _number_of_terms(after)
    if before_terms > after_terms:
        return "common_factor" if _largest_sum(after) > 1 else "like_terms"
    if before_terms < after_terms:
        return "multiplied_out"
    return "sign" if _negative_signs(before) > _negative_signs(after) else "tidy"


def _number_of_terms(node: Node) -> int:
    return len(node.args) if node.op == "sum" else 1


def _largest_sum(node: Node) -> int:
    return max(_number_of_terms(part) for part in postorder((node,)))


def _negative_signs(node: Node) -> int:
    return sum(weight < 0 for part in postorder((node,)) if part.op == "sum" for weight in weights_of(part))
