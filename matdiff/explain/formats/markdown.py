"""The derivation as Markdown with LaTeX between dollars, as GitHub, Jupyter and Pandoc read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from matdiff.explain.derivation import Derivation, Section, Step
from matdiff.explain.formats.pieces import TOKEN, lines, width
from matdiff.explain.formats.tex import TexFormulas, space_name
from matdiff.explain.page import Page
from matdiff.printing.names import latex_name
from matdiff.tree.walk import variables_of

LINE = 56
"""How many letters wide a formula may be beside the name of its rule."""


def text(remark: str) -> str:
    """Words within a formula."""
    return rf"\text{{{remark}}}"


def write(page: Page) -> str:
    """The whole page."""
    parts: list[str] = []
    for derivation in page.derivations:
        parts += derivation_parts(derivation, page)
    formulas = TexFormulas(page.last)
    parts += page.findings(lambda node: f"${formulas.matrix(node)}$")
    return "\n\n".join([*parts, page.wording.answer.format(result=f"`{page.answer}`")])


def write_entries(page: Page) -> str:
    """The entries alone."""
    formulas = TexFormulas(page.last)
    return "\n\n".join(display(chain_lines((step,), formulas, page)) for step in page.entry_steps())


def write_program(page: Page) -> str:
    """The entries one below the other, with their equals signs in line."""
    return display(program_lines(page))


def program_lines(page: Page) -> list[str]:
    """A line for each entry."""
    formulas = TexFormulas(page.last)
    return [line for step in page.entry_steps() for line in chain_lines((step,), formulas, page)]


def derivation_parts(derivation: Derivation, page: Page) -> Iterator[str]:
    """Headings, sentences and formulas of one derivation, each a paragraph."""
    formulas = TexFormulas(derivation)
    value, by = (f"${formulas.matrix(node)}$" for node in (derivation.value, derivation.variable))
    yield f"# {page.wording.task.format(of=value, by=by)}"
    yield page.wording.given.format(shapes=", ".join(given(derivation, page, "${}$".format))) + "."
    for section in derivation.sections:
        yield f"## {heading(section, page)}"
        yield display(section_lines(section, formulas, page))


def section_lines(section: Section, formulas: TexFormulas, page: Page, note: Callable[[str], str] = text) -> list[str]:
    """Every chain of a section; `note` writes the name of a rule."""
    groups = groupby(section.steps, key=lambda step: step.left)
    return [line for _, group in groups for line in chain_lines(tuple(group), formulas, page, note)]


def heading(section: Section, page: Page) -> str:
    """The heading of a section, its names as formulas."""
    of, *by = (f"${latex_name(str(node.attrs[0]))}$" for node in section.subject)
    return page.wording.headings[section.kind].format(of=of, by="".join(by))


def given(derivation: Derivation, page: Page, inline: Callable[[str], str]) -> Iterator[str]:
    """Each variable with the space that it is from, and what was declared of it."""
    for variable in dict.fromkeys(variables_of((derivation.value, derivation.variable))):
        space = inline(rf"{latex_name(str(variable.attrs[0]))} \in {space_name(variable.shape)}")
        words = page.words_of(variable)
        yield f"{space} ({words})" if words else space


def display(lines: list[str]) -> str:
    """Lines of an aligned formula between double dollars."""
    body = " \\\\\n".join(lines)
    return f"$$\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n$$"


def chain_lines(
    steps: tuple[Step, ...], formulas: TexFormulas, page: Page, note: Callable[[str], str] = text
) -> list[str]:
    """A chain of equalities, the rule behind each; a long side goes on in lines of its own."""
    left = formulas.write(steps[0].left)
    room = LINE - width(TOKEN.findall(left))
    found = []
    for number, step in enumerate(steps):
        remark = page.remark(step)
        first, *others = lines(formulas.write(step.right), room)
        found.append((left if not number else "") + f" &= {first}" + (f" && {note(remark)}" if remark else ""))
        found += [rf" &\quad {{}} {line}" for line in others]
    return found
