"""Rules files: how they are read, what is found about their rules, and that the shipped ones hold."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest
from click.testing import CliRunner, Result

from matdiff.cli.main import program
from matdiff.rulebook.checker import Finding, check_rule
from matdiff.rulebook.files import NoRulesFile, find_files, shipped_files
from matdiff.rulebook.reader import Misread, Rule, read_rules
from matdiff.rulebook.report import COLUMNS, Tally, json_line, remarks, row, tsv_line
from matdiff.rulebook.run import check_lines, check_rules
from matdiff.rulebook.sizes import Sizes
from tests.terminal import SECONDS, run_on_terminal

RULES = Path(__file__).parent.parent / "rules"
SHIPPED = [
    pytest.param(entry, id=f"{entry.path}:{entry.line}")
    for file in shipped_files()
    for entry in read_rules(file.name, file.lines())
]
BEARABLE_RATIO = 1.3
WITHOUT_REASONS = ("rules/basics.rules", "rules/functions.rules")
WRONG = "grad x'*A*x wrt x = A*x"
HOLDS = "grad x'*A*x wrt x = (A + A.T)*x"
BROKEN = "grad x'*(A*x wrt x = A*x"


def read(text: str) -> list[Rule | Misread]:
    return list(read_rules("some.rules", text.encode().splitlines(keepends=True)))


def check(text: str) -> list[Finding]:
    return list(check_lines("some.rules", text.encode().splitlines(keepends=True)))


def verdicts(text: str) -> list[str]:
    return [finding.verdict for finding in check(text)]


def run(*arguments: str, given: str | bytes = "") -> Result:
    return CliRunner().invoke(program, ["check", *arguments], input=given, prog_name="matdiff")


@pytest.mark.parametrize("entry", SHIPPED)
def test_shipped_rule_holds(entry: Rule | Misread) -> None:
    assert isinstance(entry, Rule), entry.error.render()
    finding = check_rule(entry)
    assert finding.verdict == "holds", "\n".join((finding.rule, *remarks(finding)))


def test_shipped_rules_are_those_of_the_checkout() -> None:
    assert [file.name for file in shipped_files()] == [f"rules/{file.name}" for file in sorted(RULES.glob("*.rules"))]


def test_identifiers_are_given_once() -> None:
    identifiers = [entry.values[0].statement.identifier for entry in SHIPPED if isinstance(entry.values[0], Rule)]
    assert "" not in identifiers
    assert len(identifiers) == len(set(identifiers))
    assert len(identifiers) >= 300


def test_answers_are_as_long_as_the_claims_or_the_rule_says_why() -> None:
    rules = [rule for entry in SHIPPED if isinstance(rule := entry.values[0], Rule)]
    measured = [(rule, sizes.ratio) for rule in rules if (sizes := check_rule(rule, is_measured=True).sizes)]
    longer = [rule for rule, ratio in measured if ratio > BEARABLE_RATIO and "# longer: " not in rule.text]
    assert [rule.statement.identifier for rule in longer if rule.path not in WITHOUT_REASONS] == []
    assert median(ratio for _, ratio in measured) <= 1


def test_rules_come_with_line_numbers_and_identifiers() -> None:
    entries = read(f"# comment\n\n[first] {HOLDS}\r\n   {WRONG}  # why not\n")
    assert [(entry.path, entry.line) for entry in entries] == [("some.rules", 3), ("some.rules", 4)]
    assert [entry.statement.identifier for entry in entries if isinstance(entry, Rule)] == ["first", ""]


def test_first_rule_is_read_before_the_second_line() -> None:
    def lines() -> Iterator[bytes]:
        yield HOLDS.encode()
        raise AssertionError("the second line was read too early")

    assert isinstance(next(read_rules("-", lines())), Rule)


def test_declaration_line_holds_for_the_lines_below() -> None:
    rule = "grad x'*A*x wrt x = 2*A*x"
    assert verdicts(f"{rule}\nwhere A: n x n symmetric\n{rule}\n{rule}") == ["wrong", "holds", "holds"]


def test_declaration_behind_a_rule_holds_for_that_one() -> None:
    rule = "grad x'*A*x wrt x = 2*A*x"
    assert verdicts(f"{rule} where A: n x n symmetric\n{rule}") == ["holds", "wrong"]


def test_names_hold_for_the_lines_below() -> None:
    assert verdicts("let r = A*x - b\ngrad r'*r wrt x = 2*A.T*r") == ["holds"]


def test_byte_order_mark_is_passed_over() -> None:
    assert [finding.verdict for finding in check_lines("-", [b"\xef\xbb\xbf" + HOLDS.encode()])] == ["holds"]


@pytest.mark.parametrize("text", ["", "# only a comment\n", "where A: n x n\nlet u = A*x\n"])
def test_file_without_a_rule_is_an_error(text: str) -> None:
    (finding,) = check(text)
    assert (finding.verdict, finding.place, finding.message) == ("error", "some.rules", "there is no rule in this file")


def test_statement_without_an_answer_is_an_error() -> None:
    (finding,) = check("grad x'*x wrt x")
    assert (finding.verdict, finding.message) == ("error", "a rule needs an answer")


def test_error_has_its_place() -> None:
    first, second = check(f"{BROKEN}\n{HOLDS}")
    assert (first.verdict, first.line, first.column) == ("error", 1, 9)
    assert first.place == "some.rules:1:9"
    assert "^" in first.details
    assert second.verdict == "holds"


def test_error_keeps_the_identifier() -> None:
    (finding,) = check(f"[odd.one-1] {BROKEN}")
    assert (finding.identifier, finding.rule) == ("odd.one-1", BROKEN)


def test_bytes_that_are_no_text_are_an_error() -> None:
    first, second = check_lines("-", [b"grad x'*\xfe wrt x = x\n", HOLDS.encode()])
    assert first.message == "line 1 is no UTF-8 text: byte 9 is 0xfe"
    assert second.verdict == "holds"


def test_wrong_rule_has_the_right_answer_and_an_example() -> None:
    (finding,) = check(WRONG)
    assert (finding.verdict, finding.answer) == ("wrong", "(A + A.T)*x")
    assert re.fullmatch(r"at A = \[\[.*\]\], x = \[.*\]: \[.*\] is claimed where \[.*\] is right", finding.example)


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        ("jacobian y - W*x wrt x = -W", "holds"),
        ("jacobian y - W*x wrt x = W", "wrong"),
        ("hessian norm2(X*w - y)^2 wrt w = 2*X.T*X", "holds"),
        ("hessian norm2(X*w - y)^2 wrt w = X.T*X", "wrong"),
        ("tr(A*B) = tr(B*A) where A: n x m; B: m x n", "holds"),
        ("tr(A*B) = tr(A)*tr(B)", "wrong"),
        ("tr(A) = tr(A.T) = sum(diag(A))", "holds"),
        ("tr(A) = tr(A.T) = sum(A)", "wrong"),
        ("grad x'*B*y wrt B = x*y.T where x: n; y: m; B: n x m", "holds"),
        ("grad tr(A wrt A = I", "error"),
        ("foo bar = 1", "error"),
    ],
)
def test_verdict(rule: str, verdict: str) -> None:
    assert verdicts(rule) == [verdict]


@pytest.mark.parametrize(
    ("rule", "verdict", "answer"),
    [
        ("jacobian x.*x wrt x = 2*x", "wrong", "2*diag(x)"),
        ("jacobian x.*x wrt x = 2*x where x: scalar", "holds", ""),
        ("grad x'*x wrt x = 2", "wrong", "2*x"),
        ("x.*y = dot(x,y)", "wrong", ""),
        ("c*x = x*c", "holds", ""),
        ("grad t^2 wrt t = 2*t", "holds", ""),
    ],
)
def test_wrong_rule_does_not_hold_by_reading_a_vector_as_a_scalar(rule: str, verdict: str, answer: str) -> None:
    (finding,) = check(rule)
    assert (finding.verdict, finding.answer) == (verdict, answer)
    assert verdict == "holds" or "is a scalar" in finding.message or "different shapes" in finding.message


def test_answer_of_another_shape_is_wrong() -> None:
    (finding,) = check("jacobian A*x wrt x = A.T where A: n x m")
    assert (finding.verdict, finding.answer, finding.example) == ("wrong", "A", "")
    assert finding.message.endswith("(matrix, n x m) and A.T (matrix, m x n) have different shapes")
    assert remarks(finding) == (finding.message, "right: A")
    (finding,) = check("jacobian A*x wrt x = A.T*B where A: n x m; B: m x n")
    assert (finding.verdict, finding.column) == ("error", 22)


def test_defect_in_one_rule_does_not_stop_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise ZeroDivisionError("no\nsuch luck")

    monkeypatch.setattr("matdiff.rulebook.checker.compare_derivative", fail)
    findings = check(f"{HOLDS}\ntr(A) = tr(A.T)")
    assert [finding.verdict for finding in findings] == ["error", "holds"]
    assert findings[0].message == "internal error: ZeroDivisionError: no such luck"


def test_public_function_checks_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "b.rules").write_text(HOLDS, encoding="utf-8")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.rules").write_text(WRONG, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("nothing", encoding="utf-8")
    findings = check_rules(str(tmp_path), str(tmp_path / "b.rules"))
    assert [finding.verdict for finding in findings] == ["holds", "wrong", "holds"]
    assert [Path(file.name).name for file in find_files(str(tmp_path))] == ["b.rules", "a.rules"]


def test_path_without_rules_raises(tmp_path: Path) -> None:
    with pytest.raises(NoRulesFile, match="does not exist"):
        check_rules(str(tmp_path / "missing.rules"))
    with pytest.raises(NoRulesFile, match=r"there is no `\*\.rules` file in the folder"):
        check_rules(str(tmp_path))


def test_rows_are_one_line_each() -> None:
    (finding,) = check(BROKEN)
    assert len(row(finding)) == len(COLUMNS)
    assert tsv_line(finding).split("\t")[:2] == ["error", "some.rules:1:9"]
    assert "\n" not in tsv_line(finding)
    record = json.loads(json_line(finding))
    assert list(record) == ["path", "line", "column", "identifier", "rule", "verdict", "answer", "example", "message"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (HOLDS, "1 rule: 1 holds, 0 wrong, 0 errors"),
        (f"{HOLDS}\n{HOLDS}\n{WRONG}\n{BROKEN}", "4 rules: 2 hold, 1 wrong, 1 error"),
        ("", "0 rules: 0 hold, 0 wrong, 1 error"),
    ],
)
def test_counts_in_words(text: str, line: str) -> None:
    tally = Tally()
    for finding in check(text):
        tally.add(finding)
    assert str(tally) == line


@pytest.mark.parametrize(
    ("text", "code"), [(HOLDS, 0), (f"{HOLDS}\n{WRONG}", 1), (f"{WRONG}\n{BROKEN}\n{HOLDS}", 2), ("", 2)]
)
def test_exit_code_is_that_of_the_worst_rule(text: str, code: int) -> None:
    assert run("-", given=text).exit_code == code


def test_report_is_one_line_a_rule_where_no_person_reads() -> None:
    result = run("-", given=f"[first] {HOLDS}\n{WRONG}\n")
    lines = [line.split("\t") for line in result.stdout.splitlines()]
    assert lines[0] == ["holds", "-:1", "first", HOLDS]
    assert lines[1][:5] == ["wrong", "-:2", "", WRONG, "(A + A.T)*x"]
    assert lines[2:] == [["2 rules: 1 holds, 1 wrong, 0 errors"]]
    assert result.stderr == ""


def test_report_as_a_table_has_everything() -> None:
    result = run("-", "--format", "table", given=f"[first] {HOLDS}\n{WRONG}\n{BROKEN}\n")
    assert f"[first] {HOLDS}" in result.stdout
    assert "right: (A + A.T)*x" in result.stdout
    assert "^" in result.stdout
    assert result.stdout.endswith("\n3 rules: 1 holds, 1 wrong, 1 error\n")


def test_counts_are_on_stderr_where_a_program_reads() -> None:
    result = run("-", "--format", "json", given=f"{HOLDS}\n{WRONG}\n")
    assert [json.loads(line)["verdict"] for line in result.stdout.splitlines()] == ["holds", "wrong"]
    assert result.stderr == "2 rules: 1 holds, 1 wrong, 0 errors\n"
    result = run("-", "--format", "tsv", given=HOLDS)
    line = f"holds\t-:1\t\t{HOLDS}\t\t\t\t3\t3\t1.00\tproved\n"
    assert (result.stdout, result.stderr) == (line, "1 rule: 1 holds, 0 wrong, 0 errors\n")


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("grad x'*x wrt x = 2*x", (1, 1, 1.0)),
        ("grad x'*x wrt x = x + x", (1, 1, 1.0)),
        ("grad norm2(A*x - y)^2 wrt x = 2*A.T*(A*x) - 2*A.T*y", (5, 8, 5 / 8)),
        ("grad x'*y wrt x = y", (0, 0, 1.0)),
        ("let u = A*x - y\ngrad norm2(A*x - y)^2 wrt x = 2*A.T*u", (5, 5, 1.0)),
    ],
)
def test_sizes_count_the_operations_of_answer_and_claim(text: str, sizes: tuple[int, int, float]) -> None:
    (entry,) = read(text)
    assert isinstance(entry, Rule)
    found = check_rule(entry, is_measured=True).sizes
    assert found is not None
    assert (found.answer, found.claim, found.ratio) == sizes


@pytest.mark.parametrize(
    ("text", "strength"),
    [
        (HOLDS, "proved"),
        ("tr(A) = tr(A.T)", "proved"),
        ("tr(A) = tr(B) = tr(A)", ""),
        ("tr(A) = tr(A.T) = tr(B*A*inv(B))", "proved mod p"),
        ("grad logdet(X) wrt X = inv(X')", "proved"),
        ("exp(x + y) = exp(x).*exp(y) where x: n; y: n", "numerically equal"),
        (WRONG, ""),
        (BROKEN, ""),
    ],
)
def test_last_column_says_how_firmly_a_rule_is_known(text: str, strength: str) -> None:
    (finding,) = check_lines("-", [text.encode()], is_measured=True)
    assert (finding.strength, row(finding)[-1]) == (strength, strength)


@pytest.mark.parametrize("text", [WRONG, BROKEN, "tr(A) = tr(A.T)"])
def test_only_derivatives_that_hold_are_measured(text: str) -> None:
    (finding,) = check_lines("-", [text.encode()], is_measured=True)
    assert finding.sizes is None
    assert row(finding)[-4:-1] == ("", "", "")


def test_sizes_are_compared_where_a_person_reads() -> None:
    given = f"{HOLDS}\ngrad x'*x wrt x = x + x\ngrad y'*x wrt x = y\n"
    result = run("-", "--format", "table", given=given)
    assert result.stdout.splitlines()[-2:] == [
        "matdiff's answers are 1.00 times as long as the claims (median), 1.00 times at worst (-:1)",
        "3 rules: 3 hold, 0 wrong, 0 errors",
    ]
    assert "times as long" not in run("-", given=given).stdout


def test_a_name_without_operations_counts_as_one() -> None:
    assert (Sizes(0, 0).ratio, Sizes(3, 0).ratio, Sizes(3, 2).ratio) == (1.0, 3.0, 1.5)


def test_paths_that_cannot_be_read_are_errors_and_the_rest_goes_on(tmp_path: Path) -> None:
    good = tmp_path / "good.rules"
    good.write_text(HOLDS, encoding="utf-8")
    empty = tmp_path / "empty"
    empty.mkdir()
    result = run(str(tmp_path / "missing.rules"), str(empty), str(good))
    assert [line.split("\t")[0] for line in result.stdout.splitlines()[:-1]] == ["error", "error", "holds"]
    assert result.exit_code == 2


def test_no_path_is_a_usage_error() -> None:
    result = run()
    assert (result.stdout, result.exit_code) == ("", 2)
    assert "--shipped" in result.stderr


def test_shipped_rules_can_be_checked_from_anywhere(programs: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [programs / "matdiff", "check", "--shipped"],
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        timeout=SECONDS,
        check=False,
    )
    assert (done.stdout.splitlines()[-1], done.returncode) == (
        f"{len(SHIPPED)} rules: {len(SHIPPED)} hold, 0 wrong, 0 errors",
        0,
    )


def test_progress_bar_leaves_stdout_alone(programs: Path) -> None:
    output, shown, code = run_on_terminal(programs, "check", str(RULES))
    assert output == run(str(RULES)).stdout
    assert ("checking" in shown, code) == (True, 0)
    _, shown, _ = run_on_terminal(programs, "check", str(RULES / "network.rules"))
    assert shown == ""


def test_rules_may_come_through_a_pipe_that_is_named(programs: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(f"{HOLDS}\n" * 60,))
    writer.start()
    output, _, code = run_on_terminal(programs, "check", str(pipe))
    writer.join(SECONDS)
    assert (output.splitlines()[-1], code) == ("60 rules: 60 hold, 0 wrong, 0 errors", 0)
