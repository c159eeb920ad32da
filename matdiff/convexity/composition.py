"""How an expression bends, from how its functions bend: sums, compositions, products with constants, forms.

That a node bends some way says two things: the points where it is defined are a convex set, and every entry of it bends
that way there.
Sources: Boyd and Vandenberghe, Convex Optimization, section 3.2; Grant, Boyd and Ye, Disciplined convex programming.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from matdiff.functions.curvature import (
    BILINEAR,
    CONCAVE,
    CONVEX,
    CURVES,
    FALLING,
    LINEAR,
    LOG_CONCAVE,
    RISING,
    TURNED,
    Curve,
    curves_of_power,
)
from matdiff.properties.chains import mirror_sign
from matdiff.properties.entries import joint
from matdiff.properties.record import Known
from matdiff.reasoning.sentences import Spell
from matdiff.tree import build
from matdiff.tree.attributes import exponent_of, is_power, terms_of
from matdiff.tree.node import Node
from matdiff.tree.properties import SIGNS
from matdiff.tree.walk import postorder

HALF = Fraction(1, 2)
CONSTANT, AFFINE, UNKNOWN = "constant", "affine", "unknown"


class Bend(NamedTuple):
    """How the entries of a node bend, and why."""

    word: str
    why: str = ""


UNDECIDED = Bend(UNKNOWN)
Bends = dict[Node, Bend]


def bends_of(root: Node, variables: Sequence[Node], known: Known) -> Bends:
    """How every node below `root` bends in the variables, as far as composition tells."""
    found: Bends = {}
    for node in postorder((root,)):
        if node in variables:
            found[node] = Bend(AFFINE)
        elif all(found[arg].word == CONSTANT for arg in node.args):
            found[node] = Bend(CONSTANT)
        else:
            rule = _RULES.get(node.op)
            found[node] = rule(node, found, known) if rule else UNDECIDED
    return found


def told(root: Node, bends: Bends, spell: Spell) -> Iterator[str]:
    """The argument, from the innermost parts outward; of affine parts those that something is a function of."""
    order = [node for node in postorder((root,)) if bends[node].word != CONSTANT]
    curved = [node for node in order if bends[node].word in TURNED]
    used = {arg for node in curved for arg in node.args}
    for node in order:
        word, why = bends[node]
        is_part = word == AFFINE and node in used and node.op not in ("var", "transpose")
        if node in curved or is_part:
            yield f"{spell(node)} is {word}" + (f": {why}" if why else "")


def _of_sum(node: Node, bends: Bends, _: Known) -> Bend:
    words = {_scaled(bends[term].word, weight) for weight, term in terms_of(node)}
    words -= {CONSTANT}
    if words == {AFFINE}:
        return Bend(AFFINE)
    words -= {AFFINE}
    if len(words) == 1 and words <= set(TURNED):
        (word,) = words
        moving = [term for term in node.args if bends[term].word != CONSTANT]
        return Bend(word, f"a sum of {word} terms" if len(moving) > 1 else "a multiple and a constant")
    return UNDECIDED


def _scaled(word: str, weight: Fraction) -> str:
    return TURNED.get(word, word) if weight < 0 else word


def _of_product(node: Node, bends: Bends, known: Known) -> Bend:
    scalars, chain = build.split_product(node)
    moving = [factor for factor in node.args if bends[factor].word != CONSTANT]
    bend = _times_constants(node, moving[0], bends, known) if len(moving) == 1 else UNDECIDED
    if bend.word != UNKNOWN:
        return bend
    if any(bends[scalar].word != CONSTANT for scalar in scalars):
        return _of_quotient(scalars, chain, bends, known)
    return _of_form(scalars, chain, bends, known)


def _of_form(scalars: Sequence[Node], chain: Sequence[Node], bends: Bends, known: Known) -> Bend:
    """`u'*P*u` for an affine u and a semidefinite constant P, or for P = inv(S) of an affine S."""
    half = chain[(len(chain) + 1) // 2 :]
    middle = chain[len(chain) // 2] if len(chain) % 2 else None
    sign = mirror_sign(chain, known)
    moving = [bends[factor].word for factor in half if bends[factor].word != CONSTANT]
    inverted = middle is not None and bends[middle].word != CONSTANT
    if not chain or build.chain_shape(chain) or not sign or moving not in ([AFFINE], [] if inverted else [AFFINE]):
        return UNDECIDED
    if inverted and not _is_inverse_of_affine(middle, bends):
        return UNDECIDED
    words = {"psd"} if middle is None else set(known(middle.args[0] if inverted else middle).words)
    form = CONVEX if "psd" in words else CONCAVE if "negative_semidefinite" in words else UNKNOWN
    signs = joint(scalars, known).signs
    if not signs or form == UNKNOWN:
        return UNDECIDED
    is_turned = (sign < 0) != (signs[0] in ("negative", "nonpositive"))
    why = "a sum of squares" if middle is None else "a semidefinite form of an affine vector"
    why = "u.T*inv(S)*u is jointly convex in u and a positive definite S, both affine" if inverted else why
    return Bend(TURNED[form] if is_turned else form, why)


def _is_inverse_of_affine(node: Node | None, bends: Bends) -> bool:
    return node is not None and node.attrs == ("inv",) and bends[node.args[0]].word == AFFINE


def _of_quotient(scalars: Sequence[Node], chain: Sequence[Node], bends: Bends, known: Known) -> Bend:
    """A sum of squares of an affine u over a positive concave t."""
    moving = [scalar for scalar in scalars if bends[scalar].word != CONSTANT]
    over = next((scalar for scalar in moving if scalar.attrs == ("power", -1)), None)
    above = [scalar for scalar in moving if scalar is not over]
    if over is None or len(above) + len(chain) != 1:
        return UNDECIDED
    (squares,) = (*above, *chain)
    others = [scalar for scalar in scalars if scalar not in moving]
    below = over.args[0]
    signs = joint(others, known).signs
    is_over_positive = "positive" in known(below).words and bends[below].word in (AFFINE, CONCAVE)
    if not _is_sum_of_squares(squares, bends, known) or not is_over_positive or not signs:
        return UNDECIDED
    word = CONVEX if signs[0] in ("positive", "nonnegative") else CONCAVE
    return Bend(word, "a sum of squares of affine entries over a positive number that is concave")


def _is_sum_of_squares(node: Node, bends: Bends, known: Known) -> bool:
    """Whether the node is the sum of the squares of affine entries, or such a sum of its own in every entry.

    Of a product that is no scalar, such as `x*x'`, the entries are products of two entries.
    """
    if bends[node].word == CONSTANT:
        return "nonnegative" in known(node).words
    if node.op == "sum":
        return all(weight > 0 and _is_sum_of_squares(term, bends, known) for weight, term in terms_of(node))
    if is_power(node) and exponent_of(node) == 2:
        (base,) = node.args
        return bends[base.args[0] if base.attrs == ("norm2",) else base].word == AFFINE
    if node.op == "product" and not node.shape and len(node.args) == 2:
        left, right = node.args
        return build.transpose(left) is right and bends[right].word == AFFINE
    if node.attrs in (("sum",), ("mean",)):
        return _is_sum_of_squares(node.args[0], bends, known)
    return node.attrs == ("dot",) and node.args[0] is node.args[1] and bends[node.args[0]].word == AFFINE


def _of_hadamard(node: Node, bends: Bends, known: Known) -> Bend:
    moving = [factor for factor in node.args if bends[factor].word != CONSTANT]
    return _times_constants(node, moving[0], bends, known) if len(moving) == 1 else UNDECIDED


def _times_constants(node: Node, factor: Node, bends: Bends, known: Known) -> Bend:
    """One factor that moves between constant ones: they have to be of one sign unless it is affine."""
    word = bends[factor].word
    if word in (AFFINE, UNKNOWN):
        return Bend(word)
    sign = 1
    for other in node.args:
        if other is not factor:
            signs = known(other).entries.signs
            if not signs:
                return UNDECIDED
            sign *= -1 if signs[0] in ("negative", "nonpositive") else 1
    times = "a multiple that is not negative" if sign > 0 else "a multiple that is not positive"
    return Bend(word if sign > 0 else TURNED[word], times)


def _of_same(node: Node, bends: Bends, _: Known) -> Bend:
    return Bend(bends[node.args[0]].word)


def _of_block(node: Node, bends: Bends, _: Known) -> Bend:
    words = {bends[arg].word for arg in node.args} - {CONSTANT}
    if words == {AFFINE}:
        return Bend(AFFINE)
    words -= {AFFINE}
    return Bend(words.pop()) if len(words) == 1 else UNDECIDED


def _of_map(node: Node, bends: Bends, known: Known) -> Bend:
    name = str(node.attrs[0])
    if len(node.args) > 1:
        return UNDECIDED
    (argument,) = node.args
    if name == "log" and argument.op == "map" and argument.attrs[0] in LOG_CONCAVE:
        inner = str(argument.attrs[0])
        return _composed(argument.args[0], (Curve(CONCAVE, RISING),), bends, known, f"the logarithm of {inner}")
    if is_power(node) and exponent_of(node) == HALF and _is_sum_of_squares(argument, bends, known):
        return Bend(CONVEX, "the root of a sum of squares of affine entries is a norm")
    curves = curves_of_power(exponent_of(node)) if is_power(node) else CURVES.get(name, ())
    return _composed(argument, curves, bends, known, f"the power {node.attrs[1]}" if is_power(node) else name)


def _composed(argument: Node, curves: Sequence[Curve], bends: Bends, known: Known, name: str) -> Bend:
    """f(g): convex for a convex f of an affine g, an increasing f of a convex g, a decreasing f of a concave g."""
    inner = bends[argument].word
    words = known(argument).words
    for curve in curves:
        if curve.where and curve.where not in words:
            continue
        wanted = curve.bend if curve.slope == RISING else TURNED[curve.bend] if curve.slope == FALLING else ""
        if inner in (AFFINE, wanted):
            shape = curve.bend if inner == AFFINE else f"{curve.bend} and {curve.slope}"
            where = f" where its argument is {curve.where}" if curve.where in SIGNS else ""
            return Bend(curve.bend, f"{name} is {shape}{where}, and its argument is {inner}")
    return UNDECIDED


def _of_call(node: Node, bends: Bends, known: Known) -> Bend:
    name = str(node.attrs[0])
    if name in LINEAR:
        return Bend(bends[node.args[0]].word)
    if name in BILINEAR:
        return _of_hadamard(node, bends, known) if node.args[0] is not node.args[1] else _of_dot(node, bends)
    return _composed(node.args[0], CURVES.get(name, ()), bends, known, name)


def _of_dot(node: Node, bends: Bends) -> Bend:
    is_square = node.attrs == ("dot",) and bends[node.args[0]].word == AFFINE
    return Bend(CONVEX, "a sum of squares") if is_square else UNDECIDED


_RULES: dict[str, Callable[[Node, Bends, Known], Bend]] = {
    "sum": _of_sum,
    "product": _of_product,
    "hadamard": _of_hadamard,
    "einsum": _of_hadamard,
    "transpose": _of_same,
    "block": _of_block,
    "map": _of_map,
    "call": _of_call,
}
