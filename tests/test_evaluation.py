"""`matdiff eval`: numbers that are right, data that fit, and what is said of data that do not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import matdiff
from matdiff.errors import BadData, Disagreement, MatdiffError, NotYet, OutOfBounds
from matdiff.evaluation import compared, evaluate
from matdiff.evaluation.evaluate import Data
from matdiff.evaluation.files import read_data
from matdiff.evaluation.words import STYLES, TESTS, draw, lost_word
from matdiff.parsing.read import Scope, read_declarations, read_script
from matdiff.tree.properties import DECLARED, SQUARE_ONLY
from matdiff.verify.holding import LOOSE, NOISE, STRICT
from matdiff.verify.holding import Array as Entries

A = np.array([[1.0, 2.0], [3.0, 4.0]])
X = np.array([[1.0, 0.5], [2.0, -1.0], [0.0, 3.0]])
POSITIVE_DEFINITE = np.array([[2.0, 1.0], [1.0, 3.0]])


@pytest.mark.parametrize(
    ("expression", "wrt", "data", "value", "derivative"),
    [
        ("x'*A*x", "x", {"A": A, "x": [1.0, 2.0]}, 27.0, (A + A.T) @ [1.0, 2.0]),
        ("A*x", "x", {"A": X, "x": [1.0, 2.0]}, X @ [1.0, 2.0], X),
        ("x'*A", "x", {"A": X, "x": [1.0, 2.0, 3.0]}, [[5.0, 7.5]], [X.T]),
        (
            "tr(inv(S))",
            "S",
            {"S": POSITIVE_DEFINITE},
            1.0,
            -np.linalg.matrix_power(np.linalg.inv(POSITIVE_DEFINITE), 2),
        ),
        ("hessian x'*A*x wrt x", "", {"A": A, "x": [1.0, 2.0]}, 27.0, A + A.T),
        ("t^2", "t", {"t": 3}, 9.0, 6.0),
        ("exp(a)*x", "a", {"a": 0.0, "x": [1.0, 2.0]}, [1.0, 2.0], [1.0, 2.0]),
        ("x[i]^2", "x", {"x": [1.0, 2.0], "i": 2}, 4.0, [0.0, 4.0]),
        ("sum(A*ones(k))", "A", {"A": X, "k": 2}, 5.5, np.ones((3, 2))),
        ("norm2(v)^2", "v", {"v": [[3.0], [4.0]]}, 25.0, [6.0, 8.0]),
        (r"\|x\|_2^2", "x", {"x": [3.0, 4.0]}, 25.0, [6.0, 8.0]),
        ("let u = A*x\nu'*u", "x", {"A": A, "x": [1.0, 0.0]}, 10.0, [20.0, 28.0]),
    ],
)
def test_value_and_derivative(
    expression: str, wrt: str, data: dict[str, object], value: object, derivative: object
) -> None:
    found = matdiff.evaluate(expression, data, wrt or None)
    np.testing.assert_allclose(found.value, np.asarray(value), rtol=1e-12)
    np.testing.assert_allclose(found.derivative, np.asarray(derivative), rtol=1e-12)
    assert found.check == "agrees with the oracle on these data"


def test_several_derivatives_and_sizes() -> None:
    found = matdiff.evaluate("y'*A*x", {"A": X, "x": [1, 2], "y": [1, 0, 1]}, ["x", "y"])
    assert list(found.derivatives) == ["x", "y"]
    assert found.derivatives["x"].tolist() == [1.0, 3.5]
    assert found.derivatives["y"].tolist() == [2.0, 0.0, 6.0]
    assert sorted(found.sizes.values()) == [2, 3]


def test_what_data_are_decides_what_a_letter_is() -> None:
    assert matdiff.evaluate("a*x", {"a": 2.0, "x": [1.0, 2.0]}).value.tolist() == [2.0, 4.0]
    assert matdiff.evaluate("sum(b)", {"b": X}).value == pytest.approx(5.5)


def test_blocks_of_a_hessian() -> None:
    found = matdiff.evaluate("hessian x'*A*y wrt x,y", {"A": X, "x": [1, 2, 3], "y": [1, 2]})
    assert list(found.derivatives) == ["x,x", "x,y", "y,x", "y,y"]
    assert found.derivatives["x,y"].tolist() == X.tolist()
    assert [output.name for output in found.outputs] == [
        "value",
        "hessian_x_x",
        "hessian_x_y",
        "hessian_y_x",
        "hessian_y_y",
    ]


def test_no_derivative_was_asked_for() -> None:
    with pytest.raises(ValueError, match="nothing was differentiated"):
        _ = matdiff.evaluate("x'*x", {"x": [1, 2]}).derivative


@pytest.mark.parametrize(
    ("expression", "data", "where", "message"),
    [
        ("x'*A*x", {"A": A}, "", "no data for `x`"),
        ("x'*A*x", {"A": A, "x": [1, 2, 3]}, "", "`n` is 3 by `x` and 2 by `A`"),
        ("x'*A*x", {"A": A, "x": [1, np.nan]}, "", "entry 2 of `x` is nan"),
        ("x'*A*x", {"A": A, "x": [1, np.inf]}, "", "entry 2 of `x` is inf"),
        ("x'*A*x", {"A": A, "x": ["a", "b"]}, "", "`x` is no array of real numbers"),
        ("x'*A*x", {"A": A, "x": [1 + 2j, 1]}, "", "`x` is no array of real numbers"),
        ("x'*A*x", {"A": A, "x": [[1, 2], [3]]}, "", "`x` is no array of real numbers"),
        ("x'*x", {"x": []}, "", "`x` has no entries: its axes are 0"),
        ("tr(A)", {"A": A}, "A: n x n symmetric", ("`A` is declared `symmetric`, and the data are not: "
         "entry 1, 2 is 2 and entry 2, 1 is 3")),
        ("tr(A)", {"A": A - 5}, "A: n x n spd", ("`A` is declared `spd`, and the data are not: "
         "entry 1, 2 is -3 and entry 2, 1 is -2")),
        ("tr(A)", {"A": -POSITIVE_DEFINITE}, "A: n x n spd", ("`A` is declared `spd`, and the data are not: "
         "the smallest eigenvalue is -3.61803")),
        ("tr(A)", {"A": np.ones((2, 2))}, "A: n x n invertible", ("`A` is declared `invertible`, and the data are not: "
         "the rank is 1")),
        ("sum(x)", {"x": [1, -2]}, "x: n positive", "`x` is declared `positive`, and the data are not: entry 2 is -2"),
        ("t^2", {"t": -2}, "t: scalar positive", "`t` is declared `positive`, and the data are not: it is -2"),
        ("tr(A)", {"A": A}, "A: 3 x 3", "`A` is declared with 3 entries on an axis where its data have 2"),
        ("sum(x)", {"x": [1, 2]}, "x: 2*n + 1", "an axis of `x` has 2 entries, and `2*n + 1` is no such number"),
        ("t^2", {"t": [1, 2]}, "t: scalar", "`t` is a scalar here, and its data are 2 numbers"),
        ("sum(log(x))", {"x": [1, -2]}, "", "`value` is nan: the data lie outside of where the expression has a value"),
        ("1/(x'*x)", {"x": [0, 0]}, "", "`value` is inf: the data lie outside of where the expression has a value"),
        ("inv(A)", {"A": np.ones((2, 2))}, "", "the expression has no value at these data: singular matrix"),
        ("x[i]", {"x": [1, 2]}, "", "nothing says which entry `i` is"),
        ("sum(ones(k))", {}, "", "nothing says what size `k` is"),
    ],
)  # fmt: skip
def test_data_that_do_not_fit(expression: str, data: dict[str, object], where: str, message: str) -> None:
    with pytest.raises(BadData) as caught:
        matdiff.evaluate(expression, data, where=where)
    assert caught.value.message == message
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(("name", "given"), [("weights", "weigths"), ("x", "X")])
def test_misspelt_name_is_offered(name: str, given: str) -> None:
    with pytest.raises(BadData) as caught:
        matdiff.evaluate(f"{name}'*{name}", {given: [1, 2], "other": 3})
    assert caught.value.hint == f"did you mean `{given}`?"


def test_unknown_functions_have_no_numbers() -> None:
    with pytest.raises(NotYet) as caught:
        matdiff.evaluate("L(y)", {"y": [1, 2]}, "y")
    assert caught.value.message == "`L` is an unknown function, which has no numbers"


def test_results_beyond_memory_are_refused() -> None:
    with pytest.raises(OutOfBounds, match=r"`hessian_X` would have 100,000,000,000,000 entries"):
        matdiff.evaluate("hessian norm2(X)^4 wrt X", {}, random={"n": 10_000, "m": 1000})


def test_large_data_are_not_given_to_the_oracle() -> None:
    found = matdiff.evaluate("norm2(X*w)^2", {}, "w", random={"n": 3000, "m": 300})
    assert found.check == "not compared with the oracle, which is for small data"


def test_wrong_numbers_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    computed = evaluate._computed
    monkeypatch.setattr(evaluate, "_computed", lambda *given: {k: -v for k, v in computed(*given).items()})
    with pytest.raises(Disagreement):
        matdiff.evaluate("x'*x", {"x": [1, 2]})


def test_grown_rounding_is_no_disagreement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compared, "is_steady", lambda *_: False)
    computed = evaluate._computed
    monkeypatch.setattr(evaluate, "_computed", lambda *given: {k: v * 1.001 for k, v in computed(*given).items()})
    found = matdiff.evaluate("x'*x", {"x": [1, 2]})
    assert found.notes == ("rounding has grown in `value`: its entries are uncertain by about 0.005",)


def test_nearly_singular_data_have_a_note() -> None:
    steep = np.array([[1.0, 1.0], [1.0, 1.0 + 1e-9]])
    found = matdiff.evaluate("tr(inv(A))", {"A": steep})
    assert found.notes == ("a matrix is singular but for rounding: the last digits are uncertain",)


CELLS = [(word, shape) for word in DECLARED for shape in ((4, 4), (4, 3), (3, 4), (3,), ()) if
         word not in SQUARE_ONLY or shape == (4, 4)]  # fmt: skip


def impossible(word: str, shape: tuple[int, ...]) -> bool:
    """Whether no array of the shape can be what the word says."""
    return (word, shape) in {("full_column_rank", (3, 4)), ("full_row_rank", (4, 3)), ("full_row_rank", (3,))}


@pytest.mark.parametrize(("word", "shape"), CELLS)
@pytest.mark.parametrize("style", STYLES)
def test_random_data_are_as_declared(word: str, shape: tuple[int, ...], style: object) -> None:
    """The words are tested a second time by the oracle's own tests of entries."""
    if impossible(word, shape):
        with pytest.raises(BadData, match="no random `A`"):
            draw("A", frozenset((word,)), shape, style, np.random.default_rng(1))  # type: ignore[arg-type]
        return
    found = draw("A", frozenset((word,)), shape, style, np.random.default_rng(1))  # type: ignore[arg-type]
    rows, columns = (*shape, 1, 1)[:2]
    entries = Entries(found.reshape(-1).tolist(), rows, columns, float(abs(found).max()))
    loose = LOOSE.get(word) or LOOSE.get(STRICT[word][0])
    assert loose is None or loose(entries) <= NOISE
    assert word not in STRICT or STRICT[word][1](entries) > 0


@pytest.mark.parametrize("word", DECLARED)
def test_the_lack_of_a_property_is_noticed(word: str) -> None:
    wrong = np.array([[0.0, 1.5, 2.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    assert word in TESTS
    assert lost_word([word], wrong) == word


@pytest.mark.parametrize("words", ["diagonal positive", "symmetric orthogonal", "lower invertible", "spd orthogonal"])
def test_random_data_with_several_properties(words: str) -> None:
    if words == "diagonal positive":
        with pytest.raises(BadData, match=r"no random `A` of 3 x 3 was found that is diagonal positive"):
            matdiff.evaluate("tr(A)", {}, where=f"A: n x n {words}", random={"n": 3})
        return
    assert matdiff.evaluate("tr(A)", {}, where=f"A: n x n {words}", random={"n": 3}).given.drawn == ("A",)


@pytest.mark.parametrize(
    "expression", ["logdet(X)", "sum(log(x))", "sum(arcsin(x))", "sum(sqrt(1 - x.^2))", "logdet(X*X')"]
)
def test_random_data_lie_where_there_is_a_value(expression: str) -> None:
    assert np.isfinite(matdiff.evaluate(expression, {}, random={"n": 3, "m": 4}).value)


def test_a_seed_is_always_the_same_data() -> None:
    first, again, other = (matdiff.evaluate("A*x", {}, random={"n": 3, "m": 2}, seed=seed) for seed in (1, 1, 2))
    assert first.inputs["A"].tolist() == again.inputs["A"].tolist() != other.inputs["A"].tolist()


def test_random_data_beside_given_ones() -> None:
    found = matdiff.evaluate("A*x", {"x": [1, 2]}, random={"n": 3})
    assert found.given.drawn == ("A",)
    assert found.value.shape == (3,)


@pytest.mark.parametrize(
    ("where", "sizes", "message"),
    [
        ("", {"m": 2}, "`A` is n x m, and nothing says what `n` is"),
        ("A: n x m full_column_rank", {"n": 2, "m": 3}, "no random `A` of 2 x 3 was found that is full_column_rank"),
        ("", {"n": 10**6, "m": 10**6}, "`A` would have 1,000,000,000,000 entries; 1 to 20,000,000 are drawn"),
    ],
)
def test_random_data_that_cannot_be(where: str, sizes: dict[str, int], message: str) -> None:
    with pytest.raises(BadData) as caught:
        matdiff.evaluate("A*x", {}, where=where, random=sizes)
    assert caught.value.message == message


def written(folder: Path) -> Path:
    """A folder with one file of each kind."""
    np.savez(folder / "all.npz", A=A, x=np.array([1.0, 2.0]))
    np.save(folder / "A.npy", A)
    np.save(folder / "pickled.npy", np.array([{}], dtype=object), allow_pickle=True)
    (folder / "A.csv").write_text("# a matrix\n1, 2\n3, 4\n")
    (folder / "spaced.csv").write_text("1 2\n3\t4\n")
    (folder / "german.csv").write_text("\ufeff1;2\n3;4\n", encoding="utf-8")
    (folder / "t.csv").write_text("2.5\n")
    (folder / "head.csv").write_text("a,b\n1,2\n")
    (folder / "gap.csv").write_text("1,2\n3,\n")
    (folder / "ragged.csv").write_text("1,2\n3\n")
    (folder / "empty.csv").write_text("\n")
    (folder / "latin.csv").write_bytes(b"1,\xe4\n")
    (folder / "all.json").write_text(json.dumps({"A": A.tolist(), "t": 2.5}))
    (folder / "list.json").write_text("[1, 2]")
    (folder / "broken.json").write_text("{")
    (folder / "no.npz").write_text("no arrays")
    (folder / "2nd part.csv").write_text("1\n")
    return folder


@pytest.mark.parametrize(
    ("item", "names"),
    [
        ("all.npz", {"A": A.tolist(), "x": [1.0, 2.0]}),
        ("A=all.npz", {"A": A.tolist()}),
        ("B=A.npy", {"B": A.tolist()}),
        ("A.csv", {"A": A.tolist()}),
        ("B=spaced.csv", {"B": A.tolist()}),
        ("german.csv", {"german": A.tolist()}),
        ("t.csv", {"t": 2.5}),
        ("all.json", {"A": A.tolist(), "t": 2.5}),
        ("t=all.json", {"t": 2.5}),
        ("t=-2.5e-1", {"t": -0.25}),
        ("x=[1, 2]", {"x": [1.0, 2.0]}),
        ("A = [[1, 2], [3, 4]]", {"A": A.tolist()}),
    ],
)
def test_reading(item: str, names: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(written(tmp_path))
    assert {name: array.tolist() for name, array in read_data([item]).items()} == names


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (["head.csv"], "`head.csv` has `a` where a number is due"),
        (["gap.csv"], "`gap.csv` has an empty cell where a number is due"),
        (["ragged.csv"], "`ragged.csv` has 1 numbers in this line and 2 in the first"),
        (["empty.csv"], "`empty.csv` has no numbers"),
        (["latin.csv"], "`latin.csv` is no UTF-8 text"),
        (["list.json"], "`list.json` has no names"),
        (["no.npz"], "`no.npz` is no file of NumPy arrays"),
        (["pickled.npy"], "`pickled.npy` is no file of NumPy arrays"),
        (["y=all.npz"], "`all.npz` has no `y`"),
        (["missing.csv"], "`missing.csv` cannot be read: No such file or directory"),
        (["2nd part.csv"], "`2nd part` cannot be the name of a variable"),
        (["A.csv", "A.npy"], "`A` is given twice"),
        (["x=[1, a]"], "this is no number and no array of numbers"),
        (["x=[[1, 2], [3]]"], "this is no number and no array of numbers"),
        (["A.txt"], "`A.txt` names no data: files are npz, npy, csv and json"),
    ],
)
def test_files_that_cannot_be_read(
    items: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(written(tmp_path))
    with pytest.raises(BadData) as caught:
        read_data(items)
    assert caught.value.message == message


def test_files_are_written_whole(tmp_path: Path) -> None:
    found = matdiff.evaluate("file'*A*file", {"A": A}, "file", where="A: n x n; file: n", random={"n": 2}, seed=3)
    for suffix in ("npz", "json", "csv"):
        found.save(str(tmp_path / f"out.{suffix}"))
    with np.load(tmp_path / "out.npz") as arrays:
        assert {name: arrays[name].tolist() for name in arrays.files} == {
            "file": found.inputs["file"].tolist(),
            "value": found.value.tolist(),
            "grad_file": found.derivative.tolist(),
        }
    record = json.loads((tmp_path / "out.json").read_text())
    assert record["grad_file"] == found.derivative.tolist()
    assert record["drawn"] == {"file": found.inputs["file"].tolist()}
    assert np.loadtxt(tmp_path / "out.csv").tolist() == found.derivative.tolist()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "out.json", "out.npz"]


@pytest.mark.parametrize(
    ("name", "raises"), [("out.txt", BadData), ("nowhere/out.npz", OSError), ("tensor.csv", BadData)]
)
def test_files_that_cannot_be_written(name: str, raises: type[Exception], tmp_path: Path) -> None:
    found = matdiff.evaluate("A*X", {"A": A, "X": A}, "X")
    with pytest.raises(raises):
        found.save(str(tmp_path / name))
    assert list(tmp_path.iterdir()) == []


EXPRESSIONS: tuple[tuple[str, str, str], ...] = (
    ("norm2(X*w - y)^2", "w", ""),
    ("sum(log(1 + exp(X*w)))", "w", ""),
    ("logdet(S) + y'*inv(S)*y", "S", "S: n x n spd"),
    ("tr(expm(A))", "A", ""),
    ("softmax(A*x)", "x", ""),
    ("vec(A*x*y')", "x", ""),
    ("lambda_max(S)", "S", "S: n x n symmetric"),
    ("sum(chol(S)*B)", "S", "S: n x n spd"),
)


@pytest.mark.parametrize(("expression", "wrt", "where"), EXPRESSIONS)
def test_derivatives_are_slopes_of_values(expression: str, wrt: str, where: str) -> None:
    """Another check of the whole: differences of values, which know nothing of formulas."""
    statement, scope = read_script(expression, Scope(read_declarations(where)))
    sizes = {"n": 3, "m": 2, "k": 4, "p": 5}
    found = evaluate.evaluate(statement, scope, (wrt,), Data({}, True, sizes, 5))
    at = dict(found.inputs)
    way = draw(wrt, frozenset({"symmetric"} if "S" in wrt else ()), at[wrt].shape, STYLES[0], np.random.default_rng(9))
    width = 1e-6

    def value(step: float) -> np.ndarray:
        moved = {**at, wrt: at[wrt] + step * way}
        return matdiff.evaluate(expression, moved, where=where).value

    slope = (value(width) - value(-width)) / (2 * width)
    np.testing.assert_allclose(np.tensordot(found.derivative, way, way.ndim), slope, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("make", [lambda: matdiff.evaluate("A*B = B*A", {}), lambda: matdiff.evaluate("", {})])
def test_what_is_no_expression(make: Callable[[], object]) -> None:
    with pytest.raises(MatdiffError):
        make()
