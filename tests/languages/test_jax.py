"""JAX modules: what they compute, under `jit`, `vmap` and `grad`, and on arrays that lie on several devices."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_force_host_platform_device_count=8"

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import Mesh, NamedSharding, PartitionSpec

import matdiff
from tests.languages.problems import problems
from tests.languages.python import failures, network_gradients
from tests.programs import defined

jax.config.update("jax_enable_x64", True)
RANDOM = np.random.default_rng(5)
VALUES = {
    "X": RANDOM.normal(size=(16, 3)),
    "w": RANDOM.normal(size=3),
    "y": RANDOM.normal(size=16),
    "A": RANDOM.normal(size=(3, 3)) + 4 * np.eye(3),
    "c": np.float64(0.7),
}
EXPRESSIONS = [
    ("grad", "sum(softplus(-y.*(X*w))) + c*w'*w", "w", "c: scalar"),
    ("grad", "norm2(X*w - y)^2", "w", ""),
    ("hessian", "logsumexp(A*w)", "w", ""),
    ("grad", "w'*inv(A)*w + logdet(A)", "A", ""),
    ("jacobian", "softmax(A*w)", "w", ""),
    ("grad", "norm2(softmax(X*A, rows))^2", "A", ""),
]


def derivative(kind: str, text: str, wrt: str, where: str) -> tuple[Callable[..., Any], dict[str, Any]]:
    """The JAX function of a derivative and its arguments."""
    answer = getattr(matdiff, kind)(text, wrt, where)
    return defined(answer.code("jax")), {name: VALUES[name] for name in answer.shapes}


def test_every_problem_is_solved() -> None:
    wrong, count = failures("jax", jnp.asarray, np.asarray)
    assert wrong == []
    assert count == len(problems())


@pytest.mark.parametrize(("kind", "text", "wrt", "where"), EXPRESSIONS)
def test_jit_vmap_and_grad(kind: str, text: str, wrt: str, where: str) -> None:
    function, values = derivative(kind, text, wrt, where)
    expected = function(**values)
    np.testing.assert_allclose(jax.jit(function)(**values), expected, rtol=1e-9)
    batch = {name: jnp.stack([value, 1.1 * value, 0.9 * value]) for name, value in values.items()}
    rows = jax.jit(jax.vmap(lambda arrays: function(**arrays)))(batch)
    np.testing.assert_allclose(rows[0], expected, rtol=1e-9)
    np.testing.assert_allclose(rows[1], function(**{n: 1.1 * v for n, v in values.items()}), rtol=1e-9)
    step = 1e-6
    weights = np.arange(1.0, expected.size + 1).reshape(expected.shape)

    def weighed(value: jax.Array) -> jax.Array:
        return jnp.sum(weights * function(**{**values, wrt: value}))

    at = jnp.asarray(values[wrt])
    along = (weighed(at * (1 + step)) - weighed(at * (1 - step))) / (2 * step)
    np.testing.assert_allclose(jnp.sum(jax.grad(weighed)(at) * at), along, rtol=1e-5, atol=1e-7)


def test_rows_on_eight_devices() -> None:
    """The arrays lie in parts on eight devices, and so does what the function makes of them."""
    assert len(jax.devices()) == 8
    mesh = Mesh(np.array(jax.devices()), ("rows",))
    by_rows, everywhere = (NamedSharding(mesh, PartitionSpec(*axes)) for axes in (("rows",), ()))
    for kind, text, wrt, where in EXPRESSIONS:
        function, values = derivative(kind, text, wrt, where)
        parts = {
            name: jax.device_put(value, by_rows if name in ("X", "y") else everywhere) for name, value in values.items()
        }
        for found in (function(**parts), jax.jit(function)(**parts)):
            np.testing.assert_allclose(found, function(**values), rtol=1e-9)
            assert found.sharding.device_set == set(jax.devices())


def test_types_follow_the_arguments() -> None:
    function, values = derivative(*EXPRESSIONS[0])
    assert function(**{name: jnp.asarray(value, jnp.float32) for name, value in values.items()}).dtype == jnp.float32
    assert function(**values).dtype == jnp.float64


def test_functions_are_arguments() -> None:
    for found, expected in network_gradients("jax", jnp.asarray):
        np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-12)
