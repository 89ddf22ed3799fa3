from functools import partial

import numpy as np
from numpy.testing import assert_array_equal

from skmlic import metrics


def test_precision_is_0_where_positives_are_never_predicted():
    truth, silent = [[1, 1], [0, 1]], [[1, 0], [0, 0]]
    score = partial(metrics.precision_score, undefined="raise")
    assert_array_equal(score(truth, silent, average=None), [1, 0])
    assert score(truth, silent) == 0.5
    assert score(truth, silent, average="samples") == 0.5
    assert score(truth, np.zeros((2, 2)), average="micro") == 0
    # With a wrong prediction, the precision of a label without positives is defined.
    assert_array_equal(score([[0, 1]], [[1, 1]], average=None), [0, 1])
