"""What is looked at: every derivation of the lecture, and longer ones, in each language of the words."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from click.testing import CliRunner

from matdiff.cli.main import program
from matdiff.explain.wording.catalogue import LANGUAGES, wording_for
from tests.sessions import read_steps

TRANSCRIPTS = Path(__file__).parent.parent / "transcripts"
NETWORK = "let u = W1*x + c1\nlet a = sigmoid(u)\nlet v = W2*a + c2\nlet b = sigmoid(v)\nlet y = W3*b + c3\n"
LONG = (
    ("explain - --wrt W1", NETWORK + "dot(y - t, y - t) where t: n\n"),
    ("explain - --wrt W1 --steps matrix", NETWORK + "dot(y - t, y - t) where t: n\n"),
    ('explain "hessian log(1 + x\'*x)" --wrt x', ""),
    ('explain "tr(inv(X)*A)" --wrt X', ""),
    ('explain "logdet([A, B; B\', D])" --wrt A', ""),
    ('explain "logdet([A, B; B\', D])" --wrt A --steps matrix', ""),
    ("explain \"(A*x - b)'*(A*x - b)/(x'*x + c) where c: scalar\" --wrt x", ""),
    ('explain "logsumexp(A*x) + norm2(x - y)^2/2 + sum(log(1 + exp(B*x)))" --wrt x', ""),
)
COMMANDS = ("explain", "backprop")
WITHOUT_WORDS = ("backprop", "--entry")


class Shown(NamedTuple):
    """A command of the program and what stands on its stdin."""

    command: str
    given: str

    def write(self, form: str) -> str:
        """What the command prints in a format."""
        result = CliRunner().invoke(program, [*shlex.split(self.command), "--format", form], input=self.given)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    @property
    def name(self) -> str:
        """What a report calls it."""
        return f"{self.command} {self.given[-20:].strip()}".strip()

    def words(self) -> tuple[str, ...]:
        """What must stand on the page: every heading and the answer; of a page without words nothing is known."""
        if any(word in self.command for word in WITHOUT_WORDS):
            return ()
        lines = self.write("text").split("\n\n")
        last = lines[-1].strip()
        wording = wording_for("ru" if "--lang ru" in self.command else "en")
        return (wording.answer.format(result=last), *(wording.headings["index_form"],) * ("matrix" not in self.command))


def _shown() -> Iterator[Shown]:
    """Each command once; what has words in each language."""
    for command, given in dict.fromkeys((*_lecture(), *LONG)):
        has_words = not any(word in command for word in WITHOUT_WORDS)
        for language in LANGUAGES if has_words else LANGUAGES[:1]:
            yield Shown(f"{command} --lang {language}" if language != LANGUAGES[0] else command, given)


def _lecture() -> Iterator[tuple[str, str]]:
    for file in sorted(TRANSCRIPTS.glob("lecture_*.transcript")):
        for step in read_steps(file):
            command = " ".join(_plain(step.command.removeprefix("matdiff ")))
            if command.startswith(COMMANDS):
                yield command, step.given


def _plain(command: str) -> Iterator[str]:
    """The words of a command without those that choose a format or a language."""
    words = iter(shlex.split(command))
    for word in words:
        if word in ("--format", "--lang"):
            next(words)
        else:
            yield shlex.quote(word)


SHOWN = tuple(_shown())
