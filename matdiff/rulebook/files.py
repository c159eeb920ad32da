"""Where rules come from: files, folders, and the rules that travel with the package."""

from __future__ import annotations

import importlib.resources
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from matdiff.errors import MatdiffError

if TYPE_CHECKING:
    from importlib.abc import Traversable

SUFFIX = ".rules"


class NoRulesFile(MatdiffError):
    """A path where there are no rules to read."""


class RulesFile(NamedTuple):
    """A name for reports, and `lines()`, which opens the file and gives its lines one by one.

    A pipe that is given as a file is not `is_rereadable`: its lines come once.
    """

    name: str
    lines: Callable[[], Iterable[bytes]]
    is_rereadable: bool = True


def find_files(path: str) -> tuple[RulesFile, ...]:
    """The rules files at `path`: the file itself, or all `*.rules` below a folder in alphabetical order.

    Raises NoRulesFile where there is none.
    """
    start = Path(path)
    if not start.exists():
        raise NoRulesFile(f"`{path}` does not exist")
    if not start.is_dir():
        return (RulesFile(path, partial(_lines_of, start), start.is_file()),)
    found = sorted(file for file in start.rglob(f"*{SUFFIX}") if file.is_file())
    if not found:
        raise NoRulesFile(f"there is no `*{SUFFIX}` file in the folder `{path}`")
    return tuple(RulesFile(str(file), partial(_lines_of, file)) for file in found)


def shipped_files() -> tuple[RulesFile, ...]:
    """The rules of the package: among its modules when installed, beside them in a source checkout."""
    package = importlib.resources.files("matdiff")
    for folder in (package / "rules", Path(str(package)).parent / "rules"):
        if folder.is_dir():
            files = (file for file in folder.iterdir() if file.name.endswith(SUFFIX))
            by_name = sorted(files, key=lambda file: file.name)
            return tuple(RulesFile(f"rules/{file.name}", partial(_lines_of, file)) for file in by_name)
    raise NoRulesFile("this installation of matdiff has no rules in it", hint="install it again")


def _lines_of(file: Path | Traversable) -> Iterator[bytes]:
    with file.open("rb") as stream:
        yield from stream
