"""Gradients within the structure of a variable: the projection onto symmetric, skew or diagonal matrices."""

from __future__ import annotations

from fractions import Fraction

from matdiff.errors import NotYet
from matdiff.tree import einsum
from matdiff.tree.node import Node

SYMMETRIC = frozenset({"symmetric", "spd", "psd"})
UNPROJECTED = frozenset({"lower", "upper", "orthogonal"})


def project(derivative: Node, variable: Node) -> Node:
    """The part of ∂f/∂X that lies in the structure declared for X: `(G + G.T)/2` for symmetric X.

    It is the gradient of f restricted to matrices of that structure, in the inner product tr(A'B).
    Source: Srinivasan and Panda, What is the gradient of a scalar function of a symmetric matrix? (2020).
    """
    properties = {str(word) for word in variable.attrs[1]}  # type: ignore[union-attr]
    if len(variable.shape) != 2:
        return derivative
    missing = sorted(properties & UNPROJECTED)
    if missing:
        raise NotYet(
            f"a gradient by the {missing[0]} matrix `{variable.attrs[0]}` within its structure is not known yet"
        )
    axes = tuple(range(len(derivative.shape)))
    turned = einsum.permuted(derivative, (*axes[:-2], axes[-1], axes[-2]))
    half = Fraction(1, 2)
    if properties & SYMMETRIC:
        return einsum.total([(half, derivative), (half, turned)], derivative.shape)
    if "skew" in properties:
        return einsum.total([(half, derivative), (-half, turned)], derivative.shape)
    if "diagonal" in properties:
        kept = (*axes[:-2], axes[-2], axes[-2])
        return einsum.einsum((derivative,), (kept,), kept, derivative.shape)
    return derivative
