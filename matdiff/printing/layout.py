"""How an expression is laid out: order, quotients and brackets, the same in every written format.

A format is a subclass of `Notation` that has other signs. Nothing here recurses over the tree, and no text is
joined before the end, so that a deep expression costs its length and not the square of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from matdiff.printing.context import Context
from matdiff.printing.letters import spell_out
from matdiff.printing.series import exponents_of_sum, free_index
from matdiff.printing.signs import Signs
from matdiff.printing.terms import (
    Quotient,
    factors_of,
    is_entrywise,
    is_inner_product,
    is_inverted,
    is_negative,
    is_unit,
    is_zeros,
    take_apart,
)
from matdiff.printing.written import Written, flatten, written
from matdiff.tree import build, walk
from matdiff.tree.attributes import (
    columns_of,
    commuted_sizes,
    exponent_of,
    halved_size,
    is_power,
    number_of,
    size_of,
    terms_of,
    whole_exponent_of,
)
from matdiff.tree.node import Node
from matdiff.tree.precedence import ATOM, ENTRYWISE, KRONECKER, POSTFIX, POWER, PRODUCT, SUM
from matdiff.tree.unknown import UNKNOWN

HALF = Fraction(1, 2)


class Notation(Signs):
    """The layout, in the signs of the language unless a format has others."""

    is_spread_over_matrices = True
    is_tall = False

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.done: dict[Node, Written] = {}
        self.writers: dict[str, Callable[[Node], Written]] = {
            "var": self._write_variable,
            "number": self._write_number,
            "size": self._write_size,
            "constant": self._write_constant,
            "sum": self._write_sum,
            "product": self._write_product,
            "hadamard": self._write_hadamard,
            "transpose": self._write_transpose,
            "map": self._write_map,
            "call": self._write_call,
            "einsum": self._write_einsum,
            "block": self._write_block,
        }

    def text(self, root: Node) -> str:
        """The expression as it stands alone, where a constant may leave its shape out."""
        self.lay_out((root,))
        return flatten(self.of(root, is_fixed=True))

    def lay_out(self, roots: Iterable[Node]) -> None:
        """Write every node below `roots` once."""
        for node in walk.postorder(roots):
            self.lay_out_one(node)

    def lay_out_one(self, node: Node) -> None:
        """Write one node whose children are written."""
        if node not in self.done:
            self.done[node] = self.writers[node.op](node)

    def of(self, node: Node, is_fixed: bool) -> Written:
        """What was written for `node`, the short form where its place fixes the shape."""
        found = self.done[node]
        return found.fixed or found if is_fixed else found

    # leaves

    def _write_variable(self, node: Node) -> Written:
        return written(ATOM, self.name(str(node.attrs[0])))

    def _write_number(self, node: Node) -> Written:
        value = number_of(node)
        return self.signed(value < 0, self.quotient(Quotient(abs(value))))

    def _write_size(self, node: Node) -> Written:
        return self.size(size_of(node))

    def _write_constant(self, node: Node) -> Written:
        kind = str(node.attrs[0])
        if kind == "pi":
            return written(ATOM, self.constant_name(kind))
        if kind == "unit":
            return self.unit(node)
        sizes = {"identity": node.shape[:1], "pairing": node.shape[1:]}.get(kind, node.shape)
        if kind == "commutation":
            return self.sized(kind, commuted_sizes(node))
        if kind in ("elimination", "duplication"):
            return self.sized(kind, [halved_size(node)])
        fixed = None if kind == "pairing" else written(ATOM, self.constant_name(kind))
        return self.sized(kind, sizes, fixed)

    # sums

    def _write_sum(self, node: Node) -> Written:
        terms = terms_of(node)
        if not terms:
            return self._write_constant(build.zeros(node.shape)) if node.shape else written(ATOM, "0")
        if len(terms) > 1:
            return self._write_terms(terms)
        weight, body = terms[0]
        parts = take_apart(abs(weight), body)
        return self.with_fixed(body, lambda is_fixed: self.signed(weight < 0, self.quotient(parts, is_fixed)))

    def _write_terms(self, terms: Sequence[tuple[Fraction, Node]]) -> Written:
        anchor = next((k for k, (_, body) in enumerate(terms) if self.done[body].fixed is None), 0)
        parts: list[str | Written] = []
        for position, (weight, body) in enumerate(terms):
            spread = self.spread(weight, body, position) if position != anchor else None
            is_dotted = spread is not None and len(body.shape) == 2
            term = spread or self.quotient(take_apart(abs(weight), body), position != anchor)
            parts.append(self.sign(is_negative(weight, body), position == 0, is_dotted))
            parts.append(self.operand(term, KRONECKER))
        return written(SUM, *parts)

    def spread(self, weight: Fraction, body: Node, position: int) -> Written | None:
        """A term `c*ones` of a sum as the scalar `c`, where the language spreads it over the other terms.

        Over a matrix only a dotted sign spreads, so that neither a plain number nor the first term is shortened.
        """
        parts = take_apart(abs(weight), body)
        if len(parts.chain) != 1 or parts.chain[0].attrs[:1] != ("ones",):
            return None
        if len(body.shape) == 2 and not self.is_spread_over_matrices:
            return None
        if len(body.shape) != 1 and (position == 0 or not (parts.above or parts.below)):
            return None
        return self.quotient(parts._replace(chain=()))

    # products and quotients

    def _write_product(self, node: Node) -> Written:
        parts = take_apart(Fraction(1), node)
        return self.with_fixed(node, lambda is_fixed: self.quotient(parts, is_fixed))

    def with_fixed(self, body: Node, write: Callable[[bool], Written]) -> Written:
        """What `write` makes, with the short form beside it where `body` is a constant times scalars."""
        full = write(False)
        chain = build.split_product(body)[1]
        if len(chain) != 1 or self.done[chain[0]].fixed is None:
            return full
        return Written(full.parts, full.level, full.length, write(True))

    def quotient(self, parts: Quotient, is_fixed: bool = False) -> Written:
        """`weight*above*chain/below`."""
        is_alone = not parts.chain and sum(is_inner_product(node) for node in parts.above) == 1
        above = [item for node in parts.above for item in self.scalar_factor(node, is_alone)]
        if parts.weight.numerator != 1 or not (parts.above or parts.chain):
            above.insert(0, written(ATOM, str(parts.weight.numerator)))
        below = [self.inverted(node) for node in parts.below]
        if parts.weight.denominator != 1:
            below.insert(0, written(ATOM, str(parts.weight.denominator)))
        if len(parts.chain) == 1 and is_entrywise(parts.chain[0]):
            return self.entrywise(factors_of(parts.chain[0]), above, below)
        top = self.times([*above, *self.chain(parts.chain, is_fixed)])
        return self.divide(top, self.times(below)) if below else top

    def scalar_factor(self, node: Node, is_alone: bool) -> list[Written]:
        """A scalar as items of a product: an inner product `x.T*A*y` has brackets where other factors stand by it."""
        if not is_inner_product(node):
            return [self.done[node]]
        items = self.chain(node.args, False)
        return items if is_alone or len(items) == 1 else [self.bracket(self.times(items))]

    def chain(self, chain: tuple[Node, ...], is_fixed: bool) -> list[Written]:
        """The matrices of a product; the tail is bracketed where its head alone would be read as a scalar."""
        entry = self.entry(chain)
        if entry is not None:
            return [entry]
        if len(chain) == 1:
            return [self.of(chain[0], is_fixed)]
        head = next((k for k in range(2, len(chain)) if not build.chain_shape(chain[:k])), 0)
        items = [self.of(node, self.is_fixed_by_neighbours(chain, k)) for k, node in enumerate(chain)]
        return [*items[: head - 1], self.bracket(self.times(items[head - 1 :]))] if head else items

    def entry(self, chain: tuple[Node, ...]) -> Written | None:
        """A product with unit vectors at its ends as an entry `X[i,j]`, a row `X[i,:]` or a column `X[:,j]`."""
        if not chain:
            return None
        before = chain[0].op == "transpose" and is_unit(chain[0].args[0])
        body = chain[before : len(chain) - is_unit(chain[-1])]
        if len(body) == len(chain) or not body or any(is_unit(node) for node in body):
            return None
        rows, columns = build.chain_shape(body), build.rows_and_columns(build.chain_shape(body))[1]
        if len(body) == 1 and body[0].op == "transpose" and len(body[0].args[0].shape) == 1:
            base = self.done[body[0].args[0]]
        else:
            base = self.of(body[0], False) if len(body) == 1 else self.times(self.chain(body, False))
        row = str(chain[0].args[0].attrs[1]) if before else ":"
        column = str(chain[-1].attrs[1]) if is_unit(chain[-1]) else ":"
        if len(rows) == 1 or rows[0] == 1:
            return written(POSTFIX, self.operand(base, POSTFIX), f"[{row if columns == 1 else column}]")
        return written(POSTFIX, self.operand(base, POSTFIX), f"[{row},{column}]")

    def is_fixed_by_neighbours(self, chain: Sequence[Node], position: int) -> bool:
        """Whether the matrices beside a constant say its shape; an end that is open is read as a vector's."""
        rows, columns = build.rows_and_columns(chain[position].shape)
        is_square = chain[position].attrs[:1] == ("identity",)
        is_left_known = position > 0 and self.done[chain[position - 1]].fixed is None
        is_right_known = position + 1 < len(chain) and self.done[chain[position + 1]].fixed is None
        if is_square:
            return is_left_known or is_right_known
        return (is_left_known or rows == 1) and (is_right_known or columns == 1)

    # entry-wise

    def _write_hadamard(self, node: Node) -> Written:
        return self.entrywise(node.args)

    def entrywise(
        self, factors: Sequence[Node], above: Sequence[Written] = (), below: Sequence[Written] = ()
    ) -> Written:
        """`above*x.*y/below`, where scalars join the first and the last factor: `2*x.*y`, `1./(2*x)`."""
        if below and self.is_tall:
            return self.divide(self.entrywise(factors, above), self.times(below))
        has_anchor = any(is_inverted(factor) or self.done[factor].fixed is None for factor in factors)
        parts: list[str | Written] = []
        for position, factor in enumerate(factors):
            ahead = above if position == 0 else ()
            behind = below if position == len(factors) - 1 else ()
            if is_inverted(factor):
                parts.extend([self.over_one(ahead)] if position == 0 else [])
                parts.append(self.entry_over)
                parts.append(self.operand(self.times([*behind, self.inverted(factor)]), POWER))
                continue
            parts.extend([self.entry_times] if parts else [])
            item = self.times([*ahead, *self.entry_factor(factor, has_anchor)])
            parts.append(self.operand(self.divide(item, self.times(behind)) if behind else item, PRODUCT))
        return written(ENTRYWISE, *parts)

    def over_one(self, ahead: Sequence[Written]) -> Written:
        """What stands above an entry-wise quotient that has no vector there."""
        return self.operand(self.times(ahead), PRODUCT) if ahead else written(ATOM, "1")

    def entry_factor(self, node: Node, is_fixed: bool) -> list[Written]:
        """A factor of an entry-wise product; a matrix product has brackets, as not every language binds it tighter."""
        is_chain = node.op == "product" and bool(node.args[0].shape)
        if not is_chain:
            return [self.of(node, is_fixed)]
        items = self.chain(node.args, False)
        return items if len(items) == 1 else [self.bracket(self.times(items))]

    def _write_map(self, node: Node) -> Written:
        if node.attrs[0] == UNKNOWN:
            return self.unknown(node, self.unspread(node.args))
        if node.attrs[0] == "pow":
            base, exponent = self.unspread(node.args)
            return self.raised(base, self.superscript(exponent), len(node.shape))
        if not is_power(node):
            return self.function(node, [self.done[arg] for arg in node.args])
        if not is_inverted(node):
            return self.power(node.args[0], exponent_of(node))
        if node.shape:
            return self.entrywise((node,))
        return self.quotient(Quotient(Fraction(1), below=(node,)))

    def unspread(self, arguments: Sequence[Node]) -> list[Written]:
        """Arguments of one shape, a scalar spread over them as the scalar where another one holds the shape."""
        scalars = [self.spread_scalar(argument) for argument in arguments]
        if all(scalars):
            return [self.done[argument] for argument in arguments]
        return [scalar or self.done[argument] for scalar, argument in zip(scalars, arguments, strict=True)]

    def spread_scalar(self, node: Node) -> Written | None:
        """The scalar `c` of `c*ones`."""
        terms = terms_of(node)
        if len(terms) != 1:
            return None
        parts = take_apart(*terms[0])
        if len(parts.chain) != 1 or parts.chain[0].attrs[:1] != ("ones",):
            return None
        scalar = self.quotient(parts._replace(chain=(), weight=abs(parts.weight)))
        return self.signed(parts.weight < 0, scalar)

    def inverted(self, node: Node) -> Written:
        """What stands below the line for a negative power."""
        return self.power(node.args[0], -exponent_of(node))

    def power(self, base: Node, exponent: Fraction) -> Written:
        """`base` to a rational power, entry by entry."""
        if exponent == 1:
            return self.done[base]
        if exponent == HALF:
            return self.root(self.done[base])
        return self.raised(self.done[base], self.exponent(exponent), len(base.shape))

    # marks and calls

    def _write_transpose(self, node: Node) -> Written:
        (child,) = node.args
        if self.inverse_transposed and child.op == "call" and child.attrs[0] == "inv":
            return self.marked(self.done[child.args[0]], self.inverse_transposed)
        inner = self.done[child]
        fixed = inner.fixed and self.marked(inner.fixed, self.transposed)
        return replace(self.marked(inner, self.transposed), fixed=fixed)

    def _write_call(self, node: Node) -> Written:
        arguments = [self.done[arg] for arg in node.args]
        if node.attrs[0] == UNKNOWN:
            return self.unknown(node, arguments)
        if node.attrs[0] == "matpow":
            symbol = self.superscript(arguments[1]) if len(arguments) > 1 else None
            return self.raised(arguments[0], symbol or self.exponent(Fraction(whole_exponent_of(node))), 0)
        if node.attrs[0] == "frechet_matpow":
            return self._write_power_sum(node)
        if node.attrs[0] == "unvec":
            return self.function(node, [*arguments, *map(self.size, build.rows_and_columns(node.shape))])
        return self.function(node, [*arguments, *(written(ATOM, self.name(str(word))) for word in node.attrs[1:])])

    def _write_power_sum(self, node: Node) -> Written:
        """The derivative of a matrix power along a direction, as the sum that it is."""
        base, direction = (self.done[arg] for arg in node.args[:2])
        index = free_index(self.context, node)
        upper, rest = exponents_of_sum(node.args[2], index)
        self.lay_out((upper, rest, index))
        low = self.raised(base, self.done[index], 0)
        high = self.raised(base, self.superscript(self.done[rest]), 0)
        body = self.join_product([low, self.operand(direction, PRODUCT), high])
        return self.series(self.done[index], self.done[upper], body)

    def _write_einsum(self, node: Node) -> Written:
        spelled = spell_out(node)
        added = [self.added(kind, size) for kind, size in spelled.added]
        return self.einsum(spelled.signature, [*(self.done[factor] for factor in node.args), *added])

    def _write_block(self, node: Node) -> Written:
        columns = columns_of(node)
        rows = [node.args[k : k + columns] for k in range(0, len(node.args), columns)]
        return self.block([[self.cell(rows, row, k) for k in range(columns)] for row in range(len(rows))])

    def cell(self, rows: Sequence[Sequence[Node]], row: int, column: int) -> Written:
        """A block; one of zeros is written `0` where the others beside it and above it say its size."""
        node = rows[row][column]
        across = (other for k, other in enumerate(rows[row]) if k != column)
        along = (other[column] for k, other in enumerate(rows) if k != row)
        if is_zeros(node) and not all(map(is_zeros, across)) and not all(map(is_zeros, along)):
            return written(ATOM, "0")
        return self.done[node]
