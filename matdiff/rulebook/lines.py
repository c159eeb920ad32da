"""Lines of bytes from files and streams, as they come, none longer than a statement may be."""

from __future__ import annotations

import os
import select
import stat
from collections.abc import Iterable, Iterator
from typing import IO

from matdiff.parsing.lexer import LONGEST_STATEMENT
from matdiff.rulebook.reader import Lines, Pending, decode_line

# A character takes four bytes at most: what is cut off was too long anyway, and is refused for that.
LONGEST_LINE = 4 * LONGEST_STATEMENT + 4
CHUNK = 1 << 16


def lines_of(stream: IO[bytes]) -> Iterator[bytes | Pending]:
    """The lines of a stream; `Pending` where it is a pipe or a terminal that has nothing to read yet.

    Nothing is waited for here: who has other work does it meanwhile.
    """
    descriptor = _descriptor(stream)
    return bounded_lines(stream) if descriptor is None else _lines_as_they_come(descriptor)


def bounded_lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines of a stream, each as soon as it is there; the rest of one that is too long is passed over."""
    while line := stream.readline(LONGEST_LINE):
        rest = line
        while len(rest) == LONGEST_LINE and not rest.endswith(b"\n"):
            rest = stream.readline(LONGEST_LINE)
        yield line


def every_line(lines: Lines) -> list[bytes]:
    """All lines of a source, however long they take to come."""
    found = []
    for line in lines:
        if isinstance(line, Pending):
            select.select([line.descriptor], [], [])
        else:
            found.append(line)
    return found


def text_of(lines: Iterable[bytes]) -> str:
    """A script whose statement needs all lines before it; raises for bytes that are no UTF-8, with their line."""
    return "\n".join(decode_line(raw, number) for number, raw in enumerate(lines, start=1))


def _descriptor(stream: IO[bytes]) -> int | None:
    """The descriptor of a stream that can be waited for; None for a file, which has everything at once."""
    try:
        descriptor = stream.fileno()
        is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
    except OSError:
        return None
    return None if is_file or os.name != "posix" else descriptor


def _lines_as_they_come(descriptor: int) -> Iterator[bytes | Pending]:
    start = b""
    while True:
        if not select.select([descriptor], [], [], 0)[0]:
            yield Pending(descriptor)
            continue
        chunk = os.read(descriptor, CHUNK)
        *whole, rest = chunk.split(b"\n")
        if whole:
            yield start + whole[0] + b"\n"
            yield from (line + b"\n" for line in whole[1:])
            start = rest
        elif len(start) < LONGEST_LINE:
            start += rest
        if not chunk:
            break
    if start:
        yield start
