"""Many rules: the order of findings, rules that cost a worker its life or run out of time, and what is kept."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from matdiff.errors import MatdiffError
from matdiff.limits import within
from matdiff.rulebook import checker, run, workers
from matdiff.rulebook.cache import FILE, Cache
from matdiff.rulebook.checker import Finding
from matdiff.rulebook.files import NoRulesFile, RulesFile, find_files
from matdiff.rulebook.reader import Context, Rule, RuleLine
from matdiff.rulebook.run import AHEAD, FEW, Plan, check_files, cores
from matdiff.verify.compare import Verdict

HOLDS = "grad x'*A*x wrt x = (A + A.T)*x"
WRONG = "grad x'*A*x wrt x = A*x"
ODD = "tr(B) = tr(B.T)"
SYMMETRIC = "grad x'*A*x wrt x = 2*A*x"
MANY = 3 * FEW


def lines(text: str) -> list[bytes]:
    return text.encode().splitlines(keepends=True)


def check(text: str, plan: Plan) -> list[Finding]:
    return list(check_files([RulesFile("some.rules", lambda: lines(text))], plan))


def misbehave(monkeypatch: pytest.MonkeyPatch, deed: object) -> None:
    """Have `deed` done wherever the rule `ODD` is compared."""
    compare = checker.compare

    def compare_oddly(rule: Rule) -> Verdict:
        if rule.text == ODD:
            assert callable(deed)
            deed()
        return compare(rule)

    monkeypatch.setattr(checker, "compare", compare_oddly)


def kill_yourself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def take_for_ever() -> None:
    while True:
        pass


def take_for_ever_and_hear_nothing() -> None:
    signal.signal(signal.SIGPROF, signal.SIG_IGN)
    time.sleep(600)


def eat_memory() -> None:
    eaten = []
    while True:
        eaten.append(bytes(50_000_000))


def fail() -> None:
    raise RecursionError("too deep")


@pytest.mark.parametrize("jobs", [0, 1, 2, 3])
def test_findings_come_in_the_order_of_the_rules(jobs: int) -> None:
    texts = [HOLDS, WRONG, "nonsense(", "adj(X)*X = det(X)*I"] * (MANY // 2)
    found = check("\n".join(texts), Plan(jobs))
    assert [finding.rule for finding in found] == texts
    assert [finding.line for finding in found] == list(range(1, len(texts) + 1))
    assert [finding.verdict for finding in found[:4]] == ["holds", "wrong", "error", "holds"]
    assert {finding._replace(line=0, details="") for finding in found[4:]} == {
        finding._replace(line=0, details="") for finding in found[:4]
    }


def test_workers_know_the_lines_above_each_rule() -> None:
    names = "".join(f"let u{k} = {k + 1}*x\ngrad u{k}'*x wrt x = {2 * (k + 1)}*x\n" for k in range(MANY))
    text = names + f"{SYMMETRIC}\n" * 20 + "where A: n x n symmetric\n" + f"{SYMMETRIC}\n" * 20
    found = check(text, Plan(2)) + check(text, Plan(0))
    verdicts = [finding.verdict for finding in found]
    assert verdicts == (["holds"] * MANY + ["wrong"] * 20 + ["holds"] * 20) * 2


def test_context_goes_from_file_to_file_with_its_rules(tmp_path: Path) -> None:
    (tmp_path / "a.rules").write_text("where A: n x n symmetric\n" + f"{SYMMETRIC}\n" * MANY, encoding="utf-8")
    (tmp_path / "b.rules").write_text(f"{SYMMETRIC}\n" * MANY, encoding="utf-8")
    found = [finding.verdict for finding in run.check_rules(str(tmp_path), jobs=2)]
    assert found == ["holds"] * MANY + ["wrong"] * MANY


@pytest.mark.parametrize(
    ("deed", "message"),
    [
        (kill_yourself, "the process that checked this was ended by SIGKILL"),
        (take_for_ever, "this takes more than 0.2 s of processor time"),
        (take_for_ever_and_hear_nothing, "this takes far more than 0.2 s, and was stopped"),
        (eat_memory, "this takes more than 400 MB of memory"),
        (fail, "internal error: RecursionError: too deep"),
    ],
)
def test_what_becomes_of_a_worker_costs_one_rule(deed: object, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    misbehave(monkeypatch, deed)
    if deed is take_for_ever_and_hear_nothing:
        monkeypatch.setattr(workers, "LEAST_PATIENCE", 0.1)
        monkeypatch.setattr(workers, "PATIENCE", 1.0)
    texts = [HOLDS] * MANY
    texts[MANY // 2] = texts[-1] = f"[odd] {ODD}"
    found = check("\n".join(texts), Plan(2, 5.0 if deed is eat_memory else 0.2))
    assert [finding.verdict for finding in found] == ["error" if text.startswith("[") else "holds" for text in texts]
    odd = found[-1]
    assert (odd.message, odd.identifier, odd.rule, odd.line) == (message, "odd", ODD, MANY)
    assert "^" in odd.details or message.startswith("internal")


def test_time_runs_out_in_this_process_too(monkeypatch: pytest.MonkeyPatch) -> None:
    misbehave(monkeypatch, take_for_ever)
    found = check(f"{HOLDS}\n{ODD}\n{HOLDS}", Plan(0, 0.2))
    assert [finding.verdict for finding in found] == ["holds", "error", "holds"]
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


def test_time_that_runs_out_is_no_error_that_may_be_caught() -> None:
    def stubborn() -> str:
        try:
            take_for_ever()
        except Exception:  # noqa: BLE001 (that this does not catch it is the point)
            return "caught"
        return "ended"

    with pytest.raises(MatdiffError, match=r"this takes more than 0\.1 s"):
        within(0.1, None, stubborn)


def test_few_rules_start_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "Workers", None)
    assert len(check(f"{HOLDS}\n" * FEW, Plan(2))) == FEW
    with pytest.raises(TypeError):
        check(f"{HOLDS}\n" * (FEW + 1), Plan(2))


def test_without_processes_the_work_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(run, "Workers", refuse)
    assert [finding.verdict for finding in check(f"{HOLDS}\n" * MANY, Plan(2))] == ["holds"] * MANY


def test_rules_are_read_only_a_little_ahead() -> None:
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield HOLDS.encode()

    findings = check_files([RulesFile("-", endless)], Plan(2))
    for done in range(1, 3 * FEW):
        next(findings)
        assert read <= done + 2 * AHEAD
    findings.close()  # type: ignore[attr-defined]


def test_only_some_rules_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    misbehave(monkeypatch, fail)
    text = f"where A: n x n symmetric\n[a-1] {SYMMETRIC}\n[b-1] {ODD}\n{ODD}\n[a-2] nonsense(\n"
    found = check(text, Plan(only=("a-*",)))
    assert [(finding.identifier, finding.verdict) for finding in found] == [("a-1", "holds"), ("a-2", "error")]
    assert check(text, Plan(only=("none",))) == []


def test_all_cores_are_counted() -> None:
    assert cores() >= 1


def test_patterns_stand_for_files(tmp_path: Path) -> None:
    for name in ("a.rules", "b.txt", "[c].rules", "deep/d.rules"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(HOLDS, encoding="utf-8")

    def names(pattern: str) -> list[str]:
        return [Path(file.name).name for file in find_files(str(tmp_path / pattern))]

    assert names("*.txt") == ["b.txt"]
    assert names("*") == ["[c].rules", "a.rules", "b.txt", "d.rules"]
    assert names("**/*.rules") == ["[c].rules", "a.rules", "d.rules"]
    assert names("[c].rules") == ["[c].rules"]
    with pytest.raises(NoRulesFile, match="no file is called like"):
        names("*.none")
    with pytest.raises(NoRulesFile, match="does not exist"):
        find_files("a\0b")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The rules that were compared."""
    found: list[str] = []
    compare = checker.compare

    def counting(rule: Rule) -> Verdict:
        found.append(rule.text)
        return compare(rule)

    monkeypatch.setattr(checker, "compare", counting)
    return found


def check_cached(text: str, folder: Path, **options: object) -> tuple[list[Finding], str]:
    with Cache(folder) as cache:
        found = check(text, Plan(cache=cache, **options))  # type: ignore[arg-type]
    return found, cache.trouble


def test_second_run_compares_what_changed(tmp_path: Path, calls: list[str]) -> None:
    text = f"where A: n x n\n[a] {HOLDS}\n[b] {WRONG}\n"
    first, trouble = check_cached(text, tmp_path / "deep" / "cache")
    assert trouble == ""
    assert len(calls) == 2
    calls.clear()
    again, trouble = check_cached(text, tmp_path / "deep" / "cache")
    assert (again, calls, trouble) == (first, [], "")
    moved, _ = check_cached(f"# moved\n{text}{ODD}\n", tmp_path / "deep" / "cache")
    assert calls == [ODD]
    assert [(finding.line, finding.verdict) for finding in moved] == [(3, "holds"), (4, "wrong"), (5, "holds")]
    assert moved[1].answer == first[1].answer == "(A + A.T)*x"


def test_declarations_above_and_what_is_measured_belong_to_a_rule(tmp_path: Path, calls: list[str]) -> None:
    assert [finding.verdict for finding in check_cached(SYMMETRIC, tmp_path)[0]] == ["wrong"]
    declared = f"where A: n x n symmetric\n{SYMMETRIC}"
    assert [finding.verdict for finding in check_cached(declared, tmp_path)[0]] == ["holds"]
    (finding,), _ = check_cached(declared, tmp_path, is_measured=True)
    (again,), _ = check_cached(declared, tmp_path, is_measured=True)
    assert finding.sizes is not None
    assert (again, len(calls)) == (finding, 3)


def test_findings_of_another_program_are_forgotten(
    tmp_path: Path, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    check_cached(HOLDS, tmp_path)
    monkeypatch.setattr("matdiff.rulebook.cache.fingerprint", lambda: b"another")
    check_cached(HOLDS, tmp_path)
    assert calls == [HOLDS, HOLDS]


def test_errors_are_tried_again(tmp_path: Path, calls: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    misbehave(monkeypatch, fail)
    for _ in range(2):
        (finding,), _ = check_cached(ODD, tmp_path)
        assert finding.verdict == "error"
    assert calls == []


def test_workers_fill_the_cache(tmp_path: Path, calls: list[str]) -> None:
    text = "\n".join([HOLDS, WRONG] * MANY)
    first, _ = check_cached(text, tmp_path, jobs=2)
    calls.clear()
    assert check_cached(text, tmp_path)[0] == first
    assert calls == []


@pytest.mark.parametrize("damage", [b"no database at all", b""])
def test_damaged_cache_is_said_and_made_anew(tmp_path: Path, calls: list[str], damage: bytes) -> None:
    check_cached(HOLDS, tmp_path)
    (tmp_path / FILE).write_bytes(damage)
    found, trouble = check_cached(HOLDS, tmp_path)
    assert [finding.verdict for finding in found] == ["holds"]
    assert trouble == (f"the cache `{tmp_path / FILE}` was damaged and is made anew" if damage else "")
    assert check_cached(HOLDS, tmp_path) == (found, "")
    assert calls == [HOLDS, HOLDS]


def test_altered_entry_is_not_believed(tmp_path: Path, calls: list[str]) -> None:
    check_cached(WRONG, tmp_path)
    file = tmp_path / FILE
    altered = file.read_bytes().replace(b'"wrong"', b'"holds"')
    assert altered != file.read_bytes()
    file.write_bytes(altered)
    (finding,), _ = check_cached(WRONG, tmp_path)
    assert (finding.verdict, len(calls)) == ("wrong", 2)


def test_cache_that_cannot_be_had_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    found, trouble = check_cached(HOLDS, tmp_path / "file")
    assert [finding.verdict for finding in found] == ["holds"]
    assert trouble == f"the cache `{tmp_path / 'file' / FILE}` is not used: File exists"
    assert (tmp_path / "file").read_text(encoding="utf-8") == "in the way"


def test_full_disk_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    def refuse(_cache: Cache) -> None:
        assert _cache._database is not None
        _cache._database.execute("PRAGMA max_page_count = 1")

    opened = Cache.__init__

    def open_small(cache: Cache, folder: Path) -> None:
        opened(cache, folder)
        refuse(cache)

    monkeypatch.setattr(Cache, "__init__", open_small)
    text = "\n".join(f"grad {k}*x'*x wrt x = {2 * k}*x" for k in range(1, 300))
    found, trouble = check_cached(text, tmp_path)
    assert {finding.verdict for finding in found} == {"holds"}
    assert trouble == f"the cache `{tmp_path / FILE}` is not used: database or disk is full"
    with sqlite3.connect(tmp_path / FILE) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_context_says_what_is_new() -> None:
    first = Context()
    second = first.behind(1, "where A: n x n")
    third = second.behind(3, "let u = A*x")
    other = first.behind(1, "where A: n x n")
    assert third.behind(4, "letter = u") is third
    assert third.since(first) == third.lines() == ((1, "where A: n x n"), (3, "let u = A*x"))
    assert third.since(second) == ((3, "let u = A*x"),)
    assert third.since(third) == ()
    assert third.since(other) is None
    assert first.since(third) is None
    assert RuleLine("-", 1, "[a] tr(A) = u", third).identifier == "a"
