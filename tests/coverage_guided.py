"""`make fuzz`: bytes that reach new lines of the program, sought by Atheris, which must all be answered or refused.

    python -m tests.coverage_guided [SECONDS]

Where Atheris is not installed (it has wheels for some versions of Python only) nothing is done but to say so. What is
found ends the search with an exit code and the bytes; it becomes a case. Source: https://github.com/google/atheris
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

SECONDS = "60"
# Of the valid lines one in so many is tried before others are made of them.
EVERY = 8
# The first byte of an input says what reads it.
READERS = (
    ("grad", "-"),
    ("jacobian", "-"),
    ("simplify", "-"),
    ("facts", "-"),
    ("solve", "-"),
    ("check", "-", "-j", "1"),
)
BAD_WORDS = ("internal error", "internal disagreement", "Traceback")


def search(folder: str, seconds: str) -> None:
    """Seek input on which the program fails, starting from the files in a folder; ends the process."""
    import atheris

    with atheris.instrument_imports(include=["matdiff"]):
        from click.testing import CliRunner

        from matdiff.cli.main import program
        from matdiff.errors import MatdiffError
        from matdiff.parsing.read import interpret, read_script

        for reader in READERS:  # what a command imports late is to be watched as well
            CliRunner().invoke(program, list(reader), input="x'*x\n")

    def parse(text: str) -> None:
        try:
            interpret(*read_script(text))
        except MatdiffError as error:
            error.render()

    def try_bytes(data: bytes) -> None:
        reader = data[0] % (2 * len(READERS)) if data else 0
        if reader >= len(READERS):
            parse(data[1:].decode("utf-8", "replace"))
            return
        result = CliRunner().invoke(program, list(READERS[reader]), input=data[1:])
        if result.exit_code not in range(4) or any(word in result.output for word in BAD_WORDS):
            raise AssertionError(f"{' '.join(READERS[reader])}: {data[1:]!r}\n{result.output}")

    options = [f"-max_total_time={seconds}", "-timeout=60", "-rss_limit_mb=2048", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={folder}/", folder], try_bytes)
    atheris.Fuzz()


def search_apart(seconds: str) -> int:
    """The exit code of a search in a process of its own, which the library ends without taking anything away."""
    from tests.hostile import VALID

    with tempfile.TemporaryDirectory() as folder:
        for number, line in enumerate(VALID[::EVERY]):
            (Path(folder) / str(number)).write_bytes(bytes([number % 256]) + line.encode())
        return subprocess.run([sys.executable, "-m", "tests.coverage_guided", seconds, folder], check=False).returncode


def main(seconds: str = SECONDS, folder: str = "") -> int:
    """Search, in a folder of examples where one is named."""
    if find_spec("atheris") is None:
        print("Atheris is not installed here; the search by coverage is left out")
        return 0
    if folder:
        search(folder, seconds)
    return search_apart(seconds)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
