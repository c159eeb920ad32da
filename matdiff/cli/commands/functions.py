"""`matdiff functions`: the catalogue of functions, from their rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields

import click

from matdiff.cli import options, report
from matdiff.errors import MatdiffError
from matdiff.functions.catalogue import ROWS
from matdiff.functions.rows import Elementwise, Row, Sugar

HELP = """Every function that expressions may use.

\b
  $ matdiff functions
  $ matdiff functions --format tsv | cut -f 1,4
  $ matdiff functions --format markdown > functions.md
"""
NAMES = {"1 1": "ts", "vector": "xy", "matrix": "XY"}


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


@click.command(name="functions", help=HELP)
@options.format_option(("text", "tsv", "json", "markdown"))
def command(form: str) -> None:
    entries = [describe(row) for row in ROWS]
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
        derivative_of(row.name, "1 1 -> 1 1" if isinstance(row, Elementwise) else signature.split(" | ")[0]),
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
    rows, columns = shape.split()
    if columns != "1":
        return f"{rows} x {columns}"
    return rows if rows != "1" else "scalar"


def derivative_of(name: str, signature: str) -> str:
    """The derivative by the first argument, as the program finds it; empty where it has more than two axes."""
    from matdiff.engine import differentiate
    from matdiff.parsing.read import read_statement

    shapes, result = (side.split(", ") for side in signature.split(" -> "))
    names = [NAMES[kind_of(shape)][position] for position, shape in enumerate(shapes)]
    declared = "; ".join(f"{name}: {readable_shape(shape)}" for name, shape in zip(names, shapes, strict=True))
    if len([size for size in (*shapes[0].split(), *result[0].split()) if size != "1"]) > 2:
        return ""
    kind = "grad" if result == ["1 1"] else "jacobian"
    text = f"{kind} {name}({', '.join(names)}) wrt {names[0]} where {declared}"
    try:
        return differentiate(read_statement(text), kind=kind, check=False)[0].text
    except MatdiffError:
        return ""


def kind_of(shape: str) -> str:
    """The key of `NAMES` for the argument of such a shape."""
    if shape == "1 1":
        return shape
    return "vector" if shape.endswith(" 1") else "matrix"


def text_lines(entries: list[Entry]) -> Iterator[str]:
    columns = [(entry.name, entry.signature, entry.derivative, entry.meaning) for entry in entries]
    widths = [max(len(row[column]) for row in columns) for column in range(3)]
    for row in columns:
        padded = [text.ljust(width) for text, width in zip(row, widths, strict=False)]
        yield "  ".join((*padded, row[-1]))


def tsv_lines(entries: list[Entry]) -> Iterator[str]:
    yield "\t".join(field.name for field in fields(Entry))
    for entry in entries:
        yield "\t".join(asdict(entry).values())


def json_lines(entries: list[Entry]) -> Iterator[str]:
    for entry in entries:
        yield json.dumps(asdict(entry) | {"aliases": entry.aliases.split()}, ensure_ascii=not report.speaks_unicode())


def markdown_lines(entries: list[Entry]) -> Iterator[str]:
    yield "| " + " | ".join(field.name for field in fields(Entry)) + " |"
    yield "|" + "---|" * len(fields(Entry))
    for entry in entries:
        cells = asdict(entry)
        for column in ("name", "aliases", "signature", "derivative"):
            cells[column] = f"`{cells[column]}`" if cells[column] else ""
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells.values()) + " |"
