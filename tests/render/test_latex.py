"""Every document goes through TeX without an error, and nothing in it is wider than the page."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from shutil import which

import pypdfium2
import pytest

from matdiff.explain.formats import latex
from matdiff.explain.page import Page
from matdiff.explain.wording.catalogue import LANGUAGES, wording_for
from tests.render.pages import SHOWN, Shown
from tests.test_explain import explained

POINTS = 1.0
"""How far a line may stand out into the margin."""
OVERFULL = re.compile(r"^Overfull \\[hv]box \(([\d.]+)pt too (?:wide|high)", re.MULTILINE)
FAULT = re.compile(r"^(?:! .*|Missing character.*|LaTeX Font Warning: .*undefined.*)", re.MULTILINE)


def faults(source: str, folder: Path) -> list[str]:
    """What TeX finds wrong with a document."""
    program = which("pdflatex")
    assert program, "pdflatex is missing: `make render` installs it"
    (folder / "page.tex").write_text(source, encoding="utf-8")
    command = [program, "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=60, check=False)
    log = (folder / "page.log").read_text(encoding="latin-1")
    wide = [found[0] for found in OVERFULL.finditer(log) if float(found[1]) > POINTS]
    found = [*FAULT.findall(log), *wide]
    return found or ([] if done.returncode == 0 else [log[-500:]])


def text_of(folder: Path) -> str:
    """The words of the document that TeX made."""
    with pypdfium2.PdfDocument(folder / "page.pdf") as document:
        return " ".join(sheet.get_textpage().get_text_bounded() for sheet in document)


@pytest.mark.parametrize("page", SHOWN, ids=lambda page: page.name)
def test_document(page: Shown, tmp_path: Path) -> None:
    assert faults(page.write("latex"), tmp_path) == []
    assert text_of(tmp_path).strip()


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_of_all_rules(language: str, tmp_path: Path) -> None:
    wording = wording_for(language)
    page = Page((explained("x'*A*x", "x"),), "x", (), wording)
    lines = [rf"x &= y && {latex.rulename(name)}" for name in wording.rules.values()]
    assert faults(latex.document([latex.display(lines)], page), tmp_path) == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [(r"\undefined", "! Undefined control sequence."), (r"\mbox{" + "wide " * 60 + "}", "Overfull"), ("字", "! LaTeX")],
)
def test_faults_are_noticed(line: str, fault: str, tmp_path: Path) -> None:
    page = Page((explained("x'*A*x", "x"),), "x", (), wording_for("en"))
    found = faults(latex.document([line], page), tmp_path)
    assert found
    assert found[0].startswith(fault)
