"""The derivation as one page of HTML with MathML: no script, no network, readable on a phone and in print."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from matdiff.explain.derivation import Derivation, Section, Step
from matdiff.explain.formats.markdown import given
from matdiff.explain.formats.mathml import mathml
from matdiff.explain.formats.pieces import pieces
from matdiff.explain.formats.tex import TexFormulas
from matdiff.explain.page import Page
from matdiff.printing.context import Context
from matdiff.printing.names import latex_name
from matdiff.printing.write import text

PIECE = 24
STYLE = """
body { font: 1rem/1.5 Georgia, serif; max-width: 60rem; margin: 0 auto; padding: 1rem; color: #222; background: #fff; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 1.5rem 0 .3rem; }
.chain { overflow-x: auto; } table { border-collapse: collapse; }
td { padding: .25rem .4rem; vertical-align: baseline; }
td.left { text-align: right; white-space: nowrap; } td.right { padding-left: 2rem; text-indent: -1.6rem; }
td.rule { color: #666; font-size: .85rem; min-width: 8rem; }
.answer { border-top: 1px solid #ccc; padding-top: .6rem; }
code { font-size: 1rem; white-space: pre-line; overflow-wrap: anywhere; }
@media (max-width: 40rem) {
  tr { display: grid; grid-template-columns: auto 1fr; align-items: baseline; } td.left { padding-left: 0; }
  td.left:empty { padding-right: 0; } td.rule { grid-column: 2; padding-left: 2rem; padding-top: 0; }
}
@page { margin: 15mm; }
@media print {
  body { max-width: none; padding: 0; } h2 { break-after: avoid; } tr, .answer { break-inside: avoid; }
  .chain { overflow: visible; }
}
"""


def write(page: Page) -> str:
    """The whole page."""
    body = [line for derivation in page.derivations for line in derivation_lines(derivation, page)]
    formulas = TexFormulas(page.last)
    body += [f"<p>{finding}</p>" for finding in page.findings(lambda node: inline(formulas.matrix(node)))]
    answer = page.wording.answer.format(result=f"<code>{escape(page.answer)}</code>")
    return document([*body, f"<p class='answer'>{answer}</p>"], page)


def write_entries(page: Page) -> str:
    """A page with the entries alone."""
    formulas = TexFormulas(page.last)
    return document([table(page.entry_steps(), formulas, page)], page)


def document(body: list[str], page: Page) -> str:
    """The lines as a page."""
    last = page.last
    names = (text(node, Context()) for node in (last.value, last.variable))
    title = escape(page.wording.task.format(of=next(names), by=next(names)))
    head = [
        "<!DOCTYPE html>",
        f"<html lang='{page.wording.language}'>",
        "<head>",
        "<meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        f"<title>{title}</title>",
        f"<style>{STYLE}</style>",
        "</head>",
        "<body>",
    ]
    return "\n".join([*head, *body, "</body>", "</html>"])


def derivation_lines(derivation: Derivation, page: Page) -> Iterator[str]:
    """Headings, sentences and chains of one derivation."""
    formulas = TexFormulas(derivation)
    value, by = (inline(formulas.matrix(node)) for node in (derivation.value, derivation.variable))
    yield f"<h1>{page.wording.task.format(of=value, by=by)}</h1>"
    yield f"<p>{page.wording.given.format(shapes=', '.join(given(derivation, page, inline)))}.</p>"
    for section in derivation.sections:
        yield f"<h2>{heading(section, page)}</h2>"
        yield table(section.steps, formulas, page)


def heading(section: Section, page: Page) -> str:
    """The heading of a section, its names as formulas."""
    of, *by = (inline(latex_name(str(node.attrs[0]))) for node in section.subject)
    return page.wording.headings[section.kind].format(of=of, by="".join(by))


def table(steps: tuple[Step, ...], formulas: TexFormulas, page: Page) -> str:
    """Equalities as a table of left side, right side and rule; a left side that stays is not written again."""
    rows = []
    for before, step in zip((None, *steps), steps, strict=False):
        is_new = before is None or before.left != step.left
        left = displayed(formulas.write(step.left)) if is_new else ""
        first, *others = pieces(formulas.write(step.right), PIECE)
        right = " ".join((displayed(f"= {first}"), *map(displayed, others)))
        rule = escape(page.remark(step))
        rows.append(f"<tr><td class='left'>{left}</td><td class='right'>{right}</td><td class='rule'>{rule}</td></tr>")
    return "<div class='chain'><table>\n" + "\n".join(rows) + "\n</table></div>"


def displayed(latex: str) -> str:
    """A formula, or a piece of one, with room for what stands below and above its signs."""
    return f"<math displaystyle='true'>{mathml(latex)}</math>"


def inline(latex: str) -> str:
    """A formula within a line, which may end between its pieces."""
    return " ".join(f"<math>{mathml(piece)}</math>" for piece in pieces(latex, PIECE))
