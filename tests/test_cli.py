"""The command line: what goes to stdout and what to stderr, streams, signals, and how arguments are read."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from matdiff.cli.main import program
from tests.terminal import ROOT, SECONDS, environment, run_on_terminal

JSON_FIELDS = [
    "expr",
    "wrt",
    "order",
    "kind",
    "shapes",
    "shape",
    "text",
    "lets",
    "latex",
    "numpy",
    "check",
    "assumptions",
]

NETWORK = "sum((W3*sigmoid(W2*sigmoid(W1*x + b1) + b2) + b3 - t).^2)"
INTERRUPTIBLE = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
)


def run(*arguments: str, given: str | bytes = "") -> Result:
    return CliRunner().invoke(program, list(arguments), input=given, prog_name="matdiff")


@contextmanager
def started(programs: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """The program as a process with pipes on all sides; SIGINT is not ignored in it."""
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, programs / "matdiff", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(SECONDS)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue


def exchange(process: subprocess.Popen[bytes], line: str) -> str:
    """One line in, one line out, with the input still open."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(line.encode() + b"\n")
    process.stdin.flush()
    return process.stdout.readline().decode().rstrip("\n")


def test_stdout_is_the_answer_alone() -> None:
    result = run("grad", "x.T*A*x", "--wrt", "x")
    assert (result.stdout, result.stderr, result.exit_code) == ("(A + A.T)*x\n", "", 0)


def test_verbose_tells_on_stderr_what_was_assumed_and_checked() -> None:
    result = run("grad", "x.T*A*x", "--wrt", "x", "-v")
    assert result.stdout == "(A + A.T)*x\n"
    assert result.stderr.splitlines()[0].startswith("where ")
    assert "x ∈ ℝⁿ" in result.stderr
    assert "A ∈ ℝⁿˣⁿ" in result.stderr
    assert "shape n, agrees with " in result.stderr


def test_no_check_says_so() -> None:
    result = run("grad", "x.T*A*x", "--wrt", "x", "--no-check", "-v")
    assert result.stdout == "(A + A.T)*x\n"
    assert "shape n, not checked" in result.stderr


def test_other_forms_of_many_axes_are_told_on_stderr() -> None:
    result = run("jacobian", "A*X*B", "--wrt", "X", "-v")
    assert result.exit_code == 0
    assert result.stdout == 'einsum("ac,db->abcd", A, B)\n'
    assert result.stderr.splitlines()[-3:] == [
        "index form: D[i,j,k,l] = A[i,k]*B[l,j]",
        "Kronecker form: kron(B.T, A)",
        "differential: dF = A*dX*B",
    ]


def test_declarations_may_come_in_several_options() -> None:
    result = run("grad", "x'*A*x", "--wrt", "x", "--where", "A: n x n symmetric", "--where", "x: n")
    assert (result.stdout, result.exit_code) == ("2*A*x\n", 0)


@pytest.mark.parametrize("wrt", [("--wrt", "x", "--wrt", "W"), ("--wrt", "x,W"), ("--wrt=x", "--wrt=W")])
def test_several_variables_give_labelled_lines(wrt: tuple[str, ...]) -> None:
    result = run("grad", "dot(y - W*x, y - W*x)", *wrt)
    assert (result.stdout, result.exit_code) == ("x: 2*W.T*(W*x - y)\nW: 2*(W*x - y)*x.T\n", 0)


def test_names_for_shared_parts_are_shown_once() -> None:
    lines = run("grad", NETWORK, "--wrt", "W1,W2,W3").stdout.splitlines()
    assert lines[0] == "let s1 = sigmoid(W1*x + b1)"
    assert [line.split(" ")[0] for line in lines[-3:]] == ["W1:", "W2:", "W3:"]
    assert all(line.startswith("let s") for line in lines[:-3])
    assert len(set(lines)) == len(lines)


def test_names_are_spelt_in_the_format_asked_for() -> None:
    first = {}
    for form in ("unicode", "latex"):
        first[form] = run("grad", NETWORK, "--wrt", "W1,W2,W3", "--format", form).stdout.splitlines()[0]
    assert first == {"unicode": "let s₁ = σ(W₁x + b₁)", "latex": r"s_{1} = \sigma\left(W_{1} x + b_{1}\right)"}


def test_variable_may_be_left_out_where_there_is_one() -> None:
    assert run("grad", "dot(u,u)").stdout == "2*u\n"


def test_expression_may_have_lines_above_it() -> None:
    result = run("grad", "where W: m x n\nlet u = y - W*x\n\ndot(u,u)", "--wrt", "x")
    assert (result.stdout, result.exit_code) == ("2*W.T*(W*x - y)\n", 0)


@pytest.mark.parametrize("expression", ["", "  ", "# nothing", "let u = y - W*x"])
def test_no_expression_is_an_error(expression: str) -> None:
    result = run("grad", expression, "--wrt", "x")
    assert (result.stdout, result.exit_code) == ("", 2)
    assert result.stderr.startswith("error: ")


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("jacobian", "-W*x", "--wrt", "x"), "-W"),
        (("grad", "-x.T*x", "--wrt", "x"), "-2*x"),
        (("grad", "--wrt", "x", "-x'*x"), "-2*x"),
        (("grad", "--wrt=x", "-x'*x"), "-2*x"),
        (("grad", "-v'*x", "--wrt", "x"), "-v"),
        (("grad", "-v'*x", "-v", "--wrt", "x"), "-v"),
        (("grad", "-h'*x", "--wrt", "x"), "-h"),
        (("grad", "--wrt", "x", "--", "-x'*x"), "-2*x"),
        (("grad", "--x'*x", "--wrt", "x"), "2*x"),
        (("grad", "-(x'*x)", "--no-check", "--wrt", "x"), "-2*x"),
        (("jacobian", "-t", "--where", "t: scalar"), "-1"),
    ],
)
def test_minus_sign_begins_an_expression(arguments: tuple[str, ...], answer: str) -> None:
    result = run(*arguments)
    assert (result.stdout, result.exit_code) == (f"{answer}\n", 0)


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("grad", "x'*x", "--fromat", "json"), "'--format'"),
        (("grad", "x'*x", "--fromat=json"), "'--format'"),
        (("grad", "x'*x", "-wrt", "x"), "Did you mean '--wrt'"),
        (("grad", "x'*x", "--wrt"), "requires an argument"),
        (("grad", "x'*x", "y'*y"), "unexpected extra argument"),
        (("grad", "x'*x", "--format", "yaml"), "'yaml' is not one of"),
        (("gard", "x'*x"), "No such command 'gard'"),
    ],
)
def test_typing_errors_in_options_are_usage_errors(arguments: tuple[str, ...], hint: str) -> None:
    result = run(*arguments)
    assert (result.stdout, result.exit_code) == ("", 2)
    assert hint in result.stderr


def test_formats_are_one_answer_spelt_differently() -> None:
    answers = {
        form: run("grad", "x.T*A*x", "--wrt", "x", "--format", form).stdout for form in ("text", "unicode", "latex")
    }
    assert answers["text"] == "(A + A.T)*x\n"
    assert answers["unicode"] == "(A + Aᵀ)x\n"
    assert len(answers["latex"].splitlines()) == 1


def test_json_is_an_object_a_derivative() -> None:
    result = run("grad", "dot(y - W*x, y - W*x)", "--wrt", "x", "--wrt", "W", "--format", "json")
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [[name for name in record if name in JSON_FIELDS] for record in records] == [JSON_FIELDS] * 2
    assert [(record["wrt"], record["kind"], record["order"]) for record in records] == [
        ("x", "grad", 1),
        ("W", "grad", 1),
    ]
    assert [record["text"] for record in records] == ["2*W.T*(W*x - y)", "2*(W*x - y)*x.T"]
    assert records[0]["expr"] == "dot(y - W*x, y - W*x)"
    assert records[0]["shape"] == records[0]["shapes"]["x"]


def test_numpy_is_source_that_defines_derivative() -> None:
    result = run("grad", "x.T*A*x", "--wrt", "x", "--format", "numpy")
    assert result.exit_code == 0
    assert "def derivative(" in result.stdout


def test_error_has_the_place_and_its_own_exit_code() -> None:
    result = run("grad", "x*y", "--wrt", "x")
    assert (result.stdout, result.exit_code) == ("", 2)
    assert result.stderr.startswith("error: ")
    assert "^" in result.stderr


def test_defect_of_the_program_asks_for_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise ZeroDivisionError("no\nsuch luck")

    monkeypatch.setattr("matdiff.engine.differentiate", fail)
    result = run("grad", "x'*x")
    assert (result.stdout, result.exit_code) == ("", 4)
    assert result.stderr == (
        "internal error: ZeroDivisionError: no such luck; please report it with this line: matdiff grad 'x'\"'\"'*x'\n"
    )
    assert "Traceback" in run("grad", "x'*x", "-v").stderr
    stream = run("grad", given="x'*x\ny'*y\n")
    assert (stream.stdout, stream.exit_code, len(stream.stderr.splitlines())) == ("\n\n", 4, 2)


def test_lines_are_answered_in_their_order() -> None:
    given = "x.T*A*x\n\n# a comment\ntr(A*B) wrt A\nhessian x'*x wrt x\ngrad x'*A*x wrt x where A: n x n symmetric\n"
    result = run("grad", "--wrt", "x", given=given)
    assert (result.stdout, result.stderr, result.exit_code) == ("(A + A.T)*x\nB.T\n2*I\n2*A*x\n", "", 0)


def test_dash_reads_lines_too() -> None:
    assert run("grad", "-", given="dot(u,u)\r\n").stdout == "2*u\n"


def test_declarations_and_names_hold_for_the_lines_below() -> None:
    given = "x'*A*x\nwhere A: n x n symmetric\nx'*A*x\nlet r = A*x - b\nr'*r\n"
    result = run("grad", "--wrt", "x", given=given)
    assert (result.stdout, result.exit_code) == ("(A + A.T)*x\n2*A*x\n2*A*(A*x - b)\n", 0)


def test_bad_line_keeps_its_place() -> None:
    result = run("grad", "--wrt", "x", given="x'*x\ntr(A\nx'*b\n")
    assert (result.stdout, result.exit_code) == ("2*x\n\nb\n", 2)
    assert result.stderr.startswith("line 2: error: ")


def test_bad_line_is_an_object_with_error_in_json() -> None:
    result = run("grad", "--wrt", "x", "--format", "json", given="x'*x\ntr(A\nx'*b\n")
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert ["error" in record for record in records] == [False, True, False]
    assert (records[1]["expr"], records[1]["line"]) == ("tr(A", 2)
    assert result.exit_code == 2


def test_rule_among_expressions_is_refused() -> None:
    result = run("grad", given="grad x'*x wrt x = 2*x\n")
    assert (result.stdout, result.exit_code) == ("\n", 2)
    assert "matdiff check" in result.stderr


def test_bytes_that_are_no_text_are_named_with_line_and_byte() -> None:
    result = run("grad", "--wrt", "x", given=b"x'*x\nx'*\xff\nx'*b\n")
    assert (result.stdout, result.exit_code) == ("2*x\n\nb\n", 2)
    assert result.stderr.startswith("line 2: error: line 2 is no UTF-8 text: byte 4 is 0xff")


def test_empty_input_has_empty_output() -> None:
    result = run("grad", given="")
    assert (result.stdout, result.stderr, result.exit_code) == ("", "", 0)


def test_each_line_is_answered_before_the_next_is_read(programs: Path) -> None:
    with started(programs, "grad", "--wrt", "x") as process:
        assert exchange(process, "x'*x") == "2*x"
        assert exchange(process, "tr(A") == ""
        assert exchange(process, "x'*b") == "b"
        _, errors = process.communicate(timeout=SECONDS)
        assert process.returncode == 2
        assert errors.startswith(b"line 2: error: ")


def test_closed_pipe_ends_quietly(programs: Path) -> None:
    with started(programs, "grad", "--wrt", "x") as process:
        assert exchange(process, "x'*x") == "2*x"
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.write(b"x'*b\n" * 3)
        process.stdin.close()
        assert process.wait(SECONDS) == 141
        assert process.stderr.read() == b""


def test_interrupt_ends_quietly(programs: Path) -> None:
    with started(programs, "grad", "--wrt", "x") as process:
        assert exchange(process, "x'*x") == "2*x"
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 130
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_terminal_shows_details_and_the_same_answer(programs: Path) -> None:
    output, shown, code = run_on_terminal(programs, "grad", "x.T*A*x", "--wrt", "x")
    assert (output, code) == ("(A + A.T)*x\n", 0)
    assert "x ∈ ℝⁿ" in shown
    assert "\x1b[" in shown


def test_colour_can_be_refused(programs: Path) -> None:
    _, shown, code = run_on_terminal(programs, "grad", "tr(A", NO_COLOR="1")
    assert code == 2
    assert shown.startswith("error: ")
    assert "\x1b[" not in shown


def test_nothing_to_read_on_a_terminal_is_a_usage_error(programs: Path) -> None:
    output, shown, code = run_on_terminal(programs, "grad", stdin=True)
    assert (output, code) == ("", 2)
    assert "an expression is missing" in shown


def test_stdout_without_unicode_is_spelt_with_escapes(programs: Path) -> None:
    done = subprocess.run(
        [programs / "matdiff", "grad", "x.T*A*x", "--wrt", "x", "--format", "unicode"],
        capture_output=True,
        env=environment(PYTHONIOENCODING="ascii", PYTHONUTF8="0"),
        timeout=SECONDS,
        check=False,
    )
    assert (done.stdout, done.returncode) == (b"(A + A\\u1d40)x\n", 0)


@pytest.mark.parametrize(
    ("ending", "code", "message"),
    [
        ("<&-", 2, "an expression is missing"),
        ("- <&-", 0, ""),
        ('"x\'*x" >&-', 0, ""),
        ('"x\'*x" -v 2>&-', 0, "2*x\n"),
        ('"x\'*x" >/dev/full', 2, "error: No space left on device\n"),
    ],
)
def test_streams_may_be_closed_or_full(programs: Path, ending: str, code: int, message: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f"'{programs}/matdiff' grad {ending}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env=environment(),
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == code
    assert message in done.stdout if "expression" in message else done.stdout == message


def test_shell_can_complete_options() -> None:
    words = {"_MATDIFF_COMPLETE": "bash_complete", "COMP_WORDS": "matdiff grad x --for", "COMP_CWORD": "3"}
    result = CliRunner().invoke(program, [], env=words, prog_name="matdiff")
    assert result.stdout == "plain,--format\n"
    words |= {"COMP_WORDS": "matdiff grad x --format js", "COMP_CWORD": "4"}
    result = CliRunner().invoke(program, [], env=words, prog_name="matdiff")
    assert result.stdout == "plain,json\n"


@pytest.mark.parametrize("command", [(), ("grad",), ("jacobian",), ("hessian",), ("check",), ("functions",)])
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_has_examples(command: tuple[str, ...], flag: str) -> None:
    result = run(*command, flag)
    assert result.exit_code == 0
    assert "$ " in result.stdout


def test_version() -> None:
    result = run("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("matdiff ")


def test_catalogue_has_every_function() -> None:
    lines = run("functions", "--format", "tsv").stdout.splitlines()
    columns = lines[0].split("\t")
    assert columns == ["name", "aliases", "signature", "meaning", "derivative", "domain", "source"]
    rows = {row["name"]: row for row in (dict(zip(columns, line.split("\t"), strict=True)) for line in lines[1:])}
    assert rows["tr"]["signature"] == "n x n -> scalar"
    assert rows["tr"]["derivative"] == "I"
    assert rows["exp"]["derivative"] == "exp(t)"
    assert rows["softmax"]["derivative"] == "diag(softmax(x)) - softmax(x)*softmax(x).T"
    assert rows["inv"]["derivative"] == "dF = -inv(X)*dX*inv(X)"
    assert rows["rank"]["derivative"].startswith("none: a rank is a whole number")


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_catalogue_in_other_formats(form: str) -> None:
    lines = run("functions", "--format", form).stdout.splitlines()
    names = [line.split("\t")[0] for line in run("functions", "--format", "tsv").stdout.splitlines()[1:]]
    assert len(lines) == len(names) + (2 if form == "markdown" else 0)
    if form == "json":
        assert [json.loads(line)["name"] for line in lines] == names


def test_module_runs_as_the_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "matdiff.cli", "grad", "dot(u,u)"],
        capture_output=True,
        text=True,
        env=environment(),
        cwd=ROOT,
        timeout=SECONDS,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("2*u\n", "", 0)
