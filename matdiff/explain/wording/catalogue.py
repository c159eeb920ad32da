"""What a message catalogue has; one file a language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """The words between formulas: names of rules, headings by kind of section, and what stands around them.

    In headings and sentences `{of}` and `{by}` are names, `{result}` the answer. `properties` are what may be declared
    of a variable.
    """

    language: str
    rules: Mapping[str, str]
    headings: Mapping[str, str]
    task: str
    given: str
    answer: str
    agreement: str
    direct: str
    sized: str
    properties: Mapping[str, str]


def wording_for(language: str) -> Wording:
    """The catalogue of a language, loaded now."""
    if language == "ru":
        from matdiff.explain.wording.ru import RUSSIAN

        return RUSSIAN
    from matdiff.explain.wording.en import ENGLISH

    return ENGLISH


LANGUAGES = ("en", "ru")
