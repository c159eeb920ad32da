"""Products of tidy parts in matrix form: scalars, chains, entry-wise products, and the functions that products meet in.

Every function takes tidy parts and gives a tidy node of the same value: inverses cancel, equal neighbours become
powers, weights and signs go in front; among writings of one value the shortest by `measure.cost` is taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from matdiff.properties.infer import holds
from matdiff.recognise.cancel import cancel_at_end, is_identity, turned_projection
from matdiff.recognise.commuting import are_functions_of_one, is_series
from matdiff.recognise.halves import half_of_vec
from matdiff.recognise.khatri_rao import with_columns_joined
from matdiff.recognise.masks import TRIANGLES, TURNED, is_mask, is_triangle, masked, with_running_sums
from matdiff.recognise.measure import cost, factor_order, length_order
from matdiff.recognise.powers import exponents_added, merged
from matdiff.recognise.terms import (
    is_constant,
    is_diagonal,
    is_zero,
    ordered_sum,
    scaled,
    unweighted,
)
from matdiff.recognise.transposes import transposed
from matdiff.tree import build
from matdiff.tree.attributes import exponent_of, is_power, terms_of, weights_of, whole_exponent_of
from matdiff.tree.dims import Size
from matdiff.tree.einsum import rational_power
from matdiff.tree.node import Attributes, Node, Shape, make

LONGEST_TURNED = 16


def multiplied(factors: Sequence[Node]) -> Node:
    """The product of scalars and a chain of matrices, in order: inverses cancel, equal neighbours become powers."""
    weight, scalars, chain = _flatten(factors)
    shape = build.chain_shape(chain)
    if not weight:
        return build.zeros(shape)
    more, chain = _tidy_chain(chain, scalars)
    if any(is_zero(factor) for factor in (*scalars, *chain)):
        return build.zeros(shape)
    chain = with_running_sums(chain)
    if len(chain) > 1 and not shape:
        scalars.append(_scalar_chain(chain))
        chain = []
    weight, scalars = _multiply_scalars(weight * more, scalars)
    return scaled(weight, build.product(*scalars, *chain) if scalars or chain else build.number(1))


def _flatten(factors: Sequence[Node]) -> tuple[Fraction, list[Node], list[Node]]:
    weight = Fraction(1)
    scalars: list[Node] = []
    chain: list[Node] = []
    for factor in factors:
        own, body = unweighted(factor)
        weight *= own
        if body.op == "sum" and all(w < 0 for w in weights_of(body)):
            weight, body = -weight, scaled(-1, body)
        if is_constant(body, "identity"):
            continue
        if body.op == "transpose" and body.args[0].op == "product":
            body = build.product(*(transposed(part) for part in reversed(body.args[0].args)))
        inner, outer = build.split_product(body) if body.shape or not _is_closed_chain(body) else ((body,), ())
        scalars.extend(inner)
        chain.extend(part for part in outer if not is_constant(part, "identity"))
    if not chain:
        chain = [part for factor in factors if factor.shape for part in build.split_product(unweighted(factor)[1])[1]][
            :1
        ]
    return weight, scalars, chain


def _is_closed_chain(node: Node) -> bool:
    return node.op == "product" and any(arg.shape for arg in node.args)


def _tidy_chain(chain: list[Node], scalars: list[Node]) -> tuple[Fraction, list[Node]]:
    """Neighbours that cancel, merge or scale; a stack, so that what a merge uncovers is met again.

    Scalars that come of it join `scalars`.
    """
    weight = Fraction(1)
    done: list[Node] = []
    pending = list(reversed(chain))
    while pending:
        factor = pending.pop()
        if not done or is_identity(done[-1]):
            done[-1:] = [factor]
            continue
        if 1 in done[-1].shape and len(factor.shape) == 1:
            scalars.append(_scalar_chain([done.pop(), factor]))
            continue
        merged = _merge_neighbours(done[-1], factor)
        if merged is None:
            done.append(factor)
            cancel_at_end(done)
            continue
        done.pop()
        own, body = unweighted(merged)
        weight *= own
        split, rest = build.split_product(body)
        scalars.extend(split)
        if not is_constant(body, "identity") or (not done and not pending):
            pending.extend(reversed(rest))
    return weight, _with_ones_joined(done)


def _with_ones_joined(chain: list[Node]) -> list[Node]:
    """`A*ones*ones.T*B` with one matrix of ones in the middle."""
    for place in range(1, len(chain) - 2):
        column, row = chain[place : place + 2]
        is_pair = is_constant(column, "ones") and len(column.shape) == 1 and row.op == "transpose"
        if is_pair and is_constant(row.args[0], "ones") and 1 not in (*chain[place - 1].shape, *chain[place + 2].shape):
            return [*chain[:place], build.ones((column.shape[0], row.shape[1])), *chain[place + 2 :]]
    return chain


def _merge_neighbours(left: Node, right: Node) -> Node | None:
    cancelled = (
        _cancel_inverse(left, right)
        or turned_projection(left, right)
        or _squared_root(left, right)
        or half_of_vec(left, right)
    )
    if cancelled is not None:
        return cancelled
    if is_constant(left, "ones") and len(left.shape) == 2 and len(right.shape) == 1:
        return multiplied((total_of(right), build.ones(left.shape[:1])))
    base, exponent = _matrix_power(left)
    other, more = _matrix_power(right)
    if base is other and len(base.shape) == 2 and base.shape[0] == base.shape[1]:
        return matrix_power(base, exponents_added(exponent, more))
    if _commute(left, right) and _order_of_commuting(right) < _order_of_commuting(left):
        return build.product(right, left)
    if is_diagonal(left) and is_diagonal(right):
        return called(("diag",), (hadamard_of((left.args[0], right.args[0])),), left.shape)
    if is_diagonal(left) and len(right.shape) == 1:
        return hadamard_of((left.args[0], right))
    if left.op == "transpose" and is_diagonal(right) and len(left.args[0].shape) == 1:
        return transposed(hadamard_of((left.args[0], right.args[0])))
    return None


def _commute(left: Node, right: Node) -> bool:
    """Whether the factors may change places: functions of one matrix, or both diagonal and none written as one."""
    if are_functions_of_one((left, right)):
        return True
    is_written = is_diagonal(left) or is_diagonal(right)
    return not is_written and holds(left, "diagonal") and holds(right, "diagonal")


def _order_of_commuting(node: Node) -> tuple[object, ...]:
    """Powers before functions that are none, so that sums of products have the function at their ends."""
    return is_series(node), factor_order(node)


def _cancel_inverse(left: Node, right: Node) -> Node | None:
    """`inv(A*B)*A` is `inv(B)` and `B*inv(A*B)` is `inv(A)` for square A and B."""
    if left.op == "transpose" and right.op == "transpose":
        turned = _cancel_inverse(right.args[0], left.args[0])
        return None if turned is None else transposed(turned)
    if _is_inverse_of_product(left) and left.args[0].args[0] is right and right.shape == left.shape:
        return called(("inv",), (multiplied(left.args[0].args[1:]),), left.shape)
    if _is_inverse_of_product(right) and right.args[0].args[-1] is left and left.shape == right.shape:
        return called(("inv",), (multiplied(right.args[0].args[:-1]),), right.shape)
    return None


def _squared_root(left: Node, right: Node) -> Node | None:
    """`chol(S)*chol(S).T` is S."""
    return left.args[0] if left.attrs == ("chol",) and right is build.transpose(left) else None


def _is_inverse_of_product(node: Node) -> bool:
    is_inverse = node.op == "call" and node.attrs == ("inv",) and node.args[0].op == "product"
    return is_inverse and all(factor.shape == node.shape for factor in node.args[0].args)


def _matrix_power(node: Node) -> tuple[Node, Node]:
    """`A^k`, `inv(A)` and `inv(A).T` as a base and an exponent, which is a whole number or stands for one."""
    if node.op == "transpose":
        if holds(node.args[0], "orthogonal"):
            return node.args[0], build.number(-1)
        base, exponent = _matrix_power(node.args[0])
        return (node, exponent) if is_constant(exponent, "ones") else (transposed(base), exponent)
    if node.op == "call" and node.attrs[0] in ("inv", "matpow"):
        base, exponent = _matrix_power(node.args[0])
        return base, multiplied((exponent, _own_exponent(node)))
    return node, build.number(1)


def _own_exponent(node: Node) -> Node:
    if node.attrs[0] == "inv":
        return build.number(-1)
    return node.args[1] if len(node.args) > 1 else build.number(whole_exponent_of(node))


def matrix_power(base: Node, exponent: Node) -> Node:
    """A square matrix to a whole power."""
    weight, body = unweighted(exponent)
    if body.op != "number":
        base, exponent = (base, exponent) if weight > 0 else (_inverse(base), scaled(-1, exponent))
        return build.call("matpow", (base, exponent), base.shape)
    power = int(weight)
    if power <= 0:
        return build.identity(base.shape[0]) if power == 0 else matrix_power(_inverse(base), build.number(-power))
    if base.attrs == ("sqrtm",) and power % 2 == 0:
        return matrix_power(base.args[0], build.number(power // 2))
    return base if power == 1 else build.call("matpow", (base,), base.shape, (power,))


def _scalar_chain(chain: list[Node]) -> Node:
    """A chain that closes to a scalar, read in the direction that is shorter: `x.T*A*y` or `y.T*A.T*x`."""
    if is_constant(chain[-1], "ones") and len(chain[-1].shape) == 1:
        return total_of(multiplied([transposed(f) for f in reversed(chain[:-1])]))
    start = transposed(chain[0])
    if is_constant(start, "ones"):
        return total_of(multiplied(chain[1:]))
    middle = len(chain) // 2
    if len(chain) % 2 == 0 and all(transposed(a) is b for a, b in zip(chain[:middle], chain[::-1], strict=False)):
        return squared_norm(multiplied(chain[middle:]))
    if len(chain) == 2 and not is_unit(start) and not is_unit(chain[1]):
        joint = total_of(hadamard_of((start, chain[1])))
        if cost(joint) < cost(build.product(*chain)):
            return joint
    forward = build.product(*chain)
    backward = build.product(*(transposed(factor) for factor in reversed(chain)))
    return min(forward, backward, key=lambda writing: (not _begins_with_unit(writing), length_order(writing)))


def is_unit(node: Node) -> bool:
    """Whether `node` is a unit vector."""
    return node.op == "constant" and node.attrs[0] == "unit"


def _begins_with_unit(chain: Node) -> bool:
    """Whether the chain is read as an entry: the unit vector before the vector that it picks from."""
    first = chain.args[0]
    return first.op == "transpose" and is_unit(first.args[0])


def total_of(node: Node) -> Node:
    """The sum of all entries, as an inner product or a norm where it is one."""
    weight, body = unweighted(node)
    scalars, chain = build.split_product(body)
    if scalars and body.shape:
        return scaled(weight, multiplied((*scalars, total_of(multiplied(chain)))))
    if not body.shape:
        return node
    if body.op == "transpose":
        return scaled(weight, total_of(body.args[0]))
    if len(chain) > 1 and is_constant(chain[-1], "ones"):
        return scaled(weight, total_of(multiplied(chain[:-1])))
    if is_constant(body, "ones"):
        return scaled(weight, multiplied([build.size_number(size) for size in body.shape if size != 1]))
    return scaled(weight, _total_of_function(body))


def _total_of_function(body: Node) -> Node:
    if body.op == "map" and body.attrs == ("power", 2):
        return squared_norm(body.args[0])
    if body.op == "sum":
        return _total_of_sum(body)
    if body.attrs == ("softmax",):
        return build.number(1)
    name, args = ("norm1", body.args) if body.attrs == ("abs",) else ("sum", (body,))
    return build.call(name, args, ())


def _total_of_sum(node: Node) -> Node:
    """The total of a sum, term by term where that is shorter: of `x - mean(x)` it is zero."""
    terms: dict[Node, Fraction] = {}
    for weight, term in terms_of(node):
        own, body = unweighted(total_of(term))
        terms[body] = terms.get(body, Fraction(0)) + weight * own
    apart = ordered_sum([(weight, body) for body, weight in terms.items() if weight and not is_zero(body)], ())
    return min(build.call("sum", (node,), ()), apart, key=cost)


def squared_norm(node: Node) -> Node:
    """The sum of the squared entries: `x.T*x` for a plain vector, else `norm2(…)^2`."""
    weight, body = unweighted(node)
    if body.op == "transpose":
        body = body.args[0]
    if cost(body) == 0 and len(body.shape) == 1:
        return scaled(weight**2, build.product(build.transpose(body), body))
    return scaled(weight**2, build.power(build.call("norm2", (body,), ()), 2))


def traced(chain: Sequence[Node]) -> Node:
    """The trace of a product, turned round to its shortest writing."""
    whole = multiplied(chain)
    weight, body = unweighted(whole)
    scalars, factors = build.split_product(body)
    if scalars and body.shape:
        return scaled(weight, multiplied((*scalars, traced(factors))))
    if not body.shape:
        return whole
    if is_constant(body, "identity"):
        return scaled(weight, build.size_number(body.shape[0]))
    if len(factors) == 2 and (transposed(factors[0]) is factors[1]):
        return scaled(weight, squared_norm(min(factors, key=length_order)))
    starts = range(len(factors) if len(factors) <= LONGEST_TURNED else 1)
    writings = [multiplied((*factors[k:], *factors[:k])) for k in starts]
    closed = next((writing for writing in writings if not writing.shape), None)
    if closed is not None:
        return scaled(weight, closed)
    writings += [transposed(writing) for writing in writings]
    writings += _as_power(factors)
    shortest = min((unweighted(writing) for writing in writings), key=lambda item: length_order(item[1]))
    return scaled(weight * shortest[0], _trace_by_terms(shortest[1]))


def _as_power(chain: Sequence[Node]) -> list[Node]:
    """`A*B*A*B` as `(A*B)^2`; nothing where the chain repeats no start of its own."""
    count = len(chain)
    lengths = (
        n for n in range(2, count // 2 + 1) if count % n == 0 and tuple(chain) == tuple(chain[:n]) * (count // n)
    )
    return [matrix_power(build.product(*chain[:n]), build.number(count // n)) for n in lengths][:1]


def _trace_by_terms(matrix: Node) -> Node:
    """`tr(B*(c*I - A))` as `c*tr(B) - tr(B*A)` where that is shorter."""
    whole = build.call("tr", (matrix,), ())
    factors = build.split_product(matrix)[1]
    for position, part in enumerate(factors if len(factors) > 1 else ()):
        if part.op == "sum" and any(is_constant(f, "identity") for term in part.args for f in (term, *term.args)):
            terms: dict[Node, Fraction] = {}
            for weight, term in terms_of(part):
                own, body = unweighted(traced((*factors[:position], term, *factors[position + 1 :])))
                terms[body] = terms.get(body, Fraction(0)) + weight * own
            apart = ordered_sum([(weight, body) for body, weight in terms.items() if weight], ())
            return min(whole, apart, key=cost)
    return whole


def _multiply_scalars(weight: Fraction, scalars: list[Node]) -> tuple[Fraction, list[Node]]:
    exponents: dict[Node, Fraction] = {}
    for scalar in scalars:
        own, body = unweighted(_without_mean(scalar))
        weight *= own
        for base, exponent in _scalar_powers(body):
            exponents[base] = exponents.get(base, Fraction(0)) + exponent
    _cancel_into_brackets(exponents)
    kept: list[Node] = []
    for base, exponent in merged(exponents).items():
        own, body = unweighted(mapped(("power", exponent), (base,))) if exponent else (Fraction(1), build.number(1))
        weight *= own
        if body.op != "number":
            kept.append(body)
    return weight, sorted(_with_means(kept), key=factor_order)


def _scalar_powers(scalar: Node) -> list[tuple[Node, Fraction]]:
    """A scalar product, or a whole power of one, as bases with exponents."""
    base, exponent = base_of(scalar)
    root = _root_of_square(base)
    if root is not None:
        return [(build.call("norm2", (root,), ()), 2 * exponent)]
    if base.op != "product" or _is_closed_chain(base) or exponent.denominator != 1:
        return [(base, exponent)]
    return [(inner, own * exponent) for inner, own in map(base_of, base.args)]


def _without_mean(scalar: Node) -> Node:
    """`mean(x)` as the quotient that it is, so that sizes cancel."""
    if scalar.op != "call" or scalar.attrs != ("mean",):
        return scalar
    sizes = [build.size_number(size) for size in scalar.args[0].shape if size != 1]
    total = build.call("sum", scalar.args, ())
    return build.product(*(build.power(size, -1) for size in sizes), total)


def _cancel_into_brackets(exponents: dict[Node, Fraction]) -> None:
    """`s*(a/s + b)` becomes `a + b*s`, and `1/(s*(a/s + b))` its inverse."""
    for bracket in [base for base, exponent in exponents.items() if base.op == "sum" and abs(exponent) == 1]:
        power = exponents[bracket]
        divisors = {base for term in bracket.args for base, own in map(base_of, _scalars_of(term)) if own < 0}
        met = [base for base in divisors if exponents.get(base, Fraction(0)) * power >= 1]
        if met:
            terms: dict[Node, Fraction] = {}
            for weight, term in terms_of(bracket):
                own, body = unweighted(multiplied((*met, term)))
                terms[body] = terms.get(body, Fraction(0)) + weight * own
            del exponents[bracket]
            for base in met:
                exponents[base] -= power
            whole = ordered_sum([(weight, body) for body, weight in terms.items() if weight], ())
            exponents[whole] = exponents.get(whole, Fraction(0)) + power


def _scalars_of(term: Node) -> tuple[Node, ...]:
    return build.split_product(term)[0] if term.op == "product" else (term,)


def _with_means(scalars: list[Node]) -> list[Node]:
    """The scalars with `sum(x)/size(x)` as `mean(x)`."""
    for scalar in scalars:
        if scalar.op == "call" and scalar.attrs == ("sum",):
            argument = scalar.args[0]
            sizes = [size for size in argument.shape if size != 1]
            divisors = [build.power(build.size_number(size), -sizes.count(size)) for size in dict.fromkeys(sizes)]
            is_symbolic = all(isinstance(size, Size) for size in sizes)
            if is_symbolic and all(divisor in scalars for divisor in divisors):
                rest = [other for other in scalars if other is not scalar and other not in divisors]
                return [*rest, build.call("mean", (argument,), ())]
    return scalars


def base_of(node: Node) -> tuple[Node, Fraction]:
    """`x.^p` as x and p, anything else as itself and one."""
    if is_power(node):
        return node.args[0], exponent_of(node)
    return node, Fraction(1)


def hadamard_of(factors: Sequence[Node]) -> Node:
    """The entry-wise product: equal factors become powers, scalars and weights go in front."""
    if not factors[0].shape:
        return multiplied(factors)
    return hadamard_of_parts(*entrywise_parts(factors), factors[0].shape)


def hadamard_of_parts(
    weight: Fraction, scalars: Sequence[Node], exponents: Mapping[Node, Fraction], shape: Shape
) -> Node:
    """The entry-wise product of powers of bases, with scalars and a weight in front."""
    parts: list[Node] = []
    masks = [base for base in exponents if is_mask(base)]
    for base, exponent in merged(exponents).items():
        if exponent and base not in masks and not is_constant(base, "ones"):
            own, body = unweighted(mapped(("power", exponent), (base,)))
            weight *= own
            parts.append(body)
    if not weight or any(is_zero(part) for part in parts):
        return build.zeros(shape)
    unit = next((part for part in parts if is_unit(part)), None)
    if unit is not None and len(parts) > 1:
        entries = [multiplied((build.transpose(unit), part)) for part in parts if part is not unit]
        return scaled(weight, multiplied((*scalars, *entries, unit)))
    parts = sorted(with_columns_joined(parts, transposed), key=factor_order)
    whole = scaled(weight, _turned_triangle(masked(masks, build.hadamard(*parts) if parts else build.ones(shape))))
    return multiplied((*scalars, whole)) if scalars else whole


def _turned_triangle(node: Node) -> Node:
    """The triangle of a transpose as the transpose of the other triangle, where that is shorter."""
    if not is_triangle(node) or cost(turned := transposed(node.args[0])) + 1 >= cost(node.args[0]):
        return node
    return build.transpose(build.call(TURNED[str(node.attrs[0])], (turned,), turned.shape))


def entrywise_parts(factors: Sequence[Node]) -> tuple[Fraction, list[Node], dict[Node, Fraction]]:
    """The weight, the scalars and the powers of which an entry-wise product of these factors is made."""
    weight = Fraction(1)
    scalars: list[Node] = []
    exponents: dict[Node, Fraction] = {}
    for factor in factors:
        own, body = unweighted(factor)
        weight *= own
        if body.op == "sum" and all(w < 0 for w in weights_of(body)):
            weight, body = -weight, scaled(-1, body)
        inner, chain = build.split_product(body)
        if inner:
            scalars.extend(inner)
            body = build.product(*chain)
        for part in body.args if body.op == "hadamard" else (body,):
            base, exponent = base_of(part)
            exponents[base] = exponents.get(base, Fraction(0)) + exponent
    return weight, scalars, exponents


def mapped(attrs: Attributes, args: Sequence[Node]) -> Node:
    """An entry-wise function of tidy arguments; powers of powers, products and norms are worked out."""
    scalars = [scalar for arg in args if (scalar := _spread_scalar(arg)) is not None] if args[0].shape else []
    if len(scalars) == len(args):
        return multiplied((mapped(attrs, scalars), build.ones(args[0].shape)))
    if attrs[0] == "power":
        exponent = attrs[1]
        assert isinstance(exponent, Fraction), attrs
        return _power(args[0], exponent)
    return make("map", tuple(args), attrs, args[0].shape)


def _spread_scalar(node: Node) -> Node | None:
    """The c of `c*ones`."""
    weight, body = unweighted(node)
    scalars, chain = build.split_product(body)
    if len(chain) != 1 or not is_constant(chain[0], "ones"):
        return None
    return scaled(weight, build.product(*scalars) if scalars else build.number(1))


def _power(base: Node, exponent: Fraction) -> Node:
    if exponent == 1 or is_constant(base, "ones"):
        return base
    if base.op == "call" and base.attrs == ("norm2",) and (exponent / 2).denominator == 1:
        square = squared_norm(base.args[0])
        return build.power(square, exponent / 2) if square.op == "product" else build.power(base, exponent)
    weight, body = unweighted(base)
    scale = rational_power(weight, exponent)
    if weight != 1:
        return build.power(base, exponent) if scale is None else scaled(scale, _power(body, exponent))
    inner, own = base_of(base)
    if own != 1 and (exponent.denominator == 1 or abs(own) <= 1 or _is_norm(inner)):
        return _power(inner, own * exponent)
    root = _root_of_square(base)
    if root is not None and exponent.denominator > 1:
        return _power(build.call("norm2", (root,), ()), 2 * exponent)
    norms = _norms_of_rows(base)
    if norms is not None and exponent.denominator == 2:
        return _power(norms, 2 * exponent)
    return _power_of_product(base, exponent)


def _power_of_product(base: Node, exponent: Fraction) -> Node:
    """The power of each factor where the exponent is whole, of those that are norms in any case."""
    is_scalar_product = base.op == "product" and not base.shape and not _is_closed_chain(base)
    if exponent.denominator == 1 and (is_scalar_product or base.op == "hadamard"):
        powers = [_power(factor, exponent) for factor in base.args]
        return multiplied(powers) if is_scalar_product else hadamard_of(powers)
    lengths = [factor for factor in base.args if _is_power_of_norm(factor)] if is_scalar_product else []
    if not lengths:
        return build.power(base, exponent)
    rest = multiplied([factor for factor in base.args if factor not in lengths])
    return multiplied([_power(part, exponent) for part in (*lengths, rest)])


def _is_power_of_norm(node: Node) -> bool:
    return _is_norm(base_of(node)[0]) or _root_of_square(node) is not None


def _is_norm(node: Node) -> bool:
    return node.op == "call" and node.attrs == ("norm2",)


def _root_of_square(node: Node) -> Node | None:
    """The x of `x.T*x`."""
    if node.op != "product" or node.shape or len(node.args) != 2:
        return None
    left, right = node.args
    return right if left.op == "transpose" and left.args[0] is right else None


def _norms_of_rows(node: Node) -> Node | None:
    """The norms of the rows of X for `X.^2*ones`, the squares of them."""
    if node.op != "product" or len(node.args) != 2 or not is_constant(node.args[1], "ones"):
        return None
    squares = node.args[0].args[0] if node.args[0].op == "transpose" else node.args[0]
    if squares.op != "map" or squares.attrs != ("power", 2) or len(node.shape) != 1:
        return None
    root = squares.args[0] if squares is node.args[0] else transposed(squares.args[0])
    return called(("norm2", "rows"), (root,), node.shape)


def called(attrs: Attributes, args: Sequence[Node], shape: Shape) -> Node:
    """A function of whole matrices of tidy arguments; inverses of transposes, inverses and multiples are worked out."""
    if attrs[0] == "inv" or (attrs == ("pinv",) and holds(args[0], "invertible")):
        return _inverse(args[0])
    if attrs == ("pinv",):
        return _pseudo_inverse(args[0])
    if attrs[0] == "diag":
        return diagonal_matrix(args[0]) if len(shape) == 2 else diagonal_of(args[0])
    if attrs[0] in TURNED and holds(args[0], TRIANGLES[str(attrs[0])]):
        return args[0]
    if attrs[0] == "max" and args[0].op == "map" and args[0].attrs == ("abs",):
        return called(("norm_inf", *attrs[1:]), args[0].args, shape)
    if str(attrs[0]).startswith("frechet"):
        return _linear_in_directions(attrs, args, 3 if str(attrs[0]).startswith("frechet2") else 2)
    if attrs[-1] == "rows" and cost(turned := transposed(args[0])) < cost(args[0]):
        by_columns = build.call(str(attrs[0]), (turned,), shape[::-1], ("cols",))
        return build.transpose(by_columns) if len(shape) == 2 else by_columns
    return make("call", tuple(args), attrs, shape)


def _pseudo_inverse(matrix: Node) -> Node:
    weight, body = unweighted(matrix)
    if weight != 1:
        return scaled(1 / weight, _pseudo_inverse(body))
    if body.op == "transpose":
        return build.transpose(_pseudo_inverse(body.args[0]))
    return build.call("pinv", (body,), body.shape[::-1])


def _linear_in_directions(attrs: Attributes, args: Sequence[Node], end: int) -> Node:
    """A derivative along directions, those before `end`, their weights and scalars in front of it."""
    weight = Fraction(1)
    factors: list[Node] = []
    directions: list[Node] = []
    for direction in args[1:end]:
        own, body = unweighted(direction)
        scalars, chain = build.split_product(body)
        weight *= own
        factors += scalars
        directions.append(build.product(*chain))
    whole = make("call", (args[0], *directions, *args[end:]), attrs, args[0].shape)
    return scaled(weight, multiplied((*factors, whole)))


def diagonal_of(matrix: Node) -> Node:
    """The diagonal of a square matrix, taken inside entry-wise functions, sums and outer products."""
    shape = matrix.shape[:1]
    weight, body = unweighted(matrix)
    scalars, chain = build.split_product(body)
    if weight != 1 or scalars:
        return scaled(weight, multiplied((*scalars, diagonal_of(build.product(*chain)))))
    if is_constant(body, "identity") or is_constant(body, "ones"):
        return build.ones(shape)
    if is_diagonal(body):
        return body.args[0]
    if body.op == "transpose":
        return diagonal_of(body.args[0])
    if body.op == "map":
        return mapped(body.attrs, [diagonal_of(arg) for arg in body.args])
    if body.op == "hadamard":
        return hadamard_of([diagonal_of(arg) for arg in body.args])
    if len(chain) == 2 and len(chain[0].shape) == 1:
        return hadamard_of((chain[0], transposed(chain[1])))
    return make("call", (body,), ("diag",), shape)


def _inverse(matrix: Node) -> Node:
    weight, body = unweighted(matrix)
    if body.op == "sum" and all(w < 0 for w in weights_of(body)):
        weight, body = -weight, scaled(-1, body)
    scalars, chain = build.split_product(body)
    if weight != 1 or scalars:
        powers = [mapped(("power", Fraction(-1)), (scalar,)) for scalar in scalars]
        return scaled(1 / weight, multiplied((*powers, _inverse(build.product(*chain)))))
    if body.op == "call" and body.attrs == ("inv",):
        return body.args[0]
    if body.op == "transpose":
        return build.transpose(_inverse(body.args[0]))
    if is_constant(body, "identity"):
        return body
    return transposed(body) if holds(body, "orthogonal") else make("call", (body,), ("inv",), body.shape)


def diagonal_matrix(vector: Node) -> Node:
    """The diagonal matrix of a vector, weights and scalars in front."""
    weight, body = unweighted(vector)
    scalars, chain = build.split_product(body)
    if scalars:
        return scaled(weight, multiplied((*scalars, diagonal_matrix(build.product(*chain)))))
    if is_constant(body, "ones"):
        return scaled(weight, build.identity(vector.shape[0]))
    return scaled(weight, build.call("diag", (body,), vector.shape * 2))
