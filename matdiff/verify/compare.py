"""Is it true? A derivative against what the values alone say, two expressions against one another.

Only numbers are trusted here: how the answer came about is unknown to this room.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import mul
from typing import NamedTuple

from matdiff.tree.dims import size_text
from matdiff.tree.node import Node, Shape
from matdiff.verify import draw, example
from matdiff.verify.algebra import Entries, OutOfDomainError, TooLargeError
from matdiff.verify.example import Example, Values
from matdiff.verify.points import Point, all_variables, complex_points, real_points
from matdiff.verify.slopes import slope
from matdiff.verify.steadiness import is_steady

__all__ = [
    "Values",
    "Verdict",
    "check_derivative",
    "check_derivatives",
    "check_directional",
    "check_equal",
    "check_equal_exactly",
]

# Both signs of every variable are met in four points, which a kink needs to show; large expressions do with fewer.
POINTS = 4
POINTS_WHEN_LARGE = 2
THOROUGH = 4
LARGE_WORK = 50_000
DIRECTIONS = 2
GOOD_COMPLEX_POINTS = 2
COMPLEX_POINTS = 4
EQUALITY = 1e-9
STRUCTURE = 1e-8
# Cancellation: a difference that is this much smaller than the numbers met on the way is measured against those.
CANCELLATION = 1e-5
LARGEST_STRETCH = 1e4
# Bounds on looking for the culprits in a group of wrong derivatives, so that the work stays linear.
SEARCHES = 64
EXAMPLES = 4
TOO_LARGE = "the expression is too large to be compared at random points"


class Verdict(NamedTuple):
    """What a comparison found: `agrees`, `differs` or `unchecked`.

    `points` were compared, `error` is the largest relative difference seen, `reason` says why an answer differs or
    could not be checked. Where it differs, `example` are small inputs by name, with `found` and `expected` there.
    """

    status: str
    points: int
    error: float
    reason: str = ""
    example: Example = ()
    found: Values | None = None
    expected: Values | None = None


class _Claim(NamedTuple):
    """That `derivative` is the derivative of `value` by each of `wrt`, one after the other."""

    value: Node
    wrt: tuple[Node, ...]
    derivative: Node


class _Method(NamedTuple):
    """How slopes are measured: at real or complex points, with which widths of differences, how exactly."""

    is_real: bool
    widths: tuple[float, ...]
    tolerance: float


REAL = (_Method(True, (0.0,), 1e-8), _Method(True, (2e-3, 2e-4, 2e-5, 2e-6), 1e-6))
COMPLEX = (_Method(False, (1e-3, 1e-4), 1e-6), _Method(False, (1e-2, 2e-3), 1e-5))


def check_derivative(value: Node, wrt: tuple[Node, ...], derivative: Node) -> Verdict:
    """Whether `derivative` is the derivative of `value` by `wrt`: one variable, or two for the second order.

    Its axes are those of the value, then those of each variable; axes of size 1 do not count. For a variable with a
    structure (symmetric, …) only directions inside it are compared, and a gradient has to lie in it.

    >>> from matdiff.tree.build import power, product, variable
    >>> t = variable("t", ())
    >>> check_derivative(power(t, 3), (t,), product(t, t)).status
    'differs'
    """
    assert 1 <= len(wrt) <= 2, wrt
    claim = _Claim(value, wrt, derivative)
    return _misfit(claim) or _verdicts((claim,))[0]


def check_derivatives(value: Node, derivatives: tuple[tuple[Node, Node], ...]) -> tuple[Verdict, ...]:
    """Whether each `(variable, derivative)` is true of `value`; points and values are shared between them."""
    claims = [_Claim(value, (variable,), derivative) for variable, derivative in derivatives]
    verdicts = {place: verdict for place, claim in enumerate(claims) if (verdict := _misfit(claim))}
    fitting = [place for place in range(len(claims)) if place not in verdicts]
    names = {claims[place].wrt[0].attrs[0] for place in fitting}
    groups = [fitting] if len(names) == len(fitting) else [[place] for place in fitting]
    for group in groups:
        if group:
            verdicts.update(zip(group, _verdicts([claims[place] for place in group]), strict=True))
    return tuple(verdicts[place] for place in range(len(claims)))


def check_directional(
    value: Node, moved: tuple[tuple[Node, Node], ...], derivative: Node, by: Node | None = None
) -> Verdict:
    """Whether `derivative` is that of `value` along directions: `moved` are variables, each with its direction.

    With `by` it is the gradient by that variable of the derivative along them, for a scalar value: the Hessian times
    the directions.

    >>> from matdiff.tree.build import power, product, total, variable
    >>> t, s = variable("t", ()), variable("s", ())
    >>> check_directional(power(t, 2), ((t, s),), total([(2, product(t, s))])).status
    'agrees'
    """
    due = value.shape if by is None else by.shape
    if _proper(derivative.shape) != _proper(due):
        reason = f"the derivative has the shape {_shape_text(derivative.shape)} instead of {_shape_text(due)}"
        return Verdict("differs", 0, 1.0, reason)
    roots = (value, derivative, *(direction for _, direction in moved))
    variables = all_variables(roots, [*(variable for variable, _ in moved), *([by] if by else [])])
    try:
        for method in (REAL[by is not None], COMPLEX[by is not None]):
            points = (real_points if method.is_real else complex_points)(roots, variables)
            verdict = _settle_directional(points, [variable for variable, _ in moved], by, method)
            if verdict is not None:
                return verdict
    except TooLargeError:
        return _unchecked(TOO_LARGE)
    return _unchecked("no point was found where the expression and its derivative have finite values")


def _settle_directional(
    points: Iterator[Point], moved: Sequence[Node], by: Node | None, method: _Method
) -> Verdict | None:
    count, worst = 0, 0.0
    for point in points:
        try:
            error = _directional_error(point, moved, by, method)
        except OutOfDomainError:
            continue
        count += 1
        worst = max(worst, error)
        if not error <= method.tolerance:
            return Verdict("differs", count, worst, "the derivative along the direction differs")
        if count == _enough(point):
            break
    return Verdict("agrees", count, worst) if count else None


def _directional_error(point: Point, moved: Sequence[Node], by: Node | None, method: _Method) -> float:
    """How far a derivative along directions is from the slope; raises where the slope cannot be measured."""
    moves: list[dict[str, Entries]] = [{str(v.attrs[0]): point.root(k) for k, v in enumerate(moved, start=2)}]
    claimed = point.root(1)
    if by is not None:
        way = draw.direction(by, point.program.shape(by.shape), point.number)
        moves.append({str(by.attrs[0]): way})
        claimed = [sum(map(mul, claimed, way))]
    measured = [slope(point, moves, method.is_real, width) for width in method.widths]
    scale = CANCELLATION * max(_largest(point.values), *(found.scale for found in measured))
    error = min(_relative(claimed, found.entries, scale) for found in measured)
    spread = _relative(measured[0].entries, measured[-1].entries, scale)
    if error > method.tolerance and spread > method.tolerance:
        raise OutOfDomainError("differences of two widths do not agree on the slope")
    return error


def check_equal(left: Node, right: Node, times: int = 1) -> Verdict:
    """Whether two expressions of one shape have the same values at random points of their common domain.

    With `times` there are so many times more points, of more sizes.
    """
    if left.shape != right.shape:
        return Verdict("differs", 0, 1.0, f"the shapes differ: {_shape_text(left.shape)}, {_shape_text(right.shape)}")
    try:
        return _settle_equality((left, right), times)
    except TooLargeError:
        return _unchecked(TOO_LARGE)


def check_equal_exactly(left: Node, right: Node) -> Verdict:
    """As `check_equal`, and rational expressions exactly as well, for sizes of several kinds: that counts for more.

    What is not rational is looked at again at more points: a largest entry may stand in the same place in few of them,
    and what is so for tall matrices may not be so for wide ones.
    """
    from matdiff.verify.modular import check_modular

    verdict = check_equal(left, right)
    exact = check_modular(left, right) if verdict.points else None
    if exact is not None and exact.status == "agrees" and verdict.status == "differs":
        return Verdict("agrees", exact.points, 0.0)
    if exact is not None and exact.status == "unchecked" and verdict.status == "agrees":
        return check_equal(left, right, THOROUGH)
    if exact is None or exact.status != "differs" or verdict.status == "differs":
        return verdict
    sizes = dict(exact.sizes[0])
    found = example.at_sizes((left, right), all_variables((left, right)), sizes)
    told = ", ".join(f"{name} = {size}" for name, size in sizes.items())
    reason = "the values differ in exact arithmetic" + (f" where {told}" if told else "")
    return _differs(exact.points, 1.0, reason, found)


def _settle_equality(roots: tuple[Node, Node], times: int) -> Verdict:
    variables = all_variables(roots)
    for points in (real_points(roots, variables), complex_points(roots, variables)):
        count, worst = 0, 0.0
        for point in points:
            scale = CANCELLATION * _largest(point.values)
            error = _relative(point.root(0), point.root(1), scale)
            if error > EQUALITY and not _is_certain(point):
                continue
            count += 1
            worst = max(worst, error)
            if not worst <= EQUALITY:
                found = example.search(roots, variables, point, lambda at: (at.root(0), at.root(1)))
                return _differs(count, worst, "the values differ", found)
            if count == times * _enough(point) or not variables:
                break
        if count:
            return Verdict("agrees", count, worst)
    return _unchecked("no point was found where both expressions have finite values")


def _is_certain(point: Point) -> bool:
    """Whether two expressions differ there by more than rounding errors."""
    try:
        return is_steady(point, lambda at: (at.root(0), at.root(1)), EQUALITY)
    except OutOfDomainError:
        return False


def _misfit(claim: _Claim) -> Verdict | None:
    """The verdict on a derivative whose shape alone is wrong."""
    due = _proper((*claim.value.shape, *(axis for variable in claim.wrt for axis in variable.shape)))
    if _proper(claim.derivative.shape) == due:
        return None
    reason = f"the derivative has the shape {_shape_text(claim.derivative.shape)} instead of {_shape_text(due)}"
    return Verdict("differs", 0, 1.0, reason)


def _verdicts(claims: Sequence[_Claim]) -> list[Verdict]:
    try:
        return _settle(claims)
    except TooLargeError:
        return [_unchecked(TOO_LARGE)] * len(claims)


def _settle(claims: Sequence[_Claim]) -> list[Verdict]:
    """A verdict on each claim about one value, by comparing all of them together at every point."""
    value = claims[0].value
    roots = (value, *(claim.derivative for claim in claims))
    variables = all_variables(roots, [variable for claim in claims for variable in claim.wrt])
    method = REAL[len(claims[0].wrt) - 1]
    verdicts: dict[int, Verdict] = {}
    count, worst = 0, 0.0
    for point in real_points(roots, variables):
        open_places = [place for place in range(len(claims)) if place not in verdicts]
        try:
            error, wrong = _compare(point, claims, open_places, method)
        except OutOfDomainError:
            continue
        count += 1
        worst = max(worst, error)
        for place, (size, reason) in wrong.items():
            found = _example(claims[place], point) if len(verdicts) < EXAMPLES else example.Found()
            verdicts[place] = _differs(count, size, reason, found)
        if count == _enough(point) or len(verdicts) == len(claims):
            break
    if count:
        return [verdicts.get(place, Verdict("agrees", count, worst)) for place in range(len(claims))]
    if len(claims) > 1:
        return [_settle((claim,))[0] for claim in claims]
    return [_settle_off_the_real_line(claims[0], roots, variables)]


def _compare(
    point: Point, claims: Sequence[_Claim], places: Sequence[int], method: _Method
) -> tuple[float, dict[int, tuple[float, str]]]:
    """The largest error of the claims at `places` that hold, and for those that do not the error and the reason."""
    wrong: dict[int, tuple[float, str]] = {}
    for place in places:
        error = _outside_structure(point, claims[place], place)
        if error > STRUCTURE:
            wrong[place] = (error, f"the gradient is not {draw.structure(claims[place].wrt[0])}")
    worst = 0.0
    for number in range(DIRECTIONS):
        kept = [place for place in places if place not in wrong]
        error, culprits = _culprits(point, claims, kept, number, method)
        worst = max(worst, error)
        wrong.update(culprits)
    return worst, wrong


def _culprits(
    point: Point, claims: Sequence[_Claim], places: Sequence[int], number: int, method: _Method
) -> tuple[float, dict[int, tuple[float, str]]]:
    """The claims at `places` that are wrong along one set of directions, found by halving groups that are."""
    wrong: dict[int, tuple[float, str]] = {}
    worst = 0.0
    pending = [tuple(places)] if places else []
    searches = 0
    while pending:
        group = pending.pop()
        error = _error(point, claims, group, number, method)
        searches += 1
        if error <= method.tolerance:
            worst = max(worst, error)
        elif len(group) == 1:
            _hold_steady(point, claims, group[0], number, method)
            wrong[group[0]] = (error, "the derivative along a direction differs")
        elif searches > SEARCHES:
            wrong.update((place, (error, "the derivatives by several variables differ together")) for place in group)
        else:
            pending += [group[len(group) // 2 :], group[: len(group) // 2]]
    return worst, wrong


def _hold_steady(point: Point, claims: Sequence[_Claim], place: int, number: int, method: _Method) -> None:
    """Raise where rounding errors alone may be what differs."""
    moves, _ = _moves(point, claims, (place,), number)

    def measured(at: Point) -> tuple[Entries, Entries]:
        return at.root(place + 1), slope(at, moves, method.is_real, method.widths[-1]).entries

    if not is_steady(point, measured, method.tolerance):
        raise OutOfDomainError("rounding errors are as large as the difference")


def _error(point: Point, claims: Sequence[_Claim], places: Sequence[int], number: int, method: _Method) -> float:
    """How far the claims at `places`, all moved at once, are from the slope along one set of random directions."""
    moves, terms = _moves(point, claims, places, number)
    claimed, bound = _contracted(terms, len(point.root(0)))
    fresh = point.values[point.program.places[0] + 1 :]
    errors = []
    for width in method.widths:
        measured = slope(point, moves, method.is_real, width)
        scale = max(bound, CANCELLATION * max(measured.scale, _largest(fresh) if len(places) == 1 else 0.0))
        errors.append(_relative(claimed, measured.entries, scale))
        if errors[-1] <= method.tolerance:
            break
    return min(errors)


def _moves(
    point: Point, claims: Sequence[_Claim], places: Sequence[int], number: int
) -> tuple[list[dict[str, Entries]], list[tuple[Entries, list[Entries]]]]:
    """A set of random directions for the variables of the claims at `places`, by axis; and each claim with its own."""
    moves: list[dict[str, Entries]] = [{} for _ in claims[0].wrt]
    terms: list[tuple[Entries, list[Entries]]] = []
    for place in places:
        entries = point.root(place + 1)
        stretch = 1.0 if len(places) == 1 else _stretch(entries)
        along: list[Entries] = []
        for axis, variable in enumerate(claims[place].wrt):
            shape = point.program.shape(variable.shape)
            seed = (point.number * DIRECTIONS + number) * 2 + axis
            way = draw.direction(variable, shape, seed, point.inputs[str(variable.attrs[0])])
            along.append([stretch * entry for entry in way])
            moves[axis][str(variable.attrs[0])] = along[-1]
        terms.append((entries, along))
    return moves, terms


def _stretch(entries: Entries) -> float:
    """What a direction is multiplied with, so that gradients of all sizes weigh alike in one comparison."""
    size = max(abs(entry) for entry in entries)
    return min(1 / size, LARGEST_STRETCH) if size > 0 else 1.0


def _contracted(terms: Sequence[tuple[Entries, list[Entries]]], length: int) -> tuple[Entries, float]:
    """Derivatives contracted with directions, summed; and the size of the numbers that were added up."""
    total: list[complex] = [0.0] * length
    bounds = [0.0] * length
    for entries, along in terms:
        weights: Entries = [1.0]
        for way in along:
            weights = [weight * entry for weight in weights for entry in way]
        width = len(weights)
        for row in range(length):
            parts = list(map(mul, entries[row * width : (row + 1) * width], weights))
            total[row] += sum(parts)
            bounds[row] += sum(map(abs, parts))
    return total, max(bounds)


def _outside_structure(point: Point, claim: _Claim, place: int) -> float:
    """How far a gradient lies outside the structure of its variable, relative to its size."""
    variable = claim.wrt[0]
    if claim.value.shape or len(claim.wrt) > 1 or not draw.structure(variable):
        return 0.0
    entries = point.root(place + 1)
    inside = [0.0j] * len(entries)
    for cell in draw.cells(variable, point.program.shape(variable.shape)):
        mean = sum(sign * entries[at] for at, sign in cell) / len(cell)
        for at, sign in cell:
            inside[at] = sign * mean
    return _relative(entries, inside, CANCELLATION * _largest(point.values[point.program.places[0] + 1 :]))


def _settle_off_the_real_line(claim: _Claim, roots: tuple[Node, ...], variables: Sequence[Node]) -> Verdict:
    """The verdict where no real point is in the domain: the derivative of the analytic continuation.

    Near a branch cut the two may part though both are right, so that several points have to differ.
    """
    method = COMPLEX[len(claim.wrt) - 1]
    errors: list[float] = []
    for point in _bounded(complex_points(roots, variables), 2 * COMPLEX_POINTS):
        try:
            errors.append(_error(point, (claim,), (0,), 0, method))
        except OutOfDomainError:
            continue
        good = [error for error in errors if error <= method.tolerance]
        if len(good) == GOOD_COMPLEX_POINTS:
            return Verdict("agrees", len(good), max(good))
        if not good and len(errors) == COMPLEX_POINTS:
            return Verdict("differs", len(errors), min(errors), "the derivative differs at complex points")
    return _unchecked("no point was found where the expression and its derivative have finite values")


def _enough(point: Point) -> int:
    return POINTS if point.program.work < LARGE_WORK else POINTS_WHEN_LARGE


def _bounded(points: Iterator[Point], number: int) -> Iterator[Point]:
    for _, point in zip(range(number), points, strict=False):
        yield point


def _example(claim: _Claim, point: Point) -> example.Found:
    """Small inputs where a derivative is wrong, looked for on its own."""
    roots = (claim.value, claim.derivative)
    method = REAL[len(claim.wrt) - 1]
    variables = all_variables(roots, claim.wrt)

    def both(at: Point) -> tuple[Entries, Entries] | None:
        expected = example.full_derivative(at, claim.wrt, method.widths[-1])
        return None if expected is None else (at.root(1), expected)

    return example.search(roots, variables, point, both)


def _differs(points: int, error: float, reason: str, found: example.Found) -> Verdict:
    return Verdict("differs", points, error, reason, found.inputs, found.found, found.expected)


def _unchecked(reason: str) -> Verdict:
    return Verdict("unchecked", 0, 0.0, reason)


def _relative(found: Entries, expected: Entries, scale: float) -> float:
    """The largest difference over the largest number, or over `scale` where that is more."""
    difference = max(abs(x - y) for x, y in zip(found, expected, strict=True))
    if difference == 0:
        return 0.0
    return difference / max(scale, *map(abs, found), *map(abs, expected))


def _largest(values: Sequence[Entries]) -> float:
    return max((abs(entry) for entries in values for entry in entries), default=0.0)


def _proper(shape: Shape) -> Shape:
    return tuple(axis for axis in shape if axis != 1)


def _shape_text(shape: Shape) -> str:
    return " x ".join(size_text(axis) for axis in shape) or "scalar"
