"""The one data type: an immutable, interned node. Two nodes are equal exactly when they are the same object."""

from __future__ import annotations

from fractions import Fraction
from weakref import WeakValueDictionary

try:  # `hashlib` would load OpenSSL first, which is dearer than the whole of this package
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

from matdiff.tree.dims import Dim, Size

Shape = tuple[Dim, ...]
Attribute = str | int | Fraction | Size | tuple["Attribute", ...]
Attributes = tuple[Attribute, ...]

_POOL: WeakValueDictionary[bytes, Node]


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
    """The node with these parts: the one that exists, or a new one. Looks at the children's keys only.

    The digest that is its key stands for its parts: 16 bytes of BLAKE2 meet by chance in no lifetime.
    """
    digest = blake2b(f"{op}{attrs}{shape}".encode(), digest_size=16)
    for child in args:
        digest.update(child.key)
    key = digest.digest()
    found = _POOL.get(key)
    if found is not None:
        return found
    node = Node()
    node.op, node.args, node.attrs, node.shape, node.key = op, args, attrs, shape, key
    _POOL[key] = node
    return node


_POOL = WeakValueDictionary()
