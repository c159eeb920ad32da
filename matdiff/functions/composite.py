"""Functions that are expressions of simpler ones: traces, sums, norms and reshapes, written in index form."""

from __future__ import annotations

from fractions import Fraction

from matdiff.functions.rows import TRIANGLE, Composite, Spelling
from matdiff.tree import einsum
from matdiff.tree.build import elimination, lower, pairing, rows_and_columns
from matdiff.tree.dims import Dim, multiply
from matdiff.tree.entry import spread
from matdiff.tree.node import Node, Shape, make


def sum_entries(x: Node) -> Node:
    """The sum of all entries."""
    return einsum.einsum((x,), (tuple(range(len(x.shape))),), (), x.shape)


def count_entries(x: Node) -> Node:
    """The number of entries, as a scalar."""
    return einsum.einsum((), (), (), x.shape)


def _mean(x: Node) -> Node:
    return einsum.einsum((sum_entries(x), einsum.power(count_entries(x), Fraction(-1))), ((), ()), (), ())


def _dot(x: Node, y: Node) -> Node:
    axes = tuple(range(len(x.shape)))
    return einsum.einsum((x, y), (axes, axes), (), x.shape)


def _norm2(x: Node) -> Node:
    return einsum.power(_dot(x, x), Fraction(1, 2))


def _diag(x: Node) -> Node:
    return einsum.from_letters("a->aa" if len(x.shape) == 1 else "aa->a", x)


def _vec(x: Node) -> Node:
    rows, columns = rows_and_columns(x.shape)
    if columns == 1:
        return x
    return einsum.from_letters("pab,ab->p", pairing(rows, columns), x)


def _vech(x: Node) -> Node:
    (size, _) = x.shape
    return einsum.from_letters("pq,qab,ab->p", elimination(size), pairing(size, size), x)


def _unvec(x: Node, shape: Shape) -> Node:
    return einsum.from_letters("pab,p->ab", pairing(*shape), x) if len(shape) == 2 else x


def _kron(a: Node, b: Node) -> Node:
    axes = "ij"[: len(a.shape)], "kl"[: len(b.shape)]
    factors, wires, output = [a, b], list(axes), []
    for row, outer, inner in zip("pq", axes[0].ljust(2), axes[1].ljust(2), strict=True):
        if outer == " " or inner == " ":
            output.append((outer + inner).strip())
            continue
        factors.append(pairing(b.shape["kl".index(inner)], a.shape["ij".index(outer)]))
        wires.append(row + inner + outer)
        output.append(row)
    return einsum.from_letters(",".join(wires) + "->" + "".join(output), *factors)


def _entrywise(name: str, x: Node) -> Node:
    return make("map", (x,), (name,), x.shape)


def _norm1(x: Node) -> Node:
    return sum_entries(_entrywise("abs", x))


def _norm_inf(x: Node) -> Node:
    return make("call", (_entrywise("abs", x),), ("max",), ())


def _log_softmax(x: Node) -> Node:
    return einsum.total([(1, x), (-1, spread(make("call", (x,), ("logsumexp",), ()), x.shape))], x.shape)


def _of_rows(x: Node) -> Node:
    """The sum of each row."""
    return einsum.from_letters("ij->i", x)


def _means_of_rows(x: Node) -> Node:
    inverse_length = einsum.power(einsum.einsum((), (), (), x.shape[1:]), Fraction(-1))
    return einsum.einsum((_of_rows(x), inverse_length), ((0,), ()), (0,), x.shape[:1])


def _norms_of_rows(x: Node) -> Node:
    return einsum.power(einsum.from_letters("ij,ij->i", x, x), Fraction(1, 2))


def _largest_of_rows(x: Node) -> Node:
    return make("call", (_entrywise("abs", x),), ("max", "rows"), x.shape[:1])


def _log_softmax_of_rows(x: Node) -> Node:
    whole = make("call", (x,), ("logsumexp", "rows"), x.shape[:1])
    return einsum.total([(1, x), (-1, einsum.einsum((whole,), ((0,),), (0, 1), x.shape))], x.shape)


def _adjugate(x: Node) -> Node:
    det, inverse = (make("call", (x,), (name,), shape) for name, shape in (("det", ()), ("inv", x.shape)))
    return einsum.einsum((det, inverse), ((), (0, 1)), (0, 1), x.shape)


def _cofactors(x: Node) -> Node:
    return einsum.permuted(_adjugate(x), (1, 0))


def _lower_triangle(x: Node) -> Node:
    return einsum.from_letters("ij,ij->ij", lower(*x.shape), x)


def _upper_triangle(x: Node) -> Node:
    return einsum.from_letters("ji,ij->ij", lower(*x.shape), x)


def _running_sums(x: Node) -> Node:
    return einsum.from_letters("ij,j->i", lower(*x.shape * 2), x)


def _khatri_rao(a: Node, b: Node) -> Node:
    rows, columns = ("ik", "jk") if len(a.shape) == 2 else ("i", "j")
    stacked = pairing(b.shape[0], a.shape[0])
    return einsum.from_letters(f"pji,{rows},{columns}->p{rows[1:]}", stacked, a, b)


def length_of_vec(rows: Dim, columns: Dim) -> Dim:
    """The length of `vec` of a matrix with these rows and columns."""
    return multiply(rows, columns)


COMPOSITE = (
    Composite(
        "tr",
        "trace: the sum of the diagonal",
        "n n -> 1 1",
        lambda x: einsum.from_letters("aa->", x) if x.shape else x,
        aliases=("trace", "Tr"),
        spelling=Spelling(latex=r"\operatorname{tr}\left({0}\right)", numpy="np.trace({0})"),
    ),
    Composite(
        "sum",
        "the sum of all entries",
        "m n -> 1 1",
        sum_entries,
        by_rows=_of_rows,
        spelling=Spelling(latex=r"\operatorname{sum}\left({0}\right)", numpy="np.sum({0})"),
    ),
    Composite(
        "mean",
        "the sum of all entries over their number",
        "m n -> 1 1",
        _mean,
        by_rows=_means_of_rows,
        spelling=Spelling(latex=r"\operatorname{mean}\left({0}\right)", numpy="np.mean({0})"),
    ),
    Composite(
        "dot",
        "inner product: the sum of the products of equal entries, tr(X'*Y)",
        "m n, m n -> 1 1",
        _dot,
        aliases=("inner",),
        spelling=Spelling(unicode="⟨{0}, {1}⟩", latex=r"\left\langle {0}, {1} \right\rangle", numpy="np.sum({0}*{1})"),
    ),
    Composite(
        "norm2",
        "Euclidean norm of a vector, Frobenius norm of a matrix",
        "m n -> 1 1",
        _norm2,
        by_rows=_norms_of_rows,
        aliases=("norm", "norm_fro", "frobenius"),
        spelling=Spelling(unicode="‖{0}‖", latex=r"\left\lVert {0} \right\rVert_2", numpy="np.linalg.norm({0})"),
    ),
    Composite(
        "norm1",
        "the sum of the absolute values of all entries",
        "m n -> 1 1",
        _norm1,
        by_rows=lambda x: _of_rows(_entrywise("abs", x)),
        spelling=Spelling(unicode="‖{0}‖₁", latex=r"\left\lVert {0} \right\rVert_1", numpy="np.sum(np.abs({0}))"),
        source="Golub and Van Loan, Matrix Computations, section 2.2",
    ),
    Composite(
        "norm_inf",
        "the largest absolute value of an entry",
        "m n -> 1 1",
        _norm_inf,
        by_rows=_largest_of_rows,
        spelling=Spelling(
            unicode="‖{0}‖∞", latex=r"\left\lVert {0} \right\rVert_{\infty}", numpy="np.max(np.abs({0}))"
        ),
        source="Golub and Van Loan, Matrix Computations, section 2.2",
    ),
    Composite(
        "log_softmax",
        "log(softmax(x)), which is x - logsumexp(x)",
        "n 1 -> n 1",
        _log_softmax,
        by_rows=_log_softmax_of_rows,
        spelling=Spelling(latex=r"\operatorname{log\_softmax}\left({0}\right)", numpy="_log_softmax({0})"),
        source="Bridle 1990",
    ),
    Composite(
        "adj",
        "adjugate, det(X)*inv(X): the transpose of the cofactors",
        "n n -> n n",
        _adjugate,
        aliases=("adjugate",),
        spelling=Spelling(latex=r"\operatorname{adj}\left({0}\right)", numpy="(np.linalg.det({0})*np.linalg.inv({0}))"),
        source="Magnus and Neudecker, Matrix Differential Calculus, chapter 8, section 5",
    ),
    Composite(
        "cof",
        "the matrix of cofactors, det(X)*inv(X)'",
        "n n -> n n",
        _cofactors,
        aliases=("cofactor",),
        spelling=Spelling(
            latex=r"\operatorname{cof}\left({0}\right)", numpy="(np.linalg.det({0})*np.linalg.inv({0}).T)"
        ),
        source="Magnus and Neudecker, Matrix Differential Calculus, chapter 8, section 5",
    ),
    Composite(
        "diag",
        "the diagonal matrix of a vector, or the diagonal of a matrix",
        "n 1 -> n n | n n -> n 1",
        _diag,
        aliases=("DiagMatrix",),
        spelling=Spelling(latex=r"\operatorname{diag}\left({0}\right)", numpy="np.diag({0})"),
    ),
    Composite(
        "vec",
        "the columns stacked, first column first",
        "m n -> n*m 1",
        _vec,
        spelling=Spelling(latex=r"\operatorname{vec}\left({0}\right)", numpy="np.ravel({0}, order='F')"),
        source="Magnus and Neudecker, Matrix Differential Calculus, chapter 2",
    ),
    Composite(
        "vech",
        "the columns of a square matrix from the diagonal down, stacked: elimination(n)*vec(X)",
        f"n n -> {TRIANGLE} 1",
        _vech,
        spelling=Spelling(latex=r"\operatorname{vech}\left({0}\right)", numpy="_vech({0})"),
        source="Magnus and Neudecker, The elimination matrix: some lemmas and applications (1980)",
    ),
    Composite(
        "tril",
        "the lower triangle of a square matrix, with the diagonal",
        "n n -> n n",
        _lower_triangle,
        spelling=Spelling(latex=r"\operatorname{tril}\left({0}\right)", numpy="np.tril({0})"),
    ),
    Composite(
        "triu",
        "the upper triangle of a square matrix, with the diagonal",
        "n n -> n n",
        _upper_triangle,
        spelling=Spelling(latex=r"\operatorname{triu}\left({0}\right)", numpy="np.triu({0})"),
    ),
    Composite(
        "cumsum",
        "the running sums of a vector",
        "n 1 -> n 1",
        _running_sums,
        spelling=Spelling(latex=r"\operatorname{cumsum}\left({0}\right)", numpy="np.cumsum({0})"),
    ),
    Composite(
        "khatri_rao",
        "the Kronecker products of equal columns, side by side",
        "m n, p n -> m*p n",
        _khatri_rao,
        spelling=Spelling(latex=r"{0} \ast {1}", numpy="_khatri_rao({0}, {1})"),
        source="Khatri and Rao, Solutions to some functional equations (1968)",
    ),
    Composite(
        "unvec",
        "the matrix whose columns the vector holds: `unvec(x, m, n)`",
        "m*n 1 -> m n",
        _unvec,
        spelling=Spelling(numpy="np.reshape({0}, ({1}, {2}), order='F')"),
        source="Magnus and Neudecker, Matrix Differential Calculus, chapter 2",
        is_shaped=True,
    ),
    Composite(
        "kron",
        "Kronecker product",
        "m n, p q -> m*p n*q",
        _kron,
        aliases=("KroneckerProduct",),
        spelling=Spelling(unicode="{0} ⊗ {1}", latex=r"{0} \otimes {1}", numpy="np.kron({0}, {1})"),
        source="Magnus and Neudecker, Matrix Differential Calculus, chapter 2",
    ),
)
