"""Reliability curves of labels."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.calibration import calibration_curve

from skmlic.metrics import expected_calibration_error
from skmlic.plots import MultiLabelCalibrationDisplay

RNG = np.random.default_rng(0)
PROBA = RNG.uniform(size=(200, 4))
Y = pd.DataFrame(RNG.uniform(size=PROBA.shape) < PROBA ** [1, 2, 3, 4], columns=list("abcd"))


@pytest.mark.parametrize("n_bins", [5, 10])
def test_calibration_is_that_of_sklearn(n_bins):
    display = MultiLabelCalibrationDisplay.from_predictions(Y, PROBA, n_bins=n_bins)
    for name, proba, curve in zip(Y, PROBA.T, display.curves, strict=True):
        observed, predicted = calibration_curve(Y[name], proba, n_bins=n_bins)
        assert_allclose(curve.predicted, predicted)
        assert_allclose(curve.observed, observed)
    errors = expected_calibration_error(Y, PROBA, average=None, n_bins=n_bins)
    assert_allclose(display.errors, errors)
    observed, predicted = calibration_curve(Y.to_numpy().ravel(), PROBA.ravel(), n_bins=n_bins)
    assert_allclose(display.pooled.predicted, predicted)
    assert_allclose(display.pooled.observed, observed)
    assert display.bin_counts.sum() == PROBA.size
    heights = [bar.get_height() for bar in display.histogram_ax_.patches]
    assert heights == display.bin_counts.tolist()


def test_calibration_display():
    display = MultiLabelCalibrationDisplay.from_predictions(Y, PROBA, labels="worst", max_labels=1)
    worst = Y.columns[display.errors.argmax()]
    assert list(display.lines_) == [worst, "all pairs"]
    frame = display.frame()
    assert list(frame.columns) == ["label", "predicted", "observed"]
    assert list(frame["label"].unique()) == [*"abcd", "all pairs"]
    with pytest.raises(ValueError, match="expected probabilities"):
        MultiLabelCalibrationDisplay.from_predictions(Y, PROBA * 4 - 2)


def test_calibration_of_a_label_without_annotations():
    display = MultiLabelCalibrationDisplay.from_predictions(Y.astype(float).assign(b=np.nan), PROBA)
    assert np.isnan(display.errors[1])
    assert "b" not in display.lines_
