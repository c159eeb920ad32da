"""Findings as workflow commands of GitHub Actions, which shows them as annotations beside the lines of the files.

The form is that of "Workflow commands for GitHub Actions": `::error file=…,line=…,col=…,title=…::message`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from matdiff.rulebook.checker import Finding
from matdiff.rulebook.report import remarks

IN_MESSAGES = {"%": "%25", "\r": "%0D", "\n": "%0A"}
IN_PROPERTIES = {**IN_MESSAGES, ":": "%3A", ",": "%2C"}


def github_lines(findings: Iterable[Finding]) -> Iterator[str]:
    """An annotation for each rule that does not hold."""
    for finding in findings:
        if finding.verdict != "holds":
            yield _annotation(finding)


def _annotation(finding: Finding) -> str:
    properties = {
        "file": "" if finding.path == "-" else finding.path,
        "line": str(finding.line or ""),
        "col": str(finding.column or ""),
        "title": " ".join(word for word in (finding.identifier, finding.verdict) if word),
    }
    told = ",".join(f"{name}={_escaped(value, IN_PROPERTIES)}" for name, value in properties.items() if value)
    message = "\n".join((finding.rule or finding.path, *remarks(finding)))
    return f"::error {told}::{_escaped(message, IN_MESSAGES)}"


def _escaped(text: str, escapes: dict[str, str]) -> str:
    return "".join(escapes.get(character, character) for character in text)
