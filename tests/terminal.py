"""Running the program where a person looks on: with stderr, and perhaps stdin, on a terminal."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent
SECONDS = 60


def environment(**extra: str) -> dict[str, str]:
    """The variables that the program runs with."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "PYTHONIOENCODING")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "TERM": "xterm", **extra}


def wait_until_heeded(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """Wait until the program would do something of its own about a signal."""
    status = Path(f"/proc/{process.pid}/status")
    while True:
        assert process.poll() is None
        (caught,) = (line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("SigCgt:"))
        if int(caught.split()[1], 16) >> (number - 1) & 1:
            return
        time.sleep(0.01)


def run_on_terminal(programs: Path, *arguments: str, stdin: bool = False, **extra: str) -> tuple[str, str, int]:
    """Stdout, stderr and exit code where stderr (and stdin) are a terminal, and stdout is a pipe."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [programs / "matdiff", *arguments],
        stdin=follower if stdin else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=follower,
        env=environment(**extra),
    )
    os.close(follower)
    with ThreadPoolExecutor(1) as reader:
        shown = reader.submit(read_all, leader)
        output, _ = process.communicate(timeout=SECONDS)
        told = shown.result().decode().replace("\r\n", "\n")
    return output.decode(), told, process.returncode


def read_all(leader: int) -> bytes:
    """What is written to a terminal until nobody holds it any more; a terminal that is not read stops its writer."""
    shown = b""
    try:
        while chunk := os.read(leader, 4096):
            shown += chunk
    except OSError:
        pass
    finally:
        os.close(leader)
    return shown
