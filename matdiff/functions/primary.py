"""Functions of square matrices that commute with their argument: exponential, logarithm, root, powers.

The derivative along a direction E is the Fréchet derivative L(X, E), a function of its own name. Where E commutes
with X it is f'(X)*E. The adjoint of L(X, .) in the inner product tr(A'*B) is L(X', .). The second derivative along E
and F is L2(X, E, F), symmetric in both; the adjoint of L2(X, E, .) is L2(X', E', .).
Sources: Higham, Functions of Matrices, chapter 3; Higham and Relton, Higher order Fréchet derivatives of matrix
functions and the level-2 condition number (2014), theorem 3.5.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from matdiff.functions.rows import Adjoint, Derivative, Opaque, Spelling
from matdiff.tree import einsum
from matdiff.tree.node import Node, make

_HIGHAM = "Higham, Functions of Matrices, "
_RELTON = "Higham and Relton, Higher order Fréchet derivatives of matrix functions (2014), theorem 3.5"
_OF_TENSOR = "derivatives of tensors have no names here"
_THIRD = "third derivatives of functions of matrices have no name here"
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


def _turned(x: Node) -> Node:
    return einsum.permuted(x, (1, 0))


def _along(name: str, x: Node, direction: Node, parameters: tuple[Node, ...]) -> Node:
    """L(X, E), which is `E*f'(X)` where E commutes with X."""
    if commutes(_turned(direction), x):
        value = make("call", (x, *parameters), (name,), x.shape)
        return einsum.from_letters("ij,jk->ik", direction, SLOPES[name](value))
    return make("call", (x, direction, *parameters), (f"frechet_{name}",), direction.shape)


def _along_two(name: str, x: Node, one: Node, other: Node, parameters: tuple[Node, ...]) -> Node:
    """L2(X, E, F), the directions in an order that does not depend on how they came."""
    first, second = sorted((one, other), key=lambda node: node.key)
    return make("call", (x, first, second, *parameters), (f"frechet2_{name}",), x.shape)


def _tensor(name: str, *args: Node) -> Node:
    size = args[0].shape[0]
    return make("call", args, (name,), (size,) * 4)


def _of_value(name: str) -> Adjoint:
    """The derivative of f(X) by X."""

    def pull(adjoint: Node, value: Node) -> Node:
        return _adjoint(adjoint, name, value.args[0], value.args[1:])

    def push(change: Node, value: Node) -> Node:
        return _along(name, value.args[0], change, value.args[1:])

    return Adjoint(pull, push, lambda value: _tensor(f"J_{name}", *value.args), SLOPES[name])


def _of_direction(name: str) -> Adjoint:
    """The derivative of L(X, E), which is linear in E, by E."""

    def pull(adjoint: Node, value: Node) -> Node:
        return _adjoint(adjoint, name, value.args[0], value.args[2:])

    def push(change: Node, value: Node) -> Node:
        return _along(name, value.args[0], change, value.args[2:])

    return Adjoint(pull, push, lambda value: _tensor(f"J_{name}", value.args[0], *value.args[2:]))


def _of_place(name: str) -> Adjoint:
    """The derivative of L(X, E) by X."""

    def pull(adjoint: Node, value: Node) -> Node:
        x, direction, *parameters = value.args
        return _along_two(name, _turned(x), _turned(direction), adjoint, tuple(parameters))

    def push(change: Node, value: Node) -> Node:
        x, direction, *parameters = value.args
        return _along_two(name, x, direction, change, tuple(parameters))

    return Adjoint(pull, push, lambda value: _tensor(f"J_frechet_{name}", *value.args))


def _of_two_directions(name: str, other: int) -> Adjoint:
    """The derivative of L2(X, E, F) by one of the directions; `other` is the place of the one that stays."""

    def pull(adjoint: Node, value: Node) -> Node:
        return _along_two(name, _turned(value.args[0]), _turned(value.args[other]), adjoint, value.args[3:])

    def push(change: Node, value: Node) -> Node:
        return _along_two(name, value.args[0], value.args[other], change, value.args[3:])

    def tensor(value: Node) -> Node:
        return _tensor(f"J_frechet_{name}", value.args[0], value.args[other], *value.args[3:])

    return Adjoint(pull, push, tensor)


def _adjoint(adjoint: Node, name: str, x: Node, parameters: tuple[Node, ...]) -> Node:
    """L(X', G) for the adjoint G, which is `f'(X').G` where G commutes with X'."""
    if commutes(adjoint, x):
        value = make("call", (x, *parameters), (name,), x.shape)
        return einsum.from_letters("ij,kj->ik", adjoint, SLOPES[name](value))
    return make("call", (_turned(x), adjoint, *parameters), (f"frechet_{name}",), adjoint.shape)


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


def _domain(name: str) -> str:
    return {"expm": "real", "matpow": "invertible"}.get(name, "no negative eigenvalue")


def _spelling(unicode: str, latex: str, count: int, numpy: str) -> Spelling:
    """`L_expm(X, E)`: the letter of a derivative, with the name of the function below it, on so many arguments."""
    places = ", ".join(f"{{{place}}}" for place in range(count))
    return Spelling(f"{unicode}({places})", rf"{latex}\left({places}\right)", numpy)


def _family(name: str, first: str, source: str, frechet: str = "") -> tuple[Opaque, ...]:
    """The derivatives of a function of matrices that have names: along one direction, along two, and as tensors.

    `first` says what the derivative is, `frechet` how NumPy spells it where that is not the block of a larger function.
    """
    exponent = name == "matpow"
    last: tuple[Derivative, ...] = (_EXPONENT,) if exponent else ()
    upright = rf"{{\mathrm{{{name}}}}}"

    def row(
        title: str, meaning: str, of: int, partials: tuple[Derivative, ...], spelled: tuple[str, str, str]
    ) -> Opaque:
        unicode, latex, helper = spelled
        places = [f"{{{place}}}" for place in range(of)]
        function = f"_power_of({{{of}}})" if exponent else f"scipy.linalg.{name}"
        numpy = helper if "(" in helper else f"{helper}({', '.join([function, *places])})"
        result = "n n n n" if title.startswith("J_") else "n n"
        signature = ", ".join(["n n"] * of + ["1 1"] * bool(exponent)) + f" -> {result}"
        spelling = _spelling(unicode, latex, of + bool(exponent), numpy)
        origin = source if title == f"frechet_{name}" else _RELTON
        return Opaque(title, meaning, signature, (*partials, *last), _domain(name), spelling=spelling, source=origin)

    return (
        row(
            f"frechet_{name}",
            f"the derivative of {name} at X along G: {first}",
            2,
            (_of_place(name), _of_direction(name)),
            (f"L_{name}", f"L_{upright}", frechet or "_frechet"),
        ),
        row(
            f"frechet2_{name}",
            f"the second derivative of {name} at X along G and H",
            3,
            (_THIRD, _of_two_directions(name, 2), _of_two_directions(name, 1)),
            (f"L²_{name}", f"L^{{(2)}}_{upright}", "_frechet2"),
        ),
        row(
            f"J_{name}",
            f"the tensor of the derivatives of {name}: how entry i, j changes with entry k, l",
            1,
            (_OF_TENSOR,),
            (f"J_{name}", f"J_{upright}", "_slopes"),
        ),
        row(
            f"J_frechet_{name}",
            f"the tensor of the derivatives of frechet_{name} by X: how entry i, j changes with entry k, l",
            2,
            (_OF_TENSOR, _OF_TENSOR),
            (f"J_L_{name}", f"J_{{L_{upright}}}", "_slopes2"),
        ),
    )


PRIMARY = (
    Opaque(
        "expm",
        "exponential of a square matrix",
        "n n -> n n",
        (_of_value("expm"),),
        spelling=Spelling(latex=r"\exp\left({0}\right)", numpy="scipy.linalg.expm({0})"),
        source=_HIGHAM + "section 10.2",
    ),
    Opaque(
        "logm",
        "principal logarithm of a square matrix without eigenvalues on the negative half line",
        "n n -> n n",
        (_of_value("logm"),),
        domain="no negative eigenvalue",
        spelling=Spelling(latex=r"\log\left({0}\right)", numpy="scipy.linalg.logm({0})"),
        source=_HIGHAM + "section 11.2",
    ),
    Opaque(
        "sqrtm",
        "principal square root of a square matrix without eigenvalues on the negative half line",
        "n n -> n n",
        (_of_value("sqrtm"),),
        domain="no negative eigenvalue",
        spelling=Spelling(latex=r"{0}^{1/2}", unicode="{0}^(1/2)", numpy="scipy.linalg.sqrtm({0})"),
        source=_HIGHAM + "section 6.1",
    ),
    Opaque(
        "matpow",
        "power of a square matrix by a whole number, X^k",
        "n n, 1 1 -> n n",
        (_of_value("matpow"), _EXPONENT),
        domain="invertible",
        spelling=Spelling(latex=r"{0}^{{1}}", numpy="np.linalg.matrix_power({0}, int({1}))"),
        source=_HIGHAM + "section 3.2",
    ),
    *_family(
        "expm",
        "the upper right block of expm([X, G; 0, X])",
        _HIGHAM + "section 10.6",
        "scipy.linalg.expm_frechet({0}, {1})[1]",
    ),
    *_family("logm", "the upper right block of logm([X, G; 0, X])", _HIGHAM + "section 11.8"),
    *_family(
        "sqrtm",
        "the S with S*R + R*S = G for the root R of X",
        _HIGHAM + "section 6.1",
        "_frechet_sqrtm({0}, {1})",
    ),
    *_family("matpow", "the sum of X^r*G*X^(k-1-r) over r from 0 to k-1", _HIGHAM + "section 3.2"),
)
