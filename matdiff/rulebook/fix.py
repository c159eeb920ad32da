"""Right answers in place of wrong ones: what would be written into a file of rules, and the writing of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from matdiff.errors import MatdiffError, OutOfBounds
from matdiff.files import whole_file
from matdiff.limits import within
from matdiff.rulebook.checker import Finding, check_line, right_expression
from matdiff.rulebook.files import RulesFile, find_files
from matdiff.rulebook.lines import every_line
from matdiff.rulebook.reader import Misread, RuleLine, context_of, read_rule, rule_lines
from matdiff.rulebook.run import Plan, check_files

CONTEXT = 3


class NotWritten(MatdiffError):
    """A file that could not be written anew; it is as it was."""


class Correction(NamedTuple):
    """A line of a file as it is and as it should be, with its end; `number` is counted from 1."""

    number: int
    before: str
    after: str


class Repair(NamedTuple):
    """A file, by its `lines` with their ends, with the corrections of its wrong rules, and what is `left` as it was.

    A rule that is left is wrong without an answer that is known, or an error.
    """

    path: str
    lines: tuple[bytes, ...]
    corrections: tuple[Correction, ...]
    left: tuple[Finding, ...]

    def corrected(self) -> bytes:
        """The whole file with the corrections in it, byte for byte the same elsewhere."""
        changed = list(self.lines)
        for correction in self.corrections:
            changed[correction.number - 1] = correction.after.encode("utf-8")
        return b"".join(changed)

    def write(self) -> None:
        """Write the corrections into the file. Raises NotWritten."""
        if self.corrections:
            replace_file(self.path, b"".join(self.lines), self.corrected())


def fix_rules(*paths: str, write: bool = False, define: tuple[str, ...] = ()) -> tuple[Repair, ...]:
    """The corrections for every file at these paths, and with `write` the files written anew."""
    plan = Plan(seconds=0, context=context_of(define))
    repairs = tuple(repair(file, plan) for path in paths for file in find_files(path))
    for found in repairs if write else ():
        found.write()
    return repairs


def repair(file: RulesFile, plan: Plan) -> Repair:
    """The correction of every wrong rule of a file whose right answer is known; the answer is checked as any is.

    Only the answer changes: what stands before and behind it, comments and the end of the line stay as they are.

    >>> repair(RulesFile("-", lambda: [b"grad x'*x wrt x = x   # dull"]), Plan()).corrected()
    b"grad x'*x wrt x = 2*x   # dull"
    """
    try:
        lines = every_line(file.lines())
    except (MatdiffError, OSError):
        return Repair(file.name, (), (), tuple(check_files([file], plan)))
    findings = check_files([file._replace(lines=lambda: lines)], plan)
    bad = {finding.line: finding for finding in findings if finding.verdict != "holds"}
    wrong = {number for number, finding in bad.items() if finding.verdict == "wrong"}
    found = tuple(_corrections(file.name, lines, wrong, plan))
    done = {correction.number for correction in found}
    return Repair(file.name, tuple(lines), found, tuple(bad[number] for number in bad if number not in done))


def _corrections(path: str, lines: list[bytes], wrong: set[int], plan: Plan) -> Iterator[Correction]:
    for entry in rule_lines(path, lines, plan.seconds, plan.context) if wrong else ():
        if isinstance(entry, RuleLine) and entry.number in wrong:
            try:
                text = within(plan.seconds, entry.place, partial(_corrected, entry))
            except OutOfBounds:
                continue
            before = lines[entry.number - 1].decode("utf-8")
            if text:
                yield Correction(entry.number, before, before.replace(entry.text, text, 1))


def _corrected(line: RuleLine) -> str:
    """The text of a line with the right answer in it; empty where none is known that holds."""
    rule = read_rule(line)
    answer = "" if isinstance(rule, Misread) else right_expression(rule)
    if isinstance(rule, Misread) or not answer:
        return ""
    start, end = rule.statement.claim_place
    text = line.text[:start] + answer + line.text[end:]
    return text if check_line(line._replace(text=text)).verdict == "holds" else ""


def difference(found: Repair) -> Iterator[str]:
    """The corrections as a unified difference, which `patch` understands; lines without their ends."""
    if found.corrections:
        yield from (f"--- {found.path}", f"+++ {found.path}")
    for group in _neighbours(found.corrections):
        first = max(group[0].number - CONTEXT, 1)
        last = min(group[-1].number + CONTEXT, len(found.lines))
        span = f"{first},{last - first + 1}"
        yield f"@@ -{span} +{span} @@"
        after = {correction.number: correction for correction in group}
        for number in range(first, last + 1):
            yield from _lines_of_difference(found.lines[number - 1], after.get(number))


def _neighbours(found: tuple[Correction, ...]) -> Iterator[list[Correction]]:
    """The corrections in groups whose surroundings touch."""
    group: list[Correction] = []
    for correction in found:
        if group and correction.number - group[-1].number > 2 * CONTEXT:
            yield group
            group = []
        group.append(correction)
    if group:
        yield group


def _lines_of_difference(line: bytes, correction: Correction | None) -> Iterator[str]:
    text = line.decode("utf-8", errors="replace")
    pairs = [("-", correction.before), ("+", correction.after)] if correction else [(" ", text)]
    for sign, part in pairs:
        yield sign + part.removesuffix("\n")
        if not part.endswith("\n"):
            yield "\\ No newline at end of file"


def replace_file(path: str, before: bytes, after: bytes) -> None:
    """Write a file anew, all of it or nothing.

    Raises NotWritten where that cannot be done, and where the file is no longer what it was `before`.
    """
    try:
        if not Path(path).is_file() or Path(path).read_bytes() != before:
            raise NotWritten(f"`{path}` is not written: it changed while its rules were checked")
        with whole_file(path) as stream:
            stream.write(after)
    except OSError as error:
        raise NotWritten(str(error.strerror)) from error
