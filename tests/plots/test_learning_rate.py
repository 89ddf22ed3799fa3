"""Loss of a training by learning rate."""

import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.testing import assert_allclose

from skmlic import TransferMultiLabelClassifier
from skmlic.learning_rate import LearningRateDisplay, LearningRateFinder

FEATURES = np.random.RandomState(0).normal(size=(100, 5)).astype(np.float32)
TARGETS = (FEATURES[:, :3] + 0.3 * FEATURES[:, 2:5] > 0).astype(int)


@pytest.fixture(scope="module")
def finder():
    clf = TransferMultiLabelClassifier("precomputed", batch_size=32, random_state=0)
    return LearningRateFinder(clf, n_steps=20).fit(FEATURES, TARGETS)


def test_display(finder):
    display = finder.plot()
    assert isinstance(display, LearningRateDisplay)
    assert display.ax_.get_xscale() == "log"
    assert display.figure_ is display.ax_.figure
    assert_allclose(display.line_.get_ydata(), finder.smoothed_losses_)
    frame = display.frame()
    assert list(frame.columns) == ["rate", "loss", "smoothed_loss"]
    assert_allclose(frame["smoothed_loss"], finder.smoothed_losses_)
    _, ax = plt.subplots()
    other = LearningRateDisplay.from_estimator(finder, ax=ax)
    assert other.ax_ is ax
    assert other.best_lr == finder.best_lr_
    unmarked = LearningRateDisplay(finder.rates_, finder.losses_, finder.smoothed_losses_).plot()
    assert len(unmarked.ax_.lines) == 2


def test_display_without_matplotlib(finder, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"pip install 'skmlic\[plot\]'"):
        finder.plot()
