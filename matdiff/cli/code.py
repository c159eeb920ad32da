"""Options of generated source, and of where answers go."""

from __future__ import annotations

import click

from matdiff.cli.options import Command, split_names


def split_sizes(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, int], ...]:
    """The pairs of a name and a number that `--sizes "n=1000,m=50"` lists."""
    pairs = []
    for text in split_names(context, parameter, values):
        name, _, number = (part.strip() for part in text.partition("="))
        if not (name.isidentifier() and number.isascii() and number.isdigit() and 0 < len(number) < 16 and int(number)):
            raise click.BadParameter(f"`{text}` is no size; write `n=1000,m=50`", context, parameter)
        pairs.append((name, int(number)))
    return tuple(pairs)


CODE_OPTIONS = (
    click.option("--with-value", is_flag=True, help="Source code: give the value as well, with shared work done once."),
    click.option("--function", metavar="NAME", default="", help="Source code: what the function is called."),
    click.option(
        "--sizes",
        multiple=True,
        metavar="SIZES",
        callback=split_sizes,
        help='Source code: sizes to be expected, such as "n=1000,m=50"; they decide in which order products are taken.',
    ),
)
output_option = click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True),
    help="Write the answer to this file instead of stdout.",
)


def code_options(command: Command) -> Command:
    """The options of generated source."""
    for option in reversed(CODE_OPTIONS):
        command = option(command)
    return command
