"""The forms of an answer beside the answer itself: along a direction, as a differential, stacked, in other layouts."""

from __future__ import annotations

from fractions import Fraction

from matdiff.derive.contract import contract
from matdiff.derive.expand import axes_of, expand
from matdiff.derive.forward import inner_product, replace_variables, tangent
from matdiff.derive.reverse import derivatives
from matdiff.derive.structure import project
from matdiff.errors import NoRule
from matdiff.recognise.chains import multiplied
from matdiff.recognise.fold import recognise
from matdiff.recognise.measure import cost
from matdiff.recognise.sums import summed
from matdiff.recognise.traces import traced
from matdiff.recognise.transposes import transposed
from matdiff.tree import build, einsum
from matdiff.tree.attributes import properties_of
from matdiff.tree.node import Node, Shape, make
from matdiff.tree.properties import LINEAR_SPACES
from matdiff.tree.walk import postorder
from matdiff.verify.compare import check_equal

# ------------------------------------------------------------------------------------------------------- directions


def differential_of(variable: Node, taken: frozenset[str]) -> Node:
    """The variable `dX` that stands for a change of X: of its shape and in its linear structure."""
    name = f"d{variable.attrs[0]}"
    while name in taken:
        name += "_"
    words = [LINEAR_SPACES[word] for word in properties_of(variable) if word in LINEAR_SPACES]
    return build.variable(name, variable.shape, words)


def within_structure(direction: Node, variable: Node) -> Node:
    """The part of a direction that lies in the structure declared for the variable; the whole where there is none."""
    indexed = _with_axes(expand(direction), variable.shape)
    inside = project(indexed, variable)
    return direction if inside is indexed else recognise(contract((inside,)))[0]


def directional_derivative(
    value: Node, variables: tuple[Node, ...], directions: tuple[Node, ...], derivatives_: tuple[Node, ...] = ()
) -> Node:
    """The derivative of `value` along a direction for each variable, in matrix form: it has the shape of the value.

    A forward sweep gives one writing; where the derivatives by the variables are given, they times the directions are
    another, and the shorter one is taken.
    """
    pairs = zip(derivatives_, directions, strict=False)
    products = [_product(value.shape, derivative, direction) for derivative, direction in pairs]
    known = [(Fraction(1), product) for product in products if product is not None]
    writings = [summed(known, value.shape)] if known and len(known) == len(variables) else []
    try:
        steps = {v: _with_axes(expand(d), v.shape) for v, d in zip(variables, directions, strict=True)}
        swept = recognise(contract((tangent(expand(value), steps),)))[0]
        writings.insert(0, _shaped(swept, value.shape))
    except NoRule:
        if not writings:
            raise
    return min(writings, key=cost)


def directional_gradients(
    variables: tuple[Node, ...], gradients: tuple[Node, ...], directions: tuple[Node, ...]
) -> tuple[Node, ...]:
    """How the gradient by each variable changes along the directions: for one variable the Hessian times a vector.

    The directions are held fast while the inner product of gradients and directions is differentiated.
    """
    held = tuple(make("var", (), (f"{v.attrs[0]} held", ()), axes_of(v.shape)) for v in variables)
    products = [(1, inner_product(expand(g), one)) for g, one in zip(gradients, held, strict=True)]
    swept = derivatives(einsum.total(products, ()), variables)
    inside = tuple(project(part, variable) for part, variable in zip(swept, variables, strict=True))
    values = {one: expand(direction) for one, direction in zip(held, directions, strict=True)}
    found = recognise(contract(tuple(replace_variables(part, values) for part in inside)))
    return tuple(_shaped(node, variable.shape) for node, variable in zip(found, variables, strict=True))


def _product(shape: Shape, gradient: Node, direction: Node) -> Node | None:
    """A derivative times a direction, where that is a matrix product or a trace."""
    if not direction.shape:
        return multiplied((direction, gradient))
    if any(node.op == "einsum" for node in postorder((gradient,))):
        return None
    if not shape:
        is_column = len(gradient.shape) == len(direction.shape) == 1
        pair = (transposed(gradient), direction)
        return multiplied(pair) if is_column else traced(pair)
    if len(shape) == len(direction.shape) == 1 and len(gradient.shape) == 2:
        return multiplied((gradient, direction))
    return None


def _with_axes(indexed: Node, shape: Shape) -> Node:
    """An index form with the axes of size 1 that variables have."""
    kept = tuple(axis for axis, size in enumerate(shape) if size != 1)
    return einsum.einsum((indexed,), (kept,), tuple(range(len(shape))), shape)


def _shaped(node: Node, shape: Shape) -> Node:
    """A vector as the row that it should be."""
    return transposed(node) if len(shape) == 2 and shape[0] == 1 and len(node.shape) == 1 else node


# ---------------------------------------------------------------------------------------------------------- stacked


def stacked(node: Node, lead: int) -> Node:
    """A tensor as the matrix ∂vec F/∂vec X' by the tensors that stack columns: the truth for its Kronecker form."""
    sizes = list(node.shape)
    factors, wires, output = [node], [tuple(range(len(sizes)))], []
    for axes in (range(lead), range(lead, len(node.shape))):
        if len(axes) == 1:
            output.append(axes[0])
            continue
        pairing = build.pairing(*(node.shape[axis] for axis in axes))
        factors.append(pairing)
        wires.append((len(sizes), *axes))
        output.append(len(sizes))
        sizes.append(pairing.shape[0])
    shape = tuple(sizes[wire] for wire in output)
    return make("einsum", tuple(factors), (tuple(wires), tuple(output), tuple(sizes)), shape)


def kronecker(node: Node, lead: int) -> Node | None:
    """∂vec F/∂vec X' with Kronecker products for a tensor whose first `lead` axes are those of F.

    None where no such form is known, where there is no need for one, and where numbers do not confirm it.
    """
    is_tensor = len(node.shape) > 2 or any(part.op == "einsum" for part in postorder((node,)))
    if not is_tensor or not 1 <= lead <= 2 or not 1 <= len(node.shape) - lead <= 2:
        return None
    from matdiff.recognise.kronecker import kronecker_form

    matrix = kronecker_form(node, lead)
    if matrix is None or check_equal(stacked(node, lead), matrix).status != "agrees":
        return None
    return matrix


# ---------------------------------------------------------------------------------------------------------- layouts


def laid_out(node: Node, front: Shape, back: Shape, layout: str) -> tuple[Node, Shape, int]:
    """A derivative of something with the axes `front` by something with the axes `back`, as a layout wants it.

    The answer, its axes, and how many of them come first as those of the value (or the variable, where it leads).
    Where both have axes, `denominator` puts those of the variable first. Where the value is a scalar `numerator`, and
    where the variable is one `denominator`, makes rows of vectors and transposes matrices.
    """
    lead = len(axes_of(front))
    is_turned = layout == "denominator" if front else layout == "numerator"
    if not is_turned:
        return node, front + back, lead
    if front and back:
        return _turned(node, lead), back + front, len(axes_of(back))
    rows, columns = build.rows_and_columns(front + back)
    return transposed(node), build.shape_of(columns, rows), lead


def _turned(node: Node, lead: int) -> Node:
    """The node with its first `lead` axes behind the others."""
    if len(node.shape) <= 2:
        return transposed(node) if len(node.shape) == 2 else node
    order = (*range(lead, len(node.shape)), *range(lead))
    return recognise(contract((einsum.permuted(expand(node), order),)))[0]
