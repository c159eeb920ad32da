r"""Sessions of the command line: blocks of a command and the whole of what it does, run by a real shell.

    $ printf 'x.T*A*x\nfoo bar\n' | matdiff grad --wrt x
    (A + A.T)*x
    1|
    2| error: …
    exit 2

Plain lines are stdout; `2| ` begins a line of stderr, `1| ` a line of stdout that could be taken for something else (an
empty one), `0| ` a line that the command is given on stdin. Blocks are parted by empty lines; `#` begins a comment.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.cases import Outcome

ROOT = Path(__file__).parent.parent
SECONDS = 120
PROGRAM = """#!{python}
import sys
sys.path.insert(0, {root!r})
from matdiff.cli.main import main
main()
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One command, what it is given on stdin, and all that it must do; `comment` stands above it in the file."""

    comment: tuple[str, ...]
    command: str
    given: str
    expected: Outcome


def read_steps(file: Path) -> tuple[Step, ...]:
    """The steps of a transcript, in order; one without any is an error."""
    blocks = file.read_text(encoding="utf-8").split("\n\n")
    steps = tuple(_read_step(file, block.strip("\n").split("\n")) for block in blocks if block.strip())
    if not steps:
        raise ValueError(f"{file.name} has no step")
    return steps


def _read_step(file: Path, lines: list[str]) -> Step:
    comment = tuple(line for line in lines if line.startswith("#"))[: _first_command(file, lines)]
    command = lines[len(comment)].removeprefix("$ ")
    streams: dict[str, list[str]] = {"0": [], "1": [], "2": []}
    code = 0
    for line in lines[len(comment) + 1 :]:
        if line.startswith("exit "):
            code = int(line.removeprefix("exit "))
        elif line[:2] in ("0|", "1|", "2|"):
            streams[line[0]].append(line[3:])
        else:
            streams["1"].append(line)
    given, output, error = ("".join(line + "\n" for line in streams[number]) for number in "012")
    return Step(comment, command, given, Outcome(output, error, code))


def _first_command(file: Path, lines: list[str]) -> int:
    for number, line in enumerate(lines):
        if line.startswith("$ "):
            return number
        if not line.startswith("#"):
            break
    raise ValueError(f"{file.name}: a block begins with `$ command`, not with {lines[0]!r}")


def write_steps(file: Path, steps: tuple[Step, ...]) -> None:
    """Write a transcript of these steps."""
    file.write_text("\n".join(_step_text(step) for step in steps), encoding="utf-8")


def _step_text(step: Step) -> str:
    lines = [*step.comment, "$ " + step.command]
    lines += [f"0| {line}".rstrip() for line in step.given.splitlines()]
    lines += [_stdout_line(line) for line in step.expected.output.splitlines()]
    lines += [f"2| {line}".rstrip() for line in step.expected.error.splitlines()]
    if step.expected.exit:
        lines.append(f"exit {step.expected.exit}")
    return "\n".join(lines) + "\n"


def _stdout_line(line: str) -> str:
    is_ambiguous = not line or line[:2] in ("0|", "1|", "2|", "$ ") or line.startswith(("exit ", "#"))
    return f"1| {line}".rstrip() if is_ambiguous else line


def install_program(folder: Path) -> None:
    """Make `folder/matdiff` the program of this source tree, run by this Python."""
    program = folder / "matdiff"
    program.write_text(PROGRAM.format(python=sys.executable, root=str(ROOT)), encoding="utf-8")
    program.chmod(0o755)


def run_command(command: str, programs: Path, given: str = "", *, merged: bool = False) -> Outcome:
    """What a shell command does from the root of the source tree; `merged` mixes stderr into stdout."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("MATDIFF", "COLUMNS", "LINES"))},
        "PATH": f"{programs}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": "utf-8",
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        ["sh", "-c", command],
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if merged else subprocess.PIPE,
        encoding="utf-8",
        cwd=ROOT,
        env=environment,
        timeout=SECONDS,
        check=False,
    )
    return Outcome(done.stdout, done.stderr or "", done.returncode)
