"""An expression entry by entry, for results of three and more axes: `D[i,j,k,l] = -Y[i,k]*Y[l,j]`."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from matdiff.printing.context import Context
from matdiff.printing.formats.unicode import UnicodeNotation
from matdiff.printing.layout import Notation
from matdiff.printing.written import flatten
from matdiff.tree import einsum, walk
from matdiff.tree.attributes import terms_of
from matdiff.tree.dims import Size, names_of
from matdiff.tree.node import Node
from matdiff.tree.precedence import POSTFIX

_INDICES = "ijklpqrstuvabcdefghmnowxyz"


class Flavour(NamedTuple):
    """The signs of one spelling of index form."""

    times: str
    minus: str
    total: str
    delta: str


ASCII = Flavour("*", "-", "sum", "delta")
UNICODE = Flavour("·", "−", "Σ", "δ")


def write(node: Node, context: Context) -> str:
    """The entry of `node` in ASCII: `D[i,j,k] = sum[l](A[i,l]*B[l,j,k])`."""
    return _Writer(node, context, Notation(context), ASCII).equation()


def write_unicode(node: Node, context: Context) -> str:
    """The entry of `node` for people: `D[i,j,k] = Σ[l](A[i,l]·B[l,j,k])`."""
    return _Writer(node, context, UnicodeNotation(context, (node,)), UNICODE).equation()


class _Writer:
    """One expression on its way to index form."""

    def __init__(self, node: Node, context: Context, notation: Notation, flavour: Flavour) -> None:
        self.node = node
        self.notation = notation
        self.flavour = flavour
        names = {str(v.attrs[0]) for v in (*context.variables, *walk.variables_of((node,)))}
        self.result = next(name for name in ("D", "E", "F", "result") if name not in names)
        sizes = {name for part in walk.postorder((node,)) for name in _size_names(part)}
        free = [letter for letter in _INDICES if letter not in names and letter not in sizes]
        spare = [f"{letter}{number}" for number in range(1, 9) for letter in "ijkl"]
        self.indices = (*free, *(name for name in spare if name not in names))

    def equation(self) -> str:
        """The whole line."""
        output = self.indices[: len(self.node.shape)]
        return f"{self.result}{_listed(output)} = {self.entry(output)}"

    def entry(self, output: Sequence[str]) -> str:
        """The entry of the node at the indices `output`."""
        text = ""
        for weight, body in _terms(self.node):
            sign = self.flavour.minus if weight < 0 else "+" if text else ""
            text += f" {sign} " if text else sign
            text += self.weighted(abs(weight), body, output)
        return text or "0"

    def weighted(self, weight: Fraction, body: Node, output: Sequence[str]) -> str:
        if body.op == "einsum":
            term = self.network(body, output)
        else:
            self.notation.lay_out((body,))
            term = self.factor(body, output)
        if weight == 1:
            return term
        number = str(weight) if weight.denominator == 1 else f"({weight})"
        return number if term == "1" else f"{number}{self.flavour.times}{term}"

    def network(self, node: Node, output: Sequence[str]) -> str:
        """The product of an einsum's entries, behind a sum sign for the wires that are not in the output."""
        self.notation.lay_out(node.args)
        wires, axes, sizes = einsum.parts(node)
        index: dict[int, str] = {}
        factors: list[str] = []
        for wire, name in zip(axes, output, strict=True):
            if index.setdefault(wire, name) != name:
                factors.append(f"{self.flavour.delta}{_listed((index[wire], name))}")
        held = {wire for ends in wires for wire in ends}
        inner = [wire for wire in range(len(sizes)) if wire in held and wire not in index and sizes[wire] != 1]
        index |= {wire: self.indices[len(output) + k] for k, wire in enumerate(inner)}
        bare = [size for wire, size in enumerate(sizes) if wire not in held and wire not in index]
        factors = [flatten(self.notation.operand(self.notation.size(size), POSTFIX)) for size in bare] + factors
        factors += [
            self.factor(factor, [index.get(wire, "1") for wire in ends])
            for factor, ends in zip(node.args, wires, strict=True)
        ]
        term = self.flavour.times.join(factors) or "1"
        return f"{self.flavour.total}{_listed([index[wire] for wire in inner])}({term})" if inner else term

    def factor(self, node: Node, indices: Sequence[str]) -> str:
        """An entry of a factor; a transpose swaps the indices of what it transposes."""
        if node.op == "transpose" and len(node.shape) == 2:
            inner = node.args[0]
            return self.factor(inner, tuple(reversed(indices))[: len(inner.shape)])
        text = flatten(self.notation.operand(self.notation.done[node], POSTFIX))
        return text + _listed(indices) if indices else text


def _terms(node: Node) -> list[tuple[Fraction, Node]]:
    """The weighted terms of a sum, those of sums inside it among them where they have no name as a matrix."""
    pending = [(Fraction(1), node)]
    done: list[tuple[Fraction, Node]] = []
    while pending:
        weight, body = pending.pop()
        if body.op == "sum" and (body is node or len(body.shape) > 2):
            terms = [(weight * own, term) for own, term in terms_of(body)]
            pending.extend(reversed(terms))
        else:
            done.append((weight, body))
    return done


def _listed(indices: Sequence[str]) -> str:
    return f"[{','.join(indices)}]"


def _size_names(node: Node) -> tuple[str, ...]:
    """The names of sizes that are written where `node` is: of a bare wire, of a constant, of a size."""
    sizes = node.shape if node.op == "constant" else node.attrs if node.op == "size" else ()
    if node.op == "einsum":
        wires, output, lengths = einsum.parts(node)
        held = {wire for ends in (*wires, output) for wire in ends}
        sizes = tuple(size for wire, size in enumerate(lengths) if wire not in held)
    return tuple(name for size in sizes if isinstance(size, int | Size) for name in names_of(size))
