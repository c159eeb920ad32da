"""The shapes of calls: functions of the catalogue, sized constants, `vector(…)`, `unvec`, `einsum`."""

from __future__ import annotations

from functools import cache, partial
from typing import TypeGuard

from matdiff.errors import WrongArguments
from matdiff.functions.rows import TRIANGLE, Composite, Elementwise, Opaque, Row
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
    unify,
    unify_axes,
)
from matdiff.parsing.infer_entries import hold_index
from matdiff.parsing.infer_operators import compound_arguments, entrywise
from matdiff.parsing.inference import Inference
from matdiff.parsing.lengths import length_of
from matdiff.parsing.problem import CONSTANTS, FORMS, RESHAPE, SIZED, SPREADS, size_arguments
from matdiff.parsing.syntax import Syntax
from matdiff.parsing.wires import letters_of

_SIZED_FORMS = {
    "identity": "n",
    "ones": "n, m",
    "zeros": "n, m",
    "pairing": "m, n",
    "commutation": "m, n",
    "elimination": "n",
    "duplication": "n",
}
_MATRIX_NORMS = {
    "norm2": (
        "order 2 of a matrix is its largest singular value",
        "write `norm_spectral(X)` for it, `norm2(X)` or `norm(X, F)` for the root of the sum of squares",
    ),
    "norm1": (
        "order 1 of a matrix is its largest column sum of absolute entries",
        "write `max(sum(abs(X), cols))` for it, `norm1(X)` for the sum of all absolute entries",
    ),
    "norm_inf": (
        "order inf of a matrix is its largest row sum of absolute entries",
        "write `max(sum(abs(X), rows))` for it, `norm_inf(X)` for the largest absolute entry",
    ),
}
OF_A_VECTOR = "n 1 -> n 1"
Alternative = tuple[tuple[tuple[str, str], ...], tuple[str, ...]]


def call(inference: Inference, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
    """The shape of a call."""
    if syntax in inference.problem.functions:
        from matdiff.parsing.unknowns import axes_of

        return axes_of(inference, syntax, args)
    if syntax.text in FORMS:
        return _form(inference, syntax, args)
    row = inference.problem.row(syntax.text)
    assert row is not None, syntax
    if syntax.operators in (("rows",), ("cols",)):
        return _along(inference, syntax, args[0])
    if syntax.operators in (("order",), ("bars",)):
        _hold_bars(syntax, kind_of(args[0]))
    count = _argument_count(row)
    if len(args) != count:
        has_axis = _has_rows(row) and len(args) == count + 1
        raise WrongArguments(
            f"`{syntax.text}` takes {_counted(count)}, here are {len(args)}"
            if args
            else f"`{syntax.text}` takes {_counted(count)}, here is none",
            syntax.place(),
            hint=f"`{syntax.text}(X, rows)` has a value for each row, with `cols` for each column" if has_axis else "",
        )
    if isinstance(row, Elementwise):
        return entrywise(inference, syntax, args)
    readings = alternatives(row.signature)
    for parameters, result in readings[:1] if any(is_scalar(axes) for axes in args) else readings:
        if all(_fits(shape, axes) for shape, axes in zip(parameters, args, strict=True)):
            return _applied(inference, syntax, row.signature, parameters, result, args)
    if row.signature == OF_A_VECTOR and kind_of(args[0]) in ("matrix", "row") and _has_rows(row):
        inference.by_rows.append(syntax)
        return args[0]
    scalars = [arg for arg, shape in zip(syntax.args, readings[0][0], strict=True) if shape == ("1", "1")]
    scope = (*compound_arguments(syntax), *(arg for arg in scalars if arg.kind == "name"))
    inference.conflict(scope, partial(wording.unsuitable, inference, syntax, syntax.text, row.signature))
    return None


def _hold_bars(syntax: Syntax, kind: str) -> None:
    """Raise where a norm of an order is of a matrix, or a vector stands between single bars."""
    told = f"`{syntax.place().excerpt()}`"
    if syntax.operators == ("order",) and kind == "matrix":
        meaning, hint = _MATRIX_NORMS[syntax.text]
        raise WrongArguments(f"{told}: the norm of {meaning}", syntax.place(), hint=hint)
    if syntax.operators == ("bars",) and kind in ("vector", "row"):
        hint = "write `abs(x)` for entries, `norm2(x)` for a length"
        raise WrongArguments(f"{told}: between single bars stands a matrix or a number", syntax.place(), hint=hint)


def _along(inference: Inference, syntax: Syntax, axes: Axes) -> Axes | None:
    """The shape of a function of every row or column of a matrix."""
    row = inference.problem.row(syntax.text)
    (word,) = syntax.operators
    if not _has_rows(row):
        raise WrongArguments(f"`{syntax.text}` is not taken along the {word} of a matrix", syntax.place())
    if kind_of(axes) != "matrix":
        inference.conflict((), partial(wording.unsuitable, inference, syntax, syntax.text, "m n -> ?"))
        return None
    if not row.signature.endswith("-> 1 1"):
        return axes
    return (axes[0] if word == "rows" else axes[1], 1)


def _has_rows(row: Row | None) -> TypeGuard[Composite | Opaque]:
    """Whether a function can be taken of every row of a matrix."""
    return isinstance(row, Composite | Opaque) and bool(row.by_rows)


def _applied(
    inference: Inference,
    syntax: Syntax,
    signature: str,
    parameters: tuple[tuple[str, str], ...],
    result: tuple[str, ...],
    args: tuple[Axes, ...],
) -> Axes | None:
    letters: dict[str, Length] = {"1": 1}
    for shape, axes in zip(parameters, args, strict=True):
        for letter, length in zip(shape, axes, strict=True):
            if not unify(letters.setdefault(letter, length), length):
                explain = partial(wording.unsuitable, inference, syntax, syntax.text, signature)
                inference.conflict(compound_arguments(syntax), explain)
                return None
    return tuple(_length(inference, term, letters) for term in result)


def _length(inference: Inference, term: str, letters: dict[str, Length]) -> Length:
    if term == TRIANGLE:
        return inference.products.triangle(letters["n"])
    total: Length = 1
    for letter in term.split("*"):
        total = inference.products.product(total, letters[letter])
    return total


def _form(inference: Inference, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
    """The forms that are no rows: sized constants, sizes as numbers, spread scalars, einsum."""
    name = syntax.text
    if name in SIZED:
        return _sized(inference, syntax)
    if name == "einsum":
        return _einsum(inference, syntax, args)
    if name == RESHAPE:
        return _reshaped(inference, syntax, args)
    if len(args) != 1:
        raise WrongArguments(f"`{name}` takes one argument, here are {len(args)}", syntax.place())
    if name not in SPREADS:
        return SCALAR
    if not hold_scalar(args[0]):
        inference.conflict(syntax.args, partial(wording.unsuitable, inference, syntax, name, "1 1 -> ?"))
        return None
    inference.constants.append(syntax)
    return (Axis(is_long=True), 1 if name == "vector" else Axis(is_long=True))


def _sized(inference: Inference, syntax: Syntax) -> Axes:
    kind = SIZED[syntax.text]
    lengths = tuple(length_of(arg, inference) for arg in size_arguments(syntax))
    if kind == "unit":
        return _unit(inference, syntax, lengths)
    if kind == "pairing" and len(lengths) == 2:
        return (inference.products.product(*lengths), *lengths)
    if kind == "commutation" and len(lengths) == 2:
        whole = inference.products.product(*lengths)
        return (whole, whole)
    if kind in ("elimination", "duplication") and len(lengths) == 1:
        axes = (inference.products.triangle(lengths[0]), inference.products.product(lengths[0], lengths[0]))
        return axes if kind == "elimination" else axes[::-1]
    if kind == "identity" and len(lengths) == 2 and unify(*lengths):
        lengths = lengths[:1]
    if not 1 <= len(lengths) <= (1 if kind == "identity" else 2) or kind not in CONSTANTS.values():
        raise WrongArguments(
            f"`{syntax.words()}` is no constant",
            syntax.place(),
            hint=f"write `{syntax.text}({_SIZED_FORMS[kind]})`",
        )
    return (lengths[0], lengths[0] if kind == "identity" else lengths[1] if len(lengths) == 2 else 1)


def _reshaped(inference: Inference, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
    """The matrix of `unvec(x, m, n)`."""
    lengths = tuple(length_of(arg, inference) for arg in size_arguments(syntax))
    if len(lengths) != 2:
        raise WrongArguments(
            f"`{syntax.words()}`: a vector and two sizes are expected",
            syntax.place(),
            hint="write `unvec(x, m, n)`",
        )
    if not unify_axes(args[0], (inference.products.product(*lengths), 1)):
        inference.conflict((), partial(wording.unsuitable, inference, syntax, RESHAPE, "m*n 1 -> m n"))
        return None
    return lengths


def _unit(inference: Inference, syntax: Syntax, lengths: tuple[Length, ...]) -> Axes:
    """A unit vector, its length said or that of its place."""
    if not 1 <= len(syntax.args) <= 2 or not _is_index(syntax.args[0]):
        raise WrongArguments(f"`{syntax.words()}` is no unit vector", syntax.place(), hint="write `unit(1, n)`")
    if not lengths:
        inference.constants.append(syntax)
    axes = (lengths[0] if lengths else Axis(is_long=True), 1)
    hold_index(syntax.args[0], axes[0])
    return axes


def _einsum(inference: Inference, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
    factors, output = letters_of(syntax)
    lengths: dict[str, Length] = {}
    for factor, letters, axes in zip(syntax.args[1:], factors, args, strict=True):
        if not _takes_letters(axes, letters, lengths):
            inference.conflict((factor,), partial(wording.misfit, inference, syntax, factor, letters))
            return None
    axes = tuple(lengths[letter] for letter in output)
    return (*axes, 1, 1)[:2] if len(axes) < 2 else axes


@cache
def alternatives(signature: str) -> tuple[Alternative, ...]:
    """A signature such as `"n 1 -> n n | n n -> n 1"` taken apart into parameters and result of each alternative."""
    found = []
    for alternative in signature.split("|"):
        left, right = alternative.split("->")
        parameters = tuple(_rows_and_columns(part) for part in left.split(","))
        found.append((parameters, tuple(right.split())))
    return tuple(found)


def _rows_and_columns(text: str) -> tuple[str, str]:
    rows, columns = text.split()
    return rows, columns


def _fits(shape: tuple[str, str], axes: Axes) -> bool:
    """Whether an argument can have a parameter's kind, a vector being no scalar; sizes are held together later."""
    if shape[1] == "1" != shape[0] and is_one(axes[0]):
        return False
    return len(axes) == 2 and all(
        letter != "1" or is_one(length) or is_open(length) for letter, length in zip(shape, axes, strict=True)
    )


def _is_index(syntax: Syntax) -> bool:
    return syntax.kind == "name" or (syntax.kind == "number" and syntax.text.isdigit())


def _takes_letters(axes: Axes, letters: str, lengths: dict[str, Length]) -> bool:
    """Whether a factor has an axis for each letter, equal letters being equal lengths."""
    taken = axes if max(len(axes), len(letters)) > 2 or len(letters) == 2 else axes[: len(letters)]
    if len(taken) != len(letters) or not all(unify(length, 1) for length in axes[len(taken) :]):
        return False
    return all(unify(lengths.setdefault(letter, length), length) for letter, length in zip(letters, taken, strict=True))


@cache
def _argument_count(row: Row) -> int:
    if isinstance(row, Elementwise):
        return len(row.derivative) if isinstance(row.derivative, tuple) else 1
    return len(alternatives(row.signature)[0][0])


def _counted(count: int) -> str:
    return "one argument" if count == 1 else f"{count} arguments"
