"""Reasons as sentences, and the argument behind them as formulas, in any of the formats for formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from matdiff.engine import simplify
from matdiff.properties.chains import is_square
from matdiff.properties.infer import facts_of
from matdiff.properties.record import ENTRIES, RANK, Facts, Known, Reason
from matdiff.tree import build
from matdiff.tree.attributes import terms_of
from matdiff.tree.dims import size_text
from matdiff.tree.interval import EVERYTHING
from matdiff.tree.node import Node, make
from matdiff.tree.properties import PHRASES
from matdiff.tree.walk import variables_of

Spell = Callable[[Node], str]

MOST_PREMISES = 4
DEEPEST = 12
LETTERS = "vwuzpq"


def sentence(node: Node, word: str, facts: Facts, spell: Spell, known: Known = facts_of) -> str:
    """Why the word is true of the node, in one line: a formula or a rule, and what it rests on."""
    reason = facts.words[word]
    shown = formula(node, word, reason, spell)
    why = shown or reason.why
    rests = list(filter(None, (phrase(node, other, premise, spell, known) for other, premise in reason.premises)))
    if len(rests) > MOST_PREMISES:
        rests = [*rests[: MOST_PREMISES - 1], "…"]
    since = " and ".join(dict.fromkeys(rests))
    if reason.rule == "equal":
        (short, _), *_ = reason.premises
        return f"it is equal to {spell(short or node)}"
    return f"{why}, since {since}" if why and since else why or since


def proof_line(node: Node, word: str, known: Known, spell: Spell) -> str:
    """That the word is true of the node, and why, in one line."""
    why = sentence(node, word, known(node), spell, known)
    told = f"{spell(node)} {PHRASES[word]}"
    return f"{told}: {why}" if why and why != "by definition" else told


def phrase(node: Node, other: Node | None, word: str, spell: Spell, known: Known = facts_of) -> str:
    """`X has full column rank`; of the node itself `it is invertible`."""
    subject = "it" if other is None or other is node else spell(other)
    if word == ENTRIES:
        entries = known(other or node).entries
        return f"{subject} lies in {entries}" if entries != EVERYTHING else ""
    if word == RANK:
        rank = known(other or node).rank
        return f"{subject} has the rank {size_text(rank)}" if rank is not None else ""
    return f"{subject} {PHRASES[word]}"


def formula(node: Node, word: str, reason: Reason, spell: Spell) -> str:
    """The equation that shows the property, where the rule has one; else empty."""
    writer = _FORMULAS.get(reason.rule)
    return writer(node, word, spell) if writer else ""


def argument(
    node: Node, word: str, facts: Facts, spell: Spell, told: set[tuple[Node, str]]
) -> Iterator[tuple[int, str]]:
    """The whole argument as lines with their depth: each conclusion, then what it rests on, down to declarations.

    What is in `told` is left out, and what is told joins it.
    """
    pending: list[tuple[int, Node, str]] = [(0, node, word)]
    while pending:
        depth, subject, property_ = pending.pop()
        if (subject, property_) in told or depth > DEEPEST:
            continue
        told.add((subject, property_))
        known = facts if subject is node else facts_of(subject)
        told_phrase = phrase(subject, subject, property_, spell).replace("it ", f"{spell(subject)} ", 1)
        reason = known.words.get(property_)
        if reason is None:
            yield depth, told_phrase
            continue
        why = formula(subject, property_, reason, spell) or reason.why
        yield depth, f"{told_phrase}: {why}" if why else told_phrase
        premises = [(depth + 1, other or subject, need) for other, need in reason.premises]
        pending.extend(reversed(premises))


def _any_vector(node: Node, letters: str = LETTERS) -> Node:
    """A vector that the node can be multiplied with, of a name that is free."""
    taken = {str(variable.attrs[0]) for variable in variables_of((node,))}
    name = next((letter for letter in letters if letter not in taken), "v_0")
    return build.variable(name, build.shape_of(build.rows_and_columns(node.shape)[1], 1))


def _form(node: Node, vector: Node) -> Node:
    return build.product(build.transpose(vector), node, vector) if node.shape else node


def _of_congruence(node: Node, word: str, spell: Spell) -> str:
    """`v.T*X.T*X*v = norm2(X*v)^2`, or the form of what stands in the middle."""
    scalars, chain = build.split_product(node)
    half, middle = chain[(len(chain) + 1) // 2 :], chain[len(chain) // 2] if len(chain) % 2 else None
    vector = _any_vector(node)
    image = build.product(*half, vector) if node.shape else build.product(*half)
    is_strict = word in ("spd", "negative_definite", "positive", "negative")
    name = spell(image)
    if middle is None:
        value: Node = build.power(build.call("norm2", (image,), ()), 2) if image.shape else build.power(image, 2)
    else:
        value = build.product(build.transpose(image), middle, image)
    told = [spell(build.product(_form(node, vector))), spell(build.product(*scalars, value))]
    end = f", which is 0 only for {spell(vector)} = 0" if is_strict and node.shape else ""
    if middle is not None:
        end = f", the form of {spell(middle)} at {name}{end}"
    return (" = ".join(dict.fromkeys(told)) if node.shape else told[1]) + end


def _of_mirror(node: Node, word: str, spell: Spell) -> str:
    sign = -1 if word == "skew" else 1
    turned = make("transpose", (node,), (), node.shape)
    right = node if sign > 0 else build.total([(-1, node)])
    return f"{spell(turned)} = {spell(right)}"


def _of_diagonal(node: Node, _: str, spell: Spell) -> str:
    vector = _any_vector(node)
    squares = build.hadamard(node.args[0], build.power(vector, 2))
    return f"{spell(_form(node, vector))} = {spell(build.call('sum', (squares,), ()))}"


def _of_terms(node: Node, word: str, spell: Spell) -> str:
    if word == "invertible" or not is_square(node) or not node.shape:
        return ""
    vector = _any_vector(node)
    parts = build.total((weight, simplify(_form(term, vector))) for weight, term in terms_of(node))
    return f"{spell(_form(node, vector))} = {spell(parts)}"


def _of_projection(node: Node, _: str, spell: Spell) -> str:
    """`v.T*P*v = norm2(P*v)^2` for a symmetric P that is its own square."""
    vector = _any_vector(node)
    image = build.product(node, vector)
    return f"{spell(_form(node, vector))} = {spell(build.power(build.call('norm2', (image,), ()), 2))}"


_FORMULAS: dict[str, Callable[[Node, str, Spell], str]] = {
    "congruence": _of_congruence,
    "mirror": _of_mirror,
    "diagonal": _of_diagonal,
    "terms": _of_terms,
    "projection": _of_projection,
}
