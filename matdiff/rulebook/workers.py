"""Processes that check rules: each works on lines that it is sent, and what becomes of one costs one rule.

A worker that is killed, or that has not done a rule long after its time, is replaced; the rule that it was at is an
error, and the rules behind it are given to another.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from time import monotonic
from types import TracebackType
from typing import NamedTuple

from matdiff.errors import OutOfBounds
from matdiff.rulebook.checker import Finding, check_line, fault
from matdiff.rulebook.reader import Context, RuleLine, Settings, misread

# What may wait in the pipe to a worker that is busy: so little that no one is ever held up who writes it.
MOST_AHEAD = 16
BYTES_AHEAD = 16_384
# A worker stops its rule by its own clock, of processor time; only where that fails it is stopped from outside.
PATIENCE, LEAST_PATIENCE = 5.0, 5.0
SIGNALS = (signal.SIGINT, signal.SIGTERM)
if sys.platform == "win32":
    KIND = multiprocessing.get_context("spawn")
else:
    KIND = multiprocessing.get_context("fork")


class _Message(NamedTuple):
    """What a worker is sent: the `added` lines of the context of a line, from the first on where it `is_new`."""

    is_new: bool
    added: Settings
    path: str
    number: int
    text: str


class Ticket(NamedTuple):
    """A line that is to be checked, and its number among all lines."""

    order: int
    line: RuleLine


class Lost(OutOfBounds):
    """A rule whose worker came to an end before it had an answer."""


class Workers:
    """So many processes, started by a `with` statement, at whose end they are gone.

    Entering it raises OSError where the system has no process to give.
    """

    def __init__(self, number: int, *, is_measured: bool, seconds: float) -> None:
        self.number, self.is_measured, self.seconds = number, is_measured, seconds
        self.waiting: deque[Ticket] = deque()
        self.all: list[_Worker] = []

    def __enter__(self) -> Workers:
        try:
            for _ in range(self.number):
                self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def _end(self) -> None:
        for worker in self.all:
            worker.end()

    def give(self, ticket: Ticket) -> None:
        """Have a line checked, behind those that were given before."""
        self.waiting.append(ticket)

    def done(self, also: Iterable[int] = ()) -> Iterator[tuple[Ticket, Finding]]:
        """What was found since, with its ticket; waits until there is something, or to read in `also`."""
        for worker in self.all:
            self._feed(worker)
        limits = [worker.time_left(self._patience) for worker in self.all if worker.given and self.seconds]
        ready = wait([*(worker.connection for worker in self.all), *also], min(limits, default=None))
        for worker in tuple(self.all):
            if worker.connection in ready:
                yield from self._received(worker)
            elif worker.given and self.seconds and worker.time_left(self._patience) <= 0:
                yield self._replaced(worker, f"this takes far more than {self.seconds:g} s, and was stopped")

    @property
    def _patience(self) -> float:
        return PATIENCE * self.seconds + LEAST_PATIENCE

    def _start(self) -> None:
        others = [worker.connection for worker in self.all]
        with _undisturbed():
            self.all.append(_Worker(self.is_measured, self.seconds, others))

    def _feed(self, worker: _Worker) -> None:
        try:
            worker.feed(self.waiting)
        except OSError:
            return  # it is gone: its pipe says so when it is read

    def _received(self, worker: _Worker) -> Iterator[tuple[Ticket, Finding]]:
        """Everything that the worker has said by now."""
        try:
            while True:
                yield worker.receive()
                if not worker.connection.poll():
                    break
        except (EOFError, OSError):
            if worker.given:
                yield self._replaced(worker, f"the process that checked this {worker.fate()}")
            else:
                self._drop(worker)

    def _replaced(self, worker: _Worker, reason: str) -> tuple[Ticket, Finding]:
        """The finding on the rule that cost a worker its life; the rules behind it wait again, first of all."""
        ticket = worker.given.popleft()
        self.waiting.extendleft(reversed(worker.given))
        self._drop(worker)
        line = ticket.line
        error = Lost(reason, line.place, hint="check it alone with a longer `--timeout`")
        return ticket, fault(misread(line.path, line.number, line.text, error))

    def _drop(self, worker: _Worker) -> None:
        worker.end()
        self.all.remove(worker)
        try:
            self._start()
        except OSError:
            if not self.all:
                raise


class _Worker:
    """One process, the pipe to it, and the lines that were sent into it and are not done."""

    def __init__(self, is_measured: bool, seconds: float, others: list[Connection]) -> None:
        self.connection, far = KIND.Pipe()
        inherited = [*others, self.connection] if KIND.get_start_method() == "fork" else []
        self.process = KIND.Process(target=_work, args=(far, inherited, is_measured, seconds), daemon=True)
        self.process.start()
        far.close()
        self.given: deque[Ticket] = deque()
        self.context: Context | None = None
        self.began = monotonic()

    def feed(self, waiting: deque[Ticket]) -> None:
        """Send as many of the lines that wait as may lie before this worker; to an idle one a line of any length."""
        if len(self.given) > MOST_AHEAD // 2:
            return
        room = BYTES_AHEAD - sum(4 * len(ticket.line.text) for ticket in self.given)
        while waiting and len(self.given) < MOST_AHEAD:
            line = waiting[0].line
            is_new, added = self._added(line.context)
            room -= 4 * (len(line.text) + sum(len(text) for _, text in added))
            if self.given and room < 0:
                return
            if not self.given:
                self.began = monotonic()
            self.given.append(waiting.popleft())
            self.context = line.context
            self.connection.send(_Message(is_new, added, line.path, line.number, line.text))

    def _added(self, context: Context) -> tuple[bool, Settings]:
        """Whether a context is none that the worker can go on from, and the lines that it does not know yet."""
        more = None if self.context is None else context.since(self.context)
        return (True, context.lines()) if more is None else (False, more)

    def receive(self) -> tuple[Ticket, Finding]:
        """The next finding; raises EOFError or OSError where the worker is gone."""
        finding: Finding = self.connection.recv()
        self.began = monotonic()
        return self.given.popleft(), finding

    def time_left(self, patience: float) -> float:
        """The seconds that its rule may still take."""
        return self.began + patience - monotonic()

    def fate(self) -> str:
        """How its process ended."""
        self.process.join(1)
        code = self.process.exitcode
        if code is not None and code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return "ended" if code is None else f"ended with exit code {code}"

    def end(self) -> None:
        """Stop the process, whatever it does."""
        self.connection.close()
        self.process.kill()
        self.process.join()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A time in which no signal that ends the program arrives: a process is either not there yet or known."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(connection: Connection, inherited: list[Connection], is_measured: bool, seconds: float) -> None:
    """Check the lines that come until no more can come. An interrupt is for the process that sends them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    for other in inherited:
        other.close()
    context = Context()
    with suppress(EOFError, OSError):
        while True:
            is_new, added, path, number, text = connection.recv()
            context = Context() if is_new else context
            for setting in added:
                context = context.behind(*setting)
            line = RuleLine(path, number, text, context)
            connection.send(check_line(line, is_measured=is_measured, seconds=seconds))
