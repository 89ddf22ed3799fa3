"""Frequency of labels."""

import numpy as np
import pandas as pd
from numpy.testing import assert_allclose
from scipy import sparse

from skmlic.metrics import imbalance_summary
from skmlic.plots import LabelFrequencyDisplay

RNG = np.random.default_rng(0)
Y = pd.DataFrame(
    RNG.uniform(size=(200, 5)) < [0.6, 0.01, 0.3, 0.1, 0.05],
    columns=["person", "kite", "dog", "cat", "boat"],
).astype(int)


def test_frequencies_are_those_of_the_summary():
    display = LabelFrequencyDisplay.from_labels(Y)
    expected = imbalance_summary(Y).labels
    frame = display.frame().set_index("label")
    assert frame["count"].to_dict() == expected["count"].to_dict()
    assert_allclose(frame["frequency"], expected["frequency"][frame.index])
    assert frame["count"].is_monotonic_decreasing
    assert display.ax_.get_xscale() == "log"
    assert [text.get_text() for text in display.ax_.get_yticklabels()] == list(frame.index)
    assert [text.get_text() for text in display.ax_.texts] == list(map(str, frame["count"]))
    of_sparse = LabelFrequencyDisplay.from_labels(sparse.csr_array(Y), label_names=list(Y))
    pd.testing.assert_frame_equal(of_sparse.frame(), display.frame())


def test_rare_labels_are_marked():
    display = LabelFrequencyDisplay.from_labels(Y, rare_below=15)
    n_rare = (Y.sum() < 15).sum()
    hatched = [bar.get_hatch() is not None for bar in display.bars_]
    assert hatched == [False] * (5 - n_rare) + [True] * n_rare
    text = display.ax_.get_legend().get_texts()[0].get_text()
    assert text == f"{n_rare} of 5 labels with fewer than 15 positives"
    assert display.plot(rare_below=1).ax_.get_legend() is None
    assert len(display.plot(max_labels=2).bars_) == 2


def test_labels_that_never_occur():
    display = LabelFrequencyDisplay.from_labels(Y.assign(kite=0))
    assert display.frame()["count"].min() == 0
    assert display.ax_.texts[-1].get_text() == "0"
    display.figure_.draw_without_rendering()
    LabelFrequencyDisplay.from_labels(Y * 0)


def test_frequency_among_annotated_samples():
    missing = Y.astype(float)
    missing.loc[:99, "dog"] = np.nan
    frame = LabelFrequencyDisplay.from_labels(missing).frame().set_index("label")
    assert frame.loc["dog", "count"] == Y.loc[100:, "dog"].sum()
    assert_allclose(frame.loc["dog", "frequency"], Y.loc[100:, "dog"].mean())
