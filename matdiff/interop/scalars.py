"""Scalar functions in SymPy: those of the tables by name, and derivatives of what the user defines, kept short."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cache

import sympy
from sympy.printing.str import StrPrinter

from matdiff.functions.defined import Arithmetic, is_defined, row_of, run, steps_of
from matdiff.tree import build
from matdiff.tree.attributes import Steps, body_in, exponent_in
from matdiff.tree.entry import Entry
from matdiff.tree.node import Attributes, make

# What has the same meaning in both, by our name; for the rest a SymPy function is made that knows its derivative.
SAME = {
    **{
        name: getattr(sympy, name)
        for name in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "sign", "erf")
    },
    "abs": sympy.Abs,
    "arcsin": sympy.asin,
    "arccos": sympy.acos,
    "arctan": sympy.atan,
    "arcsinh": sympy.asinh,
    "arctanh": sympy.atanh,
    "lgamma": sympy.loggamma,
    "digamma": lambda x: sympy.polygamma(0, x),
    "trigamma": lambda x: sympy.polygamma(1, x),
    "pow": sympy.Pow,
}
OURS = {
    **{function: name for name, function in SAME.items() if name not in ("pow", "digamma", "trigamma")},
    **{getattr(sympy, name): name for name in ("sec", "csc", "cot")},
    sympy.Heaviside: "heaviside",
}
WITHOUT_WORDS = (
    *(sympy.Piecewise, sympy.Derivative, sympy.Integral, sympy.Subs, sympy.core.relational.Relational),
    *(type(constant) for constant in (sympy.I, sympy.nan, sympy.oo, -sympy.oo, sympy.zoo)),
)
POLYGAMMA = ("digamma", "trigamma")
# What a symbol that is a number can be declared as, in both.
ASSUMED = ("positive", "nonnegative", "integer")
MOST_OPERATIONS, LARGEST_EXPONENT = 40, 12
POINTS = (Fraction(13, 17), Fraction(-7, 11), Fraction(29, 13))
# The cost of a text: its operations and operands, a function as both.
_TOKENS = re.compile(r"\w+|(?<=\w)\(|\*\*|[-+*/]")


class NoWordsError(ValueError):
    """Something that the other side has no words for; its text names it."""


class Writer(StrPrinter):
    """Scalar SymPy expressions in the language."""

    def _print_Function(self, expr: sympy.Basic) -> str:
        name, argument = ours(expr)
        if not name:
            raise NoWordsError(str(expr.func))
        return f"{name}({self._print(argument)})"

    def _print_Exp1(self, _: sympy.Basic) -> str:
        return "exp(1)"


def ours(part: sympy.Function) -> tuple[str, sympy.Expr]:
    """Our name for a function of SymPy, empty where there is none, and its argument."""
    if part.func is sympy.polygamma and part.args[0] in (0, 1):
        return POLYGAMMA[int(part.args[0])], part.args[1]
    return str(OURS.get(part.func) or getattr(part.func, "ours", "")), part.args[0]


def text_of(expression: sympy.Basic) -> str:
    """A scalar SymPy expression in the language; raises NoWordsError with the name of what has no words."""
    for kind in WITHOUT_WORDS:
        if expression.has(kind):
            raise NoWordsError(kind.__name__)
    return str(Writer().doprint(expression))


def number(value: Fraction) -> sympy.Rational:
    """A rational number."""
    return sympy.Rational(value.numerator, value.denominator)


def arithmetic(named: Callable[[str], Callable[..., sympy.Expr]]) -> Arithmetic[sympy.Expr]:
    """What steps are run with where `named` gives the functions of the tables by name."""

    def applied(attrs: Attributes, operands: Sequence[sympy.Expr]) -> sympy.Expr:
        if attrs[0] == "power":
            return operands[0] ** number(exponent_in(attrs))
        if is_defined(attrs):
            return run(body_in(attrs), operands, made)
        return named(str(attrs[0]))(*operands)

    made: Arithmetic[sympy.Expr] = Arithmetic(
        constant=number,
        pi=lambda: sympy.pi,
        total=lambda weights, terms: sympy.Add(*(number(w) * t for w, t in zip(weights, terms, strict=True))),
        product=lambda factors: sympy.Mul(*factors),
        apply=applied,
    )
    return made


def _named(name: str) -> Callable[..., sympy.Expr]:
    return SAME.get(name) or _function(name)


SYMBOLIC = arithmetic(_named)


@cache
def _function(name: str) -> type[sympy.Function]:
    """A function of the tables that SymPy has no name for, as one that knows its derivative."""

    def fdiff(self: sympy.Function, argindex: int = 1) -> sympy.Expr:
        argument = build.variable("t", ())
        value = make("map", (argument,), (name,), ())
        row = row_of((name,))
        assert row is not None, (name, argindex)
        if isinstance(row.derivative, str):
            raise NoWordsError(f"the derivative of {name}")
        assert not isinstance(row.derivative, tuple), name
        slope = row.derivative(Entry(argument), Entry(value)).node
        return run(steps_of(slope, (argument,)), self.args, SYMBOLIC)

    return type(name, (sympy.Function,), {"fdiff": fdiff, "ours": name, "is_real": True})


def slopes(body: Steps, parameters: Sequence[str], value: str) -> tuple[str, ...]:
    """The derivative of a function by each parameter, in the language; the name `value` stands for its value.

    Raises NoWordsError where a derivative has no words in the language.
    """
    symbols = [sympy.Symbol(name, real=True) for name in parameters]
    function = run(body, symbols, SYMBOLIC)
    return tuple(_shortest(function, symbol, sympy.Symbol(value, real=True)) for symbol in symbols)


def _shortest(function: sympy.Expr, symbol: sympy.Symbol, value: sympy.Symbol) -> str:
    """The shortest text that is known for a derivative; every candidate is compared with it in numbers."""
    derivative = _slope(function, symbol)
    texts: list[str] = []
    problem: NoWordsError | None = None
    for candidate in dict.fromkeys(_candidates(function, symbol, value)):
        try:
            text = text_of(candidate)
        except NoWordsError as error:
            problem = error
            continue
        if candidate == derivative or _agree(candidate, derivative, value, function):
            texts.append(text)
    if not texts:
        raise problem or NoWordsError(str(derivative))
    return min(texts, key=lambda text: (len(_TOKENS.findall(text)), -text.count(str(value)), text))


def _slope(function: sympy.Expr, symbol: sympy.Symbol) -> sympy.Expr:
    """The derivative wherever there is one: the leap of a sign has none."""
    return sympy.diff(function, symbol).replace(sympy.DiracDelta, lambda *_: sympy.Integer(0))


def _candidates(function: sympy.Expr, symbol: sympy.Symbol, value: sympy.Symbol) -> Iterator[sympy.Expr]:
    """The derivative in many forms; some may be wrong where a kernel was solved for, or have no value at 0."""
    derivative = _slope(function, symbol)
    yield derivative
    if not _is_small(function):
        return
    forms = [derivative, sympy.simplify(derivative), sympy.factor(derivative)]
    if derivative.has(sympy.sign):
        forms.append(sympy.simplify(derivative.replace(sympy.sign, lambda x: sympy.Abs(x) / x)))
    yield from forms
    if function.is_Symbol or function.is_number:
        return
    for form in forms:
        yield from _collected(form.subs(function, value), function.atoms(sympy.Function, sympy.exp))
    for writing in (function, sympy.simplify(function)):
        for kernel in writing.atoms(sympy.Function, sympy.exp):
            solved = _solved(writing, kernel, value)
            if solved is not None:
                eliminated = sympy.factor(_slope(writing, symbol).subs(kernel, solved))
                yield eliminated
                yield sympy.expand(eliminated)


def _is_small(function: sympy.Expr) -> bool:
    """Whether the function can be multiplied out and simplified in a moment."""
    exponents = (power.exp for power in function.atoms(sympy.Pow))
    largest = max((abs(exponent) for exponent in exponents if exponent.is_number), default=0)
    return bool(function.count_ops() <= MOST_OPERATIONS and largest <= LARGEST_EXPONENT)


def _collected(expression: sympy.Expr, kernels: Iterable[sympy.Expr]) -> Iterator[sympy.Expr]:
    yield expression
    opened = sympy.expand(expression)
    yield opened
    for kernel in kernels:
        yield sympy.collect(opened, kernel)


def _solved(function: sympy.Expr, kernel: sympy.Expr, value: sympy.Symbol) -> sympy.Expr | None:
    """What `kernel` is in terms of the value of the function, where it occurs there to the first degree."""
    unknown = sympy.Dummy()
    above, below = sympy.fraction(sympy.together(function.subs(kernel, unknown)))
    equation = sympy.expand(above - value * below)
    if equation.has(kernel) or not equation.is_polynomial(unknown) or sympy.degree(equation, unknown) != 1:
        return None
    return -equation.coeff(unknown, 0) / equation.coeff(unknown, 1)


def _agree(form: sympy.Expr, derivative: sympy.Expr, value: sympy.Symbol, function: sympy.Expr) -> bool:
    """Whether a form has the values of the derivative at a few points, 0 among them, wherever that has one.

    The value of the function goes in as a number, so that `v/t` is no form of a derivative that is there at 0.
    """
    symbols = sorted(function.free_symbols, key=str)
    compared = 0
    for shift, scale in ((0, 1), (1, 1), (2, 1), (0, 0)):
        point = {s: number(POINTS[(k + shift) % len(POINTS)] * scale) for k, s in enumerate(symbols)}
        theirs, at_point = _value(derivative.subs(point)), _value(function.subs(point))
        if theirs is None or at_point is None:
            continue
        ours = _value(form.subs({**point, value: _float(at_point)}))
        if ours is None or abs(ours - theirs) > 1e-9 * (1 + abs(theirs)):
            return False
        compared += 1
    return compared > 1


def _float(found: complex) -> sympy.Expr:
    """A number; what is 0 but for rounding is 0."""
    real, imaginary = (0 if abs(part) < 1e-14 else sympy.Float(part) for part in (found.real, found.imag))
    return real + imaginary * sympy.I


def _value(expression: sympy.Expr) -> complex | None:
    """The number that an expression without symbols is; functions of the tables by their rows."""
    made = expression.replace(lambda e: hasattr(e.func, "ours"), _numeric)
    try:
        found = complex(made.evalf())
    except (TypeError, ValueError, OverflowError):
        return None
    return found if abs(found) < 1e12 else None


def _numeric(expression: sympy.Function) -> sympy.Expr:
    row = row_of((expression.func.ours,))
    assert row is not None
    return sympy.Float(row.value(complex(expression.args[0].evalf())).real)
