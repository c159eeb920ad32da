"""What an inverse rests on, and the sign of what is inverted."""

from __future__ import annotations

from typing import NamedTuple

from matdiff.conditions.needs import Need, needs_of
from matdiff.properties.infer import facts_of, holds
from matdiff.tree.node import Node


class Known(NamedTuple):
    """What is known of a square matrix or a scalar.

    `sign` is 1 where it is positive semidefinite, -1 negative, 0 where nothing follows. `needs` have to hold for it to
    be invertible; with none of them it is so.
    """

    sign: int
    needs: tuple[Need, ...] = ()


def known_of(node: Node) -> Known:
    """What is known of a node as something that is to be inverted.

    >>> from matdiff.tree import build
    >>> known_of(build.variable("S", (2, 2), ["spd"]))
    Known(sign=1, needs=())
    """
    words = facts_of(node).words
    sign = 1 if "psd" in words else -1 if "negative_semidefinite" in words else 0
    return Known(sign, needs_of(node))


def entries_of(node: Node) -> Known:
    """What is known of a node whose entries are divisors."""
    is_signed = holds(node, "positive") or holds(node, "negative")
    return Known(0, () if is_signed else (Need(node, "has no zero entry"),))
