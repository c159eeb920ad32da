"""SymPy's scalars and matrix expressions as matrix form.

A 1 x 1 matrix is a scalar, an n x 1 matrix a vector. Real numbers are meant throughout: a conjugate is nothing.
"""

from __future__ import annotations

import sympy

from matdiff.errors import NotYet, shorten
from matdiff.interop.read_entries import range_sum
from matdiff.interop.read_matrices import MATRICES, WHOLES
from matdiff.interop.read_scalars import SCALARS
from matdiff.interop.reader import Missing, Reader, Tables
from matdiff.tree.node import Node

TABLES = Tables(MATRICES, WHOLES, {**SCALARS, sympy.Sum: range_sum})


def from_sympy(expression: object) -> Node:
    """The expression as a tree in matrix form.

    Raises NotYet with the part that matdiff has no words for: sums over ranges, cases, slices, complex numbers.
    """
    try:
        given = sympy.sympify(expression, strict=True)
        return Reader(given, TABLES).read(given)
    except sympy.SympifyError:
        raise NotYet(f"{type(expression).__name__} is no SymPy expression") from None
    except Missing as missing:
        text = shorten(str(missing.args[0]))
        raise NotYet(f"`{text}` of SymPy has no counterpart here", hint=_hint(missing)) from None
    except RecursionError:
        raise NotYet("the expression nests too deeply") from None


def _hint(missing: Missing) -> str:
    part = missing.args[0]
    if isinstance(part, sympy.Symbol | sympy.MatrixSymbol):
        return "a name is a letter with letters, digits and `_` behind it"
    return f"it is a {type(part).__name__}"
