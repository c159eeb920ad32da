"""Where rules come from: files, folders, and the rules that travel with the package."""

from __future__ import annotations

import glob
import importlib.resources
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from matdiff.errors import MatdiffError
from matdiff.rulebook.lines import lines_of
from matdiff.rulebook.reader import Lines, Pending

if TYPE_CHECKING:
    from importlib.abc import Traversable

SUFFIX = ".rules"


class NoRulesFile(MatdiffError):
    """A path where there are no rules to read."""


class RulesFile(NamedTuple):
    """A name for reports, and `lines()`, which opens the file and gives its lines as they come.

    A pipe that is given as a file is not `is_rereadable`: its lines come once.
    """

    name: str
    lines: Callable[[], Lines]
    is_rereadable: bool = True


def find_files(path: str) -> tuple[RulesFile, ...]:
    """The rules files at `path`: the file itself, or all `*.rules` below a folder in alphabetical order.

    Where there is nothing of that name, `*`, `?`, `[…]` and `**` in it stand for names, as in a shell. Raises
    NoRulesFile where there is none.
    """
    start = Path(path)
    if _exists(start):
        return _files_at(path, start)
    if not glob.has_magic(path):
        raise NoRulesFile(f"`{path}` does not exist")
    matching = sorted(glob.glob(path, recursive=True))
    if not matching:
        raise NoRulesFile(f"no file is called like `{path}`")
    return tuple(file for name in matching for file in _files_at(name, Path(name)))


def holds_rules(path: str) -> bool:
    """Whether there are rules files at `path`, or a file that may be one."""
    try:
        return bool(find_files(path))
    except NoRulesFile:
        return False


def files_of(paths: Iterable[str]) -> Iterator[RulesFile]:
    """The rules files at every path; where there is none a file that cannot be opened."""
    for path in paths:
        try:
            yield from find_files(path)
        except NoRulesFile as error:
            yield RulesFile(path, partial(_refuse, error), is_rereadable=False)


def _refuse(error: NoRulesFile) -> Lines:
    raise error


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long, not permitted to look, or a NUL character
        return False


def _files_at(path: str, start: Path) -> tuple[RulesFile, ...]:
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


def _lines_of(file: Path | Traversable) -> Iterator[bytes | Pending]:
    with file.open("rb") as stream:
        yield from lines_of(stream)
