"""Tokens → syntax by the precedence table, with a stack of open constructs in place of recursion."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace

from matdiff.errors import NotYet, TooLong, UnreadableText, WrongArguments
from matdiff.functions import catalogue
from matdiff.parsing.lexer import SUPERSCRIPT, Token, is_letter
from matdiff.parsing.mistakes import missing, no_operand, no_operator
from matdiff.parsing.respell import NORMS, norm_of_order, respelled
from matdiff.parsing.series import FORM, power_sum
from matdiff.parsing.source import Source
from matdiff.parsing.syntax import Syntax
from matdiff.tree.precedence import ENTRYWISE, INFIX, KRONECKER, POSTFIXES, POWER, PREFIX, PRODUCT, SUM

CHAINS = {SUM: "sum", KRONECKER: "kronecker", ENTRYWISE: "entrywise", PRODUCT: "product"}
CLOSING = {"(": ")", "{": "}", "[": "]", "⟨": "⟩", "<": ">"}
PARTED_BY_COMMAS = ("call", "inner", "index", "block")
BARE = frozenset({"tr", "Tr", "trace", "det", "logdet", "log", "ln", "vec", "diag"})
DELTAS = ("delta", "δ")
MOST_BLOCKS = 64
_METHODS = {"dot": "matmul"}
_BOOKISH = frozenset({"postfix", "raised", "norm", "bar"})
_DIGITS = str.maketrans(SUPERSCRIPT + "⁺⁻", "0123456789+-")


@dataclass(slots=True)
class _Open:
    """A construct whose last operand is still to come; `level` is 0 for brackets, which no operator closes."""

    kind: str
    level: int
    token: Token
    args: list[Syntax]
    operators: list[str]


def parse(
    source: Source,
    tokens: list[Token],
    end: int,
    juxtaposes: bool = False,
    known: Container[str] = (),
    functions: Container[str] = (),
) -> Syntax:
    """The one expression that `tokens` are; `end` is the offset behind them, for what is missing there.

    Where `juxtaposes`, operands side by side are a product. `known` are names that are declared, `functions`
    those that are unknown functions.
    """
    return _Parser(source, tokens, end, juxtaposes, known, functions).parse()


class _Parser:
    def __init__(
        self,
        source: Source,
        tokens: list[Token],
        end: int,
        juxtaposes: bool,
        known: Container[str],
        functions: Container[str],
    ) -> None:
        self.source, self.tokens, self.end, self.juxtaposes = source, tokens, end, juxtaposes
        self.known, self.functions = known, functions
        self.stack: list[_Open] = []
        self.brackets: list[_Open] = []
        self.value: Syntax | None = None
        self.next = 0
        self.is_loose = any(token.kind in _BOOKISH for token in tokens)

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
            raise missing(self.source, self.tokens, self.end)
        value = self.close(value, 0)
        if self.brackets:
            token = self.brackets[-1].token
            closing = CLOSING.get(token.text[-1], token.text)
            raise UnreadableText(
                f"`{token.text}` is not closed", self.source.place(token.start, token.end), hint=f"add `{closing}`"
            )
        return value

    # where an operand is to come

    def begin_operand(self, token: Token) -> None:
        following = self.following()
        if token.kind == "name" and following.text in ("(", "["):
            self.begin_name(token, following)
        elif token.kind == "name" and self.is_bare_call(token, following):
            self.stack.append(_Open("apply", PRODUCT, token, [], []))
        elif token.kind in ("name", "number", "string"):
            self.value = self.leaf(token.kind, token)
        elif token.kind == "open" or token.text == "[":
            kind = {"⟨": "inner", "<": "inner", "[": "block"}.get(token.text, "bracket")
            self.open_bracket(_Open(kind, 0, token, [], []))
        elif token.kind in ("norm", "bar"):
            self.open_bracket(_Open(token.kind, 0, token, [], []))
        elif token.text in PREFIX:
            self.stack.append(_Open(PREFIX[token.text].name, PREFIX[token.text].level, token, [], []))
        elif token.text == ")" and self.stack and self.stack[-1].kind == "call" and not self.stack[-1].operators:
            self.value = self.finish_bracket(self.brackets.pop(), None, token)
        elif token.text == ":" and self.is_in("index"):
            self.value = self.leaf("slice", token)
        else:
            raise no_operand(self.source, token, self.tokens[self.next - 2 : self.next - 1])

    def begin_name(self, token: Token, following: Token) -> None:
        """A name before a bracket: a function, a sum over indices, or the name itself."""
        if [each.text for each in self.tokens[self.next : self.next + 3]] == ["(", ":", ")"]:
            self.next += 3
            end = self.tokens[self.next - 1].end
            self.value = Syntax("call", "vec", (self.leaf("name", token),), (), self.source, token.start, end)
        elif following.text == "(" and self.is_call(token):
            self.next += 1
            call = Token("name", token.text + "(", token.start, following.end)
            self.open_bracket(_Open("call", 0, call, [], []))
        elif following.text == "[" and token.text == "sum" and "sum" not in self.known:
            self.begin_total(token)
        else:
            self.value = self.leaf("name", token)

    def begin_total(self, token: Token) -> None:
        """`sum[k, m](` up to the bracket behind the indices."""
        first = self.next + 1
        while self.next < len(self.tokens) and self.tokens[self.next].text != "]":
            self.next += 1
        inside = self.tokens[first : self.next]
        names, commas = inside[::2], inside[1::2]
        self.next += 1
        opening = self.following()
        if opening.text == "(" and len(inside) > 1 and inside[1].text == "=" and inside[0].kind == "name":
            self.begin_series(token, inside, opening)
            return
        is_listed = all(name.kind == "name" for name in names) and all(comma.text == "," for comma in commas)
        if opening.text != "(" or not names or not is_listed or len(names) != len(commas) + 1:
            raise UnreadableText(
                "`sum[…]` names indices, and what is summed stands in brackets behind it",
                self.source.place(token.start, min(opening.end, self.end)),
                hint="write `sum[i, j](x[i]*A[i,j])`",
            )
        self.next += 1
        head = Token("name", "sum[…](", token.start, opening.end)
        self.open_bracket(_Open("total", 0, head, [], [name.text for name in names]))

    def begin_series(self, token: Token, inside: list[Token], opening: Token) -> None:
        """`sum[r=0..k-1](` with its ends."""
        dots = [k for k, part in enumerate(inside) if part.text == ".."]
        if len(dots) != 1 or not 2 < dots[0] < len(inside) - 1:
            raise UnreadableText(
                "a sum over a range names its ends",
                self.source.place(token.start, opening.end),
                hint=f"write `{FORM}`",
            )
        ends = [
            parse(self.source, part, part[-1].end, self.juxtaposes, self.known, self.functions)
            for part in (inside[2 : dots[0]], inside[dots[0] + 1 :])
        ]
        self.next += 1
        head = Token("name", "sum[…](", token.start, opening.end)
        self.open_bracket(_Open("series", 0, head, ends, [inside[0].text]))

    def following(self) -> Token:
        """The token behind the one that is read; behind the last an empty one."""
        return self.tokens[self.next] if self.next < len(self.tokens) else Token("end", "", self.end, self.end)

    def is_in(self, kind: str) -> bool:
        """Whether the innermost bracket is of this kind."""
        return bool(self.brackets) and self.brackets[-1].kind == kind

    def is_bare_call(self, token: Token, following: Token) -> bool:
        """Whether a name is a function without brackets, as text-books write `tr XᵀX` and `log det A`."""
        if token.text not in BARE or token.text in self.known:
            return False
        if token.text in ("log", "ln"):
            return following.text == "det" or following.kind == "bar"
        return following.kind in ("name", "number", "norm", "bar") or following.text in ("{", "⟨", "√", "[")

    def is_call(self, token: Token) -> bool:
        """Whether a name before a bracket is a function; in text-book spelling any other letter is a factor."""
        is_factor = self.juxtaposes and token.text != "I" and is_letter(token.text)
        is_factor = is_factor and catalogue.find(token.text) is None
        return token.text in self.functions or not is_factor

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
        elif token.kind == "close" or token.text == "]":
            self.value = self.close_bracket(token, value)
        elif token.kind in ("norm", "bar") and self.is_in(token.kind):
            self.value = self.close_norm(token, value)
        elif token.kind == "method" or token.text == "[":
            self.begin_behind(token, value)
        elif self.is_part(token):
            self.brackets[-1].args.append(self.close(value, 0))
            self.brackets[-1].operators.append(token.text)
            self.value = None
        elif self.is_product_without_sign(token):
            self.infix(Token("infix", "·", token.start, token.start), value)
            self.begin_operand(token)
        else:
            raise no_operator(self.source, token, value, self.is_in("index"))

    def is_product_without_sign(self, token: Token) -> bool:
        """Whether an operand may stand right behind another one: in text-book spelling always, else where it is plain.

        That is behind a number, a closing bracket or a transpose (`2x`, `(A*x - b)'(A*x - b)`, `x'A`); in a line with
        such a place, with bars or with a transpose also between single letters (`x' A x`, `||A x - b||`).
        """
        if self.juxtaposes:
            return token.kind in ("name", "number", "open", "norm", "bar") or token.text == "√"
        before = self.tokens[self.next - 2]
        if token.kind not in ("name", "open", "norm", "bar") or (token.kind == "open" and token.text != "("):
            return False
        is_plain = before.kind in ("number", "close", "postfix") or (before.kind == "name" and token.kind == "norm")
        is_letters = self.is_loose and len(before.text) == len(token.text) == 1
        self.is_loose = self.is_loose or is_plain
        return is_plain or (is_letters and before.kind == "name")

    def is_part(self, token: Token) -> bool:
        """Whether a comma or semicolon parts what stands in the innermost bracket."""
        kind = self.brackets[-1].kind if self.brackets else ""
        return (token.text == "," and kind in PARTED_BY_COMMAS) or (token.text == ";" and kind == "block")

    def begin_behind(self, token: Token, value: Syntax) -> None:
        """`X.sum(` as `sum(X, …`, and `X[` up to its indices."""
        if token.kind == "method":
            name = token.text[1:-1].rstrip()
            head = Token("name", f"{_METHODS.get(name, name)}(", value.start, token.end)
            self.open_bracket(_Open("call", 0, head, [value], []))
        else:
            self.open_bracket(_Open("index", 0, token, [value], []))
        self.value = None

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
        if name == "pseudo_inverse":
            return Syntax("call", "pinv", (value,), (), self.source, value.start, token.end)
        return Syntax(name, "", (value,), (), self.source, value.start, token.end)

    def infix(self, token: Token, value: Syntax) -> None:
        row = INFIX[token.text]
        value = self.close(value, row.level)
        top = self.stack[-1] if self.stack else None
        if row.name == "under":
            value, row, top = self.solved(value), INFIX["*"], None
        kind = CHAINS.get(row.level, row.name)
        if top and top.kind == kind and not row.is_right_associative:
            top.args.append(value)
            top.operators.append(row.name)
        else:
            self.stack.append(_Open(kind, row.level, token, [value], [row.name]))
        self.value = None

    def solved(self, value: Syntax) -> Syntax:
        """The inverse of the product that stands before a backslash, with which the solution of a system begins."""
        if self.stack and self.stack[-1].kind == "product":
            value = self.finish(self.stack.pop(), value)
        return Syntax("inverse", "", (value,), (), self.source, value.start, value.end)

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
        if construct.kind in ("root", "apply"):
            name = "sqrt" if construct.kind == "root" else construct.token.text
            return Syntax("call", name, (value,), (), self.source, construct.token.start, value.end)
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
        args = (*bracket.args, value) if value else tuple(bracket.args)
        if bracket.kind == "call":
            return respelled(Syntax("call", bracket.token.text[:-1], args, (), self.source, start, token.end))
        assert value is not None
        if bracket.kind == "bracket":
            return Syntax(value.kind, value.text, value.args, value.operators, self.source, start, token.end, True)
        if bracket.kind == "index":
            return self.entry(args, token)
        operators = tuple(bracket.operators)
        if bracket.kind == "inner":
            if len(args) != 2:
                raise WrongArguments("an inner product is of two", self.source.place(start, token.end))
            return Syntax("call", "dot", args, (), self.source, start, token.end)
        if bracket.kind == "series":
            return power_sum(Syntax("series", "", args, operators, self.source, start, token.end))
        if bracket.kind == "block":
            return self.block(args, operators, start, token.end)
        return Syntax(bracket.kind, "", args, operators, self.source, start, token.end)

    def block(self, args: tuple[Syntax, ...], signs: tuple[str, ...], start: int, end: int) -> Syntax:
        """`[A, B; C, D]`: blocks row by row, `rows` in its operators for each row after the first."""
        place = self.source.place(start, end)
        if any(arg.kind == "block" for arg in args):
            raise NotYet(
                "blocks inside of blocks are not read", place, hint="write `[A, B; C, D]`, the rows parted by `;`"
            )
        if len(args) > MOST_BLOCKS:
            raise TooLong(place, "the matrix has", len(args), "blocks", MOST_BLOCKS)
        ends = [k + 1 for k, sign in enumerate(signs) if sign == ";"]
        columns = (ends or [len(args)])[0]
        if ends != list(range(columns, len(args), columns)) or len(args) % columns:
            raise NotYet("the rows of a block matrix have equally many blocks here", place)
        if len(args) == 1:
            return replace(args[0], start=start, end=end, is_bracketed=True)
        return Syntax("block", str(columns), args, (), self.source, start, end)

    def entry(self, args: tuple[Syntax, ...], token: Token) -> Syntax:
        """`X[i,j]`, or the Kronecker delta where `delta[i,j]` names no variable."""
        base, *indices = args
        for index in indices:
            if index.kind not in ("name", "slice") and not (index.kind == "number" and index.text.isdigit()):
                raise NotYet(
                    f"the index `{index.words()}`: entries are read by a number, a letter or `:`", index.place()
                )
        if base.kind == "call" and base.text == "slogdet" and [index.text for index in indices] == ["1"]:
            return replace(base, text="logdet", end=token.end)
        is_delta = base.kind == "name" and base.text in DELTAS and base.text not in self.known and len(indices) == 2
        kind = "delta" if is_delta else "index"
        return Syntax(kind, "", tuple(indices) if is_delta else args, (), self.source, base.start, token.end)

    def close_norm(self, token: Token, value: Syntax) -> Syntax:
        """A norm and its order, or the determinant of what stands between single bars; of a number it is the size."""
        value = self.close(value, 0)
        bracket = self.brackets.pop()
        assert self.stack.pop() is bracket
        if token.kind == "bar":
            return Syntax("call", "det", (value,), ("bars",), self.source, bracket.token.start, token.end)
        end, order = token.end, ""
        following = self.following()
        if following.start == end and following.text[:1] and following.text[0] in "_₁₂":
            self.next += 1
            star = self.following()
            if following.text == "_" and star.text == "*":
                self.next += 1
                following = star
            end, order = following.end, following.text.lstrip("_").translate(str.maketrans("₁₂", "12"))
            if order not in NORMS:
                raise UnreadableText(f"no norm has the order `{order}`", self.source.place(following.start, end))
        call = Syntax("call", "norm", (value,), (), self.source, bracket.token.start, end)
        return norm_of_order(call, order)
