"""A run over many rules: in this process while they are few, then in several; findings in the order of the rules."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from fnmatch import fnmatchcase
from itertools import chain
from multiprocessing.connection import wait
from typing import NamedTuple

from matdiff.limits import SECONDS
from matdiff.rulebook.cache import Cache
from matdiff.rulebook.checker import Finding, check_line, fault
from matdiff.rulebook.files import NoRulesFile, RulesFile, find_files
from matdiff.rulebook.reader import Context, Misread, Pending, RuleLine, context_of, rule_lines
from matdiff.rulebook.workers import Ticket, Workers

# So many rules are checked before a second process would be worth its start.
FEW = 32
# So many rules for each process are read before the first of them is reported.
AHEAD = 64

Entry = RuleLine | Finding | Pending


class Plan(NamedTuple):
    """How rules are checked: by so many processes, each rule within so many seconds of processor time (0: any).

    Without `jobs` all is done in this process, where a rule that ends the process ends the run.
    With `is_measured` what holds comes with how firmly it does and the sizes of matdiff's answer and of the claim.
    Of the rules those are checked whose identifier is like one of `only`; all, where there is none. `context` is what
    was said before the first line of every file.
    """

    jobs: int = 0
    seconds: float = SECONDS
    is_measured: bool = False
    only: tuple[str, ...] = ()
    cache: Cache | None = None
    context: Context | None = None


def cores() -> int:
    """How many processes can work at once here."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def check_rules(*paths: str, jobs: int = 0, define: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    """What is found about every rule in these files, folders of `*.rules` and patterns, in their order.

    With `jobs` so many processes share the work; `define` are functions that every file may use. Raises NoRulesFile
    for a path without rules files.
    """
    files = [file for path in paths for file in find_files(path)]
    return tuple(check_files(files, Plan(jobs, 0, context=context_of(define))))


def check_files(files: Iterable[RulesFile], plan: Plan) -> Iterator[Finding]:
    """The findings on the rules of each file, as they come; a file that cannot be read is one."""
    return check_entries(chain.from_iterable(_entries(file, plan) for file in files), plan)


def check_lines(name: str, lines: Iterable[bytes], *, is_measured: bool = False) -> Iterator[Finding]:
    """The findings on the rules in a stream of lines, each before the next line is read.

    >>> [finding.verdict for finding in check_lines("-", [b"grad x'*x wrt x = 2*x", b"grad x'*x wrt x = x"])]
    ['holds', 'wrong']
    """
    return check_files([RulesFile(name, lambda: lines)], Plan(0, 0, is_measured))


def check_entries(entries: Iterator[Entry], plan: Plan) -> Iterator[Finding]:
    """The findings on lines, and those that are among them already, in their order."""
    yield from _here(entries, plan, FEW if plan.jobs else None)
    if not plan.jobs:
        return
    first = next(entries, None)
    if first is None:
        return
    entries = chain([first], entries)
    with ExitStack() as stack:
        try:
            workers = stack.enter_context(Workers(plan.jobs, is_measured=plan.is_measured, seconds=plan.seconds))
        except OSError:
            yield from _here(entries, plan, None)
            return
        yield from _elsewhere(entries, plan, workers)


def _here(entries: Iterator[Entry], plan: Plan, count: int | None) -> Iterator[Finding]:
    """The findings on the next `count` rules, each before the next line is read; without a count on all."""
    while count is None or count > 0:
        entry = next(entries, None)
        if entry is None:
            return
        if isinstance(entry, Pending):
            wait([entry.descriptor])
        elif isinstance(entry, RuleLine):
            count = None if count is None else count - 1
            yield _recalled(entry, plan) or _kept(entry, _found(entry, plan), plan)
        else:
            yield entry


def _elsewhere(entries: Iterator[Entry], plan: Plan, workers: Workers) -> Iterator[Finding]:
    """The findings of workers, which are so far ahead of the oldest rule that is not done as `AHEAD` lets them."""
    places: deque[Finding | None] = deque()
    passed, is_over = 0, False
    while not is_over or places:
        pending: tuple[int, ...] = ()
        while not is_over and not pending and len(places) < AHEAD * plan.jobs:
            entry = next(entries, None)
            if isinstance(entry, Pending):
                pending = (entry.descriptor,)
                continue
            is_over = entry is None
            finding = _recalled(entry, plan) if isinstance(entry, RuleLine) else entry
            if isinstance(entry, RuleLine) and finding is None:
                workers.give(Ticket(passed + len(places), entry))
            places.extend([finding] * (not is_over))
        while places and (oldest := places[0]) is not None:
            yield oldest
            places.popleft()
            passed += 1
        for ticket, finding in workers.done(pending) if places or pending else ():
            places[ticket.order - passed] = _kept(ticket.line, finding, plan)


def _found(line: RuleLine, plan: Plan) -> Finding:
    return check_line(line, is_measured=plan.is_measured, seconds=plan.seconds)


def _recalled(line: RuleLine, plan: Plan) -> Finding | None:
    """What an earlier run found about the same line in the same context, if that is known."""
    return plan.cache.recall(line, plan.is_measured) if plan.cache else None


def _kept(line: RuleLine, finding: Finding, plan: Plan) -> Finding:
    """The finding, kept for later runs."""
    if plan.cache:
        plan.cache.keep(line, finding, plan.is_measured)
    return finding


def _entries(file: RulesFile, plan: Plan) -> Iterator[Entry]:
    """The lines of a file that are to be checked, and the findings on what is no rule."""
    try:
        for entry in rule_lines(file.name, file.lines(), plan.seconds, plan.context):
            if isinstance(entry, Pending):
                yield entry
            elif _is_asked_for(entry, plan.only):
                yield fault(entry) if isinstance(entry, Misread) else entry
    except NoRulesFile as error:
        yield fault(Misread(file.name, 0, "", "", error))
    except OSError as error:
        unread = NoRulesFile(f"`{file.name}` cannot be read: {error.strerror}")
        yield fault(Misread(file.name, 0, "", "", unread))


def _is_asked_for(entry: RuleLine | Misread, only: tuple[str, ...]) -> bool:
    return not only or any(is_called(entry.identifier, pattern) for pattern in only)


def is_called(identifier: str, pattern: str) -> bool:
    """Whether an identifier is the one asked for, or like a pattern with `*`."""
    return fnmatchcase(identifier, pattern)
