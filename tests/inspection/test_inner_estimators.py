"""Estimators inside other estimators."""

import numpy as np
import pytest
from sklearn.ensemble import BaggingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlic import TransferMultiLabelClassifier
from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.inspection._inner_estimators import (
    find_classifier,
    find_fitted,
    find_threshold_classifier,
    iterate_inner_estimators,
)
from skmlic.model_selection import (
    FixedThresholdMultiLabelClassifier,
    TunedThresholdMultiLabelClassifierCV,
)

RNG = np.random.RandomState(0)
X = RNG.normal(size=(40, 4)).astype(np.float32)
Y = (X[:, :2] > 0).astype(int)


def make():
    return TransferMultiLabelClassifier("precomputed", max_epochs=1, random_state=0)


AROUND = {
    "itself": make,
    "frozen": lambda: FrozenEstimator(make().fit(X, Y)),
    "pipeline": lambda: make_pipeline(StandardScaler(), make()),
    "search": lambda: GridSearchCV(make(), {"dropout": [0.1]}, cv=2, scoring="accuracy"),
    "tuned": lambda: TunedThresholdMultiLabelClassifierCV(make(), cv=2),
    "calibrated": lambda: CalibratedMultiLabelClassifierCV(make(), cv=2),
    "nested": lambda: make_pipeline(
        StandardScaler(), FixedThresholdMultiLabelClassifier(make_pipeline(make()))
    ),
}


@pytest.mark.parametrize("name", AROUND)
def test_the_classifier_is_found(name):
    fitted = AROUND[name]().fit(X, Y)
    classifier = find_classifier(fitted)
    assert isinstance(classifier, TransferMultiLabelClassifier)
    assert hasattr(classifier, "net_")
    assert find_fitted(fitted, "net_").net_ is classifier.net_


def test_there_is_no_classifier():
    assert find_classifier(OneVsRestClassifier(LogisticRegression()).fit(X, Y)) is None
    assert find_fitted(LogisticRegression().fit(X, Y[:, 0]), "net_") is None


def test_estimators_that_are_not_looked_into():
    pipeline = make_pipeline(StandardScaler(), make()).fit(X, Y)
    assert find_classifier(pipeline, in_pipelines=False) is None
    tuned = TunedThresholdMultiLabelClassifierCV(make(), cv=2).fit(X, Y)
    assert find_classifier(tuned, in_meta_estimators=()) is None
    bagging = BaggingClassifier(LogisticRegression(), n_estimators=2).fit(X, Y[:, 0])
    inner = iterate_inner_estimators(bagging, in_meta_estimators=type(tuned))
    assert list(inner) == [bagging]


def test_thresholds_in_use():
    tuned = TunedThresholdMultiLabelClassifierCV(make(), cv=2).fit(X, Y)
    assert find_threshold_classifier(tuned) is tuned
    assert find_threshold_classifier(FrozenEstimator(tuned)) is tuned
    pipeline = make_pipeline(StandardScaler(), tuned)
    assert find_threshold_classifier(pipeline) is tuned
    # The scores of the calibrated classifier are not those that the thresholds were tuned for.
    calibrated = CalibratedMultiLabelClassifierCV(tuned, cv=2).fit(X, Y)
    assert find_threshold_classifier(calibrated) is None
