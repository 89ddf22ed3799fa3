"""Counts of labels by score."""

import numpy as np
from numpy.testing import assert_allclose

from skmlic.label_issues._histogram import Histogram

RNG = np.random.default_rng(0)
SCORES = RNG.normal(size=(300, 3))
PRESENT = RNG.random((300, 3)) < 0.4
KNOWN = RNG.random((300, 3)) < 0.8


def test_counts_and_means():
    histogram = Histogram.from_scores(SCORES, PRESENT, KNOWN)
    assert_allclose(histogram.positives.sum(axis=0), (PRESENT & KNOWN).sum(axis=0))
    assert_allclose(histogram.negatives.sum(axis=0), (~PRESENT & KNOWN).sum(axis=0))
    total = histogram.positives + histogram.negatives
    expected = np.where(KNOWN, SCORES, 0).sum(axis=0)
    assert_allclose((total * histogram.centers).sum(axis=0), expected)
    assert (np.diff(histogram.centers, axis=0) > 0).all()


def test_a_constant_score_has_one_bin():
    histogram = Histogram.from_scores(np.full((9, 1), 2.0), PRESENT[:9, :1], KNOWN[:9, :1])
    assert_allclose(histogram.positives[0], (PRESENT & KNOWN)[:9, 0].sum())
    assert_allclose(histogram.centers, 2)
