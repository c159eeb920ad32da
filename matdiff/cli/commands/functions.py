"""`matdiff functions`: the catalogue of functions, from their rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields

import click

from matdiff.cli import options, report
from matdiff.errors import NoRule
from matdiff.functions.catalogue import ROWS
from matdiff.functions.rows import Elementwise, Opaque, Row, Sugar

HELP = """Every function that expressions may use.

\b
  $ matdiff functions
  $ matdiff functions --format tsv | cut -f 1,4
  $ matdiff functions --format markdown > functions.md
"""
NAMES = {"scalar": "ts", "vector": "xy", "matrix": "XYZ"}
NO_DERIVATIVE = "none: "
# `power` is what `x^p` is kept as; nobody calls it by name.
LISTED = tuple(row for row in ROWS if row.name != "power")


@dataclass(frozen=True, slots=True)
class Entry:
    """One function as the catalogue shows it."""

    name: str
    aliases: str
    signature: str
    meaning: str
    derivative: str
    domain: str
    source: str


@click.command(name="functions", help=HELP, short_help="List the functions that expressions may use.")
@options.format_option(("text", "tsv", "json", "markdown"))
def command(form: str) -> None:
    """Print the catalogue."""
    entries = [describe(row) for row in LISTED]
    lines = {"text": text_lines, "tsv": tsv_lines, "json": json_lines, "markdown": markdown_lines}[form]
    for line in lines(entries):
        report.show_answer(line)


def describe(row: Row) -> Entry:
    """The catalogue's entry of one row."""
    signature = signature_of(row)
    return Entry(
        row.name,
        " ".join(row.aliases),
        " | ".join(readable(alternative) for alternative in signature.split(" | ")),
        row.meaning,
        derivative_of(row),
        "" if isinstance(row, Sugar) else getattr(row, "domain", "real"),
        row.source,
    )


def signature_of(row: Row) -> str:
    """The signature in rows and columns; entry-wise functions keep the shape of their arguments."""
    if not isinstance(row, Elementwise):
        return row.signature
    count = len(row.derivative) if isinstance(row.derivative, tuple) else 1
    return ", ".join(["m n"] * count) + " -> m n"


def readable(signature: str) -> str:
    """`"n 1, n n -> 1 1"` as declarations spell shapes: `n, n x n -> scalar`."""
    sides = signature.split(" -> ")
    return " -> ".join(", ".join(readable_shape(shape) for shape in side.split(", ")) for side in sides)


def readable_shape(shape: str) -> str:
    """`"n 1"` as declarations spell it: `n`."""
    rows, columns, *more = shape.split()
    if more:
        return " x ".join((rows, columns, *more))
    if columns != "1":
        return f"{rows} x {columns}"
    return rows if rows != "1" else "scalar"


def derivative_of(row: Row) -> str:
    """The derivative by the first argument, as the program finds it; where it has more than two axes, the differential.

    Where every shape is the same, `m n`, it is that of the function of scalars; where there is none the reason why.
    """
    from matdiff.engine import Options, differentiate
    from matdiff.parsing.read import read_statement
    from matdiff.printing import write

    shapes, (result,) = (side.split(", ") for side in signature_of(row).split(" | ")[0].split(" -> "))
    if {*shapes, result} == {"m n"}:
        shapes, result = ["1 1"] * len(shapes), "1 1"
    names = argument_names(shapes)
    words = [" integer" if isinstance(row, Opaque) and shape == "1 1" else "" for shape in shapes]
    parts = zip(names, shapes, words, strict=True)
    declared = "; ".join(f"{name}: {readable_shape(shape)}{word}" for name, shape, word in parts)
    has_many_axes = sum(size != "1" for shape in (shapes[0], result) for size in shape.split()) > 2
    kind = "differential" if has_many_axes else "grad" if result == "1 1" else "jacobian"
    sizes = ", m, n" if getattr(row, "is_shaped", False) else ""
    statement = read_statement(f"{row.name}({', '.join(names)}{sizes}) wrt {names[0]} where {declared}")
    try:
        found = differentiate(statement, kind=kind, options=Options(check=False))[0]
    except NoRule as missing:
        return f"{NO_DERIVATIVE}{missing.hint}"
    text = write.text(found.node, found.batch.context)
    return f"{found.change_name} = {text}" if has_many_axes else text


def argument_names(shapes: list[str]) -> list[str]:
    """Customary names for arguments of these shapes: `t` for a scalar, `x` for a vector, `X` for a matrix."""
    letters = {kind: iter(names) for kind, names in NAMES.items()}
    return [next(letters[kind_of(shape)]) for shape in shapes]


def kind_of(shape: str) -> str:
    """Whether a shape is that of a scalar, a vector or a matrix."""
    if shape == "1 1":
        return "scalar"
    return "vector" if shape.endswith(" 1") else "matrix"


def text_lines(entries: list[Entry]) -> Iterator[str]:
    """Aligned columns for reading: name, signature, derivative and meaning."""
    columns = [(entry.name, entry.signature, entry.derivative, entry.meaning) for entry in entries]
    widths = [max(len(row[column]) for row in columns) for column in range(3)]
    for row in columns:
        padded = [text.ljust(width) for text, width in zip(row, widths, strict=False)]
        yield "  ".join((*padded, row[-1]))


def tsv_lines(entries: list[Entry]) -> Iterator[str]:
    """All columns parted by tabs, below a line of headings."""
    yield "\t".join(field.name for field in fields(Entry))
    for entry in entries:
        yield "\t".join(asdict(entry).values())


def json_lines(entries: list[Entry]) -> Iterator[str]:
    """One object a function."""
    for entry in entries:
        yield report.json_line(asdict(entry) | {"aliases": entry.aliases.split()})


def markdown_lines(entries: list[Entry]) -> Iterator[str]:
    """All columns as a table for the documentation."""
    yield "| " + " | ".join(field.name for field in fields(Entry)) + " |"
    yield "|" + "---|" * len(fields(Entry))
    for entry in entries:
        cells = asdict(entry)
        for column in ("name", "aliases", "signature", "derivative"):
            text = cells[column]
            cells[column] = f"`{text}`" if text and not text.startswith(NO_DERIVATIVE) else text
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells.values()) + " |"
