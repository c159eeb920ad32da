"""Where a derivative holds: what the functions of the value ask of their arguments, as far as it is not declared.

Each function says in the `domain` of its row where it has a derivative; what a word there asks for is told here. The
index form is asked, in which `norm2(x)^2` has no root any more, and nothing is asked of `x`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from matdiff.conditions.needs import Need, needs_of
from matdiff.derive.contract import contract
from matdiff.derive.expand import expand
from matdiff.derive.reverse import depending_on
from matdiff.functions.catalogue import find
from matdiff.functions.defined import written_out
from matdiff.functions.rows import Composite, Sugar, words_of
from matdiff.printing.context import Context
from matdiff.printing.layout import Notation
from matdiff.printing.written import flatten
from matdiff.properties.infer import holds
from matdiff.recognise.fold import recognise
from matdiff.recognise.terms import unweighted
from matdiff.tree import build
from matdiff.tree.attributes import exponent_of
from matdiff.tree.node import Node
from matdiff.tree.properties import PHRASES
from matdiff.tree.walk import postorder

MOST_CONDITIONS = 6
LONGEST_SUBJECT = 60
RANKS = ("full_column_rank", "full_row_rank")


class Domain(NamedTuple):
    """What a word in the domain of a function asks of its argument, in words: of a scalar and of an array.

    Nothing is asked where one of `known_by` follows from what is declared. What is asked `for_slope` alone is not asked
    of a part that does not depend on the variables.
    """

    of_scalar: str
    of_array: str
    known_by: tuple[str, ...] = ()
    for_slope: bool = False


def _of_matrix(phrase: str, *known_by: str, for_slope: bool = True) -> Domain:
    return Domain(phrase, phrase, known_by, for_slope)


DOMAINS = {
    "positive": Domain(PHRASES["positive"], "has positive entries", ("positive",)),
    "nonnegative": Domain(PHRASES["nonnegative"], "has no negative entry", ("nonnegative",)),
    "nonzero": Domain(PHRASES["nonzero"], "has no zero entry", ("positive", "negative")),
    "no kink at 0": Domain(PHRASES["nonzero"], "has no zero entry", ("positive", "negative"), for_slope=True),
    "unit": Domain("lies between -1 and 1", "has entries between -1 and 1"),
    "above -1": Domain("is above -1", "has entries above -1", ("nonnegative",)),
    "invertible": _of_matrix(PHRASES["invertible"], "invertible", for_slope=False),
    "symmetric": _of_matrix(PHRASES["symmetric"], "symmetric", for_slope=False),
    "spd": _of_matrix(PHRASES["spd"], "spd", for_slope=False),
    "no negative eigenvalue": _of_matrix("has no real eigenvalue at or below zero", "spd", for_slope=False),
    "one largest entry": _of_matrix("has one largest entry"),
    "one smallest entry": _of_matrix("has one smallest entry"),
    "simple largest eigenvalue": _of_matrix("has a simple largest eigenvalue"),
    "simple smallest eigenvalue": _of_matrix("has a simple smallest eigenvalue"),
    "simple largest singular value": _of_matrix("has a simple largest singular value that is not zero"),
    "constant rank": _of_matrix("has constant rank", *RANKS),
    "full rank": _of_matrix("has full rank", *RANKS),
}


def conditions_of(values: tuple[Node, ...], variables: tuple[Node, ...], context: Context) -> tuple[str, ...]:
    """What has to hold for the derivatives of the values by the variables, each as a sentence: `x is not zero`.

    Nothing is said of what follows from the declarations. Of very many conditions, or of subjects that are too long to
    read, the last sentence tells that there are more.
    """
    notation = Notation(context)
    needs, hidden = readable_needs(values, variables, notation)
    told = tuple(f"{flatten(notation.of(need.node, is_fixed=True))} {need.words}" for need in needs)
    more = f"{hidden} more {'argument lies' if hidden == 1 else 'arguments lie'} where their functions are smooth"
    return (*told, more) if hidden else told


def readable_needs(
    values: tuple[Node, ...], variables: tuple[Node, ...], notation: Notation
) -> tuple[tuple[Need, ...], int]:
    """What has to hold for the derivatives of the values, as far as it can be read, and how many needs are left out."""
    needs = _strongest(dict.fromkeys(_needs(values, variables)))
    notation.lay_out(need.node for need in needs)
    short = tuple(need for need in needs if notation.done[need.node].length <= LONGEST_SUBJECT)[:MOST_CONDITIONS]
    return short, len(needs) - len(short)


def _strongest(needs: Iterable[Need]) -> tuple[Need, ...]:
    """The needs without those that follow from others: what is positive is not zero."""
    asked = set(needs)
    positive, nonzero = DOMAINS["positive"], DOMAINS["nonzero"]
    pairs = {nonzero.of_scalar: positive.of_scalar, nonzero.of_array: positive.of_array}
    return tuple(need for need in needs if Need(need.node, pairs.get(need.words, "")) not in asked)


def _needs(values: tuple[Node, ...], variables: tuple[Node, ...]) -> Iterator[Need]:
    order = postorder(contract(tuple(map(expand, written_out(values)))))
    active = depending_on(order, set(variables))
    asked = [(node, word) for node in order for word in _domain_of(node, node in active)]
    arguments = recognise(tuple(node.args[0] for node, _ in asked))
    for argument, (node, word) in zip(arguments, asked, strict=True):
        yield from _asked(word, argument, "rows" in node.attrs)


def _domain_of(node: Node, is_active: bool) -> Iterator[str]:
    """The words about the first argument of a node of index form."""
    if node.op == "map" and node.attrs[0] == "power":
        exponent = exponent_of(node)
        if exponent.denominator != 1:
            yield "positive" if is_active or exponent < 0 else "nonnegative"
        elif exponent < 0:
            yield "nonzero"
    elif node.op in ("map", "call") and not _is_whole_power(node):
        row = find(str(node.attrs[0]))
        if row is not None and not isinstance(row, Composite | Sugar):
            yield from (word for word in words_of(row.domain) if is_active or not DOMAINS[word].for_slope)


def _is_whole_power(node: Node) -> bool:
    """Whether a matrix power has a positive number as its exponent, so that there is nothing to invert."""
    if not str(node.attrs[0]).endswith("matpow"):
        return False
    return holds(recognise(node.args[-1:])[0], "positive")


def _asked(word: str, argument: Node, is_by_rows: bool) -> Iterator[Need]:
    """What a word asks of an argument in matrix form."""
    node = argument.args[0] if argument.op == "transpose" else argument
    domain = DOMAINS[word]
    if any(holds(node, known) for known in domain.known_by):
        return
    if word == "invertible":
        yield from needs_of(node)
    elif word in ("positive", "nonzero") and not node.shape and (word == "nonzero" or holds(node, "nonnegative")):
        yield from (Need(factor, PHRASES["nonzero"]) for factor in _vanishing(node))
    else:
        phrase = domain.of_array if node.shape else domain.of_scalar
        yield Need(node, f"{phrase} in each row" if is_by_rows else phrase)


def _vanishing(node: Node) -> Iterator[Node]:
    """What would make a scalar zero by being so itself: of `norm2(x)^2/n` that is `x`."""
    _, body = unweighted(node)
    if holds(body, "nonzero"):
        return
    if body.op == "map" and body.attrs[0] == "power":
        yield from _vanishing(body.args[0])
    elif body.op == "call" and body.attrs[0] == "norm2":
        yield body.args[0]
    elif body.op != "product":
        yield body
    else:
        scalars, chain = build.split_product(body)
        for scalar in scalars:
            yield from _vanishing(scalar)
        if chain:
            yield chain[-1] if _is_square(chain) else build.product(*chain)


def _is_square(chain: tuple[Node, ...]) -> bool:
    """Whether a chain is `B.T*B` or `B.T*S*B` for a positive definite S, which vanishes with B alone."""
    first, *middle, last = chain
    return first.op == "transpose" and first.args[0] is last and (not middle or holds(build.product(*middle), "spd"))
