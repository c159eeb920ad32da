"""Traces of products, turned round to their shortest writing."""

from __future__ import annotations

from collections.abc import Sequence

from matdiff.recognise.chains import multiplied
from matdiff.recognise.entrywise import times
from matdiff.recognise.matrix_powers import matrix_power
from matdiff.recognise.measure import cost, length_order
from matdiff.recognise.norms import squared_norm
from matdiff.recognise.terms import collected_sum, is_constant, scaled, unweighted
from matdiff.recognise.transposes import transposed
from matdiff.tree import build
from matdiff.tree.attributes import terms_of
from matdiff.tree.node import Node

LONGEST_TURNED = 16


def traced(chain: Sequence[Node]) -> Node:
    """The trace of a product, turned round to its shortest writing."""
    whole = multiplied(chain)
    weight, body = unweighted(whole)
    scalars, factors = build.split_product(body)
    if scalars and body.shape:
        return scaled(weight, times(*scalars, traced(factors)))
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
            before, after = factors[:position], factors[position + 1 :]
            apart = [(weight, traced((*before, term, *after))) for weight, term in terms_of(part)]
            return min(whole, collected_sum(apart, ()), key=cost)
    return whole
