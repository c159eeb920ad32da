"""The derivation by differentials: `df` by the rules of `differentials`, brought to `tr(Gᵀ dX)`, hence the gradient G.

Source: Magnus and Neudecker, Matrix Differential Calculus, chapter 9.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from matdiff.derive.contract import contract
from matdiff.derive.expand import axes_of, expand
from matdiff.derive.reverse import derivatives
from matdiff.errors import NotYet
from matdiff.explain.changes import change_of, differential, moving_nodes, split_weight
from matdiff.explain.derivation import Derivation, Section, Step, slope
from matdiff.explain.differentials import is_short, worked_out
from matdiff.explain.ending import final_steps
from matdiff.explain.linear import Term, is_settled, moved, opened_terms, term_of
from matdiff.explain.naming import Named, Naming, is_row, names_in
from matdiff.explain.parts import parts_of
from matdiff.explain.rows import through_column
from matdiff.explain.substitute import substituted
from matdiff.recognise.fold import recognise
from matdiff.recognise.measure import cost
from matdiff.recognise.transposes import transposed
from matdiff.tree import build
from matdiff.tree.attributes import Weighted, terms_of
from matdiff.tree.node import Node
from matdiff.tree.walk import postorder

FEW_PARTS = 2


def explain_by_matrices(
    value: Node,
    variable: Node,
    answer: Node,
    lets: Iterable[tuple[str, Node]] = (),
    names: Iterable[str] = (),
) -> Derivation:
    """The derivation of `answer`, the derivative of `value` by `variable`, by differentials and traces.

    `lets` are the parts that the user named; `names` may not be taken for anything new. Raises NotYet where a
    function has no differential.
    """
    lets = tuple(lets)
    if is_row(variable):
        return through_column(explain_by_matrices, value, variable, answer, lets, names)
    taken = names_in((value, variable, *(node for _, node in lets)))
    naming = parts_of(value, variable, lets, {*taken, *names})
    _hold_columns(naming)
    author = _Author(value, variable, naming, frozenset(name for name, _ in lets))
    sections = (author.opening(), *author.changes(), author.closing(answer))
    return Derivation(value, variable, answer, naming, (), tuple(s for s in sections if s.steps), (), author.found)


def _hold_columns(naming: Naming) -> None:
    """Refuse a row that the user named and that moves: gradients are columns, and a row with one is no product."""
    moving = (part.variable for part in naming.named if part.is_moving and part is not naming.value)
    row = next((node for node in moving if is_row(node)), None)
    if row is not None:
        name = row.attrs[0]
        raise NotYet(
            f"a derivation by differentials does not go through the row `{name}`",
            hint=f"let `{name}` be a column and transpose it where it stands, or take the way by sums, `--steps`",
        )


class _Author:
    """One derivation while it is written."""

    def __init__(self, value: Node, variable: Node, naming: Naming, kept: frozenset[str]) -> None:
        self.value, self.variable, self.naming, self.kept = value, variable, naming, kept
        self.top = naming.value.variable
        self.start = naming.value.node
        self.gradients: dict[Node, Node] = {}
        self.found: Node | None = None
        place = slope(self.top, variable)
        self.gradient = build.zeros(place.shape)
        self.targets = (
            variable,
            *(part.variable for part in naming.named if part.is_moving and part is not naming.value),
        )

    def opening(self) -> Section:
        """The value and its parts, a bilinear form as a trace with the variable first."""
        steps = [Step("definition", part.variable, part.node) for part in self.naming.named]
        traced = self.as_trace()
        if traced is not None:
            whole, turned = traced
            steps += [Step("scalar_trace", self.top, whole), Step("cyclic", self.top, turned)]
            self.start = turned
        return Section("matrix_form", (self.top,), tuple(steps))

    def as_trace(self) -> tuple[Node, Node] | None:
        """`xᵀ A y` as `tr(xᵀ A y)` and `tr(A y xᵀ)`, where the variable stands in a chain once and not at its ends."""
        _, body = split_weight(self.start)
        scalars, chain = build.split_product(body)
        places = [k for k, factor in enumerate(chain) if self.variable in postorder((factor,))]
        if (
            body is not self.start
            or scalars
            or self.start.shape
            or len(places) != 1
            or len(axes_of(self.variable.shape)) < 2
        ):
            return None
        place = places[0]
        if not 0 < place < len(chain) - 1 or self.variable not in (chain[place], *chain[place].args):
            return None
        turned = build.product(*chain[place:], *chain[:place])
        return build.call("tr", (self.start,), ()), build.call("tr", (turned,), ())

    def changes(self) -> list[Section]:
        """The differential of each part that moves, in the order of need, at last that of the value."""
        sections = []
        known: dict[Node, Node] = {}
        for part in self.naming.named:
            if part is self.naming.value or not part.is_moving:
                continue
            steps = self.worked_out(part.variable, part.node)
            known[change_of(part.variable)] = _right(steps)
            if part.variable.attrs[0] in self.kept:
                steps += self.local_derivative(part, _right(steps))
            sections.append(Section("differential", (part.variable,), tuple(steps)))
        return [*sections, *self.of_value(known)]

    def local_derivative(self, part: Named, current: Node) -> list[Step]:
        """The derivative of a part that the user named by the one vector or number that it is made of, as a matrix."""
        made_of = [target for target in self.targets if target in postorder((part.node,))]
        if len(made_of) != 1 or len(axes_of(part.variable.shape + made_of[0].shape)) > 2:
            return []
        return [Step("identify", slope(part.variable, made_of[0]), self.coefficient(current, change_of(made_of[0])))]

    def worked_out(self, name: Node, meaning: Node) -> list[Step]:
        """`du = d(…) = …`, until no differential but those of names is left."""
        left, current = change_of(name), differential(meaning)
        moving = moving_nodes((meaning,), self.targets)
        if meaning not in moving:
            return [Step("d_zero", left, build.zeros(meaning.shape))]
        steps = [Step("differential", left, current)] if current.op == "call" else []
        while (worked := worked_out(current, moving)) is not None:
            rule, current = worked
            steps.append(Step(rule, left, current))
        has_value = name is not self.top and meaning.op in ("map", "call")
        shorter = substituted(current, {meaning: name}) if has_value else current
        steps += [Step("value", left, shorter)] if shorter is not current else []
        return steps or [Step("differential", left, current)]

    def of_value(self, known: Mapping[Node, Node]) -> list[Section]:
        """`df` to its last form, through the parts from the last to the first."""
        left = change_of(self.top)
        steps = self.worked_out(self.top, self.start)
        steps += self.brought_forward(left, _right(steps))
        sections = []
        kind: str = "differential"
        subject: tuple[Node, ...] = (self.top,)
        for part in reversed(self.naming.named[:-1]):
            change = change_of(part.variable)
            current = _right(steps)
            if not part.is_moving or change not in postorder((current,)):
                continue
            if self.may_have_gradient(part):
                derivative = self.coefficient(current, change)
                is_kept = part.variable.attrs[0] in self.kept
                if is_kept or len(self.naming.named) > FEW_PARTS + 1 or not is_short(derivative):
                    gradient, current = self.with_gradient(part, current, derivative)
                    sections.append(Section(kind, subject, (*steps, gradient)))
                    kind, subject, steps = "differential_through", (self.top, part.variable), []
            current = substituted(current, {change: known[change]})
            steps.append(Step("put_in", left, current))
            steps += self.brought_forward(left, current)
        steps += self.in_standard_form(left, _right(steps))
        return [*sections, Section(kind, subject, tuple(steps))]

    def in_standard_form(self, left: Node, current: Node) -> list[Step]:
        """The differential as `gᵀ dx`, `tr(Gᵀ dX)` or `J dx`, where there is such a form; notes the derivative."""
        change, shape = change_of(self.variable), self.top.shape
        if not opened_terms(current):
            return []
        self.gradient = self.coefficient(current, change)
        ended = _applied(self.gradient, change, shape) if len(axes_of(shape + change.shape)) <= 2 else current
        forms = ("form_scalar", "form_vector", "form_trace")
        rule = "form_jacobian" if shape else forms[len(axes_of(change.shape))]
        return [] if is_same_writing(ended, current) else [Step(rule, left, ended)]

    def may_have_gradient(self, part: Named) -> bool:
        """Whether the derivative by a part is at most a matrix, which may have a name."""
        return len(axes_of(self.top.shape)) + len(axes_of(part.variable.shape)) <= 2

    def with_gradient(self, part: Named, current: Node, derivative: Node) -> tuple[Step, Node]:
        """The derivative by a part as a step of its own, and the differential with its name."""
        change = change_of(part.variable)
        place = slope(self.top, part.variable)
        self.gradients[place] = derivative
        others = [(w, t) for w, t in opened_terms(current) if change not in postorder((t,))]
        own = _applied(place, change, self.top.shape)
        return Step("identify", place, derivative), build.total([(1, own), *others])

    def coefficient(self, current: Node, change: Node) -> Node:
        """The derivative that a differential says, in matrix form."""
        plain = build.variable("(0)", change.shape)
        terms = [pair for pair in opened_terms(current) if change in postorder((pair[1],))]
        linear = substituted(build.total(terms), {change: plain})
        return recognise(contract((derivatives(expand(linear), (plain,))[0],)))[0]

    def brought_forward(self, left: Node, start: Node) -> list[Step]:
        """The differential term by term, each change moved to its end, and the terms with one change together."""
        pairs = opened_terms(start)
        if not pairs:
            return []
        terms = [term_of(pair) for pair in pairs]
        history = [("terms" if len(terms) > 1 else "numbers_first", terms)]
        if len(axes_of(self.top.shape)) < 2:
            history += moved(terms, self.top.shape)
        current, steps = start, []
        for rule, terms in history:
            written = build.total(term.node() for term in terms)
            if not is_same_writing(written, current):
                steps.append(Step(rule, left, written))
                current = written
        for rule, written in self.gathered(history[-1][1]):
            if written is not current:
                steps.append(Step(rule, left, written))
                current = written
        return steps

    def gathered(self, terms: list[Term]) -> list[tuple[str, Node]]:
        """Equal terms as one, and what stands before one change in one bracket."""
        alike: dict[Node, Fraction] = {}
        for term in terms:
            weight, node = term.node()
            alike[node] = alike.get(node, Fraction(0)) + weight
        kept = [(weight, node) for node, weight in alike.items() if weight]
        zero = build.zeros(self.top.shape)
        found = [("like_terms", build.total(kept) if kept else zero)] if len(kept) < len(terms) else []
        if not kept:
            return found
        groups: dict[Node, list[Term]] = {}
        for pair in kept:
            term = term_of(pair)
            groups.setdefault(term.change, []).append(term)
        joined = [pair for change, group in groups.items() for pair in self.joined(change, group)]
        return [*found, ("common_change", build.total(joined))] if len(joined) < len(kept) else found

    def joined(self, change: Node, terms: list[Term]) -> list[Weighted]:
        """The terms with one change as one term, where all of them are settled."""
        if len(terms) < 2 or not all(is_settled(term, self.top.shape) for term in terms):
            return [term.node() for term in terms]
        before = build.total(term.coefficient() for term in terms)
        body = build.product(before, change)
        return [(Fraction(1), build.call("tr", (body,), ()) if body.shape and not self.top.shape else body)]

    def closing(self, answer: Node) -> Section:
        """The derivative that the differential says, every name put in, as the answer has it."""
        place = slope(self.top, self.variable)
        rule = "identify" if len(axes_of(place.shape)) <= 2 else "coefficients"
        more, self.found = final_steps(place, self.gradient, answer, self.variable, self.substitutions())
        return Section("gradient", (self.top, self.variable), (Step(rule, place, self.gradient), *more))

    def substitutions(self) -> list[tuple[str, dict[Node, Node]]]:
        """What is put in for names: first the gradients, then the named parts."""
        gradients: dict[Node, Node] = {}
        for place, meaning in self.gradients.items():
            gradients[place] = substituted(meaning, gradients)
        meanings: dict[Node, Node] = {}
        for part in self.naming.named[:-1]:
            meanings[part.variable] = substituted(part.node, meanings)
        return [("substitute_gradient", gradients), ("substitute_name", meanings)]


def is_same_writing(left: Node, right: Node) -> bool:
    """Whether two sums differ in nothing but the order of scalar factors, which the notation settles."""
    return _ordered(left) == _ordered(right)


def _ordered(node: Node) -> list[object]:
    found: list[object] = []
    for weight, term in terms_of(node):
        scalars, chain = build.split_product(term)
        found.append((weight, sorted(scalar.key for scalar in scalars), chain))
    return found


def _right(steps: list[Step]) -> Node:
    right = steps[-1].right
    assert isinstance(right, Node)
    return right


def _applied(derivative: Node, change: Node, shape: tuple[object, ...]) -> Node:
    """`Gᵀ dx`, `tr(Gᵀ dX)` or `J dx`."""
    if not change.shape:
        return build.product(derivative, change)
    if shape:
        return build.product(derivative, change)
    weight, body = split_weight(derivative)
    turned = transposed(body)
    whole = build.product(turned if cost(turned) <= cost(body) else build.transpose(body), change)
    return build.total([(weight, build.call("tr", (whole,), ()) if whole.shape else whole)])
