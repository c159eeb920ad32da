"""The letters of an `einsum("ab,b->a", A, x)`."""

from __future__ import annotations

from matdiff.errors import WrongArguments
from matdiff.parsing.syntax import Syntax


def letters_of(syntax: Syntax) -> tuple[tuple[str, ...], str]:
    """The letters of each factor and of the output; without an arrow the output has those that occur once."""
    if not syntax.args or syntax.args[0].kind != "string":
        raise WrongArguments(
            "the first argument of `einsum` is a text of letters",
            syntax.place(),
            hint='write `einsum("ab,b->a", A, x)`',
        )
    spelled = syntax.args[0]
    left, arrow, output = spelled.text.replace(" ", "").partition("->")
    factors = tuple(left.split(",")) if len(syntax.args) > 1 or left else ()
    odd = [letter for letter in (*"".join(factors), *output) if not letter.isalpha()]
    if odd:
        raise WrongArguments(f"`{odd[0]}` is no letter", spelled.place())
    if len(factors) != len(syntax.args) - 1:
        raise WrongArguments(
            f"the letters are for {len(factors)}, the factors are {len(syntax.args) - 1}", syntax.place()
        )
    used = "".join(factors)
    if not arrow:
        output = "".join(sorted(letter for letter in set(used) if used.count(letter) == 1))
    lost = [letter for letter in output if letter not in used]
    if lost:
        raise WrongArguments(f"the letter `{lost[0]}` of the result is in no factor", spelled.place())
    return factors, output
