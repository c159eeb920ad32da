"""What shapes the reader finds, which letters it takes for scalars, and what it says when nothing fits."""

from __future__ import annotations

import pytest

import matdiff
from matdiff.errors import ExitCode, MatdiffError, NotScalar, NoVariable, UnknownName
from matdiff.parsing.read import Interpreted, Scope, interpret, read_declarations, read_script
from matdiff.tree import build
from matdiff.tree.dims import multiply, symbol

N, M, K, P = (symbol(letter) for letter in "nmkp")


def read(text: str, kind: str = "", wrt: str = "") -> Interpreted:
    """A script as trees."""
    return interpret(*read_script(text), kind, (wrt,) if wrt else ())


ASSUMED = [
    # by custom
    ("x.T*A*x", "", "x ∈ ℝⁿ; A ∈ ℝⁿˣⁿ"),
    ("tr(A*B)", "", "A ∈ ℝⁿˣᵐ; B ∈ ℝᵐˣⁿ"),
    ("x'*A*y", "", "x ∈ ℝⁿ; A ∈ ℝⁿˣᵐ; y ∈ ℝᵐ"),
    ("lambda*λ*mu*alpha_1*w_out", "", "lambda ∈ ℝ; λ ∈ ℝ; mu ∈ ℝ; alpha_1 ∈ ℝ; w_out ∈ ℝⁿ"),
    ("Sigma*x + Σ*x", "", "Sigma ∈ ℝⁿˣᵐ; x ∈ ℝᵐ; Σ ∈ ℝⁿˣᵐ"),
    ("(y - X*w).T*(y - X*w)", "grad", "y ∈ ℝⁿ; X ∈ ℝⁿˣᵐ; w ∈ ℝᵐ"),
    (
        "sum((W3*sigmoid(W2*sigmoid(W1*x + b1) + b2) + b3 - t).^2)",
        "grad",
        "W3 ∈ ℝⁿˣᵐ; W2 ∈ ℝᵐˣᵏ; W1 ∈ ℝᵏˣᵖ; x ∈ ℝᵖ; b1 ∈ ℝᵏ; b2 ∈ ℝᵐ; b3 ∈ ℝⁿ; t ∈ ℝⁿ",
    ),
    ("norm2(M.*(T - U*V.T))^2", "grad", "M ∈ ℝⁿˣᵐ; T ∈ ℝⁿˣᵐ; U ∈ ℝⁿˣᵏ; V ∈ ℝᵐˣᵏ"),
    ("norm2(A*x - b)^2 + lambda*norm2(x)^2", "grad", "A ∈ ℝⁿˣᵐ; x ∈ ℝᵐ; b ∈ ℝⁿ; lambda ∈ ℝ"),
    ("sum(log(exp(-y.*(X*w)) + ones))", "grad", "y ∈ ℝⁿ; X ∈ ℝⁿˣᵐ; w ∈ ℝᵐ"),
    ("a'*inv(X)*b", "grad", "a ∈ ℝⁿ; X ∈ ℝⁿˣⁿ; b ∈ ℝⁿ"),
    ("A*ones + I*b", "", "A ∈ ℝⁿˣᵐ; b ∈ ℝⁿ"),
    ("1 - sigmoid(x)", "", "x ∈ ℝⁿ"),
    # a small letter that must be a scalar
    ("c*x", "", "c ∈ ℝ; x ∈ ℝⁿ"),
    ("x*c", "", "x ∈ ℝⁿ; c ∈ ℝ"),
    ("x^2", "", "x ∈ ℝ"),
    ("exp(t)*A", "", "t ∈ ℝ; A ∈ ℝⁿˣᵐ"),
    ("a*x^2 + b*x + c", "grad", "a ∈ ℝ; x ∈ ℝ; b ∈ ℝ; c ∈ ℝ"),
    ("x'*A*x + b'*x + c", "grad", "x ∈ ℝⁿ; A ∈ ℝⁿˣⁿ; b ∈ ℝⁿ; c ∈ ℝ"),
    ("t*x'*x", "grad", "t ∈ ℝ; x ∈ ℝⁿ"),
    ("t*x'*x", "jacobian", "t ∈ ℝⁿ; x ∈ ℝᵐ"),
    ("s*tr(A)", "grad", "s ∈ ℝ; A ∈ ℝⁿˣⁿ"),
    ("s*t*x", "", "s ∈ ℝ; t ∈ ℝ; x ∈ ℝⁿ"),
    ("c*A*x + x", "", "c ∈ ℝ; A ∈ ℝⁿˣⁿ; x ∈ ℝⁿ"),
    ("x^2 + x*y", "grad", "x ∈ ℝ; y ∈ ℝ"),
    ("exp(-x^2/2)*x", "grad", "x ∈ ℝ"),
    ("c^x", "", "c ∈ ℝ; x ∈ ℝ"),
    ("1/(1 + e^(-t))", "grad", "t ∈ ℝ"),
    ("e'*e + e^2", "grad", "e ∈ ℝ"),
    ("pi*r^2 + pi_1", "grad", "r ∈ ℝ; pi_1 ∈ ℝ"),
    ("pi*r where pi: scalar", "grad", "pi ∈ ℝ; r ∈ ℝ"),
    ("tr(X^k)", "grad", "X ∈ ℝⁿˣⁿ; k ∈ ℝ integer"),
    ("sum[k,m](x[k]*A[k,m]*y[m])", "grad", "x ∈ ℝⁿ; A ∈ ℝⁿˣᵖ; y ∈ ℝᵖ"),
    ("A[i,j]*x[i]", "grad", "A ∈ ℝⁿˣᵐ; x ∈ ℝᵏ"),
    ("sum(S, rows) + b", "", "S ∈ ℝⁿˣᵐ; b ∈ ℝⁿ"),
    ("X.dot(y)", "", "X ∈ ℝⁿˣᵐ; y ∈ ℝᵐ"),
    ("x where x: n x m x k", "", "x ∈ ℝⁿˣᵐˣᵏ"),
    ("y/x'*x", "", "y ∈ ℝⁿ; x ∈ ℝ"),
    # declared
    ("A*x where A: 3 x 4", "", "A ∈ ℝ³ˣ⁴; x ∈ ℝ⁴"),
    ("S*x where S: symmetric", "", "S ∈ ℝⁿˣⁿ symmetric; x ∈ ℝⁿ"),
    ("c.*x where c: vector", "", "c ∈ ℝⁿ; x ∈ ℝⁿ"),
    ("A*x + n where n: n; A: n x q", "", "A ∈ ℝ^(n×q); x ∈ ℝ^q; n ∈ ℝⁿ"),
    ("kron(A, B)*vec(X)", "", "A ∈ ℝⁿˣᵐ; B ∈ ℝᵏˣᵖ; X ∈ ℝᵖˣᵐ"),
    ("kron(A, B)*vec(X) where A: m x n; B: p x q", "", "A ∈ ℝᵐˣⁿ; B ∈ ℝ^(p×q); X ∈ ℝ^(q×n)"),
    ("X*n + X*k", "", "X ∈ ℝᵐˣᵖ; n ∈ ℝᵖ; k ∈ ℝᵖ"),
    # across the sides of a rule
    ("jacobian A*x wrt x = B", "", "A ∈ ℝⁿˣᵐ; x ∈ ℝᵐ; B ∈ ℝⁿˣᵐ"),
    ("hessian x'*A*x wrt x = A + B", "", "x ∈ ℝⁿ; A ∈ ℝⁿˣⁿ; B ∈ ℝⁿˣⁿ"),
    ("tr(A*B*C) = tr(B*C*A)", "", "A ∈ ℝⁿˣᵐ; B ∈ ℝᵐˣᵏ; C ∈ ℝᵏˣⁿ"),
]


@pytest.mark.parametrize(("text", "kind", "expected"), ASSUMED)
def test_shapes_are_found(text: str, kind: str, expected: str) -> None:
    statement, scope = read_script(text)
    wrt = () if statement.wrt else (expected.split(" ", maxsplit=1)[0],)
    assert "; ".join(interpret(statement, scope, kind, wrt).assumptions) == expected


def test_two_readings_that_fit_are_told() -> None:
    assert read("a*b").notes == ('`a` read as scalar; for the other reading add --where "b: scalar; a: vector"',)
    assert read("c*x").notes == ()
    assert read("a*b where a: scalar").notes == ()
    square = "where X: n x n; A: n x n; B: n x n"
    loose = read(f"X./A*B {square}")
    assert loose.sides[0] is read(f"X./(A*B) {square}").sides[0]
    assert loose.notes == ("read as `X./(A*B)`; write `(X./A)…` for the other reading",)
    assert read("x.*A*y").notes == read("2*x./y").notes == read("x./(y*2)").notes == ()


def test_function_of_vectors_taken_of_rows_is_told() -> None:
    assert read("softmax(Q*K')*V").notes == (
        "`softmax(Q*K')` is taken of each row of the matrix; write `softmax(…, cols)` for its columns",
    )
    assert read("softmax(q'*K')*V").notes == read("softmax(S, rows)").notes == read("softmax(K*q)").notes == ()


def test_scalars_behind_an_entrywise_quotient_are_outside_it() -> None:
    for text, meaning in (
        ("x./y*2", "(x./y)*2"),
        ("x./y/c", "(x./y)/c"),
        ("1./x*c/2.*y", "((1./x)*c/2).*y"),
        ("x.*y/c", "(x.*y)/c"),
        ("y.*X*w*2", "y.*(X*w)*2"),
    ):
        loose = read(f"{text} where c: scalar")
        assert loose.sides[0] is read(f"{meaning} where c: scalar").sides[0], text
        assert loose.notes == (), text


def test_claims_take_the_shape_of_the_derivative() -> None:
    x = build.variable("x", (N,))
    assert read("grad 3 wrt x = 0 where x: n").sides[1] is build.zeros((N,))
    assert read("grad sum(x) wrt x = ones").sides[1] is build.ones((N,))
    assert read("hessian x'*x wrt x = 2*I").sides[1] is build.total([(2, build.identity(N))])
    assert read("jacobian x wrt x = I").sides[1] is build.identity(N)
    assert read("jacobian x'*x wrt x = 2*x").sides[1] is build.total([(2, x)])
    claim = read('jacobian inv(X) wrt X = -einsum("ab,cd->acdb", inv(X), inv(X))').sides[1]
    assert claim.shape == (N, N, N, N)


def test_a_differential_names_its_changes() -> None:
    found = read("d inv(S) = -inv(S)*dS*inv(S) where S: n x n spd")
    assert [node.attrs for node in found.wrt] == [("S", ("spd",))]
    assert found.directions == (build.variable("dS", (N, N), ["symmetric"]),)
    found = read("d c*x = dc*x + c*dx")
    assert found.assumptions == ("c ∈ ℝ", "x ∈ ℝⁿ", "dc ∈ ℝ", "dx ∈ ℝⁿ")
    assert [node.attrs[0] for node in found.directions] == ["dc", "dx"]
    assert [node.attrs[0] for node in read("d tr(A*X) = 0").wrt] == ["A", "X"]
    assert [node.attrs[0] for node in read("d tr(A*X) wrt X = tr(A*dX)").wrt] == ["X"]


def test_a_named_size_is_a_number() -> None:
    found = read("sum(x)/n where x: n")
    assert (sorted(found.size_names), len(found.variables)) == (["n"], 1)
    assert read("kron(A, I(m)) where A: n x n").sides[0].shape == (multiply(N, M), multiply(N, M))


def test_variables_of_the_derivative() -> None:
    assert read("x'*x", "grad").wrt == (build.variable("x", (N,)),)
    assert read("x'*x wrt z where z: m", "grad").wrt == (build.variable("z", (M,)),)
    assert [node.attrs[0] for node in read("x'*A*y wrt A, x", "grad", "y").wrt] == ["A", "x"]
    with pytest.raises(NoVariable) as caught:
        read("x'*A*x", "grad")
    assert caught.value.candidates == ("x", "A")
    with pytest.raises(UnknownName) as unknown:
        read("alpha*x'*x", "grad", "alpa")
    assert unknown.value.render() == "error: no variable is called `alpa`\n  hint: did you mean `alpha`?"


CONFLICTS = {
    "x*y": """\
error: `x*y`: x (vector, n) times y (vector, m): a matrix product needs inner sizes to agree
  1 | x*y
    | ^^^
  known: x is n, y is m
  hint: did you mean `x.*y` (entry-wise), `x'*y` (inner product) or `x*y'` (outer product)?""",
    "tr(A*B)'*x*y": """\
error: `x*y`: x (vector, k) times y (vector, p): a matrix product needs inner sizes to agree
  1 | tr(A*B)'*x*y
    |          ^^^
  known: x is k, y is p
  hint: did you mean `x.*y` (entry-wise), `x'*y` (inner product) or `x*y'` (outer product)?""",
    "y + A*x where A: n x m; x: k": """\
error: `A*x`: A (matrix, n x m) times x (vector, k): a matrix product needs inner sizes to agree
  1 | y + A*x where A: n x m; x: k
    |     ^^^
  known: A is n x m, x is k
  hint: declare `x: m`""",
    "A*B where A: n x m; B: k x m": """\
error: `A*B`: A (matrix, n x m) times B (matrix, k x m): a matrix product needs inner sizes to agree
  1 | A*B where A: n x m; B: k x m
    | ^^^
  known: A is n x m, B is k x m
  hint: did you mean `A*B'`?""",
    "A + t where t: scalar": """\
error: `A + t`: A (matrix, n x m) plus t (scalar): a scalar is not added to a matrix
  1 | A + t where t: scalar
    | ^^^^^
  known: A is n x m, t is scalar
  hint: `A + t*I` for the diagonal, `A .+ t` for every entry""",
    "x^2 where x: n": """\
error: `x^2`: x (vector, n): `^` is for scalars and square matrices
  1 | x^2 where x: n
    | ^^^
  known: x is n
  hint: write `x.^2` for the squares of the entries, `x'*x` for the squared length""",
    "x/y where y: n": """\
error: `x/y`: only a scalar divides, and y (vector, n) is none
  1 | x/y where y: n
    | ^^^
  known: y is n
  hint: `x ./ y` divides entry by entry""",
    "inv(A) where A: n x m": """\
error: `inv` takes a square matrix, here is A (matrix, n x m)
  1 | inv(A) where A: n x m
    | ^^^^^^
  known: A is n x m""",
    "grad x'*x wrt x = A where A: n x n": """\
error: the gradient (vector, n) and A (matrix, n x n) have different shapes
  1 | grad x'*x wrt x = A where A: n x n
    |                   ^
  known: x is n, A is n x n""",
}


@pytest.mark.parametrize("text", CONFLICTS)
def test_conflicts_are_told_with_both_shapes(text: str) -> None:
    with pytest.raises(MatdiffError) as caught:
        read(text, "grad" if "x" in text.partition(" where")[0] else "", "x")
    assert caught.value.render() == CONFLICTS[text]
    assert caught.value.exit_code is ExitCode.USAGE


def test_a_gradient_is_of_a_scalar() -> None:
    with pytest.raises(NotScalar) as caught:
        read("y - W*x", "grad", "x")
    assert (
        caught.value.render()
        == """\
error: a gradient is taken of a scalar, and y - W*x (vector, n) is none
  1 | y - W*x
    | ^^^^^^^
  known: y is n, W is n x m, x is m
  hint: `jacobian` differentiates vectors and matrices"""
    )


def test_long_statements_are_read_in_rounds() -> None:
    count = 3000
    found = read(" + ".join(f"c{k}*x{k}" for k in range(count)), "grad", "x1")
    assert all(not node.shape for node in found.variables)
    assert len(found.variables) == 2 * count


def test_a_product_of_many_names_is_one_of_scalars() -> None:
    found = read("*".join(f"c{k}" for k in range(300)))
    assert sum(not node.shape for node in found.variables) == 299


def test_scope_of_the_command_line() -> None:
    scope = Scope(read_declarations({"A": "n x n spd"}))
    statement, _ = read_script("x'*A*x")
    assert interpret(statement, scope).assumptions == ("x ∈ ℝⁿ", "A ∈ ℝⁿˣⁿ spd")


FAMILIES = {
    r"\sum_{i=1}^n (y_i - x_i^\top w)^2": "2*x.T*(x*w - y)",
    r"\sum_i (y_i - w^\top x_i)^2": "2*x.T*(x*w - y)",
    r"\sum_i \log(1 + \exp(-y_i w^\top x_i))": "-x.T*(y.*sigmoid(-y.*(x*w)))",
    r"\sum_i \|y_i - W x_i\|_2^2 wrt W": "2*(x*W.T - y).T*x",
    "sum[i](norm2(x[i] - w)^2)": "2*(rows(x)*w - x.T*ones)",
    "∑ᵢ (yᵢ − wᵀxᵢ)² + λ‖w‖²": "2*(x.T*(x*w - y) + λ*w)",
    "½∑ᵢⱼ aᵢⱼ wᵢ wⱼ": "(a + a.T)*w/2",
    "∑ᵢ (xᵢ⊙w)ᵀA⁻ᵀ(xᵢ⊙w) wrt x": "x*diag(w)*(inv(A) + inv(A).T)*diag(w)",
    "sum[i](c[i]*(w'*x[i])^2)": "2*x.T*(c.*(x*w))",
    r"\sum_{i,j} a_{ij} \|x_i - x_j\|^2 wrt x": "2*(diag(a*ones + a.T*ones) - a - a.T)*x",
    r"\sum_{i,j} a_{ij} x_i x_j wrt x": "(a + a.T)*x",
    "sum[i](x[i]*w)": "sum(x)",
    r"\sum_i (y_i - x_i^\top w)^2 where x: vector": "2*x.T*(w*x - y)",
}


@pytest.mark.parametrize("text", FAMILIES)
def test_letter_that_is_a_vector_with_an_index_is_a_family(text: str) -> None:
    head, _, where = text.partition(" where ")
    expression, _, variable = head.partition(" wrt ")
    assert matdiff.grad(expression, variable or "w", where).text == FAMILIES[text]


def test_family_is_told() -> None:
    assert read("sum[i]((y[i] - x[i]'*w)^2)").notes == (
        '`x` with an index read as a vector, a row of the matrix `x`; else add --where "x: vector"',
    )
    assert read("sum[i,j](a[i,j]*x[i]*x[j])").notes == read("sum[i](x[i]^2)").notes == ()
