"""`matdiff check` as a command: formats, options, and what signals, full disks and closed pipes do to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from matdiff.cli.main import program
from matdiff.rulebook.checker import Finding
from matdiff.rulebook.github import github_lines
from matdiff.rulebook.junit import junit_lines
from tests.terminal import SECONDS, environment, run_on_terminal

HOLDS = "grad x'*A*x wrt x = (A + A.T)*x"
WRONG = "grad x'*A*x wrt x = A*x"
BROKEN = "grad x'*(A*x wrt x = A*x"
INTERRUPTIBLE = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
)
MANY, SOME = 20_000, 2_000


def run(*arguments: str, given: str | bytes = "") -> Result:
    return CliRunner().invoke(program, ["check", *arguments], input=given, prog_name="matdiff")


def start(programs: Path, *arguments: str, **options: object) -> subprocess.Popen[str]:
    """The command as a process of its own group, in which SIGINT is not ignored."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    line = [sys.executable, "-c", INTERRUPTIBLE, programs / "matdiff", "check", *arguments]
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        line, encoding="utf-8", env=environment(), start_new_session=True, **pipes
    )


def children(process: subprocess.Popen[str]) -> list[int]:
    """The processes that a process has started, once there are some."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while not (found := listed.read_text(encoding="ascii").split()):
        assert process.poll() is None
        time.sleep(0.01)
    return [int(number) for number in found]


def is_running(number: int) -> bool:
    """Whether there is a process of that number which has not ended."""
    try:
        return Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.fixture
def many(tmp_path: Path) -> str:
    """A file with more rules than are checked while a test looks on."""
    file = tmp_path / "many.rules"
    file.write_text(f"{HOLDS}\n" * MANY, encoding="utf-8")
    return str(file)


def test_junit_is_xml_with_counts(tmp_path: Path) -> None:
    name = 'odd "<&>".rules'
    (tmp_path / name).write_text(f"[a] {HOLDS}\n[b] {WRONG}\n{BROKEN}\n", encoding="utf-8")
    (tmp_path / "z.rules").write_text(HOLDS, encoding="utf-8")
    result = run(str(tmp_path), "--format", "junit")
    root = ET.fromstring(result.stdout)
    assert (root.tag, result.exit_code) == ("testsuites", 2)
    assert [(suite.get("tests"), suite.get("failures"), suite.get("errors")) for suite in root] == [
        ("3", "1", "1"),
        ("1", "0", "0"),
    ]
    cases = list(root[0])
    assert root[0].get("name") == cases[0].get("file") == str(tmp_path / name)
    assert [(case.get("name"), case.get("line")) for case in cases] == [("a", "1"), ("b", "2"), (BROKEN, "3")]
    assert [[part.tag for part in case] for case in cases] == [[], ["failure"], ["error"]]
    assert "right: (A + A.T)*x" in str(cases[1][0].text)
    assert "^" in str(cases[2][0].text)
    assert result.stderr == "4 rules: 2 hold, 1 wrong, 1 error\n"


def test_junit_has_no_character_that_xml_lacks() -> None:
    odd = "a\x00b\x1bc\ufffed\ud800e\tf\ng\rh]]>i&amp;"
    finding = Finding(odd, 1, 0, odd, odd, "wrong", odd, odd, odd, odd)
    root = ET.fromstring("\n".join(junit_lines([finding])).encode())
    plain = odd.translate(dict.fromkeys(map(ord, "\x00\x1b\ufffe\ud800"), "\ufffd"))
    assert (root[0][0].get("name"), root[0][0][0].get("message")) == (plain, plain)
    assert root[0][0][0].text == "\n".join((plain, f"right: {plain}", plain))


def test_empty_junit_report_is_xml() -> None:
    assert len(ET.fromstring("\n".join(junit_lines([])))) == 0


def test_github_annotates_what_does_not_hold(tmp_path: Path) -> None:
    file = tmp_path / "a.rules"
    file.write_text(f"{HOLDS}\n[b] {WRONG}\n{BROKEN}\n", encoding="utf-8")
    result = run(str(file), "--format", "github")
    first, second = result.stdout.splitlines()
    assert first.startswith(f"::error file={file},line=2,title=b wrong::{WRONG}%0Aright: (A + A.T)*x%0Aat A = ")
    assert second.startswith(f"::error file={file},line=3,col=9,title=error::{BROKEN}%0Aerror: ")
    assert result.exit_code == 2


def test_github_escapes_what_ends_a_property_or_a_line() -> None:
    finding = Finding("a,b:c%\n.rules", 1, 0, "x:y", "100%\r\n", "error", message="m,:")
    assert list(github_lines([finding])) == [
        "::error file=a%2Cb%3Ac%25%0A.rules,line=1,title=x%3Ay error::100%25%0D%0A%0Am,:"
    ]
    assert list(github_lines([finding._replace(path="-", line=0, identifier="")])) == [
        "::error title=error::100%25%0D%0A%0Am,:"
    ]


def test_fail_fast_stops_at_the_first_rule_that_does_not_hold() -> None:
    result = run("-", "--fail-fast", given=f"{HOLDS}\n{WRONG}\n{BROKEN}\n" + f"{HOLDS}\n" * 100)
    assert [line.split("\t")[0] for line in result.stdout.splitlines()] == [
        "holds",
        "wrong",
        "2 rules: 1 holds, 1 wrong, 0 errors",
    ]
    assert result.exit_code == 1
    assert run("-", "--fail-fast", "--format", "table", given=f"{WRONG}\n{HOLDS}\n").stdout.endswith(
        "1 rule: 0 hold, 1 wrong, 0 errors\n"
    )


def test_only_some_rules() -> None:
    given = f"[a-1] {HOLDS}\n[a-2] {HOLDS}\n[b] {WRONG}\n"
    assert run("-", "--only", "a-*", given=given).stdout.splitlines()[-1] == "2 rules: 2 hold, 0 wrong, 0 errors"
    result = run("-", "--only", "a-1", "--only", "c", given=given)
    assert result.stdout.splitlines()[-1] == "1 rule: 1 holds, 0 wrong, 0 errors"
    assert (result.stderr, result.exit_code) == ("error: no rule is called `c`\n", 2)


@pytest.mark.parametrize(("arguments", "folder"), [(("--cache",), ""), (("--cache", "kept"), "kept"), ((), None)])
def test_cache_may_stand_alone(
    arguments: tuple[str, ...], folder: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.rules").write_text(f"{HOLDS}\n", encoding="utf-8")
    for ending in (("a.rules", *arguments), (*arguments, "a.rules")):
        result = run(*ending)
        assert (result.stdout, result.exit_code) == (
            f"holds\ta.rules:1\t\t{HOLDS}\n1 rule: 1 holds, 0 wrong, 0 errors\n",
            0,
        )
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made == sorted(["a.rules", *([] if folder is None else [folder or ".matdiff_cache"])])


def test_trouble_with_the_cache_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = run("-", f"--cache={tmp_path / 'file'}", given=HOLDS)
    assert result.exit_code == 0
    assert result.stderr.startswith("warning: the cache `")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(("-j", "0"), "'-j'"), (("--timeout", "-1"), "'--timeout'"), (("--format", "xml"), "'xml' is not one of")],
)
def test_bad_options_are_usage_errors(arguments: tuple[str, ...], told: str) -> None:
    result = run("-", *arguments, given=HOLDS)
    assert (result.stdout, result.exit_code) == ("", 2)
    assert told in result.stderr


def test_rules_are_answered_as_they_come(programs: Path) -> None:
    process = start(programs, "-", "--format", "tsv", "-j", "2", stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    for number in range(1, 41):
        process.stdin.write(f"{HOLDS}\n")
        process.stdin.flush()
        assert process.stdout.readline().startswith(f"holds\t-:{number}\t")
    _, told = process.communicate(timeout=SECONDS)
    assert (told, process.returncode) == ("40 rules: 40 hold, 0 wrong, 0 errors\n", 0)


def test_killed_worker_costs_one_rule(programs: Path, tmp_path: Path) -> None:
    file = tmp_path / "some.rules"
    file.write_text(f"{HOLDS}\n" * SOME, encoding="utf-8")
    process = start(programs, str(file), "-j", "2")
    os.kill(children(process)[0], signal.SIGKILL)
    output, _ = process.communicate(timeout=SECONDS)
    lines = output.splitlines()
    assert lines[-1] in (
        f"{SOME} rules: {SOME - 1} hold, 0 wrong, 1 error",
        f"{SOME} rules: {SOME} hold, 0 wrong, 0 errors",  # it was killed before it had a rule
    )
    assert (len(lines), process.returncode) == (SOME + 1, 0 if lines[-1].endswith("0 errors") else 2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("form", ["tsv", "junit", "table"])
def test_interrupted_run_says_what_was_done(programs: Path, many: str, number: signal.Signals, form: str) -> None:
    process = start(programs, many, "-j", "2", "--format", form)
    workers = children(process)
    os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
    output, told = process.communicate(timeout=SECONDS)
    assert process.returncode == 128 + number
    summary = told if form != "table" else output.splitlines()[-1] + "\n"
    assert summary.startswith("interrupted: ")
    assert summary.endswith(" hold, 0 wrong, 0 errors\n")
    if form == "junit":
        assert ET.fromstring(output).tag == "testsuites"
    else:
        assert output.endswith("\n")
    assert not any(map(is_running, workers))


def test_interrupted_run_keeps_what_it_found(programs: Path, many: str, tmp_path: Path) -> None:
    process = start(programs, many, "-j", "2", f"--cache={tmp_path / 'kept'}")
    children(process)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=SECONDS)
    assert [file.name for file in (tmp_path / "kept").iterdir()] == ["findings.sqlite3"]
    result = run("-", f"--cache={tmp_path / 'kept'}", given=HOLDS)
    assert (result.stderr, result.exit_code) == ("", 0)


@pytest.mark.parametrize(
    ("folder", "reason"), [("/proc/none", "No such file or directory"), ("/dev/full", "File exists")]
)
def test_folder_that_cannot_be_written_is_a_warning(folder: str, reason: str) -> None:
    result = run("-", f"--cache={folder}", given=HOLDS)
    told = f"warning: the cache `{folder}/findings.sqlite3` is not used: {reason}\n"
    assert (result.stderr, result.exit_code) == (told, 0)


def test_small_disk_leaves_the_cache_whole(programs: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands for a disk that is full: what is kept is cut off in the middle."""
    file, cache = tmp_path / "some.rules", tmp_path / "kept"
    file.write_text("".join(f"grad {k}*x'*x wrt x = {2 * k}*x\n" for k in range(1, 301)), encoding="utf-8")
    limited = f"ulimit -f 20; exec {programs / 'matdiff'} check {file} -j 2 --cache={cache}"
    done = subprocess.run(
        ["sh", "-c", limited], capture_output=True, encoding="utf-8", env=environment(), timeout=SECONDS, check=False
    )
    assert (done.stdout.splitlines()[-1], done.returncode) == ("300 rules: 300 hold, 0 wrong, 0 errors", 0)
    assert done.stderr == f"warning: the cache `{cache / 'findings.sqlite3'}` is not used: disk I/O error\n"
    assert [kept.name for kept in cache.iterdir()] == ["findings.sqlite3"]
    again = run(str(file), f"--cache={cache}")
    assert (again.stdout.splitlines()[-1], again.stderr) == ("300 rules: 300 hold, 0 wrong, 0 errors", "")


def test_killed_run_leaves_no_worker_and_a_whole_cache(programs: Path, many: str, tmp_path: Path) -> None:
    cache = tmp_path / "kept"
    process = start(programs, many, "-j", "2", f"--cache={cache}")
    workers = children(process)
    process.kill()
    process.communicate(timeout=SECONDS)
    deadline = time.monotonic() + SECONDS
    while any(map(is_running, workers)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    result = run("-", f"--cache={cache}", given=HOLDS)
    assert (result.stderr, result.exit_code) == ("", 0)


def test_reader_that_goes_ends_the_run(programs: Path, many: str) -> None:
    process = start(programs, many, "-j", "2")
    assert process.stdout is not None
    assert process.stderr is not None
    workers = children(process)
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(SECONDS) == 141
    assert process.stderr.read() == ""
    process.stderr.close()
    assert not any(map(is_running, workers))


@pytest.mark.parametrize("form", ["tsv", "junit", "table"])
def test_full_disk_is_an_error(programs: Path, tmp_path: Path, form: str) -> None:
    file = tmp_path / "some.rules"
    file.write_text(f"{HOLDS}\n" * 100, encoding="utf-8")
    with open("/dev/full", "w", encoding="utf-8") as full:
        process = start(programs, str(file), "-j", "2", "--format", form, stdout=full)
        _, told = process.communicate(timeout=SECONDS)
    assert (told, process.returncode) == ("error: No space left on device\n", 2)


def test_progress_shows_rate_and_time(programs: Path, tmp_path: Path) -> None:
    file = tmp_path / "some.rules"
    file.write_text(f"{HOLDS}\n" * SOME, encoding="utf-8")
    output, shown, code = run_on_terminal(programs, "check", str(file), "--format", "json")
    assert {json.loads(line)["verdict"] for line in output.splitlines()} == {"holds"}
    assert "checking" in shown
    assert "/s" in shown
    assert "0:00:" in shown
    assert code == 0
