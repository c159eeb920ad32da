"""How unknown functions and their derivatives are called: `L`, `grad_L`, `hess_L`, `J_F`, `f_prime`, `f_second`.

Functions of scalars and those taken entry by entry have the order behind their name, all others before it. With several
arguments the places that it is differentiated by follow the order, counted from 1: `grad2_L(y, t)`, `f_second11(x, y)`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from matdiff.tree.node import Node
from matdiff.tree.unknown import count_arguments, name_of, places_of, value_shape

BEFORE = ("", "grad", "hess", "third", "fourth")
BEHIND = ("", "prime", "second", "third", "fourth")
JACOBIAN = "J"
_ORDERS = f"({'|'.join(BEHIND[1:])})([1-9]*)"
_BEFORE = re.compile(rf"({JACOBIAN}|{'|'.join(BEFORE[1:])})([1-9]*)_(?!{_ORDERS}$)(\w+)")
_BEHIND = re.compile(rf"(\w+?)_{_ORDERS}")


class Name(NamedTuple):
    """A name taken apart: the function, the order of the derivative and the places, counted from 0, if there are any.

    `style` is `before`, `behind`, or `J` for a Jacobian; empty for the function itself.
    """

    function: str
    order: int = 0
    places: tuple[int, ...] = ()
    style: str = ""


def take_apart(text: str) -> Name:
    """`hess12_L` as the derivative of `L` by its first and its second argument; `J_prime` as that of a function `J`."""
    before, behind = _BEFORE.fullmatch(text), _BEHIND.fullmatch(text)
    if before:
        word, digits, function = before.group(1, 2, 5)
        order, style = (1, JACOBIAN) if word == JACOBIAN else (BEFORE.index(word), "before")
    elif behind:
        function, word, digits = behind.groups()
        order, style = BEHIND.index(word), "behind"
    else:
        return Name(text)
    return Name(function, order, tuple(int(digit) - 1 for digit in digits), style)


def is_of_scalars(node: Node) -> bool:
    """Whether the order stands behind the name."""
    return node.op == "map" or not any(arg.shape for arg in node.args)


def order_of(node: Node) -> int:
    """How often it is differentiated."""
    return len(places_of(node))


def spelled(node: Node) -> str:
    """The name of the language for an unknown function, or a derivative of one."""
    name, places = name_of(node), places_of(node)
    if not places:
        return name
    digits = "".join(str(place + 1) for place in places) if count_arguments(node) > 1 else ""
    if is_of_scalars(node):
        return f"{name}_{BEHIND[len(places)]}{digits}"
    word = JACOBIAN if len(places) == 1 and value_shape(node) else BEFORE[len(places)]
    return f"{word}{digits}_{name}"
