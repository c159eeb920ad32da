"""What earlier runs found, in a folder: a rule whose text, context and program are the same is not checked again.

One SQLite file holds it, so that a run which is cut off leaves what it had finished and nothing half. Every entry has
a sum of its own: what was damaged is checked anew, never believed.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from matdiff.rulebook.checker import Finding
from matdiff.rulebook.reader import RuleLine
from matdiff.rulebook.sizes import Sizes

if TYPE_CHECKING:
    from sqlite3 import Connection

FILE = "findings.sqlite3"
LASTING = ("holds", "wrong")
AT_ONCE = 256
TABLE = (
    "CREATE TABLE IF NOT EXISTS findings "
    "(key BLOB PRIMARY KEY, program BLOB NOT NULL, text TEXT NOT NULL, sum BLOB NOT NULL) WITHOUT ROWID"
)


class Cache:
    """The findings kept in `folder`, used in a `with` statement; `trouble` says why they cannot be, or is empty.

    A cache in trouble finds and keeps nothing and stops nobody. Errors are not kept: what could not be done is tried
    again.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / FILE
        self.trouble = ""
        self.program = fingerprint()
        self._unsaved = 0
        self._database = self._opened()

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._save()
        if self._database is not None:
            self._database.close()

    def recall(self, line: RuleLine, is_measured: bool) -> Finding | None:
        """What is known of a line in its context."""
        import sqlite3

        if self._database is None:
            return None
        key = self._key(line, is_measured)
        try:
            row = self._database.execute("SELECT text, sum FROM findings WHERE key = ?", (key,)).fetchone()
        except sqlite3.Error as error:
            self._give_up(error)
            return None
        if row is None or row[1] != _sum(key, str(row[0])):
            return None
        record = json.loads(row[0])
        record["sizes"] = Sizes(*record["sizes"]) if record["sizes"] else None
        return Finding(line.path, line.number, **record)

    def keep(self, line: RuleLine, finding: Finding, is_measured: bool) -> None:
        """Note what was found about a line."""
        import sqlite3

        if self._database is None or finding.verdict not in LASTING:
            return
        record = {name: value for name, value in finding._asdict().items() if name not in ("path", "line")}
        text = json.dumps(record)
        key = self._key(line, is_measured)
        try:
            values = (key, self.program, text, _sum(key, text))
            self._database.execute("INSERT OR REPLACE INTO findings VALUES (?, ?, ?, ?)", values)
        except sqlite3.Error as error:
            self._give_up(error)
            return
        self._unsaved += 1
        if self._unsaved >= AT_ONCE:
            self._save()

    def _key(self, line: RuleLine, is_measured: bool) -> bytes:
        parts = (self.program, line.context.digest, line.text.encode(), bytes([is_measured]))
        return _digest(*parts)

    def _opened(self) -> Connection | None:
        try:
            import sqlite3

            self.file.parent.mkdir(parents=True, exist_ok=True)
            try:
                return self._prepared()
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                self.trouble = f"the cache `{self.file}` was damaged and is made anew"
                self.file.unlink()
                return self._prepared()
        except (ImportError, OSError, sqlite3.Error) as error:
            self._give_up(error)
            return None

    def _prepared(self) -> Connection:
        import sqlite3

        database = sqlite3.connect(self.file)
        try:
            database.execute(TABLE)
            database.execute("DELETE FROM findings WHERE program != ?", (self.program,))
            database.commit()
        except sqlite3.Error:
            database.close()
            raise
        return database

    def _save(self) -> None:
        import sqlite3

        self._unsaved = 0
        if self._database is not None:
            try:
                self._database.commit()
            except sqlite3.Error as error:
                self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        import sqlite3

        reason = error.strerror if isinstance(error, OSError) else str(error)
        self.trouble = f"the cache `{self.file}` is not used: {reason}"
        database, self._database = getattr(self, "_database", None), None
        if database is not None:
            with suppress(sqlite3.Error):
                database.close()


def fingerprint() -> bytes:
    """What stands for the program: every file of its source with size and time of change, and the Python below it."""
    root = Path(__file__).parent.parent
    files = sorted((str(file.relative_to(root)), file.stat()) for file in root.rglob("*.py"))
    return _digest(
        sys.version.encode(), *(f"{name} {found.st_size} {found.st_mtime_ns}".encode() for name, found in files)
    )


def _sum(key: bytes, text: str) -> bytes:
    return _digest(key, text.encode())


def _digest(*parts: bytes) -> bytes:
    digest = blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()
