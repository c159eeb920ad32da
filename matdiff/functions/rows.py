"""What a row of the function tables says: one record for each kind of function.

Signatures are written as rows and columns, arguments parted by commas, alternatives by bars:
`"n n -> 1 1"` takes a square matrix to a scalar, `"m n, p q -> m*p n*q"` is the Kronecker product, and
`n*(n+1)/2` is the number of entries on and below a diagonal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

from matdiff.tree.dims import Dim
from matdiff.tree.entry import Entry
from matdiff.tree.node import Attribute, Node, Shape

Rule = Callable[..., Entry]
TRIANGLE = "n*(n+1)/2"
REAL = "real"


class Spelling(NamedTuple):
    """How a function is written where `name(arguments)` is not the custom; `{0}`, `{1}` stand for the arguments.

    An empty spelling means the default of that format.
    """

    unicode: str = ""
    latex: str = ""
    numpy: str = ""


class Elementwise(NamedTuple):
    """A scalar function applied entry by entry.

    `derivative(x, y)` is f'(x) in terms of the argument x and the value y, one for each argument in a tuple when
    there are several, or the reason why there is none; `value` computes it on complex numbers (kinks look at the
    real part).
    `domain` names where it is differentiable: `real`, `positive`, `no kink at 0`, `unit` (open interval -1 to 1), ….
    """

    name: str
    meaning: str
    value: Callable[..., complex]
    derivative: Rule | tuple[Rule, ...] | str
    domain: str = REAL
    aliases: tuple[str, ...] = ()
    spelling: Spelling = Spelling()
    source: str = "NIST DLMF, chapter 4"


class Composite(NamedTuple):
    """A function that is an expression of simpler ones: `expand(*args)` writes it in index form.

    With `is_shaped` it is told the shape of the result as well. `by_rows(x)` writes the function of each row of a
    matrix, where it has such a form.
    """

    name: str
    meaning: str
    signature: str
    expand: Callable[..., Node]
    aliases: tuple[str, ...] = ()
    spelling: Spelling = Spelling()
    source: str = "definition"
    by_rows: Callable[[Node], Node] | None = None
    is_shaped: bool = False


class Partial(NamedTuple):
    """One term of a derivative ∂y/∂x: `weight` times an einsum of `factors`.

    `wires` names the axes of the factors, then of y, then of x: `"ik,lj->ij,kl"`; `*` stands for all axes of x. A
    letter of both y and x is a Kronecker delta. A factor is `y` (the value), `x` (the argument), names of
    one-argument functions before one of them (`"inv y"`; `"inv"` alone is that of x), `lower`, the ones on and
    below the diagonal of a matrix of x's shape, or a function that makes the factor out of x and y.
    """

    weight: Fraction | int
    factors: tuple[str | Callable[[Node, Node], Node], ...]
    wires: str


class Adjoint(NamedTuple):
    """A derivative that is no einsum of matrices: rules by which it is applied, and a name for all of it.

    `pull(adjoint, value)` is the adjoint of the argument where what is differentiated is a scalar, and
    `push(change, value)` what a change of the argument does. `tensor(value)` has the axes of the value and then of the
    argument, or it is the reason why there is no name. `slope(value)` is the derivative by s of a function of s*B,
    without the factor B, where it commutes with B.
    """

    pull: Callable[[Node, Node], Node]
    push: Callable[[Node, Node], Node]
    tensor: Callable[[Node], Node] | str
    slope: Callable[[Node], Node] | None = None


Derivative = tuple[Partial, ...] | Adjoint | str


class Opaque(NamedTuple):
    """A function of whole matrices that stays itself in index form.

    `partials[k]` is the derivative by argument k: terms of an einsum, a rule for adjoints, or the reason why there is
    none. `by_rows` are the partials of the function along the rows of a matrix, where it has such a form: the node
    has the word `rows` behind its name then. `domain` names what the first argument has to be, with commas between the
    words: `invertible`, `symmetric, simple largest eigenvalue`. `letter` is what its value is called in an answer that
    uses it: `v` for an eigenvector.
    """

    name: str
    meaning: str
    signature: str
    partials: tuple[Derivative, ...]
    domain: str = REAL
    aliases: tuple[str, ...] = ()
    spelling: Spelling = Spelling()
    source: str = ""
    by_rows: tuple[Derivative, ...] = ()
    letter: str = ""


class Sugar(NamedTuple):
    """Another way to write something: `build(*args)` makes it in matrix form as the text is read."""

    name: str
    meaning: str
    signature: str
    build: Callable[..., Node]
    aliases: tuple[str, ...] = ()
    source: str = "definition"


Row = Elementwise | Composite | Opaque | Sugar


def words_of(domain: str) -> tuple[str, ...]:
    """The words of a domain; none where the function is smooth everywhere.

    >>> words_of("symmetric, simple largest eigenvalue")
    ('symmetric', 'simple largest eigenvalue')
    """
    return () if domain == REAL else tuple(domain.split(", "))


def result_shape(signature: str, shapes: Sequence[Shape]) -> Shape:
    """The shape in index form of a function's result for arguments of these shapes; no sizes are multiplied."""
    for alternative in signature.split("|"):
        inputs, _, output = alternative.partition("->")
        if inputs.split() == output.split():
            return shapes[0]
        sizes: dict[str, Dim] = {"1": 1}
        for text, shape in zip(inputs.split(","), shapes, strict=True):
            sizes.update(zip((letter for letter in text.split() if letter != "1"), shape, strict=False))
        if all(letter in sizes for letter in output.split()):
            return tuple(sizes[letter] for letter in output.split() if letter != "1")
    raise AssertionError((signature, shapes))


__all__ = [
    "Adjoint",
    "Attribute",
    "Composite",
    "Derivative",
    "Elementwise",
    "Opaque",
    "Partial",
    "Row",
    "Spelling",
    "Sugar",
    "result_shape",
    "words_of",
]
