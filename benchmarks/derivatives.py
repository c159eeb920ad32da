"""The derivatives of `rules/` in one process, beside SymPy's of the same expressions where it has the right answer.

SymPy is handed the finished expression and differentiates; its cache is emptied before each derivative, since a user
asks for a derivative once, and the emptying is not timed. Of matdiff three things are timed: the same step, from tree
to tree; the whole way from text to text; and the whole way with the check of the answer.
"""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import FrameType

import sympy
from sympy.core.cache import clear_cache

from benchmarks.pages import Report
from benchmarks.timing import Times, time_in_turns
from matdiff.engine import Options, differentiate, first_derivatives
from matdiff.errors import MatdiffError, NoSpelling
from matdiff.interop.to_sympy import Expression, to_sympy
from matdiff.parsing.read import Interpreted, interpret, read_statement
from matdiff.rulebook.reader import Rule, read_rules
from matdiff.tree.node import Node

RULES = Path(__file__).parent.parent / "rules"
PATIENCE = 20
AIM = 30.0
WAYS = {"tree": "from tree to tree", "text": "from text to text", "checked": "from text to checked text"}
CLOSE = 1e-6


@dataclass(frozen=True, slots=True)
class Peer:
    """One derivative that both can do."""

    rule: Rule
    interpreted: Interpreted
    expression: Expression
    variable: Expression


class Untranslatable(Exception):
    """SymPy has no word for a part of the expression, or no right answer."""


class TookTooLong(Exception):
    """SymPy was given up on."""


def translate(node: Node) -> Expression:
    """The node as a SymPy expression; raises Untranslatable."""
    try:
        return to_sympy(node)
    except NoSpelling as error:
        raise Untranslatable(error.message) from None


def derivatives_of_rules() -> Iterator[Rule]:
    """The rules that say a first or second derivative."""
    for file in sorted(RULES.glob("*.rules")):
        with file.open("rb") as lines:
            for rule in read_rules(str(file), lines):
                if isinstance(rule, Rule) and rule.statement.kind in ("grad", "jacobian", "hessian"):
                    yield rule


def peer_of(rule: Rule) -> Peer:
    """The rule in SymPy's words, once it is known that SymPy has the right answer; raises Untranslatable."""
    interpreted = interpret(rule.statement, rule.scope, rule.statement.kind)
    if rule.statement.kind == "hessian":
        raise Untranslatable("no second derivative by a vector in matrix form")
    peer = Peer(rule, interpreted, translate(interpreted.sides[0]), translate(interpreted.wrt[0]))
    ours = translate(first_derivatives(interpreted.sides[0], interpreted.wrt)[0])
    try:
        with patience(PATIENCE):
            answer = peer.expression.diff(peer.variable)
            verdict = judge(answer, ours, symmetric_names(interpreted))
    except TookTooLong:
        raise Untranslatable(f"no answer in {PATIENCE} s") from None
    except Exception as error:  # noqa: BLE001 - SymPy gives up in many ways
        raise Untranslatable(f"{type(error).__name__}: {' '.join(str(error).split())[:60]}") from None
    if verdict:
        raise Untranslatable(verdict)
    return peer


def symmetric_names(interpreted: Interpreted) -> frozenset[str]:
    """The variables that are declared to equal their transposes."""
    symmetric = {"symmetric", "spd", "psd", "diagonal"}
    return frozenset(str(v.attrs[0]) for v in interpreted.variables if symmetric & set(v.attrs[1]))


def judge(answer: Expression, ours: Expression, symmetric: frozenset[str]) -> str:
    """What is wrong with an answer: nothing where it has the value of ours, or its transpose, at a random point."""
    sizes, values = random_point((answer, ours), symmetric)
    right = evaluate(ours, sizes, values)
    try:
        number = evaluate(answer, sizes, values)
    except Exception:  # noqa: BLE001 - what is no finished expression fails in many ways
        return "an unfinished answer"
    return "" if is_close(number, right) or is_close(number, right.T) else "a wrong answer"


def random_point(
    expressions: tuple[Expression, ...], symmetric: frozenset[str]
) -> tuple[dict[Expression, int], dict[str, Expression]]:
    """A size for each named size, and a matrix or a number for each variable, by its name."""
    draw = random.Random(1)
    symbols = sorted(set().union(*(e.free_symbols for e in expressions)), key=str)
    named = {s for s in symbols if s.is_integer}.union(
        *(a.free_symbols for s in symbols if s.is_Matrix for a in s.shape)
    )
    sizes = {size: number for number, size in enumerate(sorted(named, key=str), start=2)}
    values: dict[str, Expression] = {}
    for symbol in (s for s in symbols if s not in sizes):
        rows, columns = (int(axis.subs(sizes)) for axis in symbol.shape) if symbol.is_Matrix else (1, 1)
        matrix = sympy.ImmutableMatrix(rows, columns, lambda *_: sympy.Float(draw.uniform(0.5, 2)))
        if str(symbol) in symmetric:
            matrix = matrix + matrix.T
        values[str(symbol)] = matrix if symbol.is_Matrix else matrix[0]
    return sizes, values


def evaluate(expression: Expression, sizes: dict[Expression, int], values: dict[str, Expression]) -> Expression:
    """The value of an expression as a matrix of numbers."""
    sized = expression.subs(sizes)
    chosen = {symbol: values[str(symbol)] for symbol in sized.free_symbols if str(symbol) in values}
    number = sized.xreplace(chosen).doit()
    explicit = number.as_explicit() if hasattr(number, "as_explicit") else sympy.ImmutableMatrix([[number]])
    return explicit.evalf()


def is_close(left: Expression, right: Expression) -> bool:
    """Whether two matrices of numbers are equal but for rounding."""
    if left.shape != right.shape:
        return False
    return all(abs(complex(a) - complex(b)) <= CLOSE * (1 + abs(complex(b))) for a, b in zip(left, right, strict=True))


@contextmanager
def patience(seconds: int) -> Iterator[None]:
    """Raise TookTooLong in what lasts longer."""

    def give_up(_signal: int, _frame: FrameType | None) -> None:
        raise TookTooLong

    previous = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)


def by_matdiff(peer: Peer, *, check: bool) -> Callable[[], object]:
    """From the text of the rule to the text of the answer."""
    rule = peer.rule

    def run() -> str:
        statement = read_statement(rule.text, rule.line, rule.scope)
        alone = statement._replace(sides=statement.sides[:1])
        return differentiate(alone, rule.scope, kind=statement.kind, options=Options(check=check))[0].text

    return run


def time_peer(peer: Peer, rounds: int) -> dict[str, Times]:
    """The times of each way to the same derivative."""
    ways = {
        "tree": lambda: first_derivatives(peer.interpreted.sides[0], peer.interpreted.wrt),
        "text": by_matdiff(peer, check=False),
        "checked": by_matdiff(peer, check=True),
        "emptying": clear_cache,
        "sympy": lambda: peer.expression.diff(peer.variable),
    }
    return time_in_turns(ways, rounds)


def report(rounds: int) -> Report:
    """The ratios over the rules that both can do, and what became of the others."""
    peers: list[Peer] = []
    refusals: list[str] = []
    for rule in derivatives_of_rules():
        name = f"{Path(rule.path).name}:{rule.line}"
        try:
            peers.append(peer_of(rule))
        except MatdiffError as error:
            refusals.append(f"    {name:22} matdiff: {error.message}")
        except Untranslatable as reason:
            refusals.append(f"    {name:22} SymPy: {reason}")
    times = [time_peer(peer, rounds) for peer in peers]
    lines = ["  milliseconds: from tree to tree, from text to text, checked, SymPy"]
    lines += [peer_line(peer, taken) for peer, taken in zip(peers, times, strict=True)]
    found = f"- both can do {len(peers)} of {len(peers) + len(refusals)} derivatives"
    details = "\n".join((*lines, "  not both can do:", *refusals))
    return Report("\n".join((found, *summary(times))), details)


def peer_line(peer: Peer, taken: dict[str, Times]) -> str:
    """One line a derivative."""
    columns = (f"{1000 * taken[way].middle:8.2f}" for way in (*WAYS, "sympy"))
    return f"  {' '.join(columns)}   {peer.rule.text[:78]}"


def summary(times: list[dict[str, Times]]) -> Iterator[str]:
    """The medians over all derivatives, and how much longer SymPy takes."""
    theirs = median(taken["sympy"].middle for taken in times)
    yield f"- median of SymPy: {1000 * theirs:.2f} ms"
    for way, words in WAYS.items():
        ours = median(taken[way].middle for taken in times)
        ratio = median(taken["sympy"].middle / taken[way].middle for taken in times)
        yield (
            f"- median {words}: {1000 * ours:.2f} ms; SymPy takes {theirs / ours:.1f} times as long,"
            f" {ratio:.1f} times in the median of ratios (aim: {AIM:g} times)"
        )
