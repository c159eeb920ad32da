"""What is declared of a variable, in arrays: whether data are so, and random data that are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from matdiff.errors import BadData

if TYPE_CHECKING:
    from numpy.random import Generator

    from matdiff.evaluation.array import Array

NOISE = 1e-8
DRAWS = 20


class Style(NamedTuple):
    """How entries are drawn: about so large; of one sign where `is_positive`; `is_definite` square matrices."""

    size: float = 1.0
    is_positive: bool = False
    is_definite: bool = False


STYLES = (Style(), Style(is_positive=True), Style(0.2), Style(is_definite=True), Style(0.2, True, True))


def _scale(a: Array) -> float:
    return float(abs(a).max()) or 1.0


def _is_near(a: Array, b: Array) -> bool:
    return bool(abs(a - b).max() <= NOISE * _scale(a))


def _is_orthogonal(a: Array) -> bool:
    import numpy as np

    gram = a.T @ a if a.shape[0] >= a.shape[1] else a @ a.T
    return bool(abs(gram - np.eye(len(gram))).max() <= NOISE)


def _spectrum(a: Array) -> Array | None:
    """The eigenvalues of a symmetric matrix relative to its size; None of another one."""
    import numpy as np

    return np.linalg.eigvalsh((a + a.T) / 2) / _scale(a) if _is_near(a, a.T) else None


def _is_definite(a: Array) -> bool:
    values = _spectrum(a)
    return values is not None and bool(values[0] > 0)


def _is_semidefinite(a: Array) -> bool:
    values = _spectrum(a)
    return values is not None and bool(values[0] >= -NOISE)


def _rank(a: Array) -> int:
    import numpy as np

    return int(np.linalg.matrix_rank(a.reshape(a.shape[0], -1)))


def _columns(a: Array) -> int:
    return a.shape[1] if a.ndim > 1 else 1


def _part(a: Array, kept: str) -> Array:
    import numpy as np

    return np.tril(a) if kept == "lower" else np.triu(a) if kept == "upper" else np.diag(np.diag(a))


TESTS: dict[str, Callable[[Array], bool]] = {
    "symmetric": lambda a: _is_near(a, a.T),
    "skew": lambda a: _is_near(a, -a.T),
    "diagonal": lambda a: _is_near(a, _part(a, "diagonal")),
    "lower": lambda a: _is_near(a, _part(a, "lower")),
    "upper": lambda a: _is_near(a, _part(a, "upper")),
    "orthogonal": _is_orthogonal,
    "spd": _is_definite,
    "psd": _is_semidefinite,
    "invertible": lambda a: _rank(a) == len(a),
    "full_column_rank": lambda a: _rank(a) == _columns(a),
    "full_row_rank": lambda a: _rank(a) == a.shape[0],
    "positive": lambda a: bool(a.min() > 0),
    "nonnegative": lambda a: bool(a.min() >= 0),
    "integer": lambda a: bool((a == a.round()).all()),
}


def hold_words(name: str, words: Iterable[str], array: Array) -> None:
    """Raise BadData where something that is declared is not true of the array."""
    wrong = lost_word(words, array)
    if wrong:
        raise BadData(
            f"`{name}` is declared `{wrong}`, and the data are not: {_told(wrong, array)}",
            hint=f"leave `{wrong}` out of the declaration, or mend the data",
        )


def lost_word(words: Iterable[str], array: Array) -> str:
    """The first of the words that is not true of the array; empty where all are."""
    import numpy as np

    at_least_one_axis = np.atleast_1d(array)
    scalars = {"spd": "positive", "psd": "nonnegative"}
    for word in words:
        test = TESTS[word if array.ndim == 2 else scalars.get(word, word)]
        if not test(at_least_one_axis):
            return word
    return ""


def _told(word: str, array: Array) -> str:
    """Where a word fails: the entries that tell, counted from 1."""
    import numpy as np

    if word in ("positive", "nonnegative", "integer"):
        off = -array if word != "integer" else abs(array - array.round())
        place = np.unravel_index(int(np.argmax(off)), array.shape)
        at = f"entry {', '.join(str(k + 1) for k in place)} is" if place else "it is"
        return f"{at} {array[place]:.6g}"
    if word == "orthogonal":
        return "`Q'*Q` is not the identity"
    if word in ("invertible", "full_column_rank", "full_row_rank"):
        return f"the rank is {_rank(np.atleast_1d(array))}"
    if word in ("spd", "psd") and _is_near(array, array.T):
        return f"the smallest eigenvalue is {np.linalg.eigvalsh(array)[0]:.6g}"
    meant = {"skew": -array.T, "diagonal": _part(array, "diagonal")}
    meant |= {side: _part(array, side) for side in ("lower", "upper")}
    i, j = np.unravel_index(int(np.argmax(abs(array - meant.get(word, array.T)))), array.shape)
    other = "" if word in ("diagonal", "lower", "upper") else f" and entry {j + 1}, {i + 1} is {array[j, i]:.6g}"
    return f"entry {i + 1}, {j + 1} is {array[i, j]:.6g}{other}"


def draw(name: str, words: frozenset[str], shape: tuple[int, ...], style: Style, random: Generator) -> Array:
    """A random array of this shape of which all words are true. Raises BadData where none is found."""
    for _ in range(DRAWS):
        found = _drawn(words, shape, style, random)
        if not lost_word(sorted(words), found):
            return found
    told = " ".join(sorted(words))
    raise BadData(f"no random `{name}` of {' x '.join(map(str, shape))} was found that is {told}")


def _drawn(words: frozenset[str], shape: tuple[int, ...], style: Style, random: Generator) -> Array:
    import numpy as np

    entries = random.uniform(0.2, 1.5, shape) * style.size
    if "integer" in words:
        entries = random.integers(1, 4, shape).astype(float)
    if not (style.is_positive or words & {"positive", "nonnegative"}):
        entries = entries * random.choice((-1.0, 1.0), shape)
    if len(shape) != 2:
        return np.asarray(entries)
    if "orthogonal" in words:
        return _orthogonal(words, entries)
    return _structured(words, entries, style) if shape[0] == shape[1] else entries


def _orthogonal(words: frozenset[str], entries: Array) -> Array:
    import numpy as np

    if words & {"diagonal", "lower", "upper"}:
        return np.diag(np.sign(np.diag(entries)))
    if words & {"spd", "psd"}:
        return np.eye(len(entries))
    if "symmetric" in words:
        v = entries[:, 0]
        return np.eye(len(v)) - 2 * np.outer(v, v) / (v @ v)
    tall, _ = np.linalg.qr(entries if entries.shape[0] >= entries.shape[1] else entries.T)
    return tall if tall.shape == entries.shape else tall.T


def _structured(words: frozenset[str], entries: Array, style: Style) -> Array:
    import numpy as np

    is_definite = bool(words & {"spd", "psd"}) or (style.is_definite and not words)
    if words & {"diagonal"} or {"lower", "upper"} <= words or ("symmetric" in words and words & {"lower", "upper"}):
        part = np.diag(np.diag(entries))
        return np.asarray(abs(part) if is_definite else part)
    if is_definite:
        shift = np.eye(len(entries)) if "psd" not in words or "spd" in words else 0
        return np.asarray(entries @ entries.T + shift)
    if "symmetric" in words:
        return np.asarray(np.triu(entries) + np.triu(entries, 1).T)
    if "skew" in words:
        return np.asarray(np.triu(entries, 1) - np.triu(entries, 1).T)
    side = next((side for side in ("lower", "upper") if side in words), "")
    return _part(entries, side) if side else entries
