"""The history of a training as data frames."""

import numpy as np
import pandas as pd
import pytest
from skorch.history import History

from skmlic.training._history import join_frames, make_frames


def record(n_epochs):
    """Return a history of epochs with two training batches and a validation batch each."""
    history = History()
    for epoch in range(1, n_epochs + 1):
        history.new_epoch()
        history.record("epoch", epoch)
        for batch in (1, 2):
            history.new_batch()
            history.record_batch("train_loss", epoch + batch / 10)
            history.record_batch("lr", 0.1 / batch)
        history.new_batch()
        history.record_batch("valid_loss", 0.5)
        history.record("train_batch_count", 2)
        history.record("train_loss", epoch + 0.15)
        history.record("train_loss_best", True)
        history.record("dur", 1.5)
    return history


def test_frames_of_a_history():
    epochs, batches = make_frames(record(2), "head", n_before=3)
    expected = pd.DataFrame(
        {"trained": "head", "train_loss": [1.15, 2.15], "seconds": 1.5, "lr": 0.05},
        index=pd.RangeIndex(4, 6, name="epoch"),
    )
    pd.testing.assert_frame_equal(epochs, expected)
    assert batches.index.names == ["epoch", "batch"]
    assert list(batches.index) == [(4, 1), (4, 2), (5, 1), (5, 2)]
    assert list(batches.columns) == ["trained", "train_loss", "lr"]
    assert batches["train_loss"].tolist() == pytest.approx([1.1, 1.2, 2.1, 2.2])


def test_a_phase_without_epochs():
    epochs, batches = make_frames(History(), "head", n_before=0)
    assert len(epochs) == len(batches) == 0
    joined, joined_batches = join_frames(
        [(epochs, batches), make_frames(record(1), "all", n_before=0)]
    )
    assert list(joined.index) == [1]
    assert joined["trained"].tolist() == ["all"]
    assert list(joined_batches.index) == [(1, 1), (1, 2)]


def test_joined_phases_are_counted_together():
    parts = [make_frames(record(2), "head", 0), make_frames(record(1), "all", 2)]
    epochs, batches = join_frames(parts)
    assert list(epochs.index) == [1, 2, 3]
    assert epochs["trained"].tolist() == ["head", "head", "all"]
    assert batches.index.get_level_values("epoch").tolist() == [1, 1, 2, 2, 3, 3]


def test_history_of_a_head(make_on_features, features):
    clf = make_on_features(max_epochs=3, batch_size=100).fit(*features)
    assert list(clf.history_.index) == [1, 2, 3]
    assert list(clf.history_.columns) == ["trained", "seconds", "train_loss", "lr"]
    assert (clf.history_["trained"] == "head").all()
    assert (clf.history_["lr"] == 1e-3).all()
    assert list(clf.batch_history_.index) == [(e, b) for e in (1, 2, 3) for b in (1, 2, 3)]
    first = clf.batch_history_.loc[1]
    expected = np.average(first["train_loss"], weights=first["train_batch_size"])
    assert clf.history_.loc[1, "train_loss"] == pytest.approx(expected)
    assert (clf.batch_history_["seconds"] > 0).all()


def test_history_of_fine_tuning_counts_on_and_has_both_rates(fine_tuned_classifier):
    clf = fine_tuned_classifier.classifier
    assert list(clf.history_["trained"]) == ["head", "head", "all", "all"]
    assert clf.n_iter_ == 4
    assert list(clf.history_.index) == [1, 2, 3, 4]
    assert clf.history_["backbone_lr"].isna().tolist() == [True, True, False, False]
    assert (clf.history_["backbone_lr"].dropna() == 2e-4).all()
    assert clf.batch_history_.index.get_level_values("epoch").unique().tolist() == [1, 2, 3, 4]
