"""Rational expressions evaluated exactly modulo a prime: two that agree at random points are equal, but for a bound.

A difference of two rational expressions that is not zero is a quotient of polynomials whose numerator has some degree
d; at a point drawn from all residues it vanishes with a chance of at most d/p (Schwartz 1980, Zippel 1979). What is
found holds for the sizes that were tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from operator import mul
from typing import NamedTuple

from matdiff.tree import einsum
from matdiff.tree.attributes import exponent_of, is_power, number_of, size_of, weights_of, whole_exponent_of
from matdiff.tree.dims import value_of
from matdiff.tree.node import Node
from matdiff.tree.walk import postorder
from matdiff.verify import calls, contraction, draw
from matdiff.verify.algebra import OutOfDomainError, Sizes, TooLargeError, count, multiply, rows_and_columns, transposed
from matdiff.verify.evaluate import Program, index_of
from matdiff.verify.points import all_variables
from matdiff.verify.random import Stream

PRIME = (1 << 61) - 1
POINTS = 2
ATTEMPTS = 6
SIZE_CHOICES = 4
LARGEST_WORK = 100_000
LARGEST_NUMBER = 1 << 31
LARGEST_POWER = 64
LARGEST_BOUND = 1e-12
LINEAR_CALLS = frozenset({"tr", "sum", "mean", "diag", "vec", "unvec", "vech", "tril", "triu", "cumsum"})
BILINEAR_CALLS = frozenset({"dot", "kron", "khatri_rao"})
SQUARE_CALLS = frozenset({"inv", "det", "adj", "cof", "matpow"})
PLAIN_OPS = frozenset({"var", "size", "product", "hadamard", "transpose", "einsum"})
DENSE_PROPERTIES = frozenset(
    {"symmetric", "skew", "diagonal", "lower", "upper", "spd", "psd", "invertible", "full_column_rank"}
    | {"full_row_rank", "positive", "nonnegative", "nonzero", "integer"}
)

Residues = list[int]


class Agreement(NamedTuple):
    """What arithmetic modulo the prime found: `agrees`, `differs` or `unchecked`.

    `error_bound` is the largest chance that two expressions which differ for one of the `sizes` would have agreed.
    """

    status: str
    points: int = 0
    error_bound: float = 1.0
    sizes: tuple[tuple[tuple[str, int], ...], ...] = ()


class Degrees(NamedTuple):
    """Every entry of a value is a polynomial of degree `above` over a common one of degree `below`."""

    above: int = 0
    below: int = 0

    def times(self, other: Degrees) -> Degrees:
        """The degrees of a product."""
        return Degrees(self.above + other.above, self.below + other.below)

    def plus(self, other: Degrees) -> Degrees:
        """The degrees of a sum."""
        return Degrees(max(self.above + other.below, other.above + self.below), self.below + other.below)

    def repeated(self, times: int) -> Degrees:
        """The degrees of a product of equal factors."""
        return Degrees(times * self.above, times * self.below)

    def inverted(self, size: int) -> Degrees:
        """The degrees of what is divided by `size` entries at once, or by a determinant of that size."""
        return Degrees(self.below + (size - 1) * self.above, size * self.above)


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
            bound = max(bound, _error_bound(roots, program))
    except (TooLargeError, _NotRationalError):
        return Agreement("unchecked")
    if not tried or bound > LARGEST_BOUND:
        return Agreement("unchecked")
    return Agreement("agrees", points, bound, tuple(tried))


def _is_rational(roots: Sequence[Node], variables: Sequence[Node]) -> bool:
    """Whether nothing below the roots is out of reach of arithmetic with residues.

    Numbers as large as the prime would be taken for small ones, hence the bound on them.
    """
    if any(draw.properties(variable) - DENSE_PROPERTIES for variable in variables):
        return False
    return all(_is_rational_node(node) for node in postorder(roots))


def _is_rational_node(node: Node) -> bool:
    match node.op:
        case "map":
            return is_power(node) and _whole_power(node) is not None
        case "call":
            name = node.attrs[0]
            if name == "matpow":
                return len(node.args) == 1 and abs(whole_exponent_of(node)) <= LARGEST_POWER
            return name in LINEAR_CALLS | BILINEAR_CALLS | SQUARE_CALLS
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
    entries = [0] * count(shape)
    for cell in draw.cells(variable, shape):
        residue = _residue(stream)
        for place, sign in cell:
            entries[place] = residue * int(sign) % PRIME
    return entries


def _residue(stream: Stream) -> int:
    while (residue := stream.bits() >> 3) == PRIME:
        pass
    return residue


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
            return [sum(map(mul, weights, column)) % PRIME for column in zip(*args, strict=True)]
        case "product":
            return _product(node, args, program)
        case "hadamard":
            return [_multiplied(column) for column in zip(*args, strict=True)]
        case "transpose":
            return _reduced(transposed(args[0], rows_and_columns(program.shape(node.args[0].shape))[1]))
        case "map":
            return _powers(args[0], _whole_power(node) or 0)
        case "einsum":
            return _einsum(node, args, program)
    return _call(node, args, shape, program)


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
    return _reduced(step(*args))


def _reduced(entries: Sequence[complex]) -> Residues:
    """Entries that are whole, also where zeros among them are floats, as residues."""
    return [int(entry) % PRIME for entry in entries]  # type: ignore[call-overload]  # none has an imaginary part


def _of_fraction(value: Fraction) -> int:
    return value.numerator * pow(value.denominator, -1, PRIME) % PRIME


def _multiplied(entries: Sequence[int]) -> int:
    result = 1
    for entry in entries:
        result = result * entry % PRIME
    return result


def _constant(node: Node, shape: Sizes, program: Program) -> Residues:
    if node.attrs[0] == "unit":
        place = index_of(node.attrs[1], shape[0])
        return [int(k == place) for k in range(shape[0])]
    constant = Program((node,), program.sizes)
    return _reduced(constant.run({})[constant.places[0]])


def _product(node: Node, args: list[Residues], program: Program) -> Residues:
    scalars = [entries[0] for arg, entries in zip(node.args, args, strict=True) if not arg.shape]
    chain = [
        (entries, rows_and_columns(program.shape(arg.shape)))
        for arg, entries in zip(node.args, args, strict=True)
        if arg.shape
    ]
    weight = _multiplied(scalars)
    if not chain:
        return [weight]
    result, (rows, _columns) = chain[0]
    for entries, (inner, columns) in chain[1:]:
        result = _reduced(multiply(result, entries, inner, columns))
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
    match name:
        case "mean" if not parameters:
            return [sum(args[0]) * pow(count(shapes[0]), -1, PRIME) % PRIME]
        case "mean":
            raise _NotRationalError
        case "inv":
            return _inverse(args[0], size)
        case "det":
            return [_determinant(args[0], size)]
        case "adj":
            return _adjugate(args[0], size)
        case "cof":
            return _reduced(transposed(_adjugate(args[0], size), size))
        case "matpow":
            return _matrix_power(args[0], size, whole_exponent_of(node))
    told = shape if name in calls.SHAPED else tuple(parameters)
    return _reduced(calls.find(str(name))(shapes, told, *args))


def _matrix_power(entries: Residues, size: int, exponent: int) -> Residues:
    base = entries if exponent >= 0 else _inverse(entries, size)
    result = [int(row == column) for row in range(size) for column in range(size)]
    for _ in range(abs(exponent)):
        result = _reduced(multiply(result, base, size, size))
    return result


def _inverse(entries: Residues, size: int) -> Residues:
    rows = [[*entries[k * size : (k + 1) * size], *(int(k == column) for column in range(size))] for k in range(size)]
    if not _eliminate(rows, size):
        raise OutOfDomainError("a matrix is singular")
    return [entry for row in rows for entry in row[size:]]


def _determinant(entries: Residues, size: int) -> int:
    return _eliminate([entries[k * size : (k + 1) * size] for k in range(size)], size)


def _adjugate(entries: Residues, size: int) -> Residues:
    """The transposed cofactors, which a singular matrix has as well."""
    found = []
    for column in range(size):
        for row in range(size):
            minor = [entries[i * size + j] for i in range(size) for j in range(size) if i != row and j != column]
            found.append((-1) ** (row + column) * _determinant(minor, size - 1) % PRIME)
    return found


def _eliminate(rows: list[Residues], size: int) -> int:
    """Gauss-Jordan elimination in place on the first `size` columns; the determinant, 0 where it stopped at one."""
    determinant = 1
    for column in range(size):
        place = next((row for row in range(column, size) if rows[row][column]), None)
        if place is None:
            return 0
        if place != column:
            rows[place], rows[column] = rows[column], rows[place]
            determinant = -determinant
        pivot = rows[column][column]
        determinant = determinant * pivot % PRIME
        scale = pow(pivot, -1, PRIME)
        lead = rows[column] = [entry * scale % PRIME for entry in rows[column]]
        for row in range(size):
            factor = rows[row][column]
            if row != column and factor:
                rows[row] = [(entry - factor * other) % PRIME for entry, other in zip(rows[row], lead, strict=True)]
    return determinant % PRIME


def _error_bound(roots: tuple[Node, Node], program: Program) -> float:
    """The chance that `POINTS` random points all are zeros of a difference that is not zero."""
    degrees: dict[Node, Degrees] = {}
    for node in postorder(roots):
        degrees[node] = _degrees(node, [degrees[arg] for arg in node.args], program)
    left, right = (degrees[root] for root in roots)
    difference = left.plus(right)
    poles = sum(found.below for found in degrees.values())
    if difference.above + poles >= PRIME // 2:
        return 1.0
    return (difference.above / (PRIME - poles)) ** POINTS


def _degrees(node: Node, args: list[Degrees], program: Program) -> Degrees:
    if node.op == "var":
        return Degrees(1)
    if node.op == "sum":
        result = Degrees()
        for arg in args:
            result = result.plus(arg)
        return result
    if node.op == "map":
        return _raised(args[0], _whole_power(node) or 0, count(program.shape(node.args[0].shape)))
    if node.op == "call" and node.attrs[0] in SQUARE_CALLS:
        size = rows_and_columns(program.shape(node.args[0].shape))[0]
        match node.attrs[0]:
            case "inv":
                return args[0].inverted(size)
            case "det":
                return args[0].repeated(size)
            case "matpow":
                return _raised(args[0], whole_exponent_of(node), size)
        return args[0].repeated(size - 1)
    result = Degrees()
    for arg in args:
        result = result.times(arg)
    return result


def _raised(base: Degrees, exponent: int, size: int) -> Degrees:
    return (base if exponent >= 0 else base.inverted(size)).repeated(abs(exponent))
