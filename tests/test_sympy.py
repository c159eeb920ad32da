"""The bridge to SymPy: there and back is the same, source makes what it says, what has no counterpart is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sympy
from sympy import Identity, MatrixSymbol, Symbol, Trace, symbols

import matdiff
from matdiff.errors import Disagreement, MatdiffError, NoSpelling, NotYet
from matdiff.functions.catalogue import ROWS
from matdiff.interop import to_sympy as writing
from matdiff.interop.from_sympy import from_sympy
from matdiff.interop.reader import Reader
from matdiff.interop.source import source
from matdiff.interop.to_sympy import to_sympy
from matdiff.parsing.read import Scope, interpret, read_declarations, read_statement
from matdiff.rulebook.reader import Rule, read_rules
from matdiff.tree.node import Node
from matdiff.tree.walk import postorder
from matdiff.verify import draw
from matdiff.verify.compare import check_equal
from matdiff.verify.evaluate import evaluate
from tests.grid import cells

RULES = sorted((Path(__file__).parent.parent / "rules").glob("*.rules"))
n, m = symbols("n m", integer=True, positive=True)
t, c = symbols("t c", real=True)
k, l = symbols("k l", integer=True)  # noqa: E741 (an index)
A, X, S = MatrixSymbol("A", n, n), MatrixSymbol("X", n, m), MatrixSymbol("S", n, n)
x, y, w = MatrixSymbol("x", n, 1), MatrixSymbol("y", n, 1), MatrixSymbol("w", m, 1)


def read(text: str, where: str = "", define: str = "") -> Node:
    scope = Scope(read_declarations(where))
    if define:
        from matdiff.parsing.read import read_scope

        scope = read_scope(where, (define,))
    return interpret(read_statement(text, 1, scope), scope).sides[0]


def sides_of(file: Path) -> Iterator[Node]:
    """Every side of every rule that SymPy has words for."""
    for rule in read_rules(file.name, file.read_bytes().splitlines()):
        if not isinstance(rule, Rule):
            continue
        try:
            sides = interpret(rule.statement, rule.scope).sides
        except MatdiffError:
            continue
        yield from (side for side in sides if has_words(side))


def has_words(node: Node) -> bool:
    try:
        to_sympy(node)
    except NoSpelling as error:
        return bool(error.message.partition(" in SymPy: ")[2] == "")
    return True


def is_same(back: Node, node: Node) -> bool:
    """Whether what came back is what went out; a size that is nobody's axis comes back as a number."""
    axes = {str(axis) for part in postorder((node,)) for axis in part.shape}
    lone = any(part.op == "size" and str(part.attrs[0]) not in axes for part in postorder((node,)))
    return back is node or lone or (back.shape == node.shape and check_equal(back, node).status == "agrees")


def run(text: str) -> dict[str, sympy.Expr]:
    """What a module defines."""
    made: dict[str, sympy.Expr] = {}
    exec(text, made)
    return made


@pytest.mark.parametrize("file", RULES, ids=lambda file: file.stem)
def test_there_and_back_is_the_same(file: Path) -> None:
    sides = list(sides_of(file))
    assert sides
    assert [side for side in sides if not is_same(from_sympy(to_sympy(side)), side)] == []


@pytest.mark.parametrize("file", RULES[::2], ids=lambda file: file.stem)
def test_source_makes_what_it_says(file: Path) -> None:
    for side in dict.fromkeys(sides_of(file)):
        text = source([("derivative", to_sympy(side))], ["a note"])
        assert is_same(from_sympy(run(text)["derivative"]), side), text


def test_the_law_notices_a_wrong_translation(monkeypatch: pytest.MonkeyPatch) -> None:
    side = read("x - A*x")
    assert is_same(from_sympy(to_sympy(side)), side)
    monkeypatch.setitem(writing.TRANSLATIONS, "sum", lambda _, *terms: sympy.MatAdd(*terms))
    assert not is_same(from_sympy(to_sympy(side)), side)


def test_every_function_has_words_or_a_reason() -> None:
    told = [has_words(cell.value) for cell in cells() if cell.order == 1]
    assert any(told)
    assert not all(told)
    for cell in cells():
        if cell.order == 1 and has_words(cell.value):
            assert is_same(from_sympy(to_sympy(cell.value)), cell.value), cell


def test_tables_name_functions_that_there_are() -> None:
    names = {row.name for row in ROWS}
    assert {*writing.WRITTEN, *writing.CALLS, *writing.ALONG} <= names


VALUES: tuple[tuple[str, str], ...] = (
    ("x'*A*x + c", ""),
    ("A*inv(S)*x", "S: n x n; A: n x n"),
    ("tr(A*X') + det(A)", "A: n x n; X: n x n"),
    ("A.*B - 2*A./B.^2", "A: n x m"),
    ("kron(A, B)", "A: n x m; B: m x n"),
    ("diag(x)*A", "A: n x n"),
    ("sum(exp(A*x)) + mean(x)", "A: n x n"),
    ("sum(A, rows) + mean(A, rows)", "A: n x m"),
    ("sum(A, cols) + mean(A, cols)", "A: n x m"),
    ("norm2(x)*norm2(A) + norm1(A)", "A: n x m"),
    ("softmax(x) + log_softmax(x) + logsumexp(x)*x", ""),
    ("[A, x; x', c]", "A: n x n; c: scalar"),
    ("A^3 + A^-1 + adj(A) + cof(A)", "A: n x n"),
    ("relu(x) + abs(x) + sign(x) + heaviside(x) + max(x, c)", "c: scalar"),
    ("sigmoid(x) + softplus(x) + log1p(exp(x)) + expm1(x)", ""),
    ("gelu(x) + silu(x) + normal_cdf(x) + normal_pdf(x) + erf(x)", ""),
    ("sin(x) + cos(x) + tan(x) + arctan(x) + sinh(x) + cosh(x) + tanh(x) + arcsinh(x)", ""),
    ("x.^c + c*pi*ones", "c: scalar; x: n positive"),
    ("x[1] + A[1,2] + A[2,1]*x[2]", "A: n x m"),
    ("unit(2, n)*x'", "x: n"),
    ("n*x + x/(n*m)*sum(w)", "x: n; w: m"),
    ("I(n) + ones(n, n) + zeros(n, n)", ""),
    ("lgamma(y) + digamma(y) + trigamma(y)", "y: n positive"),
)


def computed(part: sympy.Expr) -> sympy.Expr:
    """A trace or a determinant of a matrix of numbers."""
    matrix = part.args[0].as_explicit()
    return matrix.trace() if isinstance(part, Trace) else matrix.det()


@pytest.mark.parametrize(("text", "where"), VALUES)
def test_values_are_those_of_the_oracle(text: str, where: str) -> None:
    """SymPy computes with matrices of numbers, which knows nothing of how expressions come back."""
    node = read(text, where)
    expression = to_sympy(node)
    variables = {str(v.attrs[0]): v for v in postorder((node,)) if v.op == "var"}
    sizes = next(draw.choose_sizes((node,), tuple(variables.values())))
    style = draw.POSITIVE if "lgamma" in text or "^c" in text else draw.SIGNED
    inputs = draw.draw_inputs(variables.values(), sizes, style, 1)
    right = evaluate(node, inputs, sizes)
    sized = expression.subs({Symbol(name, integer=True, positive=True): size for name, size in sizes.items()})
    chosen = {}
    for symbol in sized.free_symbols:
        entries = [sympy.Float(entry.real, 30) for entry in inputs[symbol.name]]
        chosen[symbol] = sympy.ImmutableMatrix(*symbol.shape, entries) if symbol.is_Matrix else entries[0]
    found = sized.xreplace(chosen)
    found = found.replace(lambda part: isinstance(part, Trace | sympy.Determinant), computed).doit()
    found = found.as_explicit() if hasattr(found, "as_explicit") else sympy.ImmutableMatrix([[found]])
    assert [complex(entry.evalf()).real for entry in found] == pytest.approx([entry.real for entry in right], rel=1e-9)


@pytest.mark.parametrize(
    ("expression", "text", "where"),
    [
        (Trace(A * X * X.T), "tr(A*X*X.T)", {"A": "n x n", "X": "n x m"}),
        (x.T * A * x, "x.T*A*x", {"x": "n", "A": "n x n"}),
        (Trace(x.T * y), "x.T*y", {"x": "n", "y": "n"}),
        ((x.T * A * y)[0, 0], "x.T*A*y", {"x": "n", "A": "n x n", "y": "n"}),
        (A[0, 1] + x[2, 0], "A[1,2] + x[3]", {"A": "n x n", "x": "n"}),
        (sympy.HadamardProduct(A, S) + 2 * Identity(n), "2*I + A.*S", {"A": "n x n", "S": "n x n"}),
        (A**2 + A.inv() + A**-3, "inv(A) + A^-3 + A^2", {"A": "n x n"}),
        (sympy.log(sympy.Determinant(S)), "logdet(S)", {"S": "n x n"}),
        (sympy.KroneckerProduct(A, S), "kron(A, S)", {"A": "n x n", "S": "n x n"}),
        (x.applyfunc(sympy.sin), "sin(x)", {"x": "n"}),
        (x.applyfunc(sympy.Lambda(t, t**2 + c * sympy.exp(t))), "x.^2 + c*exp(x)", {"x": "n", "c": "scalar"}),
        (sympy.Max(t, 0) + sympy.Min(t, 1), "relu(t) + t - relu(t - 1)", {"t": "scalar"}),
        (sympy.sqrt(t) / (1 + t**2), "sqrt(t)/(1 + t^2)", {"t": "scalar"}),
        (n * t, "t*n", {"n": "scalar integer positive", "t": "scalar"}),
        (n * x, "n*x", {"x": "n"}),
        (sympy.Function("f")(t) * t, "t*f(t)", {"t": "scalar", "f": "elementwise"}),
        (sympy.Function("f")(t**2).diff(t), "2*t*f_prime(t^2)", {"t": "scalar", "f": "elementwise"}),
        (sympy.Sum(x[k, 0] * A[k, l] * y[l, 0], (k, 0, n - 1), (l, 0, n - 1)), "x.T*A*y", None),
        (sympy.Sum(2 * c * sympy.exp(x[k, 0]), (k, 0, n - 1)) + t, "2*c*sum(exp(x)) + t", None),
        (sympy.Sum(A[k, k] + A[k, 0], (k, 0, n - 1)), "sum(A[:,1]) + tr(A)", None),
        (sympy.Sum((x[k, 0] - y[k, 0]) ** 2, (k, 0, n - 1)), "norm2(x - y)^2", None),
        (sympy.ZeroMatrix(n, m), "zeros(n, m)", {}),
        (Identity(n), "I(n)", {}),
        (sympy.Function("f")(t).diff(t, 2), "f_second(t)", {"t": "scalar", "f": "elementwise"}),
        (sympy.Matrix([[1, t], [0, 2]]), "[1, t; 0, 2]", {"t": "scalar"}),
        (sympy.BlockMatrix([[A, x], [y.T, sympy.Matrix([[t]])]]), "[A, x; y.T, t]", None),
        (sympy.Rational(1, 3) * x + 0.5 * y, "x/3 + y/2", {"x": "n", "y": "n"}),
        (sympy.Adjoint(X) * sympy.OneMatrix(n, 1), "X.T*ones", {"X": "n x m"}),
        (sympy.DotProduct(x, y), "x.T*y", {"x": "n", "y": "n"}),
        (sympy.E**t + sympy.pi, "pi + exp(t)", {"t": "scalar"}),
        (2**t, "2^t", {"t": "scalar"}),
        (MatrixSymbol("r", 1, n) * x, "r*x", {"r": "1 x n", "x": "n"}),
        (MatrixSymbol("B", 2 * n + 1, m), "B", {"B": "2*n + 1 x m"}),
    ],
)
def test_what_comes_from_sympy(expression: sympy.Expr, text: str, where: dict[str, str] | None) -> None:
    found = matdiff.from_sympy(expression)
    assert found.text == text
    assert where is None or found.where == where


def test_formats_of_what_comes() -> None:
    found = matdiff.from_sympy(A.T * x)
    assert (str(found), found.unicode, found.latex) == ("A.T*x", "Aᵀx", r"A^{\top} x")


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (sympy.Piecewise((t, t > 0), (0, True)), "`Piecewise((t, t > 0), (0, True))` of SymPy has no counterpart here"),
        (sympy.Integral(t, t), "`Integral(t, t)` of SymPy has no counterpart here"),
        (sympy.I * t, "`I` of SymPy has no counterpart here"),
        (sympy.oo, "`oo` of SymPy has no counterpart here"),
        (sympy.Sum(x[k, 0], (k, 1, n - 1)), None),
        (sympy.Sum(A[k, k + 1], (k, 0, n - 1)), None),
        (sympy.Sum(x[k, 0] ** k, (k, 0, n - 1)), None),
        (sympy.Sum(t**k, (k, 0, n - 1)), None),
        (X[0:1, :], None),
        (A ** sympy.Rational(1, 2), "`A**(1/2)` of SymPy has no counterpart here"),
        (Symbol("x'"), "`x'` of SymPy has no counterpart here"),
        (MatrixSymbol(r"\hat x", n, 1), None),
        (MatrixSymbol("B", n ** sympy.Rational(1, 2), 1), "`sqrt(n)` of SymPy has no counterpart here"),
        (sympy.besselj(0, t), "`besselj(0, t)` of SymPy has no counterpart here"),
        (t > 0, "`t > 0` of SymPy has no counterpart here"),
        ("x + 1", "str is no SymPy expression"),
        (None, "NoneType is no SymPy expression"),
    ],
)
def test_what_has_no_counterpart_here(expression: object, message: str | None) -> None:
    with pytest.raises(NotYet) as caught:
        matdiff.from_sympy(expression)
    assert message is None or caught.value.message == message
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("pinv(A)", "", f"there is no `pinv` in SymPy: {writing.WITH_ENTRIES}"),
        ("L(x)", "", "there is no `L` in SymPy: its functions are of numbers, not of whole vectors and matrices"),
        ("softmax(A, rows)", "", None),
        ('einsum("ik,kj->ijk", A, B)', "", "there is no `einsum` in SymPy: its matrix expressions have two axes"),
        ("T", "T: n x m x k", "there is no `T` in SymPy: its matrix expressions have two axes"),
        ("f(x, y)", "f: elementwise; x: n; y: n", None),
    ],
)  # fmt: skip
def test_what_sympy_has_no_words_for(text: str, where: str, message: str | None) -> None:
    if message is None and text == "A*X":
        assert matdiff.to_sympy(text) == MatrixSymbol("A", n, m) * MatrixSymbol(
            "X", m, Symbol("k", integer=True, positive=True)
        )
        return
    with pytest.raises(NoSpelling) as caught:
        matdiff.to_sympy(text, where)
    assert message is None or caught.value.message == message


def test_derivatives_of_both_agree() -> None:
    """SymPy differentiates what it was given, and what it finds is equal to ours.

    It says 0 of `log(Determinant(S))`, which is why that is not here.
    """
    for text, wrt, where in (
        ("x.T*A*x", "x", ""),
        ("tr(A*X*B)", "X", ""),
        ("tr(A*S*S*B)", "S", "S: n x n"),
        ("norm2(A*x - y)^2", "x", ""),
        ("tr(inv(X)*A)", "X", "X: n x n"),
    ):
        ours = matdiff.grad(text, wrt, where)
        by = {str(symbol): symbol for symbol in matdiff.to_sympy(text, where).free_symbols}[wrt]
        theirs = matdiff.from_sympy(matdiff.to_sympy(text, where).diff(by))
        assert matdiff.equal(ours.text, theirs.text, theirs.where), text


def test_results_are_taken_as_well() -> None:
    gradient = matdiff.grad("x.T*A*x", "x")
    assert str(matdiff.to_sympy(gradient)) == "(A + A.T)*x"
    assert str(matdiff.to_sympy(matdiff.simplify("A*x + A*y"))) == "A*(x + y)"
    assert run(gradient.sympy)["derivative"] == matdiff.to_sympy(gradient)
    assert "value = " in matdiff.simplify("A*x").sympy


def test_functions_of_the_user_have_their_body() -> None:
    found = matdiff.to_sympy("swish(x)", define="swish(t) = t*sigmoid(t)")
    assert str(found.function) == "Lambda(t, t/(1 + exp(-t)))"


def test_names_that_python_has_other_uses_for() -> None:
    text = matdiff.grad("lambda*exp(t*x)'*S*x + pi*Trace", "x", "lambda, t, Trace: scalar; S: n x n").sympy
    made = run(text)
    assert {name for name in made if name.endswith("_") and name[0] != "_"} == {"lambda_"}
    assert made["lambda_"].name == "lambda"


def test_a_name_that_means_something_else_here_is_told() -> None:
    with pytest.raises(NotYet, match=r"cannot be read with these names"):
        matdiff.from_sympy(MatrixSymbol("where", n, 1) + MatrixSymbol("wrt", n, 1))


def test_wrong_text_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matdiff.printing.write.text", lambda *_: "x - y")
    with pytest.raises(Disagreement):
        matdiff.from_sympy(x + y)


def test_depth_is_an_error_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def deeply(*_: object) -> Node:
        raise RecursionError

    monkeypatch.setattr(Reader, "read", deeply)
    with pytest.raises(NotYet, match="nests too deeply"):
        matdiff.from_sympy(t)
