"""Shapes of every construct, by unification of rows and columns over the whole statement.

Everything is rows x columns here: a scalar is 1 x 1, a vector n x 1. A construct whose operands do not fit is a
`Conflict`; the pass goes on behind it, so that one pass finds every conflict that does not follow from another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from matdiff.errors import MatdiffError, NotYet, WrongArguments
from matdiff.functions import catalogue
from matdiff.functions.rows import TRIANGLE, Composite, Elementwise, Opaque
from matdiff.parsing import wording
from matdiff.parsing.axes import (
    SCALAR,
    Axes,
    Axis,
    Length,
    Products,
    find,
    is_one,
    is_open,
    is_scalar,
    kind_of,
    may_be_scalar,
    unify,
    unify_axes,
)
from matdiff.parsing.indices import Index, free_indices, indices_of
from matdiff.parsing.lengths import length_of
from matdiff.parsing.problem import (
    CONSTANTS,
    FORMS,
    RESHAPE,
    SIZED,
    SPREADS,
    Problem,
    is_nought,
    number_of,
    size_arguments,
)
from matdiff.parsing.syntax import Syntax, postorder
from matdiff.parsing.wires import letters_of
from matdiff.tree.dims import Dim, Size, add, symbol
from matdiff.tree.properties import SQUARE_ONLY

if TYPE_CHECKING:
    from matdiff.parsing.unknowns import FunctionShapes

POWERS = ("matpow", "frechet_matpow")
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
    """One pass over a problem in which the names in `scalars` are read against the custom.

    That is as scalars, or as vectors for Greek letters.
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
        self.rules: dict[str, Callable[[Syntax, tuple[Axes, ...]], Axes | None]] = {
            "sum": self._sum,
            "entrywise": self._entrywise,
            "product": self._product,
            "kronecker": lambda syntax, args: self._kronecker(args),
            "minus": lambda syntax, args: args[0],
            "transpose": self._transpose,
            "inverse": self._inverse,
            "power": self._power,
            "entrywise_power": self._entrywise_power,
            "numpy_dot": self._numpy_dot,
            "index": self._index,
            "delta": self._delta,
            "total": self._total,
            "indexed": self._indexed,
            "block": self._block,
        }
        self.functions = self._function_shapes() if problem.functions else None
        self.grids: dict[Syntax, tuple[Axes, Axes]] = {}
        self.totals: list[tuple[Length, Axes]] = []

    def _function_shapes(self) -> FunctionShapes:
        from matdiff.parsing.unknowns import FunctionShapes

        return FunctionShapes(self, self._conflict)

    def run(self) -> Inference:
        """Give every construct its axes, then hold the sides to what the statement's kind asks of them."""
        for syntax in self.problem.order:
            self.axes[syntax] = self._axes_of(syntax)
        if not self.conflicts:
            (self._hold_system if self.problem.kind == "system" else self._hold_sides)()
        return self

    def _axes_of(self, syntax: Syntax) -> Axes | None:
        if syntax.kind == "name":
            return self._name(syntax)
        if syntax.kind == "number":
            return SCALAR
        if syntax.kind == "string":
            raise WrongArguments("a text in quotes stands only as first argument of `einsum`", syntax.place())
        args = tuple(axes for arg in self.problem.below(syntax) if (axes := self.axes.get(arg)) is not None)
        if len(args) < len(self.problem.below(syntax)):
            return None
        if syntax.kind == "call":
            return self._call(syntax, args)
        return self.rules[syntax.kind](syntax, args)

    def _conflict(
        self,
        scope: tuple[Syntax, ...],
        explain: Callable[[], MatdiffError],
        *,
        is_product: bool = False,
        is_of_value: bool = False,
    ) -> None:
        self.conflicts.append(Conflict(scope, explain, is_product, is_of_value))

    # leaves

    def _name(self, syntax: Syntax) -> Axes | None:
        if syntax in self.problem.meaning:
            return self.axes[self.problem.meaning[syntax]]
        if self.problem.is_variable(syntax):
            return self.variable(syntax.text)
        if syntax.text in CONSTANTS and syntax not in self.problem.constants:
            self.constants.append(syntax)
            rows = Axis()
            return (rows, rows if CONSTANTS[syntax.text] == "identity" else Axis())
        return SCALAR

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

    # operators

    def _sum(self, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
        total = args[0]
        for k, operator in enumerate(syntax.operators, 1):
            joined = self._joined(total, args[k], spreads_on_matrix=operator.startswith("spread"))
            if joined is None:
                self._conflict(syntax.args[: k + 1], lambda k=k: wording.unequal(self, syntax, k))  # type: ignore[misc]
                return None
            total = joined
        return total

    def _entrywise(self, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
        total = args[0]
        for k in range(1, len(args)):
            joined = self._joined(total, args[k], spreads_on_matrix=True)
            if joined is None:
                self._conflict(syntax.args[: k + 1], lambda k=k: wording.unequal(self, syntax, k))  # type: ignore[misc]
                return None
            total = joined
        return total

    @staticmethod
    def _joined(left: Axes, right: Axes, spreads_on_matrix: bool) -> Axes | None:
        """The shape of two operands entry by entry, a scalar spread over the other; None where they do not fit."""
        if is_scalar(left) or is_scalar(right):
            wide = right if is_scalar(left) else left
            is_spread = spreads_on_matrix or may_be_scalar(wide) or kind_of(wide) in ("vector", "row")
            return wide if is_spread else None
        return left if unify_axes(left, right) else None

    def _product(self, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
        chain: Axes = SCALAR
        first = 0
        for k, axes in enumerate(args):
            if k and syntax.operators[k - 1] == "over":
                if not self._is_held_scalar(axes):
                    self._conflict((syntax.args[k],), lambda k=k: wording.divided(self, syntax, k))  # type: ignore[misc]
                    return None
            elif is_scalar(chain):
                chain, first = axes, k
            elif not is_scalar(axes):
                if self._turns(syntax, k, chain, axes):
                    chain = (SCALAR[0], chain[0])
                if len(chain) > 2 or len(axes) > 2 or not unify(chain[1], axes[0]):
                    scope = syntax.args[first : k + 1]
                    self._conflict(
                        scope,
                        lambda f=first, k=k: wording.inner(self, syntax, f, k),  # type: ignore[misc]
                        is_product=kind_of(chain) == kind_of(axes) == "vector",
                    )
                    return None
                chain = (chain[0], axes[1])
        return chain

    def _turns(self, syntax: Syntax, k: int, chain: Axes, axes: Axes) -> bool:
        """Whether `@` takes the vector before it as a row, as NumPy does: where it has no product as a column.

        `x @ A` is `x.T @ A` then, and is remembered in `turned`.
        """
        is_column = syntax.operators[k - 1] == "matmul" and kind_of(chain) == "vector"
        is_misfit = len(axes) == 2 and not is_one(axes[0]) and not is_open(axes[0])
        if not (is_column and is_misfit and unify(chain[0], axes[0])):
            return False
        self.turned[syntax] = (*self.turned.get(syntax, ()), k)
        return True

    @staticmethod
    def _is_held_scalar(axes: Axes) -> bool:
        """Whether the shape is a scalar's, or can be made one's."""
        return may_be_scalar(axes) and unify_axes(axes, SCALAR)

    def _kronecker(self, args: tuple[Axes, ...]) -> Axes | None:
        rows, columns = args[0][0], args[0][1]
        for axes in args[1:]:
            rows, columns = self.products.product(rows, axes[0]), self.products.product(columns, axes[1])
        return (rows, columns)

    def _transpose(self, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
        if len(args[0]) > 2:
            self._conflict((), lambda: wording.unsuitable(self, syntax, "transpose", "m n"))
            return None
        return (args[0][1], args[0][0])

    def _inverse(self, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
        if not unify(args[0][0], args[0][1]):
            self._conflict(syntax.args, lambda: wording.not_square(self, syntax))
            return None
        return args[0]

    def _entrywise_power(self, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
        return args[1] if self._is_exponential(syntax) else self._entrywise(syntax, args)

    def _is_exponential(self, syntax: Syntax) -> bool:
        """Whether a power has the base e."""
        return self.problem.constants.get(syntax.args[0]) == "e"

    def _numpy_dot(self, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
        """The inner product of two vectors, the matrix product of anything else."""
        if [kind_of(axes) for axes in args] != ["vector", "vector"]:
            return self._product(replace(syntax, operators=("times",)), args)
        if not unify_axes(*args):
            self._conflict((), lambda: wording.unsuitable(self, syntax, "dot", "m 1, m 1 -> 1 1"))
            return None
        return SCALAR

    def _power(self, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
        base, exponent = args
        if self._is_exponential(syntax):
            if kind_of(exponent) != "matrix" or unify(exponent[0], exponent[1]):
                return exponent
            self._conflict(_parts_of(syntax), lambda: wording.unsuitable(self, syntax, "expm", "n n -> n n"))
            return None
        if not self._is_held_scalar(exponent):
            self._conflict(syntax.args[1:], lambda: wording.exponent(self, syntax))
            return None
        if len(base) > 2 or not unify(base[0], base[1]):
            self._conflict(syntax.args[:1], lambda: wording.powered(self, syntax))
            return None
        return base

    def _block(self, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
        """The shape of blocks: those of a row are equally high, those of a column equally wide; 0 fits everywhere."""
        columns = int(syntax.text)
        heights: list[Length] = [0] * (len(args) // columns)
        widths: list[Length] = [0] * columns
        for k, (arg, axes) in enumerate(zip(syntax.args, args, strict=True)):
            row, column = divmod(k, columns)
            if is_nought(arg):
                continue
            heights[row], widths[column] = heights[row] or axes[0], widths[column] or axes[1]
            if len(axes) > 2 or not unify(heights[row], axes[0]) or not unify(widths[column], axes[1]):
                self._conflict(syntax.args, lambda k=k: wording.unaligned(self, syntax, k))  # type: ignore[misc]
                return None
        self.grids[syntax] = tuple(length or 1 for length in heights), tuple(length or 1 for length in widths)
        return (self._summed(self.grids[syntax][0]), self._summed(self.grids[syntax][1]))

    def _summed(self, lengths: Axes) -> Length:
        """The sum of lengths, an unknown until all of them are known."""
        if len(lengths) == 1:
            return lengths[0]
        whole = Axis(is_long=True)
        self.totals.append((whole, lengths))
        return whole

    def _settle_totals(self) -> bool:
        """Give the lengths of blocks whose parts are known by now; True where there were any."""
        first: dict[Length, Axes] = {}
        for whole, parts in self.totals:
            others = first.setdefault(find(whole), parts)
            if len(others) == len(parts) and not all(map(unify, others, parts)):
                raise wording.unequal_totals(self, parts, others[0])
        known = [entry for entry in self.totals if not any(isinstance(find(part), Axis) for part in entry[1])]
        for whole, parts in known:
            self.totals.remove((whole, parts))
            total: Dim = 0
            for part in parts:
                total = add(total, find(part))  # type: ignore[arg-type]
            if not unify(whole, total):
                raise wording.unequal_totals(self, (whole,), total)
        return bool(known)

    # calls

    def _call(self, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
        if self.functions is not None and syntax in self.problem.functions:
            return self.functions.of(syntax, args)
        if syntax.text in FORMS:
            return self._form(syntax, args)
        row = catalogue.find(syntax.text)
        assert row is not None, syntax
        if syntax.operators in (("rows",), ("cols",)):
            return self._along(syntax, args[0])
        if syntax.operators == ("order",) and kind_of(args[0]) == "matrix":
            meaning, hint = _MATRIX_NORMS[syntax.text]
            raise WrongArguments(f"`{syntax.place().excerpt()}`: the norm of {meaning}", syntax.place(), hint=hint)
        count = _argument_count(syntax.text)
        if len(args) != count:
            raise WrongArguments(
                f"`{syntax.text}` takes {_counted(count)}, here are {len(args)}"
                if args
                else f"`{syntax.text}` takes {_counted(count)}, here is none",
                syntax.place(),
            )
        if isinstance(row, Elementwise):
            return self._entrywise(syntax, args)
        readings = alternatives(row.signature)
        for parameters, result in readings[:1] if any(is_scalar(axes) for axes in args) else readings:
            if all(_fits(shape, axes) for shape, axes in zip(parameters, args, strict=True)):
                return self._applied(syntax, row.signature, parameters, result, args)
        scalars = [arg for arg, shape in zip(syntax.args, readings[0][0], strict=True) if shape == ("1", "1")]
        scope = (*_parts_of(syntax), *(arg for arg in scalars if arg.kind == "name"))
        self._conflict(scope, lambda: wording.unsuitable(self, syntax, syntax.text, row.signature))
        return None

    def _along(self, syntax: Syntax, axes: Axes) -> Axes | None:
        """The shape of a function of every row or column of a matrix."""
        row = catalogue.find(syntax.text)
        (word,) = syntax.operators
        if not isinstance(row, Composite | Opaque) or not row.by_rows:
            raise WrongArguments(f"`{syntax.text}` is not taken along the {word} of a matrix", syntax.place())
        if kind_of(axes) != "matrix":
            self._conflict((), lambda: wording.unsuitable(self, syntax, syntax.text, "m n -> ?"))
            return None
        if not row.signature.endswith("-> 1 1"):
            return axes
        return (axes[0] if word == "rows" else axes[1], 1)

    def _applied(
        self,
        syntax: Syntax,
        signature: str,
        parameters: tuple[tuple[str, str], ...],
        result: tuple[str, str],
        args: tuple[Axes, ...],
    ) -> Axes | None:
        letters: dict[str, Length] = {"1": 1}
        for shape, axes in zip(parameters, args, strict=True):
            for letter, length in zip(shape, axes, strict=True):
                if not unify(letters.setdefault(letter, length), length):
                    self._conflict(_parts_of(syntax), lambda: wording.unsuitable(self, syntax, syntax.text, signature))
                    return None
        return (self._length(result[0], letters), self._length(result[1], letters))

    def _length(self, term: str, letters: dict[str, Length]) -> Length:
        if term == TRIANGLE:
            return self.products.triangle(letters["n"])
        total: Length = 1
        for letter in term.split("*"):
            total = self.products.product(total, letters[letter])
        return total

    def _form(self, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
        """The forms that are no rows: sized constants, sizes as numbers, spread scalars, einsum."""
        name = syntax.text
        if name in SIZED:
            return self._sized(syntax)
        if name == "einsum":
            return self._einsum(syntax, args)
        if name == RESHAPE:
            return self._reshaped(syntax, args)
        if len(args) != 1:
            raise WrongArguments(f"`{name}` takes one argument, here are {len(args)}", syntax.place())
        if name not in SPREADS:
            return SCALAR
        if not self._is_held_scalar(args[0]):
            self._conflict(syntax.args, lambda: wording.unsuitable(self, syntax, name, "1 1 -> ?"))
            return None
        self.constants.append(syntax)
        return (Axis(is_long=True), 1 if name == "vector" else Axis(is_long=True))

    def _sized(self, syntax: Syntax) -> Axes:
        kind = SIZED[syntax.text]
        lengths = tuple(length_of(arg, self) for arg in size_arguments(syntax))
        if kind == "unit":
            return self._unit(syntax, lengths)
        if kind == "pairing" and len(lengths) == 2:
            return (self.products.product(*lengths), *lengths)
        if kind == "commutation" and len(lengths) == 2:
            whole = self.products.product(*lengths)
            return (whole, whole)
        if kind in ("elimination", "duplication") and len(lengths) == 1:
            axes = (self.products.triangle(lengths[0]), self.products.product(lengths[0], lengths[0]))
            return axes if kind == "elimination" else axes[::-1]
        if kind == "identity" and len(lengths) == 2 and unify(*lengths):
            lengths = lengths[:1]
        if not 1 <= len(lengths) <= (1 if kind == "identity" else 2) or kind not in CONSTANTS.values():
            raise WrongArguments(
                f"`{syntax.words()}` is no constant",
                syntax.place(),
                hint=f"write `{syntax.text}({_SIZED_FORMS[kind]})`",
            )
        return (lengths[0], lengths[0] if kind == "identity" else lengths[1] if len(lengths) == 2 else 1)

    def _reshaped(self, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
        """The matrix of `unvec(x, m, n)`."""
        lengths = tuple(length_of(arg, self) for arg in size_arguments(syntax))
        if len(lengths) != 2:
            raise WrongArguments(
                f"`{syntax.words()}`: a vector and two sizes are expected",
                syntax.place(),
                hint="write `unvec(x, m, n)`",
            )
        if not unify_axes(args[0], (self.products.product(*lengths), 1)):
            self._conflict((), lambda: wording.unsuitable(self, syntax, RESHAPE, "m*n 1 -> m n"))
            return None
        return lengths

    def _unit(self, syntax: Syntax, lengths: tuple[Length, ...]) -> Axes:
        """A unit vector, its length said or that of its place."""
        if not 1 <= len(syntax.args) <= 2 or not _is_index(syntax.args[0]):
            raise WrongArguments(f"`{syntax.words()}` is no unit vector", syntax.place(), hint="write `unit(1, n)`")
        if not lengths:
            self.constants.append(syntax)
        axes = (lengths[0] if lengths else Axis(is_long=True), 1)
        self._hold_index(syntax.args[0], axes[0])
        return axes

    # entries

    def _index(self, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
        """An entry, a row or a column; in index notation the entry on the indices."""
        indices = indices_of(syntax)
        taken = _axes_taken(args[0])
        if len(taken) != len(indices):
            raise wording.wrong_indices(self, syntax, len(taken))
        slices = [k for k, index in enumerate(indices) if index.kind == "slice"]
        if slices and (syntax in self.problem.bindings or len(taken) > 2):
            raise NotYet(f"`{syntax.place().excerpt()}`: a slice stands in matrix notation only", syntax.place())
        for index, length in zip(indices, taken, strict=True):
            self._hold_index(index, length)
        for bound, length in zip(self.problem.bindings.get(syntax, ()), taken, strict=False):
            if bound and not unify(self.range_of(bound), length):
                self._conflict((), lambda name=bound[1]: wording.unequal_ranges(self, syntax, name))  # type: ignore[misc]
                return None
        if len(slices) < 2:
            kept = {0: SCALAR, 1: (1, taken[-1]) if slices == [1] else (taken[0], 1)}
            return kept[len(slices)]
        return args[0]

    def _hold_index(self, index: Syntax, length: Length) -> None:
        """Raise where a number is no index of an axis of this length."""
        if index.kind != "number":
            return
        size = find(length)
        if int(index.text) < 1 or (isinstance(size, int) and int(index.text) > size):
            end = f" to {size}" if isinstance(size, int) else ""
            raise WrongArguments(f"`{index.text}` is no index: entries are counted from 1{end}", index.place())

    def range_of(self, index: Index) -> Axis:
        """The length of the axes that an index runs along."""
        return self.ranges.setdefault(index, Axis())

    def _delta(self, syntax: Syntax, _: tuple[Axes, ...]) -> Axes:
        bound = self.problem.bindings[syntax]
        if None in bound:
            raise WrongArguments("a delta has two letters as indices", syntax.place(), hint="write `delta[i,j]`")
        first, second = (self.range_of(index) for index in bound if index)
        unify(first, second)
        return SCALAR

    def _total(self, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
        lost = next((name for name in syntax.operators if (syntax, name) not in self.ranges), None)
        if lost is not None:
            raise WrongArguments(f"the index `{lost}` occurs in nothing that is summed", syntax.place())
        if not self._is_held_scalar(args[0]):
            self._conflict(syntax.args, lambda: wording.no_entry(self, syntax))
            return None
        return SCALAR

    def _indexed(self, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
        """The axes of a side in index notation: one for each free index."""
        if not syntax.operators:
            return args[0]
        if not self._is_held_scalar(args[0]):
            self._conflict(syntax.args, lambda: wording.no_entry(self, syntax))
            return None
        axes = tuple(self.range_of(index) for index in free_indices(syntax))
        return (*axes, 1) if len(axes) == 1 else axes

    def _einsum(self, syntax: Syntax, args: tuple[Axes, ...]) -> Axes | None:
        factors, output = letters_of(syntax)
        lengths: dict[str, Length] = {}
        for factor, letters, axes in zip(syntax.args[1:], factors, args, strict=True):
            if not _takes_letters(axes, letters, lengths):
                self._conflict((factor,), lambda f=factor, x=letters: wording.misfit(self, syntax, f, x))  # type: ignore[misc]
                return None
        axes = tuple(lengths[letter] for letter in output)
        return (*axes, 1, 1)[:2] if len(axes) < 2 else axes

    # what the statement asks of its sides

    def _hold_sides(self) -> None:
        first, *others = self.problem.sides
        if self.problem.kind in ("grad", "hessian"):
            self._hold_scalar(first)
        for side in others:
            expected = self._expected_axes(first)
            if side.kind == "number" and not number_of(side):
                self.expected[side] = expected
            elif not self._agrees(side, expected):
                self._conflict((first, side), lambda side=side, e=expected: wording.sides(self, side, e))  # type: ignore[misc]
        for name, side in zip(self.problem.wrt, self.problem.directions, strict=False):
            if not self._agrees(side, self.variable(name)):
                self._conflict((side,), lambda side=side, name=name: wording.direction(self, side, name))  # type: ignore[misc]

    def _hold_system(self) -> None:
        """Hold the two sides of each equation together; a gradient has the shape of its variable."""
        sides, gradients = self.problem.sides, self.problem.gradients
        for left, right, by in zip(sides[::2], sides[1::2], gradients, strict=True):
            if by:
                self._hold_scalar(left)
            expected = self.variable(by) if by else self.axes[left] or SCALAR
            if is_nought(right):
                self.expected[right] = expected
            elif not by and is_nought(left):
                self.expected[left] = self.axes[right] or SCALAR
            elif not self._agrees(right, expected):
                self._conflict((left, right), lambda side=right, e=expected: wording.sides(self, side, e))  # type: ignore[misc]

    def _agrees(self, side: Syntax, expected: Axes) -> bool:
        axes = self.axes[side]
        return axes is None or unify_axes(axes, expected)

    def _expected_axes(self, first: Syntax) -> Axes:
        """The shape that a claim must have."""
        value = self.axes[first] or SCALAR
        if self.problem.kind not in ("grad", "jacobian", "hessian"):
            return value
        by = self.variable(self.problem.wrt[0])
        if self.problem.kind == "grad":
            return by
        axes = tuple(a for a in (*(value if self.problem.kind == "jacobian" else by), *by) if not is_one(a))
        return (*axes, 1, 1)[:2] if len(axes) < 2 else axes

    def _hold_scalar(self, root: Syntax) -> None:
        """Make `root` a scalar; where it cannot be, each part that prevents it is a conflict."""
        stack = [root]
        while stack:
            syntax = stack.pop()
            axes = self.axes[syntax]
            if axes is None or is_scalar(axes) or self._is_held_scalar(axes):
                continue
            parts = self._parts_of_shape(syntax)
            if parts:
                stack.extend(parts)
            else:
                scope = tuple(arg for arg in self.problem.below(syntax) if not self._is_scalar_part(arg)) or (syntax,)
                self._conflict(scope, lambda: wording.not_scalar(self, root), is_of_value=True)

    def _is_scalar_part(self, syntax: Syntax) -> bool:
        axes = self.axes[syntax]
        return axes is not None and is_scalar(axes)

    def _parts_of_shape(self, syntax: Syntax) -> tuple[Syntax, ...]:
        """The operands that must be scalars for `syntax` to be one, where it is taken entry by entry."""
        is_elementwise = syntax.kind == "call" and isinstance(catalogue.find(syntax.text), Elementwise)
        is_elementwise |= self.problem.is_entrywise(syntax)
        if is_elementwise or syntax.kind in ("sum", "minus", "entrywise", "entrywise_power"):
            return tuple(arg for arg in syntax.args if not self._is_scalar_part(arg))
        return self.problem.below(syntax) if syntax.kind == "name" else ()

    # the end

    def settle(self) -> None:
        """Give every size that is still unknown a letter, variables in the order of the text first."""
        self._settle_products()
        for syntax in self.constants:
            axes = self.axes[syntax]
            if axes is not None and CONSTANTS.get(syntax.text) in ("ones", "zeros") and is_open(axes[1]):
                unify(axes[1], 1)
        lengths = [length for axes in self.variables.values() for length in axes]
        lengths += self.functions.lengths() if self.functions else []
        letters = self.free_letters()
        for is_last in (False, True):
            for length in lengths:
                axis = find(length)
                if isinstance(axis, Axis) and (is_last or not self._is_product(axis)):
                    axis.bound = symbol(next(letters))
            self._settle_products()
        for syntax in self.constants:
            axes = self.axes[syntax]
            if axes is not None and any(isinstance(find(length), Axis) for length in axes):
                raise wording.no_shape(syntax)
        for (_, name), axis in self.ranges.items():
            if isinstance(find(axis), Axis):
                place = next(s for s in self.problem.bindings if any(i.text == name for i in indices_of(s)))
                raise WrongArguments(f"no range follows for the index `{name}`", place.place())

    def integers(self) -> frozenset[str]:
        """The undeclared names that a matrix is raised to, which are whole numbers."""
        powers = (s for s in self.problem.order if s.kind == "power" or (s.kind == "call" and s.text in POWERS))
        exponents = [s.args[-1] for s in powers if s.args and not is_scalar(self.axes[s] or SCALAR)]
        below = postorder(exponents, self.problem.below)
        return frozenset(s.text for s in below if self.problem.is_variable(s) and s.text not in self.problem.declared)

    def _settle_products(self) -> None:
        is_settled = self.products.settle()
        while is_settled and self.products.pair():
            is_settled = self.products.settle()
        if not is_settled:
            raise wording.unequal_products(self)
        if self._settle_totals():
            self._settle_products()

    def _is_product(self, axis: Axis) -> bool:
        wholes = (*self.products.wholes(), *(whole for whole, _ in self.totals))
        return any(find(whole) is axis for whole in wholes)

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
        sizes = []
        for length in axes:
            found = find(length)
            assert isinstance(found, int | Size), axes
            sizes.append(found)
        while len(sizes) <= 2 and sizes and sizes[-1] == 1:
            sizes.pop()
        return tuple(sizes)


_SIZED_FORMS = {
    "identity": "n",
    "ones": "n, m",
    "zeros": "n, m",
    "pairing": "m, n",
    "commutation": "m, n",
    "elimination": "n",
    "duplication": "n",
}
_MATRIX_NORMS = {
    "norm2": (
        "order 2 of a matrix is its largest singular value",
        "write `norm_spectral(X)` for it, `norm2(X)` or `norm(X, F)` for the root of the sum of squares",
    ),
    "norm1": (
        "order 1 of a matrix is its largest column sum of absolute entries",
        "write `max(sum(abs(X), cols))` for it, `norm1(X)` for the sum of all absolute entries",
    ),
    "norm_inf": (
        "order inf of a matrix is its largest row sum of absolute entries",
        "write `max(sum(abs(X), rows))` for it, `norm_inf(X)` for the largest absolute entry",
    ),
}
Alternative = tuple[tuple[tuple[str, str], ...], tuple[str, str]]


@cache
def alternatives(signature: str) -> tuple[Alternative, ...]:
    """A signature such as `"n 1 -> n n | n n -> n 1"` taken apart into parameters and result of each alternative."""
    found = []
    for alternative in signature.split("|"):
        left, right = alternative.split("->")
        parameters = tuple(_rows_and_columns(part) for part in left.split(","))
        found.append((parameters, _rows_and_columns(right)))
    return tuple(found)


def _rows_and_columns(text: str) -> tuple[str, str]:
    rows, columns = text.split()
    return rows, columns


def _fits(shape: tuple[str, str], axes: Axes) -> bool:
    """Whether an argument can have a parameter's kind, a vector being no scalar; sizes are held together later."""
    if shape[1] == "1" != shape[0] and is_one(axes[0]):
        return False
    return len(axes) == 2 and all(
        letter != "1" or is_one(length) or is_open(length) for letter, length in zip(shape, axes, strict=True)
    )


def _is_index(syntax: Syntax) -> bool:
    return syntax.kind == "name" or (syntax.kind == "number" and syntax.text.isdigit())


def _axes_taken(axes: Axes) -> Axes:
    """The axes that indices name: one of a vector or row, none of a scalar."""
    if len(axes) > 2:
        return axes
    return {"scalar": (), "vector": axes[:1], "row": axes[1:]}.get(kind_of(axes), axes)


def _takes_letters(axes: Axes, letters: str, lengths: dict[str, Length]) -> bool:
    """Whether a factor has an axis for each letter, equal letters being equal lengths."""
    taken = axes if max(len(axes), len(letters)) > 2 or len(letters) == 2 else axes[: len(letters)]
    if len(taken) != len(letters) or not all(unify(length, 1) for length in axes[len(taken) :]):
        return False
    return all(unify(lengths.setdefault(letter, length), length) for letter, length in zip(letters, taken, strict=True))


@cache
def _argument_count(name: str) -> int:
    row = catalogue.find(name)
    assert row is not None
    if isinstance(row, Elementwise):
        return len(row.derivative) if isinstance(row.derivative, tuple) else 1
    return len(alternatives(row.signature)[0][0])


def _parts_of(call: Syntax) -> tuple[Syntax, ...]:
    """The arguments that are more than a name: in them a letter may be a scalar, as in `det(A*t)`."""
    return tuple(arg for arg in call.args if arg.kind != "name")


def _counted(count: int) -> str:
    return "one argument" if count == 1 else f"{count} arguments"
