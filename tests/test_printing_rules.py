"""The shipped rules and their derivatives: the text reads back, the NumPy module agrees with the oracle."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest

from matdiff.engine import Options, differentiate, posed
from matdiff.parsing.read import SETTINGS, Scope, extend, interpret, read_declarations, read_statement
from matdiff.printing import write
from matdiff.printing.context import Context
from matdiff.tree import build, walk
from matdiff.tree.attributes import properties_of
from matdiff.tree.dims import size_text, value_of
from matdiff.tree.node import Node, Shape
from matdiff.verify.points import real_points
from tests.programs import arrays_at, defined, numpy_source, size_arguments
from tests.unknowns import declarations, smooth_functions

HAS_SCIPY = importlib.util.find_spec("scipy") is not None
RULES = sorted((Path(__file__).parent.parent / "rules").glob("*.rules"))
Printed = tuple[Node, Shape, Context]


def printed_in(lines: Iterable[str]) -> Iterator[Printed]:
    """The trees of lines of rules with the axes of their values: both sides, and the derivatives that matdiff finds."""
    scope = Scope()
    for line in lines:
        statement = read_statement(line, scope=scope)
        if statement.kind in SETTINGS:
            scope = extend(scope, statement)
        elif statement.kind != "empty":
            found = posed(statement, scope)
            context = Context(found.size_names, tuple(dict.fromkeys((*found.variables, *found.wrt))))
            yield from ((side, side.shape, context) for side in found.sides)
            if statement.kind in ("grad", "jacobian", "hessian"):
                alone = statement._replace(sides=statement.sides[:1])
                derivatives = differentiate(alone, scope, kind=statement.kind, options=Options(check=False))
                yield from ((d.node, d.result_axes, context) for d in derivatives)


def is_lone_constant(node: Node) -> bool:
    """Whether nothing in the text says the shape: `I`, `ones/n`."""
    body = node.args[0] if node.op == "sum" and len(node.args) == 1 else node
    chain = build.split_product(body)[1]
    return len(chain) == 1 and chain[0].op == "constant"


@pytest.mark.parametrize("path", RULES, ids=[path.stem for path in RULES])
def test_text_reads_back_to_the_same_node(path: Path) -> None:
    count = 0
    for node, _, context in printed_in(path.read_text(encoding="utf-8").splitlines()):
        if is_lone_constant(node):
            continue
        shapes = {v: " x ".join(size_text(size) for size in v.shape) or "scalar" for v in context.variables}
        where = {str(v.attrs[0]): " ".join((shape, *properties_of(v))) for v, shape in shapes.items()}
        scope = Scope(read_declarations({**where, **declarations(node)}))
        text = write.text(node, context)
        assert interpret(read_statement(text, scope=scope), scope).sides[0] is node, text
        count += 1
    assert count


@pytest.mark.parametrize("path", RULES, ids=[path.stem for path in RULES])
def test_the_numpy_module_agrees_with_the_oracle(path: Path) -> None:
    count = 0
    for node, axes, context in printed_in(path.read_text(encoding="utf-8").splitlines()):
        variables = tuple(dict.fromkeys((*context.variables, *walk.variables_of((node,)))))
        point = next(iter(real_points((node,), variables)))
        sizes = point.program.sizes
        source = numpy_source(node, context.variables, axes)
        if "import scipy" in source and not HAS_SCIPY:
            continue
        functions = smooth_functions(node, sizes)
        result = defined(source)(**arrays_at(point, variables), **size_arguments(source, sizes), **functions)
        assert np.shape(result) == tuple(value_of(size, sizes) for size in axes), write.text(node, context)
        np.testing.assert_allclose(np.ravel(result), np.real(point.root(0)), rtol=1e-8, atol=1e-10)
        count += 1
    assert count
