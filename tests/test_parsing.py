"""Text becomes exactly the tree that the constructors make."""

from __future__ import annotations

import pickle
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import matdiff
from matdiff.errors import ExitCode, MatdiffError
from matdiff.parsing.read import Scope, extend, interpret, read_declarations, read_script, read_statement
from matdiff.tree import build
from matdiff.tree.dims import add, multiply, symbol
from matdiff.tree.node import Node, make
from matdiff.tree.precedence import INFIX, OPERATORS, level_of

N, M, K = symbol("n"), symbol("m"), symbol("k")
A = build.variable("A", (N, N))
B = build.variable("B", (N, N))
x = build.variable("x", (N,))
y = build.variable("y", (N,))
c = build.variable("c", ())
t = build.variable("t", ())
SCOPE = Scope(read_declarations("A: n x n; B: n x n; x: n; y: n; c: scalar; t: scalar"))
HALF = Fraction(1, 2)
T = build.transpose


def tree(text: str) -> Node:
    """The tree of an expression in the scope of the names above."""
    return interpret(read_statement(text, scope=SCOPE), SCOPE).sides[0]


def weighted(weight: Fraction | int, node: Node) -> Node:
    return build.total([(weight, node)])


def inverse(node: Node) -> Node:
    return build.call("inv", (node,), node.shape)


QUADRATIC = build.product(T(x), A, x)
TREES = [
    # the same in every spelling
    ("x.T*A*x", QUADRATIC),
    ("x'*A*x", QUADRATIC),
    ("x.T @ A @ x", QUADRATIC),
    ("x^T*A*x", QUADRATIC),
    ("x^{T} * A * x", QUADRATIC),
    ("xᵀ·A·x", QUADRATIC),
    ("xᵀAx", QUADRATIC),
    ("(x)'*(A*x)", QUADRATIC),
    ("quad(x, A)", QUADRATIC),
    *((text, inverse(A)) for text in ("inv(A)", "A.I", "A^-1", "A**-1", "A⁻¹", "A^{-1}", "A^(-1)", "inv((A))")),
    *((text, T(inverse(A))) for text in ("inv(A)'", "A.I.T", "A^-T", "A⁻ᵀ", "A^{-T}", "inv(A).T")),
    *((text, build.hadamard(x, y)) for text in ("x.*y", "x⊙y", "x ∘ y", "hadamard(x, y)")),
    *((text, build.hadamard(x, build.power(y, -1))) for text in ("x./y", "x ⊘ y", "x.*y.^-1")),
    *((text, build.power(x, 2)) for text in ("x.^2", "x.**2", "square(x)", "pow(x, 2)")),
    *((text, build.call("norm2", (x,), ())) for text in ("norm2(x)", "norm(x)", "‖x‖", "||x||", "‖x‖₂", "norm(x, 2)")),
    *((text, build.power(build.call("norm2", (x,), ()), 2)) for text in ("‖x‖²", "||x||^2", "norm2(x)**2", "‖x‖_2²")),
    *((text, build.apply("sigmoid", x)) for text in ("sigmoid(x)", "σ(x)", "logistic(x)")),
    *((text, build.call("tr", (A,), ())) for text in ("tr(A)", "trace(A)", "Tr(A)")),
    ("[x; y]", build.block((x, y), 1)),
    ("[x, y]", build.block((x, y), 2)),
    ("[x, 0; 0, y]", build.block((x, build.zeros((N,)), build.zeros((N,)), y), 2)),
    ("x − y", build.total([(1, x), (-1, y)])),
    ("A ⊗ B", build.call("kron", (A, B), (multiply(N, N), multiply(N, N)))),
    # weights
    ("2*x", weighted(2, x)),
    ("-x", weighted(-1, x)),
    ("--x", x),
    ("+x", x),
    ("x/2", weighted(HALF, x)),
    ("1/2*x.T*A*x", weighted(HALF, QUADRATIC)),
    ("0.5*x", weighted(HALF, x)),
    ("5e-1*x", weighted(HALF, x)),
    (".5*x", weighted(HALF, x)),
    ("-x'*A*x", weighted(-1, QUADRATIC)),
    ("2*x.*y", weighted(2, build.hadamard(x, y))),
    ("x.*(2*y)", weighted(2, build.hadamard(x, y))),
    ("A*(-x)", weighted(-1, build.product(A, x))),
    ("2*3*x", weighted(6, x)),
    ("2^10*x", weighted(1024, x)),
    ("1 + 2", build.number(3)),
    ("2*3/4", build.number(Fraction(3, 2))),
    ("2^-1", build.number(HALF)),
    ("4^(1/2)", build.number(2)),
    ("0*x", build.zeros((N,))),
    ("x + 0", x),
    ("x - 2*y + A*x", build.total([(1, x), (-2, y), (1, build.product(A, x))])),
    ("x - (y + x)", build.total([(1, x), (-1, build.total([(1, y), (1, x)]))])),
    ("2*(x - y)", weighted(2, build.total([(1, x), (-1, y)]))),
    # powers
    ("-c^2", weighted(-1, build.power(c, 2))),
    ("c^t^2", build.apply("pow", c, build.power(t, 2))),
    ("c²", build.power(c, 2)),
    ("sqrt(c)", build.power(c, HALF)),
    ("√c", build.power(c, HALF)),
    ("2√(c·t)x", weighted(2, build.product(build.power(build.product(c, t), HALF), x))),
    ("c.^0", build.number(1)),
    ("A^3", build.call("matpow", (A,), (N, N), (3,))),
    ("A³", build.call("matpow", (A,), (N, N), (3,))),
    ("A^-2", build.call("matpow", (inverse(A),), (N, N), (2,))),
    ("A^1", A),
    ("A^0", build.identity(N)),
    ("x.^y", build.apply("pow", x, y)),
    ("2.^x", build.apply("pow", weighted(2, build.ones((N,))), x)),
    ("c.^x", build.apply("pow", build.product(c, build.ones((N,))), x)),
    ("x.^2'", T(build.power(x, 2))),
    # products and quotients
    ("c*x", build.product(c, x)),
    ("x*c", build.product(c, x)),
    ("A*c*x*t", build.product(c, t, A, x)),
    ("x'*A*y*x", build.product(build.product(T(x), A, y), x)),
    ("c*x'*y", build.product(c, build.product(T(x), y))),
    ("x*y'*x", build.product(x, T(y), x)),
    ("x/c", build.product(build.power(c, -1), x)),
    ("x/(c*t)", build.product(build.power(c, -1), build.power(t, -1), x)),
    ("1/c^2", build.power(c, -2)),
    ("1/sqrt(c)", build.power(c, -HALF)),
    ("1/(2*c)", weighted(HALF, build.power(c, -1))),
    ("1./x", build.power(x, -1)),
    ("c./x", build.product(c, build.power(x, -1))),
    ("x./c", build.product(build.power(c, -1), x)),
    ("c*x.*y", build.product(c, build.hadamard(x, y))),
    ("x.*A*y", build.hadamard(x, build.product(A, y))),
    ("A*x.*y", build.hadamard(build.product(A, x), y)),
    ("x./c*t", build.product(build.power(c, -1), t, x)),
    ("x./(c*t)", build.product(build.power(c, -1), build.power(t, -1), x)),
    # what is spread
    ("1 - sigmoid(x)", build.total([(1, build.ones((N,))), (-1, build.apply("sigmoid", x))])),
    ("c + x", build.total([(1, build.product(c, build.ones((N,)))), (1, x)])),
    ("A .+ c", build.total([(1, A), (1, build.product(c, build.ones((N, N))))])),
    ("A .- 2", build.total([(1, A), (-2, build.ones((N, N)))])),
    ("vector(c) + x", build.total([(1, build.product(c, build.ones((N,)))), (1, x)])),
    ("matrix(2).*A", weighted(2, build.hadamard(build.ones((N, N)), A))),
    # constants and sizes
    ("A + I", build.total([(1, A), (1, build.identity(N))])),
    ("I(n)*x", build.product(build.identity(N), x)),
    ("A*ones", build.product(A, build.ones((N,)))),
    ("A𝟏 − 𝟎", build.total([(1, build.product(A, build.ones((N,)))), (-1, build.zeros((N,)))])),
    ("ones'*x", build.product(T(build.ones((N,))), x)),
    ("ones(n, 3)", build.ones((N, 3))),
    ("ones(n+1)", build.ones((add(N, 1),))),
    ("zeros(rows(A))", build.zeros((N,))),
    ("sum(x)/n", build.product(build.call("sum", (x,), ()), build.power(build.size_number(N), -1))),
    ("size(x)", build.size_number(N)),
    ("cols(ones(2, 3))", build.number(3)),
    # functions
    ("vec(A)", build.call("vec", (A,), (multiply(N, N),))),
    ("diag(x)", build.call("diag", (x,), (N, N))),
    ("diag(A)", build.call("diag", (A,), (N,))),
    ("outer(x, y)", build.product(x, T(y))),
    ("inv(c)", build.power(c, -1)),
    ("x''", x),
    ("c'", c),
    ("tr(x'*y)", build.product(T(x), y)),
    (
        'einsum("ab,b->a", A, x)',
        make("einsum", (A, x), (((0, 1), (1,)), (0,), (N, N)), (N,)),
    ),
    (
        'einsum("k,km,m", x, A, y)',
        make("einsum", (x, A, y), (((0,), (0, 1), (1,)), (), (N, N)), ()),
    ),
    (
        "-einsum('ab,c->cab', A, x)",
        weighted(-1, make("einsum", (A, x), (((1, 2), (0,)), (0, 1, 2), (N, N, N)), (N, N, N))),
    ),
]


@pytest.mark.parametrize(("text", "expected"), TREES)
def test_text_becomes_tree(text: str, expected: Node) -> None:
    assert tree(text) is expected


def test_precedence_table_is_complete() -> None:
    levels = [row.level for row in OPERATORS if row.place == "infix"]
    assert levels == sorted(levels)
    assert level_of("times") > level_of("entrywise_times") > level_of("kronecker") > level_of("add")
    for spelling in INFIX:
        text = f"c{spelling}t"
        assert tree(text).shape == ()


def test_names_of_python_and_greek_are_variables() -> None:
    found = interpret(read_statement("lambda*in + np'*derivative*λ*I1*e"))
    assert [node.attrs[0] for node in found.variables] == ["lambda", "in", "np", "derivative", "λ", "I1", "e"]


def test_letters_stand_side_by_side_in_text_book_spelling_only() -> None:
    found = interpret(read_statement("2Xᵀ(Xw − y)"))
    assert found.assumptions == ("X ∈ ℝⁿˣᵐ", "w ∈ ℝᵐ", "y ∈ ℝⁿ")
    assert interpret(read_statement("xAx'*xAx")).assumptions == ("xAx ∈ ℝⁿ",)
    assert interpret(read_statement("Xβ")).assumptions == ("X ∈ ℝⁿˣᵐ", "β ∈ ℝ")


# ------------------------------------------------------------------------------------------------------ statements


def test_statement_kinds_and_clauses() -> None:
    rule = read_statement("[cookbook-81] grad x'*A*x wrt x = (A + A')*x  where A: n x n  # known")
    assert (rule.kind, rule.wrt, rule.identifier, len(rule.sides)) == ("grad", ("x",), "cookbook-81", 2)
    assert [d.name for d in rule.declarations] == ["A"]
    kinds = {
        "": "empty",
        "  # remark": "empty",
        "where x: n": "where",
        "let u = A*x": "let",
        "hessian x'*x wrt x": "hessian",
        "gradient x'*x": "grad",
        "jacobian -W*x wrt x = -W": "jacobian",
        "tr(A*B) = tr(B*A)": "identity",
        "d inv(X) = -inv(X)*dX*inv(X)": "differential",
        "x'*x wrt x": "expression",
        "d*x": "expression",
        "grad*x": "expression",
        "grad (x - y)'*(x - y) wrt x": "grad",
    }
    assert {text: read_statement(text).kind for text in kinds} == kinds


def test_script_carries_declarations_and_names() -> None:
    statement, scope = read_script("# backpropagation\nwhere A: n x n; x: n\n\nlet u = A*x\nlet u = tanh(u)\nu'*u\n")
    found = interpret(statement, scope, "grad", ("x",))
    value = build.apply("tanh", build.product(A, x))
    assert found.sides == (build.product(T(value), value),)
    assert found.lets == (("u", build.product(A, x)), ("u", value))
    assert found.wrt == (x,)
    assert found.size_names == {"n"}


def test_later_declaration_replaces_an_earlier_one() -> None:
    scope = extend(SCOPE, read_statement("where x: m"))
    assert interpret(read_statement("x", scope=scope), scope).sides == (build.variable("x", (M,)),)


def test_declarations_in_every_spelling() -> None:
    found = read_declarations(
        "A: n x m; S: n×n spd symmetric; x, y: n, t: scalar positive; K: m*p x n*p; V: (n, 3)\nr: 1 x n"
    )
    told = [(d.name, d.kind, d.rows, d.columns, d.properties) for d in found]
    p = symbol("p")
    assert told == [
        ("A", "", N, M, ()),
        ("S", "", N, N, ("spd", "symmetric")),
        ("x", "", N, 1, ()),
        ("y", "", N, 1, ()),
        ("t", "scalar", 1, 1, ("positive",)),
        ("K", "", multiply(M, p), multiply(N, p), ()),
        ("V", "", N, 3, ()),
        ("r", "", 1, N, ()),
    ]
    same = read_declarations({"A": "n x m", "t": "scalar positive"})
    assert [(d.name, d.rows) for d in same] == [("A", N), ("t", 1)]


# ----------------------------------------------------------------------------------------------------------- errors

ERRORS = {
    "": "error: there is no expression\n  1 |\n    | ^\n  hint: write one such as `x'*A*x`",
    "tr(A": "error: `tr(` is not closed\n  1 | tr(A\n    | ^^^\n  hint: add `)`",
    "grad norm2(y wrt x": "error: `norm2(` is not closed\n  1 | grad norm2(y wrt x\n    |      ^^^^^^\n  hint: add `)`",
    "foo bar": (
        "error: an operator is missing between `foo` and `bar`\n  1 | foo bar\n    |     ^^^\n"
        "  hint: write `foo*bar` for a product"
    ),
    "x)": "error: `)` closes nothing\n  1 | x)\n    |  ^\n  hint: delete it",
    "(x}": "error: `}` closes `(`\n  1 | (x}\n    |   ^",
    "x +": "error: something is missing behind `+`\n  1 | x +\n    |    ^",
    "* x": "error: an operand is missing before `*`\n  1 | * x\n    | ^",
    "()": "error: there is nothing between the brackets\n  1 | ()\n    |  ^",
    "x\0": "error: character U+0000 does not belong into an expression\n  1 | x\N{REPLACEMENT CHARACTER}\n    |  ^",
    "名 ? x": "error: `?` means nothing here\n  1 | 名 ? x\n    |    ^",
    "'x": (
        "error: `'` transposes what stands before it, and nothing does\n  1 | 'x\n    | ^\n  hint: write `x'` or `x.T`"
    ),
    "sigmod(x)": (
        "error: no function is called `sigmod`\n  1 | sigmod(x)\n    | ^^^^^^\n  hint: did you mean `sigmoid` or "
        '`logsigmoid`? for an unknown function add --where "sigmod: function"'
    ),
    "dot(x)": "error: `dot` takes 2 arguments, here are 1\n  1 | dot(x)\n    | ^^^^^^",
    "x: n": "error: `:` stands in declarations only\n  1 | x: n\n    |  ^\n  hint: write them behind `where`",
    "1/0": "error: `0` is zero, and nothing is divided by zero\n  1 | 1/0\n    |   ^",
    "9^9^9": "error: a number here is too large to be computed with\n  1 | 9^9^9\n    | ^^^^^",
    "1e5000": "error: a number may have 1,000 digits\n  1 | 1e5000\n    | ^^^^^^",
    "where A: n x n sdp": (
        "error: no property is called `sdp`\n  1 | where A: n x n sdp\n    |                ^^^\n"
        "  hint: did you mean `spd`?"
    ),
    "where S: n x m spd": (
        "error: what is `spd` is square, and this is not\n  1 | where S: n x m spd\n    |       ^^^^^^^^^^^^\n"
        "  hint: write it as `n x n`"
    ),
    "where x: n; x: m": (
        "error: `x` is declared twice: `x: n` and `x: m`\n  1 | where x: n; x: m\n    |             ^^^^"
    ),
    "sum(ones)": (
        "error: no shape follows for `ones`\n  1 | sum(ones)\n    |     ^^^^\n"
        "  hint: write the size: `ones(n)` or `ones(n, m)`"
    ),
    "kron(I, X)": ("error: no shape follows for `I`\n  1 | kron(I, X)\n    |      ^\n  hint: write the size: `I(n)`"),
    'einsum("ab,b->ac", A, x)': (
        'error: the letter `c` of the result is in no factor\n  1 | einsum("ab,b->ac", A, x)\n    |        ^^^^^^^^^^'
    ),
}


@pytest.mark.parametrize("text", ERRORS)
def test_mistakes_are_told_with_their_place(text: str) -> None:
    with pytest.raises(MatdiffError) as caught:
        interpret(*read_script(text))
    assert caught.value.render() == ERRORS[text]
    assert caught.value.exit_code is ExitCode.USAGE
    assert pickle.loads(pickle.dumps(caught.value)).render() == ERRORS[text]


@pytest.mark.parametrize("text", ["x[i+1]", "sum[k](kron(X[k,:], y))", "[A, B; C]", "A^t where A: n x n; t: scalar"])
def test_what_cannot_be_done_yet_has_its_own_exit_code(text: str) -> None:
    with pytest.raises(MatdiffError) as caught:
        interpret(*read_script(text))
    assert caught.value.exit_code is ExitCode.UNDIFFERENTIABLE
    assert "\n    | " in caught.value.render()


def test_a_long_line_is_cut_around_the_place() -> None:
    with pytest.raises(MatdiffError) as caught:
        read_statement("x + " * 10_000 + "? + " + "x + " * 10_000 + "x")
    message, line, carets = caught.value.render().split("\n")
    assert message == "error: `?` means nothing here"
    assert len(line) < 90
    assert line[carets.index("^")] == "?"


# ------------------------------------------------------------------------------------------------------------ scale


def test_nesting_and_length_are_no_limit() -> None:
    deep = 100_000
    assert tree("(" * deep + "x" + ")" * deep) is x
    assert tree("-" * deep + "x") is x
    assert tree("x" + "'" * deep) is x
    assert len(tree("+".join(["x"] * 10_000)).args) == 10_000
    assert len(tree("*".join(["A"] * 10_000)).args) == 10_000
    assert tree("exp(" * 5000 + "x" + ")" * 5000).shape == (N,)


def test_a_line_beyond_the_limit_is_refused() -> None:
    with pytest.raises(MatdiffError, match="the line has 1,000,001 characters; it may have 400,000"):
        read_statement("x+" * 500_000 + "x")


def test_products_of_names_do_not_explode() -> None:
    script = "let a = x\n" + "let a = a.*a\n" * 2000 + "sum(a)"
    with pytest.raises(MatdiffError, match="this product, written out, has 131,"):
        interpret(*read_script(script))


def test_layers_share_their_nodes() -> None:
    for layers in (16, 512):
        lines = ["let h = x", *(f"let h = h + tanh(W{k}*h)" for k in range(layers)), "sum(h)"]
        found = interpret(*read_script("\n".join(lines)), "grad", ("x",))
        assert len(found.lets) == layers + 1
        assert found.lets[-1][1].args[0] is found.lets[-2][1]


@given(st.text(alphabet="xAc01.+-*/^'()[], =:;#Tₐ²ᵀ⁻‖\"\0 \n", max_size=40))
def test_any_text_is_a_tree_or_an_error(text: str) -> None:
    try:
        interpret(*read_script(text))
        told = "error: "
    except MatdiffError as error:
        told = error.render()
    assert told.startswith("error: ")


def test_sizes_written_out_are_bounded() -> None:
    long = "*".join(f"(a{k}+b{k})" for k in range(40))
    for text in (f"where x: {long}", f"ones({long})"):
        with pytest.raises(MatdiffError, match="too long"):
            interpret(*read_script(text))


TITLES = {
    "f(x) = x'*A*x": "(A + A.T)*x",
    "f(x) = x'*A*x wrt A": "x*x.T",
    "J = norm2(X*w - y)^2 wrt w": "2*X.T*(X*w - y)",
    "J(θ) = ½‖Xθ − y‖²": "X.T*(X*θ - y)",
    r"\mathcal{L}(w) = \|Xw - y\|^2": "2*X.T*(X*w - y)",
    r"f(\mathbf{x}) = \mathbf{a}^\top \mathbf{x} wrt x": "a",
    "[energy] E(x) = x'*x/2   where x: 3": "x",
}


@pytest.mark.parametrize("text", TITLES)
def test_title_before_an_expression_says_by_what(text: str) -> None:
    assert matdiff.grad(text).text == TITLES[text]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = x'*A*x", "this is a rule, with an answer behind the `=`"),
        ("x'*x = f(x)", "this is a rule, with an answer behind the `=`"),
        ("det(X) = x'*x wrt x", "`=` does not belong here"),
        ("c = x'*x where c: scalar", "this is a rule, with an answer behind the `=`"),
        ("f(x) = x'*x = x'*x", "this is a rule, with an answer behind the `=`"),
        ("f(y) = x'*x", "no variable is called `y`"),
        ("f(x) = x'*(A*x", "`(` is not closed"),
    ],
)
def test_equation_without_a_title_is_told(text: str, message: str) -> None:
    with pytest.raises(MatdiffError) as caught:
        matdiff.grad(text)
    assert message in caught.value.render()


def test_equation_between_values_stays_an_identity() -> None:
    assert [statement.kind for statement, _ in map(read_script, ("f(x) = x'*x", "J = x'*x"))] == ["identity"] * 2
