"""Derivatives of matrix expressions, in matrix form, each checked against numbers before it is given out.

>>> import matdiff
>>> matdiff.grad("x.T*A*x", wrt="x").text
'(A + A.T)*x'

Expressions are text in the language of docs/language.md; they may be several lines, `let` and `where` lines first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from matdiff.backpropagated import Backprop
    from matdiff.bridge import FromSymPy
    from matdiff.convexity.convexity import Convexity
    from matdiff.evaluation.evaluated import Evaluated
    from matdiff.interop.to_sympy import Expression
    from matdiff.parsing.read import Scope
    from matdiff.reasoning.facts import KnownFacts
    from matdiff.results import Derivative
    from matdiff.rulebook.checker import Finding
    from matdiff.rulebook.claims import Equality
    from matdiff.rulebook.fix import Repair
    from matdiff.simplified import Simplified
    from matdiff.solving.solutions import Solution

__all__ = [
    "backprop",
    "check_rules",
    "convex",
    "differential",
    "equal",
    "evaluate",
    "facts",
    "fix_rules",
    "from_sympy",
    "grad",
    "hessian",
    "jacobian",
    "simplify",
    "solve",
    "stationary",
    "to_sympy",
]

Where = str | Mapping[str, str]
Names = list[str] | tuple[str, ...]
Direction = str | Names
Define = str | Names


@overload
def grad(
    expression: str,
    wrt: str | None = None,
    where: Where = "",
    *,
    define: Define = (),
    check: bool = True,
    direction: Direction = (),
    structured: str = "project",
    layout: str = "mixed",
) -> Derivative: ...
@overload
def grad(
    expression: str,
    wrt: Names,
    where: Where = "",
    *,
    define: Define = (),
    check: bool = True,
    direction: Direction = (),
    structured: str = "project",
    layout: str = "mixed",
) -> tuple[Derivative, ...]: ...
def grad(
    expression: str,
    wrt: str | Names | None = None,
    where: Where = "",
    *,
    define: Define = (),
    check: bool = True,
    direction: Direction = (),
    structured: str = "project",
    layout: str = "mixed",
) -> Derivative | tuple[Derivative, ...]:
    """The gradient of a scalar expression: it has the shape of the variable.

    `wrt` is the name of a variable, or several (then the gradients come as a tuple, from one sweep); it may be left
    out where only one variable occurs. `where` declares shapes and properties: `"A: n x n spd; x: n"`, or
    `{"A": "n x n spd", "x": "n"}`, and `define` scalar functions of your own: `"swish(t) = t*sigmoid(t)"`, or a list.
    With `check=False` the answer is not compared with numbers. With `direction`, an expression of the shape of the
    variable (one for each of several), the answer is the derivative along it. `layout` is `mixed`, `numerator`
    (gradients are rows or transposed) or `denominator` (Jacobians are transposed). By a variable declared symmetric,
    skew, diagonal, triangular or orthogonal, `structured` asks for the gradient within the structure (`project`), by
    its free entries (`entries`), or as if it had none (`free`).

    Raises MatdiffError (its `render()` shows the place) for text that is no expression, for shapes that do not fit,
    and for a function that has no derivative rule.

    >>> grad("tr(A*B)", "A").text
    'B.T'
    """
    found = _differentiate(
        "grad", expression, wrt, _scope(where, define), direction, check=check, layout=layout, structured=structured
    )
    return found[0] if wrt is None or isinstance(wrt, str) else found


@overload
def jacobian(
    expression: str,
    wrt: str | None = None,
    where: Where = "",
    *,
    define: Define = (),
    check: bool = True,
    direction: Direction = (),
    structured: str = "project",
    layout: str = "mixed",
) -> Derivative: ...
@overload
def jacobian(
    expression: str,
    wrt: Names,
    where: Where = "",
    *,
    define: Define = (),
    check: bool = True,
    direction: Direction = (),
    structured: str = "project",
    layout: str = "mixed",
) -> tuple[Derivative, ...]: ...
def jacobian(
    expression: str,
    wrt: str | Names | None = None,
    where: Where = "",
    *,
    define: Define = (),
    check: bool = True,
    direction: Direction = (),
    structured: str = "project",
    layout: str = "mixed",
) -> Derivative | tuple[Derivative, ...]:
    """The derivative of every entry of the expression by every entry of the variable.

    It has the axes of the value followed by those of the variable: for vectors J[i,j] = ∂f[i]/∂x[j]. The arguments
    and errors are those of `grad`.

    >>> jacobian("y - W*x", "x").text
    '-W'
    """
    found = _differentiate(
        "jacobian", expression, wrt, _scope(where, define), direction, check=check, layout=layout, structured=structured
    )
    return found[0] if wrt is None or isinstance(wrt, str) else found


@overload
def hessian(
    expression: str,
    wrt: str | None = None,
    where: Where = "",
    *,
    define: Define = (),
    check: bool = True,
    direction: Direction = (),
    structured: str = "project",
) -> Derivative: ...
@overload
def hessian(
    expression: str,
    wrt: Names,
    where: Where = "",
    *,
    define: Define = (),
    check: bool = True,
    direction: Direction = (),
    structured: str = "project",
) -> tuple[Derivative, ...]: ...
def hessian(
    expression: str,
    wrt: str | Names | None = None,
    where: Where = "",
    *,
    define: Define = (),
    check: bool = True,
    direction: Direction = (),
    structured: str = "project",
) -> Derivative | tuple[Derivative, ...]:
    """The second derivative of a scalar expression by one variable: it has the axes of the variable twice.

    By several variables there is a block for every pair of them, row by row. With `direction` the answer is the
    Hessian times it, of the shape of the variable. The other arguments and the errors are those of `grad`.

    >>> hessian("norm2(X*w - y)^2", "w").text
    '2*X.T*X'
    """
    found = _differentiate(
        "hessian", expression, wrt, _scope(where, define), direction, check=check, structured=structured
    )
    return found[0] if wrt is None or isinstance(wrt, str) else found


def differential(
    expression: str,
    wrt: str | Names | None = None,
    where: Where = "",
    *,
    define: Define = (),
    check: bool = True,
    direction: Direction = (),
    structured: str = "project",
) -> Derivative:
    """The change of an expression for small changes `dX` of the variables, to first order; one sum for all of them.

    Its `text` is the right side alone. With `direction` that stands instead of `dX`. The other arguments and the
    errors are those of `grad`.

    >>> str(differential("A*X*B", "X"))
    'dF = A*dX*B'
    """
    return _differentiate(
        "differential", expression, wrt, _scope(where, define), direction, check=check, structured=structured
    )[0]


def evaluate(
    expression: str,
    data: Mapping[str, object],
    wrt: str | Names | None = None,
    where: Where = "",
    *,
    define: Define = (),
    random: Mapping[str, int] | None = None,
    seed: int = 0,
) -> Evaluated:
    """The value of an expression on arrays and, where `wrt` has names, its derivative by each of these variables.

    `data` are arrays by name, or whatever NumPy takes for one: scalars floats, vectors 1-D, matrices 2-D. What is not
    declared follows from them. With `random`, sizes by name, variables without data are drawn within what is declared,
    always the same for one `seed`. The result has the `value`, the `derivative` and all `derivatives` by name as
    arrays, `inputs` and `sizes`; `save("out.npz")` writes them.

    Raises BadData where an array is missing, has no numbers or wrong axes, or is not what is declared, and where the
    expression has no value; and what `grad` raises.

    >>> found = evaluate("x'*A*x", {"A": [[1, 2], [3, 4]], "x": [1, 1]}, "x")
    >>> float(found.value), found.derivative.tolist()
    (10.0, [7.0, 13.0])
    """
    from matdiff.evaluation.evaluate import Data
    from matdiff.evaluation.evaluate import evaluate as evaluated
    from matdiff.parsing.read import read_script

    statement, scope = read_script(expression, _scope(where, define))
    return evaluated(statement, scope, _names(wrt), Data(data, random is not None, random or {}, seed))


def backprop(
    script: str, wrt: str | Names | None = None, where: Where = "", *, define: Define = (), check: bool = True
) -> Backprop:
    r"""The gradients of a loss by every parameter, as a short program: forward values, deltas, gradients.

    `script` has a `let` line for every named value and the loss at its end. Its `text` is the program, `gradients` has
    the line of each parameter, `entries` are the gradients as sums over indices; called with arrays by name it gives
    the loss and all gradients. The other arguments and the errors are those of `grad`.

    >>> backprop("let y = W*x\nloss L(y)", "W").gradients
    {'W': 'delta_y*x.T'}
    """
    from matdiff import backpropagated
    from matdiff.parsing.read import read_script

    statement, scope = read_script(script, _scope(where, define))
    return backpropagated.backprop(statement, scope, _names(wrt), check)


def simplify(expression: str, where: Where = "", *, define: Define = (), expand: bool = False) -> Simplified:
    """The shortest matrix form of an expression that is found, without differentiating it; or it multiplied out.

    Its `text`, `unicode` and `latex` are that form, `before` and `after` the operations that the expression and the
    form take to write. The arguments and errors are those of `grad`.

    >>> simplify("sum[k,m](x[k]*A[k,m]*x[m])").text
    'x.T*A*x'
    """
    from matdiff.parsing.read import read_script
    from matdiff.simplified import simplified

    statement, scope = read_script(expression, _scope(where, define))
    return simplified(statement, scope, expand=expand)


def solve(
    equations: str | Names, unknowns: str | Names | None = None, where: Where = "", *, define: Define = ()
) -> Solution:
    """The solution of equations that are linear in the unknowns, or become so when they are multiplied out.

    `equations` are `left = right` or `grad … wrt w = right`, several parted by `;` or as a list. The `text` of the
    result has a line for each unknown with the condition behind a `#`, `solution["x"]` is the text of one unknown
    alone; `unicode`, `latex`, `numpy` and `as_json()` are the other formats. It was put back into the equations and
    evaluated at random points.

    Raises MatdiffError for text that is no equation, and (with exit code 3) for equations that are not solved.

    >>> solve("A*x = b", "x").text
    'x = inv(A)*b  # if A is invertible'
    """
    from matdiff.solving.solve import solve as solved

    return solved(_names(equations), _names(unknowns), _scope(where, define))


def stationary(
    expression: str,
    unknowns: str | Names | None = None,
    subject_to: str | Names = (),
    where: Where = "",
    *,
    define: Define = (),
) -> Solution:
    """Where the gradient of a scalar expression is zero, under constraints with a multiplier each.

    `nature` of the result is `minimum` or `maximum` where that follows from what is declared, else empty. The other
    attributes and the errors are those of `solve`.

    >>> stationary("norm2(X*w - y)^2", "w", where="X: m x n full_column_rank").text
    'w = inv(X.T*X)*X.T*y'
    """
    from matdiff.solving.solve import stationary as found

    return found((expression,), _names(subject_to), _names(unknowns), _scope(where, define))


def _names(given: str | Names | None) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given or ())


def equal(left: str, right: str, where: Where = "", *, define: Define = ()) -> Equality:
    """Whether two expressions are equal wherever both have a value: an object that is true or false as they are.

    Its `verdict` is `proved`, `proved mod p` (with the `error_bound`), `numerically equal` or `different`, then with a
    `counter_example` in small numbers and a `hint` where they are equal up to a transpose, the sign or a factor.

    Raises MatdiffError for text that is no expression, and where nothing can be found out.

    >>> str(equal("A*B", "-A*B"))
    'different: equal up to the sign'
    """
    from matdiff.rulebook import claims

    return claims.equal(left, right, _scope(where, define))


def facts(expression: str, where: Where = "", *, define: Define = ()) -> KnownFacts:
    """What follows about an expression from what is declared, each fact with its reason and tested in numbers.

    `word in facts(…)` asks for one property, `.ask(word)` gives yes, no (with inputs that show it) or unknown; `words`,
    `rank` and `entries` are what is known, `facts()` the same with reasons. The arguments and errors are those of
    `grad`.

    >>> known = facts("X'*X", "X: n x m full_column_rank")
    >>> "invertible" in known, known.rank
    (True, 'm')
    """
    from matdiff.parsing.read import read_script
    from matdiff.reasoning.facts import known_facts

    return known_facts(*read_script(expression, _scope(where, define)))


def convex(expression: str, wrt: str | Names | None = None, where: Where = "", *, define: Define = ()) -> Convexity:
    """Which way a scalar expression bends in its variables: with a certificate, or chords that show what it is not.

    Its `verdict` is `affine`, `convex` or `concave` (with `strictly` or `strongly` before it where that is known),
    `not convex`, `not concave`, `neither convex nor concave` or `unknown`; `hessian` and `lines()` are the certificate,
    `.ask("convex")` gives yes, no or unknown. The arguments and errors are those of `grad`; several variables are
    looked at together.

    >>> print(convex("norm2(X*w - y)^2", "w"))
    convex
      Hessian: 2*X.T*X
        X.T*X is symmetric and positive semidefinite: v.T*X.T*X*v = norm2(X*v)^2
    """
    from matdiff.convexity.convexity import convexity
    from matdiff.parsing.read import read_script

    return convexity(*read_script(expression, _scope(where, define)), _names(wrt))


def to_sympy(expression: str | Derivative | Simplified, where: Where = "", *, define: Define = ()) -> Expression:
    """The expression, or a result of the functions here, as a SymPy expression: matrix symbols, traces, inverses.

    A scalar is a scalar there, a vector a matrix of one column. `.code("sympy")` of a derivative is source that makes
    it. Raises NoSpelling with the reason for what SymPy has no expression for.

    >>> to_sympy("(A + A.T)*x")
    (A + A.T)*x
    """
    if not isinstance(expression, str):
        from matdiff.interop.to_sympy import to_sympy as translated

        return translated(expression.node)
    from matdiff.bridge import to_sympy as bridged
    from matdiff.parsing.read import read_script

    return bridged(*read_script(expression, _scope(where, define)))


def from_sympy(expression: object) -> FromSymPy:
    """A SymPy scalar or matrix expression as one of matdiff: its `text`, and the declarations in `where`.

    Raises NotYet with the part that has no counterpart here.

    >>> import sympy
    >>> x = sympy.MatrixSymbol("x", sympy.Symbol("n"), 1)
    >>> found = from_sympy(sympy.Trace(x.T * x))
    >>> found.text, found.where, grad(found.text, "x", found.where).text
    ('x.T*x', {'x': 'n'}, '2*x')
    """
    from matdiff.bridge import from_sympy as read

    return read(expression)


def check_rules(*paths: str, jobs: int = 0, define: Define = ()) -> tuple[Finding, ...]:
    """What is found about every rule in these files, folders of `*.rules` and patterns, in their order.

    With `jobs` so many processes share the work, and a rule that ends its process costs that rule only. Each finding
    has a `verdict` (`holds`, `wrong` or `error`) and, for a wrong rule, the right `answer`.
    """
    from matdiff.rulebook import run

    return run.check_rules(*paths, jobs=jobs, define=_names(define))


def fix_rules(*paths: str, write: bool = False, define: Define = ()) -> tuple[Repair, ...]:
    """The right answers for the wrong rules in these files, folders of `*.rules` and patterns, a record for each file.

    Each has `corrections` (`number`, `before`, `after`), the findings on the rules that are `left` as they were, and
    `corrected()`, the whole file as it should be. With `write` the files are written anew, each as a whole or not at
    all. Raises NoRulesFile for a path without rules files, and NotWritten.
    """
    from matdiff.rulebook import fix

    return fix.fix_rules(*paths, write=write, define=_names(define))


def _scope(where: Where, define: Define) -> Scope:
    from matdiff.parsing.read import read_scope

    return read_scope(where, _names(define))


def _differentiate(
    kind: str,
    expression: str,
    wrt: str | Names | None,
    scope: Scope,
    direction: Direction,
    *,
    check: bool,
    structured: str,
    layout: str = "mixed",
) -> tuple[Derivative, ...]:
    from matdiff.engine import Options, differentiate
    from matdiff.parsing.read import read_script

    statement, below = read_script(expression, scope)
    options = Options(check, _names(direction), layout, structured)
    return differentiate(statement, below, kind=kind, wrt=_names(wrt), options=options)
