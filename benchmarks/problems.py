"""The problems whose derivatives are evaluated: in matdiff's words, for automatic differentiation, and by hand.

Source: the quadratic form, logistic regression, matrix factorisation and the network are those of Laue, Mitterreiter
and Giesen, A Simple and Efficient Tensor Calculus, AAAI 2020, section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

import numpy as np

Arrays = Mapping[str, np.ndarray]
RANK = 5
LAYERS = 10


class Library(Protocol):
    """What the values are made of, as JAX and PyTorch call it."""

    sum: Callable[..., object]
    relu: Callable[..., object]
    softplus: Callable[..., object]
    logsumexp: Callable[..., object]
    diag: Callable[..., object]
    solve: Callable[..., object]
    logdet: Callable[..., object]


class Problem(NamedTuple):
    """A scalar, by which variable it is differentiated, and data of one size.

    `value` is the scalar in a library for automatic differentiation, as one writes it there. `gradient` gives the value
    and the gradient, `hessian` the second derivative, in NumPy as a person writes them who knows the closed form.
    """

    name: str
    expression: str
    where: str
    wrt: str
    draw: Callable[[np.random.Generator, int], dict[str, np.ndarray]]
    value: Callable[..., object]
    gradient: Callable[..., tuple[object, ...]]
    hessian: Callable[..., np.ndarray]
    gradient_sizes: tuple[int, ...]
    hessian_sizes: tuple[int, ...]


# the data


def _square(draw: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    return {"A": draw.normal(size=(n, n)), "x": draw.normal(size=n)}


def _regression(draw: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    signs = np.sign(draw.normal(size=2 * n))
    return {"X": draw.normal(size=(2 * n, n)) / np.sqrt(n), "y": signs, "w": draw.normal(size=n)}


def _ratings(draw: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    mask = (draw.random(size=(n, n)) < 0.3) * 1.0
    factors = {name: draw.normal(size=(n, RANK)) for name in ("U", "V")}
    return {"M": mask, "T": draw.normal(size=(n, n)), **factors}


def _network(draw: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    weights = {f"W{layer}": draw.normal(size=(n, n)) * np.sqrt(2 / n) for layer in range(1, LAYERS + 1)}
    return {**weights, "x": draw.normal(size=n), "y": np.eye(n)[0]}


def _process(draw: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    places = np.sort(draw.random(size=n))
    covariance = np.exp(-((places[:, None] - places) ** 2) * 50) + 1e-3 * np.eye(n)
    return {"K": covariance, "s": 0.1 + draw.random(size=n), "y": draw.normal(size=n)}


# the values, for automatic differentiation


def _network_value(xp: Library, x: object, y: object, **weights: object) -> object:
    u = x
    for layer in range(1, LAYERS):
        u = xp.relu(weights[f"W{layer}"] @ u)
    u = weights[f"W{LAYERS}"] @ u
    return xp.logsumexp(u) - y @ u


def _process_value(xp: Library, K: object, s: object, y: object) -> object:
    covariance = K + xp.diag(s)
    return y @ xp.solve(covariance, y) + xp.logdet(covariance)


# by hand


def _sigmoid(t: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-t))


def _softmax(u: np.ndarray) -> np.ndarray:
    e = np.exp(u - np.max(u))
    return e / np.sum(e)


def _quadratic_gradient(A: np.ndarray, x: np.ndarray) -> tuple[object, ...]:
    u = A @ x
    return x @ u, u + x @ A


def _squares_gradient(X: np.ndarray, y: np.ndarray, w: np.ndarray) -> tuple[object, ...]:
    r = X @ w - y
    return r @ r, 2 * (r @ X)


def _logistic_gradient(X: np.ndarray, y: np.ndarray, w: np.ndarray) -> tuple[object, ...]:
    t = -y * (X @ w)
    return np.sum(np.logaddexp(0, t)), -(y * _sigmoid(t)) @ X


def _logistic_hessian(X: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    p = _sigmoid(y * (X @ w))
    return (X.T * (y**2 * p * (1 - p))) @ X


def _ratings_gradient(M: np.ndarray, T: np.ndarray, U: np.ndarray, V: np.ndarray) -> tuple[object, ...]:
    r = M * (T - U @ V.T)
    return np.vdot(r, r), -2 * ((M * r) @ V)


def _ratings_hessian(M: np.ndarray, T: np.ndarray, U: np.ndarray, V: np.ndarray) -> np.ndarray:
    n, k = U.shape
    outer = (V[:, :, None] * V[:, None, :]).reshape(n, k * k)
    whole = np.zeros((n, k, n, k))
    np.einsum("abac->abc", whole)[...] = (2 * (M**2 @ outer)).reshape(n, k, k)
    return whole


def _forward(x: np.ndarray, weights: Arrays) -> tuple[list[np.ndarray], np.ndarray]:
    values = [x]
    for layer in range(1, LAYERS):
        values.append(np.maximum(weights[f"W{layer}"] @ values[-1], 0))
    return values, weights[f"W{LAYERS}"] @ values[-1]


def _network_gradient(x: np.ndarray, y: np.ndarray, **weights: np.ndarray) -> tuple[object, ...]:
    values, u = _forward(x, weights)
    top = np.max(u)
    e = np.exp(u - top)
    total = np.sum(e)
    delta = e / total - y
    for layer in range(LAYERS, 1, -1):
        delta = (delta @ weights[f"W{layer}"]) * (values[layer - 1] > 0)
    return top + np.log(total) - y @ u, np.outer(delta, x)


def _network_hessian(x: np.ndarray, y: np.ndarray, **weights: np.ndarray) -> np.ndarray:
    values, u = _forward(x, weights)
    p = _softmax(u)
    slope = weights[f"W{LAYERS}"]
    for layer in range(LAYERS - 1, 0, -1):
        slope = slope * (values[layer] > 0)
        slope = slope @ weights[f"W{layer}"] if layer > 1 else slope
    mean = p @ slope
    inner = (slope.T * p) @ slope - np.outer(mean, mean)
    return inner[:, None, :, None] * np.outer(x, x)[:, None, :]


def _process_gradient(K: np.ndarray, s: np.ndarray, y: np.ndarray) -> tuple[object, ...]:
    covariance = K + np.diag(s)
    factor = np.linalg.cholesky(covariance)
    inverse = np.linalg.inv(covariance)
    a = inverse @ y
    return y @ a + 2 * np.sum(np.log(np.diag(factor))), np.diag(inverse) - a**2


def _process_hessian(K: np.ndarray, s: np.ndarray, y: np.ndarray) -> np.ndarray:
    inverse = np.linalg.inv(K + np.diag(s))
    a = inverse @ y
    return inverse * (2 * np.outer(a, a) - inverse)


def _logsumexp_gradient(A: np.ndarray, x: np.ndarray) -> tuple[object, ...]:
    u = A @ x
    top = np.max(u)
    e = np.exp(u - top)
    total = np.sum(e)
    return top + np.log(total), (e / total) @ A


def _logsumexp_hessian(A: np.ndarray, x: np.ndarray) -> np.ndarray:
    p = _softmax(A @ x)
    mean = p @ A
    return (A.T * p) @ A - np.outer(mean, mean)


_LAYERED = "W1*x"
for _layer in range(2, LAYERS + 1):
    _LAYERED = f"W{_layer}*relu({_LAYERED})"
_WEIGHTS = "; ".join(f"W{layer}: n x n" for layer in range(1, LAYERS + 1))
WIDE = (10, 50, 200, 500, 1000)
SOLVED = (10, 50, 100, 200, 500)
SQUARE = (10, 50, 100, 200, 500)

PROBLEMS = (
    Problem(
        "quadratic form",
        "x'*A*x",
        "A: n x n; x: n",
        "x",
        _square,
        lambda xp, A, x: x @ A @ x,
        _quadratic_gradient,
        lambda A, x: A + A.T,
        WIDE,
        SQUARE,
    ),
    Problem(
        "least squares",
        "norm2(X*w - y)^2",
        "X: m x n; w: n; y: m",
        "w",
        _regression,
        lambda xp, X, y, w: xp.sum((X @ w - y) ** 2),
        _squares_gradient,
        lambda X, y, w: 2 * (X.T @ X),
        WIDE,
        SQUARE,
    ),
    Problem(
        "logistic regression",
        "sum(log(1 + exp(-y.*(X*w))))",
        "X: m x n; w: n; y: m",
        "w",
        _regression,
        lambda xp, X, y, w: xp.sum(xp.softplus(-y * (X @ w))),
        _logistic_gradient,
        _logistic_hessian,
        WIDE,
        SQUARE,
    ),
    Problem(
        "log-sum-exp",
        "logsumexp(A*x)",
        "A: m x n; x: n",
        "x",
        lambda draw, n: {"A": draw.normal(size=(2 * n, n)) / np.sqrt(n), "x": draw.normal(size=n)},
        lambda xp, A, x: xp.logsumexp(A @ x),
        _logsumexp_gradient,
        _logsumexp_hessian,
        WIDE,
        SQUARE,
    ),
    Problem(
        "matrix factorisation",
        "sum((M.*(T - U*V')).^2)",
        f"M: n x n; T: n x n; U: n x {RANK}; V: n x {RANK}",
        "U",
        _ratings,
        lambda xp, M, T, U, V: xp.sum((M * (T - U @ V.T)) ** 2),
        _ratings_gradient,
        _ratings_hessian,
        WIDE,
        (10, 25, 50, 100, 200),
    ),
    Problem(
        "ten-layer network",
        f"logsumexp({_LAYERED}) - y'*({_LAYERED})",
        f"{_WEIGHTS}; x: n; y: n",
        "W1",
        _network,
        _network_value,
        _network_gradient,
        _network_hessian,
        SOLVED,
        (5, 10, 20, 30, 40),
    ),
    Problem(
        "Gaussian process",
        "y'*inv(K + diag(s))*y + logdet(K + diag(s))",
        "K: n x n spd; s: n positive; y: n",
        "s",
        _process,
        _process_value,
        _process_gradient,
        _process_hessian,
        SOLVED,
        (10, 30, 60, 100, 200),
    ),
)
