"""What `solve` and `stationary` give: each unknown in matrix form with its condition, in every format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from matdiff.conditions.needs import Need
from matdiff.parsing.read import Interpreted
from matdiff.printing import write
from matdiff.printing.context import Context
from matdiff.recognise.measure import cost
from matdiff.tree.dims import size_text
from matdiff.tree.node import Node

LONGEST_SUBJECT = 4
FORMATS = {"text": write.text, "unicode": write.unicode, "latex": write.latex}


class Case(NamedTuple):
    """A value of an unknown, what has to hold for it (all of `needs`), and what is said of it otherwise."""

    node: Node
    needs: tuple[Need, ...] = ()
    remark: str = ""


class Result(NamedTuple):
    """One unknown with its cases, the second one for where the first does not hold; `full` is free of unknowns.

    `full` holds in every case.
    """

    unknown: Node
    cases: tuple[Case, ...]
    full: Node


@dataclass(frozen=True)
class Solution:
    """The unknowns of a system in the order in which they are found: each line uses those above it.

    `nature` is `minimum`, `maximum` or empty where it is not known; `details` tell how the equations were solved.
    """

    expression: str
    results: tuple[Result, ...]
    interpreted: Interpreted
    nature: str = ""
    check: str = ""
    details: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @cached_property
    def context(self) -> Context:
        """What printing needs to know."""
        found = (*self.interpreted.variables, *(result.unknown for result in self.results))
        return Context(self.interpreted.size_names, tuple(dict.fromkeys(found)))

    @property
    def unknowns(self) -> tuple[str, ...]:
        """The names of what was solved for, multipliers among them."""
        return tuple(str(result.unknown.attrs[0]) for result in self.results)

    @property
    def text(self) -> str:
        """Lines such as `w = inv(X.T*X)*X.T*y  # if X has full column rank`, valid input again."""
        return "\n".join(self.lines("text"))

    @property
    def unicode(self) -> str:
        """The lines as people write them by hand."""
        return "\n".join(self.lines("unicode"))

    @property
    def latex(self) -> str:
        """The lines in LaTeX mathematics, without dollars."""
        return "\n".join(self.lines("latex"))

    @property
    def numpy(self) -> str:
        """Python source that needs numpy only: a function of the variables that gives all unknowns."""
        return self.code("numpy")

    def code(self, language: str) -> str:
        """Source in `numpy`, `jax`, `torch`, … of a function of the variables that gives all unknowns.

        Raises `NoSpelling` for a function of matrices that the language has not.
        """
        return self._source(self.results, language)

    def lines(self, form: str) -> list[str]:
        """One line for each case of each unknown."""
        return [self._line(result, case, form) for result in self.results for case in result.cases]

    def _line(self, result: Result, case: Case, form: str) -> str:
        spell = FORMATS[form]
        line = f"{spell(result.unknown, self.context)} = {spell(case.node, self.context)}"
        condition = self.condition(case, "latex" if form == "latex" else "text")
        if not condition:
            return line
        return {
            "text": f"{line}  # {condition}",
            "unicode": f"{line}, {self.condition(case, 'unicode')}",
            "latex": rf"{line} \quad \text{{{condition}}}",
        }[form]

    def condition(self, case: Case, form: str = "text") -> str:
        """What has to hold, in words: `if X has full column rank`."""
        spell = FORMATS[form]
        dollar = "$" if form == "latex" else ""
        subjects: dict[str, list[str]] = {}
        for need in case.needs:
            if need.words == "is invertible" and cost(need.node) > LONGEST_SUBJECT:
                subjects["exists"] = ["the inverse"]
            else:
                subjects.setdefault(need.words, []).append(f"{dollar}{spell(need.node, self.context)}{dollar}")
        told = [f"{_listed(names)} {_counted(words, len(names))}" for words, names in subjects.items()]
        needs = f"if {' and '.join(told)}" if told else ""
        return ", ".join(part for part in (needs, case.remark) if part)

    def __getitem__(self, name: str) -> str:
        """The text of one unknown, free of the other ones."""
        return write.text(next(r.full for r in self.results if r.unknown.attrs[0] == name), self.context)

    def __str__(self) -> str:
        return self.text

    def _repr_latex_(self) -> str:
        lines = [line.replace(" = ", " &= ", 1) for line in self.lines("latex")]
        return "$\\begin{aligned} " + r" \\ ".join(lines) + " \\end{aligned}$"

    def _source(self, results: tuple[Result, ...], language: str) -> str:
        from matdiff.printing.program.function import Function, Output

        known = tuple(v for v in self.interpreted.variables if v.attrs[0] not in self.unknowns)
        outputs = tuple(Output(str(r.unknown.attrs[0]), r.full, r.unknown.shape) for r in results)
        title = f"{', '.join(output.name for output in outputs)} of {self.expression}"
        return write.code(Function(outputs, title, known, name="solution"), language).rstrip("\n")

    @property
    def assumptions(self) -> tuple[str, ...]:
        """The shapes that were declared or inferred."""
        return self.interpreted.assumptions

    def as_json(self) -> dict[str, object]:
        """The solution as a record that serialises to JSON."""
        return {
            "equation": self.expression,
            "unknowns": list(self.unknowns),
            "solutions": [self._record(result) for result in self.results],
            "text": self.text,
            "latex": self.latex,
            "nature": self.nature,
            "check": self.check,
            "details": list(self.details),
            "assumptions": list(self.assumptions),
            "notes": list(self.notes),
        }

    def _record(self, result: Result) -> dict[str, object]:
        return {
            "name": str(result.unknown.attrs[0]),
            "shape": [size_text(size) for size in result.unknown.shape],
            "cases": [
                {"text": write.text(case.node, self.context), "condition": self.condition(case)}
                for case in result.cases
            ],
            "full": write.text(result.full, self.context),
            "numpy": self._source((result,), "numpy"),
        }


def _listed(names: list[str]) -> str:
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]


def _counted(words: str, number: int) -> str:
    """The words of a condition for one subject or for several: `is positive`, `are positive`."""
    if number == 1:
        return words
    return words.replace("is ", "are ", 1).replace("has ", "have ", 1)


def told(lines: Iterable[str]) -> tuple[str, ...]:
    """The lines that are not empty, each once."""
    return tuple(dict.fromkeys(line for line in lines if line))
