r"""The derivation as a document that a LaTeX engine compiles."""

from __future__ import annotations

from collections.abc import Iterator

from matdiff.explain.derivation import Derivation
from matdiff.explain.formats.markdown import chain_lines, given, heading, program_lines, section_lines
from matdiff.explain.formats.pieces import pieces
from matdiff.explain.formats.tex import TexFormulas
from matdiff.explain.page import Page

PREAMBLE = r"""\documentclass[a4paper]{article}
\usepackage[T2A,T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage[%s]{babel}
\usepackage{amsmath,amssymb}
\usepackage[margin=2cm]{geometry}
\newcommand{\rulename}[1]{\parbox[t]{42mm}{\raggedright\small #1}}
\DeclareUnicodeCharacter{2202}{\ensuremath{\partial}}
\DeclareUnicodeCharacter{1D40}{\ensuremath{^{\top}}}
\DeclareUnicodeCharacter{2032}{\ensuremath{'}}
\DeclareUnicodeCharacter{03B4}{\ensuremath{\delta}}
\DeclareUnicodeCharacter{03A3}{\ensuremath{\Sigma}}
\allowdisplaybreaks
\begin{document}
\raggedright
"""
PIECE = 24
BABEL = {"en": "english", "ru": "russian"}


def write(page: Page) -> str:
    """The whole document."""
    parts = [part for derivation in page.derivations for part in derivation_parts(derivation, page)]
    formulas = TexFormulas(page.last)
    parts += page.findings(lambda node: inline(formulas.matrix(node)))
    answer = page.wording.answer.format(result=rf"\texttt{{{escaped(page.answer)}}}")
    return document([*parts, answer], page)


def write_entries(page: Page) -> str:
    """A document with the entries alone."""
    formulas = TexFormulas(page.last)
    return document([display(chain_lines((step,), formulas, page, rulename)) for step in page.entry_steps()], page)


def write_program(page: Page) -> str:
    """A document with the entries one below the other."""
    return document([display(program_lines(page))], page)


def document(parts: list[str], page: Page) -> str:
    """The paragraphs between preamble and end."""
    return PREAMBLE % BABEL[page.wording.language] + "\n\n".join(parts) + "\n\\end{document}"


def derivation_parts(derivation: Derivation, page: Page) -> Iterator[str]:
    """Headings, sentences and formulas of one derivation, each a paragraph."""
    formulas = TexFormulas(derivation)
    value, by = (inline(formulas.matrix(node)) for node in (derivation.value, derivation.variable))
    yield rf"\section*{{{page.wording.task.format(of=value, by=by)}}}"
    yield page.wording.given.format(shapes=", ".join(given(derivation, page, inline))) + "."
    for section in derivation.sections:
        yield rf"\subsection*{{{heading(section, page)}}}"
        yield display(section_lines(section, formulas, page, rulename))


def inline(latex: str) -> str:
    """A formula within a line, which may end between its pieces."""
    first, *others = pieces(latex, PIECE)
    return " ".join((f"${first}$", *(f"${{}} {piece}$" for piece in others)))


def rulename(remark: str) -> str:
    """The name of a rule, in a column of its own."""
    return rf"\rulename{{{remark}}}"


def display(lines: list[str]) -> str:
    """Lines of an aligned formula that may break between pages."""
    body = " \\\\\n".join(lines)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def escaped(text: str) -> str:
    """Text with the signs that LaTeX takes for itself made plain; a line may end behind an operation."""
    table = {sign: "\\" + sign for sign in "&%$#_{}"} | {
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
        "\\": r"\textbackslash{}",
        "\n": r"\\ ",
    }
    table |= {sign: sign + r"\allowbreak{}" for sign in "*+-/("}
    return "".join(table.get(sign, sign) for sign in text)
