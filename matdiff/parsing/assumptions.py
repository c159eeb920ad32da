"""What the reader assumed, told in one line each."""

from __future__ import annotations

from collections.abc import Iterable

from matdiff.parsing.axes import find
from matdiff.parsing.fallback import Reading
from matdiff.parsing.infer import Inference
from matdiff.parsing.syntax import Syntax
from matdiff.tree.dims import Dim, size_text
from matdiff.tree.node import Node

MOST_NOTES = 3
_SIGNS = {"entrywise_times": ".*", "entrywise_over": "./"}
_RAISED = dict(zip("0123456789abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True))


def assumptions_of(variables: Iterable[Node]) -> tuple[str, ...]:
    """`x ∈ ℝⁿ`, `A ∈ ℝⁿˣⁿ symmetric`, `c ∈ ℝ` of each variable."""
    return tuple(_assumption(variable) for variable in variables)


def notes_of(reading: Reading) -> tuple[str, ...]:
    """Which reading was taken where several fit, and what to type for the others."""
    taken = reading.inference.scalars
    notes = [_other_scalars(taken, other) for other in reading.others if other != taken]
    return (*notes[:1], *_constant_notes(reading.inference), *_loose_products(reading.inference)[:MOST_NOTES])


_CONSTANTS = {"pi": "the number π", "e": "the number e, the base of exponentials"}


def _constant_notes(inference: Inference) -> list[str]:
    """That `pi` and `e` were read as numbers."""
    found = {name.text: kind for name, kind in inference.problem.constants.items()}
    return [
        f'`{name}` read as {_CONSTANTS[kind]}; for a variable add --where "{name}: scalar"'
        for name, kind in sorted(found.items())
    ]


def _other_scalars(taken: frozenset[str], other: frozenset[str]) -> str:
    scalars = sorted(taken - other)
    declared = "; ".join([*(f"{name}: scalar" for name in sorted(other - taken)), *(f"{n}: vector" for n in scalars)])
    named = " and ".join(f"`{name}`" for name in scalars)
    return f'{named} read as scalar; for the other reading add --where "{declared}"'


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
    texts = [size_text(size) for size in shape]
    if all(letter in _RAISED for text in texts for letter in text):
        return "ˣ".join("".join(_RAISED[letter] for letter in text) for text in texts)
    joined = "×".join(texts)
    return f"^{joined}" if len(texts) == 1 and joined.isalnum() else f"^({joined})"
