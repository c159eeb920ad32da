"""Where an expression is defined and twice differentiable: what may be assumed there, and what stands in the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from matdiff.convexity.composition import AFFINE, CONSTANT, Bends
from matdiff.functions.curvature import CONCAVE, KINKS, OF_DEFINITE, OF_INVERTIBLE, OF_POSITIVE, OF_SOME
from matdiff.properties.infer import completed, infer
from matdiff.properties.record import Facts, Known, Reason
from matdiff.tree.attributes import exponent_of, is_power
from matdiff.tree.interval import OF_SIGN, meet
from matdiff.tree.node import Node
from matdiff.tree.unknown import is_unknown
from matdiff.tree.walk import memoised, postorder

INSIDE = Reason("the expression is defined there alone")
NO_ASSUMPTION: Mapping[Node, str] = {}


class Domain(NamedTuple):
    """Where an expression is defined: a convex set as far as it shows.

    `known` is what is known of nodes there. `gaps` are the nodes that may leave no convex set, `kinks` those that may
    have no second derivative.
    """

    known: Known
    gaps: tuple[Node, ...]
    kinks: tuple[Node, ...]


def domain_of(value: Node, bends: Bends, known: Known) -> Domain:
    """Of logarithms and roots the arguments are positive, which is a convex set where these are concave."""
    moving = [node for node in postorder((value,)) if bends[node].word != CONSTANT and node.args]
    assumed: dict[Node, str] = {}
    for node in moving:
        word = _assumed(node, bends, known)
        if word:
            assumed[node.args[0]] = word
    inside = assuming(assumed)
    gaps = tuple(node for node in moving if _leaves_a_gap(node, bends, inside))
    kinks = tuple(node for node in moving if _has_kink(node, moving, inside))
    return Domain(inside, gaps, kinks)


def assuming(assumed: Mapping[Node, str]) -> Known:
    """What is known of nodes where some of them have a property."""

    def within(node: Node, known: Known) -> Facts:
        facts = infer(node, known)
        word = assumed.get(node, "")
        if not word or word in facts.words:
            return facts
        words = {**facts.words, word: INSIDE}
        entries = meet(facts.entries, OF_SIGN[word]) if word in OF_SIGN else facts.entries
        return completed(Facts(words, entries, facts.rank), node, known)

    return memoised(within)


def _assumed(node: Node, bends: Bends, known: Known) -> str:
    """What the first argument is wherever the node is defined, where that is a convex set; else empty."""
    argument = node.args[0]
    words, bend = known(argument).words, bends[argument].word
    name = node.attrs[0] if node.attrs else ""
    if node.op == "call" and name in OF_INVERTIBLE and bend == AFFINE:
        return "spd" if "psd" in words else "negative_definite" if "negative_semidefinite" in words else ""
    if node.op == "map" and bend in (AFFINE, CONCAVE) and (_asks_for_positive(node) or _is_quotient_by(node, words)):
        return "positive"
    return ""


def _asks_for_positive(node: Node) -> bool:
    return node.attrs[0] in OF_POSITIVE or (is_power(node) and exponent_of(node).denominator > 1)


def _is_quotient_by(node: Node, words: Mapping[str, Reason]) -> bool:
    return is_power(node) and exponent_of(node) < 0 and "nonnegative" in words


def _leaves_a_gap(node: Node, bends: Bends, known: Known) -> bool:
    argument = node.args[0]
    words = known(argument).words
    if node.op == "call":
        needs = {"spd"} if node.attrs[0] in OF_DEFINITE else {"spd", "negative_definite", "invertible"}
        return node.attrs[0] in OF_DEFINITE | OF_INVERTIBLE and not needs & set(words)
    if node.op != "map":
        return False
    if _asks_for_positive(node):
        return "positive" not in words
    if is_power(node):
        return exponent_of(node) < 0 and not {"positive", "negative"} & set(words)
    return node.attrs[0] in OF_SOME and bends[argument].word != AFFINE


def _has_kink(node: Node, moving: Sequence[Node], known: Known) -> bool:
    if is_unknown(node) or node.op not in ("map", "call") or node.attrs[0] not in KINKS:
        return False
    if set(KINKS[str(node.attrs[0])]) & set(known(node.args[0]).words):
        return False
    users = [user for user in moving if node in user.args]
    return node.attrs[0] != "norm2" or not users or not all(map(_is_even_power, users))


def _is_even_power(node: Node) -> bool:
    if not is_power(node):
        return False
    exponent = exponent_of(node)
    return exponent > 0 and exponent.denominator == 1 and exponent.numerator % 2 == 0
