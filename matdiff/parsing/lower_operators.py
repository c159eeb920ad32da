"""Operators, powers and matrices of blocks → nodes."""

from __future__ import annotations

from fractions import Fraction

from matdiff.errors import BadNumber, NotYet
from matdiff.parsing.lowering import Lowering, Maker
from matdiff.parsing.numbers import checked, powered, reciprocal
from matdiff.parsing.problem import is_nought
from matdiff.parsing.syntax import Syntax, postorder
from matdiff.parsing.terms import (
    MINUS_ONE,
    ONE,
    check_length,
    close_chain,
    factors_of,
    inverted,
    inverted_entries,
    kronecker,
    matrix_power,
    multiplied,
    scaled,
    spread,
    unweighted,
)
from matdiff.tree import build
from matdiff.tree.attributes import number_of, properties_of
from matdiff.tree.node import Node

LARGEST_MATRIX_POWER = 10_000


def _sum(lowering: Lowering, syntax: Syntax) -> Node:
    shape = lowering.shape(syntax)
    signs = (1, *(-1 if operator.endswith("subtract") else 1 for operator in syntax.operators))
    terms: list[tuple[Fraction, Node]] = []
    for sign, arg in zip(signs, syntax.args, strict=True):
        weight, body = unweighted(lowering.nodes[arg])
        terms.append((sign * weight, spread(body, shape)))
    if all(body is ONE for _, body in terms):
        return build.number(checked(sum((weight for weight, _ in terms), Fraction(0)), syntax))
    kept = [(weight, body) for weight, body in terms if weight]
    return scaled(*kept[0]) if len(kept) == 1 else build.total(kept) if kept else build.zeros(shape)


def _product(lowering: Lowering, syntax: Syntax) -> Node:
    operators = ("times", *("times" if name == "matmul" else name for name in syntax.operators))
    parts = [(arg, lowering.nodes[arg]) for arg in syntax.args]
    taken = 0
    for turned in lowering.inference.turned.get(syntax, ()):
        head = turned - taken
        row = build.transpose(multiply(syntax, operators[:head], parts[:head]))
        operators, parts = ("times", *operators[head:]), [(syntax.args[0], row), *parts[head:]]
        taken += head - 1
    return multiply(syntax, operators, parts)


def multiply(syntax: Syntax, operators: tuple[str, ...], parts: list[tuple[Syntax, Node]]) -> Node:
    """The product of parts, each with the syntax that errors name; `operators` stand before them."""
    weight = Fraction(1)
    scalars: list[Node] = []
    chain: list[Node] = []
    for operator, (arg, node) in zip(operators, parts, strict=True):
        own, body = unweighted(node)
        weight = checked(weight * (own if operator == "times" else reciprocal(own, arg)), arg)
        factors, matrices = build.split_product(body)
        scalars.extend(factors if operator == "times" else map(inverted, factors_of(body)))
        if matrices and operator == "times":
            chain.extend(matrices)
            close_chain(scalars, chain)
        check_length(len(scalars) + len(chain), syntax)
    return scaled(weight, multiplied(scalars, chain))


def _entrywise(lowering: Lowering, syntax: Syntax) -> Node:
    shape = lowering.shape(syntax)
    weight = Fraction(1)
    scalars: list[Node] = []
    factors: list[Node] = []
    count = 0
    for operator, arg in operands(lowering, syntax):
        own, body = unweighted(lowering.nodes[arg])
        is_below = operator.endswith("over")
        weight = checked(weight * (reciprocal(own, arg) if is_below else own), arg)
        for part in factors_of(body):
            (factors if part.shape else scalars).append(inverted_entries(part) if is_below else part)
        count += 1 + len(body.args)
        check_length(count, syntax)
    if not factors:
        return scaled(weight, spread(multiplied(scalars, []), shape))
    return scaled(weight, multiplied(scalars, [build.hadamard(*factors)]))


def operands(lowering: Lowering, syntax: Syntax) -> list[tuple[str, Syntax]]:
    """The operands of a chain with the sign before each; a scalar behind a quotient is outside it.

    So `x./y*2` is `(x./y)*2` and `x./y/c` is `(x./y)/c`, as where entry-wise signs and `*` bind alike.
    """
    found: list[tuple[str, Syntax]] = []
    for operator, arg in zip(("times", *syntax.operators), syntax.args, strict=True):
        is_loose = operator == "entrywise_over" and arg.kind == "product" and not arg.is_bracketed
        if is_loose and not any(part in lowering.nodes and lowering.nodes[part].shape for part in arg.args[1:]):
            found += [(operator, arg.args[0]), *zip(arg.operators, arg.args[1:], strict=True)]
        else:
            found.append((operator, arg))
    return found


def _kronecker(lowering: Lowering, syntax: Syntax) -> Node:
    total = lowering.nodes[syntax.args[0]]
    for arg in syntax.args[1:]:
        total = kronecker(total, lowering.nodes[arg])
    return total


def _numpy_dot(lowering: Lowering, syntax: Syntax) -> Node:
    left, right = (lowering.nodes[arg] for arg in syntax.args)
    is_row = len(left.shape) == len(right.shape) == 1 or syntax in lowering.inference.turned
    turned = build.transpose(left) if is_row else left
    return multiply(syntax, ("times", "times"), list(zip(syntax.args, (turned, right), strict=True)))


def _power(lowering: Lowering, syntax: Syntax) -> Node:
    base, exponent = (lowering.nodes[arg] for arg in syntax.args)
    if not base.shape:
        is_of_matrix = syntax.args[0] in lowering.problem.constants and len(exponent.shape) == 2
        is_of_matrix &= exponent.shape[:1] != (1,)
        return build.call("expm", (exponent,), exponent.shape) if is_of_matrix else _entrywise_power(lowering, syntax)
    if exponent.op != "number":
        return _symbolic_power(lowering, syntax, base, exponent)
    value = exponent.attrs[0]
    assert isinstance(value, Fraction)
    if value.denominator != 1:
        raise NotYet(
            f"`{syntax.words()}`: a matrix is raised to whole numbers only",
            syntax.place(),
            hint=f"`{syntax.args[0].words()}.^{syntax.args[1].words()}` takes the power of every entry",
        )
    if abs(value) > LARGEST_MATRIX_POWER:
        raise BadNumber(f"a matrix power may be {LARGEST_MATRIX_POWER:,} at most", syntax.args[1].place())
    return matrix_power(base, int(value))


def _symbolic_power(lowering: Lowering, syntax: Syntax, base: Node, exponent: Node) -> Node:
    """A matrix to a power that is no number: every variable in it is a whole number."""
    names = [s for s in postorder(syntax.args[1:], lowering.problem.below) if lowering.problem.is_variable(s)]
    for name in names:
        if "integer" not in properties_of(lowering.variable(name.text)):
            raise NotYet(
                f"`{syntax.words()}`: a matrix is raised to whole numbers only",
                syntax.place(),
                hint=f"declare `{name.text}: integer scalar`",
            )
    return build.call("matpow", (base, exponent), base.shape)


def _entrywise_power(lowering: Lowering, syntax: Syntax) -> Node:
    if lowering.problem.is_exponential(syntax):
        return build.apply("exp", lowering.nodes[syntax.args[1]])
    total = lowering.nodes[syntax.args[0]]
    for arg in syntax.args[1:]:
        total = raised(lowering, syntax, total, lowering.nodes[arg])
    return total


def raised(lowering: Lowering, syntax: Syntax, base: Node, exponent: Node) -> Node:
    """`base.^exponent`: a rational power for a number, the function of two arguments for anything else."""
    if exponent.op == "number":
        value = exponent.attrs[0]
        assert isinstance(value, Fraction)
        known = powered(number_of(base), value, syntax) if base.op == "number" else None
        if known is not None:
            return build.number(known)
        return build.power(base, value) if value else build.ones(base.shape)
    shape = lowering.shape(syntax)
    return build.apply("pow", spread(base, shape), spread(exponent, shape))


def _block(lowering: Lowering, syntax: Syntax) -> Node:
    heights, widths = lowering.inference.grids[syntax]
    cells = [(height, width) for height in heights for width in widths]
    args = [
        build.zeros(lowering.inference.shape(cell)) if is_nought(arg) else lowering.nodes[arg]
        for arg, cell in zip(syntax.args, cells, strict=True)
    ]
    return build.block(tuple(args), len(widths))


OPERATORS: dict[str, Maker] = {
    "sum": _sum,
    "minus": lambda lowering, syntax: scaled(MINUS_ONE, lowering.nodes[syntax.args[0]]),
    "product": _product,
    "entrywise": _entrywise,
    "kronecker": _kronecker,
    "transpose": lambda lowering, syntax: build.transpose(lowering.nodes[syntax.args[0]]),
    "inverse": lambda lowering, syntax: inverted(lowering.nodes[syntax.args[0]]),
    "power": _power,
    "entrywise_power": _entrywise_power,
    "numpy_dot": _numpy_dot,
    "block": _block,
}
