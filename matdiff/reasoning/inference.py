"""What follows about an expression, also from its shortest form and its transpose; each fact is tested in numbers."""

from __future__ import annotations

from matdiff.derive.canonical import canonical
from matdiff.engine import simplify
from matdiff.errors import Disagreement, MatdiffError
from matdiff.properties.infer import completed, facts_of
from matdiff.properties.record import RANK, Facts, Reason
from matdiff.tree import build
from matdiff.tree.node import Node
from matdiff.verify.holding import check_words

LARGEST_COMPARED = 64


def known_of(value: Node) -> Facts:
    """All that follows about `value`: of itself, of the shortest form that it is equal to, of its transpose.

    Raises Disagreement where numbers show something else.
    """
    found = facts_of(value)
    words, rank, entries = dict(found.words), found.rank, found.entries
    short = _shortest(value)
    if short is not None and short is not value:
        other = facts_of(short)
        for word in other.words:
            words.setdefault(word, Reason("", ((short, word),), "equal"))
        rank = other.rank if rank is None else rank
        entries = min(entries, other.entries, key=lambda interval: len(str(interval)))
    for word, reason in _by_transpose(value):
        words.setdefault(word, reason)
    facts = completed(Facts(words, entries, rank), value)
    _hold(value, facts)
    return facts


def _shortest(value: Node) -> Node | None:
    try:
        return simplify(value)
    except MatdiffError:
        return None


def _by_transpose(value: Node) -> list[tuple[str, Reason]]:
    """Symmetric or skew by the canonical form of the transpose."""
    if len(value.shape) != 2 or value.shape[0] != value.shape[1]:
        return []
    try:
        own, turned = canonical(value), canonical(build.transpose(value))
        opposite = canonical(build.total([(-1, build.transpose(value))]))
    except MatdiffError:
        return []
    found = []
    if own is turned:
        found.append(("symmetric", Reason("multiplied out, it is its own transpose", (), "mirror")))
    if own is opposite:
        found.append(("skew", Reason("multiplied out, it is minus its own transpose", (), "mirror")))
    return found


def _hold(value: Node, facts: Facts) -> None:
    """Raise where what is stated is not seen in numbers."""
    words = [word for word in facts.words if word != RANK]
    if not words and facts.rank is None:
        return
    if check_words(value, words, facts.rank).status == "fails":
        wrong = [word for word in words if check_words(value, [word]).status == "fails"]
        raise Disagreement(", ".join(wrong) or f"rank {facts.rank}", "numbers show a case where it does not hold")
