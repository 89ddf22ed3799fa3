"""Out-of-fold scores, and the errors of folds."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_multilabel_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import MultiOutputClassifier

from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.model_selection import (
    RepeatedMultiLabelStratifiedKFold,
    TunedThresholdMultiLabelClassifierCV,
)

X, Y = make_multilabel_classification(
    120, n_features=8, n_classes=3, n_labels=1, allow_unlabeled=True, random_state=0
)
NAMES = ["sea", "sky", "boat"]
FRAME = pd.DataFrame(Y, columns=NAMES)
LINEAR = LogisticRegression(max_iter=1000)
PER_LABEL = MultiOutputClassifier(LINEAR)
FOREST = RandomForestClassifier(n_estimators=10, random_state=0)
CROSS_VALIDATED = [TunedThresholdMultiLabelClassifierCV, CalibratedMultiLabelClassifierCV]


@pytest.mark.slow
def test_parallel_folds_give_the_same_scores():
    alone, parallel = (
        TunedThresholdMultiLabelClassifierCV(FOREST, n_jobs=n_jobs, store_cv_results=True).fit(X, Y)
        for n_jobs in (1, 2)
    )
    assert_array_equal(alone.cv_results_["y_score"], parallel.cv_results_["y_score"])
    assert_array_equal(alone.thresholds_, parallel.thresholds_)


@pytest.fixture(scope="module")
def rare():
    """Y whose second label has a single positive, so that it is constant in a training set."""
    rare = Y.copy()
    rare[:, 1] = 0
    rare[0, 1] = 1
    return rare


@pytest.mark.parametrize("meta", CROSS_VALIDATED)
def test_errors_of_folds_name_constant_labels(meta, rare):
    with pytest.raises(ValueError, match="class") as caught:
        meta(PER_LABEL).fit(X, pd.DataFrame(rare, columns=NAMES))
    assert "only one value: 'sky'" in caught.value.__notes__[0]


def test_errors_of_wrong_parameters_name_no_labels(rare):
    wrong = MultiOutputClassifier(LogisticRegression(C=-1))
    with pytest.raises(ValueError, match="'C' parameter") as caught:
        TunedThresholdMultiLabelClassifierCV(wrong).fit(X, rare)
    assert not hasattr(caught.value, "__notes__")


class Unreadable(ClassifierMixin, BaseEstimator):
    """Raises an error, with the position, for a sample whose first feature is 99."""

    def fit(self, X, y):
        self.classes_ = [np.array([0, 1])] * 3
        bad = np.flatnonzero(X[:, 0] == 99)
        if len(bad):
            error = ValueError(f"X{bad.tolist()} can't be read")
            error.indices = bad
            raise error
        return self

    def predict_proba(self, X):
        return np.full((len(X), 3), 0.5)


def test_errors_of_folds_have_the_positions_in_X():
    unreadable = X.copy()
    unreadable[77, 0] = 99
    with pytest.raises(ValueError, match="can't be read") as caught:
        TunedThresholdMultiLabelClassifierCV(Unreadable()).fit(unreadable, Y)
    assert "in X they are [77]" in caught.value.__notes__[0]


def test_constant_training_set_of_a_binary_y():
    y = np.array(["yes"] * 29 + ["no"])
    splits = [(range(29), [29]), (range(1, 30), [0])]
    clf = TunedThresholdMultiLabelClassifierCV(
        FOREST, cv=splits, store_cv_results=True, strategy="shared"
    ).fit(X[:30], y)
    assert clf.cv_results_["y_score"][0] == 1.0


@pytest.mark.parametrize(
    "cv",
    [RepeatedMultiLabelStratifiedKFold(3, n_repeats=3, random_state=0), 0.5],
    ids=["repeated folds", "single split"],
)
def test_calibrators_of_a_fold_exclude_its_samples(cv):
    rng = np.random.default_rng(0)
    noise, labels = rng.normal(size=(200, 3)), rng.integers(2, size=(200, 2))
    clf = CalibratedMultiLabelClassifierCV(
        PER_LABEL, method="isotonic", cv=cv, random_state=0, store_cv_results=True
    ).fit(noise, labels)
    # Step functions that were fitted on the same samples would look almost perfectly calibrated.
    assert (clf.cv_results_["ece_after"] > 0.01).all()
