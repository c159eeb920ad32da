"""What was found about rules, as rows, tab-separated lines, JSON and counts."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

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
    reason = "" if finding.example else finding.details or finding.message
    answer = f"right: {finding.answer}" if finding.answer else ""
    return tuple(line for line in (reason, answer, finding.example) if line)


@dataclass(slots=True)
class Tally:
    """How many rules were checked, and how many findings of each verdict there are."""

    rules: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)

    def add(self, finding: Finding) -> None:
        """Count one finding; a file that cannot be read is no rule."""
        self.rules += finding.line > 0
        self.verdicts[finding.verdict] += 1

    def __str__(self) -> str:
        """In words: `43 rules: 42 hold, 1 wrong, 0 errors`."""
        holds, wrong, errors = (self.verdicts[verdict] for verdict in ("holds", "wrong", "error"))
        return (
            f"{self.rules} rule{'' if self.rules == 1 else 's'}: {holds} hold{'s' if holds == 1 else ''}, "
            f"{wrong} wrong, {errors} error{'' if errors == 1 else 's'}"
        )
