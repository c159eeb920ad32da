"""A claim on its own: whether it is true, how firmly that is known, and what a wrong one would be right for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from matdiff.engine import posed
from matdiff.errors import MatdiffError, NotYet, UnreadableText
from matdiff.parsing.declare import Declaration
from matdiff.parsing.read import Scope, Statement, read_script, read_statement
from matdiff.parsing.syntax import Syntax
from matdiff.rulebook.checker import compare, example_text, right_answer
from matdiff.rulebook.proofs import prove
from matdiff.rulebook.reader import Rule
from matdiff.verify.compare import Values, Verdict
from matdiff.verify.example import Example

DIFFERENT = "different"
LAYOUTS = {"grad": "numerator", "jacobian": "denominator"}
LARGEST_DENOMINATOR = 24
NEAR = 1e-6
MOST_SQUARES = 4


class CounterExample(NamedTuple):
    """Small inputs by name, and the values of the two sides there."""

    inputs: Example
    left: Values
    right: Values


@dataclass(frozen=True)
class Equality:
    """Whether two sides are equal; true or false as they are.

    `verdict` is `proved`, `proved mod p`, `numerically equal` or `different`. `error_bound` is the chance that an
    equality is wrong all the same, None where it is not known. Of sides that differ there may be a `counter_example`,
    `hint` says up to what they are equal, `reason` in which way they differ, `answer` what is right for a derivative.
    """

    verdict: str
    error_bound: float | None = None
    counter_example: CounterExample | None = None
    hint: str = ""
    reason: str = ""
    answer: str = ""
    example: str = ""

    def __bool__(self) -> bool:
        return self.verdict != DIFFERENT

    def __str__(self) -> str:
        bound = f" (error bound {self.error_bound:.1g})" if self.error_bound else ""
        return f"{self.verdict}{bound}{f': {self.hint}' if self.hint else ''}"


def equal(left: str, right: str, scope: Scope) -> Equality:
    """Whether two expressions are equal wherever both have a value; `left` may have `let` and `where` lines above it.

    Raises a MatdiffError for what cannot be read, and where nothing can be found out.

    >>> str(equal("(A*B)'", "B'*A'", Scope()))
    'proved'
    """
    first, scope = read_script(left, scope)
    if first.kind != "expression" or len(first.sides) != 1:
        raise UnreadableText("a side is one expression", first.source.place(0, len(first.source.text) or 1))
    return judge(first._replace(kind="identity", wrt=()), right, scope)


def judge(statement: Statement, claim: str, scope: Scope) -> Equality:
    """Whether `claim` is what the statement with one side, an expression or a derivative, is equal to."""
    claimed = _claimed(statement, claim, scope)
    verdict = compare(_rule(claimed, scope))
    if verdict.status == "agrees":
        proof = prove(claimed, scope)
        return Equality(proof.strength, proof.error_bound)
    if verdict.status == "unchecked":
        raise NotYet(f"the sides could not be compared: {verdict.reason}")
    example = None
    if verdict.found is not None and verdict.expected is not None:
        is_identity = statement.kind == "identity"
        sides = (verdict.found, verdict.expected) if is_identity else (verdict.expected, verdict.found)
        example = CounterExample(verdict.example, *sides)
    return Equality(
        DIFFERENT,
        None,
        example,
        _hint(statement, claim, scope, verdict),
        verdict.reason,
        right_answer(_rule(claimed, scope)),
        example_text(verdict),
    )


def _claimed(statement: Statement, claim: str, scope: Scope) -> Statement:
    read = read_statement(claim, 1, scope)
    if read.kind != "expression" or len(read.sides) != 1:
        raise UnreadableText("a claim is one expression", read.source.place(0, len(claim) or 1))
    sides: tuple[Syntax, ...] = (*statement.sides, *read.sides)
    return statement._replace(sides=sides, declarations=(*statement.declarations, *read.declarations))


def _rule(statement: Statement, scope: Scope) -> Rule:
    return Rule("", 1, statement.source.text, statement, scope)


def _hint(statement: Statement, claim: str, scope: Scope, verdict: Verdict) -> str:
    """What a wrong claim is equal up to: each way is tried as a claim of its own."""
    turned = f"({claim})'"
    for before, text in (("", claim), ("transpose", turned)):
        found = verdict if text is claim else _compare_quietly(statement, text, scope)
        if found is None:
            continue
        if found.status == "agrees":
            layout = LAYOUTS.get(statement.kind)
            return f"equal up to {before}" + (f", as in the {layout} layout" if layout else "")
        for factor in _factors(found, statement.kind == "identity"):
            scaled = _compare_quietly(statement, f"({factor})*({text})", scope)
            if scaled is not None and scaled.status == "agrees":
                words = "the sign" if factor == -1 else f"the factor {factor}"
                return f"equal up to {before} and {words}" if before else f"equal up to {words}"
    return _hint_of_symmetry(statement, claim, scope)


def _hint_of_symmetry(statement: Statement, claim: str, scope: Scope) -> str:
    """The square matrix that would have to be symmetric for the claim to hold."""
    try:
        variables = posed(_claimed(statement, claim, scope), scope).variables
    except MatdiffError:
        return ""
    squares = [v for v in variables if len(v.shape) == 2 and v.shape[0] == v.shape[1]][:MOST_SQUARES]
    for name in (str(variable.attrs[0]) for variable in squares):
        found = _compare_quietly(_declared(statement, scope, name, "symmetric"), claim, scope)
        if found is not None and found.status == "agrees":
            return f"equal where `{name}` is symmetric"
    return ""


def _declared(statement: Statement, scope: Scope, name: str, word: str) -> Statement:
    """The statement with one more property declared of a variable."""
    known = (d for d in (*scope.declarations, *statement.declarations) if d.name == name)
    plain = Declaration(name, "", None, None, (), statement.source.place(0, 0))
    said = max(known, key=lambda declaration: len(declaration.properties), default=plain)
    more = said._replace(properties=(*said.properties, word))
    others = (declaration for declaration in statement.declarations if declaration.name != name)
    return statement._replace(declarations=(*others, more))


def _compare_quietly(statement: Statement, claim: str, scope: Scope) -> Verdict | None:
    try:
        return compare(_rule(_claimed(statement, claim, scope), scope))
    except MatdiffError:
        return None


def _factors(verdict: Verdict, is_identity: bool) -> Iterator[Fraction]:
    """The rational number by which the claim has to be multiplied, if the counter-example speaks for one."""
    right, claimed = (verdict.found, verdict.expected) if is_identity else (verdict.expected, verdict.found)
    ours, theirs = _flat(right), _flat(claimed)
    if not theirs or len(ours) != len(theirs):
        return
    place = max(range(len(theirs)), key=lambda at: abs(theirs[at]))
    ratio = ours[place] / theirs[place] if theirs[place] else 0
    if not isinstance(ratio, complex):
        factor = Fraction(ratio).limit_denominator(LARGEST_DENOMINATOR)
        if factor and abs(factor - Fraction(ratio)) <= NEAR * abs(factor):
            yield factor


def _flat(value: Values | None) -> list[float | complex]:
    if isinstance(value, tuple):
        return [entry for part in value for entry in _flat(part)]
    return [] if value is None else [value]
