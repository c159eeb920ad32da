"""Functions of square matrices that commute with their argument: exponential, logarithm, root, powers.

The derivative along a direction E is the Fréchet derivative L(X, E), a function of its own name. Where E commutes
with X it is f'(X)*E. The adjoint of L(X, .) in the inner product tr(A'*B) is L(X', .).
Source: Higham, Functions of Matrices, chapter 3.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from matdiff.functions.rows import Adjoint, Opaque, Spelling
from matdiff.tree import einsum
from matdiff.tree.node import Node, make

_HIGHAM = "Higham, Functions of Matrices, "
_OF_MATRIX = "the derivative of this matrix by a matrix has no einsum; that of a scalar made of it has a name"
_SECOND = "second Fréchet derivatives have no name here"
_EXPONENT = "the exponent of a matrix power is a whole number"

Slope = Callable[[Node], Node]


def _scaled(weight: Fraction, node: Node) -> Node:
    return einsum.total([(weight, node)], node.shape)


def _call(name: str, *args: Node) -> Node:
    return make("call", args, (name,), args[0].shape)


def _exponent_less_one(value: Node) -> Node:
    return einsum.total([(1, value.args[1]), (-1, einsum.UNIT)], ())


def _slope_of_power(value: Node) -> Node:
    x, exponent = value.args
    power = _call("matpow", x, _exponent_less_one(value))
    return einsum.einsum((exponent, power), ((), (0, 1)), (0, 1), x.shape)


SLOPES: dict[str, Slope] = {
    "expm": lambda value: value,
    "logm": lambda value: _call("inv", value.args[0]),
    "sqrtm": lambda value: _scaled(Fraction(1, 2), _call("inv", value)),
    "matpow": _slope_of_power,
}
COMMUTING = (*SLOPES, "inv", "adj", "pinv")


def _pull_back(adjoint: Node, value: Node) -> Node:
    """The adjoint of the argument of f(X)."""
    return _adjoint(adjoint, str(value.attrs[0]), value.args[0], value.args[1:])


def _pull_direction(adjoint: Node, value: Node) -> Node:
    """The adjoint of the direction E of L(X, E), which is linear in it."""
    return _adjoint(adjoint, str(value.attrs[0]).removeprefix("frechet_"), value.args[0], value.args[2:])


def _adjoint(adjoint: Node, name: str, x: Node, parameters: tuple[Node, ...]) -> Node:
    """L(X', G) for the adjoint G, which is `f'(X').G` where G commutes with X'."""
    if commutes(adjoint, x):
        value = make("call", (x, *parameters), (name,), x.shape)
        return einsum.from_letters("ij,kj->ik", adjoint, SLOPES[name](value))
    turned = einsum.permuted(x, (1, 0))
    return make("call", (turned, adjoint, *parameters), (f"frechet_{name}",), adjoint.shape)


def commutes(matrix: Node, x: Node) -> bool:
    """Whether `matrix` is seen to commute with the transpose of `x`: a combination of chains of functions of it."""
    terms = matrix.args if matrix.op == "sum" else (matrix,)
    return all(_is_chain(term, _without_scalars(x)) for term in terms)


def _without_scalars(x: Node) -> Node:
    """The matrix B of `s*B`, which has the same functions."""
    _, body = einsum.unweighted(x)
    if body is None or body.op != "einsum":
        return x
    wires, output, _ = einsum.parts(body)
    kept = [k for k, ends in enumerate(wires) if ends]
    is_scaled = len(kept) == 1 and wires[kept[0]] == output
    return body.args[kept[0]] if is_scaled else body


def _is_function_of(node: Node, x: Node) -> bool:
    while node is not x and node.op == "call" and node.attrs[0] in COMMUTING:
        node = node.args[0]
    return node is x or _without_scalars(node) is x


def _is_chain(term: Node, x: Node) -> bool:
    """Whether `term` is scalars times a chain of functions of x, read from its last axis to its first."""
    if term.op != "einsum":
        return _is_function_of(term, x) and einsum.is_symmetric_leaf(term)
    wires, (first, last), _ = einsum.parts(term)
    links = {k: ends for k, ends in enumerate(wires) if len(ends) == 2}
    place = last
    while place != first:
        found = next((k for k, ends in links.items() if _leads_from(ends, place, term.args[k])), None)
        if found is None or not _is_function_of(term.args[found], x):
            return False
        ends = links.pop(found)
        place = ends[1] if ends[0] == place else ends[0]
    rest = {wire for k, ends in enumerate(wires) if k in links or len(ends) != 2 for wire in ends}
    return not rest & {first, last} and all(len(ends) == 0 for k, ends in enumerate(wires) if len(ends) != 2)


def _leads_from(ends: tuple[int, ...], place: int, factor: Node) -> bool:
    return ends[0] == place or (ends[1] == place and einsum.is_symmetric_leaf(factor))


def _primary(name: str) -> Adjoint:
    return Adjoint(_pull_back, _OF_MATRIX, SLOPES[name])


def _frechet(name: str, meaning: str, numpy: str, source: str) -> Opaque:
    return Opaque(
        f"frechet_{name}",
        f"the derivative of {name} at X along G: {meaning}",
        "n n, n n -> n n",
        (_SECOND, Adjoint(_pull_direction, _OF_MATRIX)),
        domain={"expm": "real"}.get(name, "no negative eigenvalue"),
        spelling=Spelling(
            unicode=f"L_{name}({{0}}, {{1}})",
            latex=rf"L_{{\mathrm{{{name}}}}}\left({{0}}, {{1}}\right)",
            numpy=numpy,
        ),
        source=_HIGHAM + source,
    )


PRIMARY = (
    Opaque(
        "expm",
        "exponential of a square matrix",
        "n n -> n n",
        (_primary("expm"),),
        spelling=Spelling(latex=r"\exp\left({0}\right)", numpy="scipy.linalg.expm({0})"),
        source=_HIGHAM + "section 10.2",
    ),
    Opaque(
        "logm",
        "principal logarithm of a square matrix without eigenvalues on the negative half line",
        "n n -> n n",
        (_primary("logm"),),
        domain="no negative eigenvalue",
        spelling=Spelling(latex=r"\log\left({0}\right)", numpy="scipy.linalg.logm({0})"),
        source=_HIGHAM + "section 11.2",
    ),
    Opaque(
        "sqrtm",
        "principal square root of a square matrix without eigenvalues on the negative half line",
        "n n -> n n",
        (_primary("sqrtm"),),
        domain="no negative eigenvalue",
        spelling=Spelling(latex=r"{0}^{1/2}", unicode="{0}^(1/2)", numpy="scipy.linalg.sqrtm({0})"),
        source=_HIGHAM + "section 6.1",
    ),
    Opaque(
        "matpow",
        "power of a square matrix by a whole number, X^k",
        "n n, 1 1 -> n n",
        (_primary("matpow"), _EXPONENT),
        domain="invertible",
        spelling=Spelling(latex=r"{0}^{{1}}", numpy="np.linalg.matrix_power({0}, int({1}))"),
        source=_HIGHAM + "section 3.2",
    ),
    _frechet(
        "expm", "the upper right block of expm([X, G; 0, X])", "scipy.linalg.expm_frechet({0}, {1})[1]", "section 10.6"
    ),
    _frechet("logm", "the upper right block of logm([X, G; 0, X])", "_frechet_logm({0}, {1})", "section 11.8"),
    _frechet("sqrtm", "the S with S*R + R*S = G for the root R of X", "_frechet_sqrtm({0}, {1})", "section 6.1"),
    Opaque(
        "frechet_matpow",
        "the derivative of X^k along G: the sum of X^r*G*X^(k-1-r) over r from 0 to k-1",
        "n n, n n, 1 1 -> n n",
        (_SECOND, Adjoint(_pull_direction, _OF_MATRIX), _EXPONENT),
        domain="invertible",
        spelling=Spelling(
            numpy="_frechet_matpow({0}, {1}, {2})",
        ),
        source=_HIGHAM + "section 3.2",
    ),
)
