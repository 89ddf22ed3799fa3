import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skmlic.metrics import top_k_labels


def test_top_k_labels():
    scores = np.array([[0.5, 0.5, 0.9, 0.5], [0.1, 0.2, 0.3, 0.4]])
    assert_array_equal(top_k_labels(scores, 2), [[1, 0, 1, 0], [0, 0, 1, 1]])
    assert_array_equal(top_k_labels(scores, 9), np.ones((2, 4)))
    assert_array_equal(top_k_labels(scores, 3, threshold=0.5), [[1, 1, 1, 0], [0] * 4])
    assert_array_equal(top_k_labels([[0.3], [-2]], 1), [[1], [1]])


@pytest.mark.parametrize("k", [0, 1.5, "3"])
def test_wrong_k(k):
    with pytest.raises(ValueError, match="'k' parameter of top_k_labels must be an int"):
        top_k_labels([[0.1, 0.2]], k)


def test_wrong_scores():
    with pytest.raises(ValueError, match=r"shape \(2,\); expected \(n_samples, n_labels\)"):
        top_k_labels([0.1, 0.2], 1)
    with pytest.raises(ValueError, match="expected finite"):
        top_k_labels([[0.1, np.nan]], 1)
