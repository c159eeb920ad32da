"""What only the whole program shows: which inverses are computed, and which matrices have a Cholesky factor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from matdiff.printing.program import arrays
from matdiff.tree import walk
from matdiff.tree.attributes import number_of, properties_of
from matdiff.tree.node import Node, make


def settle(roots: tuple[Node, ...]) -> tuple[Node, ...]:
    """The same arrays, where every system of linear equations is solved in the cheapest way.

    An inverse that is needed as a matrix, or for two products with matrices, is computed once and multiplied with. A
    positive definite matrix is factored once, for all its systems and for its determinant. A product with a vector that
    is computed anyway serves the scalars that it is a part of.
    """
    return _with_known_products(_factored(_inverted(roots)))


def _with_known_products(roots: tuple[Node, ...]) -> tuple[Node, ...]:
    """`x @ A @ y` as `x @ (A @ y)` where `A @ y` occurs, `A**2*B` as `A*(A*B)` where `A*B` does."""
    order = walk.postorder(roots)
    vectors = {node for node in order if node.op == "matmul" and len(node.shape) == 1}
    products = {frozenset(node.args): node for node in order if node.op == "times" and _are_two(node)}

    def visit(node: Node) -> Node:
        if node.op == "times" and _are_two(node):
            return _product_of_square(node, products)
        if node.op != "matmul" or node.shape or node.args[0].op != "matmul":
            return node
        (left, matrix), right = node.args[0].args, node.args[1]
        product = make("matmul", (matrix, right), (), matrix.shape[:1])
        return make("matmul", (left, product), (), ()) if product in vectors else node

    return rewritten(roots, visit)


def _are_two(node: Node) -> bool:
    """Whether an entry-wise product is one of two whole arrays."""
    above, below = arrays.above_and_below(node)
    return len(above) == 2 and not below and above[0].shape == above[1].shape


def _product_of_square(node: Node, products: Mapping[frozenset[Node], Node]) -> Node:
    for square, other in (node.args, node.args[::-1]):
        if square.op == "power" and square.attrs == (Fraction(2),):
            (base,) = square.args
            product = products.get(frozenset((base, other)))
            if product is not None:
                return arrays.times([base, product])
    return node


def _inverted(roots: tuple[Node, ...]) -> tuple[Node, ...]:
    order = walk.postorder(roots)
    wanted = {node.args[0] for node in order if node.op == "inv"}
    solves: dict[Node, int] = {}
    for node in order:
        if node.op == "solve" and len(node.shape) == 2:
            matrix = _upright(node.args[0])
            solves[matrix] = solves.get(matrix, 0) + 1
    wanted |= {matrix for matrix, count in solves.items() if count > 1}

    def visit(node: Node) -> Node:
        if node.op != "solve" or _upright(node.args[0]) not in wanted:
            return node
        matrix, right = node.args
        if matrix.op == "transpose" and matrix not in wanted:
            return arrays.matmul(arrays.transpose(arrays.inverse(matrix.args[0])), right)
        return arrays.matmul(arrays.inverse(matrix), right)

    return rewritten(roots, visit) if wanted else roots


def _upright(matrix: Node) -> Node:
    """The matrix that a transpose is of: one inverse serves both."""
    return matrix.args[0] if matrix.op == "transpose" else matrix


def _factored(roots: tuple[Node, ...]) -> tuple[Node, ...]:
    definite = walk.fold(roots, _definiteness)

    def visit(node: Node) -> Node:
        if node.op == "solve" and definite.get(node.args[0]) == "spd":
            return make("solve_factored", (_factor(node.args[0]), node.args[1]), (), node.shape)
        if node.op == "call" and node.attrs == ("logdet",) and definite.get(node.args[0]) == "spd":
            pivots = arrays.call("diag", (_factor(node.args[0]),), node.args[0].shape[:1])
            logs = make("map", (pivots,), ("log",), pivots.shape)
            return arrays.add([(Fraction(2), arrays.call("sum", (logs,), ()))])
        return node

    return rewritten(roots, visit)


def _factor(matrix: Node) -> Node:
    return arrays.call("chol", (matrix,), matrix.shape)


def rewritten(roots: tuple[Node, ...], visit: Callable[[Node], Node]) -> tuple[Node, ...]:
    """The roots with every node replaced by what `visit` makes of it, children first."""
    done: dict[Node, Node] = {}
    for node in walk.postorder(roots):
        args = tuple(done[arg] for arg in node.args)
        if args == node.args:
            done[node] = visit(node)
        elif node.op == "transpose":
            done[node] = arrays.transpose(args[0])
        else:
            done[node] = visit(make(node.op, args, node.attrs, node.shape))
    return tuple(done[root] for root in roots)


def _definiteness(node: Node, args: tuple[str, ...]) -> str:
    """`spd`, `psd`, `positive` (a scalar), or nothing."""
    if node.op == "var":
        telling = ("spd", "psd") if len(node.shape) == 2 else ("positive",)  # of a matrix it tells of the entries alone
        return next((word for word in telling if word in properties_of(node)), "")
    if node.op == "number":
        return "positive" if number_of(node) > 0 else ""
    if node.op == "identity":
        return "spd"
    if node.op == "diagonal":
        return "spd" if args[0] == "positive" else ""
    if node.op in ("size", "pi"):
        return "positive"
    if node.op == "inv":
        return "spd" if args[0] == "spd" else ""
    if node.op == "matmul" and len(node.shape) == 2:
        left, right = node.args
        return "psd" if arrays.transpose(left) is right else ""
    return _combined(node, args)


def _combined(node: Node, args: tuple[str, ...]) -> str:
    """Of positive combinations."""
    if node.op == "add" and all(weight > 0 for weight, _ in arrays.weighted_terms(node)) and all(args):
        return min(args, key=("spd", "psd", "positive").index) if len(node.shape) == 2 else args[0]
    if node.op == "times" and all(args):
        matrices = [word for arg, word in zip(node.args, args, strict=True) if arg.shape]
        return "positive" if not matrices else matrices[0] if len(matrices) == 1 else ""
    return ""
