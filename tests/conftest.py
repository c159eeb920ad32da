"""Switches of the test run: `--update` writes expectations anew; hypothesis is derandomised outside `make fuzz`."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.sessions import install_program

settings.register_profile("steady", derandomize=True, deadline=None, max_examples=60)
settings.register_profile(
    "fuzz", deadline=None, max_examples=4000, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")

FOLDERS = {
    "languages": "run generated code of every language: `make codegen`",
    "render": "look at pages in a browser and at documents that TeX has set: `make render`",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write expectations of cases and transcripts anew")
    for name, purpose in FOLDERS.items():
        parser.addoption(f"--{name}", action="store_true", help=purpose)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What needs other programs is left to the targets that install them."""
    name = collection_path.name
    return True if name in FOLDERS and not config.getoption(f"--{name}") else None


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--update") and config.getoption("numprocesses", default=None):
        raise pytest.UsageError("--update writes files: run it without -n")


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether expectations are to be written anew instead of compared."""
    return bool(request.config.getoption("--update"))


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the front of PATH where `matdiff` is the program of this source tree."""
    folder = tmp_path_factory.mktemp("programs")
    install_program(folder)
    return folder
