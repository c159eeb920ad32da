"""The rooms of docs/design.md: imports go one way, and what is dear to import is imported where it is used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "matdiff"
FILES = sorted(PACKAGE.rglob("*.py"))
ROOMS = (
    "errors",
    "limits",
    "files",
    "tree",
    "functions",
    "properties",
    "interop",
    "parsing",
    "derive",
    "recognise",
    "printing",
    "verify",
    "explain",
)
STAGES = (*ROOMS, "conditions", "rewriting", "forms", "programs", "results", "engine")
SISTERS = ("derive", "recognise", "verify")
MAY_IMPORT = {
    "errors": (),
    "limits": ("errors",),
    "files": (),
    "tree": ("errors",),
    "functions": ("tree",),
    "properties": ("functions", "tree"),
    "interop": ("properties", "functions", "tree", "errors"),
    "parsing": ("interop", "properties", "functions", "tree", "errors"),
    **dict.fromkeys(SISTERS, ("properties", "functions", "tree", "errors")),
    "printing": ("interop", "properties", "functions", "tree", "errors"),
    "explain": ("recognise", "derive", "printing", "properties", "functions", "tree", "errors"),
    "conditions": ("recognise", "derive", "printing", "properties", "functions", "tree", "errors"),
    "rewriting": ("recognise", "derive", "properties", "functions", "tree", "errors"),
    "forms": STAGES[:-4],
    "programs": STAGES[:-3],
    "results": STAGES[:-2],
    "engine": STAGES[:-1],
    "simplified": STAGES,
    "evaluation": STAGES,
    "bridge": STAGES,
    "solving": STAGES,
    "backpropagated": STAGES,
    "reasoning": STAGES,
    "convexity": (*STAGES, "reasoning"),
    "rulebook": STAGES,
    "__init__": (
        *STAGES,
        "rulebook",
        "simplified",
        "evaluation",
        "bridge",
        "solving",
        "reasoning",
        "convexity",
        "backpropagated",
    ),
    "__main__": ("cli",),
    "cli": (
        *STAGES,
        "rulebook",
        "evaluation",
        "solving",
        "reasoning",
        "convexity",
        "backpropagated",
        "simplified",
        "__init__",
    ),
}
ONLY_IN_CLI = ("click", "rich")
ONLY_WHEN_CALLED = ("numpy", "rich")
ONLY_IN_INTEROP = ("sympy", "mpmath")  # which is imported when called
RUN_CODE = ("eval", "exec", "compile", "__import__")
MAY_RUN_CODE = {"matdiff/programs.py": ("exec", "compile")}  # its own NumPy source, when a derivative is called


@dataclass(frozen=True, slots=True)
class Import:
    """One import: who imports what, and whether importing the importer is enough to set it off."""

    file: Path
    line: int
    target: str
    is_immediate: bool

    @property
    def place(self) -> str:
        """Where it stands, for messages."""
        return f"{self.file.relative_to(ROOT)}:{self.line} imports {self.target}"


def room_of(file: Path) -> str:
    """The room that a file of the package lies in."""
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def target_room(target: str) -> str:
    """The room that a dotted name of the package leads to; the package itself is the public functions."""
    parts = target.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imports_of(file: Path, source: str = "") -> Iterator[Import]:
    """Every import of a file. Those for the type checker alone set nothing off, but count for the rooms."""
    pending: list[tuple[ast.AST, bool]] = [(ast.parse(source or file.read_text(encoding="utf-8")), True)]
    while pending:
        node, is_immediate = pending.pop()
        if isinstance(node, ast.Import):
            yield from (Import(file, node.lineno, alias.name, is_immediate) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno} imports relatively"
            yield from (Import(file, node.lineno, target, is_immediate) for target in full_names(node))
        waits = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or is_for_types(node)
        pending.extend((child, is_immediate and not waits) for child in ast.iter_child_nodes(node))


def full_names(node: ast.ImportFrom) -> list[str]:
    """`from matdiff.tree import build, node` leads to `matdiff.tree.build` and `matdiff.tree.node`."""
    return [f"{node.module}.{alias.name}" for alias in node.names]


def is_for_types(node: ast.AST) -> bool:
    """Whether a node is `if TYPE_CHECKING:`."""
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def trespasses(found: Import) -> bool:
    """Whether an import goes where its room may not."""
    head = found.target.split(".")[0]
    room = room_of(found.file)
    if head in ONLY_IN_CLI:
        return room != "cli"
    if head in ONLY_IN_INTEROP:
        return room != "interop"
    if head != "matdiff":
        return False
    target = target_room(found.target)
    if target not in MAY_IMPORT:
        target = "__init__"
    return target != room and target not in MAY_IMPORT[room]


IMPORTS = [found for file in FILES for found in imports_of(file)]


def test_every_file_lies_in_a_room() -> None:
    assert {room_of(file) for file in FILES} <= set(MAY_IMPORT)
    assert IMPORTS


def test_imports_go_one_way() -> None:
    assert [found.place for found in IMPORTS if trespasses(found)] == []


def test_dear_packages_are_imported_when_called() -> None:
    immediate = [found for found in IMPORTS if found.is_immediate]
    assert [found.place for found in immediate if is_dear(found)] == []


def is_dear(found: Import) -> bool:
    """Whether an import loads what costs more than the rest of the program, SymPy through the room that uses it."""
    is_of_bridge = found.target.startswith("matdiff.interop") and room_of(found.file) != "interop"
    return is_of_bridge or found.target.split(".")[0] in ONLY_WHEN_CALLED


def test_text_is_never_run_as_code() -> None:
    calls = {
        (file.relative_to(ROOT).as_posix(), node.func.id)
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RUN_CODE
    }
    assert {(file, name) for file, name in calls if name not in MAY_RUN_CODE.get(file, ())} == set()


def test_design_names_the_same_rooms() -> None:
    rows = re.findall(r"^\| `(\w+)(?:\.py|/)` \| .* \| (.*) \|$", (ROOT / "docs/design.md").read_text(), re.MULTILINE)
    written = {room: permitted_by(cell, room) for room, cell in rows}
    assert written == {room: set(MAY_IMPORT[room]) - {"__init__"} for room in written}
    assert {room for room in MAY_IMPORT if not room.startswith("__")} == set(written)


def permitted_by(cell: str, room: str) -> set[str]:
    """The rooms that the last column of the table of rooms permits to a room."""
    words = set(re.findall(r"\w+", cell))
    if words == {"nothing"}:
        return set()
    if words == {"all", "above"}:
        return set(STAGES[: STAGES.index(room)])
    if words == {"all"}:
        return {*STAGES, "rulebook", "evaluation", "solving", "reasoning", "convexity", "backpropagated", "simplified"}
    if words >= {"engine", "and", "above"}:
        return {*STAGES, *words} - {"and", "above"}
    return words


@pytest.mark.parametrize(
    ("file", "source", "is_wrong"),
    [
        ("verify/compare.py", "from matdiff.derive import reverse", True),
        ("verify/compare.py", "def f():\n    from matdiff.derive import reverse", True),
        ("verify/compare.py", "import matdiff.recognise.sums", True),
        ("tree/node.py", "from matdiff import functions", True),
        ("printing/layout.py", "import rich", True),
        ("parsing/define.py", "def f():\n    import sympy", True),
        ("interop/scalars.py", "import sympy", False),
        ("functions/matrix.py", "from matdiff import grad", True),
        ("cli/report.py", "from matdiff import grad", False),
        ("parsing/infer.py", "from matdiff.tree import build", False),
        ("engine.py", "from matdiff.derive.reverse import gradient", False),
    ],
)
def test_trespass_is_noticed(file: str, source: str, is_wrong: bool) -> None:
    assert [trespasses(found) for found in imports_of(PACKAGE / file, source)] == [is_wrong]
