"""The rules of differentials on matrix form: what `d(…)` of each node is, one rule a node.

Source: Magnus and Neudecker, Matrix Differential Calculus, chapters 5 and 8.
"""

from __future__ import annotations

from collections.abc import Callable

from matdiff.derive.contract import contract
from matdiff.derive.expand import expand
from matdiff.derive.forward import tangent
from matdiff.derive.reverse import slopes
from matdiff.errors import NoRule, NotYet
from matdiff.explain.changes import change_of, differential, is_differential, split_weight
from matdiff.explain.linear import change_last
from matdiff.explain.substitute import substituted
from matdiff.recognise.fold import recognise
from matdiff.recognise.measure import cost
from matdiff.tree import build
from matdiff.tree.attributes import Weighted, number_of, terms_of
from matdiff.tree.node import Node, Shape, make
from matdiff.tree.walk import postorder

LARGEST_WRITTEN = 6
RULES_IN_ORDER = (
    "d_sum",
    "d_constant",
    "d_product",
    "d_trace",
    "d_linear",
    "d_transpose",
    "d_norm",
    "d_power",
    "d_chain",
    "d_inverse",
    "d_determinant",
    "d_function",
)
RULES_OF_CALLS = {"inv": "d_inverse", "det": "d_determinant", "logdet": "d_determinant", "norm2": "d_norm"}

Worked = tuple[str, Node]


def worked_out(current: Node, moving: set[Node]) -> Worked | None:
    """`current` with every differential of one kind worked out by one rule, and the key of that rule.

    Raises NotYet for a function that has no differential.
    """
    found = {node: _rule(node.args[0], moving) for node in postorder((current,)) if is_differential(node)}
    if not found:
        return None
    rule = min((rule for rule, _ in found.values()), key=RULES_IN_ORDER.index)
    return rule, substituted(current, {node: result for node, (own, result) in found.items() if own == rule})


def _rule(node: Node, moving: set[Node]) -> Worked:
    match node.op:
        case "sum":
            rule = "d_sum" if len(node.args) > 1 else "d_constant"
            return rule, build.total((w, differential(arg)) for w, arg in terms_of(node) if arg in moving)
        case "product":
            return _of_product(node, moving, build.product)
        case "hadamard":
            return _of_product(node, moving, build.hadamard)
        case "transpose":
            return "d_transpose", build.transpose(differential(node.args[0]))
        case "map":
            return _of_map(node, moving)
        case "block":
            args = tuple(differential(arg) if arg in moving else build.zeros(arg.shape) for arg in node.args)
            return "d_linear", make("block", args, node.attrs, node.shape)
        case "call" if _is_multilinear(node):
            rule, whole = _of_product(node, moving, lambda *args: make("call", args, node.attrs, node.shape))
            return (rule if len(node.args) > 1 else "d_trace" if node.attrs == ("tr",) else "d_linear"), whole
    return RULES_OF_CALLS.get(str(node.attrs[0]), "d_function"), _local(node, node.args, moving)


def _of_product(node: Node, moving: set[Node], join: Callable[..., Node]) -> Worked:
    """Each factor in turn, the others as they are."""
    places = [place for place, arg in enumerate(node.args) if arg in moving]
    terms = [(1, join(*(differential(a) if k == place else a for k, a in enumerate(node.args)))) for place in places]
    return ("d_constant" if len(places) == 1 else "d_product"), build.total(terms)


def _of_map(node: Node, moving: set[Node]) -> Worked:
    base = node.args[0]
    if node.attrs == ("power", 2) and base.op == "call" and base.attrs == ("norm2",):
        return "d_norm", _local(node, base.args, moving)
    stand_ins = dict(zip(_stand_ins(node.args), node.args, strict=True))
    value = make("map", tuple(stand_ins), node.attrs, node.shape)
    terms = []
    for stand_in, slope in slopes(value, {stand_in for stand_in, arg in stand_ins.items() if arg in moving}):
        factor = substituted(recognise(contract((slope,)))[0], {value: node, **stand_ins})
        terms.append(_times(factor, differential(stand_ins[stand_in])))
    rule_name = "d_power" if node.attrs[0] == "power" else "d_chain"
    return rule_name, build.total(terms) if terms else build.zeros(node.shape)


def _times(slope: Node, change: Node) -> Weighted:
    """A slope times a change entry by entry, the weight apart."""
    weight, body = split_weight(slope)
    if body.attrs == ("ones",) or body is build.number(1):
        return weight, change
    if body.op == "number":
        return weight * number_of(body), change
    return weight, build.hadamard(body, change)


def _local(node: Node, args: tuple[Node, ...], moving: set[Node]) -> Node:
    """The differential of a function of whole matrices by its row: its derivative applied to the changes of `args`."""
    stand_ins = _stand_ins(args)
    known = dict(zip(args, stand_ins, strict=True))
    changes = {stand_in: change_of(stand_in) for arg, stand_in in known.items() if arg in moving}
    meanings = {stand_in: arg for arg, stand_in in known.items()}
    meanings |= {changes[stand_in]: differential(arg) for arg, stand_in in known.items() if stand_in in changes}
    whole = substituted(node, known)
    try:
        found = recognise(contract((tangent(expand(whole), changes),)))[0]
    except NoRule:
        reason = f"`{node.attrs[0]}` has no differential here"
        raise NotYet(reason, hint="the way by sums, `--steps`, may know one") from None
    return substituted(change_last(found) if not node.shape else shaped_like(found, node.shape), meanings)


def _stand_ins(args: tuple[Node, ...]) -> tuple[Node, ...]:
    """Variables in the place of arguments; a variable is its own."""
    return tuple(arg if arg.op == "var" else build.variable(f"({k})", arg.shape) for k, arg in enumerate(args))


def _is_multilinear(node: Node) -> bool:
    """Whether a function is linear in each argument: einsums lead to it from each, and each is met once."""
    stand_ins = tuple(build.variable(f"({k})", arg.shape) for k, arg in enumerate(node.args))
    try:
        indexed = expand(make("call", stand_ins, node.attrs, node.shape))
    except NoRule:
        return False
    uses = [child for inner in postorder((indexed,)) for child in inner.args]
    is_plain = all(inner.op in ("einsum", "sum", "var", "constant") for inner in postorder((indexed,)) if inner.args)
    return is_plain and all(uses.count(stand_in) == 1 for stand_in in stand_ins)


def shaped_like(node: Node, shape: Shape) -> Node:
    """A vector as the row that it should be."""
    return build.transpose(node) if node.shape != shape and len(node.shape) == 1 else node


def is_short(node: Node) -> bool:
    """Whether an expression may stand where it is used, without a name."""
    return cost(node) <= LARGEST_WRITTEN
