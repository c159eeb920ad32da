"""What is known of one node: words with the reason of each, an interval for its entries, its rank."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from matdiff.tree.dims import Dim
from matdiff.tree.interval import EVERYTHING, Interval
from matdiff.tree.node import Node

RANK, ENTRIES = "rank", "entries"


class Reason(NamedTuple):
    """Why something is so: a sentence, and what it rests on, each a node with a word; None is the node itself."""

    why: str
    premises: tuple[tuple[Node | None, str], ...] = ()
    rule: str = ""


class Facts(NamedTuple):
    """The words that are true of a node (with `rank` where that is known), its entries, and its rank."""

    words: Mapping[str, Reason] = {}
    entries: Interval = EVERYTHING
    rank: Dim | None = None


Conclusion = tuple[str, Reason]
Conclusions = Iterator[Conclusion]
Known = Callable[[Node], Facts]
