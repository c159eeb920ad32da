"""How tightly each operator binds: the one table that the reader and the writer of text share.

`*` and `/` are on one level and read from the left (`a*b/c*d` is `((a*b)/c)*d`); the entry-wise `.*` and `./` are
looser, so that `x.*A*y` is `x.*(A*y)`; a sign is looser than a power (`-x^2` is `-(x^2)`) and tighter than a product.
"""

from __future__ import annotations

from typing import NamedTuple

SUM, KRONECKER, ENTRYWISE, PRODUCT, SIGN, POWER, POSTFIX, ATOM = range(1, 9)


class Operator(NamedTuple):
    """One operator: `name` is its meaning, the first of `spellings` is the one that is printed in `text`."""

    name: str
    level: int
    spellings: tuple[str, ...]
    place: str = "infix"
    is_right_associative: bool = False


OPERATORS = (
    Operator("add", SUM, ("+",)),
    Operator("subtract", SUM, ("-", "−", "–")),
    Operator("spread_add", SUM, (".+",)),
    Operator("spread_subtract", SUM, (".-", ".−")),
    Operator("kronecker", KRONECKER, ("⊗",)),
    Operator("entrywise_times", ENTRYWISE, (".*", "⊙", "∘")),
    Operator("entrywise_over", ENTRYWISE, ("./", "⊘")),
    Operator("times", PRODUCT, ("*", "·", "⋅", "×", "∗")),
    Operator("matmul", PRODUCT, ("@",)),
    Operator("over", PRODUCT, ("/", "÷")),
    Operator("under", PRODUCT, ("\\",)),
    Operator("minus", SIGN, ("-", "−", "–"), place="prefix"),
    Operator("plus", SIGN, ("+",), place="prefix"),
    Operator("root", POSTFIX, ("√",), place="prefix"),
    Operator("power", POWER, ("^", "**"), is_right_associative=True),
    Operator("entrywise_power", POWER, (".^", ".**"), is_right_associative=True),
    Operator("transpose", POSTFIX, (".T", "'", "ᵀ", "^T", "^{T}", "^⊤", "⊤", "′", "’"), place="postfix"),
    Operator("inverse", POSTFIX, (".I", "⁻¹"), place="postfix"),
    Operator("pseudo_inverse", POSTFIX, ("⁺", "†", "^†", "^{+}"), place="postfix"),
    Operator("inverse_transpose", POSTFIX, ("⁻ᵀ", "^-T", "^{-T}", "^−T"), place="postfix"),
)

INFIX = {spelling: row for row in OPERATORS if row.place == "infix" for spelling in row.spellings}
PREFIX = {spelling: row for row in OPERATORS if row.place == "prefix" for spelling in row.spellings}
POSTFIXES = {spelling: row for row in OPERATORS if row.place == "postfix" for spelling in row.spellings}


def level_of(name: str) -> int:
    """The level of the operator called `name`; higher binds tighter."""
    return next(row.level for row in OPERATORS if row.name == name)
