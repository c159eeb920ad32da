"""Whether a matrix has an inverse and is positive definite, from what is declared, or what else has to hold for it."""

from __future__ import annotations

from typing import NamedTuple

from matdiff.recognise.terms import is_constant, scaled, unweighted, weight_of
from matdiff.recognise.transposes import transposed
from matdiff.tree import build
from matdiff.tree.node import Node
from matdiff.tree.walk import fold


class Need(NamedTuple):
    """Something that has to hold of `node`: `is invertible`, `has full column rank`, `is not zero`, `is positive`."""

    node: Node
    words: str


class Known(NamedTuple):
    """What follows about a square matrix or a scalar.

    `sign` is 1 where it is positive semidefinite, -1 negative, 0 where nothing is known. `needs` have to hold for it to
    be invertible (and then, with a sign, definite); with none of them it is so.
    """

    sign: int
    needs: tuple[Need, ...] = ()


def known_of(node: Node) -> Known:
    """What follows about a node in matrix form.

    >>> known_of(build.variable("S", (2, 2), ["spd"]))
    Known(sign=1, needs=())
    """
    return fold((node,), _judged)[node]


def entries_of(node: Node) -> Known:
    """What follows about the entries of a node, as divisors."""
    words = set(node.attrs[1]) if node.op == "var" else set()  # type: ignore[arg-type]
    return Known(1) if "positive" in words else Known(0, (Need(node, "has no zero entry"),))


def _judged(node: Node, parts: tuple[Known, ...]) -> Known:
    rule = _RULES.get(node.op)
    found = rule(node, parts) if rule is not None else None
    return found if found is not None else Known(0, (_plain_need(node),))


def _plain_need(node: Node) -> Need:
    body = unweighted(node)[1]
    if body.op == "sum" and all(weight_of(weight) < 0 for weight in body.attrs):
        body = scaled(-1, body)
    if not node.shape:
        return Need(body, "is not zero")
    rows, columns = build.rows_and_columns(node.shape)
    if rows == columns:
        return Need(body, "is invertible")
    return Need(body, "has full column rank")


def _variable(node: Node, _: tuple[Known, ...]) -> Known | None:
    words = {str(word) for word in node.attrs[1]}  # type: ignore[union-attr]
    if not node.shape:
        signed = [word for word in ("positive", "nonnegative") if word in words]
        return Known(1, () if "positive" in words else (Need(node, "is positive"),)) if signed else None
    for word in ("spd", "psd"):
        if word in words:
            return Known(1, () if word == "spd" or "invertible" in words else (_plain_need(node),))
    if words & {"invertible", "orthogonal"} and node.shape[0] == node.shape[-1]:
        return Known(0)
    return None


def _number(node: Node, _: tuple[Known, ...]) -> Known | None:
    value = weight_of(node.attrs[0])
    return Known(1 if value > 0 else -1) if value else None


def _size(_: Node, __: tuple[Known, ...]) -> Known:
    return Known(1)


def _constant(node: Node, _: tuple[Known, ...]) -> Known | None:
    return Known(1) if is_constant(node, "identity") or node.attrs[0] == "pi" else None


def _sum(node: Node, parts: tuple[Known, ...]) -> Known | None:
    signs = {known.sign * (1 if weight_of(w) > 0 else -1) for w, known in zip(node.attrs, parts, strict=True)}
    if len(parts) == 1:
        return Known(parts[0].sign * (1 if weight_of(node.attrs[0]) > 0 else -1), parts[0].needs)
    shifts = [_shift(term) for term in node.args]
    scalars = [scalar for scalar in shifts if scalar is not None]
    others = {
        known.sign * (1 if weight_of(w) > 0 else -1)
        for w, known, shift in zip(node.attrs, parts, shifts, strict=True)
        if shift is None
    }
    if 0 not in signs and len(signs) == 1:
        (sign,) = signs
        needs = min((known.needs for known in parts), key=len)
        return Known(sign, needs)
    if len(scalars) == 1 and others == {1}:
        return Known(1, (Need(scalars[0], "is positive"),))
    return None


def _shift(term: Node) -> Node | None:
    """The c of `c*I`, a scalar variable that is declared nowhere."""
    if term.op != "product" or len(term.args) != 2 or not is_constant(term.args[1], "identity"):
        return None
    return term.args[0] if term.args[0].op == "var" else None


def _product(node: Node, parts: tuple[Known, ...]) -> Known | None:
    known = dict(zip(node.args, parts, strict=True))
    scalars, chain = build.split_product(node)
    sign, needs = 1, tuple(need for scalar in scalars for need in known[scalar].needs)
    for scalar in scalars:
        sign *= known[scalar].sign
    if not chain:
        return Known(sign, needs)
    middle = _middle(chain)
    if middle is not None:
        inner = known[chain[len(chain) // 2]] if len(middle) == 1 else Known(1)
        half = chain[: (len(chain) - len(middle)) // 2]
        if half and inner.sign:
            outer = transposed(build.product(*half))
            return Known(sign * inner.sign, needs + inner.needs + _rank_needs(outer))
    if any(build.rows_and_columns(f.shape)[0] != build.rows_and_columns(f.shape)[1] for f in chain):
        return None
    if len(chain) == 1:
        return Known(sign * known[chain[0]].sign, needs + known[chain[0]].needs)
    return Known(0, needs + tuple(need for factor in chain for need in known[factor].needs))


def _middle(chain: tuple[Node, ...]) -> tuple[Node, ...] | None:
    """What stands between P' and P in `P'*S*P`; None for any other chain."""
    count = len(chain) // 2
    is_mirrored = all(transposed(a) is b for a, b in zip(chain[:count], chain[::-1], strict=False))
    return chain[count : len(chain) - count] if is_mirrored else None


def _rank_needs(matrix: Node) -> tuple[Need, ...]:
    """What has to hold for `matrix.T*S*matrix` to be definite with a definite S."""
    if matrix.op == "var":
        words = set(matrix.attrs[1])  # type: ignore[arg-type]
        if words & {"full_column_rank", "invertible", "orthogonal", "spd"}:
            return ()
    if matrix.op == "transpose" and matrix.args[0].op == "var":
        if set(matrix.args[0].attrs[1]) & {"full_row_rank", "invertible", "orthogonal"}:  # type: ignore[arg-type]
            return ()
        return (Need(matrix.args[0], "has full row rank"),)
    if len(matrix.shape) == 1:
        return (Need(matrix, "is not zero"),)
    return (Need(matrix, "has full column rank"),)


def _transpose(_: Node, parts: tuple[Known, ...]) -> Known:
    return parts[0]


def _map(node: Node, parts: tuple[Known, ...]) -> Known | None:
    if node.shape:
        return None
    if node.attrs == ("exp",):
        return Known(1)
    if node.attrs[0] == "power":
        exponent = weight_of(node.attrs[1])
        return Known(1 if exponent % 2 == 0 else parts[0].sign, parts[0].needs)
    return None


def _call(node: Node, parts: tuple[Known, ...]) -> Known | None:
    match node.attrs[0]:
        case "inv" | "kron":
            signs = [known.sign for known in parts]
            return Known(min(signs) if min(signs) >= 0 else 0, tuple(n for known in parts for n in known.needs))
        case "diag" if len(node.shape) == 2:
            vector = node.args[0]
            words = set(vector.attrs[1]) if vector.op == "var" else set()  # type: ignore[arg-type]
            if "positive" in words:
                return Known(1)
            return Known(int("nonnegative" in words), (Need(vector, "has no zero entry"),))
        case "norm2" | "norm1" | "norm_inf":
            return Known(1, (Need(node.args[0], "is not zero"),))
    return None


_RULES = {
    "var": _variable,
    "number": _number,
    "size": _size,
    "constant": _constant,
    "sum": _sum,
    "product": _product,
    "transpose": _transpose,
    "map": _map,
    "call": _call,
}
