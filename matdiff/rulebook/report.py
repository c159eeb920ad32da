"""What was found about rules, as rows, tab-separated lines, JSON and counts."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from itertools import accumulate

from matdiff.rulebook.checker import Finding
from matdiff.rulebook.sizes import Sizes

COLUMNS = (
    "verdict",
    "place",
    "identifier",
    "rule",
    "answer",
    "example",
    "message",
    "size",
    "claim_size",
    "ratio",
    "strength",
)


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
        *_size_cells(finding.sizes),
        finding.strength,
    )
    return tuple(" ".join(cell.split()) for cell in cells)


def _size_cells(sizes: Sizes | None) -> tuple[str, str, str]:
    return (str(sizes.answer), str(sizes.claim), f"{sizes.ratio:.2f}") if sizes else ("", "", "")


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
    """How many rules were checked, how many findings of each verdict there are, and the ratios of what was measured."""

    rules: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    ratios: Counter[float] = field(default_factory=Counter)
    worst: tuple[float, str] = (0.0, "")
    identifiers: set[str] = field(default_factory=set)

    def add(self, finding: Finding, *, with_identifier: bool = False) -> None:
        """Count one finding, and note its identifier if asked to; a file that cannot be read is no rule."""
        if with_identifier:
            self.identifiers.add(finding.identifier)
        self.rules += finding.line > 0
        self.verdicts[finding.verdict] += 1
        if finding.sizes:
            ratio = finding.sizes.ratio
            self.ratios[ratio] += 1
            self.worst = max(self.worst, (ratio, finding.place), key=lambda entry: entry[0])

    def ratios_text(self) -> str:
        """The median and the worst ratio in words; there must be one."""
        worst, place = self.worst
        return (
            f"matdiff's answers are {self._median():.2f} times as long as the claims (median), "
            f"{worst:.2f} times at worst ({place})"
        )

    def _median(self) -> float:
        """The median of the ratios, of which few are different however many there are."""
        places = ((self.ratios.total() - 1) // 2, self.ratios.total() // 2)
        passed = list(accumulate(self.ratios[ratio] for ratio in sorted(self.ratios)))
        low, high = (sorted(self.ratios)[bisect_right(passed, place)] for place in places)
        return (low + high) / 2

    def __str__(self) -> str:
        """In words: `43 rules: 42 hold, 1 wrong, 0 errors`."""
        holds, wrong, errors = (self.verdicts[verdict] for verdict in ("holds", "wrong", "error"))
        return (
            f"{self.rules} rule{'' if self.rules == 1 else 's'}: {holds} hold{'s' if holds == 1 else ''}, "
            f"{wrong} wrong, {errors} error{'' if errors == 1 else 's'}"
        )
