"""Runs of factors at the end of a chain that cancel: inverses of products, pseudoinverses."""

from __future__ import annotations

from matdiff.properties.infer import holds
from matdiff.recognise.terms import is_constant
from matdiff.recognise.transposes import transposed
from matdiff.tree import build
from matdiff.tree.node import Node

LONGEST_RUN = 16


def cancel_at_end(chain: list[Node]) -> None:
    """Take off the end of `chain` what cancels there; a chain of which nothing is left is I.

    `inv(X.T*X)*X.T*X` and `X.T*X*inv(X.T*X)` are I, `X*pinv(X)*X` is X, and `pinv(X)*X` is I where X is known
    to have full column rank. Source: Penrose, A generalized inverse for matrices (1955).
    """
    place = _kept_beside_projection(chain[-3:]) if len(chain) > 2 else None
    if place is not None:
        chain[-3:] = [chain[place - 3]]
        return
    length = next((n for n in _possible_lengths(chain) if _is_identity(chain[-n:])), 0)
    if length:
        size = chain[-1].shape[-1]
        del chain[-length:]
        if not chain:
            chain.append(build.identity(size))


def _possible_lengths(chain: list[Node]) -> list[int]:
    """How long a run at the end can be that cancels: an inverse of so many factors stands at one of its ends."""
    ends = range(2, min(len(chain), LONGEST_RUN) + 1)
    return [n for n in ends if n == 2 or n - 1 in (_inverted_factors(chain[-n]), _inverted_factors(chain[-1]))]


def _inverted_factors(node: Node) -> int:
    """Of how many factors the node is the inverse; 0 for anything but the inverse of a product."""
    inner = node.args[0] if node.op == "transpose" else node
    is_inverse = inner.op == "call" and inner.attrs == ("inv",) and inner.args[0].op == "product"
    return len(inner.args[0].args) if is_inverse else 0


def _is_identity(run: list[Node]) -> bool:
    if any(len(factor.shape) != 2 for factor in run):
        return False
    if len(run) == 2 and _has_known_rank(*run):
        return True
    return _inverts(run[0], run[1:]) or _inverts(run[-1], run[:-1])


def _inverts(factor: Node, run: list[Node]) -> bool:
    """Whether the factor is the inverse of the product of the run, or its transpose of the run's transpose."""
    if factor.op == "transpose":
        return _inverts(factor.args[0], [transposed(other) for other in reversed(run)])
    if factor.op != "call" or factor.attrs != ("inv",) or factor.args[0].op != "product":
        return False
    return factor.args[0].args == tuple(run)


def _has_known_rank(left: Node, right: Node) -> bool:
    """`pinv(X)*X` for full column rank, `X*pinv(X)` for full row rank, and their transposes."""
    if left.op == "transpose" and right.op == "transpose":
        return _has_known_rank(right.args[0], left.args[0])
    return (_is_pinv_of(left, right) and holds(right, "full_column_rank")) or (
        _is_pinv_of(right, left) and holds(left, "full_row_rank")
    )


def _kept_beside_projection(run: list[Node]) -> int | None:
    """Of three factors, two of which are `X*pinv(X)` or `pinv(X)*X`, the place of the one that they leave as it is.

    Both are symmetric projections: onto the columns of X, which X and pinv(X).T have, and onto its rows.
    """
    for place, pair in ((2, run[:2]), (0, run[1:])):
        matrix = pair[0] if _is_pinv_of(pair[1], pair[0]) else pair[1] if _is_pinv_of(pair[0], pair[1]) else None
        if matrix is not None:
            inverse = pair[1] if matrix is pair[0] else pair[0]
            is_left = (matrix is pair[0]) == (place == 2)
            kept = (matrix, build.transpose(inverse)) if is_left else (inverse, build.transpose(matrix))
            if run[place] in kept:
                return place
    return None


def turned_projection(left: Node, right: Node) -> Node | None:
    """`pinv(X).T*X.T` as `X*pinv(X)`: a symmetric projection, written without transposes."""
    if left.op != "transpose" or right.op != "transpose":
        return None
    one, other = left.args[0], right.args[0]
    return build.product(other, one) if _is_pinv_of(one, other) or _is_pinv_of(other, one) else None


def _is_pinv_of(inverse: Node, matrix: Node) -> bool:
    return inverse.op == "call" and inverse.attrs == ("pinv",) and inverse.args[0] is matrix


def is_identity(node: Node) -> bool:
    """Whether `node` is the identity matrix."""
    return len(node.shape) == 2 and is_constant(node, "identity")
