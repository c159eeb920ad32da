"""Sizes written in expressions: `n`, `3`, `m*p`, `n + 1`, `rows(A)` as arguments of `I(…)`, `ones(…)`, `zeros(…)`."""

from __future__ import annotations

from fractions import Fraction

from matdiff.errors import WrongArguments
from matdiff.parsing.axes import Axes, Axis, Length, find
from matdiff.parsing.declare import LARGEST_SIZE, LONGEST_SHAPE
from matdiff.parsing.inference import Inference
from matdiff.parsing.problem import is_size_function, number_of
from matdiff.parsing.syntax import Syntax, postorder
from matdiff.tree.dims import add, is_whole, scale, symbol


def length_of(syntax: Syntax, inference: Inference) -> Length:
    """The size that `syntax` writes; the argument of `rows(A)` has its axes already."""
    values: dict[Syntax, Length] = {}
    parts = postorder([syntax], lambda part: () if is_size_function(part) else part.args)
    if len(parts) > LONGEST_SHAPE:
        raise WrongArguments("this size is too long", syntax.place())
    for part in parts:
        values[part] = _length(
            part, [values[arg] for arg in part.args] if not is_size_function(part) else [], inference
        )
    found = find(values[syntax])
    if isinstance(found, int) and not 1 <= found <= LARGEST_SIZE:
        raise WrongArguments(f"`{found}` is no size", syntax.place())
    return found


def counted(syntax: Syntax, axes: Axes) -> Length:
    """The size that `rows(A)`, `cols(A)` or `size(x)` is, of an argument with these axes."""
    if syntax.text == "size" and find(axes[1]) != 1:
        raise WrongArguments(
            f"`{syntax.words()}`: a matrix has two sizes", syntax.place(), hint="write `rows(A)` or `cols(A)`"
        )
    return axes[1] if syntax.text == "cols" else axes[0]


def _length(part: Syntax, args: list[Length], inference: Inference) -> Length:
    if is_size_function(part):
        axes = inference.axes.get(part.args[0]) if len(part.args) == 1 else None
        if axes is None:
            raise WrongArguments(f"`{part.words()}` is no size", part.place())
        return counted(part, axes)
    if part.kind == "number":
        value = number_of(part)
        if value.denominator == 1:
            return int(value)
    if part.kind == "name" and part not in inference.problem.meaning:
        return symbol(part.text)
    if part.kind == "product":
        total = args[0]
        for operator, length in zip(part.operators, args[1:], strict=True):
            total = inference.products.product(total, length) if operator != "over" else _quotient(part, total, length)
        return total
    if part.kind == "sum" and not any(isinstance(find(length), Axis) for length in args):
        return _sum(part, args)
    raise WrongArguments(
        f"`{part.words()}` cannot be read as a size", part.place(), hint="declare sizes by name, as in `x: n`"
    )


def _quotient(part: Syntax, whole: Length, divisor: Length) -> Length:
    """A size over a number, where that is a whole number."""
    known, number = find(whole), find(divisor)
    quotient = scale(known, Fraction(1, number)) if isinstance(number, int) and not isinstance(known, Axis) else None
    if quotient is None or not is_whole(quotient):
        raise WrongArguments(f"`{part.words()}` is no whole number for every size", part.place())
    return quotient


def _sum(part: Syntax, args: list[Length]) -> Length:
    total = find(args[0])
    for operator, length in zip(part.operators, args[1:], strict=True):
        known = find(length)
        assert not isinstance(total, Axis)
        assert not isinstance(known, Axis)
        total = add(total, scale(known, Fraction(1 if operator == "add" else -1)))
    return total
