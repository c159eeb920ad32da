"""What a row of the function tables says: one record for each kind of function.

Signatures are written as rows and columns, arguments parted by commas, alternatives by bars:
`"n n -> 1 1"` takes a square matrix to a scalar, `"m n, p q -> m*p n*q"` is the Kronecker product.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from matdiff.tree.entry import Entry
from matdiff.tree.node import Attribute, Node

Rule = Callable[..., Entry]


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a function is written where `name(arguments)` is not the custom; `{0}`, `{1}` stand for the arguments.

    An empty spelling means the default of that format.
    """

    unicode: str = ""
    latex: str = ""
    numpy: str = ""


@dataclass(frozen=True, slots=True)
class Elementwise:
    """A scalar function applied entry by entry.

    `derivative(x, y)` is f'(x) in terms of the argument x and the value y, one for each argument in a tuple when
    there are several, or the reason why there is none; `value` computes it on complex numbers (kinks look at the
    real part).
    `domain` names where it is differentiable: `real`, `positive`, `nonzero`, `unit` (open interval -1 to 1).
    """

    name: str
    meaning: str
    value: Callable[..., complex]
    derivative: Rule | tuple[Rule, ...] | str
    domain: str = "real"
    aliases: tuple[str, ...] = ()
    spelling: Spelling = Spelling()
    source: str = "NIST DLMF, chapter 4"


@dataclass(frozen=True, slots=True)
class Composite:
    """A function that is an expression of simpler ones: `expand(*args)` writes it in index form."""

    name: str
    meaning: str
    signature: str
    expand: Callable[..., Node]
    aliases: tuple[str, ...] = ()
    spelling: Spelling = Spelling()
    source: str = "definition"


@dataclass(frozen=True, slots=True)
class Partial:
    """One term of a derivative ∂y/∂x: `weight` times an einsum of `factors`.

    `wires` names the axes of the factors, then of y, then of x: `"ik,lj->ij,kl"`. A factor is `y` (the value),
    `x` (the first argument), or the name of a one-argument function of it, such as `inv`.
    """

    weight: Fraction | int
    factors: tuple[str, ...]
    wires: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """A function of whole matrices that stays itself in index form; `partials[k]` is the derivative by argument k."""

    name: str
    meaning: str
    signature: str
    partials: tuple[tuple[Partial, ...], ...]
    domain: str = "real"
    aliases: tuple[str, ...] = ()
    spelling: Spelling = Spelling()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Sugar:
    """Another way to write something: `build(*args)` makes it in matrix form as the text is read."""

    name: str
    meaning: str
    signature: str
    build: Callable[..., Node]
    aliases: tuple[str, ...] = ()
    source: str = "definition"


Row = Elementwise | Composite | Opaque | Sugar

__all__ = ["Attribute", "Composite", "Elementwise", "Opaque", "Partial", "Row", "Spelling", "Sugar"]
