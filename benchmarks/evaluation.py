"""Values with gradients, and Hessians, evaluated: generated code beside JAX, PyTorch and closed forms by hand.

Every way gives double precision on one core, gets its arrays in its own form, and must agree with the closed form
before it is timed. Times are those of the processor, so that what else the machine does counts little. Ratios compare
like with like: NumPy source with NumPy by hand, JAX source with JAX's own derivatives, both compiled; so for PyTorch.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from statistics import median
from time import process_time
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

import matdiff
from benchmarks.pages import Report
from benchmarks.problems import PROBLEMS, Arrays, Library, Problem
from benchmarks.timing import Times, time_in_turns
from matdiff.programs import loaded
from matdiff.results import Derivative

SHORTEST = 0.003
LARGE = 100
WAYS = ("by hand", "matdiff numpy", "matdiff jax", "jax", "jax reverse", "matdiff torch", "torch")
Way = Callable[[], object]


class Measured(NamedTuple):
    """The times of every way to one derivative at one size."""

    problem: Problem
    kind: str
    size: int
    times: dict[str, Times]

    def ratio(self, way: str, *others: str) -> float:
        """How many times as long one way takes as the fastest of the others, in the median of rounds."""
        rounds = zip(self.times[way].seconds, *(self.times[other].seconds for other in others), strict=True)
        return median(mine / min(theirs) for mine, *theirs in rounds)


# the ways


def sources(
    problem: Problem, kind: str, libraries: tuple[str, ...] = ("numpy", "jax", "torch")
) -> dict[str, Callable[..., object]]:
    """The functions of generated code, one of each library, which has to be installed."""
    differentiate = matdiff.grad if kind == "gradient" else matdiff.hessian
    derivative = differentiate(problem.expression, wrt=problem.wrt, where=problem.where)
    assert isinstance(derivative, Derivative)
    texts = {library: derivative.code(library, name="f", has_value=kind == "gradient") for library in libraries}
    return {library: loaded(text, "f") for library, text in texts.items()}


def ways_of(
    problem: Problem, kind: str, functions: Mapping[str, Callable[..., object]], data: Arrays
) -> dict[str, Way]:
    """Every way to the derivative, as a call without arguments."""
    by_hand = problem.gradient if kind == "gradient" else problem.hessian
    return {
        "by hand": lambda: by_hand(**data),
        "matdiff numpy": lambda: functions["numpy"](**data),
        **jax_ways(problem, kind, functions["jax"], data),
        **torch_ways(problem, kind, functions["torch"], data),
    }


def jax_ways(problem: Problem, kind: str, generated: Callable[..., object], data: Arrays) -> dict[str, Way]:
    """JAX, all of it compiled: a Hessian forward over reverse, as `jax.hessian` has it, and reverse over reverse."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    xp = SimpleNamespace(
        sum=jnp.sum,
        relu=jax.nn.relu,
        softplus=jax.nn.softplus,
        logsumexp=jax.nn.logsumexp,
        diag=jnp.diag,
        solve=jnp.linalg.solve,
        logdet=lambda x: jnp.linalg.slogdet(x)[1],
    )
    arrays = {name: jnp.asarray(array) for name, array in data.items()}
    others = {name: array for name, array in arrays.items() if name != problem.wrt}
    value = value_of(problem, xp)

    def compiled(derivative: Callable[..., object]) -> Way:
        run = jax.jit(derivative)
        return lambda: jax.block_until_ready(run(arrays[problem.wrt], others))

    whole = jax.jit(generated)
    ways = {"matdiff jax": lambda: jax.block_until_ready(whole(**arrays))}
    if kind == "gradient":
        return {**ways, "jax": compiled(jax.value_and_grad(value))}
    return {
        **ways,
        "jax": compiled(jax.jacfwd(jax.jacrev(value))),
        "jax reverse": compiled(jax.jacrev(jax.jacrev(value))),
    }


def torch_ways(problem: Problem, kind: str, generated: Callable[..., object], data: Arrays) -> dict[str, Way]:
    """PyTorch with `torch.func`, not compiled."""
    import torch

    torch.set_num_threads(1)
    xp = SimpleNamespace(
        sum=torch.sum,
        relu=torch.relu,
        softplus=torch.nn.functional.softplus,
        logsumexp=lambda u: torch.logsumexp(u, dim=0),
        diag=torch.diag,
        solve=torch.linalg.solve,
        logdet=lambda x: torch.linalg.slogdet(x)[1],
    )
    arrays = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in data.items()}
    others = {name: array for name, array in arrays.items() if name != problem.wrt}
    value = value_of(problem, xp)
    derive = torch.func.grad_and_value if kind == "gradient" else torch.func.hessian
    derivative = derive(value)
    return {
        "matdiff torch": lambda: generated(**arrays),
        "torch": lambda: derivative(arrays[problem.wrt], others),
    }


def value_of(problem: Problem, xp: Library) -> Callable[..., object]:
    """The value as a function of the variable first, and of all other arrays."""
    return lambda variable, others: problem.value(xp, **{problem.wrt: variable}, **others)


# the run


def measure(problem: Problem, kind: str, rounds: int) -> list[Measured]:
    """The times at every size; raises where a way does not agree with the closed form."""
    functions = sources(problem, kind)
    found = []
    for size in problem.gradient_sizes if kind == "gradient" else problem.hessian_sizes:
        data = problem.draw(np.random.default_rng(size), size)
        ways = ways_of(problem, kind, functions, data)
        hold_agreement(f"{problem.name}, {kind}, {size}", ways)
        found.append(Measured(problem, kind, size, time_in_turns(ways, rounds, process_time, SHORTEST)))
    return found


def hold_agreement(case: str, ways: Mapping[str, Way]) -> None:
    """Raise unless all ways have the same result; a value beside a gradient may come first or last."""
    results = {name: in_order(way()) for name, way in ways.items()}
    right = results["by hand"]
    for name, result in results.items():
        for ours, theirs in zip(result, right, strict=True):
            scale = float(np.max(np.abs(theirs)))
            if ours.shape != theirs.shape or float(np.max(np.abs(ours - theirs))) > 1e-8 * (1 + scale):
                raise AssertionError(f"{case}: {name} differs from the closed form")


def in_order(result: object) -> list[np.ndarray]:
    """The arrays of a result, those with fewer axes first."""
    parts = result if isinstance(result, tuple) else (result,)
    return sorted((np.asarray(part) for part in parts), key=np.ndim)


def report(rounds: int) -> Report:
    """The table, whether the aims are met, and the picture."""
    from benchmarks.plot import draw

    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    measured = [m for problem in PROBLEMS for kind in ("gradient", "hessian") for m in measure(problem, kind, rounds)]
    return Report("\n".join((*table(measured), *summary(measured))), draw=lambda path: draw(measured, path))


def table(measured: list[Measured]) -> list[str]:
    """A line for each derivative and size."""
    lines = [
        "| problem | derivative | n | by hand, ms | numpy / hand | jax / JAX | torch / PyTorch | best / best peer |"
    ]
    lines.append("|---|---|--:|--:|--:|--:|--:|--:|")
    for m in measured:
        low, high = m.times["by hand"].half
        hand = f"{1000 * m.times['by hand'].middle:.3g} ({1000 * low:.3g}–{1000 * high:.3g})"
        ratios = " | ".join(f"{ratio:.2f}" for ratio in ratios_of(m))
        lines.append(f"| {m.problem.name} | {m.kind} | {m.size} | {hand} | {ratios} |")
    return lines


def ratios_of(m: Measured) -> tuple[float, float, float, float]:
    """Generated code beside its peers, library by library, and the fastest of it beside the fastest of them."""
    jax = tuple(way for way in ("jax", "jax reverse") if way in m.times)
    peers = (*jax, "torch")
    best = min(("matdiff numpy", "matdiff jax", "matdiff torch"), key=lambda way: m.times[way].middle)
    return (
        m.ratio("matdiff numpy", "by hand"),
        m.ratio("matdiff jax", *jax),
        m.ratio("matdiff torch", "torch"),
        m.ratio(best, *peers),
    )


def summary(measured: list[Measured]) -> list[str]:
    """Which aims are met."""
    large = [m for m in measured if m.kind == "gradient" and m.size > LARGE]
    hessians = [m for m in measured if m.kind == "hessian"]
    largest = [m for m in hessians if m.size == m.problem.hessian_sizes[-1]]
    tenfold = [m for m in largest if ratios_of(m)[3] <= 0.1]
    return [
        "",
        f"- gradients above n = {LARGE}: {worst(large, 0)} times as long as by hand (aim: 1.1)",
        f"- gradients above n = {LARGE}: {worst(large, 3)} times as long as the fastest peer (aim: 1)",
        f"- Hessians: {worst(hessians, 3)} times as long as the fastest peer (aim: 1)",
        f"- Hessians ten times as fast or faster at the largest size: {', '.join(m.problem.name for m in tenfold)}",
    ]


def worst(measured: list[Measured], column: int) -> str:
    """The worst ratio of a column and where it is."""
    found = max(measured, key=lambda m: ratios_of(m)[column])
    return f"at most {ratios_of(found)[column]:.2f} ({found.problem.name}, n = {found.size})"
