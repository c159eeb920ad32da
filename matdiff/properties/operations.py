"""What follows about each operation of matrix form from its arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations

from matdiff.functions.defined import is_defined
from matdiff.functions.properties import IMAGES, rows_of
from matdiff.properties.chains import (
    DEFINITE,
    FORM_OF_SIGN,
    SEMIDEFINITE,
    chain_conclusions,
    is_square,
    projection_conclusions,
    turned,
)
from matdiff.properties.entries import joint
from matdiff.properties.record import Conclusions, Known, Reason
from matdiff.properties.traces import trace_conclusions
from matdiff.tree import build
from matdiff.tree.attributes import Weighted, exponent_of, is_power, properties_of, terms_of, weights_of
from matdiff.tree.node import Node
from matdiff.tree.properties import OPPOSITES, SIGNS, TURNED, kinds_of
from matdiff.tree.unknown import alike_axes, is_unknown

LINEAR = {
    "symmetric": "sums of symmetric matrices are symmetric",
    "skew": "sums of skew matrices are skew",
    "diagonal": "sums of diagonal matrices are diagonal",
    "lower": "sums of lower triangular matrices are lower triangular",
    "upper": "sums of upper triangular matrices are upper triangular",
    "zero": "every term is zero",
}
OF_A_MULTIPLE = ("invertible", "full_column_rank", "full_row_rank", "nonzero")
CONSTANTS = {
    "identity": ("identity", "diagonal", "orthogonal", "idempotent", "spd", "integer"),
    "ones": ("integer", "nonzero"),
    "zeros": ("zero", "integer", "diagonal"),
    "unit": ("integer", "nonzero", "sums_to_one"),
    "commutation": ("orthogonal", "integer"),
    "elimination": ("full_row_rank", "integer"),
    "duplication": ("full_column_rank", "integer"),
    "lower": ("lower", "integer", "invertible"),
}
MOST_PAIRED = 12
_DEFINITION = Reason("by definition")


def conclusions(node: Node, known: Known) -> Conclusions:
    """What the operation itself tells of a node; implications between words are no part of it."""
    rule = _of_unknown if is_unknown(node) else _RULES.get(node.op)
    return rule(node, known) if rule else iter(())


def _of_variable(node: Node, _: Known) -> Conclusions:
    for word in properties_of(node):
        if word == "orthogonal" and not is_square(node):
            continue
        yield word, Reason("declared")


def _of_number(node: Node, _: Known) -> Conclusions:
    (value,) = node.attrs
    if not isinstance(value, Fraction) or value.denominator == 1:
        yield "integer", Reason("a whole number")
    if value == 0:
        yield "zero", _DEFINITION


def _of_constant(node: Node, _: Known) -> Conclusions:
    kind = str(node.attrs[0])
    words: tuple[str, ...] = CONSTANTS.get(kind, ())
    if kind == "ones" and "square" in kinds_of(node.shape):
        words = (*words, "psd")
    if kind == "commutation" and node.attrs[1] == node.attrs[2]:
        words = (*words, "symmetric")
    for word in words:
        if "square" in kinds_of(node.shape) or word not in ("diagonal", "lower", "invertible"):
            yield word, _DEFINITION


def _of_sum(node: Node, known: Known) -> Conclusions:
    terms = [(weight, term) for weight, term in terms_of(node) if weight]
    facts = [(known(term).words, weight < 0) for weight, term in terms]
    if len(terms) == 1:
        yield from _of_multiple(node, known)
    for word, why in LINEAR.items():
        if all(word in words for words, _ in facts):
            yield word, Reason(why, tuple((term, word) for _, term in terms))
    if all("integer" in words for words, _ in facts) and all(weight.denominator == 1 for weight, _ in terms):
        yield "integer", Reason("whole numbers times whole numbers", tuple((term, "integer") for _, term in terms))
    for weak, strong in DEFINITE.items():
        yield from _of_cone(terms, known, weak, strong)
    yield from _of_pairs(node, known)
    yield from _of_complement(terms, known)


def _of_multiple(node: Node, known: Known) -> Conclusions:
    (term,) = node.args
    for word in OF_A_MULTIPLE:
        if word in known(term).words:
            yield word, Reason("a multiple, not by 0", ((term, word),))


def _of_cone(terms: Sequence[Weighted], known: Known, weak: str, strong: str) -> Conclusions:
    """Sums of semidefinite terms, definite where one is; a skew term does not change the form."""
    held = []
    for weight, term in terms:
        is_negative = weight < 0
        best = next((w for w in (strong, weak) if (OPPOSITES[w] if is_negative else w) in known(term).words), None)
        held.append((term, best, OPPOSITES.get(best or "", "") if is_negative else best, "skew" in known(term).words))
    premises = tuple((term, own or "skew") for term, _, own, _ in held)
    is_definite = any(best == strong for _, best, _, _ in held)
    if all(best for _, best, _, _ in held) and premises:
        yield weak, Reason("the forms of the terms add up", premises, "terms")
        if is_definite:
            yield strong, Reason("the forms of the terms add up, and one of them is 0 only at 0", premises, "terms")
    elif is_definite and all(best or is_skew for _, best, _, is_skew in held):
        yield "invertible", Reason("v'*(S + K)*v = v'*S*v is 0 only for v = 0 with a skew K", premises, "terms")


def _of_pairs(node: Node, known: Known) -> Conclusions:
    """`A + A'` is symmetric and `A - A'` is skew."""
    if len(node.shape) != 2 or node.shape[0] != node.shape[1] or len(node.args) > MOST_PAIRED:
        return
    own = dict(zip(node.args, weights_of(node), strict=True))
    mirrored: dict[Node, Fraction] = {}
    for term, weight in own.items():
        sign, image = turned(term, known)
        mirrored[image] = sign * weight
    if mirrored == own:
        yield "symmetric", Reason("its terms are those of its transpose", (), "mirror")
    if mirrored == {term: -weight for term, weight in own.items()}:
        yield "skew", Reason("its terms are minus those of its transpose", (), "mirror")


def _of_complement(terms: Sequence[Weighted], known: Known) -> Conclusions:
    """`I - P` is its own square where P is."""
    held: dict[Fraction | int, Node] = dict(terms)
    is_difference = len(terms) == 2 and set(held) == {1, -1} and "identity" in known(held[1]).words
    if is_difference and "idempotent" in known(held[-1]).words:
        yield "idempotent", Reason("(I - P)*(I - P) = I - 2*P + P*P", ((held[-1], "idempotent"),))


def _of_product(node: Node, known: Known) -> Conclusions:
    scalars, chain = build.split_product(node)
    yield from projection_conclusions(scalars, chain)
    if not chain:
        yield from _of_scalars(scalars, known)
        return
    inner = known(chain[0]).words.items() if len(chain) == 1 else chain_conclusions(chain, known)
    body = chain[0] if len(chain) == 1 else None
    if not scalars:
        yield from inner
        return
    signs = joint(scalars, known).signs
    for word, reason in inner:
        told = Reason("times a scalar", ((body, word),)) if body is not None else reason
        yield from _times_scalars(word, told, scalars, signs, known)


def _of_scalars(scalars: tuple[Node, ...], known: Known) -> Conclusions:
    for word in ("integer", "nonzero"):
        if all(word in known(scalar).words for scalar in scalars):
            yield word, Reason("a product of such numbers", tuple((scalar, word) for scalar in scalars))
    zero = next((scalar for scalar in scalars if "zero" in known(scalar).words), None)
    if zero is not None:
        yield "zero", Reason("a factor is zero", ((zero, "zero"),))


def _times_scalars(
    word: str, reason: Reason, scalars: tuple[Node, ...], signs: tuple[str, ...], known: Known
) -> Conclusions:
    """A property of the chain that scalars before it keep, or turn round."""
    if word in (*LINEAR, "integer"):
        if word != "integer" or all("integer" in known(scalar).words for scalar in scalars):
            yield word, reason
    elif word in OF_A_MULTIPLE:
        if all("nonzero" in known(scalar).words for scalar in scalars):
            yield word, reason._replace(premises=(*reason.premises, *((scalar, "nonzero") for scalar in scalars)))
    elif word in OPPOSITES and word not in SIGNS and signs:
        found = word if signs[0] in ("positive", "negative") else SEMIDEFINITE.get(word, word)
        found = OPPOSITES[found] if signs[0] in ("negative", "nonpositive") else found
        premises = tuple((scalar, sign) for scalar in scalars if (sign := next(iter(known(scalar).entries.signs), "")))
        yield found, reason._replace(premises=(*reason.premises, *premises))


def _of_hadamard(node: Node, known: Known) -> Conclusions:
    facts = [known(arg).words for arg in node.args]
    each = {
        "symmetric": "entry by entry, products of symmetric matrices are symmetric",
        "psd": "Schur's product theorem",
        "spd": "Schur's product theorem",
        "integer": "products of whole numbers",
    }
    for word, why in each.items():
        if all(word in words for words in facts):
            yield word, Reason(why, tuple((arg, word) for arg in node.args))
    for word in ("diagonal", "lower", "upper", "zero"):
        held = next((arg for arg, words in zip(node.args, facts, strict=True) if word in words), None)
        if held is not None:
            yield word, Reason("0 times anything is 0", ((held, word),))
    skew = [arg for arg, words in zip(node.args, facts, strict=True) if "skew" in words]
    if skew and all("symmetric" in words or "skew" in words for words in facts):
        word = "skew" if len(skew) % 2 else "symmetric"
        yield word, Reason("signs multiply", tuple((arg, "skew") for arg in skew))


def _of_transpose(node: Node, known: Known) -> Conclusions:
    (argument,) = node.args
    for word in known(argument).words:
        if word != "rank":
            yield TURNED.get(word, word), Reason("the transpose of such a matrix", ((argument, word),))


def _of_map(node: Node, known: Known) -> Conclusions:
    if len(node.args) > 1:
        return
    (argument,) = node.args
    words = known(argument).words
    exponent = exponent_of(node) if is_power(node) else None
    for word in ("symmetric",) if is_defined(node.attrs) else _kept_by_map(str(node.attrs[0]), exponent):
        if word in words:
            yield word, Reason("entry by entry", ((argument, word),))
    if exponent is not None and exponent < 0 and not node.shape:
        yield "nonzero", Reason("a quotient of 1")


def _kept_by_map(name: str, exponent: Fraction | None) -> tuple[str, ...]:
    """The properties that a matrix has after the function if it had them before."""
    kept: tuple[str, ...] = ("symmetric",)
    if exponent is not None:
        is_whole = exponent > 0 and exponent.denominator == 1
        kept += ("diagonal", "lower", "upper", "zero", "nonzero") if exponent > 0 else ()
        kept += ("psd", "spd", "integer") if is_whole else ()
        return kept + (("skew",) if is_whole and exponent.numerator % 2 else ())
    image = IMAGES[name]
    if image.root == 0 or image.is_odd or name == "abs":
        kept += ("diagonal", "lower", "upper", "zero")
    if (image.is_odd and image.is_increasing) or name == "abs":
        kept += ("nonzero",)
    return kept + (("skew",) if image.is_odd else ()) + (("psd",) if name == "exp" else ())


def _of_call(node: Node, known: Known) -> Conclusions:
    name, *parameters = node.attrs
    is_by_lines = bool(parameters) and parameters[0] in ("rows", "cols")
    for row in rows_of(str(name)):
        of = row.of or tuple(range(len(node.args)))
        if is_by_lines and (row.then not in SIGNS or not set(row.needs) <= set(SIGNS)):
            continue
        if all(set(row.needs) <= set(known(node.args[place]).words) for place in of):
            premises = tuple((node.args[place], word) for word in row.needs for place in of)
            yield row.then, Reason(row.why, premises)
    special = _SPECIAL.get(str(name))
    if special and not is_by_lines:
        yield from special(node, known)


def _of_unknown(node: Node, known: Known) -> Conclusions:
    """A function of which nothing is known keeps a matrix symmetric entry by entry, and its Hessians are."""
    if node.op == "call" and len(node.shape) == 2 and alike_axes(node):
        yield "symmetric", Reason("second derivatives commute")
    if node.op == "map" and len(node.args) == 1 and "symmetric" in known(node.args[0]).words:
        yield "symmetric", Reason("entry by entry", ((node.args[0], "symmetric"),))


def _of_diag(node: Node, known: Known) -> Conclusions:
    (argument,) = node.args
    words = known(argument).words
    if len(node.shape) == 2:
        yield "diagonal", _DEFINITION
        for sign, then in FORM_OF_SIGN.items():
            if sign in words:
                yield then, Reason("the eigenvalues are the entries", ((argument, sign),), "diagonal")
        for word in {"integer", "nonzero", "zero"} & set(words):
            yield word, Reason("the same entries", ((argument, word),))
        return
    for sign, form in FORM_OF_SIGN.items():
        if form in words:
            yield sign, Reason("a diagonal entry is the form at a unit vector", ((argument, form),))
    if "integer" in words:
        yield "integer", Reason("some of the entries", ((argument, "integer"),))


def _of_power(node: Node, known: Known) -> Conclusions:
    """Whole powers: even ones of symmetric matrices are squares."""
    (argument, *_), exponent = node.args, node.attrs[-1]
    words = known(argument).words
    if not isinstance(exponent, int):
        return
    if exponent % 2 and "skew" in words:
        yield "skew", Reason("an odd power", ((argument, "skew"),))
    if exponent % 2 == 0 and "symmetric" in words:
        yield "psd", Reason("its eigenvalues are even powers", ((argument, "symmetric"),))
    if exponent % 2 == 0 and "skew" in words:
        yield "symmetric", Reason("an even power", ((argument, "skew"),))
    if exponent > 0 and "integer" in words:
        yield "integer", Reason("sums of products of whole numbers", ((argument, "integer"),))


def _of_dot(node: Node, known: Known) -> Conclusions:
    left, right = node.args
    if left is right:
        yield "nonnegative", Reason("the sum of the squares of the entries")
        if "nonzero" in known(left).words:
            yield "positive", Reason("the sum of the squares of the entries", ((left, "nonzero"),))


def _of_kron(node: Node, known: Known) -> Conclusions:
    kinds = [{"symmetric", "skew"} & set(known(arg).words) for arg in node.args]
    if all(kinds) and kinds[0] != kinds[1]:
        yield "skew", Reason("(A ⊗ B)' = A' ⊗ B'", tuple((a, min(k)) for a, k in zip(node.args, kinds, strict=True)))


def _of_block(node: Node, known: Known) -> Conclusions:
    (columns,) = node.attrs
    assert isinstance(columns, int)
    if len(node.shape) != 2 or columns**2 != len(node.args):
        return
    grid = [node.args[k : k + columns] for k in range(0, len(node.args), columns)]
    diagonal = [grid[k][k] for k in range(columns)]
    pairs = [(grid[i][j], grid[j][i]) for i, j in combinations(range(columns), 2)]
    if all(map(is_square, diagonal)):
        if all("symmetric" in known(b).words for b in diagonal) and all(build.transpose(a) is b for a, b in pairs):
            yield (
                "symmetric",
                Reason("its blocks are those of its transpose", tuple((b, "symmetric") for b in diagonal)),
            )
        above, below = ([pair[k] for pair in pairs] for k in (0, 1))
        is_lower, is_upper = (all("zero" in known(b).words for b in part) for part in (above, below))
        for word, holds in (("lower", is_lower), ("upper", is_upper)):
            if holds and all(word in known(b).words for b in diagonal):
                yield word, Reason("block by block", tuple((b, word) for b in diagonal))
        if is_lower or is_upper:
            words = ("invertible", *(("spd", "psd", "orthogonal") if is_lower and is_upper else ()))
            for word in words:
                if all(word in known(b).words for b in diagonal):
                    yield word, Reason("by its diagonal blocks", tuple((b, word) for b in diagonal))


_SPECIAL: dict[str, Callable[[Node, Known], Conclusions]] = {
    "diag": _of_diag,
    "matpow": _of_power,
    "tr": trace_conclusions,
    "dot": _of_dot,
    "kron": _of_kron,
}
_RULES: dict[str, Callable[[Node, Known], Conclusions]] = {
    "var": _of_variable,
    "number": _of_number,
    "size": _of_number,
    "constant": _of_constant,
    "sum": _of_sum,
    "product": _of_product,
    "hadamard": _of_hadamard,
    "transpose": _of_transpose,
    "map": _of_map,
    "call": _of_call,
    "block": _of_block,
}
