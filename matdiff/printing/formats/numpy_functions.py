"""Functions that generated code brings along, each as its source: what numpy has under no name of its own.

A function may call others here, which come along then.
"""

from __future__ import annotations

from matdiff.printing.program import python_functions

HELPERS = {
    **python_functions.spelled(python_functions.HELPERS, "np"),
    "_solve_factored": """
def _solve_factored(factor, b):
    try:
        from scipy.linalg import cho_solve
    except ImportError:
        return np.linalg.solve(factor.T, np.linalg.solve(factor, b))
    return cho_solve((factor, True), b)
""",
    "_placed": """
def _placed(entries, signature):
    letters, axes = signature.split("->")
    sizes = dict(zip(letters, entries.shape))
    whole = np.zeros([sizes[letter] for letter in axes])
    np.einsum(f"{axes}->{letters}", whole)[...] = entries
    return whole
""",
    "_sigmoid": """
def _sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, e)/(1 + e)
""",
    "_array": """
def _array(value):
    return np.asarray(value, dtype=float)
""",
    "_arrays": """
def _arrays(shapes, *values):
    sizes = {}
    given = zip(shapes.items(), values)
    return [_fitted(name, axes.split(), _array(value), sizes)[()] for (name, axes), value in given]
""",
    "_softmax": """
def _softmax(x, axis=None):
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e/np.sum(e, axis=axis, keepdims=True)
""",
    "_logsumexp": """
def _logsumexp(x, axis=None):
    top = np.max(x, axis=axis, keepdims=True)
    return np.squeeze(top, axis=axis) + np.log(np.sum(np.exp(x - top), axis=axis))
""",
    "_log_softmax": """
def _log_softmax(x, axis=None):
    shifted = x - np.max(x, axis=axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))
""",
    "_is_max": """
def _is_max(x, axis=None):
    marks = (x == np.max(x, axis=axis, keepdims=True))*1.0
    return marks/np.sum(marks, axis=axis, keepdims=True)
""",
    "_frechet_sqrtm": """
def _frechet_sqrtm(x, g):
    root = scipy.linalg.sqrtm(x)
    return scipy.linalg.solve_sylvester(root, root, g)
""",
    "_power_of": """
def _power_of(k):
    return lambda x: np.linalg.matrix_power(x, int(k))
""",
    "_normal_cdf": """
def _normal_cdf(x):
    return (1 + _erf(x/np.sqrt(2)))/2
""",
    "_erf": """
_erf = np.vectorize(math.erf, otypes=[float])
""",
    "_lgamma": """
_lgamma = np.vectorize(math.lgamma, otypes=[float])
""",
    "_digamma": """
def _digamma(x):
    shift = sum(1/(x + k) for k in range(12))
    z = 1/(x + 12)**2
    tail = z*(1/12 - z*(1/120 - z*(1/252 - z*(1/240 - z*(1/132 - z*691/32760)))))
    return np.log(x + 12) - 1/(2*(x + 12)) - tail - shift
""",
    "_trigamma": """
def _trigamma(x):
    shift = sum(1/(x + k)**2 for k in range(12))
    z = 1/(x + 12)**2
    tail = (1/6 - z*(1/30 - z*(1/42 - z*(1/30 - z*(5/66 - z*691/2730)))))/(x + 12)**3
    return 1/(x + 12) + z/2 + tail + shift
""",
}
