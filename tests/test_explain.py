"""Every step of a derivation is an equality, and the last one ends in the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from json import loads
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from matdiff import engine
from matdiff.cli.main import program
from matdiff.conditions.domains import DOMAINS, RANKS
from matdiff.errors import MatdiffError
from matdiff.explain.by_matrices import explain_by_matrices
from matdiff.explain.derivation import Derivation, Step
from matdiff.explain.explain import explain
from matdiff.explain.formats.mathml import mathml
from matdiff.explain.formats.pieces import lines, pieces
from matdiff.explain.formats.tex import TexFormulas
from matdiff.explain.formula import Formula, Sum, product, rewritten
from matdiff.explain.page import Page
from matdiff.explain.rules import KEYS
from matdiff.explain.wording.catalogue import LANGUAGES, wording_for
from matdiff.functions.catalogue import ROWS
from matdiff.functions.rows import Opaque, words_of
from matdiff.parsing.read import interpret, read_script
from matdiff.tree import build
from matdiff.tree.node import Node
from matdiff.tree.properties import PHRASES
from matdiff.tree.walk import variables_of
from tests.derivations import wrong_steps
from tests.expressions import M, N, expressions

Author = Callable[[Node, Node, Node], Derivation]

PROBLEMS = (
    ("x'*A*x", "x"),
    ("x'*S*x where S: n x n symmetric", "S"),
    ("tr(A*B)", "A"),
    ("tr(A'*B*A)", "A"),
    ("x'*A*y", "A"),
    ("(y - X*w)'*(y - X*w)", "w"),
    ("(y - W*x)'*(y - W*x)", "W"),
    ("norm2(X*w - y)^2 + c*w'*w where c: scalar", "w"),
    ("sum(exp(-x))", "x"),
    ("x'*sigmoid(A*x)", "x"),
    ("log(1 + x'*x)", "x"),
    ("norm2(W2*sigmoid(W1*x) - y)^2", "W1"),
    ("logdet(A)", "A"),
    ("x'*inv(A)*y", "A"),
    ("logsumexp(A*x)", "x"),
    ("sum((x - y).^3./z)", "z"),
    ("t^2*exp(t)", "t"),
    ("r*A*r.T where r: 1 x n", "r"),
    ("sum(f(A*x)) where f: elementwise", "x"),
    ("phi(a'*x) + norm2(x)^2", "x"),
    ("sum(u(A*x)) where u: elementwise", "x"),
    ("sum(u(r)) where r: 1 x n, u: elementwise", "r"),
    ("sum(exp(r*B)) where r: 1 x n", "r"),
    ("sum(sigmoid(x'*A).*y')", "x"),
    ("x'*y", "z where z: n"),
)


AUTHORS = (explain, explain_by_matrices)
SHAPES = ((), (N,), (M, N))
both_ways = pytest.mark.parametrize("author", AUTHORS, ids=("entries", "matrix"))


def derivation_of(value: Node, variable: Node, author: Author = explain) -> Derivation:
    return author(value, variable, engine.first_derivatives(value, (variable,))[0])


def explained(text: str, wrt: str, author: Author = explain) -> Derivation:
    statement, scope = read_script(text)
    interpreted = interpret(statement, scope, "grad", (wrt,))
    return derivation_of(interpreted.sides[0], interpreted.wrt[0], author)


@both_ways
@pytest.mark.parametrize(("text", "wrt"), PROBLEMS[:-1])
def test_every_step_is_an_equality(text: str, wrt: str, author: Author) -> None:
    derivation = explained(text, wrt, author)
    assert wrong_steps(derivation) == []
    assert derivation.steps[-1].right is derivation.answer


@given(st.sampled_from(SHAPES).flatmap(lambda shape: expressions(shape, depth=3)))
@both_ways
def test_steps_of_random_expressions(author: Author, value: Node) -> None:
    for variable in variables_of((value,)):
        try:
            derivation = derivation_of(value, variable, author)
            assert wrong_steps(derivation) == []
        except (MatdiffError, LookupError):
            continue
        assert derivation.steps[-1].right is derivation.answer


@both_ways
@pytest.mark.parametrize(("text", "wrt"), PROBLEMS[:6])
def test_sabotaged_step_is_caught(text: str, wrt: str, author: Author) -> None:
    derivation = explained(text, wrt, author)
    for position, section in enumerate(derivation.sections):
        for number, step in enumerate(section.steps):
            steps = (*section.steps[:number], _sabotaged(step, step.right), *section.steps[number + 1 :])
            sections = list(derivation.sections)
            sections[position] = replace(section, steps=steps)
            assert wrong_steps(replace(derivation, sections=tuple(sections))) != [], step.rule
    for number, step in enumerate(derivation.entries):
        entries = (*derivation.entries[:number], _sabotaged(step, step.right), *derivation.entries[number + 1 :])
        assert wrong_steps(replace(derivation, entries=entries)) != [], step.left


def _sabotaged(step: Step, right: Formula | Node) -> Step:
    """The step with a sum too few, or where there is none with a factor 3."""
    if isinstance(right, Node):
        return replace(step, right=build.total([(3, right)]))
    fewer = rewritten(right, lambda part: product((part.body,), 3) if isinstance(part, Sum) else part)
    return replace(step, right=fewer if fewer != right else product((right,), 3))


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogues_name_every_rule(language: str) -> None:
    assert set(wording_for(language).rules) == KEYS


def test_russian_has_words_for_every_condition() -> None:
    of_domains = {phrase for domain in DOMAINS.values() for phrase in (domain.of_scalar, domain.of_array)}
    by_rows = {
        f"{DOMAINS[word].of_array} in each row"
        for row in ROWS
        if isinstance(row, Opaque) and row.by_rows
        for word in words_of(row.domain)
    }
    of_variables = {PHRASES[word] for word in (*RANKS, "invertible", "nonzero", "positive")}
    assert set(wording_for("ru").conditions) == of_domains | by_rows | of_variables


@pytest.mark.parametrize("form", ["text", "markdown", "latex", "html", "json"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("text", "wrt"), PROBLEMS[:-1])
@both_ways
def test_every_format_writes_every_problem(author: Author, text: str, wrt: str, language: str, form: str) -> None:
    writer = import_module(f"matdiff.explain.formats.{form}")
    derivation = explained(text, wrt, author)
    page = Page(
        (derivation,),
        "answer < 1",
        ("x ∈ ℝⁿ",),
        wording_for(language),
        "proved",
        needs=((derivation.value, "is not zero"),),
        has_more_needs=True,
    )
    for written in (writer.write(page), *([writer.write_entries(page)] if author is explain else [])):
        assert written
        if form == "html":
            ET.fromstring(written[written.index("<body>") : written.index("</html>")])
        if form == "json":
            loads(written)
        if form in ("markdown", "latex"):
            assert written.count("{") == written.count("}")
            assert written.count(r"\left") == written.count(r"\right")


def test_named_row_that_moves_is_refused() -> None:
    arguments = ["grad", "norm2(r)^2", "--let", "r = x'*A", "--wrt", "x", "--steps", "matrix"]
    result = CliRunner().invoke(program, arguments)
    assert (result.stdout, result.exit_code) == ("", 3)
    assert result.stderr.startswith("error: a derivation by differentials does not go through the row `r`\n")


@both_ways
@pytest.mark.parametrize(("text", "wrt"), PROBLEMS[:-1])
def test_pieces_are_the_formula(author: Author, text: str, wrt: str) -> None:
    derivation = explained(text, wrt, author)
    formulas = TexFormulas(derivation)
    for formula in [formulas.write(side) for step in derivation.steps for side in (step.left, step.right)]:
        for limit in (1, 10, 1000):
            cut = pieces(formula, limit)
            assert _bare("".join(cut)) == _bare(formula)
            assert all(piece.count(r"\left") == piece.count(r"\right") for piece in cut)
            assert all(piece.count("{") == piece.count("}") for piece in cut)
            assert max(map(len, lines(formula, limit))) >= max(map(len, cut))


def _bare(formula: str) -> str:
    return formula.replace(r"\left", "").replace(r"\right", "").replace(" ", "")


@pytest.mark.parametrize(
    ("formula", "limit", "expected"),
    [
        (r"-\frac{a}{b} - \left(-x + y\right)", 12, (r"-\frac{a}{b}", r"- \left(-x + y\right)")),
        (r"2 \left(a \odot \left(b + c\right)\right) x", 8, ("2 (a", r"\odot (b", "+ c)) x")),
        (
            r"\sum_{k=1}^{n} a_{k} \, \left(b_{k} \, c_{k}\right)",
            3,
            (r"\sum_{k=1}^{n} a_{k}", r"\, (b_{k}", r"\, c_{k})"),
        ),
    ],
)
def test_where_formulas_are_cut(formula: str, limit: float, expected: tuple[str, ...]) -> None:
    assert pieces(formula, limit) == expected


def test_matrix_of_blocks_is_a_table() -> None:
    blocks = mathml(r"\begin{bmatrix} A & b \\ b^{\top} & 1 \end{bmatrix}^{-1}")
    assert "bmatrix" not in blocks
    cells = ET.fromstring(blocks).iter("mtd")
    assert ["".join(cell.itertext()) for cell in cells] == ["A", "b", "b⊤", "1"]
