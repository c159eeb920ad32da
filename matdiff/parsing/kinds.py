"""The kind of an unknown function that nothing is said of: the one that its place asks for.

`phi` in `W*phi(V*x)` is taken entry by entry, since a matrix product is with a vector there, and `L` in `L(W*x)` is a
scalar. Each reading is tried, and kept where all shapes fit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from matdiff.functions.rows import Elementwise, Sugar
from matdiff.parsing.axes import SCALAR, Axes, is_one, is_scalar
from matdiff.parsing.infer import infer
from matdiff.parsing.inference import Inference
from matdiff.parsing.lexer import GREEK
from matdiff.parsing.problem import Problem
from matdiff.parsing.syntax import Syntax

if TYPE_CHECKING:
    from matdiff.parsing.fallback import Reading

MOST_ROUNDS = 4
ACTIVATIONS = ("act", "activation", "nonlinearity")
_SAME_SHAPE = frozenset({"minus", "sum", "product", "entrywise", "power", "entrywise_power", "name"})


class _Cue(NamedTuple):
    """A function whose place asks for more than a number; `reason` tells what the place is."""

    name: str
    reason: str


Read = Callable[[Problem], "Reading | None"]


def read_kinds(problem: Problem, *ways: Read) -> Reading | None:
    """The reading in which every function that nothing is said of has the kind that its place asks for.

    `ways` read a problem whose kinds are given, the first that finds one is taken; None where no kinds fit.
    """
    return next((found for read in ways if (found := _settled(problem, read))), None)


def _settled(problem: Problem, read: Read) -> Reading | None:
    found = read(problem)
    for _ in range(MOST_ROUNDS):
        cues = _cues(found.inference if found else infer(problem))
        cues = cues or ([] if found else [_Cue(name, "conflict") for name in _open_names(problem)])
        better = _first_that_fits(found.inference.problem if found else problem, cues, read) if cues else None
        if better is None:
            break
        found = better
    return found


def _first_that_fits(problem: Problem, cues: list[_Cue], read: Read) -> Reading | None:
    for order in (0, 1):
        kinds = {cue.name: _customs(cue)[order] for cue in cues}
        found = read(replace(problem, kinds={**problem.kinds, **kinds}, assumed={**problem.assumed, **kinds}))
        if found is not None:
            return found
    return None


def _open_names(problem: Problem) -> list[str]:
    return list(dict.fromkeys(n.function for n in problem.functions.values() if n.function not in problem.kinds))


def _customs(cue: _Cue) -> tuple[str, str]:
    """The kinds to be tried: by custom a capital is a field of vectors, a small letter is taken entry by entry."""
    is_activation = cue.name in ACTIVATIONS or cue.name in GREEK or not cue.name.isascii()
    is_vector = cue.name[0].isupper() or cue.reason == "jacobian" or (cue.reason == "inner" and not is_activation)
    return ("vector", "entrywise") if is_vector else ("entrywise", "vector")


def _cues(inference: Inference) -> list[_Cue]:
    """The functions without a kind whose value is used as a vector or matrix would be."""
    problem, axes = inference.problem, inference.axes
    carried: dict[Syntax, set[str]] = {}
    cues: dict[str, str] = {}
    for syntax in problem.order:
        name = problem.functions.get(syntax)
        below = problem.below(syntax)
        held = [carried.get(arg, set()) for arg in below]
        if name is not None:
            cues |= {inner: "inner" for names in held for inner in names}
            is_open = name.function not in problem.kinds and not all(is_scalar(axes[arg] or SCALAR) for arg in below)
            carried[syntax] = {name.function} if is_open else set()
        elif any(held):
            carried[syntax] = _passed_on(problem, syntax, below, held, axes, cues)
    if problem.kind == "jacobian":
        cues |= {name: cues.get(name, "jacobian") for name in carried.get(problem.sides[0], ())}
    return [_Cue(name, reason) for name, reason in cues.items()]


def _passed_on(
    problem: Problem,
    syntax: Syntax,
    below: tuple[Syntax, ...],
    held: list[set[str]],
    axes: Mapping[Syntax, Axes | None],
    cues: dict[str, str],
) -> set[str]:
    """The functions whose value `syntax` still is entry by entry; those of a place that asks for more become cues."""
    everything = set().union(*held)
    others = [axes[arg] for arg, names in zip(below, held, strict=True) if not names]
    is_alone = all(other is not None and is_scalar(other) for other in others)
    row = problem.row(syntax.text) if syntax.kind == "call" else None
    is_map = isinstance(row, Elementwise)
    if is_map or (syntax.kind in _SAME_SHAPE and is_alone):
        return everything
    if syntax.kind == "product":
        wide = False
        for arg, names in zip(below, held, strict=True):
            cues |= dict.fromkeys(names if wide else (), "product")
            shape = axes[arg]
            wide = wide or (shape is not None and not is_scalar(shape) and not is_one(shape[1]))
    elif syntax.kind in ("sum", "entrywise", "transpose", "index"):
        cues |= dict.fromkeys(everything, syntax.kind)
    elif row is not None and not isinstance(row, Elementwise) and not _takes_numbers(row.signature):
        if not isinstance(row, Sugar) or "m n -> m n" not in row.signature:
            cues |= dict.fromkeys(everything, "call")
            return set()
        return everything
    return set()


def _takes_numbers(signature: str) -> bool:
    """Whether a function is of square matrices, of which a number is one."""
    return signature.startswith("n n ")


def notes_of(problem: Problem) -> list[str]:
    """What was assumed of a function since its place asked for it."""
    words = {"entrywise": "applied entry by entry", "vector": "a function with vectors as values"}
    others = {"entrywise": "R^n -> R^m", "vector": "elementwise"}
    return [
        f'`{name}` read as {words[kind]}; else add --where "{name}: function" (a scalar) or "{name}: {others[kind]}"'
        for name, kind in problem.assumed.items()
    ]
