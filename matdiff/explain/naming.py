"""Which parts of an expression get a name of their own, so that no formula is a wall of indices."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import count

from matdiff.tree import build, einsum
from matdiff.tree.node import Node, make
from matdiff.tree.unknown import is_unknown, name_of
from matdiff.tree.walk import postorder, variables_of

_POOLS = {0: ("s", "t", "r", "q", "h"), 1: ("u", "v", "w", "g", "h", "p", "q"), 2: ("U", "V", "P", "Q", "R", "G", "H")}
LARGEST_LIGHT = 3


@dataclass(frozen=True, slots=True)
class Named:
    """A name with what it stands for, in index form over the names before it; it moves with the variable, or not."""

    variable: Node
    node: Node
    is_moving: bool = True


@dataclass(frozen=True, slots=True)
class Naming:
    """The value and its named parts, children first; `opaque` nodes do not move and are shown as whole matrices."""

    named: tuple[Named, ...]
    opaque: frozenset[Node]

    @property
    def value(self) -> Named:
        """The value itself, the last to be named."""
        return self.named[-1]

    def consumers(self, variable: Node) -> tuple[Named, ...]:
        """What is made directly of a variable or name, the last first."""
        return tuple(named for named in reversed(self.named) if variable in postorder((named.node,)))


def name_parts(value: Node, variable: Node, lets: Iterable[tuple[str, Node]], taken: Iterable[str]) -> Naming:
    """Names for the parts of `value` (index form) that move with the variable, and for the value."""
    order = postorder((value,))
    moving = _moving(order, variable)
    chosen = {node: name for name, node in lets}
    apart = _apart(order, set(chosen)) | (set(chosen) & set(order))
    names = FreeNames({*taken, *chosen.values()})
    stand_ins: dict[Node, Node] = {}
    local: dict[Node, Node] = {}
    found: list[Named] = []
    for node in order:
        args = tuple(stand_ins.get(child, local[child]) for child in node.args)
        local[node] = node if args == node.args else make(node.op, args, node.attrs, node.shape)
        if node is value:
            found.append(Named(name_of_value(node, names.taken), local[node]))
        elif node in apart and (node in moving or node in chosen) and node.op != "var":
            name = chosen.get(node) or names.fresh(len(node.shape))
            stand_ins[node] = build.variable(name, node.shape)
            found.append(Named(stand_ins[node], local[node], node in moving))
    return Naming(tuple(found), frozenset(apart - moving - set(chosen)))


def name_of_value(value: Node, taken: Collection[str]) -> Node:
    """The variable that stands for the value: f, of a matrix F."""
    name = next(letter for letter in ("f", "z", "g", "h") if letter not in taken)
    return build.variable(name.upper() if len(value.shape) > 1 else name, value.shape)


def names_in(roots: tuple[Node, ...]) -> set[str]:
    """The names that mean something already: of variables and of unknown functions."""
    functions = {name_of(node) for node in postorder(roots) if is_unknown(node)}
    return functions | {str(variable.attrs[0]) for variable in variables_of(roots)}


def is_row(node: Node) -> bool:
    """Whether a node has one row and several columns."""
    return len(node.shape) == 2 and node.shape[0] == 1


class FreeNames:
    """Names that are still free, by the number of axes."""

    def __init__(self, taken: set[str]) -> None:
        self.taken = taken | {name.lower() for name in taken}

    def fresh(self, axes: int) -> str:
        """A free name, taken from now on."""
        name = next(name for name in self.candidates(min(axes, 2)) if name not in self.taken)
        self.taken |= {name, name.lower()}
        return name

    def candidates(self, axes: int) -> Iterator[str]:
        """The names for so many axes, the usual ones first."""
        yield from _POOLS[axes]
        yield from (f"{_POOLS[axes][0]}{number}" for number in count(1))


def _moving(order: list[Node], variable: Node) -> set[Node]:
    moving = {variable}
    for node in order:
        if any(child in moving for child in node.args):
            moving.add(node)
    return moving


def _apart(order: list[Node], chosen: set[Node]) -> set[Node]:
    """The nodes that would make a formula deep where they stand."""
    apart: set[Node] = set()
    for node in order:
        for child in node.args:
            body = _without_weight(child)
            if body.op not in ("var", "constant") and _stands_apart(node, child, chosen):
                apart.add(child)
    return apart


def _stands_apart(parent: Node, child: Node, chosen: set[Node]) -> bool:
    match parent.op:
        case "map":
            return not _is_light(child, chosen)
        case "call":
            return True
        case "einsum":
            return child.op in ("sum", "einsum")
    return child.op == "sum"


def _without_weight(node: Node) -> Node:
    return node.args[0] if node.op == "sum" and len(node.args) == 1 else node


def _is_light(node: Node, chosen: set[Node]) -> bool:
    """Whether an argument of a function is short enough to stand there: `exp(−xₖ)`, `(xₖ − yₖ)²`."""
    terms = node.args if node.op == "sum" else (node,)
    factors = [factor for term in terms for factor in (term.args if term.op == "einsum" else (term,))]
    is_open = all(_has_no_sum(term) for term in terms if term.op == "einsum")
    return (
        is_open and len(factors) <= LARGEST_LIGHT and all(factor.op == "var" or factor in chosen for factor in factors)
    )


def _has_no_sum(node: Node) -> bool:
    _, output, sizes = einsum.parts(node)
    return set(output) == set(range(len(sizes)))
