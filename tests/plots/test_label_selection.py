"""Selection of the labels that a display draws."""

import numpy as np
import pytest

from skmlic.plots._label_selection import select_labels


def test_order_of_labels():
    values, support = np.array([0.5, np.nan, 0.1, 0.9]), np.array([1, 9, 5, 5])
    options = {"label_names": list("abcd"), "values": values, "support": support}
    assert select_labels("worst", None, **options).tolist() == [2, 0, 3]
    assert select_labels("best", 2, **options).tolist() == [3, 0]
    assert select_labels("frequent", None, **options).tolist() == [2, 3, 0]
    assert select_labels(None, None, **options).tolist() == [0, 2, 3]
    assert select_labels(["d", 0], 1, **options).tolist() == [3, 0]
    with pytest.raises(ValueError, match="max_labels=-1"):
        select_labels("best", -1, **options)
