"""Times matdiff beside SymPy in one run and prints ratios; arguments name the benchmarks, without any all run."""

from __future__ import annotations

import importlib
import platform
import sys
from pathlib import Path

ROUNDS = {"startup": 15, "derivatives": 5, "growth": 5}


def main(names: list[str]) -> None:
    """Run the named benchmarks, or all."""
    sys.path.insert(0, str(Path(__file__).parent.parent))
    unknown = set(names) - set(ROUNDS)
    if unknown:
        sys.exit(f"no benchmark is called {', '.join(sorted(unknown))}; there are {', '.join(ROUNDS)}")
    sys.stdout.write(f"Python {platform.python_version()} on {platform.machine()}\n")
    for name in names or ROUNDS:
        benchmark = importlib.import_module(f"benchmarks.{name}")
        sys.stdout.write(f"\n{name}: {(benchmark.__doc__ or '').splitlines()[0]}\n")
        sys.stdout.write(benchmark.report(ROUNDS[name]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
