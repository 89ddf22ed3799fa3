"""Tests of saving each class of estimators, calibrators and parameters."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import ShuffleSplit

from skmlic import ImageEmbedder
from skmlic._utils._compat import TemperatureScaling
from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.dummy import DummyMultiLabelClassifier
from skmlic.model_selection import (
    FixedThresholdMultiLabelClassifier,
    MultiLabelStratifiedKFold,
    TunedThresholdMultiLabelClassifierCV,
)
from skmlic.objectives import ExpectedCost, FBeta

SPLITS = [(np.arange(30), np.arange(30, 60)), (np.arange(30, 60), np.arange(30))]
META_ESTIMATORS = {
    "tuned": lambda clf: TunedThresholdMultiLabelClassifierCV(
        clf, cv=MultiLabelStratifiedKFold(3, shuffle=True, random_state=0), objective=FBeta(2.0)
    ),
    "tuned once": lambda clf: TunedThresholdMultiLabelClassifierCV(
        clf,
        cv=ShuffleSplit(1, test_size=0.5, random_state=0),
        refit=False,
        objective=ExpectedCost([[0, 1], [5, 0]]),
        strategy="per_label",
        store_cv_results=True,
    ),
    "given splits": lambda clf: TunedThresholdMultiLabelClassifierCV(clf, cv=SPLITS),
    "fixed by dict": lambda clf: FixedThresholdMultiLabelClassifier(clf, threshold={"0": 0.3}),
    "fixed by series": lambda clf: FixedThresholdMultiLabelClassifier(
        clf, threshold=pd.Series({"0": 0.3})
    ),
    "sigmoid": lambda clf: CalibratedMultiLabelClassifierCV(clf, cv=2, store_cv_results=True),
    "isotonic": lambda clf: CalibratedMultiLabelClassifierCV(clf, cv=2, method="isotonic"),
    "nested": lambda clf: TunedThresholdMultiLabelClassifierCV(
        CalibratedMultiLabelClassifierCV(clf, cv=2), cv=0.5, random_state=0
    ),
    "dummy": lambda clf: DummyMultiLabelClassifier("stratified", random_state=3),
}
CASES = [(name, 1 + place % 3) for place, name in enumerate(META_ESTIMATORS)]
CASES += [("tuned", 2), ("tuned", 3), ("isotonic", 2), ("isotonic", 3)]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "n_labels"), CASES)
def test_meta_estimators(name, n_labels, make_head, features, go_through_file, assert_same):
    X, Y = features
    Y = Y[:, :n_labels]
    model = META_ESTIMATORS[name](make_head(max_epochs=3)).fit(X, Y)
    loaded = go_through_file(model)
    assert_same(loaded, model)
    assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    assert_array_equal(loaded.predict(X), model.predict(X))
    assert_same(clone(loaded).fit(X, Y).predict(X), model.predict(X))


@pytest.mark.slow
@pytest.mark.skipif(TemperatureScaling is None, reason="since scikit-learn 1.8")
def test_temperature_scaling(make_head, features, go_through_file):
    X, Y = features
    model = CalibratedMultiLabelClassifierCV(make_head(), cv=2, method="temperature").fit(X, Y)
    loaded = go_through_file(model)
    assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize("strategy", ["top_k", "fbr"])
def test_infinite_thresholds(strategy, make_head, features, go_through_file, assert_same):
    model = TunedThresholdMultiLabelClassifierCV(make_head(), cv=2, strategy=strategy)
    assert_same(go_through_file(model.fit(*features)), model)


def test_label_without_calibrator(make_head, features, go_through_file, assert_same):
    X, Y = features
    Y = np.column_stack([Y[:, 0], np.zeros(len(Y), dtype=int)])
    with pytest.warns(UserWarning, match="cannot be calibrated"):
        model = CalibratedMultiLabelClassifierCV(make_head(), cv=2).fit(X, Y)
    assert model.calibrators_[1] is None
    assert_same(go_through_file(model), model)


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [32, [24, 32]], ids=["one size", "two sizes"])
def test_embedders(sizes, images, go_through_file, assert_same):
    X, _, _ = images
    embedder = ImageEmbedder("tiny_cnn", image_size=sizes, engine="torch", precision="fp32").fit(X)
    loaded = go_through_file(embedder)
    assert_same(loaded, embedder)
    assert_array_equal(loaded.transform(X), embedder.transform(X))
    assert list(loaded.get_feature_names_out()) == list(embedder.get_feature_names_out())


def test_embedder_of_features(features, go_through_file, assert_same):
    embedder = ImageEmbedder("precomputed").fit(features[0])
    assert_same(go_through_file(embedder), embedder)
