"""The shapes of operators and of matrices of blocks."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from matdiff.parsing import wording
from matdiff.parsing.axes import (
    SCALAR,
    Axes,
    Axis,
    Length,
    hold_scalar,
    is_one,
    is_open,
    is_scalar,
    kind_of,
    may_be_scalar,
    unify,
    unify_axes,
)
from matdiff.parsing.inference import Inference, Rule
from matdiff.parsing.problem import is_nought
from matdiff.parsing.syntax import Syntax


def _sum(inference: Inference, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
    return _all_joined(inference, syntax, args, [operator.startswith("spread") for operator in syntax.operators])


def entrywise(inference: Inference, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
    """The shape of operands or arguments that are taken entry by entry, scalars spread over the others."""
    return _all_joined(inference, syntax, args, [True] * (len(args) - 1))


def _all_joined(inference: Inference, syntax: Syntax, args: tuple[Axes, ...], spreads: list[bool]) -> Axes | None:
    total = args[0]
    for k, is_spread in enumerate(spreads, 1):
        joined = _joined(total, args[k], spreads_on_matrix=is_spread)
        if joined is None:
            inference.conflict(syntax.args[: k + 1], partial(wording.unequal, inference, syntax, k))
            return None
        total = joined
    return total


def _joined(left: Axes, right: Axes, spreads_on_matrix: bool) -> Axes | None:
    """The shape of two operands entry by entry, a scalar spread over the other; None where they do not fit."""
    if is_scalar(left) or is_scalar(right):
        wide = right if is_scalar(left) else left
        is_spread = spreads_on_matrix or may_be_scalar(wide) or kind_of(wide) in ("vector", "row")
        return wide if is_spread else None
    return left if unify_axes(left, right) else None


def _product(inference: Inference, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
    chain: Axes = SCALAR
    first = 0
    for k, axes in enumerate(args):
        if k and syntax.operators[k - 1] == "over":
            if not hold_scalar(axes):
                inference.conflict((syntax.args[k],), partial(wording.divided, inference, syntax, k))
                return None
        elif is_scalar(chain):
            chain, first = axes, k
        elif not is_scalar(axes):
            if syntax.operators[k - 1] == "matmul" and _turns(inference, syntax, k, chain, axes):
                chain = (SCALAR[0], chain[0])
            if len(chain) > 2 or len(axes) > 2 or not unify(chain[1], axes[0]):
                scope = syntax.args[first : k + 1]
                inference.conflict(
                    scope,
                    partial(wording.inner, inference, syntax, first, k),
                    is_product=kind_of(chain) == kind_of(axes) == "vector",
                )
                return None
            chain = (chain[0], axes[1])
    return chain


def _turns(inference: Inference, syntax: Syntax, k: int, chain: Axes, axes: Axes) -> bool:
    """Whether the vector before `@` or `dot` is taken as a row, as NumPy does: where it has no product as a column.

    `x @ A` is `x.T @ A` then, and is remembered in `turned`.
    """
    is_misfit = len(axes) == 2 and not is_one(axes[0]) and not is_open(axes[0])
    if not (kind_of(chain) == "vector" and is_misfit and unify(chain[0], axes[0])):
        return False
    inference.turned[syntax] = (*inference.turned.get(syntax, ()), k)
    return True


def _kronecker(inference: Inference, _: Syntax, args: tuple[Axes, ...]) -> Axes | None:
    rows, columns = args[0][0], args[0][1]
    for axes in args[1:]:
        rows, columns = inference.products.product(rows, axes[0]), inference.products.product(columns, axes[1])
    return (rows, columns)


def _minus(_: Inference, __: Syntax, args: tuple[Axes, ...]) -> Axes | None:
    return args[0]


def _transpose(inference: Inference, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
    if len(args[0]) > 2:
        inference.conflict((), partial(wording.unsuitable, inference, syntax, "transpose", "m n"))
        return None
    return (args[0][1], args[0][0])


def _inverse(inference: Inference, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
    if not unify(args[0][0], args[0][1]):
        inference.conflict(syntax.args, partial(wording.not_square, inference, syntax))
        return None
    return args[0]


def _entrywise_power(inference: Inference, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
    return args[1] if inference.problem.is_exponential(syntax) else entrywise(inference, syntax, args)


def _numpy_dot(inference: Inference, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
    """The inner product of two vectors, the matrix product of anything else."""
    if [kind_of(axes) for axes in args] == ["vector", "matrix"] and _turns(inference, syntax, 1, *args):
        return (SCALAR[0], args[1][1])
    if [kind_of(axes) for axes in args] != ["vector", "vector"]:
        return _product(inference, replace(syntax, operators=("times",)), args)
    if not unify_axes(*args):
        inference.conflict((), partial(wording.unsuitable, inference, syntax, "dot", "m 1, m 1 -> 1 1"))
        return None
    return SCALAR


def _power(inference: Inference, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
    base, exponent = args
    if inference.problem.is_exponential(syntax):
        if kind_of(exponent) != "matrix" or unify(exponent[0], exponent[1]):
            return exponent
        explain = partial(wording.unsuitable, inference, syntax, "expm", "n n -> n n")
        inference.conflict(compound_arguments(syntax), explain)
        return None
    if not hold_scalar(exponent):
        inference.conflict(syntax.args[1:], partial(wording.exponent, inference, syntax))
        return None
    if len(base) > 2 or not unify(base[0], base[1]):
        inference.conflict(syntax.args[:1], partial(wording.powered, inference, syntax))
        return None
    return base


def _block(inference: Inference, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
    """The shape of blocks: those of a row are equally high, those of a column equally wide; 0 fits everywhere."""
    columns = int(syntax.text)
    heights: list[Length] = [0] * (len(args) // columns)
    widths: list[Length] = [0] * columns
    for k, (arg, axes) in enumerate(zip(syntax.args, args, strict=True)):
        row, column = divmod(k, columns)
        if is_nought(arg):
            continue
        heights[row], widths[column] = heights[row] or axes[0], widths[column] or axes[1]
        if len(axes) > 2 or not unify(heights[row], axes[0]) or not unify(widths[column], axes[1]):
            inference.conflict(syntax.args, partial(wording.unaligned, inference, syntax, k))
            return None
    inference.grids[syntax] = tuple(length or 1 for length in heights), tuple(length or 1 for length in widths)
    return (_summed(inference, inference.grids[syntax][0]), _summed(inference, inference.grids[syntax][1]))


def _summed(inference: Inference, lengths: Axes) -> Length:
    """The sum of lengths, an unknown until all of them are known."""
    if len(lengths) == 1:
        return lengths[0]
    whole = Axis(is_long=True)
    inference.totals.append((whole, lengths))
    return whole


def compound_arguments(call: Syntax) -> tuple[Syntax, ...]:
    """The arguments that are more than a name: in them a letter may be a scalar, as in `det(A*t)`."""
    return tuple(arg for arg in call.args if arg.kind != "name")


OPERATORS: dict[str, Rule] = {
    "sum": _sum,
    "entrywise": entrywise,
    "product": _product,
    "kronecker": _kronecker,
    "minus": _minus,
    "transpose": _transpose,
    "inverse": _inverse,
    "power": _power,
    "entrywise_power": _entrywise_power,
    "numpy_dot": _numpy_dot,
    "block": _block,
}
