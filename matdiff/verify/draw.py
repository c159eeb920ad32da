"""Random inputs that keep what is declared of the variables; the same in every process.

Several styles of drawing are tried in turn, since a logarithm wants positive numbers, an inverse sine small ones and
`logdet` a matrix that is positive definite. Named sizes get different numbers, so that a transposed answer shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from matdiff.tree.attributes import properties_of
from matdiff.tree.dims import names_of, value_of
from matdiff.tree.node import Node
from matdiff.verify.algebra import Entries, count, identity, multiply, rows_and_columns, transposed
from matdiff.verify.evaluate import named_sizes
from matdiff.verify.random import Stream

NamedSizes = dict[str, int]
Cell = tuple[tuple[int, float], ...]
Entry = Callable[[], complex]

LARGEST_SIZE = 7
SIZE_CHOICES = 24
FORMED = {"skew", "lower", "upper", "orthogonal", "diagonal", "spd", "psd"}


class Style(NamedTuple):
    """How an entry is drawn: its size between `low` and `high`, negative with chance `negative`.

    `form` is what square matrices look like: `dominant` is near the identity, `definite` positive definite.
    `imaginary` bounds the imaginary part; `is_whole` asks for small integers.
    """

    low: float
    high: float
    negative: float
    form: str = "general"
    imaginary: float = 0.0
    is_whole: bool = False


SIGNED = Style(0.2, 1.5, 0.5)
POSITIVE = Style(0.3, 2.0, 0.0)
SMALL = Style(0.02, 0.3, 0.5)
DOMINANT = Style(0.02, 0.25, 0.2, "dominant")
DEFINITE = Style(0.2, 1.5, 0.5, "definite")
NEGATIVE = Style(0.3, 2.0, 1.0)
LARGE = Style(1.2, 3.0, 0.0)
FRACTION = Style(0.05, 0.6, 0.0, "definite")
WHOLE = Style(1.0, 3.0, 0.4, is_whole=True)

PLAIN = (SIGNED, POSITIVE, DEFINITE, DOMINANT, SMALL, NEGATIVE, LARGE, FRACTION)
ORDER = (SIGNED, POSITIVE, NEGATIVE, None, DEFINITE, DOMINANT, None, None, LARGE, FRACTION, None, SMALL)


def draw_inputs(
    variables: Iterable[Node], sizes: Mapping[str, int], style: Style | None, attempt: int
) -> dict[str, Entries]:
    """Entries for every variable, by name; without a style every variable picks its own."""
    return {str(node.attrs[0]): _value(node, sizes, style, attempt) for node in variables}


def style_of(attempt: int) -> Style | None:
    """The style of one attempt of many; None where every variable picks its own."""
    return ORDER[attempt % len(ORDER)]


def continued(style: Style) -> Style:
    """The same style with imaginary parts."""
    return style._replace(imaginary=0.4)


def direction(variable: Node, shape: tuple[int, ...], number: int, place: Entries = ()) -> Entries:
    """A random direction inside the variable's structure: symmetric for a symmetric matrix.

    For an orthogonal matrix it is a direction tangent at `place`, the matrix times a skew one.
    """
    stream = Stream(_seed(variable), 7919, number)
    entries = [0.0] * count(shape)
    for cell in cells(variable, shape):
        weight = stream.between(0.25, 1.0) * (1 if stream.bits() & 1 else -1)
        for at, sign in cell:
            entries[at] = sign * weight
    if place and len(shape) == 2 and "orthogonal" in properties(variable):
        return _tangent(place, entries, shape[0])
    return entries


def _tangent(place: Entries, entries: Entries, size: int) -> Entries:
    cells_of = range(size)
    skew = [entries[i * size + j] - entries[j * size + i] for i in cells_of for j in cells_of]
    return [sum(place[i * size + k] * skew[k * size + j] for k in cells_of) for i in cells_of for j in cells_of]


def cells(variable: Node, shape: tuple[int, ...]) -> list[Cell]:
    """Directions that together make up the variable's structure, each as places and signs, no place in two."""
    kind = structure(variable)
    if not kind:
        return [((place, 1.0),) for place in range(count(shape))]
    size = shape[0]
    pairs = [(row, column) for row in range(size) for column in range(size)]
    if kind == "lower":
        return [((i * size + j, 1.0),) for i, j in pairs if i >= j]
    if kind == "upper":
        return [((i * size + j, 1.0),) for i, j in pairs if i <= j]
    sign = -1.0 if kind == "skew" else 1.0
    diagonal: list[Cell] = [((i * size + i, 1.0),) for i in range(size) if kind != "skew"]
    if kind == "diagonal":
        return diagonal
    return diagonal + [((i * size + j, 1.0), (j * size + i, sign)) for i, j in pairs if i < j]


def structure(variable: Node) -> str:
    """The linear space of matrices that a variable is declared in: `symmetric`, `skew`, …; empty for all of them."""
    words = properties(variable)
    if len(variable.shape) < 2 or variable.shape[0] != variable.shape[1]:
        return ""
    if "diagonal" in words or {"lower", "upper"} <= words:
        return "diagonal"
    if words & {"symmetric", "spd", "psd"}:
        return "diagonal" if words & {"lower", "upper"} else "symmetric"
    return next((word for word in ("skew", "lower", "upper") if word in words), "")


def properties(variable: Node) -> set[str]:
    """The words declared of a variable."""
    return set(properties_of(variable))


def choose_sizes(roots: Sequence[Node], variables: Sequence[Node]) -> Iterator[NamedSizes]:
    """Numbers for the named sizes: all different and small at first, then in other orders and larger.

    A choice under which a declared rank is impossible or a size is not positive is passed over.
    """
    names, taken = named_sizes((*roots, *variables))
    ordered = sorted(names)
    free = [size for size in range(2, LARGEST_SIZE + 1) if size not in taken] or list(range(2, LARGEST_SIZE + 1))
    rising = {name: free[k % len(free)] for k, name in enumerate(ordered)}
    falling = dict(zip(ordered, reversed(rising.values()), strict=True))
    stream = Stream(*(hash_of(name) for name in ordered))
    candidates = [rising, falling]
    for _ in range(SIZE_CHOICES):
        for sizes in candidates:
            if is_possible(roots, variables, sizes):
                yield sizes
        pool = list(range(2, LARGEST_SIZE + 3))
        shuffled = sorted(pool, key=lambda _: stream.bits())
        candidates = [{name: shuffled[k % len(shuffled)] for k, name in enumerate(ordered)}]


def hash_of(text: str) -> int:
    """A number that follows from the text, the same in every process."""
    return int.from_bytes(text.encode()[:8].ljust(8, b"\0"), "big")


def is_possible(roots: Sequence[Node], variables: Sequence[Node], sizes: Mapping[str, int]) -> bool:
    """Whether every size is positive and every declared rank can be had."""
    for node in (*roots, *variables):
        if any(names_of(axis) and value_of(axis, sizes) < 1 for axis in node.shape):
            return False
    for node in variables:
        words = properties(node)
        if len(node.shape) == 2 and words & {"full_column_rank", "full_row_rank"}:
            rows, columns = (value_of(axis, sizes) for axis in node.shape)
            if ("full_column_rank" in words and rows < columns) or ("full_row_rank" in words and columns < rows):
                return False
    return True


def _seed(variable: Node) -> int:
    return int.from_bytes(variable.key[:8], "big")


def _value(variable: Node, sizes: Mapping[str, int], style: Style | None, attempt: int) -> Entries:
    stream = Stream(_seed(variable), attempt)
    words = properties(variable)
    style = style or PLAIN[stream.bits() % len(PLAIN)]
    if "integer" in words:
        style = style._replace(is_whole=True)
    shape = tuple(value_of(axis, sizes) for axis in variable.shape)
    entry = _entry(stream, style, bool(words & {"positive", "nonnegative"}))
    if len(shape) != 2 or (shape[0] == 1 and shape[1] > 1):
        return [entry() for _ in range(count(shape))]
    if shape[0] != shape[1]:
        return _orthogonal(shape, entry) if "orthogonal" in words else [entry() for _ in range(count(shape))]
    return _square(variable, words, shape[0], entry, style)


def _entry(stream: Stream, style: Style, is_positive: bool) -> Entry:
    def draw() -> complex:
        size = stream.between(style.low, style.high)
        size = float(round(size)) if style.is_whole else size
        is_negative = stream.between(0, 1) < style.negative and not is_positive
        imaginary = stream.between(-style.imaginary, style.imaginary) if style.imaginary else 0.0
        real = -size if is_negative else size
        return complex(real, imaginary) if style.imaginary else real

    return draw


def _square(variable: Node, words: set[str], size: int, entry: Entry, style: Style) -> Entries:
    if "orthogonal" in words:
        return _reflection(size, entry) if words & {"symmetric", "spd", "psd"} else _orthogonal((size, size), entry)
    base: Entries = [entry() for _ in range(size * size)]
    is_definite = bool(words & {"spd", "psd"}) or (style.form == "definite" and not words & FORMED)
    if is_definite and structure(variable) != "diagonal":
        shift = 0.0 if "psd" in words else 1.0 if style.is_whole else 0.4
        return _shifted(multiply(base, transposed(base, size), size, size), size, shift)
    result: list[complex] = [0.0] * (size * size)
    for cell in cells(variable, (size, size)):
        for place, sign in cell:
            result[place] = sign * base[cell[0][0]]
    if is_definite:
        return [-x if x.real < 0 else x for x in result]
    return _shifted(result, size, 1.0) if style.form == "dominant" and "skew" not in words else result


def _shifted(entries: Entries, size: int, shift: float) -> Entries:
    return [entry + shift * one for entry, one in zip(entries, identity(size), strict=True)]


def _reflection(size: int, entry: Entry) -> Entries:
    """A symmetric orthogonal matrix, `I - 2*v*v'/(v'*v)`."""
    v = [entry() for _ in range(size)]
    scale = 2 / sum(x * x for x in v)
    return [one - scale * x * y for one, (x, y) in zip(identity(size), ((x, y) for x in v for y in v), strict=True)]


def _orthogonal(shape: tuple[int, ...], entry: Entry) -> Entries:
    """A matrix whose columns (rows, where it is wide) are orthonormal: Gram-Schmidt, twice to be exact."""
    length, number = max(shape), min(shape)
    basis: list[list[complex]] = []
    while len(basis) < number:
        line = [entry() for _ in range(length)]
        for other in basis + basis:
            overlap = sum(x * y for x, y in zip(line, other, strict=True))
            line = [x - overlap * y for x, y in zip(line, other, strict=True)]
        norm = sum(x * x for x in line) ** 0.5
        if abs(norm) > 1e-3:
            basis.append([x / norm for x in line])
    flat = [x for line in basis for x in line]
    rows, _ = rows_and_columns(shape)
    return flat if rows == number else transposed(flat, length)
