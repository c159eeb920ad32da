"""How conflicts of shapes are told to the user."""

from __future__ import annotations

from collections.abc import Iterable

from matdiff.errors import MatdiffError, NoShape, NotScalar, Operand, Place, ShapeConflict, WrongArguments
from matdiff.parsing.axes import SCALAR, Axes, Axis, Length, find, is_one, kind_of
from matdiff.parsing.inference import Inference
from matdiff.parsing.problem import Problem
from matdiff.parsing.syntax import Syntax, postorder
from matdiff.tree.dims import size_text, symbol

MOST_NAMES_TOLD = 6
LONGEST_RUN = 4
LONGEST_OFFER = 30
KINDS = {"grad": "gradient", "jacobian": "Jacobian", "hessian": "Hessian"}


def inner(inference: Inference, syntax: Syntax, first: int, last: int) -> MatdiffError:
    """A matrix product whose inner sizes differ."""
    chain = syntax.args[first:last]
    left_axes, right_axes = _chain_axes(inference, chain), inference.axes[syntax.args[last]] or SCALAR
    left = _operand(inference, chain[0], chain[-1], left_axes)
    right = _operand(inference, syntax.args[last])
    place = _span(chain[0], syntax.args[last])
    return ShapeConflict(
        f"`{place.excerpt()}`: {left} times {right}: a matrix product needs inner sizes to agree",
        place,
        left,
        right,
        known=_known(inference, syntax.args[first : last + 1]),
        hint=_quadratic_hint(inference, syntax, first, last)
        or _product_hint(inference, (left, left_axes), (right, right_axes)),
    )


def _quadratic_hint(inference: Inference, syntax: Syntax, first: int, last: int) -> str:
    """`x.T*A*y` where a vector, a matrix and a vector are multiplied, as NumPy does with vectors on both sides."""
    operands = syntax.args[first : last + 2]
    kinds = [kind_of(inference.axes[arg] or SCALAR) for arg in operands]
    texts = [_bracketed(_operand(inference, arg).text) for arg in operands]
    if kinds != ["vector", "matrix", "vector"] or max(map(len, texts)) > LONGEST_OFFER:
        return ""
    return f"did you mean `{texts[0]}.T*{texts[1]}*{texts[2]}`?"


def _product_hint(inference: Inference, left: tuple[Operand, Axes], right: tuple[Operand, Axes]) -> str:
    """The products of the two operands, or of their transposes, that do fit."""
    (a, a_axes), (b, b_axes) = ((_bracketed(operand.text), axes) for operand, axes in (left, right))
    if max(len(a), len(b)) > LONGEST_OFFER or len(a_axes) > 2 or len(b_axes) > 2:
        return ""
    if kind_of(a_axes) == kind_of(b_axes) == "vector":
        return f"did you mean `{a}.*{b}` (entry-wise), `{a}'*{b}` (inner product) or `{a}*{b}'` (outer product)?"
    (rows, columns), (top, side) = (tuple(find(length) for length in axes) for axes in (a_axes, b_axes))
    offers = [
        text
        for text, is_fit in (
            (f"{_transposed(a)}*{b}", rows == top),
            (f"{a}*{_transposed(b)}", columns == side),
            (f"{b}*{a}", side == rows),
            (f"{a}.*{b}", (rows, columns) == (top, side)),
        )
        if is_fit
    ]
    if offers:
        return "did you mean " + " or ".join(f"`{offer}`" for offer in offers) + "?"
    if b.isidentifier():
        needed = _size(inference, a_axes, 1)
        return (
            f"declare `{b}: {needed}`" if is_one(side) else f"declare `{b}: {needed} x {_size(inference, b_axes, 1)}`"
        )
    return ""


def _transposed(text: str) -> str:
    return text[:-1] if text.endswith("'") else text + "'"


def unaligned(inference: Inference, syntax: Syntax, last: int) -> MatdiffError:
    """A block that is not as high as its row, or not as wide as its column."""
    first = next(k for k, arg in enumerate(syntax.args) if arg.kind != "number" or last == k)
    left, right = _operand(inference, syntax.args[first]), _operand(inference, syntax.args[last])
    return ShapeConflict(
        f"`{syntax.place().excerpt()}`: {right} does not fit the blocks in its row and column",
        syntax.args[last].place(),
        left,
        right,
        known=_known(inference, syntax.args),
    )


def unequal_totals(inference: Inference, whole: Axes, total: Length) -> MatdiffError:
    """Blocks whose sizes do not add up to that of their place."""
    root = inference.problem.sides[0]
    return WrongArguments(
        f"the blocks make {_size(inference, (total,), 0)} here, where {_size(inference, whole, 0)} are needed",
        root.place(),
        known=_known(inference, inference.problem.sides),
        hint="declare the variable beside the blocks with the sum of their sizes, as in `y: n + m`",
    )


def unequal(inference: Inference, syntax: Syntax, last: int) -> MatdiffError:
    """Operands of a sum or of an entry-wise product whose shapes differ."""
    operands = syntax.args
    axes = [inference.axes[arg] for arg in operands[: last + 1]]
    wide = next((k for k, a in enumerate(axes[:last]) if a is not None and kind_of(a) != "scalar"), 0)
    left, right = _operand(inference, operands[wide]), _operand(inference, operands[last])
    place = _span(operands[wide], operands[last])
    joint, verb = {"sum": ("plus", "a sum")}.get(syntax.kind, ("entry by entry with", "an entry-wise operation"))
    if syntax.kind == "sum" and syntax.operators[last - 1].endswith("subtract"):
        joint = "minus"
    kinds = [left.shape.split(",")[0], right.shape.split(",")[0]]
    message, hint = f"{verb} needs equal shapes", ""
    if sorted(kinds) == ["matrix", "scalar"]:
        scalar, matrix = (left, right) if kinds[0] == "scalar" else (right, left)
        sign = "-" if joint == "minus" else "+"
        multiple = "I" if scalar.text == "1" else f"{_factor(scalar.text)}*I"
        hint = f"`{matrix.text} {sign} {multiple}` for the diagonal, `{left.text} .{sign} {right.text}` for every entry"
        message = "a scalar is not added to a matrix"
    elif set(kinds) == {"row", "vector"}:
        hint = f"transpose one of them: `{_transposed(_bracketed(right.text))}`"
    elif sorted(kinds) == ["matrix", "vector"] and syntax.kind == "sum":
        matrix = left if kinds[0] == "matrix" else right
        hint = f"for a scalar `c`, `{matrix.text} + c*I` adds it on the diagonal and `{matrix.text} .+ c` everywhere"
    return ShapeConflict(
        f"`{place.excerpt()}`: {left} {joint} {right}: {message}",
        place,
        left,
        right,
        known=_known(inference, operands[wide : last + 1]),
        hint=hint,
    )


def divided(inference: Inference, syntax: Syntax, last: int) -> MatdiffError:
    """A division by something that is no scalar."""
    left = _operand(inference, syntax.args[0], syntax.args[last - 1], None)
    right = _operand(inference, syntax.args[last])
    hint = f"`{_bracketed(left.text)} ./ {_bracketed(right.text)}` divides entry by entry"
    if right.shape.startswith("matrix"):
        hint += f", `{_bracketed(left.text)}*inv({right.text})` is the product with the inverse"
    return ShapeConflict(
        f"`{syntax.place().excerpt()}`: only a scalar divides, and {right} is none",
        _span(syntax.args[0], syntax.args[last]),
        left,
        right,
        known=_known(inference, syntax.args[last : last + 1]),
        hint=hint,
    )


def powered(inference: Inference, syntax: Syntax) -> MatdiffError:
    """A power of something that is neither scalar nor square."""
    base, exponent = _operand(inference, syntax.args[0]), _operand(inference, syntax.args[1])
    a, p = _bracketed(base.text), exponent.text
    kind = base.shape.split(",")[0]
    hint = f"`{a}.^{p}` takes the power of every entry"
    if kind == "vector" and p in ("2", "²"):
        hint = f"write `{a}.^2` for the squares of the entries, `{a}'*{a}` for the squared length"
    message = "`^` is for scalars and square matrices" if kind != "matrix" else "only a square matrix has powers"
    return ShapeConflict(
        f"`{syntax.place().excerpt()}`: {base}: {message}",
        syntax.place(),
        base,
        exponent,
        known=_known(inference, syntax.args[:1]),
        hint=hint,
    )


def exponent(inference: Inference, syntax: Syntax) -> MatdiffError:
    """A power whose exponent is no scalar."""
    base, power = _operand(inference, syntax.args[0]), _operand(inference, syntax.args[1])
    return ShapeConflict(
        f"`{syntax.place().excerpt()}`: the exponent {power} is no scalar",
        syntax.place(),
        base,
        power,
        known=_known(inference, syntax.args),
        hint=f"`{_bracketed(base.text)}.^{_bracketed(power.text)}` takes powers entry by entry",
    )


def not_square(inference: Inference, syntax: Syntax) -> MatdiffError:
    """An inverse of something that is not square."""
    base = _operand(inference, syntax.args[0])
    return ShapeConflict(
        f"`{syntax.place().excerpt()}`: {base}: only a square matrix has an inverse",
        syntax.place(),
        base,
        base,
        known=_known(inference, syntax.args),
        hint="" if base.shape.startswith("matrix") else f"`1 ./ {_bracketed(base.text)}` inverts every entry",
    )


def unsuitable(inference: Inference, syntax: Syntax, name: str, signature: str) -> MatdiffError:
    """A function whose arguments do not have the shapes that it takes."""
    given = " and ".join(str(_operand(inference, arg)) for arg in syntax.args)
    taken = " or ".join(_taken(part.split("->")[0]) for part in signature.split("|"))
    first = _operand(inference, syntax.args[0])
    return ShapeConflict(
        f"`{name}` takes {taken}, here is {given}",
        syntax.place(),
        first,
        _operand(inference, syntax.args[-1]),
        known=_known(inference, syntax.args),
    )


def unlike(inference: Inference, syntax: Syntax, taken: str) -> ShapeConflict:
    """Arguments that an unknown function cannot have, as it had others before."""
    given = " and ".join(str(_operand(inference, arg)) for arg in syntax.args)
    first, last = _operand(inference, syntax.args[0]), _operand(inference, syntax.args[-1])
    known = _known(inference, syntax.args)
    return ShapeConflict(f"{taken}, here is {given}", syntax.place(), first, last, known=known)


_TAKEN = {
    "1 1": "a scalar",
    "n n": "a square matrix",
    "n 1": "a vector",
    "m n": "a matrix",
    "m n, m n": "two of one shape",
    "m 1, n 1": "two vectors",
    "n 1, n n": "a vector and a square matrix",
}


def _taken(parameters: str) -> str:
    return _TAKEN.get(parameters.strip(), ", ".join(part.strip().replace(" ", " x ") for part in parameters.split(",")))


def misfit(inference: Inference, syntax: Syntax, factor: Syntax, letters: str) -> MatdiffError:
    """A factor of an einsum whose axes do not fit its letters."""
    return WrongArguments(
        f"the letters `{letters}` do not fit {_operand(inference, factor)}",
        factor.place(),
        known=_known(inference, syntax.args[1:]),
        hint="a scalar has no letter, a vector one, a matrix or row two; equal letters are equal sizes",
    )


def wrong_indices(inference: Inference, syntax: Syntax, count: int) -> MatdiffError:
    """An entry with more or fewer indices than there are axes."""
    base = _operand(inference, syntax.args[0])
    name = _bracketed(base.text)
    offers = {0: "", 1: f"`{name}[i]` is an entry", 2: f"`{name}[i,j]` is an entry, `{name}[i,:]` a row"}
    given = len(syntax.args) - 1
    return WrongArguments(
        f"{base} has {('no index', 'one index')[count] if count < 2 else f'{count} indices'}, here "
        + ("is one" if given == 1 else f"are {given}"),
        syntax.place(),
        known=_known(inference, syntax.args[:1]),
        hint=offers.get(count, ""),
    )


def unequal_ranges(inference: Inference, syntax: Syntax, name: str) -> MatdiffError:
    """An index on axes of different lengths."""
    return WrongArguments(
        f"`{syntax.place().excerpt()}`: the index `{name}` runs along axes of different lengths",
        syntax.place(),
        known=_known(inference, inference.problem.sides),
    )


def no_entry(inference: Inference, syntax: Syntax) -> MatdiffError:
    """Something in index notation that is no scalar."""
    return WrongArguments(
        f"index notation is about entries, and {_operand(inference, syntax.args[0])} is none",
        syntax.args[0].place(),
        known=_known(inference, syntax.args),
    )


def sides(inference: Inference, side: Syntax, expected: Axes) -> MatdiffError:
    """A rule whose sides have different shapes."""
    left = Operand("the left side", _shape_words(inference, expected))
    right = _operand(inference, side)
    if inference.problem.kind in KINDS:
        left = Operand(f"the {KINDS[inference.problem.kind]}", left.shape)
    return ShapeConflict(
        f"{left} and {right} have different shapes",
        side.place(),
        left,
        right,
        known=_known(inference, inference.problem.sides),
    )


def direction(inference: Inference, side: Syntax, name: str) -> MatdiffError:
    """A direction that has not the shape of its variable."""
    left = Operand(f"the variable {name}", _shape_words(inference, inference.variable(name)))
    right = _operand(inference, side)
    return ShapeConflict(
        f"{left} and its direction {right} have different shapes",
        side.place(),
        left,
        right,
        known=_known(inference, [side]),
    )


def run_together(problem: Problem, names: Iterable[str], letters: Iterable[str]) -> str:
    """A hint where an undeclared name such as `Ax` is made of letters, one of `letters` among them."""
    alone = {letter for letter in letters if len(letter) == 1}
    for name in names:
        is_word = len(name) <= LONGEST_RUN and name.isalpha() and name not in problem.declared
        if is_word and name not in alone and not alone.isdisjoint(name):
            return f"`{name}` is one name; the product is `{'*'.join(name)}`"
    return ""


def not_scalar(inference: Inference, root: Syntax) -> MatdiffError:
    """A gradient or Hessian of something that is no scalar."""
    whole = _operand(inference, root)
    kind = KINDS.get(inference.problem.kind, "gradient")
    if inference.problem.kind == "curvature":
        message, hint = (
            f"a scalar is convex or not, and {whole} is none",
            "ask for an entry, such as `f[1]`, or for `sum(f)`",
        )
        return NotScalar(message, root.place(), known=_known(inference, [root]), hint=hint)
    names = [s.text for s in inference.problem.order if inference.problem.is_variable(s)]
    return NotScalar(
        f"a {kind} is taken of a scalar, and {whole} is none",
        root.place(),
        known=_known(inference, [root]),
        hint=run_together(inference.problem, names, names) or "`jacobian` differentiates vectors and matrices",
    )


def no_shape(syntax: Syntax) -> MatdiffError:
    """A constant whose size does not follow from its place."""
    name = syntax.text
    sized = {"I": "I(n)", "eye": "eye(n)"}.get(name, f"{name}(n)` or `{name}(n, m)")
    if name in ("vector", "matrix"):
        inside = syntax.args[0].words()
        sized = f"{_bracketed(inside)}*ones(n" + (", m)" if name == "matrix" else ")")
    return NoShape(
        f"no shape follows for `{syntax.place().excerpt()}`", syntax.place(), hint=f"write the size: `{sized}`"
    )


def unequal_products(inference: Inference) -> MatdiffError:
    """Products of sizes that cannot be equal."""
    root = inference.problem.sides[0]
    return ShapeConflict(
        "the sizes of the Kronecker products or vectors of matrices here do not agree",
        root.place(),
        _operand(inference, root),
        _operand(inference, inference.problem.sides[-1]),
        known=_known(inference, inference.problem.sides),
    )


def shape_words(inference: Inference, axes: Axes) -> str:
    """A shape as a declaration writes it: `n x m`, `n`, `scalar`."""
    if kind_of(axes) == "scalar":
        return "scalar"
    if kind_of(axes) == "vector":
        return _size(inference, axes, 0)
    return " x ".join(_size(inference, axes, k) for k in range(len(axes)))


def _size(inference: Inference, axes: Axes, position: int) -> str:
    length = find(axes[position])
    if isinstance(length, Axis):
        _name_sizes(inference)
        length = find(length)
    return "?" if isinstance(length, Axis) else size_text(length)


def _name_sizes(inference: Inference) -> None:
    """Give the unknown sizes of variables letters, since the shapes are about to be told."""
    letters = inference.free_letters()
    for axes in inference.variables.values():
        for length in axes:
            axis = find(length)
            if isinstance(axis, Axis):
                axis.bound = symbol(next(letters))


def _shape_words(inference: Inference, axes: Axes) -> str:
    kind = kind_of(axes)
    return kind if kind == "scalar" else f"{kind}, {shape_words(inference, axes)}"


def _operand(inference: Inference, first: Syntax, last: Syntax | None = None, axes: Axes | None = None) -> Operand:
    last = last or first
    axes = axes or inference.axes.get(last)
    words = first.source.place(first.start, last.end).excerpt() if first.source is last.source else last.words()
    return Operand(words, _shape_words(inference, axes) if axes is not None else "unknown")


def _chain_axes(inference: Inference, chain: tuple[Syntax, ...]) -> Axes:
    shapes = [axes for arg in chain if (axes := inference.axes[arg]) is not None and kind_of(axes) != "scalar"]
    return (shapes[0][0], shapes[-1][1])


def _span(first: Syntax, last: Syntax) -> Place:
    return first.source.place(first.start, last.end)


def _known(inference: Inference, roots: tuple[Syntax, ...] | list[Syntax]) -> tuple[str, ...]:
    """The variables below `roots` with their shapes, unless they are many."""
    problem = inference.problem
    names = [s.text for s in postorder(roots, problem.below) if problem.is_variable(s)]
    told = [name for name in dict.fromkeys(names) if name in inference.variables]
    if len(told) > MOST_NAMES_TOLD:
        return ()
    return tuple(f"{name} is {shape_words(inference, inference.variables[name])}" for name in told)


def _bracketed(text: str) -> str:
    plain = text.replace("_", "").replace("'", "").replace(".T", "")
    return text if plain.isalnum() or (text.endswith(")") and "(" in text and _is_one_call(text)) else f"({text})"


def _is_one_call(text: str) -> bool:
    head, _, tail = text.partition("(")
    return (not head or head.replace("_", "").isalnum()) and "(" not in tail and tail.index(")") == len(tail) - 1


def _factor(text: str) -> str:
    return f"({text})" if " " in text or "+" in text or "-" in text else text
