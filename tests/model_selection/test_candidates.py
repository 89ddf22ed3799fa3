"""Candidate thresholds of a label."""

import numpy as np
from numpy.testing import assert_array_equal

from skmlic.model_selection._candidates import rank_labels


def test_candidates_count_by_distinct_score():
    Y = np.array([[True], [False], [True], [True]])
    scores = np.array([[0.5], [0.5], [0.9], [0.1]])
    candidates = rank_labels(Y, scores)[0].list_candidates()
    assert_array_equal(candidates.scores, [0.9, 0.5, 0.1])
    assert_array_equal(candidates.counts.tp, [0, 1, 2, 3])
    assert_array_equal(candidates.counts.fp, [0, 0, 1, 1])
    assert [candidates.find(t) for t in (1.0, 0.9, 0.7, 0.5, 0.0)] == [0, 1, 1, 2, 3]


def test_missing_labels_and_excluded_samples_are_not_counted():
    Y = np.array([[True], [False], [True], [False]])
    scores = np.array([[0.4], [0.3], [0.2], [0.1]])
    known = np.array([[True], [True], [True], [False]])
    label = rank_labels(Y, scores, known)[0]
    assert_array_equal(label.rows, [0, 1, 2])
    mask = np.array([True, False, True, True])
    candidates = label.list_candidates(weight=np.array([2.0, 1.0, 3.0, 1.0]), mask=mask)
    assert_array_equal(candidates.scores, [0.4, 0.2])
    assert_array_equal(candidates.counts.tp, [0, 2, 5])
    none = label.list_candidates(mask=np.zeros(4, dtype=bool))
    assert len(none.scores) == 0
    assert_array_equal(none.counts.tp, [0])
