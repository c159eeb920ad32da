"""`matdiff fix`: right answers in place of wrong ones, and files that are written whole or not at all."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import matdiff
from matdiff.cli.main import program
from matdiff.rulebook import fix
from matdiff.rulebook.fix import NotWritten, replace_file
from tests.terminal import SECONDS, environment, wait_until_heeded

BEFORE = (
    "\ufeff# a table of mine\r\n"
    "\r\n"
    "where A: n x n symmetric   # holds below\r\n"
    "[one]   grad  x'*A*x  wrt x   =   A*x     # once\r\n"
    "  [two]\tgrad x'*A*x = (3*A*x) wrt x where A: n x n\t# wrt behind\n"
    "let u = A*x - b\n"
    "grad u'*u wrt x = np.dot(A, u)\r\n"
    "grad x'*x wrt x = 2*x\n"
    "tr(A*B) = tr(A)*tr(B)\n"
    "grad x'*(x wrt x = x\n"
    "jacobian x.*x wrt x = 2*x   # reads x as a scalar\n"
    "hessian x'*A*x wrt x = A"
)
AFTER = (
    BEFORE.replace("=   A*x ", "=   2*A*x ")
    .replace("(3*A*x)", "(A + A.T)*x")
    .replace("np.dot(A, u)", "2*A*(A*x - b)")
    .replace("= 2*x   #", "= 2*diag(x)   #")
    .replace("wrt x = A", "wrt x = 2*A")
    .replace("2*A*(A*x - b)\r\ngrad x'*x wrt x = 2*A", "2*A*(A*x - b)\r\ngrad x'*x wrt x = 2*x")
)


def run(*arguments: str, given: str | bytes = "") -> Result:
    return CliRunner().invoke(program, ["fix", *arguments], input=given, prog_name="matdiff")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "mine.rules"
    file.write_bytes(BEFORE.encode())
    file.chmod(0o640)
    return file


def test_only_answers_change(table: Path) -> None:
    result = run(str(table), "--write")
    assert table.read_bytes().decode() == AFTER
    assert (result.stdout, result.exit_code) == ("", 2)
    assert (
        result.stderr.splitlines()[0] == f"{table}:9: wrong: `tr(A*B) = tr(A)*tr(B)`, and no answer is known that holds"
    )
    assert result.stderr.splitlines()[1].startswith(f"{table}:10:")
    assert result.stderr.splitlines()[-1] == "5 corrected, 1 left wrong, 1 error"
    assert stat.S_IMODE(table.stat().st_mode) == 0o640
    assert os.listdir(table.parent) == [table.name]


def test_what_was_corrected_holds(table: Path) -> None:
    run(str(table), "--write")
    verdicts = [finding.verdict for finding in matdiff.check_rules(str(table))]
    assert verdicts == ["holds", "holds", "holds", "holds", "wrong", "error", "holds", "holds"]
    assert run(str(table)).stdout == ""


@pytest.mark.skipif(shutil.which("patch") is None, reason="there is no program `patch`")
def test_suggestion_is_a_difference_for_patch(table: Path, tmp_path: Path) -> None:
    result = run(str(table))
    assert table.read_bytes().decode() == BEFORE
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, "5 to correct, 1 left wrong, 1 error")
    subprocess.run(["patch", "-p0", "--binary", str(table)], input=result.stdout_bytes, cwd=tmp_path, check=True)
    assert table.read_bytes().decode() == AFTER


def test_far_corrections_stand_apart() -> None:
    given = "grad x'*x wrt x = x\n" + "# between\n" * 10 + "grad x'*x wrt x = 3*x\n# end\n"
    assert run("-", given=given).stdout.splitlines() == [
        "--- -",
        "+++ -",
        "@@ -1,4 +1,4 @@",
        "-grad x'*x wrt x = x",
        "+grad x'*x wrt x = 2*x",
        *[" # between"] * 3,
        "@@ -9,5 +9,5 @@",
        *[" # between"] * 3,
        "-grad x'*x wrt x = 3*x",
        "+grad x'*x wrt x = 2*x",
        " # end",
    ]


@pytest.mark.parametrize(
    ("given", "code", "told"),
    [
        ("grad x'*x wrt x = 2*x\n", 0, "0 to correct, 0 left wrong, 0 errors\n"),
        ("grad x'*x wrt x = x\n", 1, "1 to correct, 0 left wrong, 0 errors\n"),
        ("tr(A) = tr(B)\n", 1, "0 to correct, 1 left wrong, 0 errors\n"),
        ("", 2, "0 to correct, 0 left wrong, 1 error\n"),
    ],
)
def test_exit_code_is_that_of_the_worst(given: str, code: int, told: str) -> None:
    result = run("-", given=given)
    assert (result.exit_code, result.stderr.splitlines(keepends=True)[-1]) == (code, told)


def test_answer_with_names_for_its_parts_is_written_out() -> None:
    rule = "grad sum(tanh(W2*tanh(W1*x + b) + c)) wrt x = x"
    (line,) = [line for line in run("-", given=f"{rule}\n").stdout.splitlines() if line.startswith("+grad")]
    assert "let" not in line
    assert run("-", given=line[1:] + "\n").exit_code == 0


def test_only_some_rules() -> None:
    given = "[a] grad x'*x wrt x = x\n[b] grad x'*x wrt x = x\n"
    lines = run("-", "--only", "b", given=given).stdout.splitlines()
    assert [line for line in lines if line[0] == "+"] == ["+++ -", "+[b] grad x'*x wrt x = 2*x"]


def test_standard_input_cannot_be_written() -> None:
    result = run("-", "--write")
    assert (result.stdout, result.exit_code) == ("", 2)
    assert "name a file" in result.stderr


def test_answer_that_does_not_hold_is_not_written(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fix, "right_expression", lambda _rule: "17*x")
    result = run(str(table), "--write")
    assert table.read_bytes().decode() == BEFORE
    assert result.stderr.splitlines()[-1] == "0 corrected, 6 left wrong, 1 error"


def test_python_function_gives_the_corrections(table: Path) -> None:
    (found,) = matdiff.fix_rules(str(table))
    assert [correction.number for correction in found.corrections] == [4, 5, 7, 11, 12]
    assert found.corrected().decode() == AFTER
    assert [finding.line for finding in found.left] == [9, 10]
    assert table.read_bytes().decode() == BEFORE
    matdiff.fix_rules(str(table), write=True)
    assert table.read_bytes().decode() == AFTER


def test_link_stays_a_link(table: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.rules"
    link.symlink_to(table.name)
    run(str(link), "--write")
    assert link.is_symlink()
    assert table.read_bytes().decode() == AFTER


def test_file_that_changed_meanwhile_is_left_alone(table: Path) -> None:
    with pytest.raises(NotWritten, match="it changed while its rules were checked"):
        replace_file(str(table), b"something else", b"new")
    assert table.read_bytes().decode() == BEFORE


@pytest.mark.parametrize("name", ["mkstemp", "fsync", "replace"])
def test_trouble_leaves_the_file_as_it_was(table: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile if name == "mkstemp" else os, name, refuse)
    result = run(str(table), "--write")
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == f"error: `{table}` cannot be written: No space left on device"
    assert table.read_bytes().decode() == BEFORE
    assert os.listdir(table.parent) == [table.name]


def test_small_disk_leaves_the_file_as_it_was(programs: Path, table: Path) -> None:
    """A limit on the size of files stands for a disk that is full: the new file is cut off in the middle."""
    limited = f"ulimit -f 0; trap '' XFSZ; exec {programs / 'matdiff'} fix --write {table}"
    done = subprocess.run(
        ["sh", "-c", limited], capture_output=True, encoding="utf-8", env=environment(), timeout=SECONDS, check=False
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == f"error: `{table}` cannot be written: File too large"
    assert table.read_bytes().decode() == BEFORE
    assert os.listdir(table.parent) == [table.name]


def test_interrupted_run_writes_nothing_half(programs: Path, tmp_path: Path) -> None:
    file = tmp_path / "many.rules"
    file.write_text("grad x'*x wrt x = x\n" * 20_000, encoding="utf-8")
    process = subprocess.Popen(
        [programs / "matdiff", "fix", "--write", str(file)], stderr=subprocess.PIPE, encoding="utf-8", env=environment()
    )
    wait_until_heeded(process, signal.SIGTERM)
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=SECONDS)
    assert (told, process.returncode) == ("interrupted: 0 corrected, 0 left wrong, 0 errors\n", 143)
    assert file.read_text(encoding="utf-8") == "grad x'*x wrt x = x\n" * 20_000
    assert os.listdir(tmp_path) == [file.name]
