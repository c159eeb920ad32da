"""What is to be computed, and the program that computes it: the same for every language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from matdiff.functions.defined import written_out
from matdiff.printing.program.arrays import reshape
from matdiff.printing.program.lower import Lowering
from matdiff.printing.program.settle import settle
from matdiff.tree import build, walk
from matdiff.tree.node import Node, Shape


class Output(NamedTuple):
    """A value that a function gives: what it is called, and the axes that it has."""

    name: str
    node: Node
    axes: Shape


class Function(NamedTuple):
    """A function of named arrays.

    `lets` are named values, each made of those before it; `outputs` are made of variables and of them, and given in
    `groups` of so many: a value, its gradients. `title` is what the function computes, `notes` are lines about it:
    conditions, the version of the program. `sizes` are numbers for named sizes, for what products cost.
    """

    outputs: tuple[Output, ...]
    title: str
    arguments: tuple[Node, ...] = ()
    name: str = "derivative"
    lets: tuple[tuple[str, Node], ...] = ()
    groups: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    sizes: tuple[tuple[str, int], ...] = ()

    @property
    def variables(self) -> tuple[Node, ...]:
        """The arguments: those that were named, then all others that occur."""
        named = {name for name, _ in self.lets}
        roots = (*(node for _, node in self.lets), *(output.node for output in self.outputs))
        found = (*self.arguments, *walk.variables_of(roots))
        by_name = {str(node.attrs[0]): node for node in reversed(found)}
        return tuple(by_name[name] for name in dict.fromkeys(str(node.attrs[0]) for node in found) if name not in named)


class Program(NamedTuple):
    """The arrays of a function: named ones in order, then the outputs."""

    lets: tuple[tuple[str, Node], ...]
    outputs: tuple[Node, ...]

    @property
    def roots(self) -> tuple[Node, ...]:
        """Every array that is asked for."""
        return (*(array for _, array in self.lets), *self.outputs)


def program_of(function: Function) -> Program:
    """The arrays that a function computes, each once; functions of the user with their bodies in their place."""
    sizes: Mapping[str, int] = dict(function.sizes)
    lowering = Lowering(sizes)
    roots = written_out((*(node for _, node in function.lets), *(output.node for output in function.outputs)))
    lowering.lower(roots)
    count = len(function.lets)
    wanted = [lowering.arrays[node] for node in roots[:count]]
    for node, output in zip(roots[count:], function.outputs, strict=True):
        array = lowering.arrays[node]
        wanted.append(array if len(output.axes) == len(array.shape) else reshape(array, output.axes))
    settled = settle(tuple(wanted))
    names = tuple(name for name, _ in function.lets)
    return Program(tuple(zip(names, settled[:count], strict=True)), settled[count:])


def function_of_lines(
    lines: tuple[tuple[str, Node], ...], wanted: tuple[str, ...], title: str, arguments: tuple[Node, ...] = ()
) -> Function:
    """A function made of a straight program: `lines` name values in order, `wanted` are the names that it gives.

    What occurs in a line and is named by none is an argument; those in `arguments` come first.
    """
    nodes = dict(lines)
    outputs = tuple(Output(name, build.variable(name, nodes[name].shape), nodes[name].shape) for name in wanted)
    return Function(outputs, title, arguments, lets=lines)
