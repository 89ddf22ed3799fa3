"""Confusion matrices of labels."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn import metrics as sklearn_metrics

from skmlic import metrics
from skmlic.plots import MultiLabelConfusionMatrixDisplay

RNG = np.random.default_rng(0)
PROBA = RNG.uniform(size=(200, 4))
Y = pd.DataFrame(RNG.uniform(size=PROBA.shape) < PROBA ** [1, 2, 3, 4], columns=list("abcd"))


@pytest.mark.parametrize(
    "weight", [None, RNG.integers(1, 4, size=200)], ids=["unweighted", "weighted"]
)
@pytest.mark.parametrize("n_labels", [1, 2, 3])
def test_matrices_are_those_of_sklearn(weight, n_labels):
    truth, predictions = Y.iloc[:, :n_labels].astype(int), (PROBA[:, :n_labels] > 0.5).astype(int)
    display = MultiLabelConfusionMatrixDisplay.from_predictions(
        truth, predictions, sample_weight=weight
    )
    for j, matrix in enumerate(display.matrices):
        expected = sklearn_metrics.confusion_matrix(
            truth.iloc[:, j], predictions[:, j], sample_weight=weight
        )
        assert_allclose(matrix, expected)
        frame = display.frame()
        assert_allclose(frame.loc[j, ["tn", "fp", "fn", "tp"]].astype(float), expected.ravel())
        texts = [text.get_text() for text in display.ax_.flat[j].texts]
        assert texts == [f"{number:.6g}" for number in expected.ravel()]


@pytest.mark.parametrize("normalize", ["true", "pred", "all"])
def test_fractions(normalize):
    predictions = PROBA > 0.5
    display = MultiLabelConfusionMatrixDisplay.from_predictions(Y, predictions, normalize=normalize)
    expected = sklearn_metrics.confusion_matrix(Y["a"], predictions[:, 0], normalize=normalize)
    texts = [text.get_text() for text in display.ax_.flat[0].texts]
    assert texts == [f"{number:.2f}" for number in expected.ravel()]
    with pytest.raises(ValueError, match="normalize='rows': expected one of"):
        display.plot(normalize="rows")


def test_fractions_of_zero():
    display = MultiLabelConfusionMatrixDisplay(np.array([[[5, 0], [0, 0]]]), label_names=["rare"])
    texts = [text.get_text() for text in display.plot(normalize="true").ax_.flat[0].texts]
    assert texts == ["1.00", "0.00", "–", "–"]


@pytest.mark.slow
def test_pages():
    matrices = np.arange(45 * 4).reshape(45, 2, 2)
    display = MultiLabelConfusionMatrixDisplay(matrices, label_names=[f"l{j}" for j in range(45)])
    shown = []
    for page in (1, 2, 3):
        display.plot(page=page)
        shown += [ax.get_title() for ax in display.ax_.flat if ax.axison]
    assert display.n_pages_ == 3
    assert shown == display.label_names
    assert display.plot(per_page=6, page=8).ax_.shape == (1, 3)
    with pytest.raises(ValueError, match="page=4: expected a page from 1 to 3"):
        display.plot(page=4)
    with pytest.raises(ValueError, match="per_page=0: expected"):
        display.plot(per_page=0)
    with pytest.raises(ValueError, match="nothing to draw"):
        display.plot(labels=[])


def test_order_of_matrices():
    predictions = PROBA > 0.5
    display = MultiLabelConfusionMatrixDisplay.from_predictions(Y, predictions, labels="worst")
    f1 = metrics.f1_score(Y, predictions, average=None)
    assert [ax.get_title() for ax in display.ax_.flat] == list(Y.columns[np.argsort(f1)])
    named = display.plot(labels=["c", "a"])
    assert [ax.get_title() for ax in named.ax_.flat] == ["c", "a"]
