"""Input as nobody means it: random characters and words, valid lines that were damaged, depth, length, size."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from matdiff.functions.catalogue import ROWS
from tests.cases import read_cases

ROOT = Path(__file__).parent.parent
RULES = tuple(
    line
    for file in sorted((ROOT / "rules").glob("*.rules"))
    for line in file.read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)
LATEX = tuple(case.value("take").partition(" ")[2] for case in read_cases(ROOT / "tests" / "cases" / "latex.case"))
VALID = (*RULES, *LATEX)

NAMES = (
    "x",
    "y",
    "A",
    "B",
    "X",
    "t",
    "W1",
    "w_out",
    "lambda",
    "I",
    "ones",
    "e",
    "pi",
    "n",
    "T",
    "d",
    "dX",
    "x'",
    "A.T",
)
# Letters of many scripts, digits and letters that only look like others, and what joins or turns letters.
SCRIPTS = "λΣφЖщא\u05d0عहि变量あ𝐀𝛼ﬁªº①٣½ᵀₐ²⁻ıßé\u0301\u200d\u200c\u200e\u200f\u202e\u2066\ufeff"
SIGNS = (
    *"+-*/^'.,;:=()[]{}<>|&#!?@$%~\\\"`_",
    ".*",
    "./",
    ".^",
    "**",
    "·",
    "⊙",
    "∘",
    "⊗",
    "⊘",
    "‖",
    "⟨",
    "⟩",
    "√",
    "∇",
    "∂",
    "≥",
)
SPACES = (" ", "\t", "\n", "\r", "\x00", "\x1b[31m", "\x7f", "\u2028", "\xa0")
WORDS = (
    "wrt",
    "where",
    "let",
    "grad",
    "hessian",
    "jacobian",
    "structured",
    "loss",
    "scalar",
    "spd",
    "symmetric",
    "n x n",
)
COMMANDS = (
    r"\frac",
    r"\sum_{i=1}^n",
    r"\mathbf{x}",
    r"\left(",
    r"\right)",
    r"\|",
    r"^\top",
    r"\begin{bmatrix}",
    r"\alpha",
)
NUMBERS = (
    "0",
    "1",
    "2",
    "-1",
    "1e9",
    "1e-999",
    "0.1",
    "1/3",
    "999999999999999999999999",
    "1" * 400,
    ".5",
    "1.",
    "0x1F",
    "1_000",
)
FUNCTIONS = tuple(f"{row.name}(" for row in ROWS)
OTHERS = (
    "sum[i](",
    "x[i]",
    "X[:,1]",
    'einsum("ij,j->i",',
    "[A, B; C, D]",
    "f(",
    "L(y)",
    "delta[i,j]",
    "ones(n)",
    "I(3)",
)
TOKENS = st.sampled_from(
    (*NAMES, *SIGNS, *SPACES, *WORDS, *COMMANDS, *NUMBERS, *FUNCTIONS, *OTHERS, *SCRIPTS, "f'", "e^", "np.", "1e")
)

WORDY = st.lists(TOKENS, max_size=20).flatmap(lambda parts: st.sampled_from(("", " ")).map(lambda by: by.join(parts)))
RANDOM = st.text(max_size=40)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A valid line with up to four parts taken out, doubled, moved or put in."""
    text = draw(st.sampled_from(VALID))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        stop = draw(st.integers(start, min(len(text), start + 8)))
        part = draw(st.sampled_from(("", text[start:stop] * 2))) if draw(st.booleans()) else draw(TOKENS)
        text = text[:start] + part + text[stop:]
    return text


COUNTS = st.sampled_from((1, 2, 3, 9, 60, 400, 3_000, 10_000))
BASES = st.sampled_from(("x", "A", "x'*A*x", "t", "tr(A)", "1", ""))
POWERS = st.integers(-(10**30), 10**30).map(str) | st.integers(-2000, 2000).map(str) | st.just("1" + "0" * 4400)


@st.composite
def nested(draw: st.DrawFn) -> str:
    """Brackets and functions, deep inside one another."""
    opening = draw(st.sampled_from((*FUNCTIONS, "(", "[", "-", "‖", "sum[i](", r"\frac{", "e^", "inv(A+", "(x'*x)*")))
    closing = draw(st.sampled_from((")", "]", "", ", x)", "'", "}{2}", "^2", "*x", "[1]", "+A)")))
    count = draw(COUNTS)
    return opening * count + draw(BASES) + closing * count


@st.composite
def long(draw: st.DrawFn) -> str:
    """Many parts with an operator between them, as operands, arguments or declarations."""
    operator = draw(st.sampled_from(("+", "*", ".*", "-", "/", "@", "^", ", ", "; ", "=", " ⊗ ", "")))
    part = draw(st.sampled_from(("x#", "A#", "x'*x", "(x#'*x)", "A#'", "#", "t#^2", "exp(x#)", "x#: n#", "I")))
    several = operator.join(part.replace("#", str(number)) for number in range(draw(COUNTS)))
    around = draw(st.sampled_from(("#", "sum(#)", "x'*x where #", "[#]", "tr(#)", "let u = #", "‖#‖")))
    return around.replace("#", several)


@st.composite
def large(draw: st.DrawFn) -> str:
    """Numbers and powers that nobody can write out."""
    template = draw(st.sampled_from(("B^P", "P*B", "tr(A^P)", "x'*x where x: P", "B.^(1/P)", "ones(P)'*x", "x[P]")))
    return template.replace("B", draw(BASES)).replace("P", draw(POWERS))


HOSTILE = RANDOM | WORDY | damaged() | damaged() | nested() | long() | large()
