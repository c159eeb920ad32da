"""What a message catalogue has; one file a language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """The words between formulas: names of rules, headings by kind of section, and what stands around them.

    In headings and sentences `{of}` and `{by}` are names, `{result}` the answer. `properties` are what may be declared
    of a variable. `conditions` are what may have to hold of `{of}`, by the English words; English has none, since each
    phrase stands where the condition is found.
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
    holds: str
    properties: Mapping[str, str]
    conditions: Mapping[str, str]

    def condition(self, words: str) -> str:
        """The sentence for something that has to hold, such as `is invertible`, of `{of}`."""
        return self.conditions.get(words, f"{{of}} {words}")


def wording_for(language: str) -> Wording:
    """The catalogue of a language, loaded now."""
    if language == "ru":
        from matdiff.explain.wording.ru import RUSSIAN

        return RUSSIAN
    from matdiff.explain.wording.en import ENGLISH

    return ENGLISH


LANGUAGES = ("en", "ru")
