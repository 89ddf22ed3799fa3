"""Co-occurrence of labels."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import jaccard_score

from skmlic.plots import LabelCooccurrenceDisplay

RNG = np.random.default_rng(0)
Y = pd.DataFrame(
    RNG.uniform(size=(200, 5)) < [0.6, 0.01, 0.3, 0.1, 0.05],
    columns=["person", "kite", "dog", "cat", "boat"],
).astype(int)


def test_measures_of_cooccurrence():
    display = LabelCooccurrenceDisplay.from_labels(Y)
    conditional, jaccard, lift = map(display.frame, ("conditional", "jaccard", "lift"))
    for a in Y:
        for b in Y:
            assert_allclose(conditional.loc[a, b], Y.loc[Y[a] == 1, b].mean())
            assert_allclose(jaccard.loc[a, b], jaccard_score(Y[a], Y[b]))
            together = ((Y[a] == 1) & (Y[b] == 1)).mean()
            assert_allclose(lift.loc[a, b], together / Y[a].mean() / Y[b].mean())
    pd.testing.assert_frame_equal(jaccard, jaccard.T)


def test_cooccurrence_among_annotated_samples():
    """A pair of labels is counted in the samples in which both are annotated."""
    missing = Y.astype(float)
    missing.loc[:99, "dog"] = np.nan
    part = LabelCooccurrenceDisplay.from_labels(Y.loc[100:])
    for measure in ("conditional", "jaccard", "lift"):
        got = LabelCooccurrenceDisplay.from_labels(missing).frame(measure)
        assert_allclose(got["dog"], part.frame(measure)["dog"])
        assert_allclose(got.loc["dog"], part.frame(measure).loc["dog"])


@pytest.mark.parametrize("measure", ["conditional", "jaccard", "lift"])
def test_heat_map(measure):
    display = LabelCooccurrenceDisplay.from_labels(Y, measure=measure)
    names = [text.get_text() for text in display.ax_.get_xticklabels()]
    assert names == [text.get_text() for text in display.ax_.get_yticklabels()]
    assert names == list(Y.columns[display.order_])
    drawn = display.image_.get_array()
    expected = display.frame(measure).loc[names, names].to_numpy()
    outside = ~np.eye(5, dtype=bool)
    limits = (1 / 8, 8) if measure == "lift" else (0, 1)
    assert_allclose(np.asarray(drawn)[outside], np.clip(expected, *limits)[outside])
    assert np.ma.getmaskarray(drawn).diagonal().all() or np.isnan(np.diagonal(drawn)).all()
    assert len(display.ax_.texts) == 20
    display.figure_.draw_without_rendering()


def test_labels_that_occur_together_are_neighbours():
    parts = RNG.uniform(size=(200, 3)) < 0.3
    mixed = parts[:, [0, 1, 2, 0, 1, 2]] ^ (RNG.uniform(size=(200, 6)) < 0.02)
    order = LabelCooccurrenceDisplay.from_labels(mixed).order_
    assert [order[k] % 3 == order[k + 1] % 3 for k in (0, 2, 4)] == [True] * 3


def test_labels_of_a_heat_map():
    display = LabelCooccurrenceDisplay.from_labels(Y.assign(kite=0), max_labels=3)
    assert set(Y.columns[display.order_]) == {"person", "dog", "cat"}
    assert set(display.plot(max_labels=None).order_) == {0, 2, 3, 4}
    assert set(display.plot(labels=["boat", "dog"]).order_) == {2, 4}
    with pytest.raises(ValueError, match="measure='cosine': expected one of"):
        display.plot(measure="cosine")
    with pytest.raises(ValueError, match="No label occurs"):
        LabelCooccurrenceDisplay.from_labels(Y * 0)
