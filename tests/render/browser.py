"""A page in headless Chromium: what it asks for, how wide it is, and how it prints."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which
from typing import Any

import pypdfium2
from playwright.sync_api import Page, sync_playwright

PHONE, DESKTOP = (360, 740), (1280, 900)
PAPER = {"a4": (180, 267), "letter": (186, 249)}
"""Width and height of what a sheet has between margins of 15 mm, in millimetres."""
PIXELS_A_MILLIMETRE = 96 / 25.4
MARGIN = 15 * 72 / 25.4
"""The margin in points."""

MEASURE = """() => {
  const seen = element => element.getClientRects().length && element.textContent.trim();
  const all = [...document.querySelectorAll('body, body *')].filter(seen);
  const leaves = all.filter(element => [...element.childNodes].some(node => node.nodeType == 3 && node.data.trim()));
  const size = element => parseFloat(getComputedStyle(element).fontSize);
  const words = leaves.filter(element => !element.closest('math'));
  const signs = leaves.filter(element => element.closest('math'));
  const wide = all.filter(element => element.scrollWidth > element.clientWidth + 1 && element.matches('body, div'));
  const cut = all.filter(element => element.getBoundingClientRect().right > innerWidth + 1);
  return {
    overflow: document.documentElement.scrollWidth - innerWidth,
    wide: wide.map(element => element.textContent.trim().slice(0, 60)),
    cut: cut.map(element => element.textContent.trim().slice(0, 60)),
    words: Math.min(...words.map(size)),
    signs: Math.min(...[...signs.map(size), 99]),
  };
}"""


@dataclass
class Browser:
    """One page of one browser, and every address that was asked for since it was opened."""

    page: Page
    asked: list[str] = field(default_factory=list)

    def show(self, file: Path) -> None:
        """Open a file."""
        self.asked.clear()
        self.page.goto(file.as_uri())

    def measure(self, width: int, height: int, media: str = "screen") -> dict[str, Any]:
        """What is too wide and how small the smallest letters are in a window of this size."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(media="print" if media == "print" else "screen")
        measured: dict[str, Any] = self.page.evaluate(MEASURE)
        return measured

    def measure_paper(self, paper: str) -> dict[str, Any]:
        """The same on paper between its margins."""
        width, height = (int(length * PIXELS_A_MILLIMETRE) for length in PAPER[paper])
        return self.measure(width, height, "print")

    def text(self) -> str:
        """The words of the page, formulas without space."""
        return " ".join(self.page.inner_text("body").split())


@contextmanager
def opened() -> Iterator[Browser]:
    """The browser that Debian's package has; it closes behind the block."""
    program = which("chromium")
    assert program, "chromium is missing: `make render` installs it"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program)
        browser = Browser(chromium.new_page())
        browser.page.on("request", lambda request: browser.asked.append(request.url))
        yield browser
        chromium.close()


def printed(browser: Browser, paper: str) -> Iterator[tuple[str, tuple[float, float], list[tuple[float, ...]]]]:
    """Each sheet of the page in print: its text, its size in points and the box of every sign."""
    with pypdfium2.PdfDocument(browser.page.pdf(format=paper, prefer_css_page_size=False)) as document:
        for sheet in document:
            text = sheet.get_textpage()
            boxes = [text.get_charbox(number) for number in range(text.count_chars())]
            yield text.get_text_bounded(), sheet.get_size(), [box for box in boxes if box[2] > box[0]]
