"""Checked constructors of matrix form: what the reader of text makes and what recognition ends in.

They flatten chains and hold the shapes together, and change nothing else: `inv(A)*A` stays as it was written.
Shapes: `()` scalar, `(n,)` column vector, `(1, n)` row, `(n, m)` matrix; 1 x 1 is `()` and n x 1 is `(n,)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from matdiff.tree.dims import Dim, add, multiply, triangle
from matdiff.tree.node import Attribute, Node, Shape, make


def variable(name: str, shape: Shape, properties: Iterable[str] = ()) -> Node:
    """The variable `name` with its declared properties (`symmetric`, `positive`, …)."""
    return make("var", (), (name, tuple(sorted(set(properties)))), shape)


def number(value: Fraction | int) -> Node:
    """A rational number as a scalar."""
    return make("number", (), (Fraction(value),), ())


def size_number(size: Dim) -> Node:
    """A size as a scalar: the number of rows of something."""
    if isinstance(size, int):
        return number(size)
    return make("size", (), (size,), ())


def ones(shape: Shape) -> Node:
    """The vector or matrix of ones; the scalar one for shape `()`."""
    return make("constant", (), ("ones",), shape) if shape else number(1)


def zeros(shape: Shape) -> Node:
    """The vector or matrix of zeros; the scalar zero for shape `()`."""
    return make("constant", (), ("zeros",), shape) if shape else number(0)


def identity(size: Dim) -> Node:
    """The identity matrix of `size` rows; the scalar one for size 1."""
    return make("constant", (), ("identity",), (size, size)) if size != 1 else number(1)


def pi() -> Node:
    """The number π."""
    return make("constant", (), ("pi",), ())


def unit(index: int | str, size: Dim) -> Node:
    """The vector of `size` entries that is 1 at `index` (counted from 1) and 0 elsewhere; a name is some index."""
    return make("constant", (), ("unit", index), (size,))


def pairing(left: Dim, right: Dim) -> Node:
    """The tensor that stacks columns: entry `[p, i, j]` is 1 where `p = i + j*left`, else 0 (counted from 0).

    Contracted with a matrix over `i, j` it is `vec`, with a vector over `p` it is `unvec`.
    """
    return make("constant", (), ("pairing",), (multiply(left, right), left, right))


def commutation(rows: Dim, columns: Dim) -> Node:
    """The commutation matrix K(m, n): `K(m, n)*vec(X)` is `vec(X.T)` for every m x n matrix X.

    Entry `[j + i*n, i + j*m]` is 1 (counted from 0), every other is 0; the inverse and the transpose are K(n, m).
    Source: Magnus and Neudecker, Matrix Differential Calculus, chapter 3.
    """
    length = multiply(rows, columns)
    return make("constant", (), ("commutation", rows, columns), (length, length))


def elimination(size: Dim) -> Node:
    """The elimination matrix: `elimination(n)*vec(X)` is `vech(X)` for every n x n matrix X.

    Source: Magnus and Neudecker, The elimination matrix: some lemmas and applications (1980).
    """
    return make("constant", (), ("elimination", size), (triangle(size), multiply(size, size)))


def duplication(size: Dim) -> Node:
    """The duplication matrix: `duplication(n)*vech(S)` is `vec(S)` for every symmetric n x n matrix S.

    Source: Magnus and Neudecker, The elimination matrix: some lemmas and applications (1980).
    """
    return make("constant", (), ("duplication", size), (multiply(size, size), triangle(size)))


def lower(rows: Dim, columns: Dim) -> Node:
    """The matrix of ones on and below the diagonal; matrix form writes it `tril(ones(rows, columns))`."""
    return make("constant", (), ("lower",), (rows, columns))


def selection(before: Dim, part: Dim, whole: Dim) -> Node:
    """The `whole` x `part` matrix that puts a block behind `before` others: entry `[i + before, i]` is 1, else 0.

    In index form only; matrix form writes it as a block, `[zeros; I]`.
    """
    if part == 1 and isinstance(before, int):
        return unit(before + 1, whole)
    return make("constant", (), ("selection", before), shape_of(whole, part))


def block(args: tuple[Node, ...], columns: int) -> Node:
    """The matrix of blocks that stand row by row, `columns` of them in each: `[A, b; b.T, c]`."""
    height: Dim = 0
    width: Dim = 0
    for arg in args[::columns]:
        height = add(height, rows_and_columns(arg.shape)[0])
    for arg in args[:columns]:
        width = add(width, rows_and_columns(arg.shape)[1])
    return make("block", args, (columns,), shape_of(height, width))


def total(terms: Iterable[tuple[Fraction | int, Node]]) -> Node:
    """The sum of weighted terms of one shape, in the order given: `total([(1, y), (-1, X*w)])` is `y - X*w`."""
    kept = tuple((Fraction(weight), node) for weight, node in terms)
    assert kept, "a sum needs a term"
    shape = kept[0][1].shape
    assert all(node.shape == shape for _, node in kept), [node.shape for _, node in kept]
    if len(kept) == 1 and kept[0][0] == 1:
        return kept[0][1]
    return make("sum", tuple(node for _, node in kept), tuple(weight for weight, _ in kept), shape)


def product(*factors: Node) -> Node:
    """Scalars times a chain of matrix products: `product(c, A, x)` is `c*A*x`.

    The node's args are the scalar factors first and the chain behind them, both in the order given; a factor that
    is itself a product with a chain is spliced in, so that a chain has one spelling. A chain whose own shape is
    scalar (`x.T*y`) is one scalar factor when something else stands beside it.
    """
    scalars: list[Node] = []
    chain: list[Node] = []
    for factor in factors:
        if not factor.shape:
            scalars.extend(_scalar_factors(factor))
        elif factor.op == "product":
            scalars.extend(arg for arg in factor.args if not arg.shape)
            chain.extend(arg for arg in factor.args if arg.shape)
        else:
            chain.append(factor)
    shape = chain_shape(chain)
    if chain and not shape and scalars:
        scalars.append(make("product", tuple(chain), (), ()))
        chain = []
    parts = (*scalars, *chain)
    return parts[0] if len(parts) == 1 else make("product", parts, (), shape)


def split_product(node: Node) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """Scalar factors and chain of any node: `c*A*x` is `((c,), (A, x))`, a lone matrix is `((), (A,))`."""
    if node.op != "product":
        return ((node,), ()) if not node.shape else ((), (node,))
    return tuple(a for a in node.args if not a.shape), tuple(a for a in node.args if a.shape)


def chain_shape(chain: Iterable[Node]) -> Shape:
    """The shape of a product of matrices, columns and rows, each inner size held against its neighbour."""
    rows: Dim = 1
    columns: Dim = 1
    for position, factor in enumerate(chain):
        top, side = rows_and_columns(factor.shape)
        assert position == 0 or columns == top, (columns, factor.shape)
        rows, columns = (top if position == 0 else rows), side
    return shape_of(rows, columns)


def rows_and_columns(shape: Shape) -> tuple[Dim, Dim]:
    """A shape of at most two axes as rows and columns: a column vector has one column."""
    assert len(shape) <= 2, shape
    return (*shape, 1, 1)[0], (*shape, 1, 1)[1]


def shape_of(rows: Dim, columns: Dim) -> Shape:
    """The shape with these rows and columns: a single column is a vector, 1 x 1 a scalar."""
    if columns != 1:
        return (rows, columns)
    return (rows,) if rows != 1 else ()


def hadamard(*factors: Node) -> Node:
    """The entry-wise product of equal shapes, flattened; scalars multiply."""
    flat = [part for f in factors for part in (f.args if f.op == "hadamard" else (f,))]
    assert len({part.shape for part in flat}) == 1, [part.shape for part in flat]
    if not flat[0].shape:
        return product(*flat)
    return flat[0] if len(flat) == 1 else make("hadamard", tuple(flat), (), flat[0].shape)


def transpose(node: Node) -> Node:
    """`node` transposed; a scalar is its own transpose, and two transposes cancel."""
    if not node.shape:
        return node
    if node.op == "transpose":
        return node.args[0]
    rows, columns = rows_and_columns(node.shape)
    return make("transpose", (node,), (), shape_of(columns, rows))


def apply(name: str, *args: Node) -> Node:
    """A scalar function entry by entry; all arguments have one shape, which is the result's."""
    assert len({arg.shape for arg in args}) == 1, (name, [arg.shape for arg in args])
    return make("map", args, (name,), args[0].shape)


def power(base: Node, exponent: Fraction | int) -> Node:
    """`base` to a rational power, entry by entry."""
    if exponent == 1:
        return base
    return make("map", (base,), ("power", Fraction(exponent)), base.shape)


def call(name: str, args: tuple[Node, ...], shape: Shape, parameters: tuple[Attribute, ...] = ()) -> Node:
    """A function of whole vectors or matrices: `call("inv", (A,), A.shape)`."""
    return make("call", args, (name, *parameters), shape)


def einsum(factors: Sequence[Node], letters: Sequence[str], output: str) -> Node:
    """The sum over every letter outside `output` of the products of entries, as recognition writes it.

    Identity factors make their letters one, ones only lend their size, and wires are numbered from the output on.
    """
    joined: dict[str, str] = {}
    sizes: dict[str, Dim] = {}
    kept: list[tuple[Node, str]] = []

    def find(letter: str) -> str:
        while letter in joined:
            letter = joined[letter]
        return letter

    for factor, word in zip(factors, letters, strict=True):
        sizes.update(zip(word, factor.shape, strict=True))
        if factor.op == "constant" and factor.attrs == ("identity",):
            if find(word[0]) != find(word[1]):
                joined[find(word[1])] = find(word[0])
        elif factor.op != "constant" or factor.attrs != ("ones",):
            kept.append((factor, word))
    number: dict[str, int] = {}
    for letter in map(find, (*output, *(letter for _, word in kept for letter in word), *sizes)):
        number.setdefault(letter, len(number))
    wires = tuple(tuple(number[find(letter)] for letter in word) for _, word in kept)
    axes = tuple(number[find(letter)] for letter in output)
    attrs = (wires, axes, tuple(sizes[letter] for letter in number))
    return make("einsum", tuple(factor for factor, _ in kept), attrs, tuple(sizes[letter] for letter in output))


def _scalar_factors(node: Node) -> tuple[Node, ...]:
    is_plain = node.op == "product" and not any(arg.shape for arg in node.args)
    return node.args if is_plain else (node,)
