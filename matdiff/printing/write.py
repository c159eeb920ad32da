"""The door of printing: one function for each format. A format is loaded when it is asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from matdiff.printing.context import Context
from matdiff.tree.node import Node

if TYPE_CHECKING:
    from matdiff.printing.program.function import Function

__all__ = [
    "FORMATS",
    "LANGUAGES",
    "Context",
    "Formula",
    "code",
    "index_form",
    "index_form_unicode",
    "latex",
    "text",
    "unicode",
]

LANGUAGES: tuple[str, ...] = ("numpy", "jax", "torch", "matlab", "sympy")
FORMATS: tuple[str, ...] = ("text", "unicode", "latex", *LANGUAGES)


def text(node: Node, context: Context) -> str:
    """The expression in the ASCII language, valid input again: `(A + A.T)*x`."""
    from matdiff.printing.formats.text import write

    return write(node, context)


def unicode(node: Node, context: Context) -> str:
    """The expression for a person at a terminal: `(A + Aᵀ)x`."""
    from matdiff.printing.formats.unicode import write

    return write(node, context)


def latex(node: Node, context: Context) -> str:
    r"""The expression for a formula: `\left(A + A^{\top}\right) x`."""
    from matdiff.printing.formats.latex import write

    return write(node, context)


def code(function: Function, language: str) -> str:
    """Source in one of `LANGUAGES` that defines the function.

    Raises `NoSpelling` where the language has no such function of matrices.
    """
    from importlib import import_module

    source: str = import_module(f"matdiff.printing.formats.{language}").write(function)
    return source


def index_form(node: Node, context: Context) -> str:
    """The expression entry by entry, for results of three and more axes: `-Y[i,k]*Y[l,j]`."""
    from matdiff.printing.index_form import write

    return write(node, context)


def index_form_unicode(node: Node, context: Context) -> str:
    """The index form for a person at a terminal, with Σ and δ."""
    from matdiff.printing.index_form import write_unicode

    return write_unicode(node, context)


class Formula:
    """What is one formula, in every format for formulas; a class of results says which."""

    def formula(self) -> tuple[Node, Context]:
        """The formula as a tree, and what printing needs to know."""
        raise NotImplementedError

    @cached_property
    def text(self) -> str:
        """The formula in the expression language."""
        return text(*self.formula())

    @cached_property
    def unicode(self) -> str:
        """The formula as people write it by hand."""
        return unicode(*self.formula())

    @cached_property
    def latex(self) -> str:
        """The formula in LaTeX mathematics, without dollars."""
        return latex(*self.formula())

    def __str__(self) -> str:
        return self.text
