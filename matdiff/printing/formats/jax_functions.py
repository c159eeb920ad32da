"""What functions are called in JAX where that is not NumPy's name, and what generated code brings along."""

from __future__ import annotations

from matdiff.printing.program import python_functions

FUNCTIONS = {
    **python_functions.FUNCTIONS,
    "sigmoid": "jax.nn.sigmoid({0})",
    "relu": "jax.nn.relu({0})",
    "softplus": "jax.nn.softplus({0})",
    "silu": "jax.nn.silu({0})",
    "gelu": "jax.nn.gelu({0}, approximate=False)",
    "erf": "jsp.special.erf({0})",
    "normal_cdf": "jsp.stats.norm.cdf({0})",
    "lgamma": "jsp.special.gammaln({0})",
    "digamma": "jsp.special.digamma({0})",
    "trigamma": "jsp.special.polygamma(1, {0})",
    "softmax": "jax.nn.softmax({0})",
    "logsumexp": "jax.nn.logsumexp({0})",
    "log_softmax": "jax.nn.log_softmax({0})",
    "expm": "jsp.linalg.expm({0})",
    "frechet_expm": "jsp.linalg.expm_frechet({0}, {1}, compute_expm=False)",
    "frechet2_expm": "_frechet2(jsp.linalg.expm, {0}, {1}, {2})",
    "J_expm": "_slopes(jsp.linalg.expm, {0})",
    "J_frechet_expm": "_slopes2(jsp.linalg.expm, {0}, {1})",
    "matpow": "_matrix_power({0}, {1})",
}

HELPERS = {
    **python_functions.spelled(python_functions.HELPERS, "jnp"),
    "_array": """
def _array(value):
    value = jnp.asarray(value)
    return value if jnp.issubdtype(value.dtype, jnp.inexact) else value.astype(float)
""",
    "_arrays": """
def _arrays(shapes, *values):
    sizes = {}
    return [_fitted(name, axes.split(), _array(value), sizes) for (name, axes), value in zip(shapes.items(), values)]
""",
    "_is_max": """
def _is_max(x, axis=None):
    marks = (x == jnp.max(x, axis=axis, keepdims=True)).astype(x.dtype)
    return marks/jnp.sum(marks, axis=axis, keepdims=True)
""",
    "_sqrtm": """
def _sqrtm(x):
    def step(_, pair):
        root, inverse = pair
        return (root + jnp.linalg.inv(inverse))/2, (inverse + jnp.linalg.inv(root))/2
    return jax.lax.fori_loop(0, 40, step, (x, jnp.eye(len(x), dtype=x.dtype)))[0]
""",
    "_logm": """
def _logm(x):
    one = jnp.eye(len(x), dtype=x.dtype)
    root = jax.lax.fori_loop(0, 8, lambda _, y: _sqrtm(y), x)
    ratio = jnp.linalg.solve(root + one, root - one)
    square = ratio @ ratio
    return 512*ratio @ (one + square/3 + square @ square/5 + square @ square @ square/7)
""",
    "_power_of": """
def _power_of(k):
    return lambda x: _matrix_power(x, k)
""",
    "_matrix_power": """
def _matrix_power(x, k):
    if isinstance(k, int):
        return jnp.linalg.matrix_power(x, k)
    k = jnp.round(k).astype(int)
    base = jnp.where(k < 0, jnp.linalg.inv(x), x)
    return jax.lax.fori_loop(0, jnp.abs(k), lambda _, power: power @ base, jnp.eye(len(x), dtype=x.dtype))
""",
}
