"""Calls in the spelling of other programs as the calls of the language that they mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from matdiff.errors import WrongArguments
from matdiff.parsing.syntax import Syntax

AXIS_WORDS = {"rows": "rows", "cols": "cols", "columns": "cols"}
NORMS = {
    "": "norm2",
    "2": "norm2",
    "F": "norm2",
    "fro": "norm2",
    "1": "norm1",
    "inf": "norm_inf",
    "∞": "norm_inf",
    "*": "nuclear",
}
NAMES = {
    "multiply": "hadamard",
    "mul": "hadamard",
    "inverse": "inv",
    "amax": "max",
    "amin": "min",
    "vdot": "dot",
    "t": "transpose",
    **dict.fromkeys(("mm", "mv", "bmm", "matvec"), "matmul"),
    **{f"reduce_{name}": name for name in ("sum", "mean", "max", "min", "prod", "logsumexp")},
}
OF_BARS = frozenset({"sum", "mean", "max", "min"})


def respelled(call: Syntax) -> Syntax:
    """`pow(x, p)` as `x.^p`, `norm(x, 2)` as `norm2(x)`, `max(z, 0)` as `relu(z)`, `sum(S, rows)` along the rows."""
    call = replace(call, text=NAMES.get(call.text, call.text))
    if call.text in OF_BARS and call.args and call.args[0].operators == ("bars",):
        call = replace(call, args=(replace(call.args[0], text="abs", operators=()), *call.args[1:]))
    if len(call.args) == 2 and call.args[1].kind == "name" and call.args[1].text in AXIS_WORDS:
        return replace(call, args=call.args[:1], operators=(AXIS_WORDS[call.args[1].text],))
    return _BY_NAME[call.text](call) if call.text in _BY_NAME else call


def norm_of_order(call: Syntax, order: str) -> Syntax:
    """The norm of this order; that of order 2 is marked, since it is another norm for a matrix."""
    return replace(call, text=NORMS[order], args=call.args[:1], operators=("order",) if order == "2" else ())


def _power(call: Syntax) -> Syntax:
    _demand_two(call)
    return replace(call, kind="entrywise_power", text="", is_bracketed=True)


def _matrix_power(call: Syntax) -> Syntax:
    _demand_two(call)
    return replace(call, kind="power", text="", is_bracketed=True)


def _matrix_product(call: Syntax) -> Syntax:
    _demand_two(call)
    return replace(call, kind="numpy_dot", text="", is_bracketed=True)


def _solution(call: Syntax) -> Syntax:
    _demand_two(call)
    inverse = _made(call.args[0], "inverse", "", call.args[:1])
    return _made(call, "product", "", (inverse, call.args[1]), ("times",))


def _argument(call: Syntax) -> Syntax:
    """What the call is of, where it does nothing to real arrays; with more arguments it is left as it is."""
    return replace(call.args[0], is_bracketed=True) if len(call.args) == 1 else call


def _norm(call: Syntax) -> Syntax:
    if len(call.args) != 2:
        return call
    order = call.args[1].text
    if order not in NORMS:
        raise WrongArguments(f"no norm has the order `{call.args[1].words()}`", call.args[1].place())
    return replace(norm_of_order(call, order), operators=() if order in ("", "F", "fro") else ("order",))


def _largest(call: Syntax) -> Syntax:
    """`max(a, b)` as `relu(a)` where `b` is zero, else as `b + relu(a - b)`."""
    if len(call.args) != 2:
        return call
    left, right = call.args
    if _is_zero(left) or _is_zero(right):
        return _made(call, "call", "relu", (right if _is_zero(left) else left,))
    over = _made(call, "call", "relu", (_made(call, "sum", "", (left, right), ("spread_subtract",)),))
    return _made(call, "sum", "", (right, over), ("spread_add",))


def _smallest(call: Syntax) -> Syntax:
    """`min(a, b)` as `-max(-a, -b)`."""
    if len(call.args) != 2:
        return call
    turned = tuple(arg if _is_zero(arg) else _made(arg, "minus", "", (arg,)) for arg in call.args)
    return _made(call, "minus", "", (_largest(replace(call, args=turned)),))


def _made(place: Syntax, kind: str, text: str, args: tuple[Syntax, ...], operators: tuple[str, ...] = ()) -> Syntax:
    return Syntax(kind, text, args, operators, place.source, place.start, place.end, True)


def _is_zero(syntax: Syntax) -> bool:
    return syntax.kind == "number" and not syntax.text.strip("0.")


def _demand_two(call: Syntax) -> None:
    if len(call.args) != 2:
        here = "here is one" if len(call.args) == 1 else f"here are {len(call.args)}"
        raise WrongArguments(f"`{call.text}` takes 2 arguments, {here if call.args else 'here is none'}", call.place())


_BY_NAME: dict[str, Callable[[Syntax], Syntax]] = {
    "pow": _power,
    "power": _power,
    "matpow": _matrix_power,
    "matrix_power": _matrix_power,
    "matmul": _matrix_product,
    "solve": _solution,
    **dict.fromkeys(("conj", "conjugate", "doit"), _argument),
    "norm": _norm,
    "norm2": _norm,
    **dict.fromkeys(("max", "maximum", "fmax"), _largest),
    **dict.fromkeys(("min", "minimum", "fmin"), _smallest),
}
