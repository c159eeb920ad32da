"""Rational expressions evaluated exactly modulo a prime: two that agree at random points are equal, but for a bound.

A difference of two rational expressions that is not zero is a quotient of polynomials whose numerator has some degree
d; at a point drawn from all residues it vanishes with a chance of at most d/p (Schwartz 1980, Zippel 1979). What is
found holds for the sizes that were tried.

An orthogonal matrix is drawn as a product of reflections, of an odd number of them at one point and of an even number
at the other, since there is no rational way from a rotation to a reflection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from operator import mul
from typing import NamedTuple

from matdiff.properties.infer import holds
from matdiff.tree import einsum
from matdiff.tree.attributes import exponent_of, is_power, number_of, size_of, weights_of, whole_exponent_of
from matdiff.tree.dims import value_of
from matdiff.tree.node import Node
from matdiff.tree.walk import postorder
from matdiff.verify import calls, contraction, draw
from matdiff.verify.algebra import (
    OutOfDomainError,
    Sizes,
    TooLargeError,
    count,
    multiply,
    rows_and_columns,
    transposed,
)
from matdiff.verify.degrees import error_bound
from matdiff.verify.evaluate import Program, index_of, joined_blocks
from matdiff.verify.points import all_variables
from matdiff.verify.random import Stream
from matdiff.verify.residues import (
    PRIME,
    Residues,
    adjugate,
    cofactors,
    determinant,
    draw_orthogonal,
    draw_residue,
    inverse,
    matrix_power,
    product_of,
    pseudo_inverse,
    reduced,
)

POINTS = 2
ATTEMPTS = 6
SIZE_CHOICES = 4
LARGEST_WORK = 100_000
LARGEST_NUMBER = 1 << 31
LARGEST_POWER = 64
LARGEST_BOUND = 1e-12
LINEAR_CALLS = frozenset({"tr", "sum", "mean", "diag", "vec", "unvec", "vech", "tril", "triu", "cumsum"})
SQUARE_CALLS: dict[str, Callable[[Residues, int], Residues]] = {
    "inv": inverse,
    "det": lambda entries, size: [determinant(entries, size)],
    "adj": adjugate,
    "cof": cofactors,
}
BILINEAR_CALLS = frozenset({"dot", "kron", "khatri_rao"})
PLAIN_OPS = frozenset({"var", "size", "product", "hadamard", "transpose", "einsum", "block"})
DENSE_PROPERTIES = frozenset(
    {"symmetric", "skew", "diagonal", "lower", "upper", "spd", "psd", "invertible", "full_column_rank"}
    | {"full_row_rank", "positive", "nonnegative", "nonzero", "integer"}
)


class Agreement(NamedTuple):
    """What arithmetic modulo the prime found: `agrees`, `differs` or `unchecked`.

    `error_bound` is the largest chance that two expressions which differ for one of the `sizes` would have agreed.
    """

    status: str
    points: int = 0
    error_bound: float = 1.0
    sizes: tuple[tuple[tuple[str, int], ...], ...] = ()


class _NotRationalError(Exception):
    """The expression has a part that is no rational function of the entries of its variables."""


def check_modular(left: Node, right: Node) -> Agreement:
    """Whether two expressions of one shape agree modulo the prime; `unchecked` where one is not rational or too large.

    >>> from matdiff.tree.build import power, product, variable
    >>> t = variable("t", ())
    >>> check_modular(power(t, 2), product(t, t)).status
    'agrees'
    """
    roots = (left, right)
    variables = all_variables(roots)
    if left.shape != right.shape or not _is_rational(roots, variables):
        return Agreement("unchecked")
    points_of_a_kind = 1 if any("orthogonal" in draw.properties(variable) for variable in variables) else POINTS
    tried: list[tuple[tuple[str, int], ...]] = []
    bound, points = 0.0, 0
    try:
        for sizes in _choose_sizes(roots, variables):
            program = Program(roots, sizes)
            if program.work > LARGEST_WORK:
                break
            found = _compare(roots, variables, program)
            if found is None:
                continue
            if not found:
                return Agreement("differs", points + 1, 0.0, (tuple(sorted(sizes.items())),))
            tried.append(tuple(sorted(sizes.items())))
            points += POINTS
            bound = max(bound, error_bound(roots, program, points_of_a_kind))
    except (TooLargeError, _NotRationalError):
        return Agreement("unchecked")
    if not tried or bound > LARGEST_BOUND:
        return Agreement("unchecked")
    return Agreement("agrees", points, bound, tuple(tried))


def _is_rational(roots: Sequence[Node], variables: Sequence[Node]) -> bool:
    """Whether nothing below the roots is out of reach of arithmetic with residues.

    Numbers as large as the prime would be taken for small ones, hence the bound on them.
    """
    special = [variable for variable in variables if draw.properties(variable) - DENSE_PROPERTIES]
    if len(special) > 1 or not all(map(_is_plainly_orthogonal, special)):
        return False
    return all(_is_rational_node(node) for node in postorder(roots))


def _is_plainly_orthogonal(variable: Node) -> bool:
    """Whether a square variable is orthogonal and nothing else."""
    is_square = len(variable.shape) == 2 and variable.shape[0] == variable.shape[1]
    return is_square and draw.properties(variable) <= {"orthogonal", "invertible"}


def _is_rational_node(node: Node) -> bool:
    match node.op:
        case "map":
            return is_power(node) and _whole_power(node) is not None
        case "call":
            name = node.attrs[0]
            if name == "matpow":
                return len(node.args) == 1 and abs(whole_exponent_of(node)) <= LARGEST_POWER
            if name == "pinv":
                return holds(node.args[0], "full_column_rank") or holds(node.args[0], "full_row_rank")
            is_plain = name in LINEAR_CALLS | BILINEAR_CALLS or name in SQUARE_CALLS
            return is_plain or node.attrs == ("prod",)
        case "constant":
            return node.attrs[0] != "pi"
        case "number":
            return _is_small(number_of(node))
        case "sum":
            return all(_is_small(weight) for weight in weights_of(node))
    return node.op in PLAIN_OPS


def _is_small(weight: Fraction) -> bool:
    return max(abs(weight.numerator), weight.denominator) < LARGEST_NUMBER


def _whole_power(node: Node) -> int | None:
    """The exponent of an entry-wise power where it is a small whole number."""
    exponent = exponent_of(node)
    return int(exponent) if exponent.denominator == 1 and abs(exponent) <= LARGEST_POWER else None


def _choose_sizes(roots: Sequence[Node], variables: Sequence[Node]) -> Iterator[dict[str, int]]:
    """Choices of the named sizes; of one name alone 2, 3, 4 and 5, so that odd and even ones are met."""
    names = sorted(next(draw.choose_sizes(roots, variables), {}))
    for shift in range(SIZE_CHOICES if names else 1):
        sizes = {name: 2 + (place + shift) % max(SIZE_CHOICES, len(names)) for place, name in enumerate(names)}
        if draw.is_possible(roots, variables, sizes):
            yield sizes


def _compare(roots: tuple[Node, Node], variables: Sequence[Node], program: Program) -> bool | None:
    """Whether the roots agree at some points; None where not enough points were in their domain."""
    found = 0
    for attempt in range(ATTEMPTS):
        inputs = {str(node.attrs[0]): _draw(node, program.shape(node.shape), attempt) for node in variables}
        try:
            values = _evaluate(roots, inputs, program)
        except OutOfDomainError:
            continue
        if values[roots[0]] != values[roots[1]]:
            return False
        found += 1
        if found == POINTS:
            return True
    return None


def _draw(variable: Node, shape: Sizes, attempt: int) -> Residues:
    """Residues for the entries of a variable, within its structure."""
    stream = Stream(int.from_bytes(variable.key[:8], "big"), count(shape), attempt)
    if "orthogonal" in draw.properties(variable):
        return draw_orthogonal(stream, shape[0], shape[0] + attempt % 2)
    entries = [0] * count(shape)
    for cell in draw.cells(variable, shape):
        residue = draw_residue(stream)
        for place, sign in cell:
            entries[place] = residue * int(sign) % PRIME
    return entries


def _evaluate(roots: Sequence[Node], inputs: Mapping[str, Residues], program: Program) -> dict[Node, Residues]:
    values: dict[Node, Residues] = {}
    for node in postorder(roots):
        if node.op == "var":
            values[node] = inputs[str(node.attrs[0])]
        else:
            values[node] = _entries(node, [values[arg] for arg in node.args], program)
    return values


def _entries(node: Node, args: list[Residues], program: Program) -> Residues:
    shape = program.shape(node.shape)
    if not args:
        return _leaf(node, shape, program)
    match node.op:
        case "sum":
            weights = [_of_fraction(weight) for weight in weights_of(node)]
            found = [sum(map(mul, weights, column)) % PRIME for column in zip(*args, strict=True)]
        case "product":
            found = _product(node, args, program)
        case "hadamard":
            found = [product_of(column) for column in zip(*args, strict=True)]
        case "transpose":
            found = reduced(transposed(args[0], rows_and_columns(program.shape(node.args[0].shape))[1]))
        case "map":
            found = _powers(args[0], _whole_power(node) or 0)
        case "einsum":
            found = _einsum(node, args, program)
        case "block":
            found = reduced(joined_blocks(node, [program.shape(arg.shape) for arg in node.args])(*args))
        case _:
            found = _call(node, args, shape, program)
    return found


def _leaf(node: Node, shape: Sizes, program: Program) -> Residues:
    match node.op:
        case "number":
            return [_of_fraction(number_of(node))]
        case "size":
            return [value_of(size_of(node), program.sizes) % PRIME]
        case "constant":
            return _constant(node, shape, program)
        case "einsum":
            return _einsum(node, [], program)
        case "sum":
            return [0] * count(shape)
    raise _NotRationalError


def _einsum(node: Node, args: list[Residues], program: Program) -> Residues:
    wires, output, sizes = einsum.parts(node)
    step, _ = contraction.plan(wires, output, program.shape(sizes))
    return reduced(step(*args))


def _of_fraction(value: Fraction) -> int:
    return value.numerator * pow(value.denominator, -1, PRIME) % PRIME


def _constant(node: Node, shape: Sizes, program: Program) -> Residues:
    if node.attrs[0] == "unit":
        place = index_of(node.attrs[1], shape[0])
        return [int(k == place) for k in range(shape[0])]
    constant = Program((node,), program.sizes)
    return reduced(constant.run({})[constant.places[0]])


def _product(node: Node, args: list[Residues], program: Program) -> Residues:
    scalars = [entries[0] for arg, entries in zip(node.args, args, strict=True) if not arg.shape]
    chain = [
        (entries, rows_and_columns(program.shape(arg.shape)))
        for arg, entries in zip(node.args, args, strict=True)
        if arg.shape
    ]
    weight = product_of(scalars)
    if not chain:
        return [weight]
    result, (rows, _columns) = chain[0]
    for entries, (inner, columns) in chain[1:]:
        result = reduced(multiply(result, entries, inner, columns))
    assert len(result) % rows == 0, (len(result), rows)
    return [weight * entry % PRIME for entry in result]


def _powers(entries: Residues, exponent: int) -> Residues:
    if exponent < 0 and 0 in entries:
        raise OutOfDomainError("a division by zero")
    return [pow(entry, exponent, PRIME) for entry in entries]


def _call(node: Node, args: list[Residues], shape: Sizes, program: Program) -> Residues:
    name, *parameters = node.attrs
    shapes = tuple(program.shape(arg.shape) for arg in node.args)
    size = rows_and_columns(shapes[0])[0]
    if name in SQUARE_CALLS:
        return SQUARE_CALLS[str(name)](args[0], size)
    match name:
        case "mean":
            if parameters:
                raise _NotRationalError
            return [sum(args[0]) * pow(count(shapes[0]), -1, PRIME) % PRIME]
        case "prod":
            return [product_of(args[0])]
        case "pinv":
            return pseudo_inverse(args[0], *rows_and_columns(shapes[0]))
        case "matpow":
            return matrix_power(args[0], size, whole_exponent_of(node))
    told = shape if name in calls.SHAPED else tuple(parameters)
    return reduced(calls.find(str(name))(shapes, told, *args))
