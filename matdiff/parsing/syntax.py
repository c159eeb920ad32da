"""What the text says, before shapes are known: one record a construct, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from matdiff.errors import Place
from matdiff.parsing.source import Source


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Syntax:
    """One construct of the text; records are told apart by identity.

    | kind | text | args | operators |
    |---|---|---|---|
    | `name` | the name | | |
    | `number` | as typed | | |
    | `string` | without quotes | | |
    | `sum` `kronecker` `entrywise` `product` | | operands | names of the operators between them |
    | `minus` `transpose` `inverse` | | operand | |
    | `power` `entrywise_power` | | base, exponent | |
    | `call` | function | arguments | `rows` or `cols` along an axis, `order` of a norm with one, `bars` |
    | `numpy_dot` | | two operands | |
    | `index` | | what is indexed, then `name`, `number` or `slice` for each index | |
    | `block` | number of columns | blocks, row by row | |
    | `delta` | | two indices | |
    | `total` | | what is summed | the indices |
    | `indexed` | the name of a `let` | a side in index notation | its free indices |
    """

    kind: str
    text: str
    args: tuple[Syntax, ...]
    operators: tuple[str, ...]
    source: Source
    start: int
    end: int
    is_bracketed: bool = False

    def place(self) -> Place:
        """Where it stands, as errors show it."""
        return self.source.place(self.start, self.end)

    def words(self) -> str:
        """Its text as typed."""
        return self.source.text[self.start : self.end]

    def __repr__(self) -> str:
        return f"<{self.kind} {self.words()!r}>"


def postorder(
    roots: Iterable[Syntax], below: Callable[[Syntax], tuple[Syntax, ...]] = lambda syntax: syntax.args
) -> list[Syntax]:
    """Every record below `roots` once, operands before what holds them, in the order of the text."""
    order: list[Syntax] = []
    seen: set[Syntax] = set()
    stack = [(root, False) for root in reversed(tuple(roots))]
    while stack:
        syntax, is_done = stack.pop()
        if is_done:
            order.append(syntax)
        elif syntax not in seen:
            seen.add(syntax)
            stack.append((syntax, True))
            stack.extend((arg, False) for arg in reversed(below(syntax)))
    return order
