"""The only traversals: every pass over a tree goes through one of these, with an explicit stack."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar
from weakref import WeakKeyDictionary

from matdiff.tree.node import Node

Result = TypeVar("Result")


def postorder(roots: Iterable[Node]) -> list[Node]:
    """Every node below `roots` once, children before parents."""
    order: list[Node] = []
    seen: set[Node] = set()
    for root in roots:
        stack = [(root, False)]
        while stack:
            node, is_done = stack.pop()
            if is_done:
                order.append(node)
                continue
            if node in seen:
                continue
            seen.add(node)
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(node.args) if child not in seen)
    return order


def fold(roots: Iterable[Node], visit: Callable[[Node, tuple[Result, ...]], Result]) -> dict[Node, Result]:
    """`visit(node, results of its children)` for every node below `roots`, each once."""
    results: dict[Node, Result] = {}
    for node in postorder(roots):
        results[node] = visit(node, tuple(results[child] for child in node.args))
    return results


def count_users(roots: Iterable[Node], is_transparent: Callable[[Node], bool] = lambda _: False) -> dict[Node, int]:
    """How many argument places (and roots) hold each node; a place under a transparent node counts as often as that."""
    kept = tuple(roots)
    order = postorder(kept)
    users = dict.fromkeys(order, 0)
    for root in kept:
        users[root] += 1
    for node in reversed(order):
        for child in node.args:
            users[child] += users[node] if is_transparent(node) else 1
    return users


def variables_of(roots: Iterable[Node]) -> tuple[Node, ...]:
    """The variables below `roots`, each once, in the order of first meeting."""
    return tuple(node for node in postorder(roots) if node.op == "var")


def memoised(compute: Callable[[Node, Callable[[Node], Result]], Result]) -> Callable[[Node], Result]:
    """A function that works out `compute(node, results of nodes below it)` once for every node, children first."""
    known: WeakKeyDictionary[Node, Result] = WeakKeyDictionary()

    def look_up(root: Node) -> Result:
        stack = [root]
        while stack:
            node = stack[-1]
            missing = [child for child in node.args if child not in known]
            if missing:
                stack.extend(missing)
                continue
            stack.pop()
            if node not in known:
                known[node] = compute(node, known.__getitem__)
        return known[root]

    return look_up
