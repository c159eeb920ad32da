"""Look-up of function rows by name or alias."""

from __future__ import annotations

from matdiff.functions.composite import COMPOSITE
from matdiff.functions.elementwise import ELEMENTWISE
from matdiff.functions.matrix import MATRIX
from matdiff.functions.primary import PRIMARY
from matdiff.functions.rows import Composite, Elementwise, Opaque, Row
from matdiff.functions.spectral import SPECTRAL
from matdiff.functions.sugar import SUGAR

ROWS: tuple[Row, ...] = (*COMPOSITE, *MATRIX, *SPECTRAL, *PRIMARY, *ELEMENTWISE, *SUGAR)

_BY_NAME = {name: row for row in ROWS for name in (row.name, *row.aliases)}


def find(name: str) -> Row | None:
    """The row of the function that users call `name`, if there is one; `Trace` and `ReLU` are found as well."""
    return _BY_NAME.get(name) or (_BY_NAME.get(name.lower()) if len(name) > 1 else None)


def elementwise(name: str) -> Elementwise:
    """The row of an entry-wise function, by its own name."""
    row = _BY_NAME[name]
    assert isinstance(row, Elementwise), name
    return row


def whole(name: str) -> Composite | Opaque:
    """The row of a function of whole matrices, by its own name."""
    row = _BY_NAME[name]
    assert isinstance(row, Composite | Opaque), name
    return row


def names() -> tuple[str, ...]:
    """Every name and alias, for spelling hints."""
    return tuple(_BY_NAME)
