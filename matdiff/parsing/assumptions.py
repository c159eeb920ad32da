"""What the reader assumed, told in one line each."""

from __future__ import annotations

from collections.abc import Iterable

from matdiff.parsing.fallback import Reading
from matdiff.tree.dims import Dim, size_text
from matdiff.tree.node import Node

_RAISED = dict(zip("0123456789abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True))


def assumptions_of(variables: Iterable[Node]) -> tuple[str, ...]:
    """`x ∈ ℝⁿ`, `A ∈ ℝⁿˣⁿ symmetric`, `c ∈ ℝ` of each variable."""
    return tuple(_assumption(variable) for variable in variables)


def notes_of(reading: Reading) -> tuple[str, ...]:
    """Which reading was taken where several fit, and what to type for the others."""
    if not reading.others:
        return ()
    taken = reading.inference.scalars
    other = next((names for names in reading.others if names != taken), None)
    if other is None:
        return ()
    scalars = sorted(taken - other)
    declared = "; ".join([*(f"{name}: scalar" for name in sorted(other - taken)), *(f"{n}: vector" for n in scalars)])
    named = " and ".join(f"`{name}`" for name in scalars)
    return (f'{named} read as scalar; for the other reading add --where "{declared}"',)


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
