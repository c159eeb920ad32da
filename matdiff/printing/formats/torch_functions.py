"""What functions are called in PyTorch, and the functions that generated code brings along."""

from __future__ import annotations

from matdiff.printing.program import python_functions

_PLAIN = "exp log abs sign sin cos tan tanh sigmoid relu log1p expm1 arcsin arccos arctan sinh cosh arcsinh arctanh erf"
FUNCTIONS = {
    **python_functions.FUNCTIONS,
    **{name: f"torch.{name}({{0}})" for name in _PLAIN.split()},
    "heaviside": "_heaviside({0})",
    "softplus": "_softplus({0})",
    "gauss": "(2/math.sqrt(math.pi)*torch.exp(-({0})**2))",
    "gelu": "torch.nn.functional.gelu({0})",
    "silu": "torch.nn.functional.silu({0})",
    "normal_cdf": "torch.special.ndtr({0})",
    "normal_pdf": "(torch.exp(-{0}**2/2)/math.sqrt(2*math.pi))",
    "lgamma": "torch.lgamma({0})",
    "digamma": "torch.digamma({0})",
    "trigamma": "torch.polygamma(1, {0})",
    "tr": "torch.trace({0})",
    "sum": "torch.sum({0})",
    "mean": "torch.mean({0})",
    "prod": "torch.prod({0})",
    "max": "torch.amax({0})",
    "min": "torch.amin({0})",
    "norm2": "torch.linalg.norm({0})",
    "norm1": "torch.sum(torch.abs({0}))",
    "norm_inf": "torch.amax(torch.abs({0}))",
    "norm_spectral": "torch.linalg.matrix_norm({0}, 2)",
    "nuclear": "torch.linalg.matrix_norm({0}, 'nuc')",
    "softmax": "torch.softmax({0}, dim=0)",
    "log_softmax": "torch.log_softmax({0}, dim=0)",
    "logsumexp": "_logsumexp({0})",
    "det": "torch.linalg.det({0})",
    "logdet": "torch.linalg.slogdet({0})[1]",
    "adj": "(torch.linalg.det({0})*torch.linalg.inv({0}))",
    "cof": "(torch.linalg.det({0})*torch.linalg.inv({0}).T)",
    "chol": "torch.linalg.cholesky({0})",
    "matpow": "torch.linalg.matrix_power({0}, int({1}))",
    "expm": "torch.linalg.matrix_exp({0})",
    "frechet_expm": "_frechet(torch.linalg.matrix_exp, {0}, {1})",
    "frechet2_expm": "_frechet2(torch.linalg.matrix_exp, {0}, {1}, {2})",
    "J_expm": "_slopes(torch.linalg.matrix_exp, {0})",
    "J_frechet_expm": "_slopes2(torch.linalg.matrix_exp, {0}, {1})",
    "diag": "torch.diag({0})",
    "vec": "{0}.T.reshape(-1)",
    "unvec": "{0}.reshape({2}, {1}).T",
    "tril": "torch.tril({0})",
    "triu": "torch.triu({0})",
    "cumsum": "torch.cumsum({0}, dim=0)",
    "lambda_max": "torch.linalg.eigvalsh({0})[-1]",
    "lambda_min": "torch.linalg.eigvalsh({0})[0]",
    "rank": "torch.linalg.matrix_rank({0})",
}

HELPERS = {
    **python_functions.spelled(python_functions.HELPERS, "torch"),
    "_array": """
def _array(value):
    return torch.as_tensor(value)
""",
    "_arrays": """
def _arrays(shapes, *values):
    given = [torch.as_tensor(value) for value in values if not isinstance(value, (int, float))]
    like = next((value for value in given if value.is_floating_point()), torch.zeros(()))
    found, sizes = [], {}
    for (name, axes), value in zip(shapes.items(), values):
        tensor = torch.as_tensor(value)
        if not tensor.is_floating_point() or not tensor.ndim:
            tensor = torch.as_tensor(value, dtype=like.dtype, device=like.device)
        found.append(_fitted(name, axes.split(), tensor, sizes))
    return found
""",
    "_solve_factored": """
def _solve_factored(factor, b):
    return torch.cholesky_solve(b, factor) if b.ndim == 2 else torch.cholesky_solve(b[:, None], factor)[:, 0]
""",
    "_kron": """
def _kron(x, y):
    return torch.einsum("ij,kl->ikjl", x, y).reshape(len(x)*len(y), x.shape[1]*y.shape[1])
""",
    "_heaviside": """
def _heaviside(x):
    return (x > 0).to(x.dtype)
""",
    "_softplus": """
def _softplus(x):
    return torch.logaddexp(x, torch.zeros_like(x))
""",
    "_logsumexp": """
def _logsumexp(x, dim=None):
    return torch.logsumexp(x.reshape(-1), dim=0) if dim is None else torch.logsumexp(x, dim=dim)
""",
    "_is_max": """
def _is_max(x, dim=None):
    marks = (x == (torch.amax(x) if dim is None else torch.amax(x, dim=dim, keepdim=True))).to(x.dtype)
    return marks/(torch.sum(marks) if dim is None else torch.sum(marks, dim=dim, keepdim=True))
""",
    "_sqrtm": """
def _sqrtm(x):
    root, inverse = x, torch.eye(len(x), dtype=x.dtype, device=x.device)
    for _ in range(40):
        root, inverse = (root + torch.linalg.inv(inverse))/2, (inverse + torch.linalg.inv(root))/2
    return root
""",
    "_logm": """
def _logm(x):
    one = torch.eye(len(x), dtype=x.dtype, device=x.device)
    for _ in range(8):
        x = _sqrtm(x)
    ratio = torch.linalg.solve(x + one, x - one)
    square = ratio @ ratio
    return 512*ratio @ (one + square/3 + square @ square/5 + square @ square @ square/7)
""",
    "_power_of": """
def _power_of(k):
    return lambda x: torch.linalg.matrix_power(x, int(k))
""",
    "_units": """
def _units(x):
    return torch.eye(x.numel(), dtype=x.dtype, device=x.device).reshape(-1, *x.shape)
""",
    "_above": """
def _above(x, g):
    return torch.cat([torch.cat([x, g], dim=1), torch.cat([torch.zeros_like(x), x], dim=1)])
""",
}
