"""The shapes of entries, rows and columns, and of index notation."""

from __future__ import annotations

from functools import partial

from matdiff.errors import NotYet, WrongArguments
from matdiff.parsing import wording
from matdiff.parsing.axes import SCALAR, Axes, Length, find, hold_scalar, is_scalar, kind_of, unify
from matdiff.parsing.indices import free_indices, indices_of
from matdiff.parsing.inference import Inference, Rule
from matdiff.parsing.problem import number_of
from matdiff.parsing.syntax import Syntax, postorder


def _index(inference: Inference, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
    """An entry, a row or a column; in index notation the entry on the indices."""
    indices = indices_of(syntax)
    taken = _axes_taken(args[0])
    if len(taken) == 2 and len(indices) == 1 and indices[0].kind != "slice":
        return _row_as_vector(inference, syntax, taken)
    if len(taken) != len(indices):
        raise wording.wrong_indices(inference, syntax, len(taken))
    slices = [k for k, index in enumerate(indices) if index.kind == "slice"]
    if len(slices) > 2:
        raise NotYet(f"`{syntax.place().excerpt()}`: a slice is a vector or a matrix", syntax.place())
    for index, length in zip(indices, taken, strict=True):
        hold_index(index, length)
    for bound, length in zip(inference.problem.bindings.get(syntax, ()), taken, strict=False):
        if bound and not unify(inference.range_of(bound), length):
            inference.conflict((), partial(wording.unequal_ranges, inference, syntax, bound[1]))
            return None
    if len(taken) < 2 and slices:
        return args[0]
    kept = [taken[k] for k in slices]
    if len(kept) == 1:
        return (1, kept[0]) if len(taken) == 2 and slices == [1] else (kept[0], 1)
    return (kept[0], kept[1]) if kept else SCALAR


def _row_as_vector(inference: Inference, syntax: Syntax, taken: Axes) -> Axes | None:
    """`X[i]`, row i of a matrix as a vector."""
    (index,) = indices_of(syntax)
    hold_index(index, taken[0])
    for bound in inference.problem.bindings.get(syntax, ()):
        if bound and not unify(inference.range_of(bound), taken[0]):
            inference.conflict((), partial(wording.unequal_ranges, inference, syntax, bound[1]))
            return None
    return (taken[1], 1)


def hold_index(index: Syntax, length: Length) -> None:
    """Raise where a number is no index of an axis of this length."""
    if index.kind != "number":
        return
    size = find(length)
    number = int(number_of(index))
    if number < 1 or (isinstance(size, int) and number > size):
        end = f" to {size}" if isinstance(size, int) else ""
        raise WrongArguments(f"`{index.text}` is no index: entries are counted from 1{end}", index.place())


def _delta(inference: Inference, syntax: Syntax, _: tuple[Axes, ...]) -> Axes:
    bound = inference.problem.bindings[syntax]
    if None in bound:
        raise WrongArguments("a delta has two letters as indices", syntax.place(), hint="write `delta[i,j]`")
    first, second = (inference.range_of(index) for index in bound if index)
    unify(first, second)
    return SCALAR


def _total(inference: Inference, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
    lost = next((name for name in syntax.operators if (syntax, name) not in inference.ranges), None)
    if lost is not None:
        raise WrongArguments(f"the index `{lost}` occurs in nothing that is summed", syntax.place())
    if not hold_scalar(args[0]):
        if _has_vector(inference, syntax):
            return args[0]
        inference.conflict(syntax.args, partial(wording.no_entry, inference, syntax))
        return None
    return SCALAR


def _has_vector(inference: Inference, syntax: Syntax) -> bool:
    """Whether vectors are summed: rows or columns of something."""
    parts = postorder([syntax], inference.problem.below)
    return any(part.kind == "index" and not is_scalar(inference.axes[part] or SCALAR) for part in parts)


def _indexed(inference: Inference, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
    """The axes of a side in index notation: one for each free index."""
    if not syntax.operators:
        return args[0]
    if not hold_scalar(args[0]):
        inference.conflict(syntax.args, partial(wording.no_entry, inference, syntax))
        return None
    axes = tuple(inference.range_of(index) for index in free_indices(syntax))
    return (*axes, 1) if len(axes) == 1 else axes


def _axes_taken(axes: Axes) -> Axes:
    """The axes that indices name: one of a vector or row, none of a scalar."""
    if len(axes) > 2:
        return axes
    return {"scalar": (), "vector": axes[:1], "row": axes[1:]}.get(kind_of(axes), axes)


ENTRIES: dict[str, Rule] = {"index": _index, "delta": _delta, "total": _total, "indexed": _indexed}
