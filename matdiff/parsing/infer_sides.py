"""What a statement asks of the shapes of its sides: a scalar to be differentiated, claims that fit."""

from __future__ import annotations

from functools import partial

from matdiff.functions.rows import Elementwise
from matdiff.parsing import wording
from matdiff.parsing.axes import SCALAR, Axes, hold_scalar, is_one, is_scalar, unify_axes
from matdiff.parsing.inference import Inference
from matdiff.parsing.problem import is_nought, number_of
from matdiff.parsing.syntax import Syntax


def hold_sides(inference: Inference) -> None:
    """Hold the sides to what the statement's kind asks of them."""
    (_hold_system if inference.problem.kind == "system" else _hold_claims)(inference)


def _hold_claims(inference: Inference) -> None:
    first, *others = inference.problem.sides
    if inference.problem.kind in ("grad", "hessian", "curvature"):
        _hold_scalar(inference, first)
    for side in others:
        expected = _expected_axes(inference, first)
        if side.kind == "number" and not number_of(side):
            inference.expected[side] = expected
        elif not _agrees(inference, side, expected):
            inference.conflict((first, side), partial(wording.sides, inference, side, expected))
    for name, side in zip(inference.problem.wrt, inference.problem.directions, strict=False):
        if not _agrees(inference, side, inference.variable(name)):
            inference.conflict((side,), partial(wording.direction, inference, side, name))


def _hold_system(inference: Inference) -> None:
    """Hold the two sides of each equation together; a gradient has the shape of its variable."""
    sides, gradients = inference.problem.sides, inference.problem.gradients
    for left, right, by in zip(sides[::2], sides[1::2], gradients, strict=True):
        if by:
            _hold_scalar(inference, left)
        expected = inference.variable(by) if by else inference.axes[left] or SCALAR
        if is_nought(right):
            inference.expected[right] = expected
        elif not by and is_nought(left):
            inference.expected[left] = inference.axes[right] or SCALAR
        elif not _agrees(inference, right, expected):
            inference.conflict((left, right), partial(wording.sides, inference, right, expected))


def _agrees(inference: Inference, side: Syntax, expected: Axes) -> bool:
    axes = inference.axes[side]
    return axes is None or unify_axes(axes, expected)


def _expected_axes(inference: Inference, first: Syntax) -> Axes:
    """The shape that a claim must have."""
    value = inference.axes[first] or SCALAR
    if inference.problem.kind not in ("grad", "jacobian", "hessian"):
        return value
    by = inference.variable(inference.problem.wrt[0])
    if inference.problem.kind == "grad":
        return by
    axes = tuple(a for a in (*(value if inference.problem.kind == "jacobian" else by), *by) if not is_one(a))
    return (*axes, 1, 1)[:2] if len(axes) < 2 else axes


def _hold_scalar(inference: Inference, root: Syntax) -> None:
    """Make `root` a scalar; where it cannot be, each part that prevents it is a conflict."""
    stack = [root]
    while stack:
        syntax = stack.pop()
        axes = inference.axes[syntax]
        if axes is None or is_scalar(axes) or hold_scalar(axes):
            continue
        parts = _parts_of_shape(inference, syntax)
        if parts:
            stack.extend(parts)
        else:
            scope = tuple(arg for arg in inference.problem.below(syntax) if not _is_scalar_part(inference, arg))
            inference.conflict(scope or (syntax,), partial(wording.not_scalar, inference, root), is_of_value=True)


def _is_scalar_part(inference: Inference, syntax: Syntax) -> bool:
    axes = inference.axes[syntax]
    return axes is not None and is_scalar(axes)


def _parts_of_shape(inference: Inference, syntax: Syntax) -> tuple[Syntax, ...]:
    """The operands that must be scalars for `syntax` to be one, where it is taken entry by entry."""
    is_elementwise = syntax.kind == "call" and isinstance(inference.problem.row(syntax.text), Elementwise)
    is_elementwise |= inference.problem.is_entrywise(syntax)
    if is_elementwise or syntax.kind in ("sum", "minus", "entrywise", "entrywise_power"):
        return tuple(arg for arg in syntax.args if not _is_scalar_part(inference, arg))
    return inference.problem.below(syntax) if syntax.kind == "name" else ()
