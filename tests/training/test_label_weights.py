"""The weights of labels in the loss."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from skmlic.class_weight import compute_label_weight
from skmlic.training._label_weights import weigh_labels

Y = np.array([[1, 0, 1], [0, 0, 1], [1, 1, 0]])
FRAME = pd.DataFrame(Y, columns=["sea", "sun", "sand"])


def weigh(Y, class_weight, missing_weight=0.0, is_frame=False):
    names = np.array(["sea", "sun", "sand"], dtype=object)
    return weigh_labels(Y, class_weight, names, missing_weight=missing_weight, is_frame=is_frame)


def test_weights_of_labels():
    assert_allclose(weigh(Y, "inv"), compute_label_weight(Y, "inv"))
    assert_allclose(weigh(Y, {"sun": 4, "sea": 1, "sand": 1}, is_frame=True), [0.5, 2, 0.5])
    seen = []
    weigh(Y, lambda Y: seen.append(Y) or np.ones(3), is_frame=True)
    assert list(seen[0]) == list(FRAME)


def test_labels_without_annotations_are_named():
    partial = Y.astype(float)
    partial[:, 1] = np.nan
    with pytest.warns(UserWarning, match="missing annotations only, and can't be learned: 'sun'"):
        weigh(partial, None)
    # With a weight, missing labels are negatives.
    weigh(partial, None, missing_weight=0.1)
