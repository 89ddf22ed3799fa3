"""Iterative stratification, compared with the package that published it for Python."""

import numpy as np
import pytest
from iterstrat.ml_stratifiers import IterativeStratification
from numpy.testing import assert_array_equal

from skmlic.model_selection._iterative_stratification import assign_by_label


@pytest.mark.parametrize("n_labels", [1, 2, 3, 20])
@pytest.mark.parametrize("frequency", [0.0, 0.05, 0.3, 1.0])
@pytest.mark.parametrize("n_folds", [2, 5])
def test_same_folds_and_random_numbers_as_the_package(n_labels, frequency, n_folds):
    rng = np.random.default_rng(n_labels)
    for fractions in (np.full(n_folds, 1 / n_folds), rng.dirichlet(np.ones(n_folds))):
        Y = rng.random((53, n_labels)) < frequency
        ours, theirs = np.random.RandomState(0), np.random.RandomState(0)
        assert_array_equal(
            assign_by_label(Y, fractions, ours), IterativeStratification(Y, fractions, theirs)
        )
        assert ours.randint(1 << 30) == theirs.randint(1 << 30)
