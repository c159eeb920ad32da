"""Sums of tidy terms in matrix form: equal terms collected, common factors drawn out, brackets multiplied out.

A bracket is multiplied out only where terms meet or cancel then, and the sum is shorter for it by `measure.cost`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm

from matdiff.recognise.chains import hadamard_of, hadamard_of_parts, multiplied
from matdiff.recognise.entrywise import entrywise_parts, mapped
from matdiff.recognise.factor import aligned, brackets_of, common_factor
from matdiff.recognise.homogeneous import diagonal_matrix
from matdiff.recognise.measure import cost, written_numbers
from matdiff.recognise.tensors import with_terms_joined
from matdiff.recognise.terms import (
    is_diagonal,
    is_unit,
    is_zero,
    ordered_sum,
    scaled,
    unweighted,
    without_sign,
)
from matdiff.recognise.totals import total_of
from matdiff.recognise.traces import traced
from matdiff.recognise.transposes import transposed
from matdiff.tree import build
from matdiff.tree.attributes import Weighted, terms_of
from matdiff.tree.einsum import base_and_exponent
from matdiff.tree.node import Node, Shape, make

LARGEST_EXPANSION = 24
LARGEST_FACTORED = 1000
LARGEST_DENOMINATOR = 3
LARGEST_NUMERATOR = 4
SHORT_SUM, SHORT_COST = 3, 24


def summed(terms: Iterable[Weighted], shape: Shape) -> Node:
    """The sum of weighted terms with equal terms collected and common factors drawn out.

    Brackets are multiplied out where terms cancel or meet then, and the sum is shorter for it.
    """
    return _summed(tuple(terms), shape)


@lru_cache(maxsize=4096)
def _summed(given: tuple[Weighted, ...], shape: Shape) -> Node:
    if len(shape) == 2 and shape[0] == 1:
        weight, column = unweighted(summed(((own, transposed(node)) for own, node in given), shape[1:]))
        return scaled(weight, transposed(column))
    collected = _collect(given)
    writings = [_factored(collected, shape)]
    closed = _collect(given, opens_short=False)
    if closed != collected:
        writings.append(_factored(closed, shape))
    if len(shape) <= 2 and len(collected) > 1:
        open_terms = _multiplied_out(given)
        met = {} if open_terms is None else _collect(open_terms)
        if open_terms is not None and len(met) < len(open_terms):
            writings.append(_factored(met, shape))
        writings.extend(_over_one_denominator(collected, shape))
    return min(writings, key=cost)


def _over_one_denominator(collected: dict[Node, Fraction], shape: Shape) -> list[Node]:
    """The sum as one quotient, where its denominators are brackets: `1/t + 1/(1 - t)` is `1/(t*(1 - t))`."""
    powers = [power for node in collected for power in _powers_of(node)]
    is_entrywise = any(exponent < 0 and base.shape and base.shape == shape for base, exponent in powers)
    place = shape if is_entrywise else ()
    divisors: dict[Node, Fraction] = {}
    for base, exponent in powers:
        if exponent < 0 and base.shape == place:
            divisors[base] = max(divisors.get(base, Fraction(0)), -exponent)
    is_wanted = any(base.op == "sum" for base in divisors) and len(divisors) <= LARGEST_DENOMINATOR
    if not is_wanted or len(collected) > LARGEST_NUMERATOR:
        return []
    join = entrywise if is_entrywise else multiplied
    common = [build.power(base, exponent) for base, exponent in divisors.items()]
    terms = _multiplied_out(tuple((weight, join((*common, node))) for node, weight in collected.items()))
    if terms is None:
        return []
    met = _collect(terms)
    if len(met) == len(terms):
        return []
    return [join((*(build.power(base, -exponent) for base, exponent in divisors.items()), _factored(met, shape)))]


def _powers_of(node: Node) -> list[tuple[Node, Fraction]]:
    """The scalars and entry-wise factors of a term, each as a base with an exponent."""
    scalars, chain = build.split_product(node)
    body = chain[0] if len(chain) == 1 else None
    parts = () if body is None else body.args if body.op == "hadamard" else (body,)
    return [base_and_exponent(part) for part in (*scalars, *parts)]


def _factored(collected: dict[Node, Fraction], shape: Shape) -> Node:
    if not collected:
        return build.zeros(shape)
    collected = _merge_directions(_merge_totals(_merge_diagonals(collected)))
    if len(shape) > 2:
        collected = with_terms_joined(collected, summed)
    while len(collected) > 1 and len(shape) <= 2 and sum(len(node.args) for node in collected) <= LARGEST_FACTORED:
        found = common_factor(collected)
        if found is None:
            break
        merged = combine(found.left, found.right, found.kind, summed(found.inner, found.inner_shape))
        collected = _collect([*found.rest, (Fraction(1), merged)])
    if len(collected) > 1 and all(node.op == "transpose" for node in collected):
        turned = [(weight, node.args[0]) for node, weight in collected.items()]
        weight, whole = unweighted(summed(turned, turned[0][1].shape))
        return scaled(weight, build.transpose(whole))
    return _weighted_sum(collected, shape)


def _weighted_sum(collected: dict[Node, Fraction], shape: Shape) -> Node:
    common = _common_weight(tuple(collected.values()))
    terms: dict[Node, Fraction] = {}
    brackets = {node: set(brackets_of(node)) for node in collected}
    holders = Counter(bracket for held in brackets.values() for bracket in held)
    for node, weight in collected.items():
        is_shared = any(holders[bracket] > 1 for bracket in brackets[node])
        own, turned = (weight, node) if is_shared else without_sign(weight, node)
        terms[turned] = terms.get(turned, Fraction(0)) + own / common
    return scaled(common, ordered_sum([(weight, node) for node, weight in terms.items() if weight], shape))


def _merge_diagonals(collected: dict[Node, Fraction]) -> dict[Node, Fraction]:
    """`diag(x) - diag(y)` is `diag(x - y)`."""
    vectors = [(weight, node.args[0]) for node, weight in collected.items() if is_diagonal(node)]
    if len(vectors) < 2:
        return collected
    whole = summed(vectors, vectors[0][1].shape)
    rest = [(weight, node) for node, weight in collected.items() if not is_diagonal(node)]
    return _collect([*rest, (Fraction(1), diagonal_matrix(whole))])


def _merge_totals(collected: dict[Node, Fraction]) -> dict[Node, Fraction]:
    """`sum(x) - sum(y)` is `sum(x - y)`, and so are traces, where the arguments are of one shape."""
    groups: dict[tuple[str, Shape], list[Node]] = {}
    for node in collected:
        if node.op == "call" and node.attrs in (("sum",), ("tr",)):
            groups.setdefault((str(node.attrs[0]), node.args[0].shape), []).append(node)
    for (name, shape), members in groups.items():
        if len(members) > 1:
            whole = summed([(collected[node], node.args[0]) for node in members], shape)
            rest = [(weight, node) for node, weight in collected.items() if node not in members]
            collected = _collect([*rest, (Fraction(1), LINEAR[name](whole))])
    return collected


def _merge_directions(collected: dict[Node, Fraction]) -> dict[Node, Fraction]:
    """`L(X, G) + L(X, H)` is `L(X, G + H)` for Fréchet derivatives L, and `L(X, G).T` is `L(X.T, G.T)`."""
    groups: dict[tuple[object, ...], list[tuple[Node, Weighted]]] = {}
    for node, weight in collected.items():
        call = node.args[0] if node.op == "transpose" else node
        if call.op == "call" and str(call.attrs[0]).startswith("frechet_"):
            x, direction = (arg if call is node else transposed(arg) for arg in call.args[:2])
            groups.setdefault((call.attrs, x, call.args[2:]), []).append((node, (weight, direction)))
    for members in groups.values():
        if len(members) > 1:
            call = next((node for node, _ in members if node.op == "call"), members[0][0])
            if call.op == "call":
                whole, direction = unweighted(summed([term for _, term in members], call.shape))
                merged = make("call", (call.args[0], direction, *call.args[2:]), call.attrs, call.shape)
                rest = [(weight, node) for node, weight in collected.items() if node not in dict(members)]
                collected = _collect([*rest, (whole, merged)])
    return collected


def _common_weight(weights: tuple[Fraction, ...]) -> Fraction:
    """The number that, drawn out of the sum, leaves the fewest numbers to write; 1 where none is spared."""
    divisor = Fraction(gcd(*(w.numerator for w in weights)), lcm(*(w.denominator for w in weights)))
    counts = Counter(weights)
    choices = dict.fromkeys((Fraction(1), divisor, *map(abs, counts))) if len(weights) > 1 else (Fraction(1),)

    def numbers_left(choice: Fraction) -> int:
        return written_numbers(choice) + sum(written_numbers(own / choice) * times for own, times in counts.items())

    return min(choices, key=numbers_left)


def _multiplied_out(terms: tuple[Weighted, ...]) -> list[Weighted] | None:
    """The terms with their brackets multiplied out; None where there are none, or too many terms come of it."""
    pending = [(own * weight, body) for weight, node in terms for own, body in (unweighted(node),)]
    done: list[Weighted] = []
    has_brackets = False
    while pending:
        weight, node = pending.pop()
        inner = _distributed(node)
        if inner is None:
            done.append((weight, node))
        else:
            has_brackets = True
            pending.extend((weight * own, body) for own, body in inner)
        if len(pending) + len(done) > LARGEST_EXPANSION:
            return None
    return done if has_brackets else None


def _distributed(node: Node) -> list[Weighted] | None:
    """One bracket of a product multiplied out, a nested sum opened, or a total or trace of a sum taken term by term."""
    if node.op in ("product", "hadamard"):
        for position, part in enumerate(node.args):
            inner = _bracket(part)
            if inner is not None:
                before, after = node.args[:position], node.args[position + 1 :]
                join = multiplied if node.op == "product" else entrywise
                return [_times(weight, join((*before, term, *after))) for weight, term in inner]
        return None
    return _bracket(node)


def _bracket(node: Node) -> list[Weighted] | None:
    """The terms of a sum, of its transpose, or of its total or trace; None for anything else."""
    if node.op == "call" and node.attrs[0] in LINEAR:
        inner = _inner_terms(Fraction(1), node.args[0])
        take = LINEAR[str(node.attrs[0])]
        return [_times(weight, take(term)) for weight, term in inner] if len(inner) > 1 else None
    inner = _inner_terms(Fraction(1), node)
    return inner if len(inner) > 1 else None


def _trace_of(node: Node) -> Node:
    return traced((node,))


def _mean_of(node: Node) -> Node:
    sizes = [build.size_number(size) for size in node.shape if size != 1]
    return multiplied((*(build.power(size, -1) for size in sizes), total_of(node)))


LINEAR: dict[str, Callable[[Node], Node]] = {"sum": total_of, "tr": _trace_of, "mean": _mean_of}


def _times(weight: Fraction, node: Node) -> Weighted:
    own, body = unweighted(node)
    return weight * own, body


def combine(left: tuple[Node, ...], right: tuple[Node, ...], kind: str, inner: Node) -> Node:
    """`inner` between the factors that were drawn out of it."""
    if kind == "entrywise":
        return entrywise((*left, inner))
    return multiplied((*left, inner, *right))


def _collect(terms: Iterable[Weighted], opens_short: bool = True) -> dict[Node, Fraction]:
    """The terms with equal ones added up; nested sums are opened as `_nested_opened` says."""
    weights: dict[Node, Fraction] = {}
    split = [(weight, unweighted(node)) for weight, node in terms]
    for weight, body in _nested_opened([(weight * own, body) for weight, (own, body) in split], opens_short):
        weights[body] = weights.get(body, Fraction(0)) + weight
    return aligned({node: weight for node, weight in weights.items() if weight and not is_zero(node)})


def _nested_opened(terms: list[Weighted], opens_short: bool) -> list[Weighted]:
    """The terms with nested sums opened that have a term in common with another: `(A + B) - B` is `A`.

    With `opens_short` so are short ones. Other nested sums stay closed: they are parts with several users, which
    opening would lose.
    """
    inside = [_inner_terms(weight, body) for weight, body in terms]
    holders: dict[Node, int] = {}
    for inner in inside:
        for node in {node for _, node in inner}:
            holders[node] = holders.get(node, 0) + 1
    opened: list[Weighted] = []
    for term, inner in zip(terms, inside, strict=True):
        is_met = len(inner) > 1 and ((opens_short and is_short(term[1])) or any(holders[node] > 1 for _, node in inner))
        opened.extend(inner if is_met else [term])
    return opened


def is_short(node: Node) -> bool:
    """Whether a nested sum is small enough to be opened though it may have other users."""
    return node.op == "sum" and len(node.args) <= SHORT_SUM and cost(node) <= SHORT_COST


def _inner_terms(weight: Fraction, body: Node) -> list[Weighted]:
    turned = body.op == "transpose" and body.args[0].op == "sum"
    whole = body.args[0] if turned else body
    if whole.op != "sum":
        return [(weight, body)]
    found = []
    for own, term in terms_of(whole):
        inner, node = unweighted(transposed(term) if turned else term)
        found.append((weight * own * inner, node))
    return found


def opened(node: Node) -> Node:
    """`(I - ones*ones.T/n)*x` as `x - mean(x)`: a bracket with a constant in it multiplied out, if that is shorter."""
    weight, body = unweighted(node)
    for position, part in enumerate(body.args if body.op == "product" else ()):
        bracket = part.args[0] if part.op == "transpose" else part
        has_constant = bracket.op == "sum" and any(_holds_constant(term) for term in bracket.args)
        if has_constant and len(body.args) > 1:
            before, after = body.args[:position], body.args[position + 1 :]
            terms = _inner_terms(weight, part)
            spread = _collect((own, multiplied((*before, term, *after))) for own, term in terms)
            return min(node, _weighted_sum(spread, node.shape), key=cost)
    return node


def _holds_constant(term: Node) -> bool:
    return any(part.op == "constant" for part in (build.split_product(term)[1] or (term,)))


def entrywise(factors: Sequence[Node]) -> Node:
    """The entry-wise product of tidy factors; quotients in a sum cancel against the factors beside it."""
    if not factors[0].shape:
        return multiplied(factors)
    weight, scalars, exponents = entrywise_parts(factors)
    _cancel_into_sums(exponents)
    return _bracket_by_terms(hadamard_of_parts(weight, scalars, exponents, factors[0].shape))


def _bracket_by_terms(node: Node) -> Node:
    """`(x - y)./x` as `1 - y./x` and `x.*(1 - unit(i)/x[i])` as `x - unit(i)`, where that is shorter."""
    weight, body = unweighted(node)
    brackets = [part for part in body.args if part.op == "sum"] if body.op == "hadamard" else []
    if len(brackets) != 1:
        return node
    has_unit = any(is_unit(build.split_product(term)[1][-1]) for term in brackets[0].args if term.op != "map")
    if not has_unit and not any(base_and_exponent(part)[1] < 0 for part in body.args):
        return node
    others = tuple(part for part in body.args if part is not brackets[0])
    terms = [(own * weight, hadamard_of((*others, term))) for own, term in _inner_terms(Fraction(1), brackets[0])]
    return min(node, _weighted_sum(_collect(terms), node.shape), key=cost)


def _cancel_into_sums(exponents: dict[Node, Fraction]) -> None:
    """`s.*(a./s + b)` becomes `a + b.*s`: factors go into a sum that divides by them."""
    for base in [base for base, exponent in exponents.items() if base.op == "sum" and exponent == 1]:
        divisors = {divisor for term in base.args for divisor in _divisors_of(term)}
        met = [other for other, exponent in exponents.items() if exponent > 0 and other in divisors]
        if met:
            taken = [mapped(("power", exponents.pop(other)), (other,)) for other in met]
            terms = [(w, entrywise((*taken, term))) for w, term in terms_of(base)]
            del exponents[base]
            whole = summed(terms, base.shape)
            exponents[whole] = exponents.get(whole, Fraction(0)) + 1


def _divisors_of(term: Node) -> list[Node]:
    parts = term.args if term.op == "hadamard" else (term,)
    return [base for base, exponent in map(base_and_exponent, parts) if exponent < 0]
