"""What was found about rules, as rows, tab-separated lines, JSON and counts."""

from __future__ import annotations

import json
from collections.abc import Mapping

from matdiff.rulebook.checker import Finding

COLUMNS = ("verdict", "place", "identifier", "rule", "answer", "example", "message")


def row(finding: Finding) -> tuple[str, ...]:
    """The columns of one finding, each on one line."""
    cells = (
        finding.verdict,
        finding.place,
        finding.identifier,
        finding.rule,
        finding.answer,
        finding.example,
        finding.message,
    )
    return tuple(" ".join(cell.split()) for cell in cells)


def tsv_line(finding: Finding) -> str:
    """One finding as a tab-separated line without empty columns at its end."""
    return "\t".join(row(finding)).rstrip("\t")


def json_line(finding: Finding, *, is_ascii: bool = False) -> str:
    """One finding as a JSON object on one line."""
    record = {
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "identifier": finding.identifier,
        "rule": finding.rule,
        "verdict": finding.verdict,
        "answer": finding.answer,
        "example": finding.example,
        "message": finding.message,
    }
    return json.dumps(record, ensure_ascii=is_ascii)


def remarks(finding: Finding) -> tuple[str, ...]:
    """What a person wants to read below the rule: nothing where it holds."""
    if finding.verdict == "holds":
        return ()
    lines = [finding.details or finding.message]
    if finding.answer:
        lines.append(f"right: {finding.answer}")
    if finding.example:
        lines.append(finding.example)
    return tuple(line for line in lines if line)


def count_line(counts: Mapping[str, int]) -> str:
    """How many rules there were, in words: `43 rules: 42 hold, 1 wrong, 0 errors`."""
    total = sum(counts.values())
    holds, wrong, errors = (counts.get(verdict, 0) for verdict in ("holds", "wrong", "error"))
    return (
        f"{total} rule{'' if total == 1 else 's'}: {holds} hold{'s' if holds == 1 else ''}, "
        f"{wrong} wrong, {errors} error{'' if errors == 1 else 's'}"
    )
