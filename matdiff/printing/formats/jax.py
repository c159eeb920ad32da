"""A Python module that needs JAX: for `jit`, `vmap` and `grad`, and for arrays that lie on several devices."""

from __future__ import annotations

from typing import ClassVar

from matdiff.printing.formats.jax_functions import FUNCTIONS, HELPERS
from matdiff.printing.program import python_functions
from matdiff.printing.program.code import Code, infix
from matdiff.printing.program.function import Function
from matdiff.printing.program.python import PythonWriter
from matdiff.printing.spelling import spelling_of
from matdiff.tree.node import Node


def write(function: Function) -> str:
    """The module."""
    return JaxWriter(function).source()


class JaxWriter(PythonWriter):
    """The spelling of JAX: that of NumPy but for what its own modules have."""

    language = "JAX"
    module = "jnp"
    imports: ClassVar[dict[str, str]] = {
        "import jax": r"\bjax\.",
        "import jax.numpy as jnp": "",
        "import jax.scipy as jsp": r"\bjsp\.",
    }
    taken = frozenset({"jax", "jnp", "jsp", "others"})
    helpers = HELPERS
    templates: ClassVar[dict[str, str]] = {
        **python_functions.spelled(python_functions.TEMPLATES, "jnp"),
        "inner": "jnp.vdot({0}, {1})",
        "solve_factored": "jsp.linalg.cho_solve(({0}, True), {1})",
        "kron": "jnp.kron({0}, {1})",
    }

    def scalar(self, text: str) -> str:
        """A plain number as an array."""
        return f"jnp.asarray({text}{self.kept_type()})"

    def template(self, name: str) -> str:
        """The spelling in the table, else that of NumPy under the name of the module."""
        numpy = spelling_of(name).numpy
        derived = "" if "scipy" in numpy or numpy[:1] == "_" else numpy.replace("np.", "jnp.")
        return self.known(name, FUNCTIONS.get(name, derived))

    def _write_matmul(self, node: Node) -> Code:
        """A transposed matrix stands behind its vector: compiled for a processor, `A.T @ x` takes ten times as long."""
        left, right = node.args
        if left.op == "transpose" and len(right.shape) == 1:
            return infix(self.codes[right], " @ ", self.codes[left.args[0]])
        return super()._write_matmul(node)

    def kept_type(self) -> str:
        """Constants have the type of the first argument."""
        return f", dtype={self.first_argument()}.dtype" if self.variables else ""
