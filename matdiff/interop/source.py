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


class SourceWriter(StrPrinter):  # type: ignore[misc]
    """The spelling of expressions; `used` are the names of SymPy that it has written, `names` those of symbols."""

    def __init__(self, names: Mapping[sympy.Expr, str]) -> None:
        super().__init__()
        self.names = names
        self.used: set[str] = set()

    def call(self, name: str, arguments: Iterable[object]) -> str:
        """A call of something that SymPy has."""
        self.used.add(name)
        return f"{name}({', '.join(map(self._print, arguments))})"

    def _print_Symbol(self, expr: sympy.Symbol) -> str:  # noqa: N802 (the printer looks the names up)
        return self.names[expr]

    _print_Dummy = _print_Symbol  # noqa: N815
    _print_MatrixSymbol = _print_Symbol  # noqa: N815

    def _print_Rational(self, expr: sympy.Rational) -> str:  # noqa: N802
        return self.call("Rational", (expr.p, expr.q)) if expr.q != 1 else str(expr.p)

    _print_Half = _print_Rational  # noqa: N815

    def _print_Pi(self, _: sympy.Expr) -> str:  # noqa: N802
        self.used.add("pi")
        return "pi"

    def _print_Exp1(self, _: sympy.Expr) -> str:  # noqa: N802
        return self.call("exp", (1,))

    def _print_Function(self, expr: sympy.Function) -> str:  # noqa: N802
        if isinstance(expr, sympy.core.function.AppliedUndef):
            self.used.add("Function")
            return f'Function("{expr.func}", real=True)({", ".join(map(self._print, expr.args))})'
        return self.call(expr.func.__name__, expr.args)

    _print_LambertW = _print_Function  # noqa: N815

    def _print_Heaviside(self, expr: sympy.Expr) -> str:  # noqa: N802
        return self.call("Heaviside", expr.args)

    def _print_exp(self, expr: sympy.Expr) -> str:
        return self.call("exp", expr.args)

    def _print_LatticeOp(self, expr: sympy.Expr) -> str:  # noqa: N802
        return self.call(expr.func.__name__, sorted(expr.args, key=sympy.default_sort_key))

    def _print_Basic(self, expr: sympy.Basic) -> str:  # noqa: N802
        return self.call(expr.func.__name__, expr.args)

    def _print_Pow(self, expr: sympy.Pow, rational: bool = False) -> str:  # noqa: N802
        if expr.exp == sympy.Rational(1, 2):
            return self.call("sqrt", (expr.base,))
        if expr.exp == -sympy.Rational(1, 2):
            return f"1/{self.call('sqrt', (expr.base,))}"
        text: str = super()._print_Pow(expr, rational)
        return text

    def _print_Lambda(self, expr: sympy.Lambda) -> str:  # noqa: N802
        return self.call("Lambda", (expr.variables[0] if len(expr.variables) == 1 else expr.variables, expr.expr))

    def _print_Subs(self, expr: sympy.Subs) -> str:  # noqa: N802
        return self.call("Subs", expr.args)

    def _print_Derivative(self, expr: sympy.Derivative) -> str:  # noqa: N802
        return self.call("Derivative", expr.args)

    def _print_Tuple(self, expr: sympy.Tuple) -> str:  # noqa: N802
        return f"({', '.join(map(self._print, expr))}{',' * (len(expr) == 1)})"

    _print_tuple = _print_Tuple

    # matrices

    def parenthesize(self, item: sympy.Basic, level: int, strict: bool = False) -> str:
        """A part in brackets where it needs them; a call needs none."""
        text: str = self._print(item) if isinstance(item, CALLS) else super().parenthesize(item, level, strict)
        return text

    def _print_MatrixElement(self, expr: sympy.Expr) -> str:  # noqa: N802
        places = ", ".join(map(self._print, expr.indices))
        return f"{self.parenthesize(expr.parent, PRECEDENCE['Atom'], strict=True)}[{places}]"

    def _print_Identity(self, expr: sympy.Expr) -> str:  # noqa: N802
        return self.call("Identity", expr.args)

    def _print_OneMatrix(self, expr: sympy.Expr) -> str:  # noqa: N802
        return self.call("OneMatrix", expr.args)

    def _print_ZeroMatrix(self, expr: sympy.Expr) -> str:  # noqa: N802
        return self.call("ZeroMatrix", expr.args)

    def _print_Transpose(self, expr: sympy.Expr) -> str:  # noqa: N802
        return f"{self.parenthesize(expr.arg, PRECEDENCE['Atom'], strict=True)}.T"

    def _print_HadamardProduct(self, expr: sympy.Expr) -> str:  # noqa: N802
        return self.call("HadamardProduct", expr.args)

    def _print_HadamardPower(self, expr: sympy.Expr) -> str:  # noqa: N802
        return self.call("HadamardPower", expr.args)

    def _print_MatPow(self, expr: sympy.Expr) -> str:  # noqa: N802
        if expr.exp == -1:
            return self.call("Inverse", (expr.base,))
        base = self.parenthesize(expr.base, PRECEDENCE["Pow"], strict=True)
        return f"{base}**{self.parenthesize(expr.exp, PRECEDENCE['Pow'], strict=True)}"

    def _print_Inverse(self, expr: sympy.Expr) -> str:  # noqa: N802
        return self.call("Inverse", (expr.arg,))

    def _print_ElementwiseApplyFunction(self, expr: sympy.Expr) -> str:  # noqa: N802
        base = self.parenthesize(expr.expr, PRECEDENCE["Atom"], strict=True)
        return f"{base}.applyfunc({self._print(expr.function)})"

    def _print_BlockMatrix(self, expr: sympy.Expr) -> str:  # noqa: N802
        rows, columns = expr.blockshape
        lines = [[expr.blocks[row, column] for column in range(columns)] for row in range(rows)]
        self.used.add("BlockMatrix")
        texts = (f"[{', '.join(map(self._print, line))}]" for line in lines)
        return f"BlockMatrix([{', '.join(texts)}])"

    def _print_MatrixBase(self, expr: sympy.Expr) -> str:  # noqa: N802
        self.used.add("Matrix")
        lines = (f"[{', '.join(map(self._print, expr.row(row)))}]" for row in range(expr.rows))
        return f"Matrix([{', '.join(lines)}])"

    _print_ImmutableDenseMatrix = _print_MatrixBase  # noqa: N815
    _print_DenseMatrix = _print_MatrixBase  # noqa: N815


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
