"""What `differentiate` gives: the derivatives of one statement, in every format and form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from matdiff.derive.expand import axes_of
from matdiff.derive.structure import structure_of
from matdiff.errors import Disagreement, MatdiffError, NotYet
from matdiff.forms import differential_of, directional_derivative, kronecker
from matdiff.parsing.read import Interpreted
from matdiff.printing import write
from matdiff.printing.context import Context
from matdiff.tree import build
from matdiff.tree.dims import size_text
from matdiff.tree.node import Node, Shape
from matdiff.verify.compare import Verdict, check_directional

if TYPE_CHECKING:
    from matdiff.printing.sharing import Shared

ORDERS = {"grad": 1, "jacobian": 1, "hessian": 2}
LETTERS_OF_VALUES = "FGHUVZ"
CONVENTIONS = {
    "project": "within the structure",
    "entries": "by the free entries",
    "free": "as if there were no structure",
}


class Options(NamedTuple):
    """What changes a result beside the statement itself.

    `directions` are expressions, one for each variable; `layout` is `mixed`, `numerator` or `denominator`;
    `structured` is the convention for structured variables: `project`, `entries` or `free`.
    """

    check: bool = True
    directions: tuple[str, ...] = ()
    layout: str = "mixed"
    structured: str = "project"


class Answer(NamedTuple):
    """One derivative as a tree in matrix form, with its axes, the first `lead` of them on the side of the value.

    `wrt` names the variables. `base` is what was differentiated last (the value, or its gradient), `variable` by what,
    and `plain` the result before it was laid out; for a derivative along a direction there is no variable.
    """

    node: Node
    wrt: str
    axes: Shape
    lead: int
    verdict: Verdict | None
    base: Node
    plain: Node
    variable: Node | None = None


@dataclass(frozen=True)
class Batch:
    """All derivatives of one statement: they share the names of common parts."""

    kind: str
    expression: str
    interpreted: Interpreted
    answers: tuple[Answer, ...]
    layout: str = "mixed"

    @cached_property
    def context(self) -> Context:
        """What printing needs to know."""
        return Context(self.interpreted.size_names, self.interpreted.variables)

    @cached_property
    def shared(self) -> Shared:
        """The answers with names for what they share."""
        from matdiff.printing.sharing import share

        return share(tuple(answer.node for answer in self.answers), self.taken_names)

    @property
    def taken_names(self) -> frozenset[str]:
        """The names that mean something in the statement."""
        variables = (*self.interpreted.variables, *self.interpreted.wrt)
        return frozenset(str(variable.attrs[0]) for variable in variables) | self.interpreted.size_names

    def code(
        self,
        language: str,
        answers: tuple[Answer, ...] = (),
        *,
        name: str = "",
        has_value: bool = False,
        sizes: tuple[tuple[str, int], ...] = (),
    ) -> str:
        """Source of one function that gives these answers, all unless told otherwise."""
        from matdiff.programs import Generation, Wanted, source

        chosen = answers or self.answers
        wanted = tuple(Wanted(answer.wrt, answer.node, answer.axes, answer.base) for answer in chosen)
        ask = Generation(name, has_value, sizes)
        return source(language, self.kind, self.interpreted, self.expression, wanted, ask)

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """What has to hold for the derivatives, beside what is declared: `x is not zero`."""
        from matdiff.conditions.domains import conditions_of

        return conditions_of(self.interpreted.sides, self.interpreted.wrt, self.context)

    def name_of_change(self, shape: Shape) -> str:
        """What the change of a value of this shape is called: `dF` for a matrix, else `df`; of gradients `dG`, `dg`."""
        free = LETTERS_OF_VALUES[ORDERS.get(self.kind, 1) - 1 :]
        letters = free if len(axes_of(shape)) > 1 else free.lower()
        return "d" + next((letter for letter in letters if letter not in self.taken_names), letters[0])

    def hold_verdicts(self) -> None:
        """Raise where the oracle did not agree with an answer: nothing wrong or unchecked is ever given out."""
        for answer in self.answers:
            verdict = answer.verdict
            if verdict is None or verdict.status == "agrees":
                continue
            if verdict.status == "differs":
                raise Disagreement(write.text(answer.node, self.context), verdict.reason)
            known = f"it holds where {', '.join(self.conditions)}; " if self.conditions else ""
            raise NotYet(
                f"the derivative could not be checked: {verdict.reason}",
                hint=f"{known}`--no-check` gives it unchecked",
            )


@dataclass(frozen=True)
class Derivative(write.Formula):
    """One derivative: the answer in every format, its shape, and what the check said."""

    batch: Batch
    position: int

    @property
    def answer(self) -> Answer:
        """The answer as a record."""
        return self.batch.answers[self.position]

    @property
    def node(self) -> Node:
        """The answer as a tree in matrix form."""
        return self.answer.node

    @property
    def expression(self) -> str:
        """The text that was given."""
        return self.batch.expression

    @property
    def kind(self) -> str:
        """`grad`, `jacobian`, `hessian` or `differential`."""
        return self.batch.kind

    @property
    def order(self) -> int:
        """1, or 2 for a Hessian."""
        return ORDERS.get(self.kind, 1)

    @property
    def wrt(self) -> str:
        """The name of the variable; of a mixed second derivative both: `x,y`."""
        return self.answer.wrt

    @property
    def result_axes(self) -> Shape:
        """The axes of the value followed by those of each variable, unless another layout was asked for."""
        return self.answer.axes

    @property
    def layout(self) -> str:
        """`mixed`, `numerator` or `denominator`."""
        return self.batch.layout

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

    def formula(self) -> tuple[Node, Context]:
        """The answer behind the lines of `lets` as a tree, and what printing needs to know."""
        return self.batch.shared.roots[self.position], self.batch.context

    @cached_property
    def numpy(self) -> str:
        """Python source that needs numpy only and defines `derivative`, a function of the variables by name."""
        return self.code("numpy")

    @cached_property
    def sympy(self) -> str:
        """Python source that makes the derivative as a SymPy expression, called `derivative`."""
        return self.code("sympy")

    def code(
        self, language: str, *, name: str = "", has_value: bool = False, sizes: tuple[tuple[str, int], ...] = ()
    ) -> str:
        """Source of a function in `numpy`, `jax`, `torch` or `matlab`, or of an expression in `sympy`.

        `name` is that of the function. With `has_value` it gives the value as well, in front. `sizes`, pairs of
        a named size and a number, say which order of products is cheapest. In `sympy` each value has a name, and there
        is no function: a name for several values and `sizes` raise `UnreadableText`.

        Raises `NoSpelling` for a function that the language has not.
        """
        return self.batch.code(language, (self.answer,), name=name, has_value=has_value, sizes=sizes)

    @cached_property
    def index_form(self) -> str:
        """The answer entry by entry, for a result of three or more axes; else empty."""
        if len(self.node.shape) < 3:
            return ""
        return write.index_form(self._named(self.node), self.batch.context)

    @cached_property
    def kronecker(self) -> str:
        """∂vec F/∂vec X' for a result of three or more axes, where such a form is known and confirmed; else empty."""
        matrix = kronecker(self.node, self.answer.lead)
        return "" if matrix is None else write.text(self._named(matrix), self.batch.context)

    @cached_property
    def differential(self) -> str:
        """What a small change of the variable does: `dF = A*dX*B`; of a Hessian the change of the gradient.

        Empty for a derivative along a direction, and where it could not be confirmed.
        """
        if self.kind == "differential":
            return f"{self.change_name} = {self.text}"
        change = self._change()
        return "" if change is None else f"{self.change_name} = {write.text(self._named(change), self.batch.context)}"

    @property
    def change_name(self) -> str:
        """The left side of the differential: `dF` for a matrix, `df` for a vector or a scalar."""
        return self.batch.name_of_change(self.answer.base.shape)

    def _change(self) -> Node | None:
        base, variable = self.answer.base, self.answer.variable
        if variable is None:
            return None
        direction = differential_of(variable, self.batch.taken_names)
        derivative = (self.answer.plain,) if len(axes_of(base.shape)) < 2 else ()
        try:
            change = directional_derivative(base, (variable,), (direction,), derivative)
        except MatdiffError:
            return None
        return change if check_directional(base, ((variable, direction),), change).status == "agrees" else None

    def _named(self, node: Node) -> Node:
        """Another form of the answer, with the names of `lets`."""
        return self.batch.shared.named(node, [name for name, _ in self._needed_lets])

    @property
    def json(self) -> str:
        """The record of `as_json` as one line."""
        from json import dumps

        return dumps(self.as_json(), ensure_ascii=False)

    @cached_property
    def function(self) -> Callable[..., object]:
        """The function `derivative(**variables)` that the source in `numpy` defines."""
        from matdiff.programs import loaded

        return loaded(self.numpy, "derivative")

    def __call__(self, **variables: object) -> object:
        """The value of the derivative for arrays given by name: scalars floats, vectors 1-D, matrices 2-D."""
        return self.function(**variables)

    def __str__(self) -> str:
        text = self.differential if self.kind == "differential" else self.text
        return "\n".join([*(f"let {name} = {text}" for name, text in self.lets), text])

    def _repr_latex_(self) -> str:
        if not self.lets:
            return f"$\\displaystyle {self.latex}$"
        context = self.batch.context
        names = [(build.variable(name, node.shape), node) for name, node in self._needed_lets]
        lines = [f"{write.latex(name, context)} &= {write.latex(node, context)}" for name, node in names]
        return "$\\begin{aligned} " + r" \\ ".join([*lines, f"& {self.latex}"]) + " \\end{aligned}$"

    @property
    def check(self) -> str:
        """What the oracle said."""
        verdict = self.answer.verdict
        if verdict is None:
            return "not checked"
        return f"agrees with a numerical derivative at {verdict.points} random points"

    @property
    def convention(self) -> str:
        """What the derivative by a structured variable is, with the word for it; empty where there is no structure."""
        structured = self.batch.interpreted.structured
        is_concerned = self.kind != "differential" and any(map(structure_of, self.batch.interpreted.wrt))
        return f"{CONVENTIONS[structured]} (structured {structured})" if is_concerned or structured == "free" else ""

    @property
    def assumptions(self) -> tuple[str, ...]:
        """The shapes that were declared or inferred, such as `x ∈ ℝⁿ`."""
        return self.batch.interpreted.assumptions

    @property
    def conditions(self) -> tuple[str, ...]:
        """What has to hold for the answer, beside what is declared: `x is not zero`, `A is invertible`."""
        return self.batch.conditions

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
            "kronecker": self.kronecker,
            "differential": self.differential,
            "layout": self.layout,
            "structured": self.convention,
            "check": self.check,
            "assumptions": list(self.assumptions),
            "conditions": list(self.conditions),
            "notes": list(self.notes),
        }
