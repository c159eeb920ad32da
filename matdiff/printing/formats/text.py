"""The ASCII form of the language: what is printed here reads back to the same tree."""

from __future__ import annotations

from matdiff.printing.context import Context
from matdiff.printing.layout import Notation
from matdiff.tree.node import Node


def write(node: Node, context: Context) -> str:
    """`node` as text of the language: `(A + A.T)*x`."""
    return Notation(context).text(node)
