"""Tokens → syntax by the precedence table, with a stack of open constructs in place of recursion."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NoReturn

from matdiff.errors import NotYet, UnreadableText, WrongArguments, shorten
from matdiff.functions import catalogue
from matdiff.parsing.lexer import SUPERSCRIPT, Token
from matdiff.parsing.source import Source
from matdiff.parsing.syntax import Syntax
from matdiff.tree.precedence import ENTRYWISE, INFIX, KRONECKER, POSTFIXES, POWER, PREFIX, PRODUCT, SUM

CHAINS = {SUM: "sum", KRONECKER: "kronecker", ENTRYWISE: "entrywise", PRODUCT: "product"}
CLOSING = {"(": ")", "{": "}"}
BLOCKS = "entries, slices, indexed sums and blocks `[…]` cannot be read yet"
LONGEST_OFFER = 30
_DIGITS = str.maketrans(SUPERSCRIPT + "⁺⁻", "0123456789+-")
_NORMS = {"": "norm2", "2": "norm2", "F": "norm2", "fro": "norm2", "1": "norm1", "inf": "norm_inf", "∞": "norm_inf"}


@dataclass(slots=True)
class _Open:
    """A construct whose last operand is still to come; `level` is 0 for brackets, which no operator closes."""

    kind: str
    level: int
    token: Token
    args: list[Syntax]
    operators: list[str]


def parse(source: Source, tokens: list[Token], end: int, juxtaposes: bool = False) -> Syntax:
    """The one expression that `tokens` are; `end` is the offset behind them, for what is missing there.

    Where `juxtaposes`, operands side by side are a product.
    """
    return _Parser(source, tokens, end, juxtaposes).parse()


class _Parser:
    def __init__(self, source: Source, tokens: list[Token], end: int, juxtaposes: bool) -> None:
        self.source, self.tokens, self.end, self.juxtaposes = source, tokens, end, juxtaposes
        self.stack: list[_Open] = []
        self.brackets: list[_Open] = []
        self.value: Syntax | None = None
        self.next = 0

    def parse(self) -> Syntax:
        while self.next < len(self.tokens):
            token = self.tokens[self.next]
            self.next += 1
            if self.value is None:
                self.begin_operand(token)
            else:
                self.go_on(token, self.value)
        value = self.value
        if value is None:
            self.fail_missing()
        value = self.close(value, 0)
        if self.brackets:
            token = self.brackets[-1].token
            closing = {"(": ")", "{": "}"}.get(token.text[-1], token.text)
            raise UnreadableText(
                f"`{token.text}` is not closed", self.source.place(token.start, token.end), hint=f"add `{closing}`"
            )
        return value

    # where an operand is to come

    def begin_operand(self, token: Token) -> None:
        following = self.tokens[self.next] if self.next < len(self.tokens) else None
        if token.kind == "name" and following and following.text == "(" and self.is_call(token):
            self.next += 1
            call = Token("name", token.text + "(", token.start, following.end)
            self.open_bracket(_Open("call", 0, call, [], []))
        elif token.kind in ("name", "number", "string"):
            self.value = self.leaf(token.kind, token)
        elif token.kind == "open":
            self.open_bracket(_Open("bracket", 0, token, [], []))
        elif token.kind == "norm":
            self.open_bracket(_Open("norm", 0, token, [], []))
        elif token.text in PREFIX:
            self.stack.append(_Open(PREFIX[token.text].name, PREFIX[token.text].level, token, [], []))
        elif token.text == ")" and self.stack and self.stack[-1].kind == "call" and not self.stack[-1].args:
            self.value = self.finish_bracket(self.brackets.pop(), None, token)
        else:
            self.fail_operand(token)

    def is_call(self, token: Token) -> bool:
        """Whether a name before a bracket is a function; in text-book spelling a single letter is a factor."""
        is_letter = token.end - token.start == 1 and token.text != "I"
        return not (self.juxtaposes and is_letter and catalogue.find(token.text) is None)

    def leaf(self, kind: str, token: Token) -> Syntax:
        text = token.text[1:-1] if kind == "string" else token.text
        return Syntax(kind, text, (), (), self.source, token.start, token.end)

    def open_bracket(self, bracket: _Open) -> None:
        self.stack.append(bracket)
        self.brackets.append(bracket)

    # behind an operand

    def go_on(self, token: Token, value: Syntax) -> None:
        if token.kind in ("postfix", "raised"):
            self.value = self.postfix(token, value)
        elif token.text in INFIX:
            self.infix(token, value)
        elif token.kind == "close":
            self.value = self.close_bracket(token, value)
        elif token.kind == "norm" and self.brackets and self.brackets[-1].kind == "norm":
            self.value = self.close_norm(token, value)
        elif token.text == "," and self.brackets and self.brackets[-1].kind == "call":
            self.brackets[-1].args.append(self.close(value, 0))
            self.value = None
        elif self.juxtaposes and (token.kind in ("name", "number", "open", "norm") or token.text == "√"):
            self.infix(Token("infix", "·", token.start, token.start), value)
            self.begin_operand(token)
        else:
            self.fail_operator(token, value)

    def postfix(self, token: Token, value: Syntax) -> Syntax:
        if value.kind == "number" and not value.is_bracketed and self.stack and self.stack[-1].level == POWER:
            value = self.finish(self.stack.pop(), value)
        spelling = token.text
        if token.kind == "raised" and spelling not in POSTFIXES:
            exponent = Syntax("number", spelling.translate(_DIGITS), (), (), self.source, token.start, token.end)
            return Syntax("power", "", (value, exponent), (), self.source, value.start, token.end)
        name = POSTFIXES[spelling].name
        if name == "inverse_transpose":
            value = Syntax("inverse", "", (value,), (), self.source, value.start, token.end)
            name = "transpose"
        return Syntax(name, "", (value,), (), self.source, value.start, token.end)

    def infix(self, token: Token, value: Syntax) -> None:
        row = INFIX[token.text]
        value = self.close(value, row.level)
        top = self.stack[-1] if self.stack else None
        if top and top.level == row.level and not row.is_right_associative:
            top.args.append(value)
            top.operators.append(row.name)
        else:
            kind = CHAINS.get(row.level, row.name)
            self.stack.append(_Open(kind, row.level, token, [value], [row.name]))
        self.value = None

    def close(self, value: Syntax, level: int) -> Syntax:
        """`value` as last operand of every open construct that binds tighter than this level."""
        while self.stack and self.stack[-1].level > level:
            value = self.finish(self.stack.pop(), value)
        return value

    def finish(self, construct: _Open, value: Syntax) -> Syntax:
        if construct.kind == "plus":
            return value
        if construct.kind == "minus":
            return Syntax("minus", "", (value,), (), self.source, construct.token.start, value.end)
        if construct.kind == "root":
            return Syntax("call", "sqrt", (value,), (), self.source, construct.token.start, value.end)
        args = (*construct.args, value)
        operators = tuple(construct.operators)
        return Syntax(construct.kind, "", args, operators, self.source, args[0].start, value.end)

    # brackets

    def close_bracket(self, token: Token, value: Syntax) -> Syntax:
        if not self.brackets:
            raise UnreadableText(
                f"`{token.text}` closes nothing", self.source.place(token.start, token.end), hint="delete it"
            )
        bracket = self.brackets.pop()
        if CLOSING.get(bracket.token.text[-1]) != token.text:
            raise UnreadableText(
                f"`{token.text}` closes `{bracket.token.text}`", self.source.place(token.start, token.end)
            )
        return self.finish_bracket(bracket, self.close(value, 0), token)

    def finish_bracket(self, bracket: _Open, value: Syntax | None, token: Token) -> Syntax:
        assert self.stack.pop() is bracket
        start = bracket.token.start
        if bracket.kind == "call":
            args = (*bracket.args, value) if value else tuple(bracket.args)
            call = Syntax("call", bracket.token.text[:-1], args, (), self.source, start, token.end)
            return self.respelled(call)
        assert value is not None
        return Syntax(value.kind, value.text, value.args, value.operators, self.source, start, token.end, True)

    def respelled(self, call: Syntax) -> Syntax:
        """`pow(x, p)` as `x.^p`, and `norm(x, 2)` as `norm2(x)`."""
        if call.text in ("pow", "power") and len(call.args) == 2:
            return replace(call, kind="entrywise_power", text="", is_bracketed=True)
        if call.text in ("norm", "norm2") and len(call.args) == 2:
            order = call.args[1].text
            if order not in _NORMS:
                raise WrongArguments(f"no norm has the order `{call.args[1].words()}`", call.args[1].place())
            return replace(call, text=_NORMS[order], args=call.args[:1])
        return call

    def close_norm(self, token: Token, value: Syntax) -> Syntax:
        value = self.close(value, 0)
        bracket = self.brackets.pop()
        assert self.stack.pop() is bracket
        end, order = token.end, ""
        following = self.tokens[self.next] if self.next < len(self.tokens) else None
        if following and following.start == end and following.text[0] in "_₁₂":
            self.next += 1
            end, order = following.end, following.text.lstrip("_").translate(str.maketrans("₁₂", "12"))
            if order not in _NORMS:
                raise UnreadableText(f"no norm has the order `{order}`", self.source.place(following.start, end))
        return Syntax("call", _NORMS[order], (value,), (), self.source, bracket.token.start, end)

    # what cannot be read

    def fail_missing(self) -> NoReturn:
        place = self.source.place(self.end, self.end + 1)
        last = self.tokens[-1].text if self.tokens else ""
        message = f"something is missing behind `{last}`" if last else "there is no expression"
        raise UnreadableText(message, place, hint="" if last else "write one such as `x'*A*x`")

    def fail_operand(self, token: Token) -> NoReturn:
        place = self.source.place(token.start, token.end)
        if token.text == "[":
            raise NotYet(BLOCKS, place)
        if token.kind == "close" and self.next > 1 and self.tokens[self.next - 2].kind == "open":
            raise UnreadableText("there is nothing between the brackets", place)
        raise UnreadableText(f"an operand is missing before `{token.text}`", place)

    def fail_operator(self, token: Token, value: Syntax) -> NoReturn:
        place = self.source.place(token.start, token.end)
        if token.text == "[":
            raise NotYet(BLOCKS, place)
        if token.kind in ("name", "number", "open", "string", "norm"):
            left, is_short = value.words(), value.end - value.start <= LONGEST_OFFER
            hint = f"write `{left}*{token.text}` for a product" if is_short and token.text.isalnum() else ""
            message = f"an operator is missing between `{shorten(left)}` and `{token.text}`"
            raise UnreadableText(message, place, hint=hint or "write `*` between them")
        if token.text == ":":
            raise UnreadableText("`:` stands in declarations only", place, hint="write them behind `where`")
        if token.text == ",":
            raise UnreadableText("`,` parts the arguments of a function, and none is open", place)
        raise UnreadableText(f"`{token.text}` does not belong here", place)
