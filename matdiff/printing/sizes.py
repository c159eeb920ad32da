"""Sizes as scalars of the language: by their names where these are known, else by an axis of a variable."""

from __future__ import annotations

from fractions import Fraction

from matdiff.printing.context import Context
from matdiff.printing.written import Written, written
from matdiff.tree.dims import Dim, Size, names_of
from matdiff.tree.precedence import ATOM, PRODUCT, SUM


def size_by_variable(size: Dim, context: Context) -> Written:
    """A size as a scalar of the language: `3`, `n` where `n` is declared, else `rows(A)`, `cols(A)` or `size(x)`."""
    if isinstance(size, int):
        return written(ATOM, str(size))
    is_named = context.size_names.issuperset(names_of(size))
    if is_named and len(size.terms) == 1 and size.terms[0] == (names_of(size), Fraction(1)):
        return written(ATOM if len(names_of(size)) == 1 else PRODUCT, "*".join(names_of(size)))
    for variable in context.variables:
        if size in variable.shape:
            axis = ("size",) if len(variable.shape) == 1 else ("rows", "cols")
            return written(ATOM, f"{axis[variable.shape.index(size)]}({variable.attrs[0]})")
    return _size_by_parts(size, context)


def _size_by_parts(size: Size, context: Context) -> Written:
    parts: list[str | Written] = []
    for monomial, weight in size.terms:
        symbols = [_symbol(name, context) for name in monomial]
        top = "*".join([str(abs(weight.numerator))] * (weight.numerator not in (1, -1) or not symbols) + symbols)
        sign = ("-" if weight < 0 else "") if not parts else (" - " if weight < 0 else " + ")
        parts.append(sign + (top if weight.denominator == 1 else f"{top}/{weight.denominator}"))
    is_name = len(size.terms) == 1 and len(size.terms[0][0]) == 1 and size.terms[0][1] == 1
    return written(ATOM if is_name else SUM, *parts)


def _symbol(name: str, context: Context) -> str:
    if name not in context.size_names:
        for variable in context.variables:
            for position, axis in enumerate(variable.shape):
                if not isinstance(axis, int) and axis.terms == (((name,), Fraction(1)),):
                    way = "size" if len(variable.shape) == 1 else ("rows", "cols")[position]
                    return f"{way}({variable.attrs[0]})"
    return name
