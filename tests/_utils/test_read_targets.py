"""The targets of a classifier, and the names of its labels."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from skmlic._utils._read_targets import (
    decode_targets,
    read_known_targets,
    read_targets,
    warn_never_negative,
)

Y = np.array([[1, 0, 1], [0, 0, 1], [1, 1, 0]])
FRAME = pd.DataFrame(Y, columns=["sea", "sun", "sand"])


def test_targets_of_a_matrix_and_of_a_frame():
    targets = read_targets(Y)
    assert targets.Y.dtype == np.float32
    assert targets.classes.tolist() == [[0, 1]] * 3
    assert targets.label_names.tolist() == ["0", "1", "2"]
    named = read_targets(FRAME)
    assert_array_equal(named.Y, targets.Y)
    assert named.label_names.tolist() == list(FRAME)


def test_targets_of_a_one_dimensional_y():
    y = ["no", "yes", "no"]
    targets = read_targets(y)
    assert_array_equal(targets.Y, [[0], [1], [0]])
    assert targets.classes.tolist() == targets.label_names.tolist() == ["no", "yes"]
    assert decode_targets(targets.Y, targets.classes).tolist() == y
    only = read_targets(["yes"], classes=["no", "yes"])
    assert_array_equal(only.Y, [[1]])


def test_scorers_get_integers_unless_labels_are_missing():
    classes = np.tile([0, 1], (3, 1))
    decoded = decode_targets(Y.astype(np.float32), classes)
    assert decoded.dtype == np.int64
    assert_array_equal(decoded, Y)
    partial = np.where(Y == 1, np.nan, Y)
    assert decode_targets(partial, classes) is partial


def test_known_targets_have_the_same_labels():
    first = read_targets(FRAME)
    again = read_known_targets(FRAME[:1], "y", first.classes, first.label_names)
    assert_array_equal(again.Y, Y[:1])
    wrong = FRAME[["sand", "sun", "sea"]]
    with pytest.raises(ValueError, match="y_val has the labels 'sand', 'sun', 'sea'; expected"):
        read_known_targets(wrong, "y_val", first.classes, first.label_names)
    with pytest.raises(ValueError, match="expected those of y in fit"):
        read_known_targets(Y[:, :2], "y", first.classes, first.label_names)
    binary = read_targets([0, 1])
    with pytest.raises(ValueError, match="besides the classes"):
        read_known_targets([1, 2], "y", binary.classes, binary.label_names)


def test_minus_one_is_an_error_that_names_the_fix():
    with pytest.raises(ValueError, match=r"np.where\(Y == -1, np.nan, Y\)"):
        read_targets(np.where(Y == 1, -1, Y))


@pytest.mark.parametrize("n_labels", [1, 2, 3])
def test_labels_that_are_never_known_to_be_negative(n_labels):
    partial = np.where(Y == 0, np.nan, Y)[:, :n_labels]
    targets = read_targets(pd.DataFrame(partial, columns=list(FRAME)[:n_labels]))
    names = ", ".join(map(repr, list(FRAME)[:n_labels]))
    with pytest.warns(UserWarning, match=rf"labels {names}: .*np\.nan_to_num\(Y\)"):
        warn_never_negative(targets)
    warn_never_negative(targets, missing_are_negative=True)
    warn_never_negative(read_targets(Y))
    warn_never_negative(read_targets(["no", "yes"]))
    with pytest.warns(UserWarning, match=r"'0': .*for every image\.$"):
        warn_never_negative(read_targets([[1, 0], [1, 1]]))
