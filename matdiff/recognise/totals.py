"""The sum of all entries of a tidy node, as an inner product or a norm where it is one."""

from __future__ import annotations

from matdiff.recognise.entrywise import times
from matdiff.recognise.measure import cost
from matdiff.recognise.norms import squared_norm
from matdiff.recognise.terms import collected_sum, is_constant, scaled, unweighted
from matdiff.tree import build
from matdiff.tree.attributes import terms_of
from matdiff.tree.node import Node


def total_of(node: Node) -> Node:
    """The sum of all entries, as an inner product or a norm where it is one."""
    weight, body = unweighted(node)
    scalars, chain = build.split_product(body)
    if scalars and body.shape:
        return scaled(weight, times(*scalars, total_of(build.product(*chain))))
    if not body.shape:
        return node
    if body.op == "transpose":
        return scaled(weight, total_of(body.args[0]))
    if len(chain) > 1 and is_constant(chain[-1], "ones") and len(chain[-1].shape) == 1:
        return scaled(weight, total_of(build.product(*chain[:-1])))
    if is_constant(body, "ones"):
        return scaled(weight, times(*(build.size_number(size) for size in body.shape if size != 1)))
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
    apart = collected_sum([(weight, total_of(term)) for weight, term in terms_of(node)], ())
    return min(build.call("sum", (node,), ()), apart, key=cost)
