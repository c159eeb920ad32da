r"""The LaTeX of this room's formulas as MathML, which browsers show without a script: `\frac{a}{b}` as `<mfrac>`."""

from __future__ import annotations

from html import escape

from matdiff.explain.formats.pieces import SIGNS, TOKEN
from matdiff.printing.names import GREEK

SYMBOLS = {
    r"\sum": "∑",
    r"\partial": "∂",
    r"\nabla": "∇",
    r"\top": "⊤",
    r"\odot": "⊙",
    r"\oslash": "⊘",
    r"\otimes": "⊗",
    r"\cdot": "·",
    r"\times": "×",
    r"\in": "∈",
    r"\circ": "∘",
    r"\to": "→",
    r"\lVert": "‖",
    r"\rVert": "‖",
    r"\langle": "⟨",
    r"\rangle": "⟩",
    r"\{": "{",
    r"\}": "}",
    r"\_": "_",
    r"\|": "‖",
    "-": "−",
}
LETTERS = {rf"\{name}": sign for name, sign in GREEK.items()}
STYLES = {r"\mathbf": "bold", r"\mathbb": "double-struck"}
WORDS = frozenset({r"\operatorname", r"\mathrm", r"\mathtt"})
SPACES = frozenset({r"\,", r"\ ", r"\;", r"\!", r"\quad"})
TALL = ("<mfrac", "<munder", "<mover", "<msqrt", "<mtable")
ENDS_OF_ROWS = (r"\\", r"\end")
BRACKETS = {"(": "prefix", ")": "postfix"}
THIN = "<mspace width='0.17em'/>"
BOLD = {"1": "𝟏", "0": "𝟎"}


def mathml(latex: str) -> str:
    """A formula, or a piece of one that begins with its sign, as the inside of a `<math>` element."""
    return _Reader(latex).row()


class _Reader:
    """One formula, read from left to right; brackets of our own formulas are never deep."""

    def __init__(self, latex: str) -> None:
        self.tokens: list[str] = [token for token in TOKEN.findall(latex) if not token.isspace()]
        self.position = 0

    def row(self, *ends: str) -> str:
        """Items up to one of these tokens, as one row; a sign that a piece begins with has two sides all the same."""
        items: list[str] = []
        if not ends and self.tokens and self.tokens[0] in SIGNS:
            items.append(_leaf(self.take()).replace("<mo>", "<mo form='infix'>"))
        while self.position < len(self.tokens) and self.tokens[self.position] not in ends:
            items.append(self.scripted())
        self.position += 1
        return f"<mrow>{''.join(items)}</mrow>"

    def scripted(self) -> str:
        """An item with what stands below and above it."""
        is_sum = self.tokens[self.position] == r"\sum"
        base = self.item()
        scripts: dict[str, str] = {}
        while self.position < len(self.tokens) and self.tokens[self.position] in ("_", "^"):
            sign = self.take()
            scripts[sign] = self.item()
        if not scripts:
            return base
        under, over, both = ("munder", "mover", "munderover") if is_sum else ("msub", "msup", "msubsup")
        tag = both if len(scripts) == 2 else under if "_" in scripts else over
        return f"<{tag}>{base}{''.join(scripts[sign] for sign in '_^' if sign in scripts)}</{tag}>"

    def item(self) -> str:
        """One letter, number, sign, group or command."""
        token = self.take()
        if token == "{":
            return self.row("}")
        if token == r"\left":
            return self.fenced()
        if token == r"\begin":
            return self.matrix()
        if token == r"\frac":
            return f"<mfrac>{self.item()}{self.item()}</mfrac>"
        if token == r"\sqrt":
            return f"<msqrt>{self.item()}</msqrt>"
        if token in WORDS:
            return f"{THIN}<mi>{escape(self.group())}</mi>"
        if token in STYLES:
            text = self.group()
            return f"<mi mathvariant='{STYLES[token]}'>{BOLD.get(text, 'ℝ' if text == 'R' else escape(text))}</mi>"
        return _leaf(token)

    def fenced(self) -> str:
        """Brackets that grow with what they hold, where that is tall."""
        opening = self.take()
        inner = self.row(r"\right")
        closing = self.take()
        look = "" if any(tag in inner for tag in TALL) else " stretchy='false'"
        left, right = (
            f"<mo{look} lspace='0' rspace='0'>{escape(SYMBOLS.get(sign, sign))}</mo>" for sign in (opening, closing)
        )
        return f"<mrow>{left}{inner}{right}</mrow>"

    def matrix(self) -> str:
        """A matrix of blocks between its brackets."""
        self.group()
        rows: list[list[str]] = [[]]
        while True:
            rows[-1].append(f"<mtd>{self.row('&', *ENDS_OF_ROWS)}</mtd>")
            end = self.tokens[self.position - 1]
            if end == r"\end":
                break
            rows += [] if end == "&" else [[]]
        self.group()
        table = "".join(f"<mtr>{''.join(cells)}</mtr>" for cells in rows)
        return f"<mrow><mo>[</mo><mtable>{table}</mtable><mo>]</mo></mrow>"

    def group(self) -> str:
        """The text of a group."""
        self.take()
        start = self.position
        while self.tokens[self.position] != "}":
            self.position += 1
        text = "".join(SYMBOLS.get(token, token) for token in self.tokens[start : self.position])
        self.position += 1
        return text

    def take(self) -> str:
        token = self.tokens[self.position]
        self.position += 1
        return token


def _leaf(token: str) -> str:
    if token in SPACES:
        return THIN
    if token in BRACKETS:
        return f"<mo form='{BRACKETS[token]}' stretchy='false' lspace='0' rspace='0'>{token}</mo>"
    if token in LETTERS:
        return f"<mi>{LETTERS[token]}</mi>"
    if token in SYMBOLS:
        return f"<mo>{escape(SYMBOLS[token])}</mo>"
    if token[0] == "\\":
        return f"<mi>{escape(token[1:])}</mi>"
    if token[0].isdigit():
        return f"<mn>{token}</mn>"
    return f"<mi>{token}</mi>" if token.isalpha() else f"<mo>{escape(token)}</mo>"
