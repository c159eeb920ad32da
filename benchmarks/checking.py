"""Many rules: how many a second in one process and in two, how much memory, and how fast when all are known."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

from benchmarks.pages import Report

ROOT = Path(__file__).parent.parent
RULES = 20_000
# The program, and at its end what it and its workers took: seconds of processor time and the most memory, in kB.
PROGRAM = """
import atexit, json, resource, sys
def tell():
    taken = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps([[own.ru_utime + own.ru_stime, own.ru_maxrss] for own in taken]), file=sys.stderr)
atexit.register(tell)
from matdiff.cli.main import main
main()
"""


class Run(NamedTuple):
    """What one run took: seconds by the clock, processor seconds and MB of the reading process and of its workers."""

    seconds: float
    own: float
    workers: float
    own_memory: float
    worker_memory: float

    def busiest(self, jobs: int) -> float:
        """The processor seconds of the process that has most to do: what the run takes where every one has a core."""
        return max(self.own, self.workers / jobs)


def report(rounds: int) -> Report:
    """The rates and the memory, medians of so many rounds."""
    with tempfile.TemporaryDirectory() as folder:
        file, cache = Path(folder) / "many.rules", Path(folder) / "cache"
        file.write_text(many_rules(RULES), encoding="utf-8")
        runs = [(run(file, "-j", "1"), run(file, "-j", "2", f"--cache={cache}")) for _ in range(rounds)]
        one, two = (middle(taken) for taken in zip(*runs, strict=True))
        known = middle([run(file, "-j", "2", f"--cache={cache}") for _ in range(rounds)])
    rows = (("one process", one, 1), ("two processes", two, 2), ("two, all in the cache", known, 2))
    lines = [
        "| | rules a second | of processor time | seconds by the clock | memory, reader + each worker |",
        "|---|---|---|---|---|",
        *(row(name, taken, jobs) for name, taken, jobs in rows),
    ]
    return Report("\n".join(lines))


def row(name: str, taken: Run, jobs: int) -> str:
    """One line of the table."""
    rates = f"{RULES / taken.busiest(jobs):,.0f} | {RULES / (taken.own + taken.workers):,.0f}"
    return f"| {name} | {rates} | {taken.seconds:.0f} | {taken.own_memory:.0f} + {taken.worker_memory:.0f} MB |"


def many_rules(count: int) -> str:
    """So many rules: those that come along and need no line above them, over and over."""
    from matdiff.rulebook.files import shipped_files
    from matdiff.rulebook.reader import Misread, read_rules

    rules = [rule for file in shipped_files() for rule in read_rules(file.name, file.lines())]
    alone = [r.text for r in rules if not isinstance(r, Misread) and not (r.scope.lets or r.scope.declarations)]
    return "".join(f"[{number}] {text}\n" for number, text in enumerate(islice(cycle(alone), count)))


def run(file: Path, *options: str) -> Run:
    """One run of `matdiff check`, in which every rule must hold."""
    start = perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "check", str(file), *options],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    seconds = perf_counter() - start
    (own, own_memory), (workers, worker_memory) = json.loads(done.stderr.splitlines()[-1])
    return Run(seconds, own, workers, own_memory / 1024, worker_memory / 1024)


def middle(runs: Sequence[Run]) -> Run:
    """The median of every figure."""
    return Run(*map(median, zip(*runs, strict=True)))
