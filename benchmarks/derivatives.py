"""The derivatives of `rules/` in one process, beside SymPy's of the same expressions where it has an answer.

matdiff reads the text, differentiates and prints; SymPy is handed the finished expression and differentiates only. Its
cache is emptied before each derivative, since a user asks for a derivative once; the emptying is not timed.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import FrameType

import sympy
from sympy.core.cache import clear_cache

from benchmarks.timing import Times, time_in_turns
from benchmarks.to_sympy import Expression, Untranslatable, translate
from matdiff.engine import differentiate
from matdiff.errors import MatdiffError
from matdiff.parsing.read import interpret, read_statement
from matdiff.rulebook.reader import Rule, read_rules

RULES = Path(__file__).parent.parent / "rules"
PATIENCE = 20
AIM = 30.0
UNFINISHED = (sympy.Derivative, sympy.Subs, sympy.Integral)


@dataclass(frozen=True, slots=True)
class Peer:
    """One derivative that both can do."""

    rule: Rule
    expression: Expression
    variable: Expression


class TookTooLong(Exception):
    """SymPy was given up on."""


def derivatives_of_rules() -> Iterator[Rule]:
    """The rules that say a first or second derivative."""
    for file in sorted(RULES.glob("*.rules")):
        with file.open("rb") as lines:
            for rule in read_rules(str(file), lines):
                if isinstance(rule, Rule) and rule.statement.kind in ("grad", "jacobian", "hessian"):
                    yield rule


def peer_of(rule: Rule) -> Peer:
    """The rule in SymPy's words, once it is known that SymPy has an answer; raises Untranslatable."""
    interpreted = interpret(rule.statement, rule.scope, rule.statement.kind)
    if rule.statement.kind == "hessian":
        raise Untranslatable("second derivatives by a vector")
    peer = Peer(rule, translate(interpreted.sides[0]), translate(interpreted.wrt[0]))
    try:
        with patience(PATIENCE):
            answer = peer.expression.diff(peer.variable)
    except TookTooLong:
        raise Untranslatable(f"no answer in {PATIENCE} s") from None
    except Exception as error:  # noqa: BLE001 - SymPy gives up in many ways
        raise Untranslatable(f"{type(error).__name__}: {str(error)[:60]}") from None
    if answer.has(*UNFINISHED) or "Array" in sympy.srepr(answer):
        raise Untranslatable("the derivative stays unfinished")
    return peer


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
    text, line = peer.rule.text, peer.rule.line

    def run() -> str:
        return differentiate(read_statement(text, line), peer.rule.scope, kind=peer.rule.statement.kind, check=check)[
            0
        ].text

    return run


def time_peer(peer: Peer, rounds: int) -> dict[str, Times]:
    """The times of each way to the same derivative."""
    ways = {
        "unchecked": by_matdiff(peer, check=False),
        "checked": by_matdiff(peer, check=True),
        "emptying": clear_cache,
        "sympy": lambda: peer.expression.diff(peer.variable),
    }
    return time_in_turns(ways, rounds)


def report(rounds: int) -> str:
    """The ratios over the rules that both can do, and what became of the others."""
    peers: list[Peer] = []
    refusals: list[str] = []
    for rule in derivatives_of_rules():
        name = f"{Path(rule.path).name}:{rule.line}"
        try:
            peers.append(peer_of(rule))
        except MatdiffError as error:
            refusals.append(f"  {name:22} matdiff: {error.message}")
        except Untranslatable as reason:
            refusals.append(f"  {name:22} sympy: {reason}")
    times = [time_peer(peer, rounds) for peer in peers]
    lines = ["  " + line for peer, taken in zip(peers, times, strict=True) for line in peer_lines(peer, taken)]
    lines += [f"  both can do {len(peers)} of {len(peers) + len(refusals)} derivatives; not:", *refusals]
    return "\n".join((*lines, *summary(times)))


def peer_lines(peer: Peer, taken: dict[str, Times]) -> Iterator[str]:
    """One line a derivative."""
    ratio = taken["sympy"].middle / taken["unchecked"].middle
    yield (
        f"{1000 * taken['unchecked'].middle:7.2f} ms, checked {1000 * taken['checked'].middle:7.2f} ms,"
        f" sympy {1000 * taken['sympy'].middle:8.2f} ms, {ratio:6.1f} times  {peer.rule.text[:60]}"
    )


def summary(times: list[dict[str, Times]]) -> Iterator[str]:
    """The medians over all derivatives, and their ratios."""
    middles = {way: median(taken[way].middle for taken in times) for way in ("unchecked", "checked", "sympy")}
    for way in ("unchecked", "checked"):
        ratios = median(taken["sympy"].middle / taken[way].middle for taken in times)
        yield (
            f"  median {way}: {1000 * middles[way]:.2f} ms; sympy {1000 * middles['sympy']:.2f} ms:"
            f" {middles['sympy'] / middles[way]:.1f} times, median of ratios {ratios:.1f} (aim: {AIM:g} times)"
        )
