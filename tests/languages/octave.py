"""Running generated MATLAB: many function files in one process of GNU Octave, whose start takes longer than they do."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matdiff.errors import NoSpelling
from matdiff.printing import write
from tests.languages.problems import differs, problems
from tests.programs import Array, size_arguments

PROGRAM = "octave-cli"
# The axes, then the entries, first axis first; what goes wrong is a line too.
SHOWING = """
function show(number, value)
  printf('%d %s;%s\\n', number, sprintf(' %d', size(value)), sprintf(' %.17g', value));
end
function fail(number, problem)
  printf('%d %s\\n', number, strrep(problem.message, "\\n", ' '));
end
"""


class Call(NamedTuple):
    """A function file, what stands between the brackets of its call, and what it must give."""

    name: str
    source: str
    arguments: str
    expected: Array


def is_missing() -> bool:
    """Whether there is no GNU Octave."""
    return shutil.which(PROGRAM) is None


def calls() -> Iterator[tuple[str, Call | NoSpelling]]:
    """Every problem as a call, or why the language has none."""
    for number, problem in enumerate(problems()):
        name = f"p{number}"
        try:
            source = write.code(problem.function._replace(name=name), "matlab")
        except NoSpelling as reason:
            yield problem.name, reason
            continue
        sizes = size_arguments(source, problem.sizes)
        given = [literal(problem.inputs[str(v.attrs[0])]) for v in problem.function.variables]
        arguments = ", ".join([*given, *map(str, sizes.values())])
        yield problem.name, Call(name, source, arguments, problem.expected)


def literal(array: Array | float) -> str:
    """An array as an expression of the language."""
    entries = np.asarray(array, dtype=float)
    if not entries.ndim:
        return repr(float(entries))
    sizes = [*entries.shape, 1] if entries.ndim == 1 else entries.shape
    listed = ", ".join(repr(float(entry)) for entry in entries.ravel(order="F"))
    return f"reshape([{listed}], [{', '.join(map(str, sizes))}])"


def failures(folder: Path, asked: Mapping[str, Call]) -> list[str]:
    """The calls that give something else than they must, with what they give."""
    script = [SHOWING]
    for number, call in enumerate(asked.values()):
        (folder / f"{call.name}.m").write_text(call.source, encoding="utf-8")
        script.append(
            f"try\n  show({number}, {call.name}({call.arguments}));\ncatch problem\n  fail({number}, problem);\nend\n"
        )
    lines = run("1;\n" + "".join(script), folder)
    assert len(lines) == len(asked), lines[-3:]
    pairs = zip(lines, asked.items(), strict=True)
    return [f"{name}: {reason}\n{call.source}" for line, (name, call) in pairs if (reason := _reason(line, call))]


def run(script: str, folder: Path) -> list[str]:
    """What a script prints, line by line."""
    (folder / "main_script.m").write_text(script, encoding="utf-8")
    command = [PROGRAM, "--no-gui", "--no-init-file", "--quiet", "main_script.m"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=600, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


def _reason(line: str, call: Call) -> str:
    head, is_value, entries = line.partition(" ")[2].partition(";")
    if not is_value:
        return head
    found = np.array([float(word.replace("NA", "nan")) for word in entries.split()])
    sizes = [int(word) for word in head.split()]
    expected = call.expected
    shape = (*expected.shape, *[1] * (2 - expected.ndim))
    while len(shape) > 2 and shape[-1] == 1:
        shape = shape[:-1]
    if tuple(sizes) != shape:
        return f"the axes are {sizes} instead of {list(shape)}"
    values: NDArray[np.float64] = found.reshape(sizes, order="F").reshape(expected.shape)
    return f"{values!r} instead of {expected!r}" if differs(values, expected) else ""
