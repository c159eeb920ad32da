"""The sizes that are still unknown when every shape fits: products, sums of blocks, letters for the rest."""

from __future__ import annotations

from functools import reduce
from itertools import chain

from matdiff.errors import WrongArguments
from matdiff.parsing import wording
from matdiff.parsing.axes import Axes, Axis, Length, find, is_open, known_sizes, unify
from matdiff.parsing.indices import indices_of
from matdiff.parsing.inference import Inference
from matdiff.parsing.problem import CONSTANTS
from matdiff.tree.dims import add, symbol


def settle(inference: Inference) -> None:
    """Give every size that is still unknown a letter, variables in the order of the text first."""
    _settle_products(inference)
    for syntax in inference.constants:
        axes = inference.axes[syntax]
        if axes is not None and CONSTANTS.get(syntax.text) in ("ones", "zeros") and is_open(axes[1]):
            unify(axes[1], 1)
    lengths = [length for axes in inference.variables.values() for length in axes]
    lengths += [length for axes in (*inference.values.values(), *chain(*inference.domains.values())) for length in axes]
    letters = inference.free_letters()
    for is_last in (False, True):
        for length in lengths:
            axis = find(length)
            if isinstance(axis, Axis) and (is_last or not _is_product(inference, axis)):
                axis.bound = symbol(next(letters))
        _settle_products(inference)
    for syntax in inference.constants:
        axes = inference.axes[syntax]
        if axes is not None and any(isinstance(find(length), Axis) for length in axes):
            raise wording.no_shape(syntax)
    for (_, name), axis in inference.ranges.items():
        if isinstance(find(axis), Axis):
            place = next(s for s in inference.problem.bindings if any(i.text == name for i in indices_of(s)))
            raise WrongArguments(f"no range follows for the index `{name}`", place.place())


def _settle_totals(inference: Inference) -> bool:
    """Give the lengths of blocks whose parts are known by now; True where there were any."""
    first: dict[Length, Axes] = {}
    for whole, parts in inference.totals:
        others = first.setdefault(find(whole), parts)
        if len(others) == len(parts) and not all(map(unify, others, parts)):
            raise wording.unequal_totals(inference, parts, others[0])
    known = [(entry, sizes) for entry in inference.totals if (sizes := known_sizes(entry[1])) is not None]
    for entry, sizes in known:
        inference.totals.remove(entry)
        total = reduce(add, sizes)
        if not unify(entry[0], total):
            raise wording.unequal_totals(inference, (entry[0],), total)
    return bool(known)


def _settle_products(inference: Inference) -> None:
    is_new = True
    while is_new:
        is_settled = inference.products.settle()
        while is_settled and inference.products.pair():
            is_settled = inference.products.settle()
        if not is_settled:
            raise wording.unequal_products(inference)
        is_new = _settle_totals(inference)


def _is_product(inference: Inference, axis: Axis) -> bool:
    wholes = (*inference.products.wholes(), *(whole for whole, _ in inference.totals))
    return any(find(whole) is axis for whole in wholes)
