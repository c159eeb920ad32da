"""The way from equations to solutions: read, make linear, invert, substitute back, print."""

from __future__ import annotations

from matdiff.conditions.needs import Need, replaced
from matdiff.engine import simplify
from matdiff.errors import Disagreement, NotYet, shorten
from matdiff.parsing.read import Scope
from matdiff.printing import write
from matdiff.printing.context import Context
from matdiff.recognise.measure import cost
from matdiff.recognise.terms import scaled
from matdiff.solving.elimination import Step, eliminated, put_in, solved_for
from matdiff.solving.equations import System, as_square, equations_of, read_equations, stationary_of
from matdiff.solving.linear import depends_on, linear_part
from matdiff.solving.solutions import Case, Result, Solution, told
from matdiff.tree import build
from matdiff.tree.attributes import properties_of
from matdiff.tree.dims import size_text
from matdiff.tree.node import Node
from matdiff.tree.walk import variables_of
from matdiff.verify.compare import Verdict, check_equal

EIGENVALUES = "have no eigenvalue in common"
CLOSE = 1e-4
WORTH_OF_A_NAME = 2
RESTRICTING = ("orthogonal", "lower", "upper", "integer")


def solve(texts: tuple[str, ...], unknowns: tuple[str, ...], scope: Scope) -> Solution:
    """The solution of equations for the unknowns.

    Raises a MatdiffError for what cannot be read, has no solution of this kind, or where substituting back disagrees.

    >>> solve(("A*x = b",), ("x",), Scope()).text
    'x = inv(A)*b  # if A is invertible'
    """
    statements, scope = read_equations(texts, scope)
    system = equations_of(statements, scope, unknowns)
    steps = _steps(system)
    if not all(step.is_square for step in steps):
        square = as_square(scope, system, [factor for step in steps for factor in step.inverse.factors])
        if square is not None:
            again = equations_of(statements, square, unknowns)
            return _solution(again._replace(notes=_square_notes(system, again)), _steps(again))
    return _solution(system, steps)


def _square_notes(before: System, after: System) -> tuple[str, ...]:
    """That matrices were taken to be square, and what to type where they are not."""
    pairs = zip(before.interpreted.variables, after.interpreted.variables, strict=True)
    return tuple(
        f'`{old.attrs[0]}` read as square; else add --where "{old.attrs[0]}: {_shape_text(old)}"'
        for old, new in pairs
        if len(set(old.shape)) == 2 and len(set(new.shape)) == 1 and len(new.shape) == 2
    )


def _shape_text(node: Node) -> str:
    return " x ".join(size_text(axis) for axis in node.shape)


def stationary(
    texts: tuple[str, ...], constraints: tuple[str, ...], unknowns: tuple[str, ...], scope: Scope
) -> Solution:
    """Where the gradient of a scalar by the unknowns is zero, under constraints with a multiplier each.

    Raises as `solve` does.

    >>> stationary(("norm2(X*w - y)^2",), (), ("w",), Scope()).text.splitlines()[1]
    'w = pinv(X)*y  # otherwise, of least norm'
    """
    statements, scope = read_equations(texts, scope)
    held, scope = read_equations(constraints, scope) if constraints else ((), scope)
    system = stationary_of(statements, held, scope, unknowns)
    return _solution(system, _steps(system))


def _steps(system: System) -> tuple[Step, ...]:
    for unknown in system.unknowns:
        words = [word for word in RESTRICTING if word in properties_of(unknown)]
        if words:
            name = str(unknown.attrs[0])
            raise NotYet(
                f"`{name}` is declared {words[0]}: its equations are not linear, and are not solved",
                hint=f"without the declaration `{name}` is any {'matrix' if len(unknown.shape) == 2 else 'number'}",
            )
    if len(system.unknowns) == len(system.residuals) == 1:
        step = solved_for(system.residuals[0], system.unknowns[0])
        steps: tuple[Step, ...] = (step,) if step is not None else ()
    else:
        steps = eliminated(system.residuals, system.unknowns) or ()
    if not steps:
        raise _not_linear(system)
    return steps


def _not_linear(system: System) -> NotYet:
    """Why there is no solution: an equation in which an unknown is not linear, or that they do not decouple."""
    context = Context(system.interpreted.size_names, system.variables)
    for residual, place in zip(system.residuals, system.places, strict=True):
        for unknown in system.unknowns:
            if depends_on(residual, unknown) and linear_part(residual, unknown) is None:
                equation = write.text(simplify(residual), context)
                return NotYet(
                    f"`{shorten(equation)} = 0` is not linear in `{unknown.attrs[0]}`, also when it is multiplied out",
                    place,
                    hint="equations linear in the unknown are solved, and those that multiplying out makes so",
                )
    absent = [u for u in system.unknowns if not any(depends_on(r, u) for r in system.residuals)]
    if absent:
        return NotYet(f"`{absent[0].attrs[0]}` occurs in none of the equations", system.places[0])
    names = ", ".join(f"`{unknown.attrs[0]}`" for unknown in system.unknowns)
    counts = f"{len(system.residuals)} equations for {len(system.unknowns)} unknowns"
    return NotYet(f"no form of the solution for {names} is known ({counts})", system.places[-1])


# ------------------------------------------------------------------------------------------------------- the answer


def _solution(system: System, steps: tuple[Step, ...]) -> Solution:
    full: dict[Node, Node] = {}
    for step in reversed(steps):
        value = step.value
        for other, known in full.items():
            value = put_in(value, other, known)
        full[step.unknown] = value
    verdict = _hold(system, steps, full)
    results = tuple(_result(step, full) for step in _in_order(steps))
    return Solution(
        system.text,
        results,
        system.interpreted,
        _nature(system, steps),
        f"substituted back, the equations hold at {verdict.points} random points",
        _details(system, steps),
        system.notes,
    )


def _in_order(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps so that each uses the unknowns above it, by name where that is hardly longer than without."""
    full = {step.unknown: step.value for step in steps}
    if not any(depends_on(step.value, unknown) for step in steps for unknown in full):
        return tuple(_by_name(step, steps[:k]) for k, step in enumerate(steps))
    return tuple(reversed(steps))


def _by_name(step: Step, above: tuple[Step, ...]) -> Step:
    """The step solved from its equation as it was given, if that needs nothing but the unknowns above."""
    found = solved_for(step.equation, step.unknown)
    known = {other.unknown for other in above}
    if found is None or not set(variables_of((found.value,))) <= {*variables_of((step.value,)), *known}:
        return step
    return found if cost(found.value) <= cost(step.value) + WORTH_OF_A_NAME else step


def _with_shorter(case: Case, full: dict[Node, Node], value: Node) -> Case:
    """The case free of other unknowns, where that is shorter than with their values above it."""
    used = [known for unknown, known in full.items() if depends_on(case.node, unknown)]
    is_short = used and cost(value) < cost(case.node) + sum(map(cost, used))
    return case._replace(node=value) if is_short else case


def _result(step: Step, full: dict[Node, Node]) -> Result:
    right = scaled(-1, step.linear.constant)
    needs = tuple(dict.fromkeys(need for known in step.known for need in known.needs))
    if not step.is_square:
        return Result(step.unknown, (_least_case(step),), full[step.unknown])
    if step.inverse.eigenvalues is not None and needs:
        needs = _eigenvalue_needs(*step.inverse.eigenvalues)
    cases = [_with_shorter(Case(step.value, needs), full, full[step.unknown])]
    least = step.inverse.undo_least
    if needs and least is not None and step.inverse.is_solvable(right):
        cases.append(Case(least(right), (), "otherwise, of least norm"))
        return Result(step.unknown, tuple(cases), cases[-1].node if _is_last(step, full) else full[step.unknown])
    return Result(step.unknown, tuple(cases), full[step.unknown])


def _is_last(step: Step, full: dict[Node, Node]) -> bool:
    """Whether the value of a step needs no other unknown."""
    return not any(depends_on(step.value, unknown) for unknown in full)


def _eigenvalue_needs(left: Node, right: Node) -> tuple[Need, ...]:
    return (Need(left, EIGENVALUES), Need(scaled(-1, right), EIGENVALUES))


def _least_case(step: Step) -> Case:
    remarks = []
    words = {word for factor in step.inverse.factors if factor.op == "var" for word in properties_of(factor)}
    if "full_column_rank" not in words:
        remarks.append("of least norm")
    if "full_row_rank" not in words and not step.inverse.is_solvable(step.linear.constant):
        remarks.append("if there is a solution")
    return Case(step.value, (), ", ".join(remarks))


def _nature(system: System, steps: tuple[Step, ...]) -> str:
    """Whether a stationary point is a minimum or a maximum, from the sign of the second derivative."""
    if system.objective is None or len(steps) != 1 + system.constraints or any(s.linear.clearings for s in steps):
        return ""
    step = next(step for step in steps if step.unknown is system.unknowns[0])
    sign = 1
    for known in step.known:
        sign *= known.sign
    return {1: "minimum", -1: "maximum"}.get(sign, "") if step.inverse.is_square else ""


def _details(system: System, steps: tuple[Step, ...]) -> tuple[str, ...]:
    context = Context(system.interpreted.size_names, system.variables)
    lines = []
    for step in steps:
        for side, factor in step.linear.clearings:
            where = "" if side == "scalar" else f" from the {side}"
            lines.append(f"multiplied with {write.text(factor, context)}{where}")
    return told(lines)


# ------------------------------------------------------------------------------------------------------ substituting


def _hold(system: System, steps: tuple[Step, ...], full: dict[Node, Node]) -> Verdict:
    """Raise where the equations do not hold at the solution, or could not be evaluated there."""
    context = Context(system.interpreted.size_names, system.variables)
    if all(step.is_square for step in steps):
        pairs = [(replaced(residual, full), build.zeros(residual.shape)) for residual in system.residuals]
    else:
        pairs = [_planted(step) for step in steps]
    verdicts = [_compared(left, right) for left, right in pairs]
    worst = next((verdict for verdict in verdicts if verdict.status != "agrees"), None)
    answer = "; ".join(f"{u.attrs[0]} = {write.text(value, context)}" for u, value in full.items())
    if worst is None:
        return min(verdicts, key=lambda verdict: verdict.points)
    if worst.status == "differs":
        raise Disagreement(answer, f"substituted back: {worst.reason}")
    raise NotYet(f"the solution `{answer}` could not be checked: {worst.reason}")


def _compared(left: Node, right: Node) -> Verdict:
    """The verdict on two sides; where rounding near a singular matrix may be all that parts them, exactly."""
    verdict = check_equal(left, right)
    if verdict.status != "differs" or not verdict.error < CLOSE:
        return verdict
    from matdiff.verify.modular import check_modular

    exact = check_modular(left, right)
    return Verdict("agrees", exact.points, 0.0) if exact.status == "agrees" else verdict


def _planted(step: Step) -> tuple[Node, Node]:
    """Both sides of an equation that has a solution for certain, at the one found: its right side is made from one."""
    planted = build.variable("planted", step.unknown.shape)
    applied = scaled(-1, step.linear.constant)
    undo = step.inverse.undo_least
    assert undo is not None
    if step.inverse.is_solvable(applied):
        return _applied(step, undo(applied)), applied
    right = _applied(step, planted)
    return _applied(step, undo(right)), right


def _applied(step: Step, value: Node) -> Node:
    """The linear part of the equation of a step, at a value."""
    return replaced(step.linear.part, {step.unknown: value})
