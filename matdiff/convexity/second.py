"""What the second derivative tells: the Hessian by vectors and scalars, by matrices the one along a change.

With several variables the Hessian has blocks, and is definite where a block and the Schur complement of that are.
Sources: Boyd and Vandenberghe, Convex Optimization, section 3.1.4 and appendix A.5.5; Horn and Johnson, Matrix Analysis
(2013), theorem 7.7.7.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from matdiff.convexity.definite import Line, Proof, expanded, prove, solved
from matdiff.engine import compare_derivative, first_derivatives, simplify
from matdiff.errors import NotYet
from matdiff.forms import differential_of, directional_derivative
from matdiff.properties.record import Known
from matdiff.reasoning.sentences import Spell
from matdiff.recognise.transposes import transposed
from matdiff.tree import build
from matdiff.tree.attributes import properties_of
from matdiff.tree.node import Node
from matdiff.tree.walk import variables_of
from matdiff.verify.compare import Verdict, check_directional

HESSIAN = "Hessian"


class Second(NamedTuple):
    """A second derivative, which `label` says what it is, with what is proved of its sign.

    `is_strong` where a positive multiple of the identity can be taken away and the sign stays.
    """

    label: str
    node: Node
    proof: Proof | None
    is_strong: bool = False

    def argument(self, spell: Spell) -> tuple[str, ...]:
        """Why it has that sign, a line for each step, in which it is called `it`."""
        lines = self.proof.lines if self.proof else ()
        return tuple(dict.fromkeys(line(lambda node: "it" if node is self.node else spell(node)) for line in lines))


def second_of(value: Node, variables: tuple[Node, ...], known: Known) -> Second:
    """The second derivative of the scalar `value`, compared with numbers.

    Raises NotYet where numbers do not confirm it, and what `grad` raises for functions without a derivative.
    """
    if any(len(variable.shape) > 1 for variable in variables):
        return _along_changes(value, variables, known)
    blocks = _blocks(value, variables)
    node = _joined(blocks)
    proof = _prove_blocks(blocks, known)
    is_strong = proof is not None and proof.is_strict and _is_strong(node, proof, variables, known)
    return Second(HESSIAN, node, proof, is_strong)


def _blocks(value: Node, variables: tuple[Node, ...]) -> list[list[Node]]:
    """The Hessian block by block; those below the diagonal are transposes."""
    gradients = first_derivatives(value, variables)
    blocks: list[list[Node]] = []
    for k, (first, gradient) in enumerate(zip(variables, gradients, strict=True)):
        row = [transposed(blocks[j][k]) for j in range(k)]
        for second, node in zip(variables[k:], first_derivatives(gradient, variables[k:]), strict=True):
            _hold(compare_derivative(value, (first, second), node, "project"))
            row.append(node if first.shape else transposed(node))
        blocks.append(row)
    return blocks


def _joined(blocks: Sequence[Sequence[Node]]) -> Node:
    flat = tuple(node for row in blocks for node in row)
    return flat[0] if len(flat) == 1 else build.block(flat, len(blocks))


def _prove_blocks(blocks: Sequence[Sequence[Node]], known: Known) -> Proof | None:
    """The sign of a symmetric matrix of blocks: of a definite one on its diagonal, and of what is left without it."""
    proofs = [prove(row[k], known) for k, row in enumerate(blocks)]
    lead = next((k for k, proof in enumerate(proofs) if proof is not None and proof.is_strict), 0)
    order = (lead, *(k for k in range(len(blocks)) if k != lead))
    (corner, *beside), *below = [[blocks[j][k] for k in order] for j in order]
    proof = proofs[lead]
    if proof is None or not below:
        return proof
    if all(_is_zero(node, known) for node in beside):
        rest = _prove_blocks([row[1:] for row in below], known)
        return _both(proof, rest, ())
    if not proof.is_strict:
        return None
    left = [
        [_complement(corner, row[0], above, own) for above, own in zip(beside, row[1:], strict=True)] for row in below
    ]
    rest = _prove_blocks(left, known)
    return _both(proof, rest, (_told_complement(corner, _joined(left)),))


def _is_zero(node: Node, known: Known) -> bool:
    return "zero" in known(node).words


def _both(first: Proof, second: Proof | None, lines: tuple[Line, ...]) -> Proof | None:
    """The sign of a matrix of which two parts make up the form."""
    if second is None or first.sign * second.sign < 0:
        return None
    lead = first if first.sign else second
    is_strict = first.is_strict and second.is_strict
    told = (*first.lines, *lines, *second.lines)
    return (lead if is_strict else lead.weakened())._replace(lines=told)


def _complement(corner: Node, left: Node, above: Node, own: Node) -> Node:
    """One block of the Schur complement, `own - left*inv(corner)*above`."""
    return simplify(build.total([(1, own), (-1, build.product(left, solved(corner, above)))]))


def _told_complement(corner: Node, left: Node) -> Line:
    return lambda spell: f"its Schur complement C - B.T*inv(A)*B, with A = {spell(corner)}, is {spell(left)}"


def _along_changes(value: Node, variables: tuple[Node, ...], known: Known) -> Second:
    """The second derivative along a change of every variable, a quadratic form in the changes."""
    taken = frozenset(str(variable.attrs[0]) for variable in variables_of((value, *variables)))
    changes = tuple(differential_of(variable, taken) for variable in variables)
    if len(changes) == 1:
        (change,) = changes
        changes = (build.variable(str(change.attrs[0]), change.shape, [*properties_of(change), "nonzero"]),)
    moved = tuple(zip(variables, changes, strict=True))
    first = directional_derivative(value, variables, changes, first_derivatives(value, variables))
    _hold(check_directional(value, moved, first))
    node = directional_derivative(first, variables, changes, first_derivatives(first, variables))
    _hold(check_directional(first, moved, node))
    proof = prove(node, known)
    if proof is not None and len(changes) > 1:
        proof = proof.weakened()
    names = " and ".join(str(change.attrs[0]) for change in changes)
    is_strong = proof is not None and proof.is_strict and _is_strong(node, proof, variables, known)
    return Second(f"second derivative along {names}", node, proof, is_strong)


def _is_strong(node: Node, proof: Proof, variables: tuple[Node, ...], known: Known) -> bool:
    """Whether the terms that do not change are definite alone, and the others do not take away from that."""
    if not set(variables) & set(variables_of((node,))):
        return True
    terms = expanded(node)
    still = [term for term in terms if not set(variables) & set(variables_of((term[1],)))]
    rest = [term for term in terms if term not in still]
    if not still:
        return False
    held = prove(build.total(still), known)
    if held is None or held.word != proof.word:
        return False
    left = prove(build.total(rest), known) if rest else None
    return not rest or (left is not None and left.sign in (0, proof.sign))


def _hold(verdict: Verdict) -> None:
    if verdict.status == "differs":
        raise NotYet(f"the second derivative is not confirmed: {verdict.reason}")
