"""Scores of backbones by their cost."""

import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from skmlic.comparison import compare_backbones
from skmlic.datasets import make_multilabel_shapes
from skmlic.dummy import DummyMultiLabelClassifier
from skmlic.plots._comparison import BackboneComparisonDisplay
from skmlic.plots._label_placement import compute_overlap

RESULTS = pd.DataFrame(
    {
        "map": [0.95, 0.953, 0.951, np.nan, 0.90],
        "map_std": [0.01, 0.012, 0.008, np.nan, 0.02],
        "size_mb": [14.0, 18.0, 16.0, np.nan, 500.0],
        "fit_s": [1.0, 1.1, 0.9, np.nan, 0.0],
    },
    index=["efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2", "failed", "vgg16"],
)


def test_display():
    display = BackboneComparisonDisplay.from_results(RESULTS, cost="size_mb")
    assert display.labels == [name for name in RESULTS.index if name != "failed"]
    drawn = RESULTS.drop(index="failed")
    points = [container.lines[0] for container in display.errorbars_]
    assert_allclose([point.get_xdata()[0] for point in points], drawn["size_mb"])
    assert_allclose([point.get_ydata()[0] for point in points], drawn["map"])
    segments = [container.lines[2][0].get_segments()[0] for container in display.errorbars_]
    assert_allclose([np.ptp(segment[:, 1]) for segment in segments], 2 * drawn["map_std"])
    assert [text.get_color() for text in display.texts_] == [point.get_color() for point in points]
    assert display.ax_.get_xscale() == "log"
    assert display.ax_.get_xlabel() == "weights in MB"
    assert display.ax_.get_ylabel() == "mean average precision"
    assert display.figure_ is display.ax_.figure
    assert [text.get_text() for text in display.texts_] == display.labels
    frame = display.frame()
    assert list(frame.index) == display.labels
    assert list(frame.columns) == [
        "weights in MB",
        "mean average precision",
        "mean average precision std",
    ]
    assert_allclose(frame["mean average precision"], display.scores)


def test_labels_hide_nothing():
    display = BackboneComparisonDisplay.from_results(RESULTS, cost="size_mb")
    boxes = [text.get_window_extent().extents for text in display.texts_]
    points = display.ax_.transData.transform(np.column_stack([display.costs, display.scores]))
    boxes += [(x - 2, y - 2, x + 2, y + 2) for x, y in points]
    for place, box in enumerate(boxes):
        assert all(compute_overlap(box, other) == 0 for other in boxes[:place])
    inside = display.ax_.get_window_extent().extents
    for left, bottom, right, top in boxes:
        assert inside[0] <= left < right <= inside[2]
        assert inside[1] <= bottom < top <= inside[3]


def test_axes_are_the_users():
    figure, ax = plt.subplots()
    display = BackboneComparisonDisplay.from_results(RESULTS, cost="size_mb", ax=ax, color="red")
    assert display.ax_ is ax
    assert display.figure_ is figure
    assert {container.lines[0].get_color() for container in display.errorbars_} == {"red"}
    again = display.plot()
    assert again is display
    assert display.ax_ is not ax


def test_other_columns():
    plain = RESULTS.rename(columns={"map": "my score"})
    display = BackboneComparisonDisplay.from_results(plain, score="my score", cost="fit_s")
    assert display.score_stds is None
    assert display.ax_.get_ylabel() == "my score"
    # A cost of 0 has no place on a logarithmic axis.
    assert display.ax_.get_xscale() == "linear"


def test_display_of_a_comparison():
    X, Y = make_multilabel_shapes(20, n_labels=2, random_state=0)
    results = compare_backbones(X, Y, {"row": DummyMultiLabelClassifier()}, cv=2, scoring="map")
    display = BackboneComparisonDisplay.from_results(results)
    assert display.labels == ["row"]
    assert display.ax_.get_xlabel() == "seconds to predict 1000 images"


def test_wrong_display(monkeypatch):
    with pytest.raises(ValueError, match=r"score='mapp' is not a column of .* columns are 'map'"):
        BackboneComparisonDisplay.from_results(RESULTS, score="mapp")
    with pytest.raises(ValueError, match="cost='mb' is not a column"):
        BackboneComparisonDisplay.from_results(RESULTS, cost="mb")
    with pytest.raises(ValueError, match="No row has both 'map' and 'size_mb'"):
        BackboneComparisonDisplay.from_results(RESULTS.loc[["failed"]], cost="size_mb")
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"need matplotlib: pip install 'skmlic\[plot\]'"):
        BackboneComparisonDisplay.from_results(RESULTS, cost="size_mb")
