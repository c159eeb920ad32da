"""What follows about a product of matrices from its factors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from matdiff.properties.record import RANK, Conclusions, Facts, Known, Reason
from matdiff.tree import build
from matdiff.tree.dims import Dim
from matdiff.tree.node import Node
from matdiff.tree.properties import OPPOSITES, SIGNS, TURNED

# Sets of matrices that are closed under products.
CLOSED = {
    "diagonal": "products of diagonal matrices are diagonal",
    "lower": "products of lower triangular matrices are lower triangular",
    "upper": "products of upper triangular matrices are upper triangular",
    "orthogonal": "(Q*R)'*(Q*R) = R'*Q'*Q*R = I",
    "invertible": "inv(A*B) = inv(B)*inv(A)",
    "full_column_rank": "A*B*v = 0 only for B*v = 0, and that only for v = 0",
    "full_row_rank": "v'*A*B = 0 only for v'*A = 0, and that only for v = 0",
    "integer": "sums of products of whole numbers",
}
LONGEST_PROJECTION = 16
DEFINITE = {"psd": "spd", "negative_semidefinite": "negative_definite"}
SEMIDEFINITE = {strong: weak for weak, strong in DEFINITE.items()}
# What the form of a diagonal matrix is, by the sign of its entries.
FORM_OF_SIGN = dict(zip(SIGNS, ("spd", "psd", "negative_definite", "negative_semidefinite"), strict=True))


def chain_conclusions(chain: Sequence[Node], known: Known) -> Conclusions:
    """What follows about the product of `chain`, two factors or more."""
    facts = [known(factor) for factor in chain]
    for word, why in CLOSED.items():
        if all(word in fact.words for fact in facts) and (word != "orthogonal" or all(map(is_square, chain))):
            yield word, Reason(why, tuple((factor, word) for factor in dict.fromkeys(chain)))
    zero = next((factor for factor, fact in zip(chain, facts, strict=True) if "zero" in fact.words), None)
    if zero is not None:
        yield "zero", Reason("a factor is zero", ((zero, "zero"),))
    core = _core(chain, facts)
    if core is not None and (not core or (len(core) == 1 and "nonzero" in known(core[0]).words)):
        yield "nonzero", Reason(*_around(chain, core, "nonzero", known))
    yield from mirrored_conclusions(chain, known)


def is_square(node: Node) -> bool:
    """Whether the node has as many rows as columns."""
    rows, columns = build.rows_and_columns(node.shape)
    return rows == columns


def mirrored_conclusions(chain: Sequence[Node], known: Known) -> Conclusions:
    """What follows where the chain reads `B'*M*B`, or `B'*B`: it takes the form of M."""
    sign = mirror_sign(chain, known)
    if not sign:
        return
    half = chain[(len(chain) + 1) // 2 :]
    middle = chain[len(chain) // 2] if len(chain) % 2 else None
    words = known(middle).words if middle is not None else {"symmetric": _OF_IDENTITY, "spd": _OF_IDENTITY}
    for word in ("symmetric", "skew"):
        if word in words:
            yield word, Reason("(B'*M*B)' = B'*M'*B", _of(middle, word), "mirror")
    is_full = all("full_column_rank" in known(factor).words for factor in half)
    for word, strong in DEFINITE.items():
        found = word if sign > 0 else OPPOSITES[word]
        if word in words or strong in words:
            kept = strong if strong in words else word
            yield found, Reason("v'*B'*M*B*v is the form of M at B*v", _of(middle, kept), "congruence")
        if strong in words and is_full:
            premises = (*_of(middle, strong), *((factor, "full_column_rank") for factor in half))
            why = "v'*B'*M*B*v is the form of M at B*v, and B*v = 0 only for v = 0"
            yield DEFINITE[found], Reason(why, premises, "congruence")
        if strong in words and len(half) == 1 and "nonzero" in known(half[0]).words:
            why = "B'*M*B = 0 only for B = 0"
            yield "nonzero", Reason(why, (*_of(middle, strong), (half[0], "nonzero")))


_OF_IDENTITY = Reason("the identity")


def _of(middle: Node | None, word: str) -> tuple[tuple[Node | None, str], ...]:
    return () if middle is None else ((middle, word),)


def mirror_sign(chain: Sequence[Node], known: Known) -> int:
    """1 where the factors before the middle are the transposes of those behind it, -1 where they are minus those."""
    sign = 1
    for left, right in zip(chain[: len(chain) // 2], reversed(chain), strict=False):
        if build.transpose(left) is right:
            continue
        words = known(left).words
        if left is not right or not {"symmetric", "skew"} & set(words):
            return 0
        sign *= 1 if "symmetric" in words else -1
    return sign


def chain_rank(chain: Sequence[Node], known: Known) -> tuple[Dim, Reason] | None:
    """The rank of a product: factors of full rank at its ends do not change it."""
    facts = [known(factor) for factor in chain]
    core = _core(chain, facts)
    if core is not None and not core:
        inner = _inner_size(chain, facts)
        return inner, Reason(*_around(chain, core, "", known))
    if core is not None and len(core) == 1:
        rank = known(core[0]).rank
        return None if rank is None else (rank, Reason(*_around(chain, core, RANK, known)))
    if mirror_sign(chain, known):
        middle = known(chain[len(chain) // 2]).words if len(chain) % 2 else {"spd": _OF_IDENTITY}
        half = chain[(len(chain) + 1) // 2 :]
        rank = known(half[0]).rank if len(half) == 1 else None
        if rank is not None and {"spd", "negative_definite"} & set(middle):
            return rank, Reason("B'*M*B has the rank of B for a definite M", ((half[0], RANK),))
    return None


def _core(chain: Sequence[Node], facts: Sequence[Facts]) -> Sequence[Node] | None:
    """What is left without factors of full column rank in front and of full row rank at the end; None if nothing is."""
    start, stop = 0, len(chain)
    while start < stop and "full_column_rank" in facts[start].words:
        start += 1
    while stop > start and "full_row_rank" in facts[stop - 1].words:
        stop -= 1
    return chain[start:stop] if stop - start < len(chain) else None


def _inner_size(chain: Sequence[Node], facts: Sequence[Facts]) -> Dim:
    """The size between the factors of full column rank and those of full row rank."""
    place = next((k for k, fact in enumerate(facts) if "full_column_rank" not in fact.words), len(chain))
    return build.rows_and_columns(chain[place - 1].shape)[1] if place else build.rows_and_columns(chain[0].shape)[0]


def _around(
    chain: Sequence[Node], core: Sequence[Node], word: str, known: Known
) -> tuple[str, tuple[tuple[Node | None, str], ...]]:
    """Why full factors keep the rank, with what is known of each."""
    kept = [(node, word) for node in core] if word else []
    front = next((k for k, node in enumerate(chain) if "full_column_rank" not in known(node).words), len(chain))
    before = [(node, "full_column_rank") for node in chain[:front] if node not in core]
    behind = [(node, "full_row_rank") for node in chain[front:] if node not in core]
    return "factors of full column rank in front and of full row rank behind keep the rank", (*before, *behind, *kept)


def projection_conclusions(scalars: Sequence[Node], chain: Sequence[Node]) -> Conclusions:
    """Chains that are their own square: `B*inv(C*B)*C`, `x*y'/(y'*x)`, `X*pinv(X)`, a matrix of ones over its size."""
    if not chain or len(chain) > LONGEST_PROJECTION or not is_square_chain(chain) or len(scalars) > 1:
        return
    if scalars:
        is_found = _divides_itself(scalars[0], tuple(chain))
    else:
        is_found = any(_inverts_the_rest(place, chain) for place in range(1, len(chain) - 1))
        if len(chain) == 2 and any(a.attrs == ("pinv",) and a.args[0] is b for a, b in (chain, chain[::-1])):
            is_found = True
            yield "symmetric", Reason("by definition of the pseudo-inverse")
    if is_found:
        yield "idempotent", Reason("multiplied with itself, the inverse cancels")


def _divides_itself(scalar: Node, chain: tuple[Node, ...]) -> bool:
    """Whether the scalar is one over what the chain gives when it is closed to a ring."""
    if len(chain) == 1:
        is_ones = chain[0].attrs == ("ones",)
        return is_ones and scalar is build.power(build.size_number(chain[0].shape[0]), -1)
    if len(chain) == 2 and build.transpose(chain[0]) is chain[1]:
        norm = build.call("norm2", (chain[0],), ())
        if scalar is build.power(norm, -2):
            return True
    base = scalar.args[0] if scalar.attrs == ("power", -1) else scalar
    return base.args in [chain[k:] + chain[:k] for k in range(1, len(chain))]


def _inverts_the_rest(place: int, chain: Sequence[Node]) -> bool:
    """Whether the factor is the inverse of those behind it times those before it."""
    inverse = chain[place]
    return inverse.attrs == ("inv",) and inverse.args[0].args == (*chain[place + 1 :], *chain[:place])


def is_square_chain(chain: Sequence[Node]) -> bool:
    """Whether the product of the chain has as many rows as columns."""
    return build.rows_and_columns(chain[0].shape)[0] == build.rows_and_columns(chain[-1].shape)[1]


def turned(node: Node, known: Known) -> tuple[int, Node]:
    """The transpose with its sign, written without a bracket: `(A*B)'` is `B'*A'`; symmetric matrices stay."""
    words = known(node).words
    if "symmetric" in words:
        return 1, node
    if "skew" in words:
        return -1, node
    if node.op != "product":
        return 1, build.transpose(node)
    scalars, chain = build.split_product(node)
    parts = [turned(factor, known) for factor in reversed(chain)]
    sign = 1
    for own, _ in parts:
        sign *= own
    return sign, build.product(*scalars, *(part for _, part in parts))


def turned_words(words: Sequence[str]) -> Iterator[str]:
    """What is true of the transpose."""
    return (TURNED.get(word, word) for word in words)
