"""A Python module that makes the values as SymPy expressions, one name for each.

SymPy has neither unknown functions of matrices nor a third axis: what it lacks is refused with the reason.
"""

from __future__ import annotations

import re

from matdiff.errors import BadName
from matdiff.printing.program.function import Function, Output


def write(function: Function) -> str:
    """The module. Raises `NoSpelling` for what SymPy has no expression for, `BadName` for a name that is none."""
    from matdiff.interop.source import is_free, source
    from matdiff.interop.to_sympy import to_sympy

    if not is_free(function.name):
        raise BadName(function.name, "SymPy")
    names = [_name(output, function) for output in function.outputs]
    nodes = (*function.lets, *((name, output.node) for name, output in zip(names, function.outputs, strict=True)))
    values = [(name, to_sympy(node)) for name, node in nodes]
    notes = [*function.title.splitlines(), *([""] if function.notes else []), *function.notes]
    return source(values, notes)


def _name(output: Output, function: Function) -> str:
    """The name of a value: that of the function where it is the only one."""
    if len(function.outputs) == 1 and not function.lets:
        return function.name
    return re.sub(r"\W", "_", output.name)
