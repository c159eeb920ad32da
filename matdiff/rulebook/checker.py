"""Is a rule true? The claim is compared with numbers; only the right answer of a wrong rule comes from the engine."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from matdiff.engine import ORDERS, Derivative, compare_derivative, compare_sides, differentiate, posed
from matdiff.errors import ExitCode, MatdiffError, NotYet, ShapeConflict
from matdiff.limits import within
from matdiff.parsing.fallback import STRONG
from matdiff.parsing.read import Interpreted, Statement, interpret
from matdiff.parsing.syntax import Syntax
from matdiff.printing import write
from matdiff.rulebook.proofs import prove
from matdiff.rulebook.reader import Misread, Rule, RuleLine, misread, read_rule
from matdiff.rulebook.sizes import Sizes, written_size
from matdiff.verify.compare import Verdict, check_directional
from matdiff.verify.example import inputs_text, values_text


class Defect(MatdiffError):
    """A rule that the program fails on."""

    exit_code = ExitCode.DISAGREEMENT

    def __init__(self, cause: Exception) -> None:
        reason = " ".join(f"{type(cause).__name__}: {cause}".split())
        super().__init__(f"internal error: {reason}", hint="this is a defect of matdiff; please report the rule")


class Finding(NamedTuple):
    """What was found about one rule: the verdict is `holds`, `wrong` or `error`.

    A wrong rule has the right `answer` (empty for identities) and an `example` with small numbers where there is one;
    `message` says in one line what is wrong, `details` the same with a picture of the place. Line 0 is a whole file.
    What holds has, where it was asked for, its `strength`: `proved`, `proved mod p` or `numerically equal`; and a
    derivative its `sizes`.
    """

    path: str
    line: int
    column: int
    identifier: str
    rule: str
    verdict: str
    answer: str = ""
    example: str = ""
    message: str = ""
    details: str = ""
    sizes: Sizes | None = None
    strength: str = ""

    @property
    def place(self) -> str:
        """File, line and, for an error inside the line, column."""
        return ":".join([self.path, *(str(number) for number in (self.line, self.column) if number)])


def check_line(line: RuleLine, *, is_measured: bool = False, seconds: float = 0.0) -> Finding:
    """The finding on a line that may be a rule, if it takes at most so many seconds of processor time; 0: any time.

    >>> from matdiff.rulebook.reader import Context
    >>> check_line(RuleLine("-", 1, "grad x'*x wrt x = 2*x", Context())).verdict
    'holds'
    """
    try:
        return within(seconds, line.place, partial(_check_line, line, is_measured))
    except MatdiffError as error:
        return fault(misread(line.path, line.number, line.text, error))
    except Exception as error:  # noqa: BLE001 (a defect that one rule meets does not stop the rest)
        return fault(misread(line.path, line.number, line.text, Defect(error)))


def _check_line(line: RuleLine, is_measured: bool) -> Finding:
    rule = read_rule(line)
    return fault(rule) if isinstance(rule, Misread) else check_rule(rule, is_measured=is_measured)


def check_rule(rule: Rule, *, is_measured: bool = False) -> Finding:
    """Whether one rule holds."""
    try:
        verdict = compare(rule)
        if verdict.status == "agrees":
            return _measured(rule) if is_measured else _finding(rule, "holds")
        if verdict.status == "unchecked":
            raise NotYet(f"the rule could not be checked: {verdict.reason}")
        answer = right_answer(rule)
    except MatdiffError as error:
        return _finding(rule, "error", error=error)
    return _finding(rule, "wrong", answer=answer, example=example_text(verdict), message=verdict.reason)


def _measured(rule: Rule) -> Finding:
    """The finding for a rule that holds, with how firmly and at what length."""
    strength = prove(rule.statement, rule.scope).strength
    return _finding(rule, "holds")._replace(sizes=_sizes(rule), strength=strength)


def compare(rule: Rule) -> Verdict:
    """The verdict on a rule; of an identity `A = B = C` the first that is not agreement."""
    statement = rule.statement
    try:
        read = posed(statement, rule.scope)
    except ShapeConflict as error:
        if not _is_about_a_claim(error, rule):
            raise
        return _unfit(error.message)
    forced = _forced_scalars(rule, read)
    if forced:
        return _unfit(f"this fits only where `{forced[0]}` is a scalar; declare `{forced[0]}: scalar` if that is meant")
    if statement.kind == "differential":
        value, claim = read.sides
        return check_directional(value, tuple(zip(read.wrt, read.directions, strict=True)), claim)
    if statement.kind in ORDERS:
        value, claim = read.sides
        return compare_derivative(value, read.wrt * ORDERS[statement.kind], claim, read.structured)
    verdicts = compare_sides(statement, rule.scope)
    return next((verdict for verdict in verdicts if verdict.status != "agrees"), verdicts[-1])


def _is_about_a_claim(error: ShapeConflict, rule: Rule) -> bool:
    """Whether a side behind an `=` is sound in itself and only its shape is not that of what it should equal."""
    blamed = [side for side in rule.statement.sides[1:] if side.place() == error.place]
    try:
        for side in blamed:
            interpret(rule.statement._replace(sides=(side,), kind="expression", wrt=()), rule.scope)
    except MatdiffError:
        return False
    return bool(blamed)


def _unfit(reason: str) -> Verdict:
    return Verdict("differs", 0, 1.0, reason)


def _forced_scalars(rule: Rule, read: Interpreted) -> list[str]:
    """The variables that are scalars only because the sides would not fit together otherwise.

    A wrong rule must not hold by a reading that nobody has in mind: `jacobian x.*x wrt x = 2*x` would, for a scalar x.
    Of a derivative the expression alone says what is a scalar, of an identity each side. One side is enough, unless in
    another the product `A*x` with a vector would become the multiple of a matrix.
    """
    kept = rule.statement.sides if rule.statement.kind == "identity" else rule.statement.sides[:1]
    scalars = {str(variable.attrs[0]) for variable in read.variables if not variable.shape}
    suspects = scalars - {str(variable.attrs[0]) for variable in read.directions}
    vectors: set[str] = set()
    for side, together in zip(kept, read.sides, strict=False) if scalars else ():
        try:
            alone = interpret(_with_sides(rule.statement, side), rule.scope)
        except MatdiffError:
            return []
        suspects -= {str(variable.attrs[0]) for variable in alone.variables if not variable.shape}
        if len(alone.sides[0].shape) < len(together.shape):
            vectors |= {str(variable.attrs[0]) for variable in alone.variables if variable.shape}
    return sorted(suspects | {name for name in vectors & scalars if name[0] in STRONG})


def _with_sides(statement: Statement, *sides: Syntax) -> Statement:
    """The statement with these sides alone; one side of an identity is an expression."""
    return statement._replace(sides=sides, kind="expression" if statement.kind == "identity" else statement.kind)


def right_answer(rule: Rule) -> str:
    """The derivative as the engine finds it; empty for identities, and where it finds none."""
    derivative = _derivative(rule)
    return "" if derivative is None else str(derivative)


def right_expression(rule: Rule) -> str:
    """The right answer without names for its parts, so that it may stand in the rule; empty where there is none."""
    derivative = _derivative(rule)
    return "" if derivative is None else write.text(derivative.node, derivative.batch.context)


def _sizes(rule: Rule) -> Sizes | None:
    """How long the engine's answer and the claim are; None for identities, and where it finds no answer."""
    derivative = _derivative(rule)
    if derivative is None:
        return None
    claim = interpret(rule.statement, rule.scope).sides[1]
    return Sizes(written_size(derivative.node), written_size(claim))


def _derivative(rule: Rule) -> Derivative | None:
    if rule.statement.kind not in ORDERS:
        return None
    alone = _with_sides(rule.statement, rule.statement.sides[0])
    try:
        (derivative,) = differentiate(alone, rule.scope, kind=alone.kind)
    except MatdiffError:
        return None
    return derivative


def example_text(verdict: Verdict) -> str:
    """The inputs where a claim is wrong and the two values there, in one line; empty where there are none."""
    if verdict.found is None or verdict.expected is None:
        return ""
    inputs = inputs_text(verdict.example)
    sides = f"{values_text(verdict.found)} is claimed where {values_text(verdict.expected)} is right"
    return f"at {inputs}: {sides}" if inputs else sides


def _finding(
    rule: Rule,
    verdict: str,
    *,
    answer: str = "",
    example: str = "",
    message: str = "",
    error: MatdiffError | None = None,
) -> Finding:
    return Finding(
        rule.path,
        rule.line,
        _column(error),
        rule.statement.identifier,
        rule.text,
        verdict,
        answer,
        example,
        error.message if error else message,
        error.render() if error else "",
    )


def fault(entry: Misread) -> Finding:
    """The finding for what is no rule, a line or a file as a whole."""
    error = entry.error
    return Finding(
        entry.path,
        entry.line,
        _column(error),
        entry.identifier,
        entry.text,
        "error",
        message=error.message,
        details=error.render(),
    )


def _column(error: MatdiffError | None) -> int:
    return error.place.start + 1 if error is not None and error.place is not None else 0
