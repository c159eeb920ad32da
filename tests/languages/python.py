"""Running generated Python modules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from matdiff import backprop
from matdiff.errors import NoSpelling
from matdiff.printing import write
from matdiff.printing.program.function import Function
from tests.languages.problems import Problem, differs, problems
from tests.programs import Array, defined, size_arguments

Arrays = Mapping[str, Any]
RANDOM = np.random.default_rng(7)
NETWORK = {name: RANDOM.normal(size=shape) for name, shape in {"W": (4, 3), "x": (3,), "c": (4,), "V": (2, 4)}.items()}


def loaded(function: Function, language: str) -> tuple[Callable[..., Any], str]:
    """The function that the module of a language defines, and its source."""
    source = write.code(function, language)
    return defined(source, function.name), source


def failures(language: str, given: Callable[[Array], Any], taken: Callable[[Any], object]) -> tuple[list[str], int]:
    """The problems that a language does not solve, and how many it was asked; what it has no function for is none.

    `given` makes an array one of the library, `taken` the other way.
    """
    wrong, count = [], 0
    for problem in problems():
        try:
            function, source = loaded(problem.function, language)
        except NoSpelling:
            continue
        count += 1
        inputs = {name: given(array) for name, array in problem.inputs.items()}
        reason = _reason(problem, function, {**inputs, **size_arguments(source, problem.sizes)}, taken)
        if reason:
            wrong.append(f"{problem.name}: {reason}\n{source}")
    return wrong, count


def network_gradients(language: str, given: Callable[[Array], Any]) -> list[tuple[object, Array]]:
    """The loss and the gradients of a network whose loss is unknown, from this language and from NumPy."""
    program = backprop("let a = sigmoid(W*x + c)\nlet y = V*a\nloss L(y)")
    found: list[list[Any]] = []
    for name, convert in (("numpy", np.asarray), (language, given)):
        arrays = {key: convert(array) for key, array in NETWORK.items()}
        function = defined(program.code(name), "value_and_grad")
        value, gradients = function(**arrays, L=lambda y: (y * y).sum() / 2, grad_L=lambda y: y)
        found.append([value, *gradients])
    return list(zip(found[1], found[0], strict=True))


def _reason(problem: Problem, function: Callable[..., Any], inputs: Arrays, taken: Callable[[Any], object]) -> str:
    try:
        found = taken(function(**inputs))
    except Exception as error:  # noqa: BLE001 (whatever a module raises is what is wrong with it)
        return f"{type(error).__name__}: {error}"
    if differs(found, problem.expected):
        return f"{np.asarray(found)!r} instead of {problem.expected!r}"
    return ""
