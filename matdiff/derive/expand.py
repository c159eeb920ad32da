"""Matrix form → index form: every product, trace and reshape becomes an einsum over local wires."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from matdiff.derive.blocks import expand_block
from matdiff.derive.idioms import merge_factors, simplify_call, simplify_map, simplify_total
from matdiff.errors import NoRule
from matdiff.functions.catalogue import find
from matdiff.functions.rows import Composite, Opaque
from matdiff.tree import einsum
from matdiff.tree.attributes import number_of, size_of, weights_of, whole_exponent_of
from matdiff.tree.build import rows_and_columns
from matdiff.tree.dims import Dim
from matdiff.tree.node import Node, Shape, make
from matdiff.tree.unknown import UNKNOWN
from matdiff.tree.walk import fold

LARGEST_WRITTEN_POWER = 16
ALONG = ("rows", "cols")


def expand(root: Node) -> Node:
    """`root` in index form; the axes of size 1 of rows and of 1 x n variables are gone."""
    return expand_all((root,))[root]


def expand_all(roots: tuple[Node, ...]) -> dict[Node, Node]:
    """Index form of every node below `roots`."""
    return fold(roots, _expand_node)


def axes_of(shape: Shape) -> Shape:
    """The axes of a shape in index form: those that are not of size 1."""
    return tuple(size for size in shape if size != 1)


def _expand_node(node: Node, args: tuple[Node, ...]) -> Node:
    rule = _RULES.get(node.op)
    if rule is None:
        raise NoRule(node.op)
    return rule(node, args)


def _expand_leaf(node: Node, _: tuple[Node, ...]) -> Node:
    kept = tuple(axis for axis, size in enumerate(node.shape) if size != 1)
    return einsum.einsum((node,), (tuple(range(len(node.shape))),), kept, node.shape)


def _expand_number(node: Node, _: tuple[Node, ...]) -> Node:
    return einsum.constant(number_of(node))


def _expand_size(node: Node, _: tuple[Node, ...]) -> Node:
    return einsum.einsum((), (), (), (size_of(node),))


def _expand_sum(node: Node, args: tuple[Node, ...]) -> Node:
    return einsum.total(zip(weights_of(node), args, strict=True), axes_of(node.shape))


def _expand_hadamard(node: Node, args: tuple[Node, ...]) -> Node:
    shape = axes_of(node.shape)
    axes = tuple(range(len(shape)))
    merged = merge_factors([(arg, axes) for arg in args])
    return einsum.einsum([factor for factor, _ in merged], (axes,) * len(merged), axes, shape)


def _expand_transpose(_: Node, args: tuple[Node, ...]) -> Node:
    return einsum.permuted(args[0], (1, 0)) if len(args[0].shape) == 2 else args[0]


def _expand_map(node: Node, args: tuple[Node, ...]) -> Node:
    return simplify_map(node.attrs, args)


def _expand_constant(node: Node, _: tuple[Node, ...]) -> Node:
    shape = axes_of(node.shape)
    match node.attrs[0]:
        case "ones":
            return einsum.ones(shape)
        case "zeros":
            return einsum.zero(shape)
        case "identity":
            return einsum.einsum((), (), (0, 0), node.shape[:1])
    return node


def _expand_einsum(node: Node, args: tuple[Node, ...]) -> Node:
    wires, output, sizes = einsum.parts(node)
    kept = [tuple(wire for wire in ends if sizes[wire] != 1) for ends in wires]
    return einsum.einsum(args, kept, tuple(wire for wire in output if sizes[wire] != 1), sizes)


def _expand_product(node: Node, args: tuple[Node, ...]) -> Node:
    scalars = [arg for arg, factor in zip(args, node.args, strict=True) if not factor.shape]
    chain = [(arg, rows_and_columns(factor.shape)) for arg, factor in zip(args, node.args, strict=True) if factor.shape]
    if not chain:
        merged = merge_factors([(scalar, ()) for scalar in scalars])
        return einsum.einsum([factor for factor, _ in merged], ((),) * len(merged), (), ())
    while len(chain) > 1:
        ends_in_vector = chain[-1][1][1] == 1
        place = len(chain) - 2 if ends_in_vector else 0
        chain[place : place + 2] = [_multiply(*chain[place], *chain[place + 1])]
    body = chain[0][0]
    axes = tuple(range(len(body.shape)))
    factors = merge_factors([*((scalar, ()) for scalar in scalars), (body, axes)])
    return einsum.einsum([factor for factor, _ in factors], [ends for _, ends in factors], axes, body.shape)


def _multiply(left: Node, outer: tuple[Dim, Dim], right: Node, inner: tuple[Dim, Dim]) -> tuple[Node, tuple[Dim, Dim]]:
    sizes = (outer[0], outer[1], inner[1])
    is_kept = [size != 1 for size in sizes]
    wires = [tuple(wire for wire in pair if is_kept[wire]) for pair in ((0, 1), (1, 2))]
    output = tuple(wire for wire in (0, 2) if is_kept[wire])
    return einsum.einsum((left, right), wires, output, sizes), (sizes[0], sizes[2])


def _expand_call(node: Node, args: tuple[Node, ...]) -> Node:
    name = str(node.attrs[0])
    if name == UNKNOWN:
        return make("call", args, node.attrs, axes_of(node.shape))
    if name == "matpow" and len(args) == 1:
        return _expand_power(node, args[0])
    if not node.args[0].shape and name in _OF_SCALARS:
        return _OF_SCALARS[name](args[0])
    if len(args[0].shape) == 1 and name in _OF_VECTORS:
        return _OF_VECTORS[name](args[0])
    row = find(name)
    if node.attrs[-1] in ALONG:
        return _expand_along(name, str(node.attrs[1]), args[0])
    if isinstance(row, Composite):
        return simplify_total(row.expand(*args, node.shape) if row.is_shaped else row.expand(*args))
    if isinstance(row, Opaque):
        return simplify_call(node.attrs, args, axes_of(node.shape))
    raise NoRule(name)


def _expand_along(name: str, along: str, x: Node) -> Node:
    """A function of each row of a matrix; along the columns it is that of the rows of the transpose."""
    row = find(name)
    if not isinstance(row, Composite | Opaque) or not row.by_rows or len(x.shape) != 2:
        raise NoRule(f"{name} by {along}", hint=f"`{name}` is not taken of each of the {along}")
    if along == "cols":
        value = _expand_along(name, "rows", einsum.permuted(x, (1, 0)))
        return einsum.permuted(value, (1, 0)) if len(value.shape) == 2 else value
    if isinstance(row, Composite):
        assert row.by_rows is not None
        return row.by_rows(x)
    shape = x.shape if row.signature.endswith(row.signature.split(" -> ")[0]) else x.shape[:1]
    return make("call", (x,), (name, "rows"), shape)


def _log_of_size(x: Node) -> Node:
    return simplify_map(("log",), (make("map", (x,), ("abs",), ()),))


def _mapped(name: str) -> Callable[[Node], Node]:
    return lambda x: simplify_map((name,), (x,))


def _norm(x: Node) -> Node:
    return einsum.power(einsum.from_letters("a,a->", x, x), Fraction(1, 2))


_OF_VECTORS: dict[str, Callable[[Node], Node]] = {
    "pinv": lambda x: einsum.from_letters("a,->a", x, einsum.power(einsum.from_letters("a,a->", x, x), Fraction(-1))),
    "norm_spectral": _norm,
    "nuclear": _norm,
    "polar": lambda x: einsum.from_letters("a,->a", x, einsum.power(_norm(x), Fraction(-1))),
}

_OF_SCALARS: dict[str, Callable[[Node], Node]] = {
    "inv": lambda x: einsum.power(x, Fraction(-1)),
    "pinv": lambda x: einsum.power(x, Fraction(-1)),
    "adj": lambda x: einsum.UNIT,
    "cof": lambda x: einsum.UNIT,
    "chol": lambda x: einsum.power(x, Fraction(1, 2)),
    "sqrtm": lambda x: einsum.power(x, Fraction(1, 2)),
    "expm": _mapped("exp"),
    "logm": _mapped("log"),
    "norm_spectral": _mapped("abs"),
    "nuclear": _mapped("abs"),
    "polar": _mapped("sign"),
    "lambda_max": lambda x: x,
    "lambda_min": lambda x: x,
    "max": lambda x: x,
    "min": lambda x: x,
    "det": lambda x: x,
    "logdet": _log_of_size,
    "softmax": lambda x: einsum.UNIT,
    "logsumexp": lambda x: x,
}


def _expand_power(node: Node, base: Node) -> Node:
    exponent = whole_exponent_of(node)
    if not base.shape:
        return einsum.power(base, Fraction(exponent))
    if exponent > LARGEST_WRITTEN_POWER:
        return make("call", (base, einsum.constant(exponent)), ("matpow",), base.shape)
    result = base
    for _ in range(exponent - 1):
        result = einsum.from_letters("ab,bc->ac", result, base)
    return result


_RULES: dict[str, Callable[[Node, tuple[Node, ...]], Node]] = {
    "var": _expand_leaf,
    "number": _expand_number,
    "size": _expand_size,
    "constant": _expand_constant,
    "sum": _expand_sum,
    "product": _expand_product,
    "hadamard": _expand_hadamard,
    "transpose": _expand_transpose,
    "map": _expand_map,
    "einsum": _expand_einsum,
    "call": _expand_call,
    "block": expand_block,
}
