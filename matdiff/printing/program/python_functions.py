"""What NumPy, JAX and PyTorch spell alike but for the name of the module: `xp` stands for it here."""

from __future__ import annotations

import re
from collections.abc import Mapping

_ROOTS = ("sqrtm", "logm")
TEMPLATES = {
    "transpose": "{0}.T",
    "outer": "xp.outer({0}, {1})",
    "diagonal": "xp.diag({0})",
    "solve": "xp.linalg.solve({0}, {1})",
    "inv": "xp.linalg.inv({0})",
    "root": "xp.sqrt({0})",
    "pi": "xp.pi",
}
# what JAX and PyTorch have by the helpers below and by their own of the same names
FUNCTIONS = {
    "pinv": "_pinv({0})",
    "is_max": "_is_max({0})",
    "is_min": "_is_max(-{0})",
    "eigvec_max": "_eigvec({0}, -1)",
    "eigvec_min": "_eigvec({0}, 0)",
    "singvec_left": "_singvec_left({0})",
    "singvec_right": "_eigvec({0}.T @ {0}, -1)",
    "polar": "_polar({0})",
    "khatri_rao": "_khatri_rao({0}, {1})",
    "vech": "_vech({0})",
    "frechet_matpow": "_frechet(_power_of({2}), {0}, {1})",
    "frechet2_matpow": "_frechet2(_power_of({3}), {0}, {1}, {2})",
    "J_matpow": "_slopes(_power_of({1}), {0})",
    "J_frechet_matpow": "_slopes2(_power_of({2}), {0}, {1})",
    "frechet_polar": "_frechet_polar({0}, {1})",
    "J_polar": "_polar_slopes({0})",
    **{name: f"_{name}({{0}})" for name in _ROOTS},
    **{f"frechet_{name}": f"_frechet(_{name}, {{0}}, {{1}})" for name in _ROOTS},
    **{f"frechet2_{name}": f"_frechet2(_{name}, {{0}}, {{1}}, {{2}})" for name in _ROOTS},
    **{f"J_{name}": f"_slopes(_{name}, {{0}})" for name in _ROOTS},
    **{f"J_frechet_{name}": f"_slopes2(_{name}, {{0}}, {{1}})" for name in _ROOTS},
}
HELPERS = {
    "_take": """
def _take(others, *names):
    for wrong, word in ((set(names) - set(others), "missing"), (set(others) - set(names), "unexpected")):
        if wrong:
            raise TypeError(f"{word}: {', '.join(sorted(wrong))}")
    return [others[name] for name in names]
""",
    "_fitted": """
def _fitted(name, axes, value, sizes):
    if len(axes) == 1 and value.ndim == 2 and 1 in value.shape:
        value = value.reshape(-1)
    if value.ndim != len(axes):
        raise TypeError(f"{name}: an array of {len(axes)} axes is expected, not of {value.ndim}")
    for axis, length in zip(axes, value.shape):
        known = int(axis) if axis.isdigit() else sizes.setdefault(axis, length)
        if length != known:
            raise ValueError(f"{name}: {axis} is {known} elsewhere, and {length} here")
    return value
""",
    "_function": """
def _function(name, given, axes=None):
    if not callable(given):
        raise TypeError(f"{name}: a function is expected")
    def checked(*arguments):
        value = _array(given(*arguments))
        due = _array(arguments[0]).ndim if axes is None else axes
        if value.ndim != due:
            raise TypeError(f"{name}: a value of {due} axes is expected, not of {value.ndim}")
        return value
    return checked
""",
    "_pairing": """
def _pairing(m, n, **kind):
    return xp.eye(m*n, **kind).reshape(m*n, n, m).swapaxes(1, 2)
""",
    "_commutation": """
def _commutation(m, n, **kind):
    return xp.eye(m*n, **kind)[xp.arange(m*n).reshape(n, m).T.reshape(-1)]
""",
    "_below": """
def _below(n):
    return xp.asarray([j*n + i for j in range(n) for i in range(j, n)])
""",
    "_elimination": """
def _elimination(n, **kind):
    return xp.eye(n*n, **kind)[_below(n)]
""",
    "_duplication": """
def _duplication(n, **kind):
    e = _elimination(n, **kind)
    return xp.clip(e + e.reshape(-1, n, n).swapaxes(1, 2).reshape(-1, n*n), 0, 1).T
""",
    "_vech": """
def _vech(x):
    return x.T.reshape(-1)[_below(len(x))]
""",
    "_eigvec": """
def _eigvec(x, position):
    v = xp.linalg.eigh(x)[1][:, position]
    return v*xp.sign(v[xp.argmax(xp.abs(v))])
""",
    "_singvec_left": """
def _singvec_left(x):
    v = x @ _eigvec(x.T @ x, -1)
    return v/xp.linalg.norm(v)
""",
    "_polar": """
def _polar(x):
    u, _, v = xp.linalg.svd(x, full_matrices=False)
    return u @ v
""",
    "_frechet_polar": """
def _frechet_polar(x, g):
    u, s, v = xp.linalg.svd(x, full_matrices=False)
    m = u.T @ g @ v.T
    inside = u @ ((m - m.T)/(s[:, None] + s)) @ v
    return inside + (g - u @ (u.T @ g)) @ (v.T/s) @ v + (u/s) @ (u.T @ (g - (g @ v.T) @ v))
""",
    "_polar_slopes": """
def _polar_slopes(x):
    return _stacked(lambda e: _frechet_polar(x, e), x)
""",
    "_above": """
def _above(x, g):
    return xp.block([[x, g], [xp.zeros_like(x), x]])
""",
    "_frechet": """
def _frechet(f, x, g):
    return f(_above(x, g))[:len(x), len(x):]
""",
    "_frechet2": """
def _frechet2(f, x, g, h):
    return f(_above(_above(x, g), _above(h, xp.zeros_like(h))))[:len(x), 3*len(x):]
""",
    "_slopes": """
def _slopes(f, x):
    return _stacked(lambda e: _frechet(f, x, e), x)
""",
    "_slopes2": """
def _slopes2(f, x, g):
    return _stacked(lambda e: _frechet2(f, x, g, e), x)
""",
    "_stacked": """
def _stacked(step, x):
    return xp.stack([step(e) for e in _units(x)], -1).reshape(x.shape + x.shape)
""",
    "_units": """
def _units(x):
    return xp.eye(x.size, dtype=x.dtype).reshape(x.size, *x.shape)
""",
    "_khatri_rao": """
def _khatri_rao(x, y):
    return xp.reshape(x[:, None]*y[None, :], (len(x)*len(y), *x.shape[1:]))
""",
    "_pinv": """
def _pinv(x):
    return xp.linalg.pinv(x, rtol=1000*max(x.shape)*xp.finfo(x.dtype).eps)
""",
}


def spelled(texts: Mapping[str, str], module: str) -> dict[str, str]:
    """The texts with the name under which a library is imported."""
    return {name: re.sub(r"\bxp\.", f"{module}.", text) for name, text in texts.items()}
