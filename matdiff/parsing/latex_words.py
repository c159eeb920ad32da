"""The commands of LaTeX that mean something in an expression, as data."""

from __future__ import annotations

from matdiff.parsing.lexer import GREEK

PASSED_OVER = frozenset(
    [
        *(",", ";", ":", "!", " ", "(", ")", "[", "]", "quad", "qquad", "displaystyle", "textstyle", "limits"),
        *("nolimits", "left", "right", "middle", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr"),
        *("biggl", "biggr", "Biggl", "Biggr"),
    ]
)
OPERATORS = {
    "cdot": "·",
    "times": "·",
    "ast": "·",
    "odot": ".*",
    "circ": ".*",
    "oslash": "./",
    "otimes": "⊗",
    "div": "/",
}
UNICODE = {
    "∑": "sum",
    "⋅": "cdot",
    "×": "times",
    "⊙": "odot",
    "∘": "circ",
    "⊘": "oslash",
    "⊗": "otimes",
    "‖": "|",
}
"""Characters that stand for a command."""
RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵀ", "0123456789-+T", strict=True))
LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789aehijklmnoprstuvx", strict=True))
BRACKETS = {
    **dict.fromkeys("([", ("open", "(")),
    **dict.fromkeys(")]", ("close", ")")),
    "⟨": ("open", "⟨"),
    "⟩": ("close", "⟩"),
    "langle": ("open", "⟨"),
    "rangle": ("close", "⟩"),
    "{": ("open", "("),
    "}": ("close", ")"),
    "lbrace": ("open", "("),
    "rbrace": ("close", ")"),
    "|": ("norm", "‖"),
    "Vert": ("norm", "‖"),
    "lVert": ("norm", "‖"),
    "rVert": ("norm", "‖"),
    **dict.fromkeys(("vert", "lvert", "rvert"), ("bar", "|")),
}
CLOSING = {
    **dict(zip("{([⟨", "})]⟩", strict=True)),
    "langle": "rangle",
    "lbrace": "rbrace",
    "lVert": "rVert",
    "lvert": "rvert",
}
FRACTIONS = frozenset({"frac", "tfrac", "dfrac", "cfrac"})
FONTS = {
    **dict.fromkeys(("mathbf", "boldsymbol", "bm", "mathit", "mathcal", "mathsf", "mathbb", "textbf"), "letters"),
    **dict.fromkeys(("mathrm", "operatorname", "text", "textrm", "mathop", "texttt"), "word"),
}
ACCENTS = {
    "hat": "_hat",
    "widehat": "_hat",
    "bar": "_bar",
    "overline": "_bar",
    "tilde": "_tilde",
    "widetilde": "_tilde",
    "vec": "",
}
MATRICES = frozenset({"matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix"})
CONSTANTS = {"1": "ones", "0": "zeros", "I": "I"}
CAPITALS = ("Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega")
VARIANTS = {"varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "varrho": "rho", "varsigma": "sigma"}
LETTERS = {**{name: name for name in (*sorted(GREEK), *CAPITALS, "ell")}, **VARIANTS}
TRANSPOSING = frozenset({"top", "intercal", "prime"})
TRANSPOSED = TRANSPOSING | {"T", "'", "tr", "t"}
INVERTED = frozenset({"-1"})
INVERSE_TRANSPOSED = frozenset({"-T", "-top", "-intercal"})
PSEUDO_INVERTED = frozenset({"+", "dagger"})
REFUSED = {
    "nabla": "write `grad … wrt x`",
    "partial": "write `grad … wrt x`",
    "prod": "write `\\operatorname{prod}(x)` for the product of all entries",
    "mathbb": "sets are not read",
}
