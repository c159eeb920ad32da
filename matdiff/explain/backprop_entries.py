"""The gradients of a program of backpropagation entry by entry, as sums over the layers behind: what a textbook writes.

The delta of a layer is put in its place while few sums come of it; beyond that its derivative has a line of its own,
so that no formula is longer for a deeper network.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from matdiff.derive.contract import contract
from matdiff.derive.expand import expand_all
from matdiff.explain.backprop import Line, Program
from matdiff.explain.derivation import Derivation, Section, Step, slope, slope_entry
from matdiff.explain.formula import Entry, Formula, Index, Indices, product, renamed, rewritten, summed, total
from matdiff.explain.naming import Named, Naming
from matdiff.explain.spelling import Speller, outer_letters, proper
from matdiff.explain.substitute import substituted
from matdiff.recognise.fold import recognise
from matdiff.tree import build, einsum
from matdiff.tree.attributes import terms_of
from matdiff.tree.dims import names_of
from matdiff.tree.einsum import Wires
from matdiff.tree.node import Node, Shape
from matdiff.tree.unknown import is_unknown, name_of, places_of, value_shape
from matdiff.tree.walk import postorder, variables_of

MOST_SUMS = 3
LETTERS = "trpskmlhoenavxu"


class Term(NamedTuple):
    """`weight` times factors, summed over the `bound` indices, the outermost first."""

    weight: Fraction
    bound: Indices
    factors: tuple[Formula, ...]

    def formula(self) -> Formula:
        """The term as one formula, its weight in front."""
        if not self.bound:
            return product(self.factors, self.weight)
        return product((summed(self.bound, product(self.factors)),), self.weight)


def page_of_matrices(program: Program) -> Derivation:
    """The program with derivatives by their names, `∇ᵥL`, in the place of deltas."""
    loss = loss_symbol(program)
    names = {line.name: slope(loss, line.of) for line in program.backward if line.of is not None}
    names[program.loss.name] = loss
    steps = [
        Step("definition", names.get(line.name, line.name), substituted(line.value, names)) for line in program.lines
    ]
    return _derivation(program, loss, tuple(steps))


def page_of_entries(program: Program) -> Derivation:
    """The gradients as sums over indices."""
    return _Entries(program).derivation()


def loss_symbol(program: Program) -> Node:
    """What the loss is called: by its own name where it is an unknown function, else L."""
    value = program.loss.value
    taken = {str(node.attrs[0]) for line in program.lines for node in (*variables_of((line.value,)), line.name)}
    is_function = is_unknown(value) and not places_of(value)
    functions = {name_of(node) for node in postorder([line.value for line in program.lines]) if is_unknown(node)}
    names = [name_of(value)] if is_function else [name for name in ("L", "E", "J") if name not in functions]
    return build.variable(next((n for n in names if n not in taken), str(program.loss.name.attrs[0])), ())


def _derivation(program: Program, loss: Node, steps: tuple[Step, ...]) -> Derivation:
    """The steps as a derivation, whose parts are all that has a name."""
    inputs = variables_of(tuple(line.value for line in program.forward))
    named = [Named(node, node) for node in dict.fromkeys((*inputs, *(line.name for line in program.forward[:-1])))]
    naming = Naming((*named, Named(loss, loss)), frozenset())
    first = next(iter(program.gradients), loss)
    return Derivation(program.loss.value, first, program.loss.value, naming, (), (Section("", (), ()),), steps)


class _Entries:
    """The program in index form, with the letters of its indices."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.loss = loss_symbol(program)
        values = tuple(line.value for line in program.backward)
        expanded = expand_all(values)
        forms = contract(tuple(expanded[value] for value in values))
        self.forms = {line.name: form for line, form in zip(program.backward, forms, strict=True)}
        self.of = {line.name: line.of for line in program.backward if line.of is not None}
        names, sizes = self._taken()
        largest = max((len(proper(line.value.shape)) for line in program.backward), default=0)
        self.outer = outer_letters(names, sizes, largest)
        avoided = {*names, *(name.lower() for name in names), *sizes, *self.outer}
        spare = (f"{letter}{number}" for number in range(1, 99) for letter in "trps")
        self.speller = Speller((*(letter for letter in LETTERS if letter not in avoided), *spare))
        self.sums: dict[Node, int] = {}
        self.inlined: set[Node] = set()
        self._choose()

    def _taken(self) -> tuple[set[str], set[str]]:
        order = postorder([line.value for line in self.program.lines])
        names = {str(node.attrs[0]) for node in order if node.op == "var"} | {str(self.loss.attrs[0])}
        sizes = {name for node in order for size in node.shape for name in names_of(size)}
        return names - set(map(_text, self.forms)), sizes

    def _choose(self) -> None:
        """Which deltas are put in their place: single terms, as long as few sums come of them."""
        gradients = set(self.program.gradients.values())
        nested = {name for form in self.forms.values() for name in _nested(form)}
        for line in self.program.backward:
            form = self.forms[line.name]
            own = self._count_sums(form)
            inner = [self.sums[name] for name in variables_of((form,)) if name in self.inlined]
            self.sums[line.name] = own + sum(inner)
            _, body = einsum.unweighted(form)
            holds_delta = any(name in self.forms for name in variables_of((form,)))
            is_plain = body is None or body.op != "sum" or not holds_delta
            is_short = is_plain and self.sums[line.name] <= MOST_SUMS and line.name not in nested
            if line.name not in gradients and (is_short or self._is_own_slope(line)):
                self.inlined.add(line.name)

    def _is_own_slope(self, line: Line) -> bool:
        """Whether a delta is the derivative of an unknown loss by a name, which is written as the delta itself is."""
        form = self.forms[line.name]
        is_of_loss = _is_gradient_by_name(form) and name_of(form) == self.loss.attrs[0]
        return is_of_loss and form.args[places_of(form)[0]] is line.of

    @staticmethod
    def _count_sums(form: Node) -> int:
        _, body = einsum.unweighted(form)
        if body is None or body.op != "einsum":
            return 0
        wires, output, sizes = einsum.parts(body)
        return len({wire for ends in wires for wire in _summed(ends, sizes)} - set(output))

    def derivation(self) -> Derivation:
        """A line for each gradient, and for each delta that has a line of its own."""
        steps = [self.step(line) for line in self.program.backward if line.name not in self.inlined]
        return _derivation(self.program, self.loss, tuple(steps))

    def step(self, line: Line) -> Step:
        """The entry of one derivative."""
        assert line.of is not None
        shape = proper(line.of.shape)
        indices = tuple(Index(letter, size) for letter, size in zip(self.outer, shape, strict=False))
        used = {index.letter for index in indices}
        terms = [self.term(weight, body, indices, used) for weight, body in self.terms(self.forms[line.name])]
        right = total(_from_the_loss(term) for term in terms)
        return Step("definition", slope_entry(self.loss, (), line.of, indices), right)

    def term(self, weight: Fraction, body: Node, indices: Indices, used: set[str]) -> Term:
        """A term of a derivative at these indices; letters of its sums are taken from `used` on."""
        if body.op != "einsum":
            inner = self.factor(body, indices, used)
            return inner._replace(weight=weight * inner.weight)
        wires, output, sizes = einsum.parts(body)
        place: dict[int, Index] = dict(zip(output, indices, strict=True))
        bound: list[Index] = []
        factors: list[Formula] = []
        for factor, ends in self.ordered(body, tuple(_summed(ends, sizes) for ends in wires)):
            fresh = [wire for wire in ends if wire not in place]
            for wire, index in zip(fresh, self.speller.fresh(tuple(sizes[w] for w in fresh), used), strict=True):
                place[wire] = index
                used.add(index.letter)
                bound.append(index)
            inner = self.factor(factor, tuple(place[wire] for wire in ends), used)
            weight *= inner.weight
            bound += inner.bound
            factors.extend(inner.factors)
        bare = [size for wire, size in enumerate(sizes) if size != 1 and wire not in place]
        factors += [Entry(build.size_number(size)) for size in bare]
        return Term(weight, tuple(bound), tuple(factors))

    def factor(self, node: Node, indices: Indices, used: set[str]) -> Term:
        """A factor at its indices: a delta by what it is where that is short, else by its name."""
        if node in self.inlined:
            ((weight, body),) = self.terms(self.forms[node])
            return self.term(weight, body, indices, used)
        if node in self.of:
            by = self.of[node]
            assert by is not None
            return Term(Fraction(1), (), (slope_entry(self.loss, (), by, indices),))
        if node.op == "einsum" and any(name in self.forms for name in variables_of((node,))):
            return self.term(Fraction(1), node, indices, used)
        return self.spelled(node, indices, used)

    def terms(self, form: Node) -> list[tuple[Fraction, Node]]:
        """The terms of a derivative; what has nothing to do with deltas is one, `2*(y - t)`."""
        if any(name in self.forms for name in variables_of((form,))):
            return list(terms_of(form))
        return [_common_weight(form)]

    def spelled(self, node: Node, indices: Indices, used: set[str]) -> Term:
        """A factor that has nothing to do with deltas; the gradient of an unknown loss by a name as ∂L/∂yₜ."""
        if _is_gradient_by_name(node):
            by = node.args[places_of(node)[0]]
            of = build.variable(name_of(node), ())
            return Term(Fraction(1), (), (slope_entry(of, (), by, indices),))
        if node.op == "call":
            return Term(Fraction(1), (), (Entry(recognise((node,))[0], indices),))
        weight, body = _common_weight(node)
        return Term(weight, (), (rewritten(self.speller.spell(body, indices, used), self.by_slope),))

    def by_slope(self, part: Formula) -> Formula:
        """A delta inside a bracket as the derivative that it is."""
        if not isinstance(part, Entry) or part.node not in self.of:
            return part
        by = self.of[part.node]
        assert by is not None
        return slope_entry(self.loss, (), by, part.indices)

    def ordered(self, body: Node, wires: tuple[Wires, ...]) -> Iterator[tuple[Node, Wires]]:
        """The factors from the loss on: what comes from behind, the matrix between, the function's derivative there."""
        pairs = list(zip(body.args, wires, strict=True))
        behind = {wire for node, ends in pairs if self._is_from_behind(node) or len(ends) > 1 for wire in ends}

        def rank(pair: tuple[Node, Wires]) -> tuple[object, ...]:
            node, ends = pair
            place = not self._is_from_behind(node), -len(node.shape), behind.isdisjoint(ends)
            return *place, node.op != "var", node.op == "sum", _text(node)

        yield from sorted(pairs, key=rank)

    def _is_from_behind(self, node: Node) -> bool:
        return any(part in self.forms or _is_gradient_by_name(part) for part in postorder((node,)))


def _summed(ends: Wires, sizes: Shape) -> Wires:
    """The wires that have an index: the one row of a row has none."""
    return tuple(wire for wire in ends if sizes[wire] != 1)


def _from_the_loss(term: Term) -> Formula:
    """The term with the letters of its sums given out from the innermost on, which is the one next to the loss."""
    letters = [index.letter for index in reversed(term.bound)]
    new = {index: index._replace(letter=letter) for index, letter in zip(term.bound, letters, strict=True)}
    return renamed(term.formula(), new)


def _is_gradient_by_name(node: Node) -> bool:
    """Whether a node is the first derivative of an unknown scalar by a name."""
    if node.op != "call" or not is_unknown(node) or value_shape(node):
        return False
    places = places_of(node)
    return len(places) == 1 and node.args[places[0]].op == "var"


def _nested(form: Node) -> set[Node]:
    """The variables that stand inside of something else than a product."""
    inner = [part for part in postorder((form,)) if part.op not in ("einsum", "var") and part is not form]
    return set(variables_of(inner))


def _common_weight(node: Node) -> tuple[Fraction, Node]:
    """`2*y - 2*t` as 2 and `y - t`; of a single term its weight."""
    weights = [weight for weight, _ in terms_of(node)]
    common = abs(weights[0]) if len(weights) > 1 else weights[0] if weights else Fraction(1)
    if not weights or any(abs(weight) != abs(common) for weight in weights):
        return Fraction(1), node
    return common, einsum.total([(weight / common, body) for weight, body in terms_of(node)], node.shape)


def _text(node: Node) -> str:
    return str(node.attrs[0]) if node.op == "var" else node.key.hex()
