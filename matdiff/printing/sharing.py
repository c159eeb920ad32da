"""Names for the parts that an answer would otherwise write out again and again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import count
from typing import NamedTuple

from matdiff.functions.catalogue import find
from matdiff.functions.rows import Opaque
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

    A named part is a `var` node of the part's shape; `stand_ins` leads from each part, as it was, to it.
    """

    lets: tuple[tuple[str, Node], ...]
    roots: tuple[Node, ...]
    stand_ins: Mapping[Node, Node] = {}

    def named(self, root: Node, names: Collection[str]) -> Node:
        """Another expression, with those of the names in the place of what they stand for."""
        chosen = {part: name for part, name in self.stand_ins.items() if name.attrs[0] in names}

        def visit(node: Node, args: tuple[Node, ...]) -> Node:
            return chosen[node] if node in chosen else make(node.op, args, node.attrs, node.shape)

        return walk.fold((root,), visit)[root] if chosen else root


def share(roots: tuple[Node, ...], taken_names: Collection[str]) -> Shared:
    """The roots with names for what they share, where names save half of the text.

    What has a customary letter, as an eigenvector has, gets it in any case. Lengths are added up node by node, never by
    writing the text, so that a network whose text is astronomically long costs as little as its nodes.
    """
    notation = Notation(Context())
    notation.lay_out(roots)
    plain = _Namer(roots, notation, frozenset(taken_names), saves=False).share()
    shared = _Namer(roots, notation, frozenset(taken_names), saves=True).share()
    return shared if _length(plain, notation) > 2 * _length(shared, notation) else plain


def _length(shared: Shared, notation: Notation) -> int:
    """How many characters the roots and their lets have."""
    lets = sum(_LET_LENGTH + len(name) + notation.done[part].length for name, part in shared.lets)
    return lets + sum(notation.done[root].length for root in shared.roots)


class _Namer:
    """Names every part that has a letter, and where it `saves` characters every other one, children before parents."""

    def __init__(
        self, roots: tuple[Node, ...], notation: Notation, taken_names: frozenset[str], *, saves: bool
    ) -> None:
        self.roots = roots
        self.notation = notation
        self.saves = saves
        self.taken = set(taken_names)
        self.order = walk.postorder(roots)
        self.uses = walk.count_users(roots, _is_transparent)
        self.lets: list[tuple[str, Node]] = []

    def share(self) -> Shared:
        replaced: dict[Node, Node] = {}
        for node in self.order:
            args = tuple(replaced[child] for child in node.args)
            part = node if args == node.args else make(node.op, args, node.attrs, node.shape)
            self.notation.lay_out_one(part)
            names = self.names_for(node, part)
            replaced[node] = part if names is None else self.name(part, names)
        roots = tuple(replaced[root] for root in self.roots)
        stand_ins = {node: name for node, name in replaced.items() if name.op == "var" and node.op != "var"}
        return Shared(tuple(self.lets), roots, stand_ins)

    def names_for(self, node: Node, part: Node) -> Iterator[str] | None:
        """The names that a part may have; None where it gets none."""
        letter = _letter_of(node)
        if letter and node not in self.roots:
            return _numbered(letter, (letter,))
        return _numbered("s") if self.saves and self.is_worth_a_name(part, self.uses[node]) else None

    def name(self, part: Node, names: Iterator[str]) -> Node:
        name = next(name for name in names if name not in self.taken)
        self.taken.add(name)
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


def _letter_of(node: Node) -> str:
    """The customary letter for a function of matrices, by its row; empty where there is none."""
    row = find(str(node.attrs[0])) if node.op == "call" else None
    return row.letter if isinstance(row, Opaque) else ""


def _is_transparent(node: Node) -> bool:
    """Whether the part under `node` is named in its place: `s.T`, `2*s` and `1/s` read better than a name."""
    return node.op == "transpose" or (node.op == "sum" and len(node.args) == 1) or is_inverted(node)


def _is_trivial(node: Node) -> bool:
    """A leaf, or one function of leaves."""
    if node.op in _LEAVES or len(node.shape) > 2:
        return True
    return node.op in ("map", "call") and all(child.op in _LEAVES for child in node.args)


def _numbered(stem: str, first: tuple[str, ...] = ()) -> Iterator[str]:
    """`s1`, `s2`, …, or a letter alone and then with numbers from 2."""
    yield from first
    yield from (f"{stem}{number}" for number in count(1 + len(first)))
