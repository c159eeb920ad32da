"""Ctrl-C and requests to end, for a command that reports as it goes: what is done is said, nothing is cut in two."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable, Iterator
from types import FrameType, TracebackType
from typing import TypeVar

Item = TypeVar("Item")
SIGNALS = (signal.SIGINT, signal.SIGTERM)
BY_SIGNAL = 128


class _Stopped(BaseException):
    """Raised where the program works or waits, never where it writes."""


class Stop:
    """Used in a `with` statement, in which the two signals end `until_stopped` and not the program.

    `signal` is the one that came, 0 where none did. A second one ends the program wherever it is.
    """

    def __init__(self) -> None:
        self.signal = 0
        self._may_raise = False
        self._before: dict[int, object] = {}
        self._unraisable = sys.unraisablehook

    def __enter__(self) -> Stop:
        self._unraisable, sys.unraisablehook = sys.unraisablehook, self._pass_over
        try:
            self._before = {number: signal.signal(number, self._note) for number in SIGNALS}
        except ValueError:  # not in the main thread, where no signal arrives
            self._before = {}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        sys.unraisablehook = self._unraisable
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    @property
    def exit_code(self) -> int:
        """What a shell expects of a program that a signal has ended."""
        return BY_SIGNAL + self.signal

    def until_stopped(self, items: Iterable[Item]) -> Iterator[Item]:
        """`items`, up to the one during which a signal comes."""
        iterator = iter(items)
        while not self.signal:
            try:
                self._may_raise = True
                item = next(iterator)
                self._may_raise = False
            except (_Stopped, StopIteration):
                return
            finally:
                self._may_raise = False
            yield item

    def _pass_over(self, unraisable: sys.UnraisableHookArgs) -> None:
        """A stop that meets a callback of the interpreter is lost there; the signal is noted and ends the run."""
        if unraisable.exc_type is not _Stopped:
            self._unraisable(unraisable)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.signal:
            raise KeyboardInterrupt
        self.signal = number
        if self._may_raise:
            raise _Stopped
