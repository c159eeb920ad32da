"""Whether derivatives are those of a value: several by different variables are compared together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from operator import mul
from typing import NamedTuple

from matdiff.tree.node import Node
from matdiff.verify import draw, example
from matdiff.verify.algebra import Entries, OutOfDomainError, TooLargeError
from matdiff.verify.measures import CANCELLATION, COMPLEX, REAL, Method, enough_at, largest_entry, relative_difference
from matdiff.verify.points import Point, all_variables, complex_points, real_points
from matdiff.verify.slopes import slope
from matdiff.verify.steadiness import is_steady
from matdiff.verify.verdicts import NO_POINT, TOO_LARGE, Verdict, differs, misfit, unchecked

DIRECTIONS = 2
GOOD_COMPLEX_POINTS = 2
COMPLEX_POINTS = 4
STRUCTURE = 1e-8
LARGEST_STRETCH = 1e4
# Bounds on looking for the culprits in a group of wrong derivatives, so that the work stays linear.
SEARCHES = 64
EXAMPLES = 4


class _Claim(NamedTuple):
    """That `derivative` is the derivative of `value` by each of `wrt`, one after the other."""

    value: Node
    wrt: tuple[Node, ...]
    derivative: Node

    def misfit(self) -> Verdict | None:
        """The verdict where the shape alone is wrong."""
        return misfit(self.derivative, self.value, *self.wrt)


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
    return claim.misfit() or _verdicts((claim,))[0]


def check_derivatives(value: Node, derivatives: tuple[tuple[Node, Node], ...]) -> tuple[Verdict, ...]:
    """Whether each `(variable, derivative)` is true of `value`; points and values are shared between them."""
    claims = [_Claim(value, (variable,), derivative) for variable, derivative in derivatives]
    verdicts = {place: verdict for place, claim in enumerate(claims) if (verdict := claim.misfit())}
    fitting = [place for place in range(len(claims)) if place not in verdicts]
    names = {claims[place].wrt[0].attrs[0] for place in fitting}
    groups = [fitting] if len(names) == len(fitting) else [[place] for place in fitting]
    for group in groups:
        if group:
            verdicts.update(zip(group, _verdicts([claims[place] for place in group]), strict=True))
    return tuple(verdicts[place] for place in range(len(claims)))


def _verdicts(claims: Sequence[_Claim]) -> list[Verdict]:
    try:
        return _settle(claims)
    except TooLargeError:
        return [unchecked(TOO_LARGE)] * len(claims)


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
            verdicts[place] = differs(count, size, reason, found)
        if count == enough_at(point) or len(verdicts) == len(claims):
            break
    if count:
        return [verdicts.get(place, Verdict("agrees", count, worst)) for place in range(len(claims))]
    if len(claims) > 1:
        return [_settle((claim,))[0] for claim in claims]
    return [_settle_off_the_real_line(claims[0], roots, variables)]


def _compare(
    point: Point, claims: Sequence[_Claim], places: Sequence[int], method: Method
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
    point: Point, claims: Sequence[_Claim], places: Sequence[int], number: int, method: Method
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


def _hold_steady(point: Point, claims: Sequence[_Claim], place: int, number: int, method: Method) -> None:
    """Raise where rounding errors alone may be what differs."""
    moves, _ = _moves(point, claims, (place,), number)

    def measured(at: Point) -> tuple[Entries, Entries]:
        return at.root(place + 1), slope(at, moves, method.is_real, method.widths[-1]).entries

    if not is_steady(point, measured, method.tolerance):
        raise OutOfDomainError("rounding errors are as large as the difference")


def _error(point: Point, claims: Sequence[_Claim], places: Sequence[int], number: int, method: Method) -> float:
    """How far the claims at `places`, all moved at once, are from the slope along one set of random directions."""
    moves, terms = _moves(point, claims, places, number)
    claimed, bound = _contracted(terms, len(point.root(0)))
    fresh = point.values[point.program.places[0] + 1 :]
    errors = []
    for width in method.widths:
        measured = slope(point, moves, method.is_real, width)
        scale = max(bound, CANCELLATION * max(measured.scale, largest_entry(fresh) if len(places) == 1 else 0.0))
        errors.append(relative_difference(claimed, measured.entries, scale))
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
    return relative_difference(
        entries, inside, CANCELLATION * largest_entry(point.values[point.program.places[0] + 1 :])
    )


def _settle_off_the_real_line(claim: _Claim, roots: tuple[Node, ...], variables: Sequence[Node]) -> Verdict:
    """The verdict where no real point is in the domain: the derivative of the analytic continuation.

    Near a branch cut the two may part though both are right, so that several points have to differ.
    """
    method = COMPLEX[len(claim.wrt) - 1]
    errors: list[float] = []
    for point in islice(complex_points(roots, variables), 2 * COMPLEX_POINTS):
        try:
            errors.append(_error(point, (claim,), (0,), 0, method))
        except OutOfDomainError:
            continue
        good = [error for error in errors if error <= method.tolerance]
        if len(good) == GOOD_COMPLEX_POINTS:
            return Verdict("agrees", len(good), max(good))
        if not good and len(errors) == COMPLEX_POINTS:
            return Verdict("differs", len(errors), min(errors), "the derivative differs at complex points")
    return unchecked(NO_POINT)


def _example(claim: _Claim, point: Point) -> example.Found:
    """Small inputs where a derivative is wrong, looked for on its own."""
    roots = (claim.value, claim.derivative)
    method = REAL[len(claim.wrt) - 1]
    variables = all_variables(roots, claim.wrt)

    def both(at: Point) -> tuple[Entries, Entries] | None:
        expected = example.full_derivative(at, claim.wrt, method.widths[-1])
        return None if expected is None else (at.root(1), expected)

    return example.search(roots, variables, point, both)
