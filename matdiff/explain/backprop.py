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
from matdiff.recognise.transposes import transposed
from matdiff.tree import build, einsum
from matdiff.tree.node import Node, make
from matdiff.tree.unknown import is_unknown, name_of
from matdiff.tree.walk import fold, postorder, variables_of


class Line(NamedTuple):
    """One assignment, in matrix form over variables and the names of the lines above.

    `of` is what a line of the backward part is the derivative by: a named value or a parameter.
    """

    name: Node
    value: Node
    of: Node | None = None


class Program(NamedTuple):
    """Forward values and the loss, deltas and gradients in an order in which they can be computed.

    `gradients` has the name of the gradient by each parameter.
    """

    forward: tuple[Line, ...]
    backward: tuple[Line, ...]
    gradients: dict[Node, Node]

    @property
    def lines(self) -> tuple[Line, ...]:
        """The whole program."""
        return (*self.forward, *self.backward)

    @property
    def loss(self) -> Line:
        """The last of the forward values."""
        return self.forward[-1]

    def written_out(self) -> tuple[Node, dict[Node, Node]]:
        """The loss, and each parameter with its gradient, all names put in; shared parts stay one node."""
        meanings: dict[Node, Node] = {}
        for line in self.lines:
            meanings[line.name] = substituted(line.value, meanings)
        gradients = {parameter: meanings[name] for parameter, name in self.gradients.items()}
        return meanings[self.loss.name], gradients


def backpropagate(loss: Node, lets: Iterable[tuple[str, Node]], parameters: tuple[Node, ...]) -> Program:
    """The gradients of the scalar `loss` by the parameters, through the named values.

    The loss and each value are trees in which the names of values above are variables.
    """
    given = tuple(lets)
    forms = [_index_form(node) for node in (*(node for _, node in given), loss)]
    names = [build.variable(name, node.shape) for name, node in given]
    taken = _names((*forms, *names))
    names.append(build.variable(_free("loss", taken), ()))
    values = (recognise((form,))[0] for form in forms)
    forward = [Line(name, _in_shape(value, name)) for name, value in zip(names, values, strict=True)]
    by_value = {line.value: line.name for line in forward[:-1] if line.value.op in ("map", "call")}
    sweep = _Sweep(dict(zip(names[:-1], forms, strict=False)), forms[-1], by_value, taken)
    backward, gradients = sweep.run(parameters)
    return Program(tuple(forward), tuple(backward), gradients)


def _index_form(node: Node) -> Node:
    return contract((expand(node),))[0]


def _in_shape(value: Node, name: Node) -> Node:
    """The value, a row where the name is one."""
    return value if value.shape == name.shape else transposed(value)


def _names(roots: tuple[Node, ...]) -> set[str]:
    """The names of variables and of unknown functions."""
    order = postorder(roots)
    names = {str(node.attrs[0]) for node in order if node.op == "var"}
    return names | {name_of(node) for node in order if is_unknown(node)}


class _Sweep:
    """From the loss back to the parameters; `definitions` are the named values in the order of computing."""

    def __init__(self, definitions: dict[Node, Node], loss: Node, by_value: dict[Node, Node], taken: set[str]) -> None:
        self.definitions = definitions
        self.loss = loss
        self.by_value = by_value
        self.deltas: dict[Node, Node] = {}
        self.taken = taken
        self.lines: list[Line] = []
        self.names: set[Node] = set()
        self.consumers: dict[Node, list[Node]] = {}
        for name, node in definitions.items():
            for variable in variables_of((node,)):
                self.consumers.setdefault(variable, []).append(name)
        self.of_loss = set(variables_of((loss,)))

    def run(self, parameters: tuple[Node, ...]) -> tuple[list[Line], dict[Node, Node]]:
        """All lines, and the name of the gradient by each parameter."""
        gradients: dict[Node, Node] = {}
        waiting: dict[Node | None, list[Node]] = {}
        for parameter in parameters:
            waiting.setdefault(self.consumers.get(parameter, [None])[0], []).append(parameter)
        moving = self.moving(parameters)
        for name in reversed(self.definitions):
            found = self.adjoint(name) if name in moving else None
            if found is not None and not _is_zero(found):
                self.deltas[name] = self.named(name, found)
            gradients |= {parameter: self.gradient(parameter) for parameter in waiting.get(name, ())}
        gradients |= {parameter: self.gradient(parameter) for parameter in waiting.get(None, ())}
        return self.lines, gradients

    def moving(self, parameters: tuple[Node, ...]) -> set[Node]:
        """The names that depend on a parameter."""
        moving = set(parameters)
        for name, node in self.definitions.items():
            if not moving.isdisjoint(variables_of((node,))):
                moving.add(name)
        return moving

    def named(self, of: Node, value: Node) -> Node:
        """The name of a delta; the value itself where it is only passed on through a function of a name."""
        definition = self.definitions[of]
        is_function_of_name = definition.op == "map" and all(arg in self.definitions for arg in definition.args)
        if value.op == "var" or is_function_of_name:
            return value
        name = build.variable(_free(f"delta_{of.attrs[0]}", self.taken), value.shape)
        self.lines.append(Line(name, value, of))
        self.names.add(name)
        return name

    def gradient(self, parameter: Node) -> Node:
        """The name of the gradient by a parameter, on a line of its own."""
        name = build.variable(_free(f"d{parameter.attrs[0]}", self.taken), parameter.shape)
        self.lines.append(Line(name, self.adjoint(parameter), parameter))
        return name

    def adjoint(self, target: Node) -> Node:
        """The derivative of the loss by a name or a parameter, from the deltas of what is made of it."""
        parts = [(1, self.loss)] if target in self.of_loss else []
        consumers = [name for name in self.consumers.get(target, ()) if name in self.deltas]
        parts += [(1, _inner_product(expand(self.deltas[name]), self.definitions[name])) for name in consumers]
        slope = derivatives(einsum.total(parts, ()), (target,))[0]
        return self.in_order(substituted(recognise(contract((slope,)))[0], self.by_value))

    def in_order(self, value: Node) -> Node:
        """Entry-wise products with what comes from behind first, then the derivative of the function there."""

        def visit(node: Node, args: tuple[Node, ...]) -> Node:
            if node.op == "hadamard":
                args = tuple(sorted(args, key=lambda arg: self.names.isdisjoint(variables_of((arg,)))))
            return node if args == node.args else make(node.op, args, node.attrs, node.shape)

        return fold((value,), visit)[value]


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
