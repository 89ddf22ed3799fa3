import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from skmlic._utils._targets import check_binary_target, check_targets, is_one_dimensional

Y = np.array([[1, 0, 1], [0, 0, 1], [1, 1, 0]])


@pytest.mark.parametrize(
    "form",
    [
        np.asarray,
        np.asfortranarray,
        lambda Y: Y.astype(bool),
        lambda Y: Y.astype(float),
        lambda Y: Y.astype(object),
        lambda Y: Y.tolist(),
        lambda Y: [tuple(row) for row in Y],
        list,
        sparse.csr_matrix,
        sparse.csc_array,
        pd.DataFrame,
        lambda Y: pd.DataFrame(Y.astype(bool)),
        lambda Y: pl.DataFrame(Y, schema=["a", "b", "c"], orient="row"),
    ],
)
def test_every_form_gives_the_same_matrix(form):
    result, names = check_targets(form(Y))
    np.testing.assert_array_equal(result, Y)
    assert result.dtype == np.float32
    assert len(names) == 3


def test_names_are_a_frames_columns_otherwise_numbers():
    assert check_targets(pd.DataFrame(Y, columns=["sea", "sun", 3]))[1].tolist() == [
        "sea",
        "sun",
        3,
    ]
    assert check_targets(pl.DataFrame({"sea": [1, 0]}))[1].tolist() == ["sea"]
    assert check_targets(Y)[1].tolist() == ["0", "1", "2"]


@pytest.mark.parametrize("n_labels", [1, 2, 3, 20])
def test_any_number_of_labels(n_labels):
    result, names = check_targets(np.zeros((4, n_labels), dtype=int))
    assert result.shape == (4, n_labels)
    assert len(names) == n_labels


@pytest.mark.parametrize(
    ("wrong", "shown"),
    [(2, "2"), (-1, "-1"), (0.5, "0.5"), (np.inf, "inf")],
)
def test_an_entry_that_is_neither_0_nor_1_is_named(wrong, shown):
    frame = pd.DataFrame(Y.astype(object), columns=["sea", "sun", "sand"])
    frame.iloc[2, 1] = wrong
    with pytest.raises(ValueError, match=rf"Y\[2, 'sun'\].*is {shown}.*expected 0 or 1"):
        check_targets(frame)


@pytest.mark.parametrize(
    "label_lists",
    [
        [["sea"], ["sun", "sea"], []],
        [["sea"], ["sun"]],
        [{"sea"}, {"sun"}],
        [(0, 1), (2,)],
        np.array([["sea"], ["sun"]]),
        np.array([["sea"], ["sun", "sea"]], dtype=object),
    ],
)
def test_label_lists_are_sent_to_the_binarizer(label_lists):
    with pytest.raises(ValueError, match="MultiLabelBinarizer"):
        check_targets(label_lists)


def test_text_is_told():
    with pytest.raises(ValueError, match=r"the str '1'.*astype\(float\)"):
        check_targets(Y.astype(str).astype(object))


def test_words_are_told():
    words = np.where(Y == 1, "yes", "no")
    for matrix in (words, pd.DataFrame(words), pd.DataFrame(words, dtype="category")):
        with pytest.raises(ValueError, match=r"the str '(yes|no)'") as caught:
            check_targets(matrix)
        assert "write (Y == 'yes').astype(int)" in str(caught.value)
    np.testing.assert_array_equal((pd.DataFrame(words) == "yes").astype(int), Y)
    with pytest.raises(ValueError, match=r"Write 1 for yes, 0 for no"):
        check_targets(np.array([["yes", "no"], ["no", "maybe"]]))


@pytest.mark.parametrize("shape", [(3, 0), (2, 2, 2)])
def test_wrong_shape(shape):
    with pytest.raises(ValueError, match=r"expected \(n_samples, n_labels\)"):
        check_targets(np.zeros(shape))


@pytest.mark.parametrize("y", [[0, 1, 1], ["a", "b"], np.array([0, 1]), pd.Series([0, 1])])
def test_one_dimensional(y):
    assert is_one_dimensional(y)
    with pytest.raises(ValueError, match=r"reshape\(-1, 1\)|MultiLabelBinarizer"):
        check_targets(y)


@pytest.mark.parametrize(
    "y", [Y, Y.tolist(), Y[:, :1], pd.DataFrame(Y), sparse.csr_matrix(Y), [{1}]]
)
def test_not_one_dimensional(y):
    assert not is_one_dimensional(y)


def test_binary_target():
    classes, encoded = check_binary_target(["no", "yes", "no"])
    assert classes.tolist() == ["no", "yes"]
    np.testing.assert_array_equal(encoded, [[0], [1], [0]])


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([0, 1, 2], "Only binary classification is supported"),
        ([0.5, 1.5, 2.5], "Unknown label type"),
        ([0.0, np.nan], "Input y contains NaN"),
        ([1, 1], "one class"),
    ],
)
def test_wrong_binary_target(y, message):
    with pytest.raises(ValueError, match=message):
        check_binary_target(y)


@pytest.mark.parametrize(
    ("y", "sep"),
    [
        (["sea;sun"] * 3, ";"),
        (["sea, sun", "sun", "sand"], ", "),
        (["sea, sun", "sun,sand", "sand"], ","),
        (["sea", "sun", "sand|sea, the"], "|"),
    ],
)
def test_labels_in_one_string_are_told(y, sep):
    for form in (y, np.array(y), pd.Series(y)):
        with pytest.raises(ValueError, match=re.escape(f'.str.get_dummies(sep="{sep}")')):
            check_binary_target(form)


@pytest.mark.parametrize("missing", [np.nan, None])
def test_missing_entries_are_nan(missing):
    frame = pd.DataFrame(Y.astype(object), columns=["sea", "sun", "sand"])
    frame.iloc[2, 1] = missing
    result, _ = check_targets(frame)
    assert np.isnan(result[2, 1])
    assert np.isnan(result).sum() == 1


def test_error_for_minus_one_names_the_remedy():
    partial = np.array([[1, -1], [0, 1]])
    with pytest.raises(ValueError, match=r"missing label, write np.where\(Y == -1, np.nan, Y\)"):
        check_targets(partial)
