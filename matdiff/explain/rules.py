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
    Rule("completed", "e = (1 + e) − 1"),
    Rule("taken_apart", "(g − c)/g = 1 − c/g"),
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
    Rule("row", "the gradient by a row has its shape: ∇f by xᵀ is (∇ₓf)ᵀ"),
    Rule("symmetric", "the gradient by a symmetric X is (G + Gᵀ)/2"),
    Rule("skew", "the gradient by a skew X is (G − Gᵀ)/2"),
    Rule("diagonal", "the gradient by a diagonal X keeps the diagonal of G"),
    Rule("lower", "the gradient by a lower triangular X keeps the lower triangle of G"),
    Rule("upper", "the gradient by an upper triangular X keeps the upper triangle of G"),
    Rule("orthogonal", "the gradient on orthogonal X is its part along them, (G − X Gᵀ X)/2"),
    Rule("tidy", "the shortest form of the same value"),
    Rule("differential", "df is the part of f(x + dx) − f(x) that is linear in dx"),
    Rule("d_sum", "d(A + B) = dA + dB, and d of a constant is 0"),
    Rule("d_constant", "d(A X B) = A dX B where A and B do not depend on the variable"),
    Rule("d_product", "d(A B) = dA B + A dB, and so for entry-wise products"),
    Rule("d_trace", "d tr(X) = tr(dX)"),
    Rule("d_linear", "d diag(X) = diag(dX), and so for sums, triangles and other linear functions"),
    Rule("d_transpose", "d(Xᵀ) = (dX)ᵀ"),
    Rule("d_norm", "d‖x‖² = 2 xᵀ dx, d‖x‖ = xᵀ dx/‖x‖"),
    Rule("d_power", "d(xᵖ) = p xᵖ⁻¹ dx, entry by entry"),
    Rule("d_chain", "d g(x) = g'(x) ⊙ dx, entry by entry"),
    Rule("d_inverse", "d(X⁻¹) = −X⁻¹ dX X⁻¹"),
    Rule("d_determinant", "d det(X) = det(X) tr(X⁻¹ dX), d log|det(X)| = tr(X⁻¹ dX)"),
    Rule("d_function", "the differential of a function of a vector or matrix, from the table of functions"),
    Rule("d_zero", "d of a constant is 0"),
    Rule("terms", "A (B + C) = A B + A C, tr(A + B) = tr(A) + tr(B)"),
    Rule("numbers_first", "A (−2 B) = −2 A B, tr(−A) = −tr(A)"),
    Rule("scalar_transpose", "xᵀ y = yᵀ x"),
    Rule("scalar_trace", "xᵀ A y = tr(xᵀ A y)"),
    Rule("transpose_trace", "tr(A) = tr(Aᵀ)"),
    Rule("cyclic", "tr(A B C) = tr(B C A) = tr(C A B)"),
    Rule("move_hadamard", "tr(Aᵀ (B ⊙ C)) = tr((A ⊙ B)ᵀ C)"),
    Rule("move_diagonal", "tr(A diag(x)) = diag(A)ᵀ x, xᵀ diag(A) = tr(diag(x) A)"),
    Rule("sum_as_trace", "the sum of the entries of A ⊙ B is tr(Aᵀ B), of x it is 1ᵀ x"),
    Rule("inner_product", "⟨x, y⟩ = xᵀ y, ⟨A, B⟩ = tr(Aᵀ B)"),
    Rule("diagonal_of_factor", "x ⊙ y = diag(x) y"),
    Rule("move_linear", "a linear function of dX in an inner product goes over to the other factor"),
    Rule("common_change", "A dX + B dX = (A + B) dX"),
    Rule("put_in", "du put in"),
    Rule("form_vector", "df = gᵀ dx"),
    Rule("form_trace", "df = tr(Gᵀ dX)"),
    Rule("form_jacobian", "df = J dx"),
    Rule("form_scalar", "df = f'(t) dt"),
    Rule("identify", "df = gᵀ dx says ∇ₓf = g; df = tr(Gᵀ dX) says ∇f = G; df = J dx says Jₓ(f) = J"),
    Rule("coefficients", "the derivative is what stands before each dxₖₗ"),
)

KEYS = frozenset(rule.key for rule in RULES)
