"""`matdiff fix`: the right answer in place of each wrong one in files of rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import click

from matdiff.cli import options, report
from matdiff.cli.stopping import Stop
from matdiff.errors import ExitCode
from matdiff.rulebook.files import RulesFile, files_of
from matdiff.rulebook.fix import Repair, difference, repair
from matdiff.rulebook.reader import context_of
from matdiff.rulebook.run import Plan, cores

HELP = """Put the right answer in place of each wrong one in files and folders of rules.

Without --write this is a suggestion on stdout, a difference that `patch` understands. With --write the files are
written anew, each as a whole or not at all; comments, layout and line ends stay. `-` reads rules from standard input.
A rule is corrected where matdiff knows the answer, which is checked as any rule is; what remains wrong is told on
stderr.

\b
  $ matdiff fix rules/mine.rules
  $ matdiff fix rules/mine.rules | patch -p0
  $ matdiff fix rules/ --write
  $ echo "grad x'*x wrt x = x  # a comment" | matdiff fix -
  --- -
  +++ -
  @@ -1,1 +1,1 @@
  -grad x'*x wrt x = x  # a comment
  +grad x'*x wrt x = 2*x  # a comment

Exit code 0: nothing is wrong, or nothing any more; 1: rules are wrong; 2: rules or files are errors.
"""


@click.command(name="fix", help=HELP, short_help="Correct the wrong rules in files.")
@click.argument("paths", metavar="FILE|FOLDER|-", nargs=-1, required=True)
@click.option("--write", is_flag=True, help="Write the answers into the files.")
@options.define_option
@options.only_option
@options.jobs_option
@options.timeout_option
@click.pass_context
def command(ctx: click.Context, /, paths: tuple[str, ...], write: bool, **_: object) -> None:
    """Correct file after file; the exit code is the highest that one earned."""
    if write and "-" in paths:
        raise click.UsageError("standard input cannot be written; name a file", ctx)
    given = ctx.params
    context = context_of(given["define"])
    plan = Plan(given["jobs"] or cores(), given["timeout"], only=given["only"], context=context)
    tally = Counter[str]()
    with Stop() as stop:
        for found in stop.until_stopped(repair(file, plan) for file in files(paths)):
            tally["corrected" if write else "to correct"] += len(found.corrections)
            tally.update(finding.verdict for finding in found.left)
            show(found, is_written=write)
    corrected = f"{tally['corrected']} corrected" if write else f"{tally['to correct']} to correct"
    errors = f"{tally['error']} error{'' if tally['error'] == 1 else 's'}"
    told = f"{'interrupted: ' * bool(stop.signal)}{corrected}, {tally['wrong']} left wrong, {errors}"
    report.show_summary(told, is_apart=True)
    ctx.exit(stop.exit_code if stop.signal else final_code(tally))


def files(paths: Iterable[str]) -> Iterator[RulesFile]:
    """The files of every path in order."""
    for path in paths:
        yield from [RulesFile("-", report.stdin_lines, is_rereadable=False)] if path == "-" else files_of((path,))


def show(found: Repair, *, is_written: bool) -> None:
    """The corrections of one file, written into it or as a suggestion on stdout; on stderr what is left."""
    if is_written:
        found.write()
    else:
        for line in difference(found):
            report.show_answer(line)
    for finding in found.left:
        reason = finding.details or f"wrong: `{finding.rule}`, and no answer is known that holds"
        report.show_error(f"{finding.place}: {reason}")


def final_code(tally: Counter[str]) -> ExitCode:
    """The code of the worst that is left."""
    if tally["error"]:
        return ExitCode.USAGE
    return ExitCode.WRONG if tally["wrong"] or tally["to correct"] else ExitCode.DONE
