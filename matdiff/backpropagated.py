"""What `backprop` gives: the program of a loss and its gradients, in every format, and entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from json import dumps

from matdiff.conditions.domains import conditions_of
from matdiff.errors import Disagreement, NotYet
from matdiff.explain.backprop import Program, backpropagate
from matdiff.parsing.read import Interpreted, Scope, Statement, interpret
from matdiff.printing import write
from matdiff.printing.context import Context
from matdiff.printing.program.function import function_of_lines
from matdiff.programs import loaded, program_and_version
from matdiff.tree.node import Node
from matdiff.tree.walk import variables_of
from matdiff.verify.compare import check_derivatives

PAGES = ("unicode", "latex", "markdown", "html", "json")
FUNCTION = "value_and_grad"
FORMATS = ("text", *PAGES, *write.LANGUAGES)


@dataclass(frozen=True)
class Backprop:
    """Forward values, the loss, deltas from the last layer to the first, and gradients, each made of what is above."""

    program: Program
    interpreted: Interpreted
    is_checked: bool = True

    @cached_property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """Each line as a name and its text in the expression language."""
        context = Context(self.interpreted.size_names, self.interpreted.variables)
        return tuple((_text(line.name), write.text(line.value, context)) for line in self.program.lines)

    @cached_property
    def text(self) -> str:
        """The program, a line for each name."""
        return "\n".join(f"{name} = {text}" for name, text in self.lines)

    @property
    def gradients(self) -> dict[str, str]:
        """The line of the gradient by each parameter."""
        texts = dict(self.lines)
        return {_text(v): texts[_text(name)] for v, name in self.program.gradients.items()}

    @property
    def assumptions(self) -> tuple[str, ...]:
        """The shapes that were declared or inferred, such as `x ∈ ℝⁿ`."""
        return self.interpreted.assumptions

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """What has to hold for the gradients, beside what is declared, in the names of the program."""
        values = (*(node for _, node in self.interpreted.lets), self.interpreted.sides[0])
        context = Context(self.interpreted.size_names, self.interpreted.variables)
        return conditions_of(values, variables_of(values), context)

    @property
    def notes(self) -> tuple[str, ...]:
        """Readings that were chosen among several."""
        return self.interpreted.notes

    def code(self, language: str) -> str:
        """A program of this language, one function `value_and_grad` that gives the loss and all gradients."""
        lines = tuple((_text(line.name), line.value) for line in self.program.lines)
        loss = _text(self.program.loss.name)
        gradients = {_text(variable): _text(name) for variable, name in self.program.gradients.items()}
        title = f"backprop {dict(self.lines)[loss]} wrt {', '.join(gradients)}"
        function = function_of_lines(lines, (loss, *gradients.values()), title, self.interpreted.variables)
        notes = (*(f"holds where {condition}" for condition in self.conditions), f"made by {program_and_version()}")
        asked = function._replace(name=FUNCTION, groups=(1, len(gradients)), notes=notes)
        return write.code(asked, language).rstrip("\n")

    @property
    def numpy(self) -> str:
        """Python source that needs numpy only and defines `value_and_grad`."""
        return self.code("numpy")

    @cached_property
    def function(self) -> Callable[..., object]:
        """The function `value_and_grad` that the source in `numpy` defines."""
        return loaded(self.numpy, FUNCTION)

    def __call__(self, **variables: object) -> object:
        """The loss and its gradients for arrays given by name: scalars floats, vectors 1-D, matrices 2-D."""
        return self.function(**variables)

    def page(self, form: str, by_entries: bool = False) -> str:
        """The program as people write it in one of `PAGES`, with `by_entries` its gradients as sums over indices.

        Derivatives are called `∇ᵥL` and `∂L/∂vᵢ` there, and not by names of the language.
        """
        from matdiff.explain.backprop_entries import page_of_entries, page_of_matrices
        from matdiff.explain.page import Page
        from matdiff.explain.wording.catalogue import wording_for

        derivation = (page_of_entries if by_entries else page_of_matrices)(self.program)
        page = Page((derivation,), self.text, self.assumptions, wording_for("en"))
        writer = import_module(f"matdiff.explain.formats.{'text' if form == 'unicode' else form}")
        written: str = (writer.write_program if form in ("latex", "markdown") else writer.write_entries)(page)
        return written

    @property
    def unicode(self) -> str:
        """The program as people write it by hand."""
        return self.page("unicode")

    @property
    def latex(self) -> str:
        """The program as a LaTeX document."""
        return self.page("latex")

    @property
    def entries(self) -> str:
        """The gradients entry by entry, as sums over indices."""
        return self.page("unicode", by_entries=True)

    def write(self, form: str, by_entries: bool = False) -> str:
        """The program in one of `FORMATS`; entry by entry there is no code."""
        if by_entries:
            return self.page("unicode" if form == "text" else form, by_entries)
        if form == "json":
            return dumps(dict(self.lines), ensure_ascii=False)
        if form in write.LANGUAGES:
            return self.code(form)
        return self.text if form == "text" else self.page(form)

    def __str__(self) -> str:
        return self.text


def backprop(statement: Statement, scope: Scope, wrt: tuple[str, ...] = (), check: bool = True) -> Backprop:
    """The program of the loss at the end of a script, by every variable that its values are made of or by those named.

    Raises a MatdiffError for what cannot be read or has no rule, and where a gradient disagrees with numbers.
    """
    names = wrt or _parameter_names(interpret(statement, scope))
    given = interpret(statement, scope, "grad", names, keeps_names=True)
    program = backpropagate(given.sides[0], given.lets, given.wrt)
    if check:
        hold(program)
    return Backprop(program, given, check)


def _parameter_names(given: Interpreted) -> tuple[str, ...]:
    """The variables that the named values are made of; without names every variable."""
    occurring = set(variables_of(tuple(node for _, node in given.lets))) or set(given.variables)
    return tuple(_text(variable) for variable in given.variables if variable in occurring)


def hold(program: Program) -> None:
    """Raise where a gradient of the program disagrees with numbers."""
    loss, gradients = program.written_out()
    verdicts = check_derivatives(loss, tuple(gradients.items()))
    for parameter, verdict in zip(gradients, verdicts, strict=True):
        if verdict.status == "differs":
            raise Disagreement(_text(program.gradients[parameter]), verdict.reason)
        if verdict.status != "agrees":
            raise NotYet(f"the program could not be checked: {verdict.reason}", hint="`--no-check` gives it unchecked")


def _text(variable: Node) -> str:
    return str(variable.attrs[0])
