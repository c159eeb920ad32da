"""What follows about every node from what is declared: one pass over the tree, children first, each node once."""

from __future__ import annotations

from fractions import Fraction

from matdiff.properties.chains import chain_rank
from matdiff.properties.entries import entries_of
from matdiff.properties.operations import conclusions
from matdiff.properties.record import ENTRIES, RANK, Facts, Known, Reason
from matdiff.tree import build
from matdiff.tree.dims import Dim, multiply
from matdiff.tree.interval import EVERYTHING, OF_SIGN, Interval, meet
from matdiff.tree.node import Node, Shape
from matdiff.tree.properties import IMPLICATIONS, SIGNS, kinds_of
from matdiff.tree.walk import memoised


def holds(node: Node, word: str) -> bool:
    """Whether it follows from what is declared that `word` is true of `node`; no means only that it does not follow.

    `holds(product(transpose(X), X), "invertible")` for an X that is declared to have full column rank. The words are
    those of `tree.properties.PHRASES`.
    """
    return word in facts_of(node).words


def infer(node: Node, known: Known) -> Facts:
    """The facts about one node, from what is known of those below it."""
    words: dict[str, Reason] = {}
    for word, reason in conclusions(node, known):
        words.setdefault(word, reason)
    return _completed(words, entries_of(node, known), None, node, known)


def completed(facts: Facts, node: Node, known: Known | None = None) -> Facts:
    """The facts about `node` with all that follows from them, and from what is `known` of nodes below it."""
    return _completed(dict(facts.words), facts.entries, facts.rank, node, known or facts_of)


def _completed(words: dict[str, Reason], entries: Interval, rank: Dim | None, node: Node, known: Known) -> Facts:
    _close(words, node.shape)
    for sign in SIGNS:
        if sign in words:
            entries = meet(entries, OF_SIGN[sign])
    for sign in entries.signs:
        words.setdefault(sign, _by_entries(node, entries, known))
    _close(words, node.shape)
    found = _rank(node, words, known) if rank is None else None
    if found is not None:
        rank, words[RANK] = found
    return Facts(words, entries, rank)


def _close(words: dict[str, Reason], shape: Shape) -> None:
    """Add what follows from the words alone."""
    kinds = kinds_of(shape)
    rows = [row for row in IMPLICATIONS if row.on in kinds]
    pending = bool(words)
    while pending:
        pending = False
        for row in rows:
            if row.then not in words and all(need in words for need in row.needs):
                words[row.then] = Reason(row.why, tuple((None, need) for need in row.needs), row.rule or "implied")
                pending = True


def _by_entries(node: Node, entries: Interval, known: Known) -> Reason:
    bounded = [arg for arg in dict.fromkeys(node.args) if arg.op not in ("constant", "number")]
    premises = tuple((arg, ENTRIES) for arg in bounded if known(arg).entries != EVERYTHING)
    entry = "every entry" if node.shape else "it"
    return Reason(f"{entry} lies in {entries}", premises, "entries")


def _rank(node: Node, words: dict[str, Reason], known: Known) -> tuple[Dim, Reason] | None:
    """The rank, where it is known, with the reason."""
    if len(node.shape) > 2:
        return None
    rows, columns = build.rows_and_columns(node.shape)
    for word, rank in (("zero", 0), ("full_column_rank", columns), ("full_row_rank", rows)):
        if word in words:
            return rank, Reason("", ((None, "invertible" if "invertible" in words else word),), "implied")
    inner = [known(arg) for arg in node.args]
    if node.op == "product":
        scalars, chain = build.split_product(node)
        if chain and all("nonzero" in known(scalar).words for scalar in scalars):
            lone = known(chain[0]).rank if len(chain) == 1 else None
            return (lone, Reason("a multiple", ((chain[0], RANK),))) if lone is not None else chain_rank(chain, known)
    if node.op == "constant" and node.attrs == ("ones",):
        return 1, Reason("all columns are equal")
    is_same = node.op == "transpose" or (node.op == "call" and node.attrs[0] in ("pinv", "sqrtm", "polar"))
    is_multiple = node.op == "sum" and len(inner) == 1 and isinstance(node.attrs[0], Fraction) and node.attrs[0]
    if (is_same or is_multiple) and inner[0].rank is not None:
        return inner[0].rank, Reason("the rank of the argument", ((node.args[0], RANK),))
    ranks = [fact.rank for fact in inner]
    if node.op == "call" and node.attrs[0] == "kron" and ranks[0] is not None and ranks[1] is not None:
        return multiply(ranks[0], ranks[1]), Reason("ranks multiply", tuple((arg, RANK) for arg in node.args))
    return None


facts_of = memoised(infer)
facts_of.__doc__ = "The words that are true of the node with their reasons, the interval of its entries, and its rank."
