"""Determinants of products and products of determinants."""

from __future__ import annotations

from fractions import Fraction

from matdiff.properties.infer import holds
from matdiff.recognise.cancel import is_identity
from matdiff.recognise.chains import multiplied
from matdiff.recognise.functions import called
from matdiff.recognise.measure import cost
from matdiff.recognise.sums import summed
from matdiff.recognise.terms import is_constant, unweighted
from matdiff.recognise.transposes import transposed
from matdiff.rewriting.inverses import rank_one_update
from matdiff.rewriting.terms import inner_of, merged_in_pairs, multiplied_out
from matdiff.tree import build
from matdiff.tree.attributes import terms_of
from matdiff.tree.node import Node

NAMES = ("det", "logdet")
ONE = Fraction(1)


def of_products(node: Node) -> Node | None:
    """`det(inv(B)*A*B)` as `det(A)`; for the logarithm orthogonal factors fall away as well."""
    if node.op != "call" or node.attrs[0] not in NAMES:
        return None
    name = str(node.attrs[0])
    if is_identity(node.args[0]):
        return build.number(1 if name == "det" else 0)
    exponential = inner_of("expm", node.args[0])
    if exponential is not None and name == "logdet":
        return called(("tr",), (exponential,), ())
    chain = [*build.split_product(node.args[0])[1]] if node.args[0].op == "product" else []
    if build.split_product(node.args[0])[0] or any(factor.shape != node.args[0].shape for factor in chain):
        return None
    kept = _without_inverse_pairs(chain)
    if name == "logdet":
        kept = [factor for factor in kept if not holds(factor, "orthogonal")]
    if len(kept) == len(chain):
        return None
    matrix = multiplied(kept) if kept else build.identity(node.args[0].shape[0])
    return build.call(name, (matrix,), ()) if kept else build.number(1 if name == "det" else 0)


def _without_inverse_pairs(chain: list[Node]) -> list[Node]:
    for place, factor in enumerate(chain):
        inverse = called(("inv",), (factor,), factor.shape)
        for other, partner in enumerate(chain):
            if other != place and partner in (inverse, transposed(inverse)):
                return _without_inverse_pairs([f for k, f in enumerate(chain) if k not in (place, other)])
    return chain


def of_update(node: Node) -> Node | None:
    """`det(I + x*y.T)` as `1 + y.T*x`, the determinant lemma for the identity."""
    inner = inner_of("det", node)
    if inner is None or inner.op != "sum" or (Fraction(1), build.identity(inner.shape[0])) not in terms_of(inner):
        return None
    update = rank_one_update(inner)
    return None if update is None else update[2]


def products_of(node: Node) -> Node | None:
    """`det(A)*det(B)` as `det(A*B)`, and `det(A)*(1 + v.T*inv(A)*u)` as `det(A + u*v.T)`."""
    if node.op == "map" and node.attrs == ("power", Fraction(2)):
        inner = inner_of("det", node.args[0])
        return build.number(1) if inner is not None and holds(inner, "orthogonal") else None
    if node.op != "product" or node.shape:
        return None
    parts = merged_in_pairs(node.args, _product)
    return None if parts is None else multiplied(parts)


def _product(first: Node, second: Node) -> Node | None:
    matrix, other = inner_of("det", first), inner_of("det", second)
    if matrix is None:
        return None
    update = _update(matrix, second) if other is None else _lemma(matrix, other)
    if update is None and other is not None and other.shape == matrix.shape:
        update = multiplied((matrix, other))
    return None if update is None else called(("det",), (update,), ())


def _update(matrix: Node, bracket: Node) -> Node | None:
    """The `A + c*u*v.T` for a bracket `1 + c*v.T*inv(A)*u`."""
    terms = terms_of(bracket)
    ones = [weight for weight, term in terms if is_constant(term, "ones")]
    others = [(weight, term) for weight, term in terms if not is_constant(term, "ones")]
    if ones != [ONE] or len(others) != 1:
        return None
    (weight, term), inverse = others[0], called(("inv",), (matrix,), matrix.shape)
    scalars = tuple(part for part in term.args if not part.shape and part.op != "product")
    closed = [part for part in (term, *term.args) if part.op == "product" and len(part.args) > 2 and part.args[0].shape]
    if len(closed) != 1 or len(closed[0].args) != 3 or (term is not closed[0] and len(term.args) != len(scalars) + 1):
        return None
    left, middle, right = closed[0].args
    if middle is transposed(inverse):
        left, right = transposed(right), transposed(left)
    elif middle is not inverse:
        return None
    update = multiplied((*(scalars if term is not closed[0] else ()), right, left))
    return summed([(ONE, matrix), (weight, update)], matrix.shape)


def _lemma(matrix: Node, other: Node) -> Node | None:
    """The `A + U*V` whose determinant is that of A times that of `I + V*inv(A)*U`."""
    terms = terms_of(other)
    rest = [(weight, term) for weight, term in terms if not is_identity(term)]
    if len(terms) != 2 or len(rest) != 1 or next(w for w, t in terms if is_identity(t)) != 1:
        return None
    (weight, term), inverse = rest[0], called(("inv",), (matrix,), matrix.shape)
    scalars, chain = build.split_product(term)
    for place, factor in enumerate(chain):
        if factor is inverse:
            update = multiplied((*scalars, *chain[place + 1 :], *chain[:place]))
            return summed([(ONE, matrix), (weight, update)], matrix.shape)
    return None


def sums_of_logarithms(node: Node) -> Node | None:
    """`logdet(A) + logdet(B)` as `logdet(A*B)` for one size, and with `I + V*inv(A)*U` for B as `logdet(A + U*V)`."""
    if node.op != "sum":
        return None
    terms = [(w, t) for w, t in terms_of(node) if abs(w) == 1 and inner_of("logdet", t) is not None]
    for place, (weight, first) in enumerate(terms):
        for own, second in terms[place + 1 :]:
            a, b = first.args[0], second.args[0]
            rest = [(w, t) for w, t in terms_of(node) if t not in (first, second)]
            whole = (_lemma(a, b) or _lemma(b, a)) if own == weight else None
            if whole is None and a.shape == b.shape:
                whole = multiplied((a, b if own == weight else called(("inv",), (b,), b.shape)))
            if whole is not None:
                opened = summed(multiplied_out(whole), whole.shape)
                joined = build.call("logdet", (min(whole, opened, key=cost),), ())
                return summed([(weight, joined), *rest], ())
    return None


def norms(node: Node) -> Node | None:
    """`norm2(Q*A)` as `norm2(A)` for a square orthogonal Q."""
    inner = inner_of("norm2", node)
    if inner is None:
        return None
    weight, body = unweighted(inner)
    scalars, chain = build.split_product(body)
    if weight != 1 or scalars or len(chain) < 2:
        return None
    ends = (chain[0], chain[1:]), (chain[-1], chain[:-1])
    for factor, rest in ends:
        is_square = len(factor.shape) == 2 and factor.shape[0] == factor.shape[1]
        if is_square and holds(factor, "orthogonal"):
            return build.call("norm2", (multiplied(rest),), ())
    return None
