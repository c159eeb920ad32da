"""What the documents show is what the program does; generated pages are current; every page is linked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.generate import pages
from tests.sessions import run_command

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
DOCUMENTS = (README, *sorted((ROOT / "docs").glob("*.md")))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def links_of(document: Path) -> list[str]:
    """Where the document's links lead; what stands in code is none."""
    return LINK.findall(CODE.sub("", document.read_text(encoding="utf-8")))


def console_steps(document: Path) -> list[tuple[str, str]]:
    """Each command of the document's `console` blocks with what a person sees below it."""
    blocks = [body for language, body in BLOCK.findall(document.read_text(encoding="utf-8")) if language == "console"]
    commands = [part for body in blocks for part in re.split(r"^\$ ", body, flags=re.MULTILINE) if part.strip()]
    return [(command, seen.rstrip("\n")) for command, _, seen in (part.partition("\n") for part in commands)]


def python_blocks(document: Path) -> list[str]:
    """The document's `python` blocks."""
    return [body for language, body in BLOCK.findall(document.read_text(encoding="utf-8")) if language == "python"]


STEPS = [(document.name, command, seen) for document in DOCUMENTS for command, seen in console_steps(document)]
SCRIPTS = [(document.name, body) for document in DOCUMENTS for body in python_blocks(document)]


@pytest.mark.parametrize(("document", "command", "seen"), STEPS)
def test_console_block(document: str, command: str, seen: str, programs: Path) -> None:
    assert run_command(command, programs, merged=True).output.rstrip("\n") == seen, document


@pytest.mark.parametrize(("document", "body"), SCRIPTS)
def test_python_block(document: str, body: str) -> None:
    """A line such as `print(x)  # 3` prints what its comment says; the block runs as a whole."""
    printed: list[str] = []
    exec(body, {"print": lambda *values: printed.append(" ".join(map(str, values)))})
    assert printed == re.findall(r"^print\(.*\)  # (.*)$", body, re.MULTILINE), document


@pytest.mark.parametrize("name", ["cli.md", "functions.md", "rules.md"])
def test_generated_page_is_current(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == pages()[name], "run `make docs`"


def test_readme_shows_sessions() -> None:
    assert console_steps(README)


def test_every_page_is_linked_from_the_readme() -> None:
    assert {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")} <= set(links_of(README))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_links_lead_somewhere(document: Path) -> None:
    local = [link for link in links_of(document) if "://" not in link]
    assert [link for link in local if not (document.parent / link).exists()] == []
