"""Forms of targets that people have: each is read rightly, or its error says what to write."""

import decimal
import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn.preprocessing
from scipy import sparse

from skmlic._utils._read_targets import read_targets

Y = np.array([[1, 0, 1], [0, 0, 1], [1, 1, 0], [0, 1, 1]])
PARTIAL = np.where(np.eye(4, 3) == 1, np.nan, Y)
NAMES = ["sea", "sun", "sky"]
LISTS = [["sea", "sky"], ["sky"], ["sea", "sun"], ["sun", "sky"]]
SORTED = Y[:, [0, 2, 1]]  # The binarizer sorts the names.


def frame(values=Y, **options):
    return pd.DataFrame(values, columns=NAMES, **options)


def objects(rows):
    array = np.empty(len(rows), dtype=object)
    array[:] = rows
    return array


def gaps(missing):
    return [[missing if np.isnan(v) else int(v) for v in row] for row in PARTIAL]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        pytest.param(frame().astype("Int64"), Y, id="nullable integers"),
        pytest.param(frame().astype("Float64"), Y, id="nullable floats"),
        pytest.param(frame().astype("boolean"), Y, id="nullable booleans"),
        pytest.param(frame(PARTIAL).astype("Int64"), PARTIAL, id="integers with NA"),
        pytest.param(frame(PARTIAL).astype("Float64"), PARTIAL, id="floats with NA"),
        pytest.param(frame(PARTIAL).astype("boolean"), PARTIAL, id="booleans with NA"),
        pytest.param(frame(PARTIAL).convert_dtypes(), PARTIAL, id="converted dtypes"),
        pytest.param(frame(gaps(pd.NA), dtype=object), PARTIAL, id="objects with NA"),
        pytest.param(frame(gaps(None), dtype=object), PARTIAL, id="objects with None"),
        pytest.param(gaps(None), PARTIAL, id="lists with None"),
        pytest.param(gaps(pd.NA), PARTIAL, id="lists with NA"),
        pytest.param(np.array(gaps(pd.NaT), dtype=object), PARTIAL, id="array with NaT"),
        pytest.param(
            pl.DataFrame(gaps(None), schema=NAMES, orient="row"), PARTIAL, id="polars with null"
        ),
        pytest.param(
            pl.DataFrame(
                [[None if v is None else bool(v) for v in row] for row in gaps(None)],
                schema=NAMES,
                orient="row",
            ),
            PARTIAL,
            id="polars booleans with null",
        ),
        pytest.param(frame().map(decimal.Decimal), Y, id="decimals of a data base"),
        pytest.param(frame().astype("category"), Y, id="categories of numbers"),
        pytest.param(frame().astype(pd.SparseDtype("int64", 0)), Y, id="sparse frame"),
        pytest.param([np.array(row) for row in Y], Y, id="list of arrays"),
        pytest.param([pd.Series(row) for row in Y], Y, id="list of series"),
        pytest.param(frame()[["sea"]], Y[:, :1], id="one column"),
        pytest.param(frame(PARTIAL)[["sea"]].astype("Int64"), PARTIAL[:, :1], id="one with NA"),
        pytest.param(
            pd.DataFrame(Y, columns=pd.MultiIndex.from_product([["a"], NAMES])), Y, id="two levels"
        ),
        pytest.param(pd.Series([0, 1, 0], dtype="Int64"), [[0], [1], [0]], id="nullable series"),
        pytest.param(pd.Series([0, 1, 0], dtype=object), [[0], [1], [0]], id="series of objects"),
        pytest.param(pd.Series(["n", "y"], dtype="string"), [[0], [1]], id="series of strings"),
        pytest.param(pd.Series([True, False], dtype="boolean"), [[1], [0]], id="boolean series"),
    ],
)
def test_forms_with_the_values_of_the_plain_one(form, expected):
    targets = read_targets(form)
    np.testing.assert_array_equal(targets.Y, expected)
    assert targets.Y.dtype == np.float32
    assert len(targets.label_names) == len(targets.classes)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        pytest.param(pd.Series(Y.tolist()), Y, id="series of lists of values"),
        pytest.param(pd.Series(list(Y)), Y, id="series of arrays"),
        pytest.param(pd.Series(list(PARTIAL)), PARTIAL, id="series of arrays with NaN"),
        pytest.param(pd.Series([tuple(row) for row in Y.tolist()]), Y, id="series of tuples"),
        pytest.param(objects(Y.tolist()), Y, id="array of lists"),
        pytest.param(objects(list(Y)), Y, id="array of arrays"),
        pytest.param(pl.Series(Y.tolist()), Y, id="polars series of lists"),
        pytest.param(pd.DataFrame({"y": list(Y)}), Y, id="frame of arrays"),
        pytest.param(pd.DataFrame({"a": list("abcd"), "y": list(Y)}), Y, id="frame with arrays"),
        pytest.param(pd.Series(LISTS), SORTED, id="series of names"),
        pytest.param(pd.Series([set(row) for row in LISTS]), SORTED, id="series of sets"),
        pytest.param(pd.Series([np.array(row) for row in LISTS]), SORTED, id="arrays of names"),
        pytest.param(pd.DataFrame({"y": LISTS}), SORTED, id="frame of names"),
        pytest.param(objects(LISTS), SORTED, id="array of names"),
        pytest.param([frozenset(row) for row in LISTS], SORTED, id="list of frozen sets"),
        pytest.param([[0, 2], [2], [0, 1], [1, 2]], Y, id="lists of numbers"),
        pytest.param([[0, 2], [1, 2]], [[1, 0, 1], [0, 1, 1]], id="as many numbers each"),
        pytest.param([["sea", "sky"], ["sea", "sun"]], [[1, 1, 0], [1, 0, 1]], id="as many names"),
        pytest.param(pd.Series([[0, 2], [2], [0, 1], [1, 2]]), Y, id="series of numbers"),
        pytest.param([dict(zip(NAMES, row, strict=True)) for row in Y.tolist()], Y, id="dicts"),
        pytest.param(pd.Series([{"a": 1, "b": 0}, {"a": 0, "b": 1}]), np.eye(2), id="dict series"),
        pytest.param(["1,0,1", "0,0,1", "1,1,0"], Y[:3], id="strings of values"),
        pytest.param(["1,0", "0,1"], np.eye(2), id="two strings of values"),
        pytest.param(pd.Series(["[1 0 1]", "[0 0 1]", "[1 1 0]"]), Y[:3], id="printed arrays"),
        pytest.param(np.array(["1;0", "0;1", "1;1"]), [[1, 0], [0, 1], [1, 1]], id="semicolons"),
        pytest.param(pd.DataFrame({"y": ["1,0", "0,1", "1,1"]}), [[1, 0], [0, 1], [1, 1]], id="df"),
        pytest.param(["sea|sun", "sun", "sky"], [[1, 0, 1], [0, 0, 1], [0, 1, 0]], id="names"),
        pytest.param(frame().astype(str), Y, id="numbers as text"),
        pytest.param(frame(Y.astype(float)).astype(str), Y, id="floats as text"),
        pytest.param(Y.astype(str), Y, id="array of text"),
        pytest.param(Y.astype(str).tolist(), Y, id="lists of text"),
        pytest.param(frame(np.where(Y, "yes", "no")), Y, id="words"),
        pytest.param(np.where(Y, "yes", "no").tolist(), Y, id="lists of words"),
        pytest.param(frame(np.where(Y, "x", "")), Y, id="crosses"),
        pytest.param(
            frame(np.where(np.isnan(PARTIAL), None, np.where(Y, "yes", "no"))), PARTIAL, id="gaps"
        ),
        pytest.param(
            np.where(np.isnan(PARTIAL), None, np.where(Y, "yes", "no")), PARTIAL, id="array of gaps"
        ),
        pytest.param(frame(gaps("?"), dtype=object), PARTIAL, id="question marks"),
        pytest.param(np.array(gaps("")), PARTIAL, id="empty texts"),
        pytest.param(frame().assign(file="a.png"), Y, id="column of files"),
        pytest.param(Y * 2 - 1, Y, id="-1 in an array"),
        pytest.param((Y * 2 - 1).tolist(), Y, id="-1 in lists"),
        pytest.param(frame(Y * 2 - 1), Y, id="-1 in a frame"),
        pytest.param(frame(PARTIAL * 2 - 1), PARTIAL, id="-1 beside NaN"),
        pytest.param(PARTIAL * 2 - 1, PARTIAL, id="-1 beside NaN in an array"),
        pytest.param(frame(Y * 2 - 1).astype("Int64"), Y, id="-1 in nullable integers"),
        pytest.param(pl.DataFrame(Y * 2 - 1, schema=NAMES, orient="row"), Y, id="-1 in polars"),
        pytest.param(sparse.csr_array(Y * 2 - 1), Y, id="-1 in a sparse matrix"),
        pytest.param(gaps(-1), PARTIAL, id="-1 beside 0"),
        pytest.param(frame(gaps(-1)), PARTIAL, id="-1 beside 0 in a frame"),
        pytest.param(Y + 1, Y, id="1 and 2"),
        pytest.param(frame(Y * 255), Y, id="0 and 255"),
        pytest.param(pd.DataFrame(Y[:, [0, 0]], columns=["a", "a"]), Y[:, :1], id="same names"),
        pytest.param([0, 1, None], [[0], [1], [np.nan]], id="None in a list"),
        pytest.param(pd.Series([0, 1, pd.NA], dtype="Int64"), [[0], [1], [np.nan]], id="NA"),
    ],
)
# pandas 2 warns if no text is left in a column
@pytest.mark.filterwarnings("ignore:Downcasting behavior in `replace`:FutureWarning")
def test_advice_of_errors_can_be_followed(form, expected):
    with pytest.raises(ValueError, match=r"[Ww]rite ") as caught:
        read_targets(form)
    code = re.search(r"[Ww]rite (.+?)(?=[.,;]? |[.,;]?$)(?![^(]*\))", _join(str(caught.value)))
    names = {"Y": form, "y": form, "np": np, "pd": pd, "sklearn": sklearn}
    advised = eval(code.group(1).replace("\0", " "), names)
    np.testing.assert_array_equal(read_targets(advised).Y, expected)
    if hasattr(form, "columns") and hasattr(advised, "columns"):
        assert set(advised.columns) <= set(form.columns)


def _join(text):
    """Return a text without the spaces inside brackets."""
    depth, joined = 0, []
    for char in text:
        depth += (char in "([") - (char in ")]")
        joined.append("\0" if char == " " and depth > 0 else char)
    return "".join(joined)


@pytest.mark.parametrize(
    ("form", "wording"),
    [
        pytest.param(pd.Series(list(Y)), r"column of lists or arrays.*np\.stack\(y\)", id="stack"),
        pytest.param(pd.Series(LISTS), r"MultiLabelBinarizer\(\)\.fit_transform\(y\)", id="names"),
        pytest.param(pd.Series([["sea"], None]), r"another is (None|nan).*an empty one", id="gap"),
        pytest.param([["sea"], "sun"], r"another is 'sun'.*an empty one", id="list and name"),
        pytest.param(Y * 2 - 1, "There is no 0: if -1 means no, write", id="-1 without 0"),
        pytest.param(gaps(-1), "If -1 stands for a missing label", id="-1 beside 0"),
        pytest.param(frame([[1, 0, 3]] * 2), r"Y\[0, 'sky'\].* is 3, and 1 more", id="counts"),
        pytest.param(["yes", None, "no"], r"y\[1\] is None.*Leave out", id="missing word"),
        pytest.param(pd.DataFrame([["a", "b"]] * 3), r"pd\.get_dummies\(Y", id="categories"),
    ],
)
def test_wording_of_errors(form, wording):
    with pytest.raises(ValueError, match=wording):
        read_targets(form)


def test_samples_without_a_target_can_be_left_out():
    y = np.array(["yes", None, "no"], dtype=object)
    with pytest.raises(ValueError, match=r"y\[pd\.notna\(y\)\]"):
        read_targets(y)
    np.testing.assert_array_equal(read_targets(y[pd.notna(y)]).Y, [[1], [0]])


def test_columns_of_the_same_name_can_be_renamed():
    form = pd.DataFrame(Y[:, :2], columns=["sea", "sea"])
    with pytest.raises(ValueError, match=r"same name: 'sea'.*Y\.set_axis\(.*range\(2\)"):
        read_targets(form)
    renamed = form.set_axis([str(j) for j in range(2)], axis=1)
    np.testing.assert_array_equal(read_targets(renamed).Y, Y[:, :2])
