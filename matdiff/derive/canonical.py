"""The canonical index form: everything multiplied out, so that equal sums of products are one node."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product

from matdiff.derive.contract import contract, splice
from matdiff.derive.expand import expand
from matdiff.derive.idioms import simplify_call, simplify_map
from matdiff.tree import einsum
from matdiff.tree.attributes import ONE, Weighted, exponent_of, is_power, terms_of, weights_of
from matdiff.tree.dims import Dim
from matdiff.tree.einsum import Wires
from matdiff.tree.node import Node, Shape
from matdiff.tree.walk import fold

LARGEST_EXPANSION = 256
LARGEST_PRODUCT = 64
LARGEST_OPENED_POWER = 6

Terms = list[Weighted]


def canonical(expression: Node) -> Node:
    """`expression` in index form with products of sums multiplied out, as far as that stays small.

    Two expressions with one canonical form are equal; of sums and products that were opened, the converse holds too.

    >>> from matdiff.tree.build import product, total, transpose, variable
    >>> x, y = variable("x", (2,)), variable("y", (2,))
    >>> canonical(product(transpose(x), y)) is canonical(product(transpose(y), x))
    True
    """
    (root,) = contract((expand(expression),))
    return fold((root,), _open)[root]


def _open(node: Node, args: tuple[Node, ...]) -> Node:
    match node.op:
        case "sum":
            pairs = zip(weights_of(node), args, strict=True)
            terms = [(weight * inner, term) for weight, arg in pairs for inner, term in terms_of(arg)]
            return einsum.total(terms, node.shape)
        case "einsum":
            return _multiplied_out(args, *einsum.parts(node))
        case "map":
            return _open_map(node, args)
        case "call":
            return simplify_call(node.attrs, args, node.shape)
    return node


def _open_map(node: Node, args: tuple[Node, ...]) -> Node:
    """A map of what was opened; a small whole power of a sum or product becomes one."""
    exponent = exponent_of(node) if is_power(node) else ONE
    times = int(exponent) if exponent.denominator == 1 else 0
    if 2 <= times <= LARGEST_OPENED_POWER and args[0].op in ("sum", "einsum"):
        axes = tuple(range(len(node.shape)))
        return _multiplied_out(args * times, (axes,) * times, axes, node.shape)
    return simplify_map(node.attrs, args)


def _multiplied_out(factors: Sequence[Node], wires: Sequence[Wires], output: Wires, sizes: Shape) -> Node:
    """The einsum as a sum of einsums without sums and einsums inside; as it is where that would be large."""
    choices = [terms_of(factor) for factor in factors]
    number = 1
    for terms in choices:
        number *= len(terms)
    longest = sum(max((len(term.args) for _, term in terms), default=0) for terms in choices)
    if number > LARGEST_EXPANSION or longest > LARGEST_PRODUCT:
        return einsum.einsum(factors, wires, output, sizes)
    opened: Terms = []
    for chosen in product(*choices):
        weight = Fraction(1)
        for scale, _ in chosen:
            weight *= scale
        opened.append((weight, _spliced([body for _, body in chosen], wires, output, sizes)))
    return einsum.total(opened, tuple(sizes[wire] for wire in output))


def _spliced(bodies: Sequence[Node], wires: Sequence[Wires], output: Wires, sizes: Shape) -> Node:
    all_sizes: dict[int, Dim] = dict(enumerate(sizes))
    factors: list[tuple[Node, Wires]] = []
    for body, ends in zip(bodies, wires, strict=True):
        factors += splice(body, ends, all_sizes) if body.op == "einsum" else [(body, ends)]
    return einsum.einsum([factor for factor, _ in factors], [ends for _, ends in factors], output, all_sizes)
