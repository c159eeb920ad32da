"""Letters that their indices make matrices: `a` in `a[i,j]`, and families of vectors such as `x` in `x[i]'*w`.

Text-books number samples so, `sum[i]((y[i] - x[i]'*w)^2)`. An entry that is transposed, or stands where a scalar makes
no sense, is a vector; its family is the matrix that has them as rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from matdiff.functions.rows import Elementwise, Row
from matdiff.parsing.indices import Index
from matdiff.parsing.syntax import Syntax

Bindings = Mapping[Syntax, tuple[Index | None, ...]]


class Words(NamedTuple):
    """What words mean here: the row of a function, whether a call is of vectors, what a name is by custom."""

    row: Callable[[str], Row | None]
    takes_vectors: Callable[[Syntax], bool]
    custom: Callable[[str], str]


def families_of(order: Iterable[Syntax], bindings: Bindings, words: Words) -> frozenset[str]:
    """The small letters that have two indices wherever they occur, or one and are a vector with it somewhere."""
    if not bindings:
        return frozenset()
    order = tuple(order)
    entries = [s for s in order if s.kind == "index" and s.args[0].kind == "name"]
    counts: dict[str, set[int]] = {}
    for entry in entries:
        counts.setdefault(entry.args[0].text, set()).add(len(entry.args) - 1)
    bases = {entry.args[0] for entry in entries}
    bare = {s.text for s in order if s.kind == "name" and s not in bases}
    summed = {s for s, bound in bindings.items() if any(index and _is_of_sum(index) for index in bound)}
    vectors = {entry for part in order for entry in _vectors_in(part, words)}
    sure = {entry.args[0].text for entry in summed & vectors & set(entries)}
    found = {name for name, count in counts.items() if count == {2} or (count == {1} and name in sure)}
    return frozenset(name for name in found - bare if words.custom(name) != "matrix")


def _is_of_sum(index: Index) -> bool:
    return index[0] is not None and index[0].kind == "total"


def _vectors_in(syntax: Syntax, words: Words) -> Iterator[Syntax]:
    """The entries that a construct takes for vectors."""
    if syntax.kind == "transpose" or (syntax.kind == "call" and words.takes_vectors(syntax)):
        for arg in syntax.args:
            yield from _entries_of(arg, words)
    if syntax.kind == "product":
        for left, sign, right in zip(syntax.args, syntax.operators, syntax.args[1:], strict=False):
            is_matrix = left.kind == "name" and words.custom(left.text) == "matrix"
            if sign != "over" and right.kind == "index" and (is_matrix or left.kind == "transpose"):
                yield right


def _entries_of(syntax: Syntax, words: Words) -> Iterator[Syntax]:
    """The entries that are of the kind that a construct is of: its terms, the last factor of its products."""
    stack = [syntax]
    while stack:
        part = stack.pop()
        if part.kind == "index":
            yield part
        elif part.kind in ("sum", "minus", "entrywise", "transpose"):
            stack.extend(part.args)
        elif part.kind == "product" and part.operators[-1] != "over":
            stack.append(part.args[-1])
        elif part.kind == "call" and isinstance(words.row(part.text), Elementwise):
            stack.extend(part.args)
