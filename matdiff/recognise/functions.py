"""Functions of whole matrices of tidy arguments, those with a short form worked out."""

from __future__ import annotations

from collections.abc import Sequence

from matdiff.properties.infer import holds
from matdiff.recognise.chains import hadamard_of
from matdiff.recognise.entrywise import mapped, times
from matdiff.recognise.homogeneous import along_directions, diagonal_matrix, inverse, pseudo_inverse
from matdiff.recognise.masks import TRIANGLES, TURNED
from matdiff.recognise.terms import is_constant, is_diagonal, scaled, unweighted
from matdiff.recognise.transposes import along_rows, transposed
from matdiff.tree import build
from matdiff.tree.node import Attributes, Node, Shape, make


def called(attrs: Attributes, args: Sequence[Node], shape: Shape) -> Node:
    """A function of whole matrices of tidy arguments; inverses of transposes, inverses and multiples are worked out."""
    if attrs[0] == "inv" or (attrs == ("pinv",) and holds(args[0], "invertible")):
        return inverse(args[0])
    if attrs == ("pinv",):
        return pseudo_inverse(args[0])
    if attrs[0] == "diag":
        return diagonal_matrix(args[0]) if len(shape) == 2 else diagonal_of(args[0])
    if attrs[0] in TURNED and holds(args[0], TRIANGLES[str(attrs[0])]):
        return args[0]
    if attrs[0] == "max" and args[0].op == "map" and args[0].attrs == ("abs",):
        return called(("norm_inf", *attrs[1:]), args[0].args, shape)
    if str(attrs[0]).startswith("frechet"):
        return along_directions(attrs, args, 3 if str(attrs[0]).startswith("frechet2") else 2)
    if attrs[-1] == "rows":
        return along_rows(attrs, args[0], shape)
    return make("call", tuple(args), attrs, shape)


def diagonal_of(matrix: Node) -> Node:
    """The diagonal of a square matrix, taken inside entry-wise functions, sums and outer products."""
    shape = matrix.shape[:1]
    weight, body = unweighted(matrix)
    scalars, chain = build.split_product(body)
    if weight != 1 or scalars:
        return scaled(weight, times(*scalars, diagonal_of(build.product(*chain))))
    if is_constant(body, "identity") or is_constant(body, "ones"):
        return build.ones(shape)
    if is_diagonal(body):
        return body.args[0]
    if body.op == "transpose":
        return diagonal_of(body.args[0])
    if body.op == "map":
        return mapped(body.attrs, [diagonal_of(arg) for arg in body.args])
    if body.op == "hadamard":
        return hadamard_of([diagonal_of(arg) for arg in body.args])
    if len(chain) == 2 and len(chain[0].shape) == 1:
        return hadamard_of((chain[0], transposed(chain[1])))
    return make("call", (body,), ("diag",), shape)
