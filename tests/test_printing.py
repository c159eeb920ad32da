"""Whole printed strings, on trees made by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from matdiff.parsing.read import Scope, interpret, read_declarations, read_statement
from matdiff.printing import write
from matdiff.printing.context import Context
from matdiff.printing.sharing import Shared, share
from matdiff.tree import build, einsum, walk
from matdiff.tree.build import call, hadamard, identity, number, ones, power, product, total, transpose, variable
from matdiff.tree.dims import multiply, size_text, symbol
from matdiff.tree.node import Node, make

n, m, k = symbol("n"), symbol("m"), symbol("k")
A, X, B, C = variable("A", (n, n)), variable("X", (n, n)), variable("B", (m, n)), variable("C", (n, m))
D = variable("D", (m, n))
x, y, z, w, u = (variable(name, (n,)) for name in "xyzwu")
v = variable("v", (m,))
a, b, c, lam = (variable(name, ()) for name in ("a", "b", "c", "lambda"))
T = transpose
HALF = Fraction(1, 2)


def inv(node: Node) -> Node:
    return call("inv", (node,), node.shape)


def scalar(name: str, *args: Node) -> Node:
    return call(name, args, ())


def softmax(node: Node) -> Node:
    return call("softmax", (node,), node.shape)


def diag(node: Node) -> Node:
    return call("diag", (node,), (node.shape[0], node.shape[0]))


def sigmoid(node: Node) -> Node:
    return build.apply("sigmoid", node)


RESIDUAL = total([(1, product(X, w)), (-1, y)])

TEXT = [
    (product(total([(1, A), (1, T(A))]), x), "(A + A.T)*x"),
    (total([(2, product(A, x))]), "2*A*x"),
    (T(B), "B.T"),
    (product(x, T(y)), "x*y.T"),
    (total([(2, product(T(X), RESIDUAL))]), "2*X.T*(X*w - y)"),
    (total([(-1, A)]), "-A"),
    (total([(-1, product(T(inv(X)), T(A), T(inv(X))))]), "-inv(X).T*A.T*inv(X).T"),
    (product(scalar("det", X), T(inv(X))), "det(X)*inv(X).T"),
    (diag(hadamard(sigmoid(u), total([(1, ones((n,))), (-1, sigmoid(u))]))), "diag(sigmoid(u).*(1 - sigmoid(u)))"),
    (
        total([(1, diag(softmax(x))), (-1, product(softmax(x), T(softmax(x))))]),
        "diag(softmax(x)) - softmax(x)*softmax(x).T",
    ),
    (product(power(scalar("norm2", RESIDUAL), -1), T(A), RESIDUAL), "A.T*(X*w - y)/norm2(X*w - y)"),
    (product(product(T(x), A, y), x), "(x.T*A*y)*x"),
    (product(c, call("matpow", (T(A),), A.shape, (2,))), "c*A.T^2"),
    (power(x, 2), "x.^2"),
    (power(x, HALF), "sqrt(x)"),
    (power(x, -1), "1./x"),
    (power(c, -1), "1/c"),
    (product(a, power(b, -1)), "a/b"),
    (hadamard(x, power(y, -1)), "x./y"),
    (hadamard(power(y, -2), x), "1./y.^2.*x"),
    (product(power(c, -1), x), "x/c"),
    (product(a, power(b, -1), power(c, -2), x), "a*x/(b*c^2)"),
    (total([(HALF, x)]), "x/2"),
    (total([(Fraction(-3, 2), x)]), "-3*x/2"),
    (total([(HALF, power(c, -HALF))]), "1/(2*sqrt(c))"),
    (total([(HALF, power(x, -HALF))]), "1./(2*sqrt(x))"),
    (total([(3, power(x, -1))]), "3./x"),
    (total([(1, ones((n,))), (-1, y)]), "1 - y"),
    (total([(1, product(c, ones((n,)))), (1, x)]), "c + x"),
    (total([(1, A), (-2, product(c, ones((n, n))))]), "A .- 2*c"),
    (total([(1, ones((n, n))), (-1, A)]), "ones - A"),
    (total([(1, A), (-1, product(lam, identity(n)))]), "A - lambda*I"),
    (total([(1, c), (-3, number(1))]), "c - 3"),
    (total([(1, identity(n)), (1, ones((n, n)))]), "I(n) + ones"),
    (power(x, Fraction(1, 3)), "x.^(1/3)"),
    (build.apply("pow", x, y), "x.^y"),
    (build.apply("pow", c, total([(1, a), (1, b)])), "c^(a + b)"),
    (identity(n), "I"),
    (scalar("tr", identity(n)), "tr(I(n))"),
    (product(A, ones((n,))), "A*ones"),
    (product(ones((n,)), T(x)), "ones(n)*x.T"),
    (product(T(ones((n,))), x), "ones.T*x"),
    (product(c, ones((n,))), "c*ones"),
    (product(A, identity(n)), "A*I"),
    (product(B, ones((n, n)), x), "B*ones*x"),
    (product(B, ones((n, n))), "B*ones(n, n)"),
    (hadamard(product(A, x), y), "(A*x).*y"),
    (product(c, hadamard(x, y)), "c*x.*y"),
    (total([(HALF, product(c, power(a, -1), hadamard(product(A, x), y)))]), "c*(A*x).*y/(2*a)"),
    (total([(HALF, hadamard(x, power(y, -1)))]), "x./(2*y)"),
    (product(a, power(c, -1), power(y, -2)), "a./(c*y.^2)"),
    (build.apply("pow", x, product(c, ones((n,)))), "x.^c"),
    (build.apply("pow", total([(2, ones((n,)))]), x), "2.^x"),
    (call("kron", (A, B), (multiply(n, m), multiply(n, n))), "kron(A, B)"),
    (product(T(x), y), "x.T*y"),
    (product(T(x), y, T(z)), "x.T*(y*z.T)"),
    (product(x, T(y), z), "x*y.T*z"),
    (product(A, total([(-1, x)])), "A*(-x)"),
    (total([(1, A), (-1, total([(1, X), (1, T(X))]))]), "A - (X + X.T)"),
    (product(A, hadamard(x, y)), "A*(x.*y)"),
    (power(total([(1, a), (1, b)]), 2), "(a + b)^2"),
    (power(power(x, 2), 3), "(x.^2).^3"),
    (T(product(A, x)), "(A*x).T"),
    (number(Fraction(1, 2)), "1/2"),
    (number(-3), "-3"),
    (total([(2, total([(1, x), (1, y)]))]), "2*(x + y)"),
    (make("sum", (), (), (n, m)), "zeros"),
]


CONTEXT = Context(frozenset({"n", "m", "k"}))


@pytest.mark.parametrize(("node", "expected"), TEXT, ids=[case[1] for case in TEXT])
def test_text(node: Node, expected: str) -> None:
    assert write.text(node, CONTEXT) == expected


NOT_READ_BACK = {"I", "zeros", "c*ones", "A*(-x)"}
READ_BACK = [case for case in TEXT if case[1] not in NOT_READ_BACK]


@pytest.mark.parametrize(("node", "text"), READ_BACK, ids=[case[1] for case in READ_BACK])
def test_text_reads_back_to_the_same_node(node: Node, text: str) -> None:
    """All but a constant that stands alone, and a sign that reading moves to the front."""
    shapes = {v: " x ".join(size_text(size) for size in v.shape) or "scalar" for v in walk.variables_of((node,))}
    where = {"Q": "m x n", **{str(v.attrs[0]): shape for v, shape in shapes.items()}}
    scope = Scope(read_declarations(where))
    assert interpret(read_statement(text, scope=scope), scope).sides[0] is node


def test_a_size_that_was_not_declared_is_named_by_a_variable() -> None:
    undeclared = Context(variables=(v, B, T(x)))
    assert write.text(product(power(build.size_number(n), -1), x), undeclared) == "x/cols(B)"
    assert write.text(build.size_number(m), undeclared) == "size(v)"
    assert write.text(build.size_number(multiply(m, n)), undeclared) == "size(v)*cols(B)"
    assert write.text(scalar("tr", identity(n)), undeclared) == "tr(I(cols(B)))"
    declared = Context(frozenset({"m", "n"}), (v, B))
    assert write.text(build.size_number(multiply(m, n)), declared) == "m*n"


UNICODE = [
    (product(total([(1, A), (1, T(A))]), x), "(A + Aᵀ)x"),
    (total([(2, product(T(X), RESIDUAL))]), "2Xᵀ(Xw − y)"),
    (total([(-1, product(T(inv(X)), T(A), inv(X)))]), "−X⁻ᵀAᵀX⁻¹"),
    (product(T(A), x, power(scalar("norm2", x), -1)), "Aᵀx/‖x‖"),
    (hadamard(x, power(y, -1)), "x ⊘ y"),
    (hadamard(sigmoid(u), total([(1, ones((n,))), (-1, sigmoid(u))])), "σ(u) ⊙ (1 − σ(u))"),
    (power(x, 2), "x²"),
    (power(A, 2), "A∘²"),
    (call("matpow", (A,), A.shape, (-2,)), "A⁻²"),
    (product(lam, variable("W1", (n, n)), variable("h_out", (n,))), "λW₁·h_out"),
    (product(a, build.apply("exp", b)), "a·exp(b)"),
    (product(power(a, HALF), b), "√a·b"),
    (product(A, total([(1, x), (1, y)])), "A·(x + y)"),
    (total([(1, A), (1, product(c, ones((n, n))))]), "A + c𝟏"),
    (product(A, ones((n,))), "A𝟏"),
    (call("kron", (A, total([(1, A), (1, X)])), (multiply(n, n), multiply(n, n))), "A ⊗ (A + X)"),
]


@pytest.mark.parametrize(("node", "expected"), UNICODE, ids=[case[1] for case in UNICODE])
def test_unicode(node: Node, expected: str) -> None:
    assert write.unicode(node, CONTEXT) == expected


LATEX = [
    (product(total([(1, A), (1, T(A))]), x), r"\left(A + A^{\top}\right) x"),
    (total([(-1, product(T(inv(X)), inv(X)))]), r"-X^{-\top} X^{-1}"),
    (product(power(scalar("norm2", x), -1), x), r"\frac{x}{\left\lVert x \right\rVert_2}"),
    (hadamard(x, y), r"x \odot y"),
    (power(x, Fraction(1, 3)), r"x^{\circ \frac{1}{3}}"),
    (total([(Fraction(-3, 2), x)]), r"-\frac{3 x}{2}"),
    (power(T(A), 2), r"\left(A^{\top}\right)^{\circ 2}"),
    (product(a, variable("W1", (n, n)), variable("w_out", (n,))), r"a W_{1} w_{\mathrm{out}}"),
    (product(variable("rate", ()), variable("in", ())), r"\mathrm{rate} \, \mathrm{in}"),
    (product(lam, variable("μ2", ()), variable("Alpha", ())), r"\lambda \mu_{2} \, \mathrm{A}"),
    (total([(1, variable("w1", ())), (1, variable("w_1", ()))]), r"\mathrm{w1} + \mathrm{w\_1}"),
    (product(A, ones((n,))), r"A \mathbf{1}"),
]


@pytest.mark.parametrize(("node", "expected"), LATEX, ids=[case[1] for case in LATEX])
def test_latex(node: Node, expected: str) -> None:
    assert write.latex(node, CONTEXT) == expected


def tensor(letters: str, *factors: Node, weight: int = 1) -> Node:
    """An einsum of matrix form with a weight."""
    node = einsum.from_letters(letters, *factors)
    return make("sum", (node,), (Fraction(weight),), node.shape) if weight != 1 else node


DELTA = make("einsum", (), ((), (0, 1, 0, 1), (n, m)), (n, m, n, m))
SUMMED = make(
    "einsum", (A, T(x), total([(1, A), (1, X)])), (((0, 3), (4, 2), (3, 3)), (0, 1, 2), (n, m, n, n, 1)), (n, m, n)
)
COUNTED = make("einsum", (A,), (((0, 1),), (0, 1, 2), (n, n, m, k)), (n, n, m))
TENSORS = [
    (
        tensor("ik,lj->ijkl", inv(A), inv(A), weight=-1),
        '-einsum("ac,db->abcd", inv(A), inv(A))',
        "D[i,j,k,l] = -inv(A)[i,k]*inv(A)[l,j]",
        "D[i,j,k,l] = −A⁻¹[i,k]·A⁻¹[l,j]",
    ),
    (
        DELTA,
        'einsum("ac,bd->abcd", I(n), I(m))',
        "D[i,j,k,l] = delta[i,k]*delta[j,l]",
        "D[i,j,k,l] = δ[i,k]·δ[j,l]",
    ),
    (
        SUMMED,
        'einsum("ad,ec,dd,b->abc", A, x.T, A + X, ones(m))',
        "D[i,j,k] = sum[l](A[i,l]*x[k]*(A + X)[l,l])",
        "D[i,j,k] = Σ[l](A[i,l]·x[k]·(A + X)[l,l])",
    ),
    (
        COUNTED,
        'einsum("ab,c,->abc", A, ones(m), k)',
        "D[i,j,l] = k*A[i,j]",
        "D[i,j,l] = k·A[i,j]",
    ),
    (build.pairing(m, n), "pairing(m, n)", "D[i,j,k] = pairing(m, n)[i,j,k]", "D[i,j,k] = pairing(m, n)[i,j,k]"),
]


@pytest.mark.parametrize(("node", "text", "ascii_form", "unicode_form"), TENSORS, ids=[case[1] for case in TENSORS])
def test_einsum_and_index_form(node: Node, text: str, ascii_form: str, unicode_form: str) -> None:
    assert write.text(node, CONTEXT) == text
    assert write.index_form(node, CONTEXT) == ascii_form
    assert write.index_form_unicode(node, CONTEXT) == unicode_form


def test_shared_parts_get_names_where_they_save_half_of_the_text() -> None:
    layer = build.apply("tanh", total([(1, product(X, w)), (1, y)]))
    for _ in range(3):
        layer = total([(1, layer), (1, build.apply("tanh", product(A, layer)))])
    shared = share((layer, T(layer)), {"s1"})
    assert [(name, write.text(part, CONTEXT)) for name, part in shared.lets] == [
        ("s2", "tanh(X*w + y) + tanh(A*tanh(X*w + y))"),
        ("s3", "s2 + tanh(A*s2)"),
        ("s4", "s3 + tanh(A*s3)"),
    ]
    assert [write.text(root, CONTEXT) for root in shared.roots] == ["s4", "s4.T"]
    assert all(part.shape == (n,) for _, part in shared.lets)


def test_short_repetitions_stay_one_expression() -> None:
    node = hadamard(sigmoid(u), total([(1, ones((n,))), (-1, sigmoid(u))]))
    assert share((node,), ()) == Shared((), (node,))


def test_a_deep_network_prints_in_linear_size() -> None:
    layer = x
    for depth in range(512):
        layer = total([(1, layer), (1, build.apply("tanh", product(variable(f"W{depth}", (n, n)), layer)))])
    shared = share((layer,), ())
    texts = [write.text(part, CONTEXT) for part in (*(part for _, part in shared.lets), *shared.roots)]
    assert sum(map(len, texts)) < 512 * 40


def test_deep_nesting_is_no_recursion() -> None:
    node: Node = x
    for _ in range(100_000):
        node = build.apply("sin", node)
    assert write.text(node, CONTEXT) == "sin(" * 100_000 + "x" + ")" * 100_000
