"""The derivation in English."""

from __future__ import annotations

from matdiff.explain.wording.catalogue import Wording

ENGLISH = Wording(
    language="en",
    task="Differentiate {of} by {by}",
    given="where {shapes}",
    answer="Answer: {result}",
    headings={
        "index_form": "In index form",
        "local": "The derivative of {of} by {by}, entry by entry",
        "by": "The derivative of {of} by {by}, entry by entry",
        "result": "With the names put in",
        "structure": "Within the structure of {by}",
        "tidy": "In the shortest form",
    },
    fields={"real": "a real number"},
    rules={
        "definition": "definition",
        "index_form": "products written as sums",
        "entries": "entry by entry",
        "apply": "entry of the derivative",
        "sum": "the derivative of a sum, term by term",
        "product": "product rule",
        "constant": "constant factors stay",
        "power": "power rule",
        "chain": "chain rule",
        "matrix_function": "derivative of a function of a matrix",
        "delta": "δ is 1 where its indices agree, else 0",
        "unit": "∂x/∂x is 1",
        "collapse": "δ collapses Σ",
        "paths": "chain rule",
        "chain_matrix": "chain rule in matrices",
        "substitute_factor": "the derivative found above",
        "linear": "signs and numbers before the sum",
        "recognise": "each sum is an entry of a product",
        "matrix": "all entries together",
        "common_factor": "common factor",
        "like_terms": "like terms",
        "sign": "sign moved into the bracket",
        "multiplied_out": "brackets multiplied out",
        "substitute_gradient": "the gradient found above",
        "substitute_name": "the names put in",
        "symmetric": "projection onto symmetric matrices",
        "skew": "projection onto skew matrices",
        "diagonal": "projection onto diagonal matrices",
        "tidy": "shortest form",
    },
)
