"""How much time and memory one line may take: what is beyond ends in an error, not in a machine that stands still.

Time is processor time, so that a busy machine changes no answer. The clock is a signal: it can stop whatever runs as
Python, in the main thread of a process, where the system has such signals; elsewhere nothing is limited.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

from matdiff.errors import OutOfBounds, Place

SECONDS = 2.0
MEGABYTES = 400
# A signal that arrives while an object is being taken away is lost; another one follows.
AGAIN = 0.05

Result = TypeVar("Result")


class _TimeIsUp(BaseException):
    """Raised by the clock wherever the program is; no handler of errors on the way may take it for an answer."""


def within(seconds: float, place: Place | None, work: Callable[[], Result]) -> Result:
    """What `work` gives, if it takes at most so many seconds of processor time and no more than `MEGABYTES`.

    0 seconds are without limits. Raises OutOfBounds with the `place`.

    >>> within(1, None, lambda: "done")
    'done'
    """
    if not seconds or not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        return work()
    bound = _bound_memory()
    heard, told = signal.signal(signal.SIGPROF, _ring), sys.unraisablehook
    sys.unraisablehook = lambda lost: None if isinstance(lost.exc_value, _TimeIsUp) else told(lost)
    try:
        try:
            signal.setitimer(signal.ITIMER_PROF, seconds, AGAIN)
            return work()
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    except _TimeIsUp:
        signal.setitimer(signal.ITIMER_PROF, 0)
        hint = f"`--timeout {10 * seconds:g}` gives it more time"
        raise OutOfBounds(f"this takes more than {seconds:g} s of processor time", place, hint=hint) from None
    except MemoryError:
        hint = "name parts of it with `let` lines, or ask for less at once; `--timeout 0` takes the limits away"
        raise OutOfBounds(f"this takes more than {MEGABYTES} MB of memory", place, hint=hint) from None
    finally:
        signal.signal(signal.SIGPROF, heard)
        sys.unraisablehook = told
        bound()


def _ring(_signal: int, _frame: object) -> None:
    raise _TimeIsUp


def _bound_memory() -> Callable[[], object]:
    """Allow the process so much memory beyond what it has; what is given back takes the bound away."""
    try:
        import resource

        with open("/proc/self/statm", "rb") as numbers:
            pages = int(numbers.read().split()[5])
    except (ImportError, OSError):
        return lambda: None
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = pages * resource.getpagesize() + MEGABYTES * 2**20
    if 0 <= soft <= most:
        return lambda: None
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
    return lambda: resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
