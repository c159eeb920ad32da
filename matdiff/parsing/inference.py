"""What is known of the shapes of a statement while they are found out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from matdiff.errors import MatdiffError
from matdiff.parsing.axes import SCALAR, Axes, Axis, Length, Products, is_scalar, known_sizes
from matdiff.parsing.indices import Index, indices_of
from matdiff.parsing.problem import Problem
from matdiff.parsing.syntax import Syntax, postorder
from matdiff.tree.dims import Dim
from matdiff.tree.properties import SQUARE_ONLY

POWERS = ("matpow", "frechet_matpow", "frechet2_matpow", "J_matpow", "J_frechet_matpow")
LETTERS = "nmkpqrstljdh"


@dataclass(frozen=True, slots=True, eq=False)
class Conflict:
    """Operands that do not fit; the names in `scope` decide their shapes, `explain` words it for the user.

    `is_product` tells a product of two vectors, which has several meanings that could be meant; `is_of_value` that the
    parts fit, but the value is not the scalar that the derivative is taken of.
    """

    scope: tuple[Syntax, ...]
    explain: Callable[[], MatdiffError]
    is_product: bool = False
    is_of_value: bool = False


class Inference:
    """What one pass finds out; the names in `scalars` are read against the custom.

    `constants` are those whose size follows from their place, `turned` the places before which `@` takes a vector as a
    row, `by_rows` the functions of vectors that are taken of every row of a matrix, `grids` the heights and widths of
    blocks and `totals` their sums; `domains` and `values` are the shapes of unknown functions.
    """

    def __init__(self, problem: Problem, scalars: frozenset[str] = frozenset()) -> None:
        self.problem, self.scalars = problem, scalars
        self.axes: dict[Syntax, Axes | None] = {}
        self.variables: dict[str, Axes] = {}
        self.constants: list[Syntax] = []
        self.expected: dict[Syntax, Axes] = {}
        self.conflicts: list[Conflict] = []
        self.products = Products()
        self.ranges: dict[Index, Axis] = {}
        self.turned: dict[Syntax, tuple[int, ...]] = {}
        self.grids: dict[Syntax, tuple[Axes, Axes]] = {}
        self.by_rows: list[Syntax] = []
        self.totals: list[tuple[Length, Axes]] = []
        self.domains: dict[str, tuple[Axes, ...]] = {}
        self.values: dict[str, Axes] = {}

    def conflict(
        self,
        scope: tuple[Syntax, ...],
        explain: Callable[[], MatdiffError],
        *,
        is_product: bool = False,
        is_of_value: bool = False,
    ) -> None:
        """Note that operands do not fit."""
        self.conflicts.append(Conflict(scope, explain, is_product, is_of_value))

    def variable(self, name: str) -> Axes:
        """The axes of a variable: as declared, as its letter says, or a scalar where that was decided."""
        if name not in self.variables:
            self.variables[name] = self._new_variable(name)
        return self.variables[name]

    def _new_variable(self, name: str) -> Axes:
        if name in self.problem.changes:
            return self.variable(self.problem.changes[name])
        declaration = self.problem.declared.get(name)
        if declaration and declaration.rows is not None and declaration.columns is not None:
            return (declaration.rows, declaration.columns, *declaration.more)
        kind = (declaration and declaration.kind) or self.problem.custom(name)
        is_square = declaration is not None and not set(SQUARE_ONLY).isdisjoint(declaration.properties)
        if is_square:
            rows = Axis(is_long=True)
            return (rows, rows)
        if name in self.scalars:
            kind = "scalar" if kind == "vector" else "vector"
        if kind == "scalar":
            return SCALAR
        return (Axis(is_long=True), 1 if kind == "vector" else Axis(is_long=True))

    def range_of(self, index: Index) -> Axis:
        """The length of the axes that an index runs along."""
        return self.ranges.setdefault(index, Axis())

    def integers(self) -> frozenset[str]:
        """The undeclared names that a matrix is raised to, which are whole numbers."""
        powers = (s for s in self.problem.order if s.kind == "power" or (s.kind == "call" and s.text in POWERS))
        exponents = [s.args[-1] for s in powers if s.args and not is_scalar(self.axes[s] or SCALAR)]
        below = postorder(exponents, self.problem.below)
        return frozenset(s.text for s in below if self.problem.is_variable(s) and s.text not in self.problem.declared)

    def free_letters(self) -> Iterator[str]:
        """Names for sizes that mean nothing else in the statement."""
        taken = {s.text for s in self.problem.order if s.kind in ("name", "call")} | self.problem.sizes
        taken |= {i.text for s in self.problem.order if s.kind in ("index", "delta") for i in indices_of(s)}
        taken |= set(self.problem.declared) | {name for name, _ in self.problem.lets}
        yield from (letter for letter in LETTERS if letter not in taken)
        number = 1
        while True:
            if f"n{number}" not in taken:
                yield f"n{number}"
            number += 1

    def shape(self, axes: Axes) -> tuple[Dim, ...]:
        """A shape whose sizes are all known, as nodes have it."""
        if axes is SCALAR:
            return ()
        found = known_sizes(axes)
        assert found is not None, axes
        sizes = list(found)
        while len(sizes) <= 2 and sizes and sizes[-1] == 1:
            sizes.pop()
        return tuple(sizes)


Rule = Callable[[Inference, Syntax, tuple[Axes, ...]], Axes | None]
