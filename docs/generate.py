"""The pages of docs/ that are made from the program itself: `make docs` writes them, the tests hold them current."""

from __future__ import annotations

import sys
from pathlib import Path

from click.testing import CliRunner

from matdiff.cli.main import COMMANDS, program
from matdiff.explain.rules import RULES
from matdiff.explain.wording.en import ENGLISH

DOCS = Path(__file__).parent
WIDTH = 100
NOTICE = "<!-- Made by `make docs` from the program: change it there. -->\n"
COMMAND_LINE = """
# The command line

stdout is the answer and nothing else; what was assumed and how it was checked goes to stderr, on a terminal or with
`-v`.
"""
FUNCTIONS = """
# Functions

What an expression may call, as `matdiff functions` lists it. The derivative is by the first argument; it is left out
where it has more than two indices. Shapes: `n` is a column of n entries, `n x m` a matrix.

"""


DERIVATIONS = """
# Rules of derivations

What `matdiff explain` names beside its steps. The key is that of the JSON format.

"""


def pages() -> dict[str, str]:
    """The text of each generated page by its file name."""
    return {"cli.md": command_line_page(), "functions.md": functions_page(), "rules.md": rules_page()}


def command_line_page() -> str:
    """The help text of the program and of each command."""
    sections = [("matdiff", ("--help",)), *((f"matdiff {name}", (name, "--help")) for name in COMMANDS)]
    blocks = [f"\n## {title}\n\n```\n{output_of(*arguments)}```\n" for title, arguments in sections]
    return NOTICE + COMMAND_LINE + "".join(blocks)


def functions_page() -> str:
    """The catalogue of functions as a table."""
    return NOTICE + FUNCTIONS + output_of("functions", "--format", "markdown")


def rules_page() -> str:
    """The rules that derivations name, as a table."""
    names = ENGLISH.rules
    rows = [f"| {names[rule.key]} | `{rule.key}` | {rule.statement} |" for rule in RULES]
    return NOTICE + DERIVATIONS + "\n".join(["| rule | key | what it says |", "|---|---|---|", *rows]) + "\n"


def output_of(*arguments: str) -> str:
    """What the program prints on stdout."""
    result = CliRunner().invoke(
        program, arguments, prog_name="matdiff", terminal_width=WIDTH, max_content_width=WIDTH, catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    return "\n".join(line.rstrip() for line in result.stdout.splitlines()) + "\n"


def main() -> None:
    """Write the pages that are not current."""
    for name, text in pages().items():
        page = DOCS / name
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")
            sys.stdout.write(f"wrote docs/{name}\n")


if __name__ == "__main__":
    main()
