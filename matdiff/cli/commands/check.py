"""`matdiff check`: rules files, each rule compared with numbers."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import click

from matdiff.cli import options, report
from matdiff.cli.stopping import Stop
from matdiff.errors import ExitCode, MatdiffError
from matdiff.rulebook.cache import Cache
from matdiff.rulebook.checker import Finding
from matdiff.rulebook.files import RulesFile, files_of, holds_rules, shipped_files
from matdiff.rulebook.github import github_lines
from matdiff.rulebook.junit import junit_lines
from matdiff.rulebook.reader import context_of
from matdiff.rulebook.report import Tally, json_line, tsv_line
from matdiff.rulebook.run import Plan, check_files, cores, is_called

HELP = """Check rules such as `grad x.T*A*x wrt x = (A + A.T)*x`, one a line, in files, in folders of `*.rules`, and in
what a pattern such as 'rules/**/a*.rules' names.

`-` reads rules from standard input. Each rule holds, is wrong (with the right answer and a small example) or is an
error. On a terminal the report is a table, else one line a rule; the counts come last (with --format on stderr). Exit
code 0: all hold; 1: some are wrong; 2: some are errors; 130 and 143: interrupted, what was found till then is said.

With --format tsv the columns are verdict, place, identifier, rule, answer, example, message and, for derivatives that
hold, the number of operations in matdiff's own answer, that in the claim, and their ratio. The last column, also in
the table, says how firmly a rule is known to hold: proved, proved mod p or numerically equal, as of `matdiff equal`.
The table ends with the median and the worst of the ratios. junit and github are for build servers: JUnit XML, and
annotations for GitHub Actions.

\b
  $ matdiff check rules/
  $ matdiff check --shipped --only 'cookbook-*' --fail-fast
  $ matdiff check rules/ -j 4 --cache --format junit > report.xml
  $ echo 'grad tr(A*B) wrt A = B' | matdiff check -
"""
EXIT_CODES = {"holds": ExitCode.DONE, "wrong": ExitCode.WRONG, "error": ExitCode.USAGE}
FORMATS = ("table", "tsv", "json", "junit", "github")
LONG_RUN = 50
CACHE = ".matdiff_cache"


class CheckCommand(click.Command):
    """A command whose option `--cache` may stand alone, before a path of rules as well."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line; what follows `--cache` is its folder unless it is an option or holds rules."""
        following = [*args[1:], ""]
        completed = [
            f"{arg}={CACHE}" if arg == "--cache" and (after.startswith("-") or holds_rules(after)) else arg
            for arg, after in zip(args, following, strict=False)
        ]
        return super().parse_args(ctx, completed)


class Request(NamedTuple):
    """What the command line asks for: which rules, and how the report looks."""

    paths: tuple[str, ...]
    is_shipped: bool
    form: str
    only: tuple[str, ...]
    is_fail_fast: bool
    has_bar: bool

    def files(self) -> Iterator[RulesFile]:
        """The files of every path in order, then the shipped ones."""
        for path in self.paths:
            yield from [RulesFile("-", report.waiting_stdin, is_rereadable=False)] if path == "-" else files_of((path,))
        if self.is_shipped:
            yield from shipped_files()


@click.command(name="check", cls=CheckCommand, help=HELP, short_help="Check files of rules.")
@click.argument("paths", metavar="FILE|FOLDER|-", nargs=-1)
@click.option("--shipped", is_flag=True, help="Check the rules that come with matdiff.")
@options.define_option
@options.only_option
@click.option("--fail-fast", is_flag=True, help="Stop at the first rule that does not hold.")
@options.jobs_option
@options.timeout_option
@click.option(
    "--cache",
    metavar="[FOLDER]",
    type=click.Path(path_type=Path),
    is_flag=False,
    flag_value=CACHE,
    help=f"Keep what is found in this folder ({CACHE} where none is named), and check only what changed since.",
)
@options.format_option(FORMATS, default=None)
@click.pass_context
def command(ctx: click.Context, /, paths: tuple[str, ...], form: str | None, **_: object) -> None:
    """Report on every rule, count the verdicts, and end with the worst."""
    given = ctx.params
    if not paths and not given["shipped"]:
        raise click.UsageError("name a file or a folder of rules, `-` for standard input, or --shipped", ctx)
    shown = form or ("table" if report.is_terminal(sys.stdout) else "tsv")
    has_bar = report.is_terminal(sys.stderr) and (shown == "table" or not report.is_terminal(sys.stdout))
    request = Request(paths, given["shipped"], shown, given["only"], given["fail_fast"], has_bar)
    tally = Tally()
    is_measured = shown == "table" or form == "tsv"
    with Stop() as stop, Cache(given["cache"]) if given["cache"] else nullcontext() as cache:
        before = context_of(given["define"])
        plan = Plan(given["jobs"] or cores(), given["timeout"], is_measured, given["only"], cache, before)
        show(stop.until_stopped(found(request, plan, tally)), request.form)
    if cache is not None and cache.trouble:
        report.show_error(f"warning: {cache.trouble}")
    if shown == "table" and tally.ratios:
        report.show_answer(tally.ratios_text())
    report.show_summary(f"{'interrupted: ' * bool(stop.signal)}{tally}", is_apart=form not in (None, "table"))
    ctx.exit(stop.exit_code if stop.signal else final_code(tally, request.only))


def final_code(tally: Tally, only: tuple[str, ...]) -> ExitCode:
    """The code of the worst verdict; an identifier that no rule has is an error."""
    missing = [pattern for pattern in only if not any(is_called(name, pattern) for name in tally.identifiers)]
    for pattern in missing:
        report.show_error(f"error: no rule is called `{pattern}`")
    codes = [EXIT_CODES[verdict] for verdict in tally.verdicts] + [ExitCode.USAGE] * len(missing)
    return max(codes, default=ExitCode.USAGE)


def found(request: Request, plan: Plan, tally: Tally) -> Iterator[Finding]:
    """The findings that are asked for, each counted; a person who waits for many of them may see a progress bar."""
    files = list(request.files())
    total = count_rules(files) if request.has_bar and not request.only else 0
    checked = check_files(files, plan)
    for finding in report.with_progress(checked, total) if total >= LONG_RUN else checked:
        tally.add(finding, with_identifier=bool(request.only))
        yield finding
        if request.is_fail_fast and finding.verdict != "holds":
            return


def show(findings: Iterable[Finding], form: str) -> None:
    """The report in a format, each part of it as soon as it can be written."""
    if form == "table":
        report.show_findings_table(findings)
        return
    for line in LINES[form](findings):
        report.show_answer(line)


def json_lines(findings: Iterable[Finding]) -> Iterator[str]:
    """An object for each finding."""
    is_ascii = not report.speaks_unicode()
    return (json_line(finding, is_ascii=is_ascii) for finding in findings)


def tsv_lines(findings: Iterable[Finding]) -> Iterator[str]:
    """A line of columns for each finding."""
    return map(tsv_line, findings)


LINES = {"tsv": tsv_lines, "json": json_lines, "junit": junit_lines, "github": github_lines}


def count_rules(files: Iterable[RulesFile]) -> int:
    """About how many rules there are: the lines with something in them; 0 where that cannot be known beforehand."""
    files = tuple(files)
    if not all(file.is_rereadable for file in files):
        return 0
    try:
        lines = chain.from_iterable(file.lines() for file in files)
        return sum(isinstance(line, bytes) and bool(line.strip()) and not line.startswith(b"#") for line in lines)
    except (OSError, MatdiffError):
        return 0
