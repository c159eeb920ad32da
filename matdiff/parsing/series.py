"""Sums over a range, `sum[r=0..k-1](X^r*A*X^(k-1-r))`: read where they are the derivative of a matrix power."""

from __future__ import annotations

from dataclasses import replace

from matdiff.errors import NotYet
from matdiff.parsing.problem import number_of
from matdiff.parsing.syntax import Syntax, postorder

POWER_SUM = "frechet_matpow"
FORM = "sum[r=0..k-1](X^r*A*X^(k-1-r))"
LONGEST_EXPONENT = 60
Linear = dict[str, int]


def power_sum(whole: Syntax) -> Syntax:
    """The sum as a call of the function that it is, its parts the lower and the upper end and what is summed.

    Raises NotYet for any other sum over a range.
    """
    lower, upper, body = whole.args
    (index,) = whole.operators
    last, factors = _linear(upper), body.args if body.kind == "product" else ()
    is_product = len(factors) > 2 and "over" not in body.operators
    if is_product and last is not None and lower.kind == "number" and lower.text == "0":
        first, *middle, behind = factors
        rest = _difference(last, {index: 1})
        exponents = [_exponent(factor) for factor in (first, behind)]
        ends = {index: 1}, rest
        if exponents in ([*ends], [*ends[::-1]]) and _is_same(first.args[0], behind.args[0]):
            inner = middle[0] if len(middle) == 1 else replace(body, args=tuple(middle), operators=body.operators[1:-1])
            args = (first.args[0], replace(inner, is_bracketed=True), _one_more(upper, last))
            return replace(whole, kind="call", text=POWER_SUM, args=args, operators=())
    raise NotYet(
        f"`{whole.place().excerpt()}`: a sum over a range is read where it is the derivative of a matrix power",
        whole.place(),
        hint=f"write it as `{FORM}`",
    )


def _exponent(factor: Syntax) -> Linear | None:
    return _linear(factor.args[1]) if factor.kind == "power" else None


def _linear(syntax: Syntax) -> Linear | None:
    """A sum of names and whole numbers as the coefficient of each name, of 1 under no name; None for anything else."""
    parts = postorder([syntax])
    if len(parts) > LONGEST_EXPONENT:
        return None
    found: dict[Syntax, Linear] = {}
    for part in parts:
        args = [found[arg] for arg in part.args if arg in found]
        if len(args) < len(part.args):
            return None
        if part.kind == "name":
            found[part] = {part.text: 1}
        elif part.kind == "number" and part.text.isdigit():
            number = int(number_of(part))
            found[part] = {"": number} if number else {}
        elif part.kind == "minus":
            found[part] = _difference({}, args[0])
        elif part.kind == "sum":
            total = args[0]
            for operator, arg in zip(part.operators, args[1:], strict=True):
                total = _difference(total, arg if operator.endswith("subtract") else _difference({}, arg))
            found[part] = total
        else:
            return None
    return found[syntax]


def _difference(left: Linear, right: Linear) -> Linear:
    names = dict.fromkeys((*left, *right))
    values = {name: left.get(name, 0) - right.get(name, 0) for name in names}
    return {name: value for name, value in values.items() if value}


def _one_more(upper: Syntax, last: Linear) -> Syntax:
    """The exponent of the power, of which the sum goes up to one less."""
    whole = _difference(last, {"": -1})
    if set(whole) <= {""}:
        return replace(upper, kind="number", text=str(whole.get("", 0)), args=(), operators=())
    if list(whole.values()) == [1]:
        return replace(upper, kind="name", text=next(iter(whole)), args=(), operators=())
    one = replace(upper, kind="number", text="1", args=(), operators=())
    return replace(upper, kind="sum", text="", args=(upper, one), operators=("add",), is_bracketed=True)


def _is_same(left: Syntax, right: Syntax) -> bool:
    """Whether two constructs are written with the same words."""
    pair = [[(part.kind, part.text, part.operators) for part in postorder([side])] for side in (left, right)]
    return pair[0] == pair[1]
