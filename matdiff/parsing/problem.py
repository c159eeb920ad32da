"""What a statement asks of shape inference: its syntax in order, what each name stands for, what was declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from matdiff.errors import BadNumber, UnreadableText
from matdiff.functions import catalogue
from matdiff.functions.rows import Composite, Opaque
from matdiff.parsing.declare import Declaration
from matdiff.parsing.lexer import GREEK
from matdiff.parsing.syntax import Syntax, postorder

CONSTANTS = {"I": "identity", "eye": "identity", "ones": "ones", "zeros": "zeros"}
SIZED = {**CONSTANTS, "pairing": "pairing", "K": "commutation", "commutation": "commutation"}
SIZE_FUNCTIONS = ("rows", "cols", "size")
SPREADS = ("vector", "matrix")
FORMS = (*SIZED, *SIZE_FUNCTIONS, *SPREADS, "einsum")
LARGEST_EXPONENT = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A statement with its scope. `meaning` leads from a name to the `let` that it stands for.

    `order` is every construct below the sides, operands first. `kind` is the statement's, `wrt` the variables that
    it differentiates by, `directions` a direction for each; `declared` and `sizes` are what declarations say.
    """

    kind: str
    sides: tuple[Syntax, ...]
    wrt: tuple[str, ...]
    declared: Mapping[str, Declaration]
    sizes: frozenset[str]
    lets: tuple[tuple[str, Syntax], ...]
    meaning: Mapping[Syntax, Syntax]
    order: tuple[Syntax, ...]
    directions: tuple[Syntax, ...] = ()

    def below(self, syntax: Syntax) -> tuple[Syntax, ...]:
        """The constructs whose values `syntax` is made of."""
        return below(syntax, self.meaning)

    def is_variable(self, syntax: Syntax) -> bool:
        """Whether `syntax` is a variable: no `let`, no constant, no size."""
        if syntax.kind != "name" or syntax in self.meaning:
            return False
        return syntax.text in self.declared or not (syntax.text in CONSTANTS or syntax.text in self.sizes)

    def candidates(self, roots: Iterable[Syntax], scalars: frozenset[str]) -> tuple[str, ...]:
        """The names below `roots` that are vectors by custom only and decide the shape there."""
        found = postorder(roots, self._shaping)
        names = (s.text for s in found if self.is_variable(s) and convention(s.text) == "vector")
        return tuple(dict.fromkeys(n for n in names if n not in scalars and not self.has_shape(n)))

    def has_shape(self, name: str) -> bool:
        """Whether a declaration says what shape `name` has."""
        declaration = self.declared.get(name)
        return declaration is not None and (declaration.rows is not None or bool(declaration.kind))

    def _shaping(self, syntax: Syntax) -> tuple[Syntax, ...]:
        if syntax.kind == "call":
            row = catalogue.find(syntax.text)
            if isinstance(row, Composite | Opaque) and row.signature.endswith("-> 1 1"):
                return ()
            if row is None:
                return ()
        return self.below(syntax)


def pose(
    kind: str,
    sides: tuple[Syntax, ...],
    wrt: tuple[str, ...],
    declarations: Iterable[Declaration],
    lets: tuple[tuple[str, Syntax], ...],
    directions: tuple[Syntax, ...] = (),
) -> Problem:
    """The problem of these sides and directions, with the `let` lines that they use."""
    declared = {declaration.name: declaration for declaration in declarations}
    meaning = _meanings(lets, (*sides, *directions))
    order = tuple(postorder((*sides, *directions), lambda syntax: below(syntax, meaning)))
    used = set(order)
    sizes = frozenset(size for declaration in declared.values() for size in declaration.sizes())
    sizes |= {s.text for s in _size_names(order)} - declared.keys()
    used_lets = tuple(p for p in lets if p[1] in used)
    return Problem(kind, sides, wrt, declared, sizes, used_lets, meaning, order, directions)


def _meanings(lets: tuple[tuple[str, Syntax], ...], sides: tuple[Syntax, ...]) -> dict[Syntax, Syntax]:
    known: dict[str, Syntax] = {}
    meaning: dict[Syntax, Syntax] = {}
    for name, root in (*lets, *(("", side) for side in sides)):
        if known:
            for leaf in postorder([root]):
                if leaf.kind == "name" and leaf.text in known:
                    meaning[leaf] = known[leaf.text]
        if name:
            known[name] = root
    return meaning


def below(syntax: Syntax, meaning: Mapping[Syntax, Syntax]) -> tuple[Syntax, ...]:
    """The constructs whose values `syntax` is made of: no size expression, and the `let` behind a name."""
    if syntax.kind == "name":
        return (meaning[syntax],) if syntax in meaning else ()
    if syntax.kind == "call" and syntax.text in SIZED:
        sized = postorder(syntax.args, lambda part: () if is_size_function(part) else part.args)
        return tuple(arg for part in sized if is_size_function(part) for arg in part.args)
    return syntax.args[1:] if syntax.kind == "call" and syntax.text == "einsum" else syntax.args


def is_size_function(syntax: Syntax) -> bool:
    """Whether `syntax` is `rows(A)`, `cols(A)` or `size(x)`."""
    return syntax.kind == "call" and syntax.text in SIZE_FUNCTIONS


def _size_names(order: Iterable[Syntax]) -> list[Syntax]:
    sized = [arg for s in order if s.kind == "call" and s.text in SIZED for arg in s.args]
    leaves = postorder(sized, lambda part: () if is_size_function(part) else part.args)
    return [leaf for leaf in leaves if leaf.kind == "name"]


def convention(name: str) -> str:
    """What an undeclared name is by custom: a capital a matrix, a Greek letter a scalar, a small letter a vector."""
    stem = name.split("_", maxsplit=1)[0].rstrip("0123456789₀₁₂₃₄₅₆₇₈₉")
    if name[0].isupper():
        return "matrix"
    is_greek = "α" <= name[0] <= "ϖ" or "𝛂" <= name[0] <= "𝟉" or stem in GREEK
    return "scalar" if is_greek else "vector"


def number_of(syntax: Syntax) -> Fraction:
    """The value of a number as typed; raises where it has too many digits to be computed with."""
    digits, _, exponent = syntax.text.lower().partition("e")
    if len(digits) > LARGEST_EXPONENT or len(exponent) > 6 or abs(int(exponent or 0)) > LARGEST_EXPONENT:
        raise BadNumber(f"a number may have {LARGEST_EXPONENT:,} digits", syntax.place())
    if not digits.isascii():
        raise UnreadableText("digits are 0 to 9", syntax.place())
    return Fraction(syntax.text)
