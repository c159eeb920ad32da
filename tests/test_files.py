"""A file is written as a whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from matdiff.files import whole_file


def test_file_keeps_its_mode_and_its_place_behind_a_link(tmp_path: Path) -> None:
    file, link = tmp_path / "a.txt", tmp_path / "link.txt"
    file.write_text("old")
    file.chmod(0o640)
    link.symlink_to(file)
    with whole_file(str(link)) as stream:
        stream.write(b"new")
    assert (file.read_text(), file.stat().st_mode & 0o777, link.is_symlink()) == ("new", 0o640, True)
    assert sorted(tmp_path.iterdir()) == [file, link]


def test_error_on_the_way_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("old")
    with pytest.raises(ZeroDivisionError), whole_file(str(file)) as stream:
        stream.write(bytes(1 // 0))
    assert (file.read_text(), list(tmp_path.iterdir())) == ("old", [file])


def test_new_file_has_the_mode_of_others(tmp_path: Path) -> None:
    plain = tmp_path / "plain.txt"
    plain.touch()
    with whole_file(str(tmp_path / "new.txt")) as stream:
        stream.write(b"")
    assert (tmp_path / "new.txt").stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize(("path", "reason"), [("/dev/full", "No space left"), ("/nowhere/a.txt", "No such file")])
def test_file_that_cannot_be_written_is_named(path: str, reason: str) -> None:
    with pytest.raises(OSError, match=f"`{path}` cannot be written: {reason}"), whole_file(path) as stream:
        stream.write(b"text")
