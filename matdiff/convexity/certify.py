"""Which way a scalar expression bends in its variables: proofs by composition and by the second derivative."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from matdiff.convexity.composition import AFFINE, CONSTANT, Bends, bends_of, told
from matdiff.convexity.domain import Domain, domain_of
from matdiff.convexity.second import Second, second_of
from matdiff.engine import simplify
from matdiff.errors import MatdiffError
from matdiff.functions.curvature import CONCAVE, CONVEX, TURNED
from matdiff.properties.infer import facts_of
from matdiff.reasoning.sentences import Spell
from matdiff.tree.attributes import terms_of
from matdiff.tree.node import Node

STRENGTHS = STRONGLY, STRICTLY, PLAINLY = ("strongly", "strictly", "")
Part = tuple[Node, Second]


class Certificate(NamedTuple):
    """That a node is affine, convex or concave, how strongly so, and what shows it.

    `parts` are the second derivatives that the strength rests on, each of a term of the expression.
    """

    word: str
    strength: str
    node: Node
    bends: Bends
    parts: tuple[Part, ...] = ()

    def lines(self, spell: Spell) -> Iterator[str]:
        """The argument, one line for each step."""
        for term, second in self.parts:
            of = "" if term is self.node else f" of {spell(term)}"
            yield f"{second.label}{of}: {spell(second.node)}"
            yield from (f"  {line}" for line in second.argument(spell))
        if not (len(self.parts) == 1 and self.parts[0][0] is self.node):
            yield from told(self.node, self.bends, spell)


def certify(value: Node, variables: tuple[Node, ...]) -> Certificate | None:
    """The strongest certificate that is found for the scalar `value`; None where none is."""
    bends, domain = _analysed(value, variables)
    found = _by_composition(value, variables, bends, domain)
    if found is not None or domain.gaps:
        return found
    short = _shortest(value)
    if short is not value:
        found = _by_composition(short, variables, *_analysed(short, variables))
    return found or _by_second(value, variables, bends, domain)


def _shortest(value: Node) -> Node:
    try:
        return simplify(value)
    except MatdiffError:
        return value


def _analysed(value: Node, variables: tuple[Node, ...]) -> tuple[Bends, Domain]:
    """How every node bends, with what is known where all of them are defined."""
    domain = domain_of(value, bends_of(value, variables, facts_of), facts_of)
    return bends_of(value, variables, domain.known), domain


def _by_composition(value: Node, variables: tuple[Node, ...], bends: Bends, domain: Domain) -> Certificate | None:
    word = bends[value].word
    if word in (AFFINE, CONSTANT):
        return Certificate(AFFINE, PLAINLY, value, bends)
    if word not in TURNED:
        return None
    strength, parts = _strength(value, variables, bends, domain)
    return Certificate(word, strength, value, bends, parts)


def _strength(value: Node, variables: tuple[Node, ...], bends: Bends, domain: Domain) -> tuple[str, tuple[Part, ...]]:
    """How strongly an expression bends of which the direction is known: as its strongest term does, at least."""
    second = _second(value, variables, domain)
    if second is not None and second.proof is not None and second.proof.sign:
        return _strength_of(second), ((value, second),)
    if value.op != "sum":
        return PLAINLY, ()
    terms = [term for _, term in terms_of(value) if bends[term].word in TURNED]
    found = [_strength(term, variables, bends, domain_of(term, bends, domain.known)) for term in terms]
    best = min(found, key=lambda item: STRENGTHS.index(item[0]), default=(PLAINLY, ()))
    return best if best[0] else (PLAINLY, ())


def _strength_of(second: Second) -> str:
    assert second.proof is not None
    return STRONGLY if second.is_strong else STRICTLY if second.proof.is_strict else PLAINLY


def _by_second(value: Node, variables: tuple[Node, ...], bends: Bends, domain: Domain) -> Certificate | None:
    second = _second(value, variables, domain)
    if second is None or second.proof is None:
        return None
    word = {0: AFFINE, 1: CONVEX, -1: CONCAVE}[second.proof.sign]
    return Certificate(word, _strength_of(second) if word != AFFINE else PLAINLY, value, bends, ((value, second),))


def _second(value: Node, variables: tuple[Node, ...], domain: Domain) -> Second | None:
    """The second derivative, where there is one on a convex set."""
    if domain.gaps or domain.kinks:
        return None
    try:
        return second_of(value, variables, domain.known)
    except MatdiffError:
        return None
