"""One backward sweep: the adjoint of every node, from the value to the variables."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from matdiff.errors import NoRule
from matdiff.functions.catalogue import find
from matdiff.functions.defined import row_of
from matdiff.functions.rows import Adjoint, Derivative, Opaque, Partial, result_shape
from matdiff.tree import einsum, unknown
from matdiff.tree.attributes import terms_of
from matdiff.tree.build import lower
from matdiff.tree.dims import Dim
from matdiff.tree.einsum import Wires
from matdiff.tree.entry import Entry
from matdiff.tree.node import Node, Shape, make
from matdiff.tree.unknown import is_unknown
from matdiff.tree.walk import postorder

_WILD = "ABCDEF"


def derivatives(value: Node, variables: tuple[Node, ...]) -> tuple[Node, ...]:
    """∂value/∂v for each variable, in index form: the axes of the value first, then those of the variable.

    Each node between the value and the variables gets one adjoint, the sum of its parts, which is kept as a node and
    never multiplied out. Raises NoRule for a node that has no derivative. Where a variable does not occur the
    derivative is zero, and nowhere else.

    Source: Griewank and Walther, Evaluating Derivatives, chapter 3, on einsums: Laue, Mitterreiter and Giesen,
    Computing higher order derivatives of matrix and tensor expressions (2018).
    """
    order = postorder((value,))
    active = depending_on(order, set(variables))
    lead = value.shape
    parts: dict[Node, list[Node]] = {value: [seed(lead)]}
    for node in reversed(order):
        if node not in parts or node not in active:
            continue
        adjoint = einsum.total([(1, part) for part in parts[node]], lead + node.shape)
        if node in variables:
            parts[node] = [adjoint]
            continue
        for child, part in pull_back(node, adjoint, lead, active):
            parts.setdefault(child, []).append(part)
    return tuple(parts[v][0] if v in parts else einsum.zero(lead + v.shape) for v in variables)


def depending_on(order: list[Node], variables: set[Node]) -> set[Node]:
    """The variables and the nodes of `order` that depend on them."""
    active = set(variables)
    for node in order:
        if any(child in active for child in node.args):
            active.add(node)
    return active


def seed(lead: Shape) -> Node:
    """The derivative of something with these axes by itself: Kronecker deltas."""
    axes = tuple(range(len(lead)))
    return einsum.einsum((), (), axes + axes, lead)


def pull_back(node: Node, adjoint: Node, lead: Shape, active: set[Node]) -> Iterator[tuple[Node, Node]]:
    """Each active operand of a node with its part of the adjoint, given the adjoint of the node."""
    rule = _RULES.get(node.op)
    if rule is None:
        raise NoRule(node.op)
    yield from rule(node, adjoint, lead, active)


def _pull_sum(node: Node, adjoint: Node, _: Shape, active: set[Node]) -> Iterator[tuple[Node, Node]]:
    for weight, term in terms_of(node):
        if term in active:
            yield term, einsum.total([(weight, adjoint)], adjoint.shape)


def _pull_einsum(node: Node, adjoint: Node, lead: Shape, active: set[Node]) -> Iterator[tuple[Node, Node]]:
    wires, output, sizes = einsum.parts(node)
    front = tuple(range(len(sizes), len(sizes) + len(lead)))
    for position, factor in enumerate(node.args):
        if factor not in active:
            continue
        others = [k for k in range(len(node.args)) if k != position]
        factors = (adjoint, *(node.args[k] for k in others))
        ends = (front + output, *(wires[k] for k in others))
        yield factor, einsum.einsum(factors, ends, front + wires[position], sizes + lead)


def _pull_map(node: Node, adjoint: Node, lead: Shape, active: set[Node]) -> Iterator[tuple[Node, Node]]:
    axes = tuple(range(len(node.shape)))
    front = tuple(range(len(axes), len(axes) + len(lead)))
    for argument, slope in slopes(node, active):
        yield argument, einsum.einsum((adjoint, slope), (front + axes, axes), front + axes, node.shape + lead)


def slopes(node: Node, active: set[Node]) -> Iterator[tuple[Node, Node]]:
    """Each active argument of an entry-wise function, and the derivative by it, entry by entry."""
    if is_unknown(node):
        _hold_order(node)
        yield from ((arg, unknown.slope(node, place)) for place, arg in enumerate(node.args) if arg in active)
        return
    row = row_of(node.attrs)
    if row is None:
        raise NoRule(str(node.attrs[0]))
    if isinstance(row.derivative, str):
        raise NoRule(row.name, hint=row.derivative)
    rules = row.derivative if isinstance(row.derivative, tuple) else (row.derivative,)
    entries = (*(Entry(arg) for arg in node.args), Entry(node), *node.attrs[1:])
    for argument, rule in zip(node.args, rules, strict=True):
        if argument in active:
            yield argument, rule(*entries).node


def _pull_call(node: Node, adjoint: Node, lead: Shape, active: set[Node]) -> Iterator[tuple[Node, Node]]:
    if is_unknown(node):
        yield from _pull_unknown(node, adjoint, lead, active)
        return
    for argument, derivative in derivatives_of(node):
        if argument in active:
            yield from pull_argument(node, argument, derivative, adjoint, lead, active)


def derivatives_of(node: Node) -> Iterator[tuple[Node, Derivative]]:
    """Each argument of a function of whole matrices, and the derivative by it that its row has."""
    row = find(str(node.attrs[0]))
    if not isinstance(row, Opaque):
        raise NoRule(str(node.attrs[0]))
    yield from zip(node.args, row.by_rows if "rows" in node.attrs else row.partials, strict=True)


def pull_argument(
    node: Node, argument: Node, derivative: Derivative, adjoint: Node, lead: Shape, active: set[Node]
) -> Iterator[tuple[Node, Node]]:
    """What one place of an argument adds to the adjoints; Raises NoRule where the row says why there is nothing."""
    if isinstance(derivative, str):
        raise NoRule(str(node.attrs[0]), hint=derivative)
    if isinstance(derivative, Adjoint):
        yield from _pull_adjoint(node, argument, derivative, adjoint, lead, active)
    else:
        terms = [(term.weight, _contract_partial(node, argument, term, adjoint, lead)) for term in derivative]
        yield argument, einsum.total(terms, lead + argument.shape)


def _pull_unknown(node: Node, adjoint: Node, lead: Shape, active: set[Node]) -> Iterator[tuple[Node, Node]]:
    """The chain rule through a function of which nothing is known: its derivative is another one."""
    _hold_order(node)
    own = tuple(range(len(node.shape)))
    for place, argument in enumerate(node.args):
        if argument not in active:
            continue
        factor, wires = unknown.derivative(node, place)
        inner = tuple(range(len(own), len(own) + len(argument.shape)))
        front = tuple(range(len(own) + len(inner), len(own) + len(inner) + len(lead)))
        sizes = (*node.shape, *argument.shape, *lead)
        yield argument, einsum.einsum((adjoint, factor), (front + own, wires), front + inner, sizes)


def _hold_order(node: Node) -> None:
    if len(unknown.places_of(node)) >= unknown.HIGHEST_ORDER:
        raise NoRule(unknown.name_of(node), hint="derivatives of an unknown function have names up to the fourth")


def _pull_adjoint(
    node: Node, argument: Node, derivative: Adjoint, adjoint: Node, lead: Shape, active: set[Node]
) -> Iterator[tuple[Node, Node]]:
    scaled = _scaled_constant(argument, active)
    if scaled is not None and derivative.slope is not None:
        scalar, direction = scaled
        front = tuple(range(3, 3 + len(lead)))
        ends = ((*front, 0, 1), (0, 2), (2, 1))
        factors = (adjoint, direction, derivative.slope(node))
        yield scalar, einsum.einsum(factors, ends, front, (*(node.shape[0],) * 3, *lead))
    elif not lead:
        yield argument, derivative.pull(adjoint, node)
    elif isinstance(derivative.tensor, str):
        raise NoRule(str(node.attrs[0]), hint=derivative.tensor)
    else:
        tensor = derivative.tensor(node)
        axes, own = tuple(range(len(tensor.shape))), len(node.shape)
        front = tuple(range(len(axes), len(axes) + len(lead)))
        wires = ((*front, *axes[:own]), axes)
        yield argument, einsum.einsum((adjoint, tensor), wires, front + axes[own:], tensor.shape + lead)


def _scaled_constant(node: Node, active: set[Node]) -> tuple[Node, Node] | None:
    """The s and B of `s*B` for an active scalar s and a matrix B that does not depend on the variables."""
    weight, body = einsum.unweighted(node)
    if body is None or body.op != "einsum" or () not in einsum.parts(body)[0]:
        return None
    wires, output, sizes = einsum.parts(body)
    moving = [k for k, factor in enumerate(body.args) if factor in active]
    if len(moving) != 1 or wires[moving[0]]:
        return None
    scalar = body.args[moving[0]]
    kept = [k for k in range(len(body.args)) if k != moving[0]]
    rest = einsum.einsum([body.args[k] for k in kept], [wires[k] for k in kept], output, sizes)
    return scalar, einsum.total([(weight, rest)], node.shape)


def _contract_partial(node: Node, argument: Node, partial: Partial, adjoint: Node, lead: Shape) -> Node:
    spelled = partial.wires.replace("*", _WILD[: len(argument.shape)])
    inputs, _, outputs = spelled.partition("->")
    of_value, _, of_argument = outputs.partition(",")
    names = inputs.split(",") if partial.factors else []
    factors = [_partial_factor(name, node, argument) for name in partial.factors]
    number: dict[str, int] = {}
    sizes: dict[int, Dim] = {}
    ends: list[Wires] = []
    shapes = [*(factor.shape for factor in factors), node.shape, argument.shape]
    for letters, shape in zip([*names, of_value, of_argument], shapes, strict=True):
        ends.append(tuple(number.setdefault(letter, len(number)) for letter in letters))
        sizes.update(zip(ends[-1], shape, strict=True))
    front = tuple(range(len(number), len(number) + len(lead)))
    sizes.update(zip(front, lead, strict=True))
    *of_factors, value_ends, argument_ends = ends
    return einsum.einsum((adjoint, *factors), (front + value_ends, *of_factors), front + argument_ends, sizes)


def _partial_factor(name: str | Callable[[Node, Node], Node], node: Node, argument: Node) -> Node:
    """A factor by its words: functions, the last first, of the value `y` or the argument `x`."""
    if not isinstance(name, str):
        return name(argument, node)
    if name == "lower":
        return lower(*argument.shape)
    words = name.split()
    factor = argument if words[-1] != "y" else node
    for word in reversed(words[:-1] if words[-1] in ("x", "y") else words):
        row = find(word)
        assert isinstance(row, Opaque), word
        is_by_rows = "rows" in node.attrs and bool(row.by_rows)
        shape = factor.shape if is_by_rows else result_shape(row.signature, (factor.shape,))
        factor = make("call", (factor,), (word, *(node.attrs[1:] if is_by_rows else ())), shape)
    return factor


Pull = Callable[[Node, Node, Shape, set[Node]], Iterator[tuple[Node, Node]]]

_RULES: dict[str, Pull] = {"sum": _pull_sum, "einsum": _pull_einsum, "map": _pull_map, "call": _pull_call}
