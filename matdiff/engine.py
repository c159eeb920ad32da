"""The way from a statement to derivatives in matrix form, one call a line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from matdiff.derive.contract import contract
from matdiff.derive.expand import expand, expand_all
from matdiff.derive.reverse import derivatives
from matdiff.derive.structure import project
from matdiff.errors import Disagreement, NotYet
from matdiff.parsing.read import Interpreted, Scope, Statement, interpret
from matdiff.printing import write
from matdiff.printing.context import Context
from matdiff.recognise.fold import recognise
from matdiff.tree.dims import size_text
from matdiff.tree.node import Node, Shape
from matdiff.verify.compare import Verdict, check_derivative, check_derivatives, check_equal

if TYPE_CHECKING:
    from matdiff.printing.sharing import Shared

EMPTY_SCOPE = Scope()
ORDERS = {"grad": 1, "jacobian": 1, "hessian": 2}


def first_derivatives(value: Node, variables: tuple[Node, ...]) -> tuple[Node, ...]:
    """The derivative of `value` by each variable, in matrix form: the axes of the value, then of the variable."""
    indexed = expand(value)
    swept = derivatives(indexed, variables)
    projected = tuple(project(adjoint, variable) for adjoint, variable in zip(swept, variables, strict=True))
    return recognise(contract(projected))


def second_derivative(value: Node, variable: Node) -> Node:
    """The Hessian of the scalar `value`: the sweep goes over the recognised gradient."""
    return first_derivatives(first_derivatives(value, (variable,))[0], (variable,))[0]


def simplify(value: Node) -> Node:
    """`value` through index form and back: the shortest matrix form that is known."""
    return recognise(contract((expand_all((value,))[value],)))[0]


def differentiate(
    statement: Statement,
    scope: Scope = EMPTY_SCOPE,
    *,
    kind: str = "grad",
    wrt: tuple[str, ...] = (),
    check: bool = True,
) -> tuple[Derivative, ...]:
    """The derivatives of one statement, one for each variable, each checked against the oracle unless told not to.

    Raises a MatdiffError for what cannot be read, has no rule, or where the check disagrees.
    """
    interpreted = interpret(statement, scope, kind, wrt)
    value, variables = interpreted.sides[0], interpreted.wrt
    if ORDERS[kind] == 2:
        answers = tuple(second_derivative(value, variable) for variable in variables)
    else:
        answers = first_derivatives(value, variables)
    verdicts = _verdicts(value, variables, answers, ORDERS[kind]) if check else (None,) * len(answers)
    batch = Batch(kind, statement.source.text, interpreted, answers, verdicts)
    batch.hold_verdicts()
    return tuple(Derivative(batch, position) for position in range(len(answers)))


def compare_sides(statement: Statement, scope: Scope = EMPTY_SCOPE) -> tuple[Verdict, ...]:
    """Whether the sides of an identity are equal, each against the one before it."""
    sides = interpret(statement, scope, "identity").sides
    return tuple(check_equal(left, right) for left, right in pairwise(sides))


def _verdicts(
    value: Node, variables: tuple[Node, ...], answers: tuple[Node, ...], order: int
) -> tuple[Verdict | None, ...]:
    if order == 1:
        return check_derivatives(value, tuple(zip(variables, answers, strict=True)))
    return tuple(check_derivative(value, (v, v), answer) for v, answer in zip(variables, answers, strict=True))


@dataclass(frozen=True)
class Batch:
    """All derivatives of one statement: they share the names of common parts."""

    kind: str
    expression: str
    interpreted: Interpreted
    answers: tuple[Node, ...]
    verdicts: tuple[Verdict | None, ...]

    @cached_property
    def context(self) -> Context:
        """What printing needs to know."""
        return Context(self.interpreted.size_names, self.interpreted.variables)

    @cached_property
    def shared(self) -> Shared:
        """The answers with names for what they share."""
        from matdiff.printing.sharing import share

        taken = {str(variable.attrs[0]) for variable in self.interpreted.variables} | self.interpreted.size_names
        return share(self.answers, frozenset(taken))

    def hold_verdicts(self) -> None:
        """Raise where the oracle did not agree with an answer: nothing wrong or unchecked is ever given out."""
        for answer, verdict in zip(self.answers, self.verdicts, strict=True):
            if verdict is None or verdict.status == "agrees":
                continue
            if verdict.status == "differs":
                raise Disagreement(write.text(answer, self.context), verdict.reason)
            raise NotYet(
                f"the derivative could not be checked: {verdict.reason}", hint="`--no-check` gives it unchecked"
            )


@dataclass(frozen=True)
class Derivative:
    """One derivative: the answer in every format, its shape, and what the check said."""

    batch: Batch
    position: int

    @property
    def node(self) -> Node:
        """The answer as a tree in matrix form."""
        return self.batch.answers[self.position]

    @property
    def variable(self) -> Node:
        """The variable differentiated by."""
        return self.batch.interpreted.wrt[self.position]

    @property
    def expression(self) -> str:
        """The text that was given."""
        return self.batch.expression

    @property
    def kind(self) -> str:
        """`grad`, `jacobian` or `hessian`."""
        return self.batch.kind

    @property
    def order(self) -> int:
        """1, or 2 for a Hessian."""
        return ORDERS[self.kind]

    @property
    def wrt(self) -> str:
        """The name of the variable."""
        return str(self.variable.attrs[0])

    @property
    def result_axes(self) -> Shape:
        """The axes of the value followed by those of the variable, once for each order."""
        return self.batch.interpreted.sides[0].shape + self.variable.shape * self.order

    @property
    def shape(self) -> tuple[str, ...]:
        """The axes of the result, as sizes in words."""
        return tuple(size_text(size) for size in self.result_axes)

    @property
    def shapes(self) -> dict[str, list[str]]:
        """The axes of every variable."""
        variables = self.batch.interpreted.variables
        return {str(v.attrs[0]): [size_text(size) for size in v.shape] for v in variables}

    @cached_property
    def lets(self) -> tuple[tuple[str, str], ...]:
        """The names that the answer uses for its parts, each with its text, in the order of need."""
        return tuple((name, write.text(node, self.batch.context)) for name, node in self._needed_lets)

    @cached_property
    def _needed_lets(self) -> tuple[tuple[str, Node], ...]:
        from matdiff.tree.walk import variables_of

        shared = self.batch.shared
        needed = {str(v.attrs[0]) for v in variables_of((shared.roots[self.position],))}
        kept: list[tuple[str, Node]] = []
        for name, node in reversed(shared.lets):
            if name in needed:
                kept.append((name, node))
                needed.update(str(v.attrs[0]) for v in variables_of((node,)))
        return tuple(reversed(kept))

    @cached_property
    def text(self) -> str:
        """The answer in the expression language, behind the lines of `lets`."""
        return write.text(self.batch.shared.roots[self.position], self.batch.context)

    @cached_property
    def unicode(self) -> str:
        """The answer as people write it by hand."""
        return write.unicode(self.batch.shared.roots[self.position], self.batch.context)

    @cached_property
    def latex(self) -> str:
        """The answer in LaTeX mathematics, without dollars."""
        return write.latex(self.batch.shared.roots[self.position], self.batch.context)

    @cached_property
    def numpy(self) -> str:
        """Python source that needs numpy only and defines `derivative(**variables)`."""
        title = f"{self.kind} {self.expression} wrt {self.wrt}"
        return write.numpy(self.node, self.batch.context, self.result_axes, title)

    @cached_property
    def index_form(self) -> str:
        """The answer entry by entry, for a result of three or more axes; else empty."""
        if len(self.node.shape) < 3:
            return ""
        return write.index_form(self.node, self.batch.context)

    @property
    def json(self) -> str:
        """The record of `as_json` as one line."""
        from json import dumps

        return dumps(self.as_json(), ensure_ascii=False)

    @cached_property
    def function(self) -> Callable[..., object]:
        """The function `derivative(**variables)` that the source in `numpy` defines."""
        module: dict[str, object] = {}
        exec(compile(self.numpy, "<matdiff>", "exec"), module)
        made = module["derivative"]
        assert callable(made)
        return made

    def __call__(self, **variables: object) -> object:
        """The value of the derivative for arrays given by name: scalars floats, vectors 1-D, matrices 2-D."""
        return self.function(**variables)

    def __str__(self) -> str:
        return "\n".join([*(f"let {name} = {text}" for name, text in self.lets), self.text])

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"

    @property
    def check(self) -> str:
        """What the oracle said."""
        verdict = self.batch.verdicts[self.position]
        if verdict is None:
            return "not checked"
        return f"agrees with a numerical derivative at {verdict.points} random points"

    @property
    def assumptions(self) -> tuple[str, ...]:
        """The shapes that were declared or inferred, such as `x ∈ ℝⁿ`."""
        return self.batch.interpreted.assumptions

    @property
    def notes(self) -> tuple[str, ...]:
        """Readings that were chosen among several."""
        return self.batch.interpreted.notes

    def as_json(self) -> dict[str, object]:
        """The derivative as a record that serialises to JSON."""
        return {
            "expr": self.expression,
            "wrt": self.wrt,
            "order": self.order,
            "kind": self.kind,
            "shapes": self.shapes,
            "shape": list(self.shape),
            "text": self.text,
            "lets": [list(pair) for pair in self.lets],
            "latex": self.latex,
            "numpy": self.numpy,
            "index": self.index_form,
            "check": self.check,
            "assumptions": list(self.assumptions),
            "notes": list(self.notes),
        }
