"""The way from a statement to derivatives in matrix form, one call a line."""

from __future__ import annotations

from itertools import pairwise

from matdiff.derive.contract import contract
from matdiff.derive.expand import axes_of, expand, expand_all
from matdiff.derive.reverse import derivatives
from matdiff.derive.structure import as_projected, project, without_structure
from matdiff.forms import differential_of, directional_derivative, directional_gradients, laid_out, within_structure
from matdiff.parsing.read import Interpreted, Scope, Statement, interpret, read_expression
from matdiff.recognise.fold import recognise
from matdiff.recognise.terms import is_zero
from matdiff.recognise.transposes import transposed
from matdiff.results import ORDERS, Answer, Batch, Derivative, Options
from matdiff.tree import build
from matdiff.tree.attributes import is_power
from matdiff.tree.node import Node
from matdiff.tree.walk import postorder
from matdiff.verify.compare import Verdict, check_derivative, check_derivatives, check_directional, check_equal_exactly

__all__ = [
    "ORDERS",
    "Derivative",
    "Options",
    "compare_derivative",
    "compare_sides",
    "differentiate",
    "first_derivatives",
    "posed",
    "second_derivative",
    "simplify",
]

EMPTY_SCOPE, PLAIN = Scope(), Options()


def first_derivatives(value: Node, variables: tuple[Node, ...], structured: str = "project") -> tuple[Node, ...]:
    """The derivative of `value` by each variable, in matrix form: the axes of the value, then of the variable."""
    indexed = expand(_unstacked(value))
    swept = derivatives(indexed, variables)
    pairs = zip(swept, variables, strict=True)
    return recognise(contract(tuple(project(adjoint, variable, structured) for adjoint, variable in pairs)))


def _unstacked(value: Node) -> Node:
    """`value` with products in place of stacked columns: `tr(A.T*X.T*B*X)` for `vec(X).T*kron(A, B)*vec(X)`."""
    if not any(node.op == "call" and node.attrs[0] == "vec" for node in postorder((value,))):
        return value
    from matdiff.rewriting.search import shortest

    return shortest(simplify(value))


def _finished(answer: Node, value: Node) -> Node:
    """The answer in the words that its reader expects; without functions in it there are no other ones."""
    if not any(node.op == "call" or (node.op == "map" and not is_power(node)) for node in postorder((answer,))):
        return answer
    from matdiff.rewriting.answers import finished

    return finished(answer, value)


def second_derivative(value: Node, variable: Node, structured: str = "project") -> Node:
    """The Hessian of the scalar `value`: the sweep goes over the recognised gradient."""
    (gradient,) = first_derivatives(value, (variable,), structured)
    return first_derivatives(gradient, (variable,), structured)[0]


def simplify(value: Node) -> Node:
    """`value` through index form and back: the shortest matrix form that is known; a row stays one."""
    found = recognise(contract((expand_all((value,))[value],)))[0]
    if is_zero(found):
        return build.zeros(value.shape)
    return found if found.shape == value.shape else transposed(found)


def differentiate(
    statement: Statement,
    scope: Scope = EMPTY_SCOPE,
    *,
    kind: str = "grad",
    wrt: tuple[str, ...] = (),
    options: Options = PLAIN,
) -> tuple[Derivative, ...]:
    """The derivatives of one statement, one for each variable, each checked against the oracle unless told not to.

    A Hessian by several variables has a block for every pair of them. With directions in `options`, one for each
    variable, there is one derivative along all of them at once, for a Hessian one for each variable; so for the kind
    `differential`, whose directions are changes of the variables where none are given.

    Raises a MatdiffError for what cannot be read, has no rule, or where the check disagrees; and for a rule, of which
    `matdiff check` says whether its answer is right.
    """
    statement = read_expression(statement, scope)
    interpreted = posed(statement, scope, "change" if kind == "differential" else kind, wrt, options)
    if kind == "differential" or interpreted.directions:
        answers = _along(interpreted, ORDERS.get(kind, 1), options.check)
    elif ORDERS[kind] == 2:
        answers = _by_pairs(interpreted, options)
    else:
        answers = _by_variables(interpreted, options)
    batch = Batch(kind, statement.source.text, interpreted, answers, options.layout)
    batch.hold_verdicts()
    return tuple(Derivative(batch, position) for position in range(len(answers)))


def posed(
    statement: Statement, scope: Scope, kind: str = "", wrt: tuple[str, ...] = (), options: Options = PLAIN
) -> Interpreted:
    """The statement as trees, its convention for structured variables settled: the text goes before the options.

    By the convention `free` the structure of the variables that it differentiates by is forgotten.
    """
    read = interpret(statement, scope, kind, wrt, options.directions)
    read = read._replace(structured=read.structured or options.structured)
    return _freed(read) if read.structured == "free" else read


def _freed(interpreted: Interpreted) -> Interpreted:
    """The statement with the structure of the variables that it is differentiated by forgotten."""
    sides, variables, known = interpreted.sides, [], list(interpreted.variables)
    for variable in interpreted.wrt:
        sides, plain = without_structure(sides, variable)
        known = [plain if other is variable else other for other in known]
        variables.append(plain)
    return interpreted._replace(sides=sides, wrt=tuple(variables), variables=tuple(known))


def _by_variables(interpreted: Interpreted, options: Options) -> tuple[Answer, ...]:
    """The first derivatives, one for each variable, from one sweep."""
    value, variables = interpreted.sides[0], interpreted.wrt
    nodes = tuple(_finished(node, value) for node in first_derivatives(value, variables, interpreted.structured))
    pairs = tuple(zip(variables, nodes, strict=True))
    claims = tuple((variable, as_projected(node, (variable,), interpreted.structured)) for variable, node in pairs)
    verdicts = check_derivatives(value, claims) if options.check else (None,) * len(nodes)
    answers = []
    for (variable, node), verdict in zip(pairs, verdicts, strict=True):
        turned, axes, lead = laid_out(node, value.shape, variable.shape, options.layout)
        answers.append(Answer(turned, str(variable.attrs[0]), axes, lead, verdict, value, node, variable))
    return tuple(answers)


def _by_pairs(interpreted: Interpreted, options: Options) -> tuple[Answer, ...]:
    """The second derivatives, one for each pair of variables."""
    value, variables, structured = interpreted.sides[0], interpreted.wrt, interpreted.structured
    answers = []
    for first, gradient in zip(variables, first_derivatives(value, variables, structured), strict=True):
        for second, found in zip(variables, first_derivatives(gradient, variables, structured), strict=True):
            node = _finished(found, value)
            verdict = compare_derivative(value, (first, second), node, structured) if options.check else None
            name = ",".join(str(v.attrs[0]) for v in ((first, second) if len(variables) > 1 else (first,)))
            axes, lead = first.shape + second.shape, len(axes_of(first.shape))
            answers.append(Answer(node, name, axes, lead, verdict, gradient, node, second))
    return tuple(answers)


def _along(interpreted: Interpreted, order: int, check: bool) -> tuple[Answer, ...]:
    """The derivative along a direction for each variable; of the second order how each gradient changes along them."""
    value, variables = interpreted.sides[0], interpreted.wrt
    directions = _directions(interpreted)
    moved = tuple(zip(variables, directions, strict=True))
    gradients = first_derivatives(value, variables) if len(axes_of(value.shape)) < 2 else ()
    if order == 1:
        node = directional_derivative(value, variables, directions, gradients)
        verdict = check_directional(value, moved, node) if check else None
        name = ",".join(str(variable.attrs[0]) for variable in variables)
        return (Answer(node, name, value.shape, len(axes_of(value.shape)), verdict, value, node),)
    answers = []
    nodes = directional_gradients(variables, gradients, directions)
    for variable, node in zip(variables, nodes, strict=True):
        verdict = check_directional(value, moved, node, variable) if check else None
        lead = len(axes_of(variable.shape))
        answers.append(Answer(node, str(variable.attrs[0]), variable.shape, lead, verdict, value, node))
    return tuple(answers)


def _directions(interpreted: Interpreted) -> tuple[Node, ...]:
    """A direction for each variable: those that were given, else changes named after the variables."""
    names = (*interpreted.variables, *interpreted.wrt)
    taken = frozenset(str(variable.attrs[0]) for variable in names) | interpreted.size_names
    given = interpreted.directions or tuple(differential_of(variable, taken) for variable in interpreted.wrt)
    return tuple(within_structure(way, variable) for way, variable in zip(given, interpreted.wrt, strict=True))


def compare_derivative(value: Node, wrt: tuple[Node, ...], claim: Node, structured: str) -> Verdict:
    """Whether `claim` is the derivative of `value` by one variable or by two, by the convention for structured ones."""
    return check_derivative(value, wrt, as_projected(claim, wrt, structured))


def compare_sides(statement: Statement, scope: Scope = EMPTY_SCOPE) -> tuple[Verdict, ...]:
    """Whether the sides of an identity are equal, each against the one before it; if rational, exactly so."""
    sides = interpret(statement, scope, "identity").sides
    return tuple(check_equal_exactly(left, right) for left, right in pairwise(sides))
