"""Text → equations: residuals in matrix form that are to be zero, and the unknowns that shall make them so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple

from matdiff.derive.expand import axes_of
from matdiff.engine import first_derivatives
from matdiff.errors import NotYet, NoVariable, Place, UnreadableText
from matdiff.functions.defined import written_out
from matdiff.parsing.read import (
    Interpreted,
    Scope,
    Source,
    Statement,
    extend,
    interpret_system,
    read_declarations,
    read_statement,
)
from matdiff.parsing.syntax import Syntax, postorder
from matdiff.recognise.chains import multiplied
from matdiff.recognise.sums import summed
from matdiff.recognise.traces import traced
from matdiff.recognise.transposes import transposed
from matdiff.tree import build
from matdiff.tree.dims import names_of, size_text
from matdiff.tree.node import Node, Shape

NOUGHT = read_statement("0").sides[0]
MULTIPLIERS = ("lambda", "nu", "mu", "eta")
_WHERE = re.compile(r"(?<!\w)where(?!\w)")
_OPEN, _CLOSED = "([{⟨", ")]}⟩"
MOST_EQUATIONS = 12


class System(NamedTuple):
    """Residuals that are to be zero for the unknowns, in matrix form.

    `objective` is the scalar whose stationary points they are, `constraints` how many of the unknowns, the last ones,
    are multipliers; `places` are those of the equations in the text, `notes` tell what was taken for granted.
    """

    text: str
    residuals: tuple[Node, ...]
    places: tuple[Place, ...]
    unknowns: tuple[Node, ...]
    interpreted: Interpreted
    objective: Node | None = None
    constraints: int = 0
    notes: tuple[str, ...] = ()

    @property
    def variables(self) -> tuple[Node, ...]:
        """Every variable that has a name here, the unknowns last."""
        known = [v for v in self.interpreted.variables if v not in self.unknowns]
        return (*known, *self.unknowns)


def read_equations(texts: Iterable[str], scope: Scope) -> tuple[tuple[Statement, ...], Scope]:
    """The statements in lines of text, several parted by `;`, and the scope that their `where` and `let` lines make."""
    found: list[Statement] = []
    for number, line in enumerate((line for text in texts for line in text.split("\n")), 1):
        for part in _parts(line.rstrip("\r")):
            statement = read_statement(part, number, scope)
            if statement.kind in ("where", "let"):
                scope = extend(scope, statement)
            elif statement.kind != "empty":
                scope = extend(scope, statement._replace(kind="where"))
                found.append(statement)
    return tuple(found), scope


def _parts(line: str) -> Iterator[str]:
    """A line cut at each `;` outside brackets and before `where`."""
    where = _WHERE.search(line)
    end = where.start() if where else len(line)
    start = depth = 0
    for place, character in enumerate(line[:end]):
        depth += (character in _OPEN) - (character in _CLOSED)
        if character == ";" and depth <= 0 and line[place + 1 : end].strip():
            yield line[start:place]
            start = place + 1
    yield line[start:end].rstrip().removesuffix(";") + line[end:]


def equations_of(statements: tuple[Statement, ...], scope: Scope, unknowns: tuple[str, ...]) -> System:
    """The system that these equations make; one is `left = right` or `grad … wrt w = right`.

    Raises a MatdiffError for what is no equation, and where it is not clear what is unknown.
    """
    sides: list[Syntax] = []
    gradients: list[str] = []
    for statement in _held(statements):
        if statement.kind not in ("identity", "grad") or len(statement.sides) != 2:
            place = statement.sides[0].place() if statement.sides else None
            if len(statement.sides) > 2:
                raise UnreadableText("one equation has one `=`", place, hint="part several equations by `;`")
            raise UnreadableText("this is no equation", place, hint="write `… = 0`, or ask for a stationary point")
        by = statement.wrt or (unknowns if len(unknowns) == 1 else ())
        if statement.kind == "grad" and len(by) != 1:
            raise NoVariable("by which variable is the gradient?", statement.sides[0].place(), by, "write `wrt w`")
        sides += statement.sides
        gradients.append(by[0] if statement.kind == "grad" else "")
    names = unknowns or tuple(dict.fromkeys(name for name in gradients if name))
    text = "; ".join(statement.source.text.strip() for statement in statements)
    return _system(text, tuple(sides), tuple(gradients), names, scope)


def stationary_of(
    statements: tuple[Statement, ...], constraints: tuple[Statement, ...], scope: Scope, unknowns: tuple[str, ...]
) -> System:
    """The equations of the stationary points of a scalar, under constraints with a multiplier each."""
    if len(_held(statements)) > 1:
        raise UnreadableText("one expression has stationary points", statements[1].sides[0].place())
    (statement,) = statements
    if len(statement.sides) != 1 or statement.kind not in ("expression", "grad"):
        hint = 'constraints are given with `--subject-to "A*x = b"`; `matdiff solve` takes equations'
        raise UnreadableText("the expression has no `=`", statement.sides[-1].place(), hint=hint)
    for constraint in constraints:
        if constraint.kind != "identity" or len(constraint.sides) != 2:
            raise UnreadableText("this is no equation", constraint.sides[0].place(), hint='write "A*x = b"')
    names = statement.wrt or unknowns or _only_name(statement)
    sides = [side for name in names for side in (statement.sides[0], NOUGHT)]
    sides += [side for constraint in constraints for side in constraint.sides]
    gradients = (*names, *("" for _ in constraints))
    system = _system(statement.source.text.strip(), tuple(sides), gradients, names, scope)
    return with_multipliers(system, len(names))


def _held(statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
    if not statements:
        raise UnreadableText("there is no equation", Source("").place(0, 1), hint="write one such as `A*x = b`")
    if len(statements) > MOST_EQUATIONS:
        raise NotYet(f"{len(statements)} equations; {MOST_EQUATIONS} may be solved together")
    return statements


def _only_name(statement: Statement) -> tuple[str, ...]:
    """The one name that occurs; a script with several must say which is meant."""
    names = tuple(dict.fromkeys(s.text for s in postorder(statement.sides) if s.kind == "name"))
    if len(names) != 1:
        raise _no_unknown(statement.sides[0], names)
    return names


def _no_unknown(side: Syntax, names: tuple[str, ...]) -> NoVariable:
    told = ", ".join(f"`{name}`" for name in names[:8]) + (", …" if len(names) > 8 else "")
    hint = f"name it with `--wrt {names[-1]}`" if names else "an equation needs a variable"
    return NoVariable(f"which variable is the unknown? {told}".rstrip(), side.place(), names, hint)


def _system(
    text: str, sides: tuple[Syntax, ...], gradients: tuple[str, ...], names: tuple[str, ...], scope: Scope
) -> System:
    if not names:
        read = interpret_system(sides, gradients, (), scope)
        names = tuple(str(variable.attrs[0]) for variable in read.variables)
        if len(names) != 1:
            raise _no_unknown(sides[0], names)
    read = interpret_system(sides, gradients, names, scope)
    read = read._replace(sides=written_out(read.sides))
    pairs = zip(read.sides[::2], read.sides[1::2], gradients, strict=True)
    variables = {str(variable.attrs[0]): variable for variable in (*read.variables, *read.wrt)}
    objective = read.sides[0] if gradients[0] and len(set(read.sides[: 2 * len(names) : 2])) == 1 else None
    residuals = []
    for left, right, by in pairs:
        value = first_derivatives(left, (variables[by],))[0] if by else left
        residuals.append(_difference(value, right))
    for unknown in read.wrt:
        if len(unknown.shape) > 2 or 1 in unknown.shape:
            raise NotYet(f"`{unknown.attrs[0]}` is solved for as a scalar, a column or a matrix only")
    places = tuple(side.place() for side in sides[::2])
    return System(text, tuple(residuals), places, read.wrt, read, objective)


def _difference(left: Node, right: Node) -> Node:
    if right.attrs == ("zeros",) or (right.op == "number" and not right.attrs[0]):
        return left
    if left.attrs == ("zeros",) or (left.op == "number" and not left.attrs[0]):
        return right
    return build.total([(1, left), (-1, _shaped(right, left.shape))])


def _shaped(node: Node, shape: Shape) -> Node:
    return node if node.shape == shape or len(axes_of(shape)) != len(shape) else transposed(node)


def with_multipliers(system: System, free: int) -> System:
    """The system with a multiplier for each of its equations behind the first `free`: those of a Lagrangian."""
    constraints = system.residuals[free:]
    taken = {str(variable.attrs[0]) for variable in system.interpreted.variables} | system.interpreted.size_names
    multipliers: list[Node] = []
    residuals = list(system.residuals[:free])
    for constraint in constraints:
        multiplier = build.variable(_free_name(constraint.shape, taken), constraint.shape)
        taken.add(str(multiplier.attrs[0]))
        multipliers.append(multiplier)
        product = _inner_product(multiplier, constraint)
        for place, slope in enumerate(first_derivatives(product, system.unknowns)):
            residuals[place] = summed([(Fraction(1), residuals[place]), (Fraction(1), slope)], residuals[place].shape)
    return system._replace(
        residuals=(*residuals, *constraints),
        unknowns=(*system.unknowns, *multipliers),
        constraints=len(multipliers),
    )


def _free_name(shape: Shape, taken: set[str]) -> str:
    names = [name.capitalize() if len(axes_of(shape)) > 1 else name for name in MULTIPLIERS]
    numbered = (f"{names[0]}{number}" for number in range(1, len(taken) + 2))
    return next(name for name in (*names, *numbered) if name not in taken)


def _inner_product(left: Node, right: Node) -> Node:
    if len(axes_of(left.shape)) < 2:
        return multiplied((transposed(left), right))
    return traced((transposed(left), right))


def as_square(scope: Scope, system: System, matrices: Iterable[Node]) -> Scope | None:
    """The scope in which these matrices are square; None where their sizes were declared, or follow from each other."""
    declared = {declaration.name for declaration in scope.declarations}
    renamed: dict[str, str] = {}
    for matrix in matrices:
        sizes = [size_text(axis) for axis in matrix.shape]
        is_free = all(names_of(axis) == (size_text(axis),) for axis in matrix.shape)
        if len(set(sizes)) == 2 and is_free and not set(sizes) & system.interpreted.size_names:
            renamed[renamed.get(sizes[0], sizes[0])] = renamed.get(sizes[1], sizes[1])
    texts = [
        f"{v.attrs[0]}: {' x '.join(renamed.get(size_text(axis), size_text(axis)) for axis in v.shape)}"
        for v in system.interpreted.variables
        if v.attrs[0] not in declared and v.shape
    ]
    more = read_declarations("; ".join(texts))
    return scope._replace(declarations=(*scope.declarations, *more)) if renamed else None
