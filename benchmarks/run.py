"""Times matdiff beside its peers in one run and prints ratios; arguments name the benchmarks, without any all run.

With `--save` what was found goes into docs/benchmarks.md as well.
"""

from __future__ import annotations

import importlib
import os
import platform
import sys
from pathlib import Path

ROUNDS = {"checking": 1, "startup": 15, "derivatives": 5, "growth": 5, "evaluation": 7}
ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}


def main(arguments: list[str]) -> None:
    """Run the named benchmarks, or all."""
    os.environ.update(ONE_THREAD)
    sys.path.insert(0, str(Path(__file__).parent.parent))
    names = [argument for argument in arguments if argument != "--save"]
    unknown = set(names) - set(ROUNDS)
    if unknown:
        sys.exit(f"no benchmark is called {', '.join(sorted(unknown))}; there are {', '.join(ROUNDS)}")
    sys.stdout.write(f"Python {platform.python_version()} on {platform.machine()}\n")
    for name in names or ROUNDS:
        run(name, is_saved="--save" in arguments)


def run(name: str, *, is_saved: bool) -> None:
    """Run one benchmark and print what it found."""
    from benchmarks.pages import save

    benchmark = importlib.import_module(f"benchmarks.{name}")
    sys.stdout.write(f"\n{name}: {(benchmark.__doc__ or '').splitlines()[0]}\n")
    found = benchmark.report(ROUNDS[name])
    sys.stdout.write("\n".join(part for part in (found.details, found.text) if part) + "\n")
    sys.stdout.flush()
    if is_saved:
        save(name, found)


if __name__ == "__main__":
    main(sys.argv[1:])
