"""One gradient as a process, beside the mere import of SymPy."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.timing import time_in_turns

ROOT = Path(__file__).parent.parent
PROGRAM = "from matdiff.cli.main import main; main()"
AIM = 5.0


def process(*arguments: str) -> Callable[[], object]:
    """A run of Python with these arguments."""
    command = [sys.executable, *arguments]
    return lambda: subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def report(rounds: int) -> str:
    """The times and their ratio."""
    times = time_in_turns(
        {
            "python -c pass": process("-c", "pass"),
            "python -c 'import click'": process("-c", "import click"),
            "matdiff grad 'x.T*A*x' --wrt x": process("-c", PROGRAM, "grad", "x.T*A*x", "--wrt", "x"),
            "python -c 'import sympy'": process("-c", "import sympy"),
        },
        rounds,
    )
    lines = [f"  {name:32} {taken}" for name, taken in times.items()]
    ratio = times["python -c 'import sympy'"].middle / times["matdiff grad 'x.T*A*x' --wrt x"].middle
    return "\n".join(
        (*lines, f"  import sympy takes {ratio:.1f} times as long as a whole gradient (aim: {AIM:g} times)")
    )
