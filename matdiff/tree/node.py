"""The one data type: an immutable, interned node. Two nodes are equal exactly when they are the same object."""

from __future__ import annotations

from fractions import Fraction
from hashlib import blake2b
from weakref import WeakValueDictionary

from matdiff.tree.dims import Dim, Size, size_text

Shape = tuple[Dim, ...]
Attribute = str | int | Fraction | Size | tuple["Attribute", ...]
Attributes = tuple[Attribute, ...]

_POOL: WeakValueDictionary[tuple[object, ...], Node]


class Node:
    """`op` applied to `args`; `attrs` are its constants, `shape` its axes: `()` scalar, `(n,)` column, `(n, m)` matrix.

    `key` is a digest made from the children's keys, so that operands are ordered alike in every process.
    Make nodes with `make`, never with the class: interning is what makes `is` mean equal.
    """

    __slots__ = ("op", "args", "attrs", "shape", "key", "__weakref__")

    op: str
    args: tuple[Node, ...]
    attrs: Attributes
    shape: Shape
    key: bytes

    def __reduce__(self) -> tuple[object, ...]:
        return make, (self.op, self.args, self.attrs, self.shape)

    def __repr__(self) -> str:
        return f"<{self.op} {self.attrs} {self.shape}>"


def make(op: str, args: tuple[Node, ...] = (), attrs: Attributes = (), shape: Shape = ()) -> Node:
    """The node with these parts: the one that exists, or a new one. Looks at the children's keys only."""
    identity = (op, args, attrs, shape)
    found = _POOL.get(identity)
    if found is not None:
        return found
    node = Node()
    node.op, node.args, node.attrs, node.shape = op, args, attrs, shape
    digest = blake2b(f"{op}|{_text(attrs)}|{_text(shape)}|{len(args)}|".encode(), digest_size=12)
    for child in args:
        digest.update(child.key)
    node.key = digest.digest()
    _POOL[identity] = node
    return node


def _text(value: Attribute | Shape) -> str:
    if isinstance(value, tuple):
        return "(" + ",".join(_text(item) for item in value) + ")"
    if isinstance(value, Size):
        return size_text(value)
    return f"{type(value).__name__[0]}{value}"


_POOL = WeakValueDictionary()
