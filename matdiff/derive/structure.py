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
    turned = (*axes[:-2], axes[-1], axes[-2])
    if properties & SYMMETRIC:
        return _halved_with(derivative, turned, Fraction(1, 2))
    if "skew" in properties:
        return _halved_with(derivative, turned, Fraction(-1, 2))
    if "diagonal" in properties:
        kept = (*axes[:-2], axes[-2], axes[-2])
        return einsum.einsum((derivative,), (kept,), kept, derivative.shape)
    return derivative


def _halved_with(derivative: Node, order: tuple[int, ...], weight: Fraction) -> Node:
    """Half of each term plus `weight` times the term with its axes in another order."""
    terms: list[tuple[Fraction, Node]] = []
    is_sum = derivative.op == "sum"
    weights = derivative.attrs if is_sum else (Fraction(1),)
    for own, term in zip(weights, derivative.args if is_sum else (derivative,), strict=True):
        assert isinstance(own, Fraction)
        terms += [(own / 2, term), (own * weight, einsum.permuted(term, order))]
    return einsum.total(terms, derivative.shape)
