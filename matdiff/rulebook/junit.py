"""Findings as JUnit XML, which build servers read: a test suite for each file, a test case for each rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from matdiff.rulebook.checker import Finding
from matdiff.rulebook.report import remarks

# XML 1.0 has no character for these, not even as a reference.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
ELEMENTS = {"wrong": "failure", "error": "error"}


def junit_lines(findings: Iterable[Finding]) -> Iterator[str]:
    """The report line by line; each file's part comes when the file is done, since its counts stand before it."""
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<testsuites name="matdiff check">'
    for path, group in groupby(findings, lambda finding: finding.path):
        yield from _suite(path, group)
    yield "</testsuites>"


def _suite(path: str, findings: Iterable[Finding]) -> Iterator[str]:
    counts = dict.fromkeys(("holds", *ELEMENTS), 0)
    cases: list[str] = []
    for finding in findings:
        counts[finding.verdict] += 1
        cases += _case(finding)
    attributes = {
        "name": path,
        "tests": str(sum(counts.values())),
        "failures": str(counts["wrong"]),
        "errors": str(counts["error"]),
    }
    yield f"  <testsuite{_written(attributes)}>"
    yield from cases
    yield "  </testsuite>"


def _case(finding: Finding) -> list[str]:
    attributes = {
        "classname": finding.path,
        "name": finding.identifier or finding.rule or finding.path,
        "file": finding.path,
        "line": str(finding.line),
    }
    start = f"    <testcase{_written(attributes)}"
    element = ELEMENTS.get(finding.verdict)
    if element is None:
        return [f"{start}/>"]
    told = "\n".join((finding.rule, *remarks(finding)))
    message = {"message": finding.message, "type": finding.verdict}
    return [f"{start}>", f"      <{element}{_written(message)}>{_escaped(told)}</{element}>", "    </testcase>"]


def _written(attributes: dict[str, str]) -> str:
    return "".join(f' {name}="{_escaped(value)}"' for name, value in attributes.items())


def _escaped(text: str) -> str:
    """`text` as it may stand in an attribute or element; a character that XML lacks is the replacement character."""
    return "".join(ESCAPES.get(c, c) for c in FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text))
