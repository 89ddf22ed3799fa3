"""Estimators around those of scikit-learn in the files of skops."""

import importlib

import numpy as np
import pytest
from sklearn.datasets import make_multilabel_classification
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlic import TransferMultiLabelClassifier
from skmlic._utils._compat import TemperatureScaling
from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.export import get_trusted_types
from skmlic.model_selection import (
    FixedThresholdMultiLabelClassifier,
    MultiLabelStratifiedKFold,
    TunedThresholdMultiLabelClassifierCV,
)

LOGISTIC = make_pipeline(StandardScaler(), MultiOutputClassifier(LogisticRegression()))


@pytest.fixture
def io():
    return pytest.importorskip("skops.io")


@pytest.mark.parametrize(
    "model",
    [
        TunedThresholdMultiLabelClassifierCV(LOGISTIC, cv=MultiLabelStratifiedKFold(3)),
        FixedThresholdMultiLabelClassifier(CalibratedMultiLabelClassifierCV(LOGISTIC, cv=3)),
        CalibratedMultiLabelClassifierCV(LOGISTIC, cv=3, method="isotonic"),
        pytest.param(
            CalibratedMultiLabelClassifierCV(LOGISTIC, cv=3, method="temperature"),
            marks=pytest.mark.skipif(TemperatureScaling is None, reason="needs scikit-learn 1.8"),
        ),
    ],
    ids=["tuned", "fixed and calibrated", "isotonic", "temperature"],
)
def test_estimators_around_those_of_scikit_learn(model, io):
    X, Y = make_multilabel_classification(60, n_classes=3, random_state=0)
    model.fit(X, Y)
    content = io.dumps(model)
    assert io.get_untrusted_types(data=content)
    loaded = io.loads(content, trusted=get_trusted_types())
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))


def test_parameters_of_a_classifier(io):
    model = TransferMultiLabelClassifier("tiny_cnn").set_params(training__n_views=2)
    loaded = io.loads(io.dumps(model), trusted=get_trusted_types())
    assert loaded.training.n_views == 2
    assert loaded.backbone == "tiny_cnn"


# The guide says so; once this fails, skops can be recommended for more estimators.
def test_fitted_networks_cannot_be_dumped(frozen_classifier, io):
    with pytest.raises(Exception, match=r"TensorBase|__reduce__"):
        io.dumps(frozen_classifier.classifier)


def test_names_are_those_of_classes():
    for name in get_trusted_types():
        module, _, cls = name.rpartition(".")
        assert isinstance(getattr(importlib.import_module(module), cls), type)
