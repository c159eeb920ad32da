"""What printing needs to know besides the tree."""

from __future__ import annotations

from typing import NamedTuple

from matdiff.tree.node import Node


class Context(NamedTuple):
    """The sizes that the user declared by name, and the variables whose axes name the other sizes."""

    size_names: frozenset[str] = frozenset()
    variables: tuple[Node, ...] = ()
