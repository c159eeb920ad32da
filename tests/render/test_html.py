"""Every page in a browser: nothing wider than a phone or a sheet of paper, no network, letters that can be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.render.browser import DESKTOP, MARGIN, PAPER, PHONE, Browser, opened, printed
from tests.render.pages import SHOWN, Shown

WORDS, SIGNS = 12, 7.5
"""The smallest letters in pixels: of words, and in formulas, where a script of a script is half as large."""
TOO_WIDE = "<!DOCTYPE html><body><p>{}</p><div style='width:2000px'>wide</div><img src='http://localhost/a.png'></body>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened() as browser:
        yield browser


@pytest.fixture(params=SHOWN, ids=lambda page: page.name)
def page(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path) -> Shown:
    """A page that the browser shows."""
    found: Shown = request.param
    file = tmp_path / "page.html"
    file.write_text(found.write("html"), encoding="utf-8")
    browser.show(file)
    return found


def test_page(page: Shown, browser: Browser) -> None:
    assert len(browser.asked) == 1, "the page alone, nothing from elsewhere"
    for size in (PHONE, DESKTOP):
        measured = browser.measure(*size)
        assert (measured["overflow"], measured["wide"], measured["cut"]) == (0, [], []), size
        assert measured["words"] >= WORDS
        assert measured["signs"] >= SIGNS
    text = browser.text()
    assert [word for word in page.words() if word not in text] == []


def test_print(page: Shown, browser: Browser) -> None:
    for paper in PAPER:
        measured = browser.measure_paper(paper)
        assert (measured["overflow"], measured["wide"], measured["cut"]) == (0, [], []), paper
        text = ""
        for sheet, (width, height), boxes in printed(browser, paper):
            text += sheet
            assert boxes, "a sheet without a sign"
            outside = [box for box in boxes if box[0] < MARGIN - 3 or box[2] > width - MARGIN + 3 or box[3] > height]
            assert outside == []
        signs = "".join(text.split())
        assert [word for word in page.words() if "".join(word.split()) not in signs] == []


def test_faults_are_noticed(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(TOO_WIDE.format("small"), encoding="utf-8")
    browser.show(file)
    assert len(browser.asked) == 2
    assert browser.measure(*PHONE)["overflow"] > 0
    assert browser.measure_paper("a4")["cut"] == ["wide"]
