"""Backpropagation as a short program: forward values, then deltas from the last name to the first, each used below.

Every line is about one named value and its neighbours only, so that the program is as long as the network is deep.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from matdiff.derive.contract import contract
from matdiff.derive.expand import expand
from matdiff.derive.reverse import derivatives
from matdiff.explain.substitute import substituted
from matdiff.recognise.fold import recognise
from matdiff.tree import build, einsum
from matdiff.tree.node import Node, make
from matdiff.tree.walk import postorder, variables_of


class Line(NamedTuple):
    """One assignment, in matrix form over variables and the names of the lines above."""

    name: Node
    value: Node


class Program(NamedTuple):
    """Forward values and the loss, deltas and gradients in an order in which they can be computed.

    `gradients` has the name of the gradient by each parameter.
    """

    forward: tuple[Line, ...]
    backward: tuple[Line, ...]
    gradients: dict[Node, Node]

    def written_out(self) -> dict[Node, Node]:
        """Each parameter with its gradient, all names put in; shared parts stay one node."""
        meanings: dict[Node, Node] = {}
        for line in (*self.forward, *self.backward):
            meanings[line.name] = substituted(line.value, meanings)
        return {parameter: meanings[name] for parameter, name in self.gradients.items()}


def backpropagate(loss: Node, lets: Iterable[tuple[str, Node]], parameters: tuple[Node, ...]) -> Program:
    """The gradients of the scalar `loss` by the parameters, through the named values."""
    given = tuple(lets)
    indexed, *named = contract(tuple(expand(node) for node in (loss, *(node for _, node in given))))
    values = {node: build.variable(name, node.shape) for (name, _), node in zip(given, named, strict=True)}
    local = _in_terms_of_names((indexed, *named), values)
    taken = {str(node.attrs[0]) for node in (*variables_of((loss,)), *values.values())}
    total = build.variable(_free("loss", taken), ())
    forward = [Line(values[node], recognise((local[node],))[0]) for node in named]
    forward.append(Line(total, recognise((local[indexed],))[0]))
    by_value = {line.value: line.name for line in forward[:-1] if line.value.op in ("map", "call")}
    sweep = _Sweep({values[node]: local[node] for node in named}, local[indexed], by_value, taken)
    backward, gradients = sweep.run(parameters)
    return Program(tuple(forward), tuple(backward), gradients)


def _in_terms_of_names(roots: tuple[Node, ...], values: dict[Node, Node]) -> dict[Node, Node]:
    """Each node with the names of the values below it in their place."""
    local: dict[Node, Node] = {}
    for node in postorder(roots):
        args = tuple(values.get(child, local[child]) for child in node.args)
        local[node] = node if args == node.args else make(node.op, args, node.attrs, node.shape)
    return local


class _Sweep:
    """From the loss back to the parameters; `definitions` are the named values in the order of computing."""

    def __init__(self, definitions: dict[Node, Node], loss: Node, by_value: dict[Node, Node], taken: set[str]) -> None:
        self.definitions = definitions
        self.loss = loss
        self.by_value = by_value
        self.deltas: dict[Node, Node] = {}
        self.taken = taken
        self.consumers: dict[Node, list[Node]] = {}
        for name, node in definitions.items():
            for variable in variables_of((node,)):
                self.consumers.setdefault(variable, []).append(name)

    def run(self, parameters: tuple[Node, ...]) -> tuple[list[Line], dict[Node, Node]]:
        """All lines, and the name of the gradient by each parameter."""
        lines: list[Line] = []
        gradients: dict[Node, Node] = {}
        pending = list(parameters)
        moving = self.moving(parameters)
        for name in reversed(self.definitions):
            found = self.adjoint(name) if name in moving else None
            if found is not None and not _is_zero(found):
                self.deltas[name] = self.named(lines, name, found)
            ready = [p for p in pending if self.consumers.get(p, [None])[0] is name]
            for parameter in ready:
                pending.remove(parameter)
                gradients[parameter] = self.gradient(lines, parameter)
        gradients |= {parameter: self.gradient(lines, parameter) for parameter in pending}
        return lines, gradients

    def moving(self, parameters: tuple[Node, ...]) -> set[Node]:
        """The names that depend on a parameter."""
        moving = set(parameters)
        for name, node in self.definitions.items():
            if not moving.isdisjoint(variables_of((node,))):
                moving.add(name)
        return moving

    def named(self, lines: list[Line], of: Node, value: Node) -> Node:
        """The name of a delta; the value itself where it is only passed on through a function of a name."""
        definition = self.definitions[of]
        is_function_of_name = definition.op == "map" and all(arg in self.definitions for arg in definition.args)
        if value.op == "var" or is_function_of_name:
            return value
        lines.append(Line(build.variable(_free(f"delta_{of.attrs[0]}", self.taken), value.shape), value))
        return lines[-1].name

    def gradient(self, lines: list[Line], parameter: Node) -> Node:
        """The name of the gradient by a parameter, on a line of its own."""
        name = build.variable(_free(f"d{parameter.attrs[0]}", self.taken), parameter.shape)
        lines.append(Line(name, self.adjoint(parameter)))
        return name

    def adjoint(self, target: Node) -> Node:
        """The derivative of the loss by a name or a parameter, from the deltas of what is made of it."""
        parts = [(1, self.loss)] if target in variables_of((self.loss,)) else []
        consumers = [name for name in self.consumers.get(target, ()) if name in self.deltas]
        parts += [(1, _inner_product(expand(self.deltas[name]), self.definitions[name])) for name in consumers]
        slope = derivatives(einsum.total(parts, ()), (target,))[0]
        return substituted(recognise(contract((slope,)))[0], self.by_value)


def _inner_product(left: Node, right: Node) -> Node:
    axes = tuple(range(len(right.shape)))
    return einsum.einsum((left, right), (axes, axes), (), right.shape)


def _is_zero(node: Node) -> bool:
    return node.op == "constant" and node.attrs == ("zeros",)


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name
