"""Calibration of each label; rules that all meta-estimators follow are in model_selection."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_multilabel_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.metrics import brier_score_loss
from skmlic.model_selection import (
    FixedThresholdMultiLabelClassifier,
    MultiLabelStratifiedKFold,
)

X, Y = make_multilabel_classification(
    120, n_features=8, n_classes=3, n_labels=1, allow_unlabeled=True, random_state=0
)
NAMES = ["sea", "sky", "boat"]
FRAME = pd.DataFrame(Y, columns=NAMES)
LINEAR = LogisticRegression(max_iter=1000)
PER_LABEL = MultiOutputClassifier(LINEAR)
FOREST = RandomForestClassifier(n_estimators=10, random_state=0)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_each_label_is_calibrated_as_by_scikit_learn(method):
    cv = MultiLabelStratifiedKFold(3)
    clf = CalibratedMultiLabelClassifierCV(OneVsRestClassifier(LINEAR), method=method, cv=cv)
    probabilities = clf.fit(X, Y).predict_proba(X)
    splits = list(cv.split(X, Y))
    for j in range(3):
        one = CalibratedClassifierCV(LINEAR, method=method, cv=splits, ensemble=False)
        assert_allclose(probabilities[:, j], one.fit(X, Y[:, j]).predict_proba(X)[:, 1], atol=1e-9)


@pytest.mark.parametrize("method", ["sigmoid", "isotonic", "temperature"])
def test_calibration_corrects_overconfidence(method):
    pytest.importorskip("sklearn", "1.8" if method == "temperature" else "1.6")
    features, labels = make_multilabel_classification(
        1500, n_features=30, n_classes=3, random_state=0
    )
    bayes = MultiOutputClassifier(GaussianNB())
    clf = CalibratedMultiLabelClassifierCV(bayes, method=method, store_cv_results=True)
    clf.fit(features[:1000], labels[:1000])
    results = clf.cv_results_
    assert (results["ece_after"] < results["ece_before"]).all()
    assert (results["brier_after"] < results["brier_before"]).all()
    plain = FixedThresholdMultiLabelClassifier(bayes).fit(features[:1000], labels[:1000])
    rest, truth = features[1000:], labels[1000:]
    assert brier_score_loss(truth, clf.predict_proba(rest)) < brier_score_loss(
        truth, plain.predict_proba(rest)
    )


@pytest.mark.slow
@pytest.mark.parametrize("base", [FOREST, KNeighborsClassifier()], ids=["forest", "neighbours"])
@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_calibration_of_probabilities_of_0_and_1(method, base):
    features, labels = make_multilabel_classification(
        1500, n_features=20, n_classes=4, random_state=0
    )
    clf = CalibratedMultiLabelClassifierCV(base, method=method, store_cv_results=True)
    results = clf.fit(features, labels).cv_results_
    assert results["brier_after"].mean() < results["brier_before"].mean() + 0.002


@pytest.mark.slow
def test_temperature_keeps_predictions():
    pytest.importorskip("sklearn", "1.8")
    clf = CalibratedMultiLabelClassifierCV(PER_LABEL, method="temperature").fit(X, Y)
    assert_array_equal(clf.predict(X), clf.estimator_.predict(X))


def test_constant_labels_are_not_calibrated():
    labels = FRAME.copy()
    labels["sky"] = 0
    with pytest.warns(UserWarning, match="cannot be calibrated: 'sky'") as caught:
        clf = CalibratedMultiLabelClassifierCV(FOREST, cv=3).fit(X, labels)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert clf.calibrators_[1] is None
    assert_allclose(clf.predict_proba(X)[:, 1], 0, atol=1e-9)


def test_fitted_estimator():
    fitted = clone(PER_LABEL).fit(X[:60], Y[:60])
    clf = CalibratedMultiLabelClassifierCV(FrozenEstimator(fitted), cv=3).fit(X[60:], Y[60:])
    assert_allclose(
        np.column_stack([p[:, 1] for p in clf.estimator_.predict_proba(X)]),
        np.column_stack([p[:, 1] for p in fitted.predict_proba(X)]),
    )
