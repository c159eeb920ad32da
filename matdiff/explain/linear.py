"""From a differential to `tr(Gᵀ dX)`: one term, one change, moved outward step by step by named identities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple

from matdiff.derive.contract import contract
from matdiff.derive.expand import axes_of, expand
from matdiff.derive.reverse import derivatives
from matdiff.errors import NoRule
from matdiff.explain.changes import is_change, split_weight
from matdiff.recognise.fold import recognise
from matdiff.recognise.measure import is_inverse_factor
from matdiff.recognise.transposes import transposed
from matdiff.tree import build
from matdiff.tree.attributes import Weighted, weights_of
from matdiff.tree.node import Node, Shape, make
from matdiff.tree.walk import fold, postorder

Chain = tuple[Node, ...]


class Term(NamedTuple):
    """`weight * scalars * left * inner * right`, or its trace; `inner` holds the one change, all else is held fast."""

    weight: Fraction
    scalars: Chain
    left: Chain
    inner: Node
    right: Chain = ()
    is_traced: bool = False

    @property
    def change(self) -> Node:
        """The change that the term is linear in."""
        return next(node for node in postorder((self.inner,)) if is_change(node))

    def node(self) -> Weighted:
        """The term as an expression, its weight apart."""
        chain = build.product(*self.left, self.inner, *self.right)
        body = build.call("tr", (chain,), ()) if self.is_traced and chain.shape else chain
        above = [scalar for scalar in self.scalars if not is_inverse_factor(scalar)]
        below = [scalar for scalar in self.scalars if is_inverse_factor(scalar)]
        return self.weight, build.product(*above, body, *below)

    def coefficient(self) -> Weighted:
        """What stands before the change; the number one, or I, where nothing does."""
        if not self.left and self.inner.shape and not self.scalars:
            return self.weight, build.identity(self.inner.shape[0])
        if not self.left and self.inner.shape:
            return self.weight, build.product(*self.scalars, build.identity(self.inner.shape[0]))
        chain = (*self.scalars, *self.left)
        return self.weight, build.product(*chain) if chain else build.number(1)


def has_change(node: Node) -> bool:
    """Whether a change stands in an expression."""
    return any(is_change(part) for part in postorder((node,)))


def opened_terms(node: Node) -> list[Weighted]:
    """The terms of an expression that is linear in changes, every bracket with a change multiplied out."""
    return fold((node,), _opened)[node] or []


def _opened(node: Node, args: tuple[list[Weighted] | None, ...]) -> list[Weighted] | None:
    """The terms of a node that has changes; None for one without."""
    if is_change(node):
        return [(Fraction(1), node)]
    if all(arg is None for arg in args):
        return None
    if node.op == "sum":
        pairs = zip(weights_of(node), args, strict=True)
        return [(weight * own, term) for weight, arg in pairs for own, term in arg or ()]
    if node.op == "block":
        return [(own, _block_with(node, place, term)) for place, arg in enumerate(args) for own, term in arg or ()]
    place = next(k for k, arg in enumerate(args) if arg is not None)
    return [(own, _with(node, place, term)) for own, term in args[place] or ()]


def _block_with(node: Node, place: int, term: Node) -> Node:
    args = tuple(term if k == place else build.zeros(arg.shape) for k, arg in enumerate(node.args))
    return make("block", args, node.attrs, node.shape)


def _with(node: Node, place: int, term: Node) -> Node:
    args = tuple(term if k == place else arg for k, arg in enumerate(node.args))
    match node.op:
        case "product":
            return build.product(*args)
        case "hadamard":
            return build.hadamard(*args)
        case "transpose":
            return build.transpose(*args)
    return make(node.op, args, node.attrs, node.shape)


def term_of(weighted: Weighted) -> Term:
    """A term with the change in the middle."""
    weight, node = weighted
    return opened(Term(weight, (), (), node))


def opened(term: Term) -> Term:
    """The term with products round the change taken apart, which changes nothing of its writing."""
    while True:
        inner = term.inner
        if inner.op == "sum":
            weight, inner = split_weight(inner)
            term = term._replace(weight=term.weight * weight, inner=inner)
        elif inner.op == "product" and _fits_apart(term):
            term = _apart(term)
        elif inner.op == "call" and inner.attrs == ("tr",) and not (term.left or term.right):
            term = term._replace(inner=inner.args[0], is_traced=True)
        elif not inner.shape and term.right:
            term = term._replace(left=(*term.left, *term.right), right=())
        else:
            return term


def _fits_apart(term: Term) -> bool:
    """Whether the factors of a number may stand behind what is on its left: behind a column, not behind a matrix."""
    is_number = not term.inner.shape and any(arg.shape for arg in term.inner.args)
    return not (is_number and term.left and build.rows_and_columns(term.left[-1].shape)[1] != 1)


def _apart(term: Term) -> Term:
    """A product at the heart of a term as its factors; scalars of it join those of the term."""
    inner = term.inner
    place = next(k for k, arg in enumerate(inner.args) if has_change(arg))
    others = [arg for k, arg in enumerate(inner.args) if k != place and not arg.shape]
    chain = [(k, arg) for k, arg in enumerate(inner.args) if arg.shape]
    scalars = (*term.scalars, *others)
    if not inner.args[place].shape:
        left = (*term.left, *(arg for _, arg in chain), *term.right)
        return term._replace(scalars=scalars, left=left, inner=inner.args[place], right=())
    before = (arg for k, arg in chain if k < place)
    after = (arg for k, arg in chain if k > place)
    return term._replace(
        scalars=scalars, left=(*term.left, *before), inner=inner.args[place], right=(*after, *term.right)
    )


# ------------------------------------------------------------------------------------------------------------- moves


def transpose_scalar(term: Term, shape: Shape) -> Term | None:
    """A number is its own transpose: `dxᵀ A x` is `xᵀ Aᵀ dx`."""
    is_turned = not shape and not term.is_traced and term.inner.op == "transpose" and bool(term.left or term.right)
    return _turned(term) if is_turned else None


def take_trace(term: Term, shape: Shape) -> Term | None:
    """A number is its own trace: `xᵀ dA y` is `tr(xᵀ dA y)`."""
    is_matrix = len(axes_of(term.inner.shape)) == 2 and len(axes_of(term.change.shape)) == 2
    is_chain = not shape and not term.is_traced and bool(term.left or term.right)
    return term._replace(is_traced=True) if is_chain and is_matrix else None


def transpose_trace(term: Term, shape: Shape) -> Term | None:
    """A trace is that of the transpose: `tr(B dAᵀ)` is `tr(dA Bᵀ)`."""
    is_turned = not shape and term.is_traced and term.inner.op == "transpose"
    return _turned(term) if is_turned else None


def _turned(term: Term) -> Term:
    left = [_unweighted_transpose(factor) for factor in reversed(term.right)]
    right = [_unweighted_transpose(factor) for factor in reversed(term.left)]
    weight = term.weight
    for own, _ in (*left, *right):
        weight *= own
    return term._replace(
        weight=weight,
        left=_chain(factor for _, factor in left),
        inner=term.inner.args[0],
        right=_chain(factor for _, factor in right),
    )


def turn_cycle(term: Term, shape: Shape) -> Term | None:
    """A trace may be turned round: `tr(x' dA y)` is `tr(y x' dA)`."""
    if shape or not term.is_traced or not term.right:
        return None
    turned = term._replace(left=(*term.right, *term.left), right=())
    is_closed = not build.chain_shape((*turned.left, turned.inner))
    return turned._replace(is_traced=False) if is_closed else turned


def take_over(term: Term, shape: Shape) -> Term | None:
    """What a linear function of the change is multiplied with, moved to the other side: `tr(Bᵀ(C ⊙ dX))`.

    It is read off by the derivative of the term by the argument of the function, which stands for any.
    """
    if is_change(term.inner) and not term.right:
        return None
    if term.inner.op in ("product", "sum") or is_change(term.inner):
        return None
    place = next(k for k, arg in enumerate(term.inner.args) if has_change(arg))
    argument = term.inner.args[place]
    is_row = len(argument.shape) == 2 and argument.shape[0] == 1
    argument = build.transpose(argument) if is_row else argument
    stand_in = build.variable("(0)", argument.shape)
    inner = _with(term.inner, place, build.transpose(stand_in) if is_row else stand_in)
    whole = term._replace(weight=Fraction(1), scalars=(), inner=inner).node()[1]
    try:
        found = recognise(contract((derivatives(expand(whole), (stand_in,))[0],)))[0]
    except NoRule:
        return None
    over = _read_off(term, shape, found, argument)
    is_total = term.inner.attrs == ("sum",) and over is not None and over.inner.op == "hadamard"
    return take_over(over, shape) if is_total and over is not None else over


def _read_off(term: Term, shape: Shape, found: Node, argument: Node) -> Term | None:
    """The term with the derivative by the argument before it; None where that is no matrix."""
    if len(found.shape) > 2 or any(node.op == "einsum" for node in postorder((found,))):
        return None
    is_gradient = not shape and bool(argument.shape)
    weight, body = split_weight(transposed(found) if is_gradient else found)
    factors, chain = build.split_product(body)
    scalars = (*term.scalars, *(factor for factor in factors if factor is not build.number(1)))
    left = () if _is_identity(body) else chain
    return opened(Term(term.weight * weight, scalars, left, argument, (), is_gradient and len(argument.shape) == 2))


def _is_identity(node: Node) -> bool:
    return node.op == "constant" and node.attrs == ("identity",)


def _unweighted_transpose(node: Node) -> Weighted:
    return split_weight(transposed(node))


def _chain(factors: Iterable[Node]) -> Chain:
    return tuple(part for factor in factors for part in (factor.args if factor.op == "product" else (factor,)))


RULES_OF_LINEAR = {
    "hadamard": ("move_hadamard", "diagonal_of_factor"),
    "diag": ("move_diagonal", "move_linear"),
    "sum": ("sum_as_trace", "move_linear"),
    "transpose": ("transpose_trace", "scalar_transpose"),
    "dot": ("inner_product", "move_linear"),
}


def rule_of_taking_over(term: Term, shape: Shape) -> str:
    """The name of what `take_over` does to a term."""
    kind = str(term.inner.attrs[0]) if term.inner.op == "call" else term.inner.op
    return RULES_OF_LINEAR.get(kind, ("move_linear", "move_linear"))[bool(shape)]


class Move(NamedTuple):
    """One identity, by the key of its rule; it is tried on every term."""

    rule: str
    change: Callable[[Term, Shape], Term | None]


MOVES = (
    Move("scalar_transpose", transpose_scalar),
    Move("scalar_trace", take_trace),
    Move("transpose_trace", transpose_trace),
    Move("cyclic", turn_cycle),
    Move("", take_over),
)


def moved(terms: list[Term], shape: Shape) -> Iterator[tuple[str, list[Term]]]:
    """The terms after each identity that moves one of them on, until the change stands last in all of them."""
    while True:
        for move in MOVES:
            found = [move.change(term, shape) for term in terms]
            if any(found):
                first = next(term for term, new in zip(terms, found, strict=True) if new)
                rule = move.rule or rule_of_taking_over(first, shape)
                terms = [opened(new) if new else term for term, new in zip(terms, found, strict=True)]
                yield rule, terms
                break
        else:
            return


def change_last(scalar: Node) -> Node:
    """A number that is linear in changes, each at the end of its inner product or trace."""
    terms = [term_of(pair) for pair in opened_terms(scalar)]
    last = [terms, *(after for _, after in moved(terms, ()))][-1]
    return build.total(term.node() for term in last) if terms else scalar


def is_settled(term: Term, shape: Shape) -> bool:
    """Whether the change stands alone at the end of a term."""
    is_last = is_change(term.inner) and not term.right
    return is_last and (bool(shape) or term.is_traced == (len(axes_of(term.inner.shape)) == 2))
