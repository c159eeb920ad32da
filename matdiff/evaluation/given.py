"""Data brought together with variables: arrays of the right axes, sizes in numbers, nothing missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from matdiff.errors import BadData, closest
from matdiff.parsing.declare import Declaration
from matdiff.parsing.read import Interpreted, read_declarations
from matdiff.tree.attributes import properties_of
from matdiff.tree.dims import Dim, names_of, size_text, value_of
from matdiff.tree.node import Node, Shape

if TYPE_CHECKING:
    from numpy.random import Generator

    from matdiff.evaluation.array import Array
    from matdiff.evaluation.words import Style

LARGEST_GUESS = 100_000
LARGEST_DRAW = 20_000_000
KINDS = ("scalar", "vector", "matrix")


class Given(NamedTuple):
    """Arrays by the names of variables with the sizes in numbers; `drawn` are the names of those that were made up."""

    arrays: dict[str, Array]
    sizes: dict[str, int]
    drawn: tuple[str, ...] = ()


def as_arrays(data: Mapping[str, object]) -> dict[str, Array]:
    """Arrays of floats from whatever holds numbers. Raises BadData where something is none, or not finite."""
    return {name: _as_array(name, value) for name, value in data.items()}


def _as_array(name: str, value: object) -> Array:
    import numpy as np

    try:
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise TypeError
        array = np.asarray(array, dtype=float)
    except (ValueError, TypeError):
        raise BadData(f"`{name}` is no array of real numbers") from None
    if not array.size:
        raise BadData(f"`{name}` has no entries: its axes are {' x '.join(map(str, array.shape))}")
    unbounded = told_unbounded(name, array)
    if unbounded:
        raise BadData(unbounded, hint="data are finite numbers; leave out or fill what is missing")
    return array


def told_unbounded(name: str, array: Array) -> str:
    """What the first entry is that is not finite: ``entry 1, 2 of `A` is nan``; empty where all are."""
    import numpy as np

    places = np.argwhere(~np.isfinite(array))
    if not len(places):
        return ""
    place = places[0]
    at = f"entry {', '.join(str(k + 1) for k in place)} of `{name}`" if len(place) else f"`{name}`"
    return f"{at} is {array[tuple(place)]}"


def declared_by(arrays: Mapping[str, Array], names: Iterable[str]) -> tuple[Declaration, ...]:
    """What arrays say of the kind of their variables, where it can be one kind only: a column may be a matrix too."""
    told = {name: KINDS[arrays[name].ndim] for name in names if name in arrays and _has_one_kind(arrays[name])}
    return read_declarations(told)


def _has_one_kind(array: Array) -> bool:
    return array.ndim < 2 or (array.ndim == 2 and 1 not in array.shape)


def fit(interpreted: Interpreted, arrays: Mapping[str, Array], sizes: Mapping[str, int], is_drawn: bool) -> Given:
    """Every variable with its array, and the sizes; where `is_drawn`, variables may lack data that are drawn later.

    Raises BadData for a variable without data, for axes that do not fit and for sizes that contradict one another.
    """
    variables = {str(v.attrs[0]): v for v in (*interpreted.variables, *interpreted.wrt)}
    missing = [name for name in variables if name not in arrays]
    if missing and not is_drawn:
        raise _missing(missing, tuple(name for name in arrays if name not in variables))
    fitted = {name: _fitted(name, arrays[name], v.shape) for name, v in variables.items() if name in arrays}
    known, origins = dict(sizes), dict.fromkeys(sizes, "")
    axes = [(name, v, k) for name, v in variables.items() if name in fitted for k in range(len(_axes(v.shape)))]
    for name, variable, k in sorted(axes, key=lambda item: len(names_of(_axes(item[1].shape)[item[2]])) != 1):
        _bind(name, _axes(variable.shape)[k], fitted[name].shape[k], known, origins, fitted)
    return Given(fitted, known)


def _missing(names: list[str], others: tuple[str, ...]) -> BadData:
    told = ", ".join(f"`{name}`" for name in names[:8])
    offers = (*(name for name in others if name.lower() == names[0].lower()), *closest(names[0], others))
    hint = f"did you mean `{offers[0]}`?" if offers else f"give `--data {names[0]}=FILE.csv`, or `--random SIZES`"
    return BadData(f"no data for {told}", hint=hint)


def _axes(shape: Shape) -> Shape:
    """The axes that an array has: a row has one as a column has."""
    return shape[1:] if len(shape) == 2 and shape[0] == 1 else shape


def _fitted(name: str, array: Array, shape: Shape) -> Array:
    """The array with as many axes as the variable. Raises BadData where it cannot be."""
    axes = _axes(shape)
    if not axes and array.size == 1:
        return array.reshape(())
    if len(axes) == 1 and (array.ndim == 0 or (array.ndim == 2 and 1 in array.shape)):
        return array.reshape(-1)
    if len(axes) == 2 and array.ndim == 0:
        return array.reshape(1, 1)
    if array.ndim == len(axes):
        return array
    raise BadData(
        f"`{name}` is {_told(axes)} here, and its data are {_counted(array.shape)}",
        hint=f'the kind of a variable can be declared: `--where "{name}: {KINDS[min(array.ndim, 2)]}"`',
    )


def _told(axes: Shape) -> str:
    kind = KINDS[len(axes)] if len(axes) < 3 else "tensor"
    return f"a {kind} ({' x '.join(map(size_text, axes))})" if axes else "a scalar"


def _counted(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) + " numbers" if shape else "one number"


def _bind(
    name: str, axis: Dim, length: int, known: dict[str, int], origins: dict[str, str], arrays: Mapping[str, Array]
) -> None:
    """Take what an axis of an array says of a size. Raises BadData where it contradicts what is known."""
    free = [size for size in names_of(axis) if size not in known]
    if len(free) == 1:
        found = next((n for n in _guesses(axis, length) if value_of(axis, {**known, free[0]: n}) == length), None)
        if found is not None:
            known[free[0]], origins[free[0]] = found, name
            return
    elif not free and value_of(axis, known) == length:
        return
    raise _contradicted(name, axis, length, known, origins, arrays)


def _contradicted(
    name: str,
    axis: Dim,
    length: int,
    known: Mapping[str, int],
    origins: Mapping[str, str],
    arrays: Mapping[str, Array],
) -> BadData:
    told, names = size_text(axis), names_of(axis)
    if all(size in known for size in names):
        others = [f"`{origin}`" for size in names if (origin := origins[size])]
        before = " and ".join(dict.fromkeys(others)) or "what is given"
        message = f"`{told}` is {value_of(axis, known)} by {before} and {length} by `{name}`" if names else ""
    else:
        before, message = "", f"an axis of `{name}` has {length} entries, and `{told}` is no such number"
    shown = [origin for size in names if (origin := origins.get(size, ""))]
    return BadData(
        message or f"`{name}` is declared with {told} entries on an axis where its data have {length}",
        known=(f"{other} is {_counted(arrays[other].shape)}" for other in dict.fromkeys((*shown, name))),
    )


def _guesses(axis: Dim, length: int) -> Iterable[int]:
    """The numbers that a name in a size may stand for where the whole is `length`."""
    is_plain = len(names_of(axis)) == 1 and size_text(axis) == names_of(axis)[0]
    return (length,) if is_plain else range(1, min(length, LARGEST_GUESS) + 1)


def hold_sizes(roots: Iterable[Dim], known: Mapping[str, int]) -> None:
    """Raise BadData where a size is no number yet."""
    for name in (name for axis in roots for name in names_of(axis)):
        if name not in known:
            raise BadData(f"nothing says what size `{name}` is", hint=f"give it as a number: `--data {name}=3`")


def drawn(given: Given, variables: Iterable[Node], style: Style, random: Generator) -> Given:
    """The data with random arrays for the variables that have none. Raises BadData for a size that is not known."""
    from matdiff.evaluation.words import draw

    arrays, made = dict(given.arrays), []
    for variable in variables:
        name = str(variable.attrs[0])
        if name in arrays:
            continue
        axes = _axes(variable.shape)
        for size in (size for axis in axes for size in names_of(axis)):
            if size not in given.sizes:
                shape = " x ".join(map(size_text, axes))
                raise BadData(
                    f"`{name}` is {shape}, and nothing says what `{size}` is", hint=f"give `--random {size}=3`"
                )
        shape_in_numbers = tuple(value_of(axis, given.sizes) for axis in axes)
        _hold_size(name, shape_in_numbers)
        arrays[name] = draw(name, frozenset(map(str, properties_of(variable))), shape_in_numbers, style, random)
        made.append(name)
    return Given(arrays, given.sizes, tuple(made))


def _hold_size(name: str, shape: tuple[int, ...]) -> None:
    total = prod(shape)
    if not 0 < total <= LARGEST_DRAW:
        raise BadData(f"`{name}` would have {total:,} entries; 1 to {LARGEST_DRAW:,} are drawn")


def hold_words_of(variables: Iterable[Node], arrays: Mapping[str, Array]) -> None:
    """Raise BadData where something that is declared of a variable is not true of its data."""
    from matdiff.evaluation.words import hold_words

    for variable in variables:
        hold_words(str(variable.attrs[0]), sorted(map(str, properties_of(variable))), arrays[str(variable.attrs[0])])
