"""From a derivative to the page that shows how it is found, for `explain` and for `--steps`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from matdiff.cli.options import WAYS
from matdiff.errors import Disagreement, MatdiffError, NotYet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matdiff.explain.derivation import Derivation
    from matdiff.explain.page import Page
    from matdiff.results import Derivative
    from matdiff.tree.node import Node

LANGUAGES = ("en", "ru")
AUTHORS = {"entries": ("explain", "explain"), "matrix": ("by_matrices", "explain_by_matrices")}


def page_of(derivative: Derivative, way: str = WAYS[0], language: str = "en") -> Page:
    """What is written about one derivative: for a second derivative the gradient is derived before it.

    The other way is gone as well where it can be, and where both are known to end in one derivative the page says so.
    """
    from matdiff.conditions.domains import readable_needs
    from matdiff.explain.page import Page
    from matdiff.explain.wording.catalogue import wording_for
    from matdiff.printing.layout import Notation

    derivations = derivations_of(derivative, way)
    firmness = weakest(map(firmness_of, derivations))
    batch = derivative.batch
    needs, hidden = readable_needs(batch.interpreted.sides, batch.interpreted.wrt, Notation(batch.context))
    other = firmness_of_way(derivative, next(other for other in WAYS if other != way))
    return Page(
        derivations,
        str(derivative),
        derivative.assumptions,
        wording_for(language),
        agreement=weakest((firmness, other)),
        is_through_names=bool(batch.interpreted.lets and firmness),
        needs=needs,
        has_more_needs=bool(hidden),
    )


def derivations_of(derivative: Derivative, way: str) -> tuple[Derivation, ...]:
    """The derivation of an answer in one of `WAYS`; of a second derivative that of the gradient first.

    Raises NotYet where the way does not lead through a function.
    """
    from matdiff.engine import first_derivatives

    module, name = AUTHORS[way]
    author: Callable[..., Derivation] = getattr(import_module(f"matdiff.explain.{module}"), name)
    given = derivative.batch.interpreted
    if given.structured == "entries" and derivative.convention:
        reason = "a derivation is not written for the free entries of a structured variable"
        raise NotYet(reason, hint="`structured project` and `structured free` have one")
    value, base, variable = given.sides[0], derivative.answer.base, derivative.answer.variable
    assert variable is not None, derivative.wrt
    derivations = []
    if base is not value:
        first = next(v for v in given.wrt if first_derivatives(value, (v,))[0] is base)
        derivations.append(author(value, first, base, given.lets, given.size_names))
    derivations.append(author(base, variable, derivative.node, given.lets, given.size_names))
    return tuple(derivations)


def chain_of(derivative: Derivative) -> tuple[str, ...]:
    """The factors of the chain rule through the named parts, each with its shape, and that the direct way agrees.

    Nothing where the derivation goes through no name, or where there is none.
    """
    from matdiff.explain.factors import factor_lines

    try:
        derivation = derivations_of(derivative, WAYS[0])[-1]
        firmness = firmness_of(derivation)
    except NotYet:
        return ()
    if not firmness or len(derivation.naming.named) == 1:
        return ()
    return (*factor_lines(derivation), "the direct way, without names, gives the same")


def firmness_of_way(derivative: Derivative, way: str) -> str:
    """How firmly it is known that a way finds the answer; empty where it does not lead there."""
    try:
        derivations = derivations_of(derivative, way)
    except MatdiffError:
        return ""
    return weakest(map(firmness_of, derivations))


def weakest(firmness: Iterable[str]) -> str:
    """The least firm of several verdicts; empty where one of them is."""
    return max(firmness, key=("proved", "proved mod p", "numerically equal", "").index)


def firmness_of(derivation: Derivation) -> str:
    """How firmly it is known that what a derivation found is the answer; empty where it found no matrix form.

    Raises Disagreement where it is not the answer.
    """
    from matdiff.engine import simplify
    from matdiff.rulebook.proofs import PROVED, prove_equal
    from matdiff.verify.compare import check_equal

    found, answer = derivation.found, derivation.answer
    if found is None:
        return ""
    if found is answer or _simplified(found, simplify) is answer:
        return PROVED
    verdict = check_equal(found, answer)
    if verdict.status == "differs":
        raise Disagreement(f"a derivation by {derivation.variable.attrs[0]}", verdict.reason)
    return prove_equal(found, answer).strength if verdict.status == "agrees" else ""


def _simplified(node: Node, simplify: Callable[[Node], Node]) -> Node | None:
    try:
        return simplify(node)
    except MatdiffError:
        return None
