"""What `--where`, `--define` and `--let` say before an expression is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matdiff.parsing.read import Scope


def scope_of(where: str, lets: tuple[str, ...] = (), define: tuple[str, ...] = ()) -> Scope:
    """The scope of a text: declarations, functions, then named parts, each of which may use those before it."""
    from matdiff.parsing.read import extend, read_scope, read_statement

    scope = read_scope(where, define)
    for text in lets:
        line = text if text.lstrip().startswith("let ") else f"let {text}"
        scope = extend(scope, read_statement(line, 1, scope))
    return scope
