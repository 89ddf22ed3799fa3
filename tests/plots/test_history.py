"""History of a training."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skmlic import TrainingOptions, TransferMultiLabelClassifier
from skmlic.datasets import make_multilabel_shapes
from skmlic.model_selection import MultiLabelStratifiedKFold, TunedThresholdMultiLabelClassifierCV
from skmlic.plots import TrainingHistoryDisplay

X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)


def make(**params):
    return TransferMultiLabelClassifier("tiny_cnn", max_epochs=4, random_state=0, **params)


def test_panels():
    clf = make(
        freeze=False,
        training=TrainingOptions(unfreeze_after=2, backbone_lr=1e-4, validation_fraction=0.3),
        lr_schedule="cosine",
        early_stopping=True,
        scoring=["map", "f1_macro", "loss"],
    ).fit(X, Y)
    display = TrainingHistoryDisplay.from_estimator(clf)
    history = clf.history_
    assert [ax.get_ylabel() for ax in display.ax_] == ["Loss", "Score", "Learning rate"]
    losses, scores, rates = display.ax_
    assert_allclose(losses.lines[0].get_ydata(), history["train_loss"])
    assert_allclose(losses.lines[1].get_ydata(), history["valid_loss"])
    assert_allclose(scores.lines[0].get_ydata(), history["map"])
    assert_allclose(scores.lines[1].get_ydata(), history["f1_macro"])
    assert_allclose(rates.lines[1].get_ydata(), history["backbone_lr"])
    assert rates.get_yscale() == "log"
    assert losses.lines[0].get_xdata().tolist() == history.index.tolist()
    texts = [text.get_text() for text in losses.get_legend().get_texts()]
    assert texts == ["training", "held out", "head alone trained", f"best epoch: {clf.best_epoch_}"]
    pd.testing.assert_frame_equal(display.frame(), history)
    assert display.frame() is not history


@pytest.mark.parametrize("n_epochs", [1, 4])
def test_a_plain_training_has_one_panel(n_epochs):
    clf = make().set_params(max_epochs=n_epochs).fit(X, Y)
    display = TrainingHistoryDisplay.from_estimator(clf)
    assert [ax.get_ylabel() for ax in display.ax_] == ["Loss"]
    texts = [text.get_text() for text in display.ax_[0].get_legend().get_texts()]
    assert texts == ["training"]
    assert not display.ax_[0].patches


def test_a_kernel_head_has_the_loss_of_leave_one_out_scores():
    clf = TransferMultiLabelClassifier("tiny_cnn", head="kernel", random_state=0).fit(X, Y)
    display = TrainingHistoryDisplay.from_estimator(clf)
    (losses,) = display.ax_
    assert losses.get_ylabel() == "Loss"
    assert [text.get_text() for text in losses.get_legend().get_texts()] == ["leave-one-out"]
    assert_allclose(losses.lines[0].get_ydata(), clf.history_["loo_loss"])


def test_a_classifier_inside():
    clf = make()
    tuned = TunedThresholdMultiLabelClassifierCV(clf, cv=2).fit(X, Y)
    search = GridSearchCV(
        make_pipeline(make()),
        {"transfermultilabelclassifier__dropout": [0.1]},
        cv=MultiLabelStratifiedKFold(2),
    ).fit(X, Y)
    for estimator in (tuned, search):
        display = TrainingHistoryDisplay.from_estimator(estimator)
        assert display.history["train_loss"].notna().all()
    _, ax = plt.subplots()
    assert TrainingHistoryDisplay.from_estimator(tuned, ax=ax).figure_ is ax.figure


def test_without_history():
    with pytest.raises(ValueError, match="LogisticRegression has no history_; expected a fitted"):
        TrainingHistoryDisplay.from_estimator(LogisticRegression())
    with pytest.raises(ValueError, match="Classifier has no history_"):
        TrainingHistoryDisplay.from_estimator(make())
