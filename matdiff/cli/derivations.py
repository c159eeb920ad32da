"""From a derivative to the page that shows how it is found, for `explain` and for `--steps`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matdiff.errors import NotYet

if TYPE_CHECKING:
    from matdiff.explain.page import Page
    from matdiff.results import Derivative

LANGUAGES = ("en", "ru")


def page_of(derivative: Derivative, language: str = "en") -> Page:
    """What is written about one derivative: for a second derivative the gradient is derived before it."""
    from matdiff.engine import first_derivatives
    from matdiff.explain.explain import explain
    from matdiff.explain.page import Page
    from matdiff.explain.wording.catalogue import wording_for

    given = derivative.batch.interpreted
    if given.structured == "entries" and derivative.convention:
        reason = "a derivation is not written for the free entries of a structured variable"
        raise NotYet(reason, hint="`structured project` and `structured free` have one")
    value, base, variable = given.sides[0], derivative.answer.base, derivative.answer.variable
    assert variable is not None, derivative.wrt
    ways = []
    if base is not value:
        first = next(v for v in given.wrt if first_derivatives(value, (v,))[0] is base)
        ways.append(explain(value, first, base, given.lets, given.size_names))
    ways.append(explain(base, variable, derivative.node, given.lets, given.size_names))
    return Page(tuple(ways), str(derivative), derivative.assumptions, wording_for(language))
