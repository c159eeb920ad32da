"""What a matrix needs for an inverse: nothing but what is declared, or what else has to hold of the variables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from matdiff.properties.infer import holds
from matdiff.recognise.terms import scaled, unweighted
from matdiff.tree import build
from matdiff.tree.attributes import properties_of, weights_of
from matdiff.tree.node import Node, make
from matdiff.tree.properties import PHRASES, kinds_of
from matdiff.tree.walk import fold, variables_of

MOST_VARIABLES = 12


class Need(NamedTuple):
    """Something that has to hold of `node`, in words: `is invertible`, `has full column rank`, `is not zero`."""

    node: Node
    words: str


def needs_of(node: Node) -> tuple[Need, ...]:
    """What has to hold for `node` to be invertible, beside what is declared: of one variable, if that is enough."""
    rows, columns = build.rows_and_columns(node.shape)
    word = "nonzero" if not node.shape else "invertible" if rows == columns else "full_column_rank"
    if holds(node, word):
        return ()
    for assumed, variable, phrase in _with_more(node):
        if holds(assumed, word):
            return (Need(variable, PHRASES[phrase]),)
    factors = build.split_product(node)[1] if node.op == "product" else ()
    if factors and all(factor.shape == node.shape for factor in factors):
        return tuple(dict.fromkeys(need for factor in factors for need in needs_of(factor)))
    body = unweighted(node)[1]
    if body.op == "sum" and all(weight < 0 for weight in weights_of(body)):
        body = scaled(-1, body)
    return (Need(body, PHRASES[word]),)


def replaced(root: Node, values: dict[Node, Node]) -> Node:
    """`root` in matrix form with other nodes of the same shapes in the place of variables, and nothing else changed."""

    def visit(node: Node, args: tuple[Node, ...]) -> Node:
        return values[node] if node in values else make(node.op, args, node.attrs, node.shape)

    return fold((root,), visit)[root]


def _with_more(node: Node) -> Iterator[tuple[Node, Node, str]]:
    """The node with one word more said of one of its variables, each with the variable and the word."""
    for variable in variables_of((node,))[:MOST_VARIABLES]:
        for word in _words_for(variable):
            more = build.variable(str(variable.attrs[0]), variable.shape, (*properties_of(variable), word))
            yield replaced(node, {variable: more}), variable, word


def _words_for(variable: Node) -> tuple[str, ...]:
    kinds = kinds_of(variable.shape)
    if "scalar" in kinds or "column" in kinds or "row" in kinds:
        return ("nonzero", "positive")
    return ("invertible",) if "square" in kinds else ("full_column_rank", "full_row_rank")
