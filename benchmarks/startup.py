"""One gradient as a process, beside the mere import of SymPy."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.pages import Report
from benchmarks.timing import time_in_turns

ROOT = Path(__file__).parent.parent
PROGRAM = "from matdiff.cli.main import main; main()"
AIM = 5.0


def process(cache: str, *arguments: str) -> Callable[[], object]:
    """A run of Python with these arguments; as in an installed package, bytecode is there after the first."""
    command = [sys.executable, *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPYCACHEPREFIX": cache, "PYTHONPATH": str(ROOT)}
    return lambda: subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


def report(rounds: int) -> Report:
    """The times and their ratio."""
    with tempfile.TemporaryDirectory() as cache:
        ways = {
            "python -c pass": process(cache, "-c", "pass"),
            "python -c 'import click'": process(cache, "-c", "import click"),
            "matdiff grad 'x.T*A*x' --wrt x": process(cache, "-c", PROGRAM, "grad", "x.T*A*x", "--wrt", "x"),
            "python -c 'import sympy'": process(cache, "-c", "import sympy"),
        }
        times = time_in_turns(ways, rounds)
    lines = [f"- `{name}`: {taken}" for name, taken in times.items()]
    ratio = times["python -c 'import sympy'"].middle / times["matdiff grad 'x.T*A*x' --wrt x"].middle
    return Report(
        "\n".join((*lines, f"- import sympy takes {ratio:.1f} times as long as a gradient (aim: {AIM:g} times)"))
    )
