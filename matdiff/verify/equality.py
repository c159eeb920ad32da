"""Whether two expressions are equal: in numbers, and exactly where they are rational."""

from __future__ import annotations

from matdiff.tree.node import Node
from matdiff.verify import example
from matdiff.verify.algebra import OutOfDomainError, TooLargeError
from matdiff.verify.measures import CANCELLATION, enough_at, largest_entry, relative_difference
from matdiff.verify.points import Point, all_variables, complex_points, real_points
from matdiff.verify.steadiness import is_steady
from matdiff.verify.verdicts import TOO_LARGE, Verdict, differs, shape_text, unchecked

THOROUGH = 4
EQUALITY = 1e-9


def check_equal(left: Node, right: Node, times: int = 1) -> Verdict:
    """Whether two expressions of one shape have the same values at random points of their common domain.

    With `times` there are so many times more points, of more sizes.
    """
    if left.shape != right.shape:
        return Verdict("differs", 0, 1.0, f"the shapes differ: {shape_text(left.shape)}, {shape_text(right.shape)}")
    try:
        return _settle_equality((left, right), times)
    except TooLargeError:
        return unchecked(TOO_LARGE)


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
    return differs(exact.points, 1.0, reason, found)


def _settle_equality(roots: tuple[Node, Node], times: int) -> Verdict:
    variables = all_variables(roots)
    for points in (real_points(roots, variables), complex_points(roots, variables)):
        count, worst = 0, 0.0
        for point in points:
            scale = CANCELLATION * largest_entry(point.values)
            error = relative_difference(point.root(0), point.root(1), scale)
            if error > EQUALITY and not _is_certain(point):
                continue
            count += 1
            worst = max(worst, error)
            if not worst <= EQUALITY:
                found = example.search(roots, variables, point, lambda at: (at.root(0), at.root(1)))
                return differs(count, worst, "the values differ", found)
            if count == times * enough_at(point) or not variables:
                break
        if count:
            return Verdict("agrees", count, worst)
    return unchecked("no point was found where both expressions have finite values")


def _is_certain(point: Point) -> bool:
    """Whether two expressions differ there by more than rounding errors."""
    try:
        return is_steady(point, lambda at: (at.root(0), at.root(1)), EQUALITY)
    except OutOfDomainError:
        return False
