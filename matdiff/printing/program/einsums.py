"""Einsums in array form: which arrays with which letters, none of them twice on one array."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from matdiff.printing.letters import LETTERS, Spelled, spell_out
from matdiff.printing.program import arrays
from matdiff.tree import build
from matdiff.tree.node import Node, make

Factor = tuple[str, Node]


def lowered(node: Node, found: Mapping[Node, Node]) -> Node:
    """The array of an einsum, from those of its factors; scalars and sizes stand before it."""
    spelled = spell_out(node)
    pairs = [(letters, found[factor]) for letters, factor in zip(spelled.inputs, node.args, strict=False)]
    scalars = [array for letters, array in pairs if not letters]
    scalars += [build.size_number(added.size) for added in spelled.added if added.kind == "size"]
    wide = zip(spelled.inputs, (*(_with_axes(factor, found) for factor in node.args), *_added(spelled)), strict=True)
    factors = _untied([(letters, array) for letters, array in wide if letters], "".join(spelled.inputs))
    if not factors:
        return arrays.times(scalars or [arrays.number(1)])
    signature = f"{','.join(letters for letters, _ in factors)}->{spelled.output}"
    whole = make("einsum", tuple(array for _, array in factors), (signature,), node.shape)
    return arrays.times([*scalars, arrays.reshape(whole, arrays.axes_of(node.shape))])


def _with_axes(factor: Node, found: Mapping[Node, Node]) -> Node:
    """A factor with an axis for each of its letters: a row has two."""
    return arrays.reshape(found[factor], factor.shape)


def _added(spelled: Spelled) -> Iterator[Node]:
    """The identities and ones that only the spelling needs; a size has no axes."""
    kinds: dict[str, Callable[..., Node]] = {
        "identity": lambda size: make("identity", (), (), (size, size)),
        "ones": lambda size: arrays.filled(1, (size,)),
        "size": build.size_number,
    }
    return (kinds[added.kind](added.size) for added in spelled.added)


def _untied(factors: Iterable[Factor], used: str) -> list[Factor]:
    """The factors without a letter twice on one of them: a diagonal, or an identity between two letters."""
    fresh = (letter for letter in LETTERS if letter not in used)
    untied: list[Factor] = []
    for letters, array in factors:
        if len(letters) == 2 and letters[0] == letters[1]:
            untied.append((letters[0], arrays.call("diag", (array,), array.shape[:1])))
            continue
        own = ""
        for letter, size in zip(letters, array.shape, strict=True):
            if letter in own:
                other = next(fresh)
                untied.append((letter + other, make("identity", (), (), (size, size))))
                own += other
            else:
                own += letter
        untied.append((own, array))
    return untied
