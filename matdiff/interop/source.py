"""SymPy expressions as Python source that makes them again: symbols first, then one line for each value."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterable, Mapping, Sequence

import sympy
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

_WORDS = frozenset({*keyword.kwlist, *keyword.softkwlist, *dir(builtins)})
CALLS = (sympy.HadamardProduct, sympy.HadamardPower, sympy.Inverse, sympy.KroneckerProduct)


class SourceWriter(StrPrinter):
    """The spelling of expressions; `used` are the names of SymPy that it has written, `names` those of symbols.

    What has no method here and none in SymPy's own printer is a call of its class.
    """

    def __init__(self, names: Mapping[sympy.Expr, str]) -> None:
        super().__init__()
        self.names = names
        self.used: set[str] = set()

    def call(self, name: str, arguments: Iterable[object]) -> str:
        """A call of something that SymPy has."""
        self.used.add(name)
        return f"{name}({', '.join(map(self._print, arguments))})"

    def _print_Symbol(self, expr: sympy.Symbol) -> str:
        return self.names[expr]

    _print_Dummy = _print_Symbol
    _print_MatrixSymbol = _print_Symbol

    def _print_Rational(self, expr: sympy.Rational) -> str:
        return self.call("Rational", (expr.p, expr.q)) if expr.q != 1 else str(expr.p)

    def _print_Pi(self, _: sympy.Expr) -> str:
        self.used.add("pi")
        return "pi"

    def _print_Exp1(self, _: sympy.Expr) -> str:
        return self.call("exp", (1,))

    def _print_Function(self, expr: sympy.Function) -> str:
        if isinstance(expr, sympy.core.function.AppliedUndef):
            self.used.add("Function")
            return f'Function("{expr.func}", real=True)({", ".join(map(self._print, expr.args))})'
        return self.call(expr.func.__name__, expr.args)

    def _print_LatticeOp(self, expr: sympy.Expr) -> str:
        return self.call(expr.func.__name__, sorted(expr.args, key=sympy.default_sort_key))

    def _print_Basic(self, expr: sympy.Basic) -> str:
        return self.call(expr.func.__name__, expr.args)

    _print_Derivative = _print_Heaviside = _print_Subs = _print_Basic
    _print_Identity = _print_OneMatrix = _print_ZeroMatrix = _print_Basic

    def _print_Pow(self, expr: sympy.Pow, rational: bool = False) -> str:
        if expr.exp == sympy.Rational(1, 2):
            return self.call("sqrt", (expr.base,))
        if expr.exp == -sympy.Rational(1, 2):
            return f"1/{self.call('sqrt', (expr.base,))}"
        text: str = super()._print_Pow(expr, rational)
        return text

    def _print_Lambda(self, expr: sympy.Lambda) -> str:
        return self.call("Lambda", (expr.variables[0] if len(expr.variables) == 1 else expr.variables, expr.expr))

    def _print_Tuple(self, expr: sympy.Tuple) -> str:
        return f"({', '.join(map(self._print, expr))}{',' * (len(expr) == 1)})"

    _print_tuple = _print_Tuple

    # matrices

    def parenthesize(self, item: sympy.Basic, level: int, strict: bool = False) -> str:
        """A part in brackets where it needs them; a call needs none."""
        text: str = self._print(item) if isinstance(item, CALLS) else super().parenthesize(item, level, strict)
        return text

    def _print_MatrixElement(self, expr: sympy.Expr) -> str:
        places = ", ".join(map(self._print, expr.indices))
        return f"{self.parenthesize(expr.parent, PRECEDENCE['Atom'], strict=True)}[{places}]"

    def _print_Transpose(self, expr: sympy.Expr) -> str:
        return f"{self.parenthesize(expr.arg, PRECEDENCE['Atom'], strict=True)}.T"

    def _print_MatPow(self, expr: sympy.Expr) -> str:
        if expr.exp == -1:
            return self.call("Inverse", (expr.base,))
        base = self.parenthesize(expr.base, PRECEDENCE["Pow"], strict=True)
        return f"{base}**{self.parenthesize(expr.exp, PRECEDENCE['Pow'], strict=True)}"

    def _print_Inverse(self, expr: sympy.Expr) -> str:
        return self.call("Inverse", (expr.arg,))

    def _print_ElementwiseApplyFunction(self, expr: sympy.Expr) -> str:
        base = self.parenthesize(expr.expr, PRECEDENCE["Atom"], strict=True)
        return f"{base}.applyfunc({self._print(expr.function)})"

    def _print_BlockMatrix(self, expr: sympy.Expr) -> str:
        rows, columns = expr.blockshape
        lines = [[expr.blocks[row, column] for column in range(columns)] for row in range(rows)]
        self.used.add("BlockMatrix")
        texts = (f"[{', '.join(map(self._print, line))}]" for line in lines)
        return f"BlockMatrix([{', '.join(texts)}])"

    def _print_MatrixBase(self, expr: sympy.Expr) -> str:
        self.used.add("Matrix")
        lines = (f"[{', '.join(map(self._print, expr.row(row)))}]" for row in range(expr.rows))
        return f"Matrix([{', '.join(lines)}])"


def is_free(name: str) -> bool:
    """Whether a value can have this name: it is no word of Python and nothing that is imported."""
    is_imported = name == "pi" or (len(name) > 1 and callable(getattr(sympy, name, None)))
    return name.isidentifier() and name not in _WORDS and not is_imported


def source(values: Sequence[tuple[str, sympy.Expr]], notes: Sequence[str]) -> str:
    """A module that defines each value under its name, and every symbol that it has.

    A symbol called as an earlier value is that value; of two values with one name and one meaning one is written.
    """
    named = [name for name, _ in values]
    symbols = _symbols([value for _, value in values])
    names = _names(symbols, named)
    writer = SourceWriter(names)
    lines = [f"{names[symbol]} = {_made(symbol, writer)}" for symbol in symbols if symbol.name not in named]
    told = ((_local(name), writer.doprint(value)) for name, value in values)
    lines += [f"{name} = {text}" for name, text in told if name != text]
    plain = [note.replace("\\", "\\\\").replace('"', "'") for note in notes]
    head = [f'"""{plain[0]}', *plain[1:], '"""', ""]
    used = [f"from sympy import {', '.join(sorted(writer.used))}", ""] if writer.used else []
    return "\n".join([*head, *used, *lines]) + "\n"


def _symbols(values: Iterable[sympy.Expr]) -> list[sympy.Expr]:
    """The symbols below the values and those that their functions bind: numbers first, then matrices, by name."""
    found = {part for value in values for part in sympy.preorder_traversal(value)}
    symbols = {part for part in found if isinstance(part, sympy.Symbol | sympy.MatrixSymbol)}
    symbols |= {size for part in symbols if part.is_Matrix for axis in part.shape for size in axis.free_symbols}
    return sorted(symbols, key=lambda symbol: (symbol.is_Matrix, symbol.name))


def _local(name: str) -> str:
    """A Python name as near as can be."""
    while not is_free(name):
        name += "_"
    return name


def _names(symbols: Sequence[sympy.Expr], named: Sequence[str]) -> dict[sympy.Expr, str]:
    """A Python name for each symbol: that of the value it stands for, else its own where nothing has it."""
    found = {symbol: _local(symbol.name) for symbol in symbols if symbol.name in named}
    used = {_local(name) for name in named}
    for symbol in reversed([symbol for symbol in symbols if symbol not in found]):
        local = _local(symbol.name)
        while local in used:
            local = _local(f"{local}_")
        found[symbol] = local
        used.add(local)
    return found


def _made(symbol: sympy.Expr, writer: SourceWriter) -> str:
    """What makes a symbol."""
    if symbol.is_Matrix:
        writer.used.add("MatrixSymbol")
        sizes = ", ".join(writer.doprint(axis) for axis in symbol.shape)
        return f'MatrixSymbol("{symbol.name}", {sizes})'
    kind = type(symbol).__name__
    writer.used.add(kind)
    words = [word for word in ("integer", "positive", "nonnegative", "real") if symbol.assumptions0.get(word)]
    told = [word for word in words if word not in _implied(words)]
    return f'{kind}("{symbol.name}"{"".join(f", {word}=True" for word in told)})'


def _implied(words: Sequence[str]) -> frozenset[str]:
    """What follows from the other words."""
    implied = (
        {"nonnegative", "real"} if "positive" in words else {"real"} if {"integer", "nonnegative"} & {*words} else {}
    )
    return frozenset(implied)
