"""Which parts of an expression in matrix form get a name, so that every differential is a short one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from matdiff.explain.changes import moving_nodes
from matdiff.explain.naming import FreeNames, Named, Naming, is_row, name_of_value
from matdiff.recognise.measure import cost
from matdiff.recognise.transposes import transposed
from matdiff.tree import build
from matdiff.tree.attributes import terms_of
from matdiff.tree.node import Node, make
from matdiff.tree.walk import count_users, postorder

SHORT = 2
DEEPEST = 4
LINEAR_CALLS = frozenset({"tr", "sum", "mean", "diag", "vec", "unvec", "tril", "triu", "cumsum", "dot", "kron"})


def parts_of(value: Node, variable: Node, lets: Iterable[tuple[str, Node]], taken: Iterable[str]) -> Naming:
    """Names for the parts of `value` (matrix form) that move with the variable.

    They are the user's, and our own for what stands twice, what a function is taken of, and what would be deep.
    """
    named: list[Named] = []
    lets = tuple(lets)
    names = FreeNames({*taken, *(name for name, _ in lets)})
    for name, node in lets:
        meaning = _with_names(node, named)
        if meaning.op != "var":
            is_moving = variable in postorder((node,))
            named.append(Named(build.variable(name, node.shape), meaning, is_moving))
    whole = _with_names(value, named)
    roots = (*(part.node for part in named), whole)
    chosen = _apart(roots, {variable, *(part.variable for part in named if part.is_moving)})
    return _spelled(roots, chosen, named, names, whole)


def _spelled(roots: tuple[Node, ...], chosen: set[Node], lets: list[Named], names: FreeNames, whole: Node) -> Naming:
    """The parts in the order of need: every chosen node by a name, below the root that uses it first."""
    local: dict[Node, Node] = {}
    found: list[Named] = []
    for position, root in enumerate(roots):
        for node in postorder((root,)):
            if node in local:
                continue
            args = tuple(local[child] for child in node.args)
            made = node if args == node.args else make(node.op, args, node.attrs, node.shape)
            if node in chosen and node not in roots:
                named, local[node] = _named(made, names)
                found.append(named)
            else:
                local[node] = made
        if position < len(lets):
            found.append(replace(lets[position], node=local[root]))
    return Naming((*found, Named(name_of_value(whole, names.taken), local[whole])), frozenset())


def _named(node: Node, names: FreeNames) -> tuple[Named, Node]:
    """A name for a node, and the node by it; of a row its column gets the name, since gradients are columns."""
    if is_row(node):
        column = build.variable(names.fresh(1), node.shape[1:])
        return Named(column, transposed(node)), build.transpose(column)
    variable = build.variable(names.fresh(len(node.shape)), node.shape)
    return Named(variable, node), variable


def _apart(roots: tuple[Node, ...], variables: set[Node]) -> set[Node]:
    """The moving nodes that get a name."""
    moving = moving_nodes(roots, variables)
    users = count_users(roots)
    chosen: set[Node] = set()
    depth: dict[Node, int] = {}
    for node in postorder(roots):
        children = [child for child in node.args if child in moving]
        for child in children:
            is_long = _length(child, chosen) >= SHORT and child.op != "transpose"
            if is_long and child not in roots and (_stands_in_derivative(node, child) or users[child] > 1):
                chosen.add(child)
        below = max((0 if child in chosen else depth.get(child, 0) for child in children), default=0)
        depth[node] = 0 if not children else below + (node.op != "transpose")
        if depth[node] > DEEPEST:
            chosen |= {child for child in children if depth[child] >= DEEPEST - 1 and child not in roots}
            depth[node] = 1
    return chosen


def _length(node: Node, chosen: set[Node]) -> int:
    """The operations that writing the node takes, where what has a name counts for nothing."""
    return 0 if node in chosen else cost(node)


def _stands_in_derivative(node: Node, argument: Node) -> bool:
    """Whether a node is a function that is not linear, whose argument stands in its derivative; not so ‖x‖ in ‖x‖²."""
    if node.op == "map":
        return not (node.attrs == ("power", 2) and argument.attrs == ("norm2",))
    return node.op == "call" and node.attrs[0] not in LINEAR_CALLS


def _with_names(root: Node, named: Iterable[Named]) -> Node:
    """`root` with names in the place of what they mean, also where that is a part of a longer product or sum."""
    for part in named:
        root = _replaced(root, part)
    return root


def _replaced(root: Node, part: Named) -> Node:
    local: dict[Node, Node] = {}
    for node in postorder((root,)):
        args = tuple(local[child] for child in node.args)
        made = node if args == node.args else make(node.op, args, node.attrs, node.shape)
        local[node] = part.variable if made is part.node else _within(made, part)
    return local[root]


def _within(node: Node, part: Named) -> Node:
    """A product with the chain of the part inside it, or a sum with its terms."""
    meaning = part.node
    if node.op != meaning.op or node.op not in ("product", "sum") or len(node.args) <= len(meaning.args):
        return node
    span = len(meaning.args)
    for start in range(len(node.args) - span + 1):
        stop = start + span
        if node.args[start:stop] != meaning.args:
            continue
        if node.op == "product" and all(arg.shape for arg in meaning.args):
            return build.product(*node.args[:start], part.variable, *node.args[stop:])
        if node.op == "sum" and node.attrs[start:stop] == meaning.attrs:
            pairs = [*terms_of(node)[:start], (Fraction(1), part.variable), *terms_of(node)[stop:]]
            return build.total(pairs)
    return node
