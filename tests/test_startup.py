"""What `matdiff grad` imports: a command as small as a calculator must start like one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
DEAR = ("numpy", "sympy", "mpmath", "rich", "importlib.metadata", "hypothesis")
DRIVER = """
import sys
from matdiff.cli.main import main
sys.argv = ["matdiff", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print(*sys.modules, file=sys.stderr)
"""


def modules_after(*arguments: str) -> set[str]:
    """The modules that are loaded when the program has answered."""
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, *arguments], capture_output=True, text=True, cwd=ROOT, check=True, timeout=120
    )
    assert done.stdout
    return set(done.stderr.split())


def test_gradient_imports_nothing_dear() -> None:
    loaded = modules_after("grad", "x.T*A*x", "--wrt", "x")
    assert "matdiff.cli.main" in loaded
    assert loaded & set(DEAR) == set()


def test_help_imports_nothing_dear() -> None:
    assert modules_after("--help") & set(DEAR) == set()
