"""What the reader assumed, told in one line each."""

from __future__ import annotations

from collections.abc import Iterable

from matdiff.parsing.axes import SCALAR, find, is_one
from matdiff.parsing.fallback import Reading, is_greek
from matdiff.parsing.inference import Inference
from matdiff.parsing.syntax import Syntax
from matdiff.tree.dims import Dim, size_text
from matdiff.tree.node import Node

MOST_NOTES = 3
_SIGNS = {"entrywise_times": ".*", "entrywise_over": "./"}
_RAISED = dict(zip("0123456789abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True))


def assumptions_of(variables: Iterable[Node]) -> tuple[str, ...]:
    """`x ∈ ℝⁿ`, `A ∈ ℝⁿˣⁿ symmetric`, `c ∈ ℝ` of each variable."""
    return tuple(_assumption(variable) for variable in variables)


def functions_of(inference: Inference) -> tuple[str, ...]:
    """`L: ℝⁿ → ℝ`, `f entry by entry` of each unknown function, in the order of the text."""
    names = dict.fromkeys(name.function for name in inference.problem.functions.values())
    return tuple(_mapping(inference, name) if name in inference.domains else f"{name} entry by entry" for name in names)


def _mapping(inference: Inference, name: str) -> str:
    domain, value = inference.domains[name], inference.values[name]
    spaces = " × ".join(f"ℝ{_exponent(inference.shape(axes))}" for axes in domain)
    return f"{name}: {spaces} → ℝ{_exponent(inference.shape(value))}"


def notes_of(reading: Reading) -> tuple[str, ...]:
    """Which reading was taken where several fit, and what to type for the others."""
    taken = reading.inference.scalars
    notes = [_other_scalars(taken, other) for other in reading.others if other != taken]
    inference = reading.inference
    spread = _spread_letters(inference)[:MOST_NOTES]
    loose = _loose_products(inference)[:MOST_NOTES]
    kinds = _kind_notes(inference)[:MOST_NOTES] if inference.problem.assumed else []
    turned = _turned_vectors(inference)[:MOST_NOTES]
    lines = _functions_of_rows(inference)[:MOST_NOTES]
    families = _families(inference)[:MOST_NOTES]
    return (*notes[:1], *families, *_constant_notes(inference), *kinds, *spread, *loose, *turned, *lines)


def _kind_notes(inference: Inference) -> list[str]:
    from matdiff.parsing.kinds import notes_of as kind_notes

    return kind_notes(inference.problem)


def _spread_letters(inference: Inference) -> list[str]:
    """A note for each Greek letter that is added to a vector: `mu` in `x - mu` may be meant as a vector."""
    problem = inference.problem
    found: dict[str, str] = {}
    for syntax in problem.order:
        if syntax.kind != "sum" or all(_resolved(inference, arg) == (1, 1) for arg in syntax.args):
            continue
        names = [arg.text for arg in syntax.args if problem.is_variable(arg) and _resolved(inference, arg) == (1, 1)]
        for name in names:
            if problem.custom(name) == "scalar" and name not in problem.declared:
                found[name] = f'`{name}` read as a scalar spread over a vector; else add --where "{name}: vector"'
    return list(found.values())


_CONSTANTS = {"pi": "the number π", "e": "the number e, the base of exponentials"}


def _constant_notes(inference: Inference) -> list[str]:
    """That `pi` and `e` were read as numbers."""
    found = {name.text: kind for name, kind in inference.problem.constants.items()}
    return [
        f'`{name}` read as {_CONSTANTS[kind]}; for a variable add --where "{name}: scalar"'
        for name, kind in sorted(found.items())
    ]


def _other_scalars(taken: frozenset[str], other: frozenset[str]) -> str:
    against = {name: "vector" if is_greek(name) else "scalar" for name in taken | other}
    custom = {name: "scalar" if kind == "vector" else "vector" for name, kind in against.items()}
    read = " and ".join(f"`{name}` read as {against[name]}" for name in sorted(taken - other))
    changes = [*((n, against[n]) for n in sorted(other - taken)), *((n, custom[n]) for n in sorted(taken - other))]
    declared = "; ".join(f"{name}: {kind}" for name, kind in changes)
    return f'{read}; for the other reading add --where "{declared}"'


def _loose_products(inference: Inference) -> list[str]:
    """A note for each `x./y*z` that is another value where operators of one level are taken from the left."""
    notes = []
    for syntax in inference.problem.order:
        if syntax.kind != "entrywise":
            continue
        for k, operator in enumerate(syntax.operators, 1):
            right = syntax.args[k]
            if (
                right.kind == "product"
                and not right.is_bracketed
                and _is_loose(inference, syntax.args[:k], operator, right)
            ):
                left, sign = syntax.source.place(syntax.start, syntax.args[k - 1].end).excerpt(), _SIGNS[operator]
                whole, first = right.place().excerpt(), right.args[0].place().excerpt()
                notes.append(f"read as `{left}{sign}({whole})`; write `({left}{sign}{first})…` for the other reading")
    return notes


def _turned_vectors(inference: Inference) -> list[str]:
    """A note for each vector that `@` takes as a row."""
    vectors = [syntax.args[k - 1].place().excerpt() for syntax, turned in inference.turned.items() for k in turned]
    return [f"`{vector} @ …` read as in NumPy, the vector as a row" for vector in dict.fromkeys(vectors)]


def _families(inference: Inference) -> list[str]:
    """A note for each letter that stands for a family of vectors."""
    entries = [s for s in inference.problem.order if s.kind == "index" and len(s.args) == 2]
    names = dict.fromkeys(s.args[0].text for s in entries if s.args[0].text in inference.problem.families)
    return [
        f'`{name}` with an index read as a vector, a row of the matrix `{name}`; else add --where "{name}: vector"'
        for name in names
    ]


def _functions_of_rows(inference: Inference) -> list[str]:
    """A note for each function of vectors that is taken of the rows of a matrix."""
    calls = [call for call in inference.by_rows if not is_one((inference.axes[call] or SCALAR)[0])]
    return [
        f"`{call.place().excerpt()}` is taken of each row of the matrix; write `{call.text}(…, cols)` for its columns"
        for call in calls
    ]


def _is_loose(inference: Inference, left: tuple[Syntax, ...], operator: str, right: Syntax) -> bool:
    """Whether `(left .* first)*rest` has shapes that fit and may differ from `left .* (first*rest)`."""
    shapes = [_resolved(inference, arg) for arg in (*left, *right.args)]
    wide = next((shape for shape in shapes[: len(left)] if shape != (1, 1)), (1, 1))
    first, *rest = shapes[len(left) :]
    is_same = all(shape == (1, 1) for shape in rest) or (operator == "entrywise_times" and wide == (1, 1))
    if is_same or (1, 1) != wide != first != (1, 1):
        return False
    chain = wide if wide != (1, 1) else first
    for shape in rest:
        if chain != (1, 1) != shape and chain[1] != shape[0]:
            return False
        chain = shape if chain == (1, 1) else chain if shape == (1, 1) else (chain[0], shape[1])
    return True


def _resolved(inference: Inference, syntax: Syntax) -> tuple[object, ...]:
    axes = inference.axes[syntax]
    return tuple(find(length) for length in axes) if axes else ()


def _assumption(variable: Node) -> str:
    name, properties = variable.attrs
    assert isinstance(properties, tuple)
    words = " ".join(str(word) for word in properties)
    return f"{name} ∈ ℝ{_exponent(variable.shape)} {words}".rstrip()


def _exponent(shape: tuple[Dim, ...]) -> str:
    if not shape:
        return ""
    texts = [size_text(size) for size in shape]
    if all(letter in _RAISED for text in texts for letter in text):
        return "ˣ".join("".join(_RAISED[letter] for letter in text) for text in texts)
    joined = "×".join(texts)
    return f"^{joined}" if len(texts) == 1 and joined.isalnum() else f"^({joined})"
