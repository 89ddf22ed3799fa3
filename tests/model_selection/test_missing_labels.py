"""Missing labels are excluded from stratification, thresholds and calibration."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin

from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.model_selection import (
    MultiLabelStratifiedKFold,
    MultiLabelStratifiedShuffleSplit,
    TunedThresholdMultiLabelClassifierCV,
    multilabel_train_test_split,
)
from skmlic.model_selection._threshold_strategies import tune
from skmlic.model_selection._tuning_data import TuningData
from skmlic.objectives import (
    BalancedAccuracy,
    ExpectedCost,
    FBeta,
    Jaccard,
    LabelAccuracy,
    SubsetAccuracy,
)

RNG = np.random.default_rng(0)
Y = (RNG.random((60, 4)) < 0.4).astype(float)
SCORES = np.clip(RNG.normal(0.4 + 0.2 * Y, 0.2), 0.01, 0.99).round(2)
KNOWN = RNG.random(Y.shape) < 0.7
KNOWN[:2] = True
Y[0], Y[1] = 1, 0
PARTIAL = np.where(KNOWN, Y, np.nan)


class GivenScores(ClassifierMixin, BaseEstimator):
    """A classifier whose X is its probabilities, and whose y may have missing labels."""

    def fit(self, X, y):
        self.classes_ = np.tile([0, 1], (y.shape[1], 1))
        return self

    def predict_proba(self, X):
        return X

    def predict(self, X):
        return (X >= 0.5).astype(int)


@pytest.mark.parametrize("objective", [FBeta(), Jaccard(), BalancedAccuracy()], ids=repr)
def test_thresholds_of_labels_are_those_of_the_known_samples(objective):
    data = TuningData(PARTIAL == 1, SCORES, is_probability=True, known=KNOWN)
    thresholds = tune(data, objective, "per_label", fbr=0, shrinkage=0)
    for j, known in enumerate(KNOWN.T):
        alone = TuningData(Y[known][:, [j]] == 1, SCORES[known][:, [j]], is_probability=True)
        assert_allclose(thresholds[j], tune(alone, objective, "per_label", fbr=0, shrinkage=0)[0])


@pytest.mark.parametrize("strategy", ["shared", "per_label"])
@pytest.mark.parametrize(
    "objective",
    [
        FBeta(),
        FBeta(average="micro"),
        FBeta(average="samples"),
        SubsetAccuracy(),
        LabelAccuracy(),
        ExpectedCost([[0, 1], [5, 0]]),
    ],
    ids=repr,
)
def test_scores_of_missing_labels_change_no_threshold(objective, strategy):
    data = TuningData(PARTIAL == 1, SCORES, is_probability=True, known=KNOWN)
    found = tune(data, objective, strategy, fbr=0, shrinkage=0)
    best = data.evaluate(objective, data.scores >= found)
    others = np.where(KNOWN, SCORES, RNG.random(SCORES.shape))
    other = TuningData(PARTIAL == 1, others, is_probability=True, known=KNOWN)
    found = tune(other, objective, strategy, fbr=0, shrinkage=0)
    assert_allclose(other.evaluate(objective, other.scores >= found), best)


def test_tuning_and_calibration_leave_missing_labels_out():
    tuned = TunedThresholdMultiLabelClassifierCV(GivenScores(), cv=3, store_cv_results=True)
    tuned.fit(SCORES, PARTIAL)
    assert_array_equal(np.isnan(tuned.cv_results_["y_true"]).sum(), (~KNOWN).sum())
    calibrated = CalibratedMultiLabelClassifierCV(GivenScores(), cv=3, store_cv_results=True)
    probabilities = calibrated.fit(SCORES, PARTIAL).predict_proba(SCORES)
    for j, known in enumerate(KNOWN.T):
        folds = [(np.arange(known.sum()), np.arange(known.sum()))]
        alone = CalibratedMultiLabelClassifierCV(GivenScores(), cv=folds)
        alone.fit(SCORES[known][:, [j]], Y[known][:, [j]])
        assert_allclose(probabilities[:, [j]], alone.predict_proba(SCORES[:, [j]]), rtol=1e-3)


def test_known_positives_are_stratified():
    for splitter in (MultiLabelStratifiedKFold(3), MultiLabelStratifiedKFold(3, order=2)):
        counts = np.array(
            [(PARTIAL[test] == 1).sum(axis=0) for _, test in splitter.split(Y, PARTIAL)]
        )
        assert np.ptp(counts, axis=0).max() <= 2
    next(MultiLabelStratifiedShuffleSplit(1, random_state=0).split(Y, PARTIAL))
    parts = multilabel_train_test_split(SCORES, PARTIAL, random_state=0)
    assert len(parts[0]) == 45
