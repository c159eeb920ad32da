"""One line of text → a statement: keyword, expression, `wrt` clause, claim, `where` clause."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from matdiff.errors import UnreadableText, closest
from matdiff.parsing.declare import Declaration, read, words_of
from matdiff.parsing.indices import in_index_notation
from matdiff.parsing.lexer import (
    Token,
    applied,
    check_length,
    has_commands,
    is_mathematical,
    tokens_of,
    with_derivatives,
)
from matdiff.parsing.parser import parse
from matdiff.parsing.source import Source
from matdiff.parsing.syntax import Syntax
from matdiff.parsing.title import title_of

KEYWORDS = {"grad": "grad", "gradient": "grad", "jacobian": "jacobian", "hessian": "hessian"}
EQUALS = ("=", "==")
SETTINGS = ("where", "let", "define", "structured")
CLAUSES = ("wrt", "structured")
CONVENTIONS = ("project", "entries", "free")
_HEAD = re.compile(r"\s*(?:\[([\w.:/-]+)\](?=\s*[^\s*/^.+='⊙∘]))?\s*")
_WHERE = re.compile(r"(?<!\w)where(?!\w)")
_SETTING = re.compile(rf"{_HEAD.pattern}(?:{'|'.join(SETTINGS)})(?!\w)")
_LET = re.compile(r"let\s+(?=[^\W\d])")
_LET_NAME = re.compile(r"([^\W\d]\w*)\s*=")
_DEFINE = re.compile(r"define\s+(?=[^\W\d])")
_FUNCTION = re.compile(r"\s*([^\W\d]\w*)\s*\(([^()]*)\)\s*=(?!=)")
_KEYWORD = re.compile(r"(grad|gradient|jacobian|hessian)(?!\w)\s*(?=[\w(‖{|.⟨<√∇\\]|(?<=\s)[\[|]|[-−].*\bwrt\b)")
_LOSS = re.compile(r"loss\s+(?!wrt\b)(?=[\w‖⟨√(\[]|-\S)")
_DIFFERENTIAL = re.compile(r"d\s+(?=[\w(‖])")
_STRUCTURED = re.compile(r"structured(?:\s+([^\W\d]\w*))?\s*$")


class Statement(NamedTuple):
    """One line, syntax only.

    `kind` is `expression`, `grad`, `jacobian`, `hessian`, `identity`, `differential`, `empty` or one of `SETTINGS`.
    `sides` is one for an expression, expression and claim for a rule, every side of an identity; `wrt`,
    `declarations` and `structured`, the convention for structured variables, are what its own clauses say, `name` is
    that of a `let` or a `define`, with its `parameters`, `identifier` what stood in brackets before it, `claim_place`
    where what is behind the last `=` stands.
    """

    kind: str
    sides: tuple[Syntax, ...]
    wrt: tuple[str, ...]
    declarations: tuple[Declaration, ...]
    name: str
    identifier: str
    source: Source
    wrt_place: tuple[int, int] = (0, 0)
    structured: str = ""
    claim_place: tuple[int, int] = (0, 0)
    parameters: tuple[Syntax, ...] = ()


def may_be_setting(text: str) -> bool:
    """Whether a line begins like one that says something for the lines below it; cheaper than to read it."""
    return _SETTING.match(text) is not None


def behind_title(statement: Statement, known: frozenset[str]) -> Statement | None:
    """The expression behind the title of an equation, `x'*A*x` of `f(x) = x'*A*x`, by `x`; None where it has no title.

    `known` are names that earlier lines introduced.
    """
    text = statement.source.text
    head = _HEAD.match(text)
    title = title_of(text, head.end() if head else 0, known | words_of(statement.declarations))
    if title is None or statement.kind != "identity":
        return None
    found = parse_statement(statement.source, known, title.end)
    return found._replace(wrt=title.names, identifier=statement.identifier)


def parse_statement(source: Source, known: frozenset[str], begin: int = 0, is_textbook: bool = False) -> Statement:
    """The statement on a line from the character `begin` on; raises where it is none.

    `known` are names that earlier lines introduced, as `words_of` gives them. Where `is_textbook`, letters side by
    side are a product whatever the spelling.
    """
    check_length(source)
    end = len(source.text.split("#", 1)[0].rstrip())
    head = _HEAD.match(source.text, begin, end)
    assert head is not None
    start, identifier = head.end(), head.group(1) or ""
    if start >= end:
        return Statement("empty", (), (), (), "", identifier, source)
    where = _WHERE.search(source.text, start, end)
    declarations: tuple[Declaration, ...] = ()
    if where:
        declarations = tuple(read(source, where.end(), end))
        if not declarations:
            place = source.place(where.start(), where.end())
            raise UnreadableText("no declaration stands behind `where`", place, hint="write `where x: n`")
        if where.start() == start:
            return Statement("where", (), (), declarations, "", identifier, source)
        end = where.start()
    setting = _STRUCTURED.match(source.text, start, end)
    if setting:
        word = convention(source, setting.group(1) or "", *setting.span(1 if setting.group(1) else 0))
        return Statement("structured", (), (), declarations, "", identifier, source, structured=word)
    known |= words_of(declarations)
    return _Line(source, start, end, known, is_textbook).statement(declarations, identifier)


def convention(source: Source, word: str, start: int, end: int) -> str:
    """A word for what the derivative by a structured variable is, held to those that there are."""
    if word in CONVENTIONS:
        return word
    offers = closest(word, CONVENTIONS)
    raise UnreadableText(
        f"no convention is called `{word}`" if word else "no convention stands behind `structured`",
        source.place(start, end),
        hint=f"did you mean `{offers[0]}`?" if offers else "write `structured project`, `entries` or `free`",
    )


def parse_definition(source: Source, known: frozenset[str]) -> Statement:
    """The definition on a line without the word `define`, as `--define` takes it; with the word, too."""
    check_length(source)
    word = _DEFINE.match(source.text)
    return _Line(source, word.end() if word else 0, len(source.text.rstrip()), known).definition()


class _Line:
    """A line without its comment, identifier and `where` clause."""

    def __init__(self, source: Source, start: int, end: int, known: frozenset[str], is_textbook: bool = False) -> None:
        self.source, self.start, self.end = source, start, end
        self.known, self.juxtaposes = known, is_textbook or _juxtaposes(source.text[start:end])
        self.functions: frozenset[str] = frozenset()

    def statement(self, declarations: tuple[Declaration, ...], identifier: str) -> Statement:
        kind, name = self.keyword(), ""
        if kind == "define":
            return self.definition(identifier)
        if kind == "let":
            name = self.let_name()
        tokens = tokens_of(self.source, self.start, self.end, self.known, self.juxtaposes)
        self.functions = applied(tokens, self.known, self.juxtaposes)
        tokens = with_derivatives(tokens, self.functions)
        parts = _parts(tokens)
        held = [k for k, part in enumerate(parts) if k == 0 or part[0].text in EQUALS]
        sides = tuple(self.side(parts[k], parts, k, name) for k in held)
        wrt, wrt_place = self.clause(parts)
        structured = self.structured(parts)
        if kind == "expression" and len(sides) > 1:
            title = title_of(self.source.text, self.start, self.known) if wrt else None
            if title:
                self.start = title.end
                return self.statement(declarations, identifier)
            kind = "identity" if not wrt else self.fail_claim(parts)
        if len(sides) > (1 if kind == "let" else 2) and kind != "identity":
            self.fail_claim(parts)
        if structured and kind in ("identity", "let"):
            first = next(part[0] for part in parts if part[0].text == "structured")
            place = self.source.place(first.start, first.end)
            hint = "write `grad f wrt X structured entries`"
            raise UnreadableText("`structured` goes with a derivative", place, hint=hint)
        spans = wrt_place, structured, self.claim_place(parts)
        return Statement(kind, sides, wrt, declarations, name, identifier, self.source, *spans)

    def claim_place(self, parts: list[list[Token]]) -> tuple[int, int]:
        """Where what stands behind the last `=` begins and ends, with all that its tokens pass over."""
        claim = next((part for part in reversed(parts) if part[0].text in EQUALS), None) if parts[-1] else None
        if claim is None:
            return (0, 0)
        end = claim[-1].end
        return end - len(self.source.text[claim[0].end : end].lstrip()), end

    def keyword(self) -> str:
        """The kind of statement that the first word says; `start` moves behind the word."""
        for pattern, kind in ((_LET, "let"), (_DEFINE, "define"), (_KEYWORD, ""), (_DIFFERENTIAL, "differential")):
            match = pattern.match(self.source.text, self.start, self.end)
            if match:
                self.start = match.end()
                return kind or KEYWORDS[match.group(1)]
        loss = _LOSS.match(self.source.text, self.start, self.end)
        if loss and "loss" not in self.known:
            self.start = loss.end()
        return "expression"

    def let_name(self) -> str:
        match = _LET_NAME.match(self.source.text, self.start, self.end)
        if match is None:
            place = self.source.place(self.start, self.end)
            raise UnreadableText("a `let` line names an expression", place, hint="write `let u = A*x`")
        self.start = match.end()
        return match.group(1)

    def definition(self, identifier: str = "") -> Statement:
        """The `name(parameters) = body` of a `define` line."""
        head = _FUNCTION.match(self.source.text, self.start, self.end)
        if head is None or not head.group(2).strip():
            place = self.source.place(self.start, self.end)
            raise UnreadableText(
                "a definition is a function of its parameters", place, hint="write `define swish(t) = t*sigmoid(t)`"
            )
        parameters = tuple(self.parameters(*head.span(2)))
        tokens = tokens_of(self.source, head.end(), self.end, self.known | {p.text for p in parameters})
        if not tokens:
            raise UnreadableText("nothing stands behind `=`", self.source.place(head.end() - 1, head.end()))
        side = parse(self.source, tokens, self.end, False, self.known)
        return Statement("define", (side,), (), (), head.group(1), identifier, self.source, parameters=parameters)

    def parameters(self, start: int, end: int) -> Iterator[Syntax]:
        for word in self.source.text[start:end].split(","):
            name = word.strip()
            begin = start + len(word) - len(word.lstrip())
            if not name.isidentifier():
                place = self.source.place(begin, max(begin + len(name), begin + 1))
                raise UnreadableText("a parameter is a name", place, hint="write `f(s, t) = …`")
            yield Syntax("name", name, (), (), self.source, begin, begin + len(name))
            start += len(word) + 1

    def clause(self, parts: list[list[Token]]) -> tuple[tuple[str, ...], tuple[int, int]]:
        """The names behind `wrt`."""
        clauses = [part for part in parts[1:] if part[0].text == "wrt"]
        if not clauses:
            return (), (0, 0)
        if len(clauses) > 1:
            raise UnreadableText("`wrt` stands twice", self.source.place(clauses[1][0].start, clauses[1][0].end))
        first, *rest = clauses[0]
        names = rest[::2]
        place = (rest[0].start, rest[-1].end) if rest else (first.start, first.end)
        commas = [token.text for token in rest[1::2]]
        if any(token.kind != "name" for token in names) or set(commas) > {","} or len(rest) % 2 == 0:
            raise UnreadableText(
                "`wrt` is followed by names", self.source.place(*place), hint="write `wrt x` or `wrt x, y`"
            )
        return tuple(token.text for token in names), place

    def structured(self, parts: list[list[Token]]) -> str:
        """The convention for structured variables that a clause names."""
        clauses = [part for part in parts[1:] if part[0].text == "structured"]
        if not clauses:
            return ""
        if len(clauses) > 1 or len(clauses[0]) > 2:
            token = clauses[1][0] if len(clauses) > 1 else clauses[0][2]
            place = self.source.place(token.start, token.end)
            raise UnreadableText("`structured` is followed by one word", place, hint="write `structured entries`")
        word = clauses[0][1]
        return convention(self.source, word.text, word.start, word.end)

    def side(self, part: list[Token], parts: list[list[Token]], position: int, name: str) -> Syntax:
        tokens = part[1:] if position else part
        following = parts[position + 1][0].start if position + 1 < len(parts) else self.end
        if not tokens and position:
            raise UnreadableText("nothing stands behind `=`", self.source.place(part[0].start, part[0].end))
        end = tokens[-1].end if tokens else following
        return in_index_notation(parse(self.source, tokens, end, self.juxtaposes, self.known, self.functions), name)

    def fail_claim(self, parts: list[list[Token]]) -> str:
        sign = next(part[0] for part in reversed(parts) if part[0].text in EQUALS)
        raise UnreadableText(
            "`=` does not belong here",
            self.source.place(sign.start, sign.end),
            hint="a rule is `grad x'*x wrt x = 2*x`",
        )


def _begins_clause(tokens: list[Token], position: int, depth: int) -> bool:
    """Whether the token is the word of a clause; `structured` may be a variable where no operand ends before it."""
    word, before = tokens[position].text, tokens[max(position - 1, 0)]
    if position == 0 or word not in CLAUSES:
        return False
    is_before_name = [token.kind for token in tokens[position + 1 : position + 2]] == ["name"]
    if word == "wrt":
        return before.text not in EQUALS and (depth <= 0 or is_before_name)
    return is_before_name and before.kind in ("name", "number", "close", "postfix", "raised", "norm")


def _juxtaposes(text: str) -> bool:
    """Whether letters side by side are a product, as in text-books."""
    return has_commands(text) or is_mathematical(text)


def _parts(tokens: list[Token]) -> list[list[Token]]:
    """The tokens cut before each `=` outside brackets and each `wrt` and `structured` that begins a clause.

    A clause begins in brackets as well: somebody forgot to close them, which is found in the part before it.
    """
    parts: list[list[Token]] = [[]]
    depth = 0
    for position, token in enumerate(tokens):
        depth += (token.kind == "open" or token.text == "[") - (token.kind == "close" or token.text == "]")
        is_clause = _begins_clause(tokens, position, depth)
        if is_clause or (depth <= 0 and token.text in EQUALS):
            parts.append([])
            depth = 0
        parts[-1].append(token)
    return parts
