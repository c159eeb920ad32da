"""From a value, a variable and the answer to the derivation: section after section, from the value to the variable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from matdiff.derive.contract import contract
from matdiff.derive.structure import structure_of
from matdiff.explain.changes import split_weight
from matdiff.explain.collapse import collapsed, flattened, terms_of
from matdiff.explain.definitions import definition_of, through_value
from matdiff.explain.derivation import (
    SLOPE_SIGN,
    Derivation,
    Section,
    Setting,
    Step,
    setting_of,
    slope,
    slope_entry,
    slope_names,
)
from matdiff.explain.differentiate import PASSES, differentiate_function, moving_part
from matdiff.explain.ending import final_steps
from matdiff.explain.entry_form import entry_form
from matdiff.explain.formula import (
    ONE,
    Delta,
    Entry,
    Formula,
    Indices,
    Partial,
    Sum,
    has_delta,
    parts,
    product,
    rewritten,
    summed,
    total,
)
from matdiff.explain.naming import Named, is_row
from matdiff.explain.rows import through_column
from matdiff.explain.spelling import node_of
from matdiff.explain.substitute import substituted
from matdiff.explain.tidying import name_of_tidying
from matdiff.recognise.fold import recognise
from matdiff.tree import build
from matdiff.tree.attributes import Weighted, weights_of
from matdiff.tree.node import Node
from matdiff.tree.walk import postorder

LARGEST_MATRIX = 2


def explain(
    value: Node,
    variable: Node,
    answer: Node,
    lets: Iterable[tuple[str, Node]] = (),
    names: Iterable[str] = (),
) -> Derivation:
    """The derivation of `answer`, the derivative of `value` by `variable`, by sums over indices.

    `lets` are the parts that the user named; `names` may not be taken for anything new.
    """
    lets = tuple(lets)
    if is_row(variable):
        return through_column(explain, value, variable, answer, lets, names)
    setting = setting_of(value, variable, lets, names)
    author = _Author(setting)
    sections = [author.index_form(), author.function()]
    moving = [named.variable for named in setting.naming.named[:-1] if named.is_moving]
    for target in (*reversed(moving), variable):
        sections.extend(author.by(target))
    sections.append(author.result(answer))
    return Derivation(
        value,
        variable,
        answer,
        setting.naming,
        setting.outer,
        tuple(s for s in sections if s.steps),
        entry_form(setting, author.entries, {name for name, _ in lets}),
        author.found,
    )


class _Author:
    """One derivation while it is written; `matrices` are the derivatives that are known in matrix form."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.matrices: dict[Node, Node] = {}
        self.entries: list[Step] = []
        self.found: Node | None = None
        self.goal = slope(setting.naming.value.variable, setting.variable)

    def index_form(self) -> Section:
        """What each named part is, and its entry written out."""
        steps = []
        for named in self.setting.naming.named:
            whole = self.setting.value if named is self.setting.naming.value else None
            is_plain = len(self.setting.naming.named) == 1
            shown = whole if is_plain and whole else recognise((named.node,))[0]
            steps.append(Step("definition", named.variable, shown))
            left, entry = Entry(named.variable, self.setting.indices_of(named)), self.setting.formula(named)
            has_sum = any(isinstance(part, Sum) for part in parts(entry))
            if has_sum or (left.indices and entry != Entry(shown, left.indices)):
                steps.append(Step("index_form" if has_sum else "entries", left, entry))
        return Section("index_form", (self.setting.naming.value.variable,), tuple(steps))

    def function(self) -> Section:
        """The derivative of a scalar function by its definition, where the value is that function of the variable."""
        value = self.setting.formula(self.setting.naming.value)
        definition = definition_of(value, self.setting.variable)
        if definition is None:
            return Section("function", (), ())
        left = Partial(value, self.setting.variable, ())
        steps = self.worked_out(left, replace(left, body=definition), [Step("function", value, definition)])
        steps += [Step(rule, left, form) for rule, form in through_value(value, definition, _formula_of(steps[-1]))]
        in_value = differentiate_function(left, self.setting.speller.spell)
        found = rewritten(in_value, lambda part: ONE if isinstance(part, Partial) else part)
        return Section("function", (self.setting.naming.value.variable,), (*steps, Step("value_form", left, found)))

    def by(self, target: Node) -> Iterator[Section]:
        """The derivative of the value by a named part or the variable: first the factors of the chain rule."""
        value = self.setting.naming.value
        consumers = self.setting.naming.consumers(target)
        indices = self.setting.target(target)
        left = slope_entry(value.variable, self.setting.lead, target, indices)
        links: dict[Entry, Formula] = {}
        terms: list[Formula] = []
        direct = Partial(self.setting.formula(value), target, indices)
        for consumer in consumers:
            if consumer is value:
                continue
            own = self.setting.indices_of(consumer)
            link = slope_entry(consumer.variable, own, target, indices)
            section, links[link] = self.local(consumer, target, link)
            yield section
            outer = slope_entry(value.variable, self.setting.lead, consumer.variable, own)
            terms.append(summed(own, product((outer, link))))
        if value in consumers:
            terms.append(replace(direct, body=moving_part(direct.body, target)) if terms else direct)
        steps = self.chain(left, total(terms), links)
        yield Section("by", (value.variable, target), tuple(steps))

    def local(self, consumer: Named, target: Node, link: Entry) -> tuple[Section, Formula]:
        """The derivative of one named part by what it is made of."""
        start = Partial(self.setting.formula(consumer), target, self.setting.target(target))
        steps = self.worked_out(link, start, [Step("apply", link, start)])
        found = _formula_of(steps[-1])
        steps += self.recognised(link, found)
        return Section("local", (consumer.variable, target), tuple(steps)), found

    def chain(self, left: Entry, start: Formula, links: dict[Entry, Formula]) -> list[Step]:
        """The derivative of the value by one name, to its matrix form."""
        steps = [Step("paths" if links else "apply", left, start)]
        filled = rewritten(start, lambda part: links.get(part, part) if isinstance(part, Entry) else part)
        if filled != start:
            filled = flattened(filled)
            steps.append(Step("substitute_factor", left, filled))
        steps = self.worked_out(left, filled, steps)
        found = _formula_of(steps[-1])
        self.entries.append(Step("entries", left, found))
        is_only_path = len(links) == 1 and isinstance(start, Sum)
        return steps + self.recognised(left, found, next(iter(links)) if is_only_path else None)

    def worked_out(self, left: Formula, start: Formula, steps: list[Step]) -> list[Step]:
        """`steps` and those that follow until no derivative and no needless delta is left."""
        current = start
        while any(isinstance(part, Partial) for part in parts(current)):
            for rule, change in PASSES:
                changed = change(current, self.setting.speller)
                if changed != current:
                    is_unit = rule == "delta" and not has_delta(changed)
                    steps.append(Step("unit" if is_unit else rule, left, changed))
                    current = changed
                    break
            else:
                raise AssertionError(f"no rule takes the derivative further: {current}")
        changed = collapsed(current)
        if changed != current:
            steps.append(Step("collapse" if has_delta(current) else "linear", left, changed))
        short = rewritten(changed, self.setting.by_name)
        return [*steps, Step("value", left, short)] if short != changed else steps

    def recognised(self, left: Entry, found: Formula, link: Entry | None = None) -> list[Step]:
        """Each term as an entry of a matrix product, the terms together, and the whole as a matrix.

        Where the chain rule went through one `link` between vectors, it is shown for matrices as well.
        """
        output = left.indices
        if len(output) > LARGEST_MATRIX:
            self.matrices[left.node] = whole = _in_matrix_form(found, output)
            return [Step("matrix", left.node, whole)] if left.node is self.goal else []
        plain = [term.formula() for term in terms_of(found)]
        terms = [_recognised_term(term, output) for term in plain]
        whole = _in_matrix_form(found, output)
        self.matrices[left.node] = whole
        steps = []
        entries = total(terms)
        is_new = bool(output) and terms != plain
        if is_new:
            steps.append(Step("recognise", left, entries))
        joined = _as_entry(whole, output)
        if is_new and len(terms) > 1 and joined != entries and not _is_index_form(whole):
            rule = name_of_tidying(build.total(_matrix_of(term, output) for term in terms), whole)
            steps += [] if rule == "tidy" else [Step(rule, left, joined)]
        chained = _chain_of_vectors(left, link, len(self.setting.lead)) if link else None
        steps += [Step("chain_matrix", left.node, chained)] if chained else []
        if not output and len(terms) == 1 and left.node is not self.goal:
            return steps
        return [*steps, Step("matrix" if output else "tidy", left.node, whole)]

    def result(self, answer: Node) -> Section:
        """The derivative by the variable with every name put in, as the answer has it."""
        place, variable = self.goal, self.setting.variable
        known = self.matrices.get(place)
        if known is None:
            return Section("tidy", (), ())
        steps, self.found = final_steps(place, known, answer, variable, self.substitutions())
        rules = {step.rule for step in steps}
        is_named = not rules.isdisjoint(("substitute_gradient", "substitute_name"))
        kind = "result" if is_named else "structure" if structure_of(variable) else "tidy"
        return Section(kind, (self.setting.naming.value.variable, variable), tuple(steps))

    def substitutions(self) -> Iterator[tuple[str, dict[Node, Node]]]:
        """What is put in for names: first the gradients, then the named parts."""
        gradients: dict[Node, Node] = {}
        value = self.setting.naming.value.variable
        for named in reversed(self.setting.naming.named[:-1]):
            place = slope(value, named.variable)
            if place in self.matrices:
                gradients[place] = substituted(self.matrices[place], gradients)
        yield "substitute_gradient", gradients
        meanings: dict[Node, Node] = {}
        for named in self.setting.naming.named[:-1]:
            meanings[named.variable] = substituted(recognise((named.node,))[0], meanings)
        yield "substitute_name", meanings


def _chain_of_vectors(left: Entry, link: Entry, lead: int) -> Node | None:
    """`J.T*g` or `G*J` for the link with the matrix J, where all is vectors; `lead` axes are the value's."""
    if len(left.indices) != lead + 1 or lead > 1 or len(link.indices) != LARGEST_MATRIX:
        return None
    of, consumer = slope_names(left.node)[0], slope_names(link.node)[0]
    outer = build.variable(f"{of}{SLOPE_SIGN}{consumer}", (*left.node.shape[:lead], link.node.shape[0]))
    return build.product(outer, link.node) if lead else build.product(build.transpose(link.node), outer)


def _formula_of(step: Step) -> Formula:
    assert not isinstance(step.right, Node)
    return step.right


def _in_matrix_form(formula: Formula, output: Indices) -> Node:
    return recognise(contract((node_of(formula, output),)))[0]


def _recognised_term(term: Formula, output: Indices) -> Formula:
    """The term as an entry of a matrix; as it is where that says nothing new or matrix notation cannot say it."""
    node = _in_matrix_form(term, output)
    has_sign = any(isinstance(part, Sum | Delta) for part in parts(term))
    is_plain = node.op == "constant" or not (has_sign or len(output) > 1)
    return term if is_plain or _is_index_form(node) else _as_entry(node, output)


def _is_index_form(node: Node) -> bool:
    return any(part.op == "einsum" for part in postorder((node,)))


def _as_entry(node: Node, output: Indices) -> Formula:
    if node.op == "sum" and len(node.args) == 1:
        return product((Entry(node.args[0], output),), weights_of(node)[0])
    return Entry(node, output)


def _matrix_of(term: Formula, output: Indices) -> Weighted:
    node = _in_matrix_form(term, output)
    return split_weight(node)
