"""Arrays from files and into files: npz, npy, csv and json, and numbers that are typed instead of a file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from matdiff.errors import BadData, Place, shorten
from matdiff.files import whole_file

if TYPE_CHECKING:
    from matdiff.evaluation.array import Array

WRITTEN = (".npz", ".csv", ".json")
_NAMED = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)\s*(.*)", re.DOTALL)
_NUMBERS = re.compile(r"[-+]?[.\d][-+.\deE_]*|[-+]?(?:nan|inf)|\[.*\]", re.DOTALL | re.IGNORECASE)


def read_data(items: Iterable[str]) -> dict[str, Array]:
    """The arrays by name that `FILE.npz`, `FILE.json`, `A.csv`, `A=B.csv`, `A=B.npy`, `t=2.5`, `x=[1, 2]` stand for.

    Raises BadData for what cannot be read or is no array of numbers, and where a name is given twice.
    """
    found: dict[str, Array] = {}
    for item in items:
        for name, array in _arrays_of(item):
            if name in found:
                raise BadData(
                    f"`{name}` is given twice", hint="give each name once; a file of many names counts for all"
                )
            found[name] = array
    return found


def _arrays_of(item: str) -> Iterator[tuple[str, Array]]:
    named = _NAMED.fullmatch(item)
    name, value = named.groups() if named else ("", item.strip())
    if name and _NUMBERS.fullmatch(value):
        yield name, _typed(value, Place(item, 1, item.index(value), len(item)))
        return
    path = Path(value)
    suffix = path.suffix.lower()
    if suffix not in (".npz", ".npy", ".csv", ".json"):
        hint = "write `FILE.npz`, `A.csv`, `A=FILE.csv`, `t=2.5` or `x=[1, 2]`"
        raise BadData(f"`{shorten(item)}` names no data: files are npz, npy, csv and json", hint=hint)
    if suffix in (".npz", ".json") and not name:
        yield from (_from_npz if suffix == ".npz" else _from_json)(path)
    elif suffix == ".npz":
        yield name, _picked(dict(_from_npz(path)), name, path)
    elif suffix == ".json":
        yield name, _picked(dict(_from_json(path)), name, path)
    elif suffix == ".csv":
        yield name or _name_of(path), _from_csv(path)
    else:
        yield name or _name_of(path), _from_npy(path)


def _typed(text: str, place: Place) -> Array:
    """An array as it is typed: `2.5`, `[1, 2]`, `[[1, 2], [3, 4]]`."""
    import numpy as np

    try:
        return np.asarray(json.loads(text) if text.startswith("[") else float(text), dtype=float)
    except (ValueError, TypeError, RecursionError):
        hint = "write `2.5`, `[1, 2]` or `[[1, 2], [3, 4]]`"
        raise BadData("this is no number and no array of numbers", place, hint=hint) from None


def _name_of(path: Path) -> str:
    if not path.stem.isidentifier():
        raise BadData(f"`{path.stem}` cannot be the name of a variable", hint=f"write `A={path.name}`")
    return path.stem


def _picked(arrays: Mapping[str, Array], name: str, path: Path) -> Array:
    if name in arrays:
        return arrays[name]
    raise BadData(f"`{path.name}` has no `{name}`", hint="it has " + ", ".join(f"`{key}`" for key in arrays))


def _from_npz(path: Path) -> Iterator[tuple[str, Array]]:
    with _loaded(path) as found:
        if not hasattr(found, "files"):
            raise BadData(f"`{path.name}` is no npz file: it holds one array without a name", hint="write `A=FILE.npy`")
        for name in found.files:
            try:
                yield name, found[name]
            except ValueError:
                raise BadData(f"`{name}` in `{path.name}` is no array of numbers") from None


def _from_npy(path: Path) -> Array:
    with _loaded(path) as found:
        if hasattr(found, "files"):
            raise BadData(f"`{path.name}` holds arrays by name", hint="call it `.npz`")
        array: Array = found
        return array


@contextmanager
def _loaded(path: Path) -> Iterator[Any]:
    """What NumPy finds in a file: an array, or a mapping of arrays that is closed in the end; no pickles."""
    import zipfile

    import numpy as np

    try:
        found = np.load(path, allow_pickle=False)
    except (ValueError, EOFError, zipfile.BadZipFile):
        raise BadData(f"`{path.name}` is no file of NumPy arrays") from None
    except OSError as error:
        raise _unreadable(path, error) from None
    with found if hasattr(found, "files") else nullcontext(found) as opened:
        yield opened


def _from_json(path: Path) -> Iterator[tuple[str, Array]]:
    """The arrays of an object of nested lists; of what `--format json` writes they stand under `data`."""
    import numpy as np

    try:
        record = json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise BadData(f"`{path.name}` is no JSON: {error}") from None
    if not isinstance(record, dict):
        raise BadData(f"`{path.name}` has no names", hint='write an object: `{"x": [1, 2], "t": 2.5}`')
    for name, value in record.items():
        try:
            yield name, np.asarray(value, dtype=float)
        except (ValueError, TypeError):
            raise BadData(f"`{name}` in `{path.name}` is no array of numbers") from None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _unreadable(path, error) from None
    except UnicodeDecodeError:
        raise BadData(f"`{path.name}` is no UTF-8 text") from None


def _unreadable(path: Path, error: OSError) -> BadData:
    return BadData(f"`{path}` cannot be read: {error.strerror or error}")


def _from_csv(path: Path) -> Array:
    """A matrix of numbers, a row a line; a single row or column has one axis, a single number none."""
    import numpy as np

    rows: list[list[float]] = []
    for number, line in enumerate(_text(path).splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        rows.append([_cell(path, line, number, cell, start) for cell, start in _cells(line)])
        if len(rows[-1]) != len(rows[0]):
            message = f"`{path.name}` has {len(rows[-1])} numbers in this line and {len(rows[0])} in the first"
            raise BadData(message, Place(line, number, 0, len(line)))
    if not rows:
        raise BadData(f"`{path.name}` has no numbers")
    found = np.asarray(rows)
    return found.reshape(()) if found.size == 1 else found.reshape(-1) if 1 in found.shape else found


def _cells(line: str) -> Iterator[tuple[str, int]]:
    """The cells of a line with their offsets, parted by commas, semicolons, or else white space."""
    separator = next((sign for sign in ",;" if sign in line), "")
    if not separator:
        yield from ((match.group(), match.start()) for match in re.finditer(r"\S+", line))
        return
    start = 0
    for cell in line.split(separator):
        yield cell.strip(), start + len(cell) - len(cell.lstrip())
        start += len(cell) + 1


def _cell(path: Path, line: str, number: int, cell: str, start: int) -> float:
    try:
        return float(cell)
    except ValueError:
        place = Place(line, number, start, start + max(len(cell), 1))
        what = f"`{shorten(cell)}`" if cell else "an empty cell"
        hint = "a file of numbers has no line of headings; `#` begins a comment" if number == 1 else ""
        raise BadData(f"`{path.name}` has {what} where a number is due", place, hint=hint) from None


def write_arrays(path: str, arrays: Mapping[str, Array], main: str, record: object) -> None:
    """Write an npz of all arrays, a json of the record, or a csv of the array called `main`; never half a file.

    Raises BadData for another suffix, and OSError with the name of the file where it cannot be written.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in WRITTEN:
        raise BadData(f"`{shorten(path)}` says no format", hint=f"the name ends in {', '.join(WRITTEN)}")
    text = "" if suffix == ".npz" else csv_text(main, arrays[main]) if suffix == ".csv" else json.dumps(record) + "\n"
    with whole_file(path) as stream:
        _write_npz(stream, arrays) if suffix == ".npz" else stream.write(text.encode())


def _write_npz(stream: BinaryIO, arrays: Mapping[str, Array]) -> None:
    """What `numpy.savez` writes, for every name: to that function some are keywords."""
    import zipfile

    import numpy as np

    with zipfile.ZipFile(stream, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def csv_text(name: str, array: Array) -> str:
    """An array of at most two axes as comma-separated lines, a vector as one column, each number in full."""
    if array.ndim > 2:
        raise BadData(f"`{name}` has {array.ndim} axes, csv has two", hint="npz and json hold every array")
    rows = array.reshape(array.shape[0], -1) if array.ndim else array.reshape(1, 1)
    return "".join(",".join(map(repr, row)) + "\n" for row in rows.tolist())
