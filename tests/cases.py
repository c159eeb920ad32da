"""Reading and writing `*.case` files: what is given, what is taken of it, and the whole of what must come out.

    [case quadratic form]
    given   x: n;  A: n x n
    take    grad x'*A*x wrt x
    expect  (A + A')*x

`given` (declarations), `define` (a function) and `format` may be left out. What comes out is `expect` (stdout),
`error` (stderr) and `exit` where it is not 0. A value goes on over lines that are indented by eight blanks. Lines that
begin with `#` are comments.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

INDENT = " " * 8
INPUTS = ("given", "define", "take", "format")
OUTPUTS = ("expect", "error", "exit")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The whole of what a command did."""

    output: str
    error: str
    exit: int


@dataclass(frozen=True, slots=True)
class Case:
    """One case and the lines of its file that hold it, the title line first."""

    file: Path
    title: str
    values: tuple[tuple[str, str], ...]
    start: int
    stop: int

    def value(self, key: str, default: str = "") -> str:
        """What the case says under `key`."""
        return dict(self.values).get(key, default)

    @property
    def expected(self) -> Outcome:
        """What must come out."""
        return Outcome(self.value("expect"), self.value("error"), int(self.value("exit", "0")))


def read_cases(file: Path) -> tuple[Case, ...]:
    """The cases of a file, in order; a file without any, or with a line that is out of place, is an error."""
    lines = file.read_text(encoding="utf-8").splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("[case ")]
    if not starts:
        raise ValueError(f"{file.name} has no case")
    cases = tuple(_read_case(file, lines, start) for start in starts)
    titles = [case.title for case in cases]
    if len(set(titles)) < len(titles):
        raise ValueError(f"{file.name} has two cases of one title")
    return cases


def _read_case(file: Path, lines: list[str], start: int) -> Case:
    values: list[tuple[str, str]] = []
    stop = start + 1
    while stop < len(lines) and _belongs(lines, stop):
        key, value = lines[stop][: len(INDENT)].strip(), lines[stop][len(INDENT) :]
        if key:
            values.append((key, value))
        elif values:
            values[-1] = (values[-1][0], values[-1][1] + "\n" + value)
        stop += 1
    case = Case(file, lines[start].removeprefix("[case ").removesuffix("]"), tuple(values), start, stop)
    _hold_together(case)
    return case


def _belongs(lines: list[str], number: int) -> bool:
    """Whether a line is part of the case above it; an empty one is where the value goes on below it."""
    if lines[number].strip():
        return not lines[number].startswith(("[", "#"))
    below = next((line for line in lines[number:] if line.strip()), "")
    return below.startswith(INDENT)


def _hold_together(case: Case) -> None:
    keys = [key for key, _ in case.values]
    unknown = set(keys) - {*INPUTS, *OUTPUTS}
    if unknown or len(set(keys)) < len(keys) or "take" not in keys:
        raise ValueError(f"{case.file.name}:{case.start + 1}: [case {case.title}] has the keys {keys}")


def write_outcome(case: Case, outcome: Outcome) -> None:
    """Write the case anew in its file, with what came out as what must come out."""
    outputs = (("expect", outcome.output), ("error", outcome.error), ("exit", str(outcome.exit)))
    values = [(key, value) for key, value in case.values if key in INPUTS]
    values += [(key, value) for key, value in outputs if value not in ("", "0")]
    block = [f"[case {case.title}]"]
    for key, value in values:
        first, *rest = value.split("\n")
        block += [key.ljust(len(INDENT)) + first, *((INDENT + line).rstrip() for line in rest)]
    current = _find_again(case)
    lines = case.file.read_text(encoding="utf-8").splitlines()
    lines[current.start : current.stop] = block
    case.file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _find_again(case: Case) -> Case:
    """The case where it stands now: others of its file may have become longer or shorter."""
    return next(now for now in read_cases(case.file) if now.title == case.title)
