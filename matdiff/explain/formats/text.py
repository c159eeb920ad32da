"""The derivation as plain lines for a terminal: chains of equalities with the rule beside each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, takewhile

from matdiff.explain.derivation import Derivation, Section, Step
from matdiff.explain.formats.unicode import UnicodeFormulas
from matdiff.explain.page import Page
from matdiff.printing.names import unicode_name

WIDTH = 100
GAP = "   "


def write(page: Page) -> str:
    """The whole page; its last line is the answer."""
    lines: list[str] = []
    for derivation in page.derivations:
        lines += [*derivation_lines(derivation, page), ""]
    findings = page.findings(UnicodeFormulas(page.last).matrix)
    lines += [*findings, ""] if findings else []
    return "\n".join([*lines, page.answer])


def write_entries(page: Page) -> str:
    """The entries alone."""
    formulas = UnicodeFormulas(page.last)
    return "\n".join(f"{formulas.write(step.left)} = {formulas.write(step.right)}" for step in page.entry_steps())


def derivation_lines(derivation: Derivation, page: Page) -> Iterator[str]:
    """The task and the sections of one derivation."""
    formulas = UnicodeFormulas(derivation)
    by = unicode_name(str(derivation.variable.attrs[0]))
    yield page.wording.task.format(of=formulas.matrix(derivation.value), by=by)
    if page.assumptions:
        yield page.wording.given.format(shapes=", ".join(given(page)))
    for section in derivation.sections:
        yield ""
        yield from section_lines(section, formulas, page)


def given(page: Page) -> Iterator[str]:
    """What was assumed, with the names and words of the page."""
    for assumption in page.assumptions:
        *space, name = assumption.split(" ")[::-1]
        words = list(takewhile(page.wording.properties.__contains__, space))[::-1]
        plain = " ".join([unicode_name(name), *space[len(words) :][::-1]])
        yield f"{plain} ({', '.join(map(page.wording.properties.__getitem__, words))})" if words else plain


def section_lines(section: Section, formulas: UnicodeFormulas, page: Page) -> Iterator[str]:
    """A heading and the chains below it."""
    of, *by = (unicode_name(str(node.attrs[0])) for node in section.subject)
    yield page.wording.headings[section.kind].format(of=of, by="".join(by))
    for _, group in groupby(section.steps, key=lambda step: step.left):
        yield from chain_lines(tuple(group), formulas, page)


def chain_lines(steps: tuple[Step, ...], formulas: UnicodeFormulas, page: Page) -> Iterator[str]:
    """`left = …`, each further side on a line of its own below the equals sign, its rule behind it."""
    left = formulas.write(steps[0].left)
    rows = [formulas.write(step.right) for step in steps]
    heads = [f"  {left} = ", *[" " * (len(left) + 2) + " = "] * (len(rows) - 1)]
    remarks = [page.remark(step) for step in steps]
    lengths = [len(head) + len(row) for head, row in zip(heads, rows, strict=True)]
    room = WIDTH - len(GAP) - max(map(len, remarks))
    column = max((length for length in lengths if length <= room), default=0)
    for head, row, remark, length in zip(heads, rows, remarks, lengths, strict=True):
        gap = " " * max(column - length, 0) + GAP
        yield head + row + (f"{gap}[{remark}]" if remark else "")
