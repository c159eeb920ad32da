"""The transpose of an expression, written as a person would."""

from __future__ import annotations

from math import prod

from matdiff.properties.infer import holds
from matdiff.recognise.commuting import are_functions_of_one
from matdiff.recognise.masks import is_triangle, turned_triangle
from matdiff.recognise.measure import cost, factor_order
from matdiff.recognise.terms import ordered_sum, scaled, unweighted
from matdiff.tree import build
from matdiff.tree.attributes import commuted_sizes, weights_of
from matdiff.tree.node import Attributes, Node, Shape, make
from matdiff.tree.properties import COMMUTE_WITH_TRANSPOSE

TRANSPOSES_WORTH_A_BRACKET = 3
LONGEST_TURNED_APART = 3
FILLED = (("ones",), ("zeros",))


def transposed(node: Node, depth: int = 6) -> Node:
    """The transpose, moved inward (at most `depth` brackets) where the writing is not longer for it."""
    if not node.shape or (len(node.shape) == 2 and holds(node, "symmetric")):
        return node
    weight, body = unweighted(node)
    if weight != 1:
        return scaled(weight, transposed(body, depth))
    if len(node.shape) == 2 and holds(node, "skew"):
        return scaled(-1, node)
    if node.op == "constant" and node.attrs[0] == "commutation":
        return build.commutation(*commuted_sizes(node)[::-1])
    if node.op == "constant" and node.attrs in FILLED and len(node.shape) == 2:
        return make("constant", (), node.attrs, build.shape_of(*node.shape[::-1]))
    if node.op == "product":
        return _transposed_product(node, depth)
    if len(node.shape) < 2 or not depth:
        return build.transpose(node)
    return _transposed_bracket(node, depth)


def outward(node: Node) -> Node:
    """The same matrix with one transpose around the whole, where that saves two: `(A*X + X*A).T`."""
    if len(node.shape) != 2 or 1 in node.shape or cost(node) <= TRANSPOSES_WORTH_A_BRACKET:
        return node
    weight, body = unweighted(node)
    turned = transposed(body)
    return scaled(weight, build.transpose(turned)) if cost(turned) + TRANSPOSES_WORTH_A_BRACKET <= cost(body) else node


def along_rows(attrs: Attributes, matrix: Node, shape: Shape) -> Node:
    """A function of the rows of a matrix, by the columns of its transpose where that is shorter."""
    turned = transposed(matrix)
    if cost(turned) >= cost(matrix):
        return make("call", (matrix,), attrs, shape)
    by_columns = build.call(str(attrs[0]), (turned,), shape[::-1], ("cols",))
    return build.transpose(by_columns) if len(shape) == 2 else by_columns


def _transposed_bracket(node: Node, depth: int) -> Node:
    match node.op:
        case "sum":
            turned = [unweighted(transposed(part, depth - 1)) for part in node.args]
            weighted = [(w * own, body) for w, (own, body) in zip(weights_of(node), turned, strict=True)]
            inner = ordered_sum(weighted, weighted[0][1].shape)
            return inner if cost(inner) <= cost(node) else build.transpose(node)
        case "hadamard":
            inner = build.hadamard(*sorted((transposed(part, depth - 1) for part in node.args), key=factor_order))
            return inner if cost(inner) <= cost(node) else build.transpose(node)
        case "map" if len(node.args) == 1:
            turned_argument = transposed(node.args[0], depth - 1)
            return _around(node, turned_argument)
        case "call" if is_triangle(node):
            return turned_triangle(node, transposed(node.args[0], depth - 1)) or build.transpose(node)
        case "call" if node.attrs == ("kron",):
            turned_shape = build.shape_of(*node.shape[::-1])
            inner = build.call("kron", tuple(transposed(arg, depth - 1) for arg in node.args), turned_shape)
            return inner if cost(inner) <= cost(node) else build.transpose(node)
        case "call" if node.attrs[0] in COMMUTE_WITH_TRANSPOSE:
            return _around(node, transposed(node.args[0], depth - 1))
    return build.transpose(node)


def _around(node: Node, turned: Node) -> Node:
    """The transpose of f(A) for an f that commutes with it, written inside or outside; f(A) itself if A' is A."""
    argument = node.args[0]
    if turned is argument:
        return node
    if node.attrs[0] == "matpow" or cost(turned) < cost(argument):
        return make(node.op, (turned, *node.args[1:]), node.attrs, build.shape_of(*node.shape[::-1]))
    return build.transpose(node)


def _transposed_product(node: Node, depth: int) -> Node:
    scalars, chain = build.split_product(node)
    commute = len(chain) > 1 and are_functions_of_one(chain)
    order = chain if commute else tuple(reversed(chain))
    turned = [transposed(factor, depth - 1) if depth else build.transpose(factor) for factor in order]
    if len(turned) > LONGEST_TURNED_APART and all(factor.op == "transpose" for factor in turned):
        return build.transpose(node)
    weight = prod(unweighted(factor)[0] for factor in turned)
    return scaled(weight, build.product(*scalars, *(unweighted(factor)[1] for factor in turned)))
