"""Files that are written as a whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole_file(path: str) -> Iterator[BinaryIO]:
    """A stream into a file beside `path`, which takes its name at the end and has its mode; a device is written itself.

    Raises OSError with the name of the file where it cannot be written; `path` is as it was before then.
    """
    file = Path(os.path.realpath(path))
    made = ""
    try:
        if file.exists() and not file.is_file():
            with file.open("wb") as stream:
                yield stream
            return
        descriptor, made = tempfile.mkstemp(prefix=f".{file.name[:40]}.", dir=file.parent)
        with open(descriptor, "wb") as stream:
            os.fchmod(descriptor, _mode_of(file))
            yield stream
            stream.flush()
            os.fsync(descriptor)
        os.replace(made, file)
        made = ""
    except OSError as error:
        raise OSError(error.errno, f"`{path}` cannot be written: {error.strerror}") from None
    finally:
        if made:
            with suppress(OSError):
                os.unlink(made)


def _mode_of(file: Path) -> int:
    """The permissions of a file, or those of a new one."""
    if file.exists():
        return file.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
