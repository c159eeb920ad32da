"""What is packed: the wheel holds the package with the rules inside, and nothing of the tests."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parent.parent
RULES = {file.relative_to(ROOT / "rules").as_posix() for file in (ROOT / "rules").rglob("*.rules")}
MODULES = {file.relative_to(ROOT).as_posix() for file in (ROOT / "matdiff").rglob("*.py")}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in the wheel."""
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel")), versions=["standard"])
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def test_wheel_holds_every_module(wheel: set[str]) -> None:
    assert wheel >= MODULES
    assert "matdiff/py.typed" in wheel


def test_wheel_holds_the_rules(wheel: set[str]) -> None:
    assert RULES
    assert {name for name in wheel if name.endswith(".rules")} == {f"matdiff/rules/{name}" for name in RULES}


def test_wheel_holds_nothing_else(wheel: set[str]) -> None:
    assert {name.split("/")[0] for name in wheel if ".dist-info/" not in name} == {"matdiff"}


def test_sdist_holds_what_tests_need(tmp_path: Path) -> None:
    (built,) = SdistBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with tarfile.open(built) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}
    assert names >= {f"rules/{name}" for name in RULES}
    assert names >= {"pyproject.toml", "README.md", "LICENSE", "Makefile", "tests/conftest.py", "docs/design.md"}
