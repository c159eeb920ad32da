"""Whether a derivative along directions is the slope there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import mul

from matdiff.tree.node import Node
from matdiff.verify import draw
from matdiff.verify.algebra import Entries, OutOfDomainError, TooLargeError
from matdiff.verify.measures import CANCELLATION, COMPLEX, REAL, Method, enough_at, largest_entry, relative_difference
from matdiff.verify.points import Point, all_variables, complex_points, real_points
from matdiff.verify.slopes import slope
from matdiff.verify.verdicts import NO_POINT, TOO_LARGE, Verdict, misfit, unchecked


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
    wrong = misfit(derivative, value if by is None else by)
    if wrong is not None:
        return wrong
    roots = (value, derivative, *(direction for _, direction in moved))
    variables = all_variables(roots, [*(variable for variable, _ in moved), *([by] if by else [])])
    try:
        for method in (REAL[by is not None], COMPLEX[by is not None]):
            points = (real_points if method.is_real else complex_points)(roots, variables)
            verdict = _settle_directional(points, [variable for variable, _ in moved], by, method)
            if verdict is not None:
                return verdict
    except TooLargeError:
        return unchecked(TOO_LARGE)
    return unchecked(NO_POINT)


def _settle_directional(
    points: Iterator[Point], moved: Sequence[Node], by: Node | None, method: Method
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
        if count == enough_at(point):
            break
    return Verdict("agrees", count, worst) if count else None


def _directional_error(point: Point, moved: Sequence[Node], by: Node | None, method: Method) -> float:
    """How far a derivative along directions is from the slope; raises where the slope cannot be measured."""
    moves: list[dict[str, Entries]] = [{str(v.attrs[0]): point.root(k) for k, v in enumerate(moved, start=2)}]
    claimed = point.root(1)
    if by is not None:
        way = draw.direction(by, point.program.shape(by.shape), point.number)
        moves.append({str(by.attrs[0]): way})
        claimed = [sum(map(mul, claimed, way))]
    measured = [slope(point, moves, method.is_real, width) for width in method.widths]
    scale = CANCELLATION * max(largest_entry(point.values), *(found.scale for found in measured))
    error = min(relative_difference(claimed, found.entries, scale) for found in measured)
    spread = relative_difference(measured[0].entries, measured[-1].entries, scale)
    if error > method.tolerance and spread > method.tolerance:
        raise OutOfDomainError("differences of two widths do not agree on the slope")
    return error
