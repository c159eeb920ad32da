"""The derivation as one JSON object: sections of steps, each side as text and as LaTeX, with the key of its rule."""

from __future__ import annotations

from json import dumps

from matdiff.explain.derivation import Derivation, Step
from matdiff.explain.formats.tex import TexFormulas
from matdiff.explain.formats.unicode import UnicodeFormulas
from matdiff.explain.page import Page


def write(page: Page) -> str:
    """The whole page."""
    record = {
        "derivations": [derivation_record(derivation, page) for derivation in page.derivations],
        "assumptions": list(page.assumptions),
        "conditions": list(page.conditions(UnicodeFormulas(page.last).matrix)),
        "answer": page.answer,
        "both_ways": page.agreement or None,
        "direct_way": page.is_through_names or None,
    }
    return dumps(record, ensure_ascii=False)


def write_entries(page: Page) -> str:
    """The entries alone."""
    unicode, tex = UnicodeFormulas(page.last), TexFormulas(page.last)
    return dumps([step_record(step, unicode, tex, page) for step in page.entry_steps()], ensure_ascii=False)


def derivation_record(derivation: Derivation, page: Page) -> dict[str, object]:
    """One derivation."""
    unicode, tex = UnicodeFormulas(derivation), TexFormulas(derivation)
    return {
        "value": unicode.matrix(derivation.value),
        "wrt": str(derivation.variable.attrs[0]),
        "sections": [
            {
                "kind": section.kind,
                "subject": [str(node.attrs[0]) for node in section.subject],
                "steps": [step_record(step, unicode, tex, page) for step in section.steps],
            }
            for section in derivation.sections
        ],
    }


def step_record(step: Step, unicode: UnicodeFormulas, tex: TexFormulas, page: Page) -> dict[str, str]:
    """One step."""
    return {
        "rule": step.rule,
        "name": page.wording.rules[step.rule],
        "left": unicode.write(step.left),
        "right": unicode.write(step.right),
        "left_latex": tex.write(step.left),
        "right_latex": tex.write(step.right),
    }
