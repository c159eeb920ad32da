"""Names for the parts that an answer would otherwise write out again and again."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import count
from typing import NamedTuple

from matdiff.printing.context import Context
from matdiff.printing.layout import Notation
from matdiff.printing.terms import is_inverted
from matdiff.tree import walk
from matdiff.tree.build import variable
from matdiff.tree.node import Node, make

_LEAVES = frozenset({"var", "number", "size", "constant"})
_LET_LENGTH = len("let  = \n")


class Shared(NamedTuple):
    """`lets` name parts in an order in which each needs only those before it; `roots` are the answers in terms of them.

    A named part is a `var` node of the part's shape.
    """

    lets: tuple[tuple[str, Node], ...]
    roots: tuple[Node, ...]


def share(roots: tuple[Node, ...], taken_names: Collection[str]) -> Shared:
    """The roots with names for what they share, or as they are where names would save less than half of the text.

    Lengths are added up node by node, never by writing the text, so that a network whose text is astronomically
    long costs as little as its nodes.
    """
    notation = Notation(Context())
    notation.lay_out(roots)
    shared = _Namer(roots, notation, frozenset(taken_names)).share()
    whole = sum(notation.done[root].length for root in roots)
    named = sum(notation.done[root].length for root in shared.roots)
    named += sum(_LET_LENGTH + len(name) + notation.done[part].length for name, part in shared.lets)
    return shared if whole > 2 * named else Shared((), roots)


class _Namer:
    """Names every part whose name saves characters, children before parents."""

    def __init__(self, roots: tuple[Node, ...], notation: Notation, taken_names: frozenset[str]) -> None:
        self.roots = roots
        self.notation = notation
        self.names = _free_names(taken_names)
        self.order = walk.postorder(roots)
        self.uses = walk.count_users(roots, _is_transparent)
        self.lets: list[tuple[str, Node]] = []

    def share(self) -> Shared:
        replaced: dict[Node, Node] = {}
        for node in self.order:
            args = tuple(replaced[child] for child in node.args)
            part = node if args == node.args else make(node.op, args, node.attrs, node.shape)
            self.notation.lay_out_one(part)
            replaced[node] = self.name(part) if self.is_worth_a_name(part, self.uses[node]) else part
        return Shared(tuple(self.lets), tuple(replaced[root] for root in self.roots))

    def name(self, part: Node) -> Node:
        name = next(self.names)
        self.lets.append((name, part))
        stand_in = variable(name, part.shape)
        self.notation.lay_out_one(stand_in)
        return stand_in

    def is_worth_a_name(self, part: Node, uses: int) -> bool:
        if uses < 2 or _is_trivial(part) or _is_transparent(part):
            return False
        length = self.notation.done[part].length
        name_length = 2 if len(self.lets) < 9 else 4
        return (uses - 1) * length > uses * name_length + _LET_LENGTH + name_length


def _is_transparent(node: Node) -> bool:
    """Whether the part under `node` is named in its place: `s.T`, `2*s` and `1/s` read better than a name."""
    return node.op == "transpose" or (node.op == "sum" and len(node.args) == 1) or is_inverted(node)


def _is_trivial(node: Node) -> bool:
    """A leaf, or one function of leaves."""
    if node.op in _LEAVES or len(node.shape) > 2:
        return True
    return node.op in ("map", "call") and all(child.op in _LEAVES for child in node.args)


def _free_names(taken_names: frozenset[str]) -> Iterator[str]:
    return (name for number in count(1) if (name := f"s{number}") not in taken_names)
