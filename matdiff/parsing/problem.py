"""What a statement asks of shape inference: its syntax in order, what each name stands for, what was declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from matdiff.errors import BadNumber, UnreadableText, WrongArguments
from matdiff.functions.defined import Definition, find
from matdiff.functions.rows import Composite, Elementwise, Opaque, Row
from matdiff.parsing.declare import Declaration
from matdiff.parsing.families import Words, families_of
from matdiff.parsing.indices import Index, bindings, indices_of
from matdiff.parsing.lexer import GREEK
from matdiff.parsing.syntax import Syntax, postorder
from matdiff.tree.node import Node, make

if TYPE_CHECKING:
    from matdiff.functions.unknown import Name

CONSTANTS = {"I": "identity", "eye": "identity", "ones": "ones", "zeros": "zeros"}
SIZED = {
    **CONSTANTS,
    "pairing": "pairing",
    "K": "commutation",
    "commutation": "commutation",
    "elimination": "elimination",
    "duplication": "duplication",
    "unit": "unit",
}
PI = ("pi", "π")
SIZE_FUNCTIONS = ("rows", "cols", "size")
SPREADS = ("vector", "matrix")
RESHAPE = "unvec"
FORMS = (*SIZED, *SIZE_FUNCTIONS, *SPREADS, "einsum", RESHAPE)
LARGEST_EXPONENT = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A statement with its scope. `meaning` leads from a name to the `let` that it stands for.

    `order` is every construct below the sides, operands first. `kind` is the statement's, `wrt` the variables that
    it differentiates by, `directions` a direction for each; `declared` and `sizes` are what declarations say.
    `constants` are the names that stand for the numbers `pi` and `e`, `bindings` says of entries in index notation
    which sum binds each index. `changes` leads from `dX` in a differential to the X that it is a change of. `turned`
    are Greek letters that are vectors, transposed or with an index, `steady` the names that stand where a scalar would
    make no sense, `families` those that are a vector with an index, `definitions` the functions that the user defined.
    The sides of the kind `system` are those of one equation after the other; where `gradients` has a name for an
    equation, its left side stands for the gradient by that variable.
    `functions` are the calls of unknown functions with their names taken apart, `kinds` says of what kind each function
    is where that is known, and `assumed` are the kinds that its place asked for.
    """

    kind: str
    sides: tuple[Syntax, ...]
    wrt: tuple[str, ...]
    declared: Mapping[str, Declaration]
    sizes: frozenset[str]
    lets: tuple[tuple[str, Syntax], ...]
    meaning: Mapping[Syntax, Syntax]
    order: tuple[Syntax, ...]
    constants: Mapping[Syntax, str]
    bindings: Mapping[Syntax, tuple[Index | None, ...]]
    directions: tuple[Syntax, ...] = ()
    changes: Mapping[str, str] = field(default_factory=dict)
    turned: frozenset[str] = frozenset()
    steady: frozenset[str] = frozenset()
    gradients: tuple[str, ...] = ()
    functions: Mapping[Syntax, Name] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    assumed: Mapping[str, str] = field(default_factory=dict)
    families: frozenset[str] = frozenset()
    definitions: Mapping[str, Definition] = field(default_factory=dict)

    def row(self, name: str) -> Row | None:
        """The row of the function that is called `name` here: the user's definition goes before the tables."""
        return find(name, self.definitions)

    def applied(self, name: str, args: tuple[Node, ...]) -> Node:
        """An entry-wise function of the tables or of the user."""
        row = self.row(name)
        assert isinstance(row, Elementwise), name
        defined = self.definitions.get(name)
        return make("map", args, defined.attrs if defined else (row.name,), args[0].shape)

    def below(self, syntax: Syntax) -> tuple[Syntax, ...]:
        """The constructs whose values `syntax` is made of."""
        return below(syntax, self.meaning)

    def is_variable(self, syntax: Syntax) -> bool:
        """Whether `syntax` is a variable: no `let`, no constant, no size."""
        if syntax.kind != "name" or syntax in self.meaning or syntax in self.constants:
            return False
        return syntax.text in self.declared or not (syntax.text in CONSTANTS or syntax.text in self.sizes)

    def candidates(self, roots: Iterable[Syntax], scalars: frozenset[str]) -> tuple[str, ...]:
        """The names below `roots` that are vectors or scalars by custom only and decide the shape there."""
        found = postorder(roots, self._shaping)
        names = [s.text for s in found if self.is_variable(s)]
        names = [n for n in (self.changes.get(name, name) for name in names) if self.custom(n) != "matrix"]
        return tuple(dict.fromkeys(n for n in names if n not in scalars and not self.has_shape(n)))

    def custom(self, name: str) -> str:
        """What an undeclared name is by custom; a Greek letter that is transposed or has an index is a vector."""
        if name in self.families:
            return "matrix"
        return "vector" if name in self.turned else convention(name)

    def has_shape(self, name: str) -> bool:
        """Whether a declaration says what shape `name` has."""
        declaration = self.declared.get(name)
        return declaration is not None and (declaration.rows is not None or bool(declaration.kind))

    def _shaping(self, syntax: Syntax) -> tuple[Syntax, ...]:
        if syntax.kind == "index" and not any(index.kind == "slice" for index in syntax.args[1:]):
            return ()
        if syntax.kind == "call":
            row = self.row(syntax.text)
            if isinstance(row, Composite | Opaque) and row.signature.endswith("-> 1 1"):
                return ()
            if row is None and not self.is_entrywise(syntax):
                return ()
        return self.below(syntax)

    def is_exponential(self, power: Syntax) -> bool:
        """Whether a power has the base e."""
        return self.constants.get(power.args[0]) == "e"

    def is_entrywise(self, syntax: Syntax) -> bool:
        """Whether `syntax` is a call of an unknown function that is taken entry by entry."""
        name = self.functions.get(syntax)
        return name is not None and self.kinds.get(name.function) == "entrywise"


def pose(
    kind: str,
    sides: tuple[Syntax, ...],
    wrt: tuple[str, ...],
    declarations: Iterable[Declaration],
    lets: tuple[tuple[str, Syntax], ...],
    directions: tuple[Syntax, ...] = (),
    definitions: Mapping[str, Definition] | None = None,
) -> Problem:
    """The problem of these sides and directions, with the `let` lines that they use."""
    declared = {declaration.name: declaration for declaration in declarations}
    meaning = _meanings(lets, (*sides, *directions))
    order = tuple(postorder((*sides, *directions), lambda syntax: below(syntax, meaning)))
    used = set(order)
    sizes = frozenset(size for declaration in declared.values() for size in declaration.sizes())
    sizes |= {s.text for s in _size_names(order)} - declared.keys()
    kept = tuple(pair for pair in lets if pair[1] in used)
    taken = sizes | declared.keys() | frozenset(wrt)
    constants = _constants(order, [leaf for leaf in order if leaf.kind == "name" and leaf not in meaning], taken)
    bound = {s: found for root in order if root.kind == "indexed" for s, found in bindings(root).items()}
    turned = _named_operands(s for s in order if s.kind == "transpose")
    greek = frozenset(name for name in turned | _turned_terms(order) if convention(name) == "scalar")
    greek |= frozenset(s.args[0].text for s in bound if len(s.args) == 2 and convention(s.args[0].text) == "scalar")
    own = definitions or {}
    summed = _named_operands(_entries_of(s, own) for s in order if s.kind == "call" and _takes_vectors(s, own))
    steady = frozenset(name for name in turned | summed if convention(name) == "vector")
    words = Words(lambda name: find(name, own), lambda call: _takes_vectors(call, own), convention)
    asked = order if kind in ("identity", "system") else postorder(sides[:1], lambda s: below(s, meaning))
    families = families_of(asked, bound, words) - declared.keys()
    problem = Problem(
        kind,
        sides,
        wrt,
        declared,
        sizes,
        kept,
        meaning,
        order,
        constants,
        bound,
        directions,
        turned=greek,
        steady=steady,
        definitions=own,
        families=families,
    )
    _hold_functions(problem)
    _hold_indices(problem)
    calls = [s for s in order if s.kind == "call" and is_unknown(s, declared, own)]
    if calls or any(declaration.is_function for declaration in declared.values()):
        from matdiff.parsing.unknowns import with_functions

        return with_functions(problem, calls)
    return problem


def _turned_terms(order: Iterable[Syntax]) -> frozenset[str]:
    """The names that are terms of a transposed sum: `mu` in `(x - mu)'`."""
    sums = [s.args[0] for s in order if s.kind == "transpose" and s.args[0].kind == "sum"]
    return _named_operands(sums)


def _named_operands(order: Iterable[Syntax]) -> frozenset[str]:
    return frozenset(operand.text for syntax in order for operand in syntax.args if operand.kind == "name")


def _entries_of(call: Syntax, definitions: Mapping[str, Definition]) -> Syntax:
    """The call, or the innermost of entry-wise functions that it is taken of: `exp(x)` of `sum(exp(x))`."""
    while len(call.args) == 1 and call.args[0].kind == "call" and len(call.args[0].args) == 1:
        if not isinstance(find(call.args[0].text, definitions), Elementwise):
            break
        call = call.args[0]
    return call


def _takes_vectors(call: Syntax, definitions: Mapping[str, Definition]) -> bool:
    """Whether the function makes something of the entries of vectors, so that a scalar argument makes no sense."""
    row = find(call.text, definitions)
    if not isinstance(row, Composite | Opaque):
        return False
    inputs = row.signature.partition("->")[0].split(",")
    return len(inputs) == len(call.args) and all(sizes.split() in (["n", "1"], ["m", "n"]) for sizes in inputs)


def is_unknown(call: Syntax, declared: Mapping[str, Declaration], definitions: Mapping[str, Definition]) -> bool:
    """Whether a call is of a function that neither the language nor the user has defined."""
    name = call.text
    return name in declared or (name not in FORMS and find(name, definitions) is None)


def _constants(order: Iterable[Syntax], names: list[Syntax], taken: frozenset[str]) -> dict[Syntax, str]:
    """The names that are π, and the `e` that are the base of exponentials and nothing else, unless `taken`."""
    found = {name: "pi" for name in names if name.text in PI and name.text not in taken}
    letters = [name for name in names if name.text == "e" and "e" not in taken]
    if letters:
        named: set[Syntax] = set()
        for syntax in order:
            if syntax.kind == "name" or not named.isdisjoint(syntax.args):
                named.add(syntax)
        powers = [s for s in order if s.kind in ("power", "entrywise_power") and s.args[1] in named]
        bases = {s.args[0] for s in powers}
        if bases.issuperset(letters):
            found.update(dict.fromkeys(letters, "e"))
    return found


def _hold_functions(problem: Problem) -> None:
    """Raise where the name of a function that the user defined stands without arguments, or is a variable as well."""
    for part in problem.order if problem.definitions else ():
        if part.kind == "name" and part.text in problem.definitions:
            arguments = ", ".join(problem.definitions[part.text].parameters)
            raise WrongArguments(f"`{part.text}` is a function", part.place(), hint=f"write `{part.text}({arguments})`")


def _hold_indices(problem: Problem) -> None:
    """Raise where the name of an index is that of a variable or of a size."""
    entries = [s for s in problem.order if s.kind in ("index", "delta")]
    names = {index.text: index for s in entries for index in indices_of(s) if index.kind == "name"}
    if not names:
        return
    used = {s.text for s in problem.order if problem.is_variable(s)} | problem.declared.keys()
    outside = {i.text for s in entries if s not in problem.bindings for i in indices_of(s) if i.kind == "name"}
    for name, place in names.items():
        if name in used or (name in problem.sizes and name in outside):
            sort = "variable" if name in used else "size"
            raise WrongArguments(f"`{name}` is an index here and a {sort} elsewhere", place.place())


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
    if syntax.kind in ("index", "delta"):
        return syntax.args[:1] if syntax.kind == "index" else ()
    if syntax.kind == "call" and syntax.text in (*SIZED, RESHAPE):
        sized = postorder(size_arguments(syntax), lambda part: () if is_size_function(part) else part.args)
        reshaped = syntax.args[:1] if syntax.text == RESHAPE else ()
        return (*reshaped, *(arg for part in sized if is_size_function(part) for arg in part.args))
    return syntax.args[1:] if syntax.kind == "call" and syntax.text == "einsum" else syntax.args


def size_arguments(syntax: Syntax) -> tuple[Syntax, ...]:
    """The arguments of a call that are sizes: all but the index of a unit vector and the vector of `unvec`."""
    return syntax.args[1:] if syntax.text in ("unit", RESHAPE) else syntax.args


def is_size_function(syntax: Syntax) -> bool:
    """Whether `syntax` is `rows(A)`, `cols(A)` or `size(x)`."""
    return syntax.kind == "call" and syntax.text in SIZE_FUNCTIONS


def _size_names(order: Iterable[Syntax]) -> list[Syntax]:
    sized = [arg for s in order if s.kind == "call" and s.text in (*SIZED, RESHAPE) for arg in size_arguments(s)]
    leaves = postorder(sized, lambda part: () if is_size_function(part) else part.args)
    return [leaf for leaf in leaves if leaf.kind == "name"]


def is_nought(syntax: Syntax) -> bool:
    """Whether `syntax` is the number 0 as typed."""
    return syntax.kind == "number" and not number_of(syntax)


def changes_of(problem: Problem) -> dict[str, str]:
    """The names `dX` on the right of a differential whose X stands on its left."""
    left = {s.text for s in postorder(problem.sides[:1], problem.below) if problem.is_variable(s)}
    right = [s.text for s in postorder(problem.sides[1:], problem.below) if problem.is_variable(s)]
    return {name: name[1:] for name in right if name[0] == "d" and name[1:] in left and name not in left}


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
