"""`matdiff check`: rules files, each rule compared with numbers."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import click

from matdiff.cli import options, report
from matdiff.errors import ExitCode
from matdiff.rulebook.checker import Finding, check_files, check_lines, fault
from matdiff.rulebook.files import NoRulesFile, RulesFile, find_files, shipped_files
from matdiff.rulebook.report import Tally, json_line, tsv_line

HELP = """Check rules such as `grad x.T*A*x wrt x = (A + A.T)*x`, one a line, in files and folders of `*.rules`.

`-` reads rules from standard input. Each rule holds, is wrong (with the right answer and a small example) or is an
error. On a terminal the report is a table, else one line a rule; the counts come last (with --format on stderr). Exit
code 0: all hold; 1: some are wrong; 2: some are errors.

With --format tsv the columns are verdict, place, identifier, rule, answer, example, message and, for derivatives that
hold, the number of operations in matdiff's own answer, that in the claim, and their ratio. The last column, also in
the table, says how firmly a rule is known to hold: proved, proved mod p or numerically equal, as of `matdiff equal`.
The table ends with the median and the worst of the ratios.

\b
  $ matdiff check rules/
  $ matdiff check --shipped
  $ echo 'grad tr(A*B) wrt A = B' | matdiff check -
"""
EXIT_CODES = {"holds": ExitCode.DONE, "wrong": ExitCode.WRONG, "error": ExitCode.USAGE}
LONG_RUN = 50


@click.command(name="check", help=HELP, short_help="Check files of rules.")
@click.argument("paths", metavar="FILE|FOLDER|-", nargs=-1)
@click.option("--shipped", is_flag=True, help="Check the rules that come with matdiff.")
@options.format_option(("table", "tsv", "json"), default=None)
@click.pass_context
def command(ctx: click.Context, paths: tuple[str, ...], shipped: bool, form: str | None) -> None:
    """Report on every rule, count the verdicts, and end with the worst."""
    if not paths and not shipped:
        raise click.UsageError("name a file or a folder of rules, `-` for standard input, or --shipped", ctx)
    is_table = form == "table" or (form is None and report.is_terminal(sys.stdout))
    has_bar = report.is_terminal(sys.stderr) and (is_table or not report.is_terminal(sys.stdout))
    tally = Tally()
    findings = find_all(paths, shipped, has_bar=has_bar, is_measured=is_table or form == "tsv")
    findings = counted(findings, tally)
    if is_table:
        report.show_findings_table(findings)
        if tally.ratios:
            report.show_answer(tally.ratios_text())
    else:
        show_lines(findings, form or "tsv")
    report.show_summary(str(tally), is_apart=form in ("tsv", "json"))
    ctx.exit(max((EXIT_CODES[verdict] for verdict in tally.verdicts), default=ExitCode.USAGE))


def show_lines(findings: Iterable[Finding], form: str) -> None:
    """One line a finding, as it comes."""
    for finding in findings:
        is_json = form == "json"
        report.show_answer(json_line(finding, is_ascii=not report.speaks_unicode()) if is_json else tsv_line(finding))


def find_all(paths: Iterable[str], is_shipped: bool, *, has_bar: bool, is_measured: bool) -> Iterator[Finding]:
    """The findings of every path in order, then those of the shipped rules."""
    for path in paths:
        if path == "-":
            yield from check_lines("-", report.stdin_lines(), is_measured=is_measured)
            continue
        try:
            files = find_files(path)
        except NoRulesFile as error:
            yield fault(path, error)
            continue
        yield from find_in(files, has_bar, is_measured)
    if is_shipped:
        yield from find_in(shipped_files(), has_bar, is_measured)


def find_in(files: tuple[RulesFile, ...], has_bar: bool, is_measured: bool) -> Iterable[Finding]:
    """The findings of some files; a person who waits for many of them may see a progress bar."""
    findings = check_files(files, is_measured=is_measured)
    total = count_rules(files) if has_bar else 0
    return report.with_progress(findings, total) if total >= LONG_RUN else findings


def counted(findings: Iterable[Finding], tally: Tally) -> Iterator[Finding]:
    """`findings`, each counted as it passes."""
    for finding in findings:
        tally.add(finding)
        yield finding


def count_rules(files: tuple[RulesFile, ...]) -> int:
    """About how many rules there are: the lines with something in them; 0 where that cannot be known beforehand."""
    if not all(file.is_rereadable for file in files):
        return 0
    try:
        return sum(1 for file in files for line in file.lines() if line.strip() and not line.startswith(b"#"))
    except OSError:
        return 0
