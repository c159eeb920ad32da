"""Is a matrix, or a quadratic form along directions, of one sign? What the tables of properties alone do not see.

A Hessian is brought to sums of terms `c*B'*M*B`. Beside terms of one sign the argument knows a rank-one term that is
taken away, `D - c*w*w'` with `c*w'*inv(D)*w <= 1`.
Sources: Klaus, Merk, Wiedom, Laue and Giesen, Convexity certificates from Hessians (2022); Horn and Johnson, Matrix
Analysis (2013), theorem 7.7.7.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

from matdiff.engine import simplify
from matdiff.errors import MatdiffError
from matdiff.properties.chains import DEFINITE, FORM_OF_SIGN, SEMIDEFINITE, mirror_sign
from matdiff.properties.entries import joint
from matdiff.properties.record import Known
from matdiff.reasoning.sentences import Spell, proof_line
from matdiff.recognise.chains import multiplied
from matdiff.recognise.terms import unweighted
from matdiff.tree import build
from matdiff.tree.attributes import Weighted, terms_of
from matdiff.tree.node import Node
from matdiff.tree.properties import OPPOSITES

Line = Callable[[Spell], str]

SIGN_OF_FORM = {form: sign for sign, form in FORM_OF_SIGN.items()}
LARGEST_EXPANSION = 16
DEEPEST = 6


class Proof(NamedTuple):
    """That a matrix is `word` (`zero`, or a word of definiteness), with the argument, a line for each step."""

    word: str
    lines: tuple[Line, ...] = ()

    @property
    def sign(self) -> int:
        """1 for positive, -1 for negative (semi)definite, 0 for zero."""
        return {"zero": 0, "spd": 1, "psd": 1}.get(self.word, -1)

    @property
    def is_strict(self) -> bool:
        """Whether the form is 0 only at 0."""
        return self.word in SEMIDEFINITE

    def weakened(self) -> Proof:
        """The same without the claim that the form is 0 only at 0."""
        return self._replace(word=SEMIDEFINITE.get(self.word, self.word))

    def turned(self) -> Proof:
        """The same for minus the matrix."""
        return self._replace(word=OPPOSITES.get(self.word, self.word))


def prove(matrix: Node, known: Known, depth: int = DEEPEST) -> Proof | None:
    """The strongest sign that is found of a symmetric matrix, or of a scalar; None where there is none."""
    weight, body = unweighted(matrix)
    if weight != 1 and body.op != "number":
        proof = prove(body, known, depth)
        return proof.turned() if proof is not None and weight < 0 else proof
    facts = known(matrix)
    word = next((word for word in ("zero", *SEMIDEFINITE) if word in facts.words), "")
    if word:
        return _by_tables(matrix, word, known)
    weak = next((word for word in DEFINITE if word in facts.words), "")
    found = _by_parts(matrix, known, depth) if depth else None
    if found is not None and (found.is_strict or not weak):
        return found
    return _by_tables(matrix, weak, known) if weak else found


def _by_tables(matrix: Node, word: str, known: Known) -> Proof:
    if word == "zero" or (not matrix.args and matrix.op != "var"):
        return Proof(word)
    told = word if matrix.shape else SIGN_OF_FORM.get(word, word)
    return Proof(word, (lambda spell: proof_line(matrix, told, known, spell),))


def _by_parts(matrix: Node, known: Known, depth: int) -> Proof | None:
    scalars, chain = build.split_product(matrix)
    if (scalars and chain) or (len(scalars) > 1 and not chain):
        return _of_multiple(scalars, chain, known, depth)
    found = _of_congruence(chain, known, depth) if matrix.op == "product" else None
    return found or _of_terms(expanded(matrix), known, depth)


def _of_multiple(scalars: Sequence[Node], chain: Sequence[Node], known: Known, depth: int) -> Proof | None:
    """The sign of a product of scalars with a matrix, or with the one scalar of unknown sign."""
    loose = [scalar for scalar in scalars if not known(scalar).entries.signs]
    if len(loose) > 1 or (loose and chain):
        return None
    fixed = [scalar for scalar in scalars if scalar not in loose]
    signs = joint(fixed, known).signs
    inner = prove(build.product(*chain) if chain else loose[0], known, depth - 1) if chain or loose else None
    if inner is None or not signs:
        return None
    held = inner if signs[0] in ("positive", "negative") else inner.weakened()
    if fixed:
        held = held._replace(lines=(*held.lines, lambda spell: f"{spell(build.product(*fixed))} is {signs[0]}"))
    return held.turned() if signs[0] in ("negative", "nonpositive") else held


def _of_congruence(chain: Sequence[Node], known: Known, depth: int) -> Proof | None:
    """`B'*M*B` for an M of which the sign has to be shown."""
    if len(chain) < 3 or len(chain) % 2 == 0 or mirror_sign(chain, known) != 1:
        return None
    middle, half = chain[len(chain) // 2], chain[len(chain) // 2 + 1 :]
    inner = prove(middle, known, depth - 1)
    if inner is None:
        return None
    is_full = all("full_column_rank" in known(factor).words for factor in half)
    matrix = build.product(*chain)
    found = inner if is_full else inner.weakened()
    rest = " and has full column rank" if is_full else ""

    def line(spell: Spell) -> str:
        return f"{spell(matrix)} is B.T*M*B with M = {spell(middle)}, and B = {spell(build.product(*half))}{rest}"

    return found._replace(lines=(*inner.lines, line))


def expanded(matrix: Node) -> list[Weighted]:
    """The matrix as weighted terms, sums among the factors of its products multiplied out, in traces as well."""
    pending, done = [(Fraction(1), matrix)], []
    while pending:
        weight, node = pending.pop()
        if node.op == "sum":
            pending += [(weight * own, term) for own, term in terms_of(node)]
            continue
        if node.attrs == ("tr",):
            inside = expanded(node.args[0])
            done += [(weight * own, build.call("tr", (term,), ())) for own, term in inside[::-1]]
            continue
        place = next((k for k, part in enumerate(node.args) if part.op == "sum"), None)
        if node.op != "product" or place is None or len(pending) + len(done) > LARGEST_EXPANSION:
            done.append((weight, node))
            continue
        for own, term in terms_of(node.args[place]):
            inner, body = unweighted(multiplied((*node.args[:place], term, *node.args[place + 1 :])))
            pending.append((weight * own * inner, body))
    return done[::-1]


def _of_terms(terms: Sequence[Weighted], known: Known, depth: int) -> Proof | None:
    """A sum of terms of one sign, or of one sign but for a rank-one term of the other."""
    if len(terms) < 2:
        return None
    proofs = [prove(build.total([term]), known, depth - 1) for term in terms]
    held = [proof for proof in proofs if proof is not None and proof.sign]
    if None not in proofs and len({proof.sign for proof in held}) <= 1:
        word = next((proof.word for proof in held if proof.is_strict), held[0].word if held else "zero")
        return Proof(word, tuple(line for proof in held for line in proof.lines))
    for sign in (1, -1):
        against = [k for k, proof in enumerate(proofs) if proof is None or proof.sign == -sign]
        if len(against) == 1:
            found = _of_downdate([(sign * weight, term) for weight, term in terms], against[0], known)
            if found is not None:
                return found if sign > 0 else found.turned()
    return None


def _of_downdate(terms: Sequence[Weighted], place: int, known: Known) -> Proof | None:
    """`D - c*w*w'` for a positive definite D, by the sign of `1 - c*w'*inv(D)*w`."""
    weight, taken = terms[place]
    scalars, chain = build.split_product(taken)
    vector = _root_of_outer(chain, known)
    if weight >= 0 or vector is None:
        return None
    try:
        rest = simplify(build.total([term for k, term in enumerate(terms) if k != place]))
        if "spd" not in known(rest).words:
            return None
        ratio = simplify(
            build.total([(-weight, build.product(*scalars, build.transpose(vector), solved(rest, vector)))])
        )
        gap = simplify(build.total([(1, build.number(1)), (-1, ratio)]))
    except MatdiffError:
        return None
    sign = next((sign for sign in ("positive", "zero", "nonnegative") if sign in known(gap).words), "")
    if not sign or (scalars and "positive" not in joint(scalars, known).signs):
        return None
    part = build.total([(-weight, build.product(*scalars))]) if scalars else build.number(-weight)
    told = "positive definite" if sign == "positive" else "positive semidefinite"
    bound = {"positive": " < 1", "zero": "", "nonnegative": " <= 1"}[sign]

    def line(spell: Spell) -> str:
        parts = f"D = {spell(rest)}, c = {spell(part)}, w = {spell(vector)}"
        return f"D - c*w*w.T is {told} for {parts}: c*w.T*inv(D)*w = {spell(ratio)}{bound}"

    return Proof("spd" if sign == "positive" else "psd", (line,))


def _root_of_outer(chain: Sequence[Node], known: Known) -> Node | None:
    """The vector w of a chain that is `w*w'`."""
    if not chain or len(chain) % 2 or mirror_sign(chain, known) != 1:
        return None
    root = build.product(*chain[: len(chain) // 2])
    return root if len(root.shape) == 1 else None


def solved(matrix: Node, right: Node) -> Node:
    """`inv(D)*B`; of a scalar the quotient."""
    over = build.call("inv", (matrix,), matrix.shape) if matrix.shape else build.power(matrix, -1)
    return build.product(over, right)
