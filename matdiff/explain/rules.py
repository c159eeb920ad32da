"""The rules that a derivation may name, one row each: what they say in a formula. Their names are in `wording/`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its key in the message catalogues, and what it says."""

    key: str
    statement: str


RULES = (
    Rule("definition", "f = …"),
    Rule("index_form", "(A B)ᵢⱼ = Σₖ aᵢₖ bₖⱼ"),
    Rule("entries", "entries of f"),
    Rule("apply", "∂f/∂xᵢ = ∂/∂xᵢ (f)"),
    Rule("sum", "∂ Σ g = Σ ∂g"),
    Rule("product", "∂(g h) = ∂g h + g ∂h"),
    Rule("constant", "∂(c g) = c ∂g where c does not depend on the variable"),
    Rule("power", "∂ gᵖ = p gᵖ⁻¹ ∂g"),
    Rule("chain", "∂ g(h) = g'(h) ∂h"),
    Rule("matrix_function", "∂(A⁻¹)ₖₘ/∂aᵢⱼ = −(A⁻¹)ₖᵢ (A⁻¹)ⱼₘ, and so for other functions of matrices"),
    Rule("delta", "∂xₖ/∂xᵢ = δₖᵢ: 1 where k = i, else 0"),
    Rule("unit", "∂x/∂x = 1"),
    Rule("collapse", "Σₖ δₖᵢ gₖ = gᵢ"),
    Rule("paths", "∂f/∂xᵢ = Σₖ ∂f/∂uₖ ∂uₖ/∂xᵢ"),
    Rule("chain_matrix", "∇ₓf = Jₓ(u)ᵀ ∇ᵤf"),
    Rule("value", "a = σ(u), so that σ(u) (1 − σ(u)) = a (1 − a)"),
    Rule("value_form", "the derivative in terms of the function's value"),
    Rule("function", "σ(t) = 1/(1 + exp(−t))"),
    Rule("substitute_factor", "Σₖ ∂f/∂uₖ ∂uₖ/∂xᵢ with ∂uₖ/∂xᵢ put in"),
    Rule("linear", "Σ c g = c Σ g"),
    Rule("recognise", "Σₖ aᵢₖ xₖ = (A x)ᵢ"),
    Rule("matrix", "entries gᵢ are the vector g"),
    Rule("common_factor", "A x + B x = (A + B) x"),
    Rule("like_terms", "A x + A x = 2 A x"),
    Rule("sign", "−(A − B) = B − A"),
    Rule("multiplied_out", "(A + B) x − A x = B x"),
    Rule("substitute_gradient", "∇ᵤf put in"),
    Rule("substitute_name", "u put in"),
    Rule("symmetric", "the gradient by a symmetric X is (G + Gᵀ)/2"),
    Rule("skew", "the gradient by a skew X is (G − Gᵀ)/2"),
    Rule("diagonal", "the gradient by a diagonal X keeps the diagonal of G"),
    Rule("tidy", "the shortest form of the same value"),
)

KEYS = frozenset(rule.key for rule in RULES)
