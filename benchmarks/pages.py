"""What a benchmark found, and its place in docs/benchmarks.md."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

DOCUMENTS = Path(__file__).parent.parent / "docs"
PAGE = DOCUMENTS / "benchmarks.md"


class Report(NamedTuple):
    """`text` is what a benchmark found, `details` what it has besides for the terminal; `draw` writes a picture."""

    text: str
    details: str = ""
    draw: Callable[[Path], None] | None = None


def save(name: str, report: Report) -> None:
    """Put a report between the marks of its benchmark on the page, and its picture beside the page."""
    page = PAGE.read_text(encoding="utf-8")
    marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->\n)", re.DOTALL)
    if not marks.search(page):
        raise ValueError(f"{PAGE.name} has no marks for {name}")
    PAGE.write_text(marks.sub(lambda found: f"{found[1]}\n{report.text}\n\n{found[2]}", page), encoding="utf-8")
    if report.draw:
        report.draw(DOCUMENTS / f"{name}.png")
