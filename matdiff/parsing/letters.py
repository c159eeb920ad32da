"""Words of an ASCII line that fall into letters: `Ax` is `A*x` where that alone makes sense of a derivative by `x`.

No reading is lost by that, as such a line is an error otherwise.
"""

from __future__ import annotations

from itertools import pairwise

from matdiff.errors import MatdiffError
from matdiff.parsing.lexer import has_commands, tokens_of
from matdiff.parsing.source import Source
from matdiff.parsing.statement import Statement, parse_statement
from matdiff.parsing.syntax import postorder

LETTERS_APART = "letters side by side read as products, as in text-books; write `A*x` with its sign"


def letters_apart(statement: Statement, wrt: tuple[str, ...], known: frozenset[str]) -> Statement | None:
    """The statement in text-book spelling, with the sides that it has; None where its variables do not occur then."""
    if not any(len(name) > 1 and any(letter in name for letter in wrt) for name in _names(statement)):
        return None
    starts = [side.start for side in statement.sides]
    for begin in (0, starts[0]):  # in front of the first side may stand a title, which is no side
        try:
            apart = parse_statement(statement.source, known, begin, is_textbook=True)
        except MatdiffError:
            continue
        apart = statement._replace(sides=tuple(side for side in apart.sides if side.start in starts))
        if len(apart.sides) == len(starts) and _names(apart).issuperset(wrt):
            return apart
    return None


def prefers_letters(statement: Statement, wrt: tuple[str, ...]) -> bool:
    """Whether letters side by side are meant: the line leaves out signs of products, or no variable occurs in it."""
    return not _names(statement).issuperset(wrt) or _omits_signs(statement)


def _omits_signs(statement: Statement) -> bool:
    products = [syntax for syntax in postorder(statement.sides[:1]) if syntax.kind == "product"]
    text = statement.source.text
    return any(
        not text[left.end : right.start].strip(" ()") for whole in products for left, right in pairwise(whole.args)
    )


def plain_name(name: str) -> str:
    r"""The name of a variable as the language has it: `mu` for `\mu`, `x_hat` for `\hat{x}`."""
    if not has_commands(name):
        return name
    tokens = tokens_of(Source(name), 0, len(name))
    return tokens[0].text if len(tokens) == 1 and tokens[0].kind == "name" else name


def _names(statement: Statement) -> frozenset[str]:
    return frozenset(syntax.text for syntax in postorder(statement.sides[:1]) if syntax.kind == "name")
