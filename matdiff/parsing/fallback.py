"""Which small letters are scalars, and Greek ones vectors, against the custom: the fewest that make every shape fit."""

from __future__ import annotations

import heapq
from typing import NamedTuple

from matdiff.errors import MatdiffError
from matdiff.parsing.infer import infer
from matdiff.parsing.inference import Conflict, Inference
from matdiff.parsing.problem import Problem, convention

STRONG = frozenset("uvwxyz")
WEAKEST_FIRST = "ctskrabdpqghijlmnofe"
GREEK_RANK = len(WEAKEST_FIRST) + 1
MOST_TRIES = 48
MOST_WORK = 40_000
MOST_ROUNDS = 40
MOST_WORK_OF_ROUNDS = 400_000

Cost = tuple[int, int, int]


class Reading(NamedTuple):
    """A statement whose shapes fit; `others` are the readings that fit as well as the one taken."""

    inference: Inference
    others: tuple[frozenset[str], ...] = ()


def read_shapes(problem: Problem) -> Reading:
    """The reading with the fewest scalars against the custom, letters such as `x` last; raises where none fits."""
    found = None
    if problem.functions:
        from matdiff.parsing.kinds import read_kinds

        found = read_kinds(problem, _by_custom, _read)
    found = found or _read(problem)
    if found is None:
        raise _failure(problem)
    return found


def _by_custom(problem: Problem) -> Reading | None:
    first = infer(problem)
    return None if first.conflicts else Reading(first)


def _read(problem: Problem) -> Reading | None:
    first = infer(problem)
    if not first.conflicts:
        return Reading(first)
    if not all(_ways_out(problem, c) for c in first.conflicts):
        return None
    search = _Search(problem, first)
    return search.best() or (search.by_rounds() if search.is_cut else None)


def _failure(problem: Problem) -> MatdiffError:
    """Why nothing fits."""
    first = infer(problem)
    fixed = [c for c in first.conflicts if not _ways_out(problem, c)]
    if fixed:
        return fixed[0].explain()
    search = _Search(problem, first)
    search.best()
    return (search.ambiguous or search.dead_end or first.conflicts[0]).explain()


def _ways_out(problem: Problem, conflict: Conflict, scalars: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The names that may be scalars to solve the conflict; a sure vector is none just to make the value a scalar."""
    names = problem.candidates(conflict.scope, scalars)
    return tuple(name for name in names if name not in problem.steady) if conflict.is_of_value else names


def cost_of(scalars: frozenset[str]) -> Cost:
    """How unusual it is to read these names as scalars."""
    strong = sum(name[0] in STRONG and not is_greek(name) for name in scalars)
    ranks = (GREEK_RANK if is_greek(name) else WEAKEST_FIRST.find(name[0]) % GREEK_RANK for name in scalars)
    return len(scalars), strong, sum(ranks)


def is_greek(name: str) -> bool:
    """Whether the name is a scalar by custom, and a vector against it."""
    return convention(name) == "scalar"


class _Search:
    def __init__(self, problem: Problem, first: Inference) -> None:
        self.problem, self.first = problem, first
        self.is_cut = False
        self.ambiguous: Conflict | None = None
        self.dead_end: Conflict | None = None

    def best(self) -> Reading | None:
        """The cheapest reading that fits, by best-first search along the conflicts."""
        queue: list[tuple[Cost, tuple[str, ...]]] = [((0, 0, 0), ())]
        seen: set[frozenset[str]] = {frozenset()}
        fits: list[Inference] = []
        tries = 0
        while queue:
            cost, names = heapq.heappop(queue)
            if fits and cost[:2] > cost_of(fits[0].scalars)[:2]:
                break
            tries += 1
            if tries > MOST_TRIES or tries * len(self.problem.order) > MOST_WORK:
                self.is_cut = not fits
                break
            attempt = infer(self.problem, frozenset(names)) if names else self.first
            if not attempt.conflicts:
                fits.append(attempt)
            for scalars in self.next_readings(attempt):
                if scalars not in seen:
                    seen.add(scalars)
                    heapq.heappush(queue, (cost_of(scalars), tuple(sorted(scalars))))
        return Reading(fits[0], tuple(other.scalars for other in fits[1:])) if fits else None

    def next_readings(self, attempt: Inference) -> list[frozenset[str]]:
        """The readings that take one step from a conflict; all conflicts with one way out take it together."""
        if attempt.scalars and not cost_of(attempt.scalars)[1] and all(c.is_of_value for c in attempt.conflicts):
            self.dead_end = self.dead_end or next(iter(attempt.conflicts), None)
        choices = [(_ways_out(self.problem, c, attempt.scalars), c) for c in attempt.conflicts]
        if not all(names for names, _ in choices):
            return []
        forced = frozenset(names[0] for names, _ in choices if len(names) == 1)
        if forced:
            return [attempt.scalars | forced]
        if not choices:
            return []
        names, conflict = min(choices, key=lambda choice: (_is_strong(choice[0]), len(choice[0])))
        if conflict.is_product and _is_strong(names):
            self.ambiguous = self.ambiguous or conflict
            return []
        return [attempt.scalars | {name} for name in names]

    def by_rounds(self) -> Reading | None:
        """For long statements: in every round each conflict makes the name a scalar that is most likely one."""
        attempt = self.first
        for _ in range(max(MOST_ROUNDS, MOST_WORK_OF_ROUNDS // len(self.problem.order))):
            if not attempt.conflicts:
                return Reading(attempt)
            found = [_ways_out(self.problem, c, attempt.scalars) for c in attempt.conflicts]
            if not all(found):
                return None
            scalars = frozenset(min(names, key=lambda name: cost_of(frozenset({name}))) for names in found)
            attempt = infer(self.problem, attempt.scalars | scalars)
        return None


def _is_strong(names: tuple[str, ...]) -> bool:
    return all(name[0] in STRONG for name in names if not is_greek(name))
