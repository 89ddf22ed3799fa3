"""Callbacks of a training."""

import copy
import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.exceptions import UndefinedMetricWarning
from skorch.callbacks import Callback

from skmlic import TransferMultiLabelClassifier
from skmlic.metrics import get_scorer
from skmlic.training._callbacks import BestWeights
from skmlic.training._scoring import choose_scoring


def test_progress_shows_epochs_and_losses(make_on_features, features, capsys):
    clf = make_on_features(max_epochs=3, verbose=1, early_stopping=True).fit(*features)
    shown = capsys.readouterr().err
    assert "3/3" in shown
    assert f"loss={clf.history_['train_loss'].iloc[-1]:.4f}" in shown
    assert f"valid={clf.history_['valid_loss'].iloc[-1]:.4f}" in shown
    clf.set_params(verbose=0).fit(*features)
    assert not capsys.readouterr().err


def test_seconds_and_rates_of_batches(make_on_features, features):
    clf = make_on_features(max_epochs=2, lr=0.5, optimizer="sgd", batch_size=80).fit(*features)
    assert (clf.batch_history_["lr"] == 0.5).all()
    by_epoch = clf.batch_history_["seconds"].groupby("epoch").sum()
    assert (by_epoch < clf.history_["seconds"]).all()


def test_an_undefined_score_is_warned_of_once(make_on_features, features):
    X, Y = features
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        clf = make_on_features(max_epochs=3, scoring="map")
        clf.fit(X, Y, X_val=X, y_val=Y * [1, 1, 0])
    assert [warning.category for warning in caught] == [UndefinedMetricWarning]
    assert np.isfinite(clf.history_["map"]).all()


def test_scores_come_from_one_pass(make_on_features, features):
    batches = []

    class Note(Callback):
        def on_batch_end(self, net, batch=None, training=None, **kwargs):
            batches.append(training)

        def __deepcopy__(self, memo):
            return self

    X, Y = features
    clf = make_on_features(
        max_epochs=2, scoring=["map", "f1_macro"], net_params={"callbacks": [Note()]}
    )
    clf.fit(X, Y, X_val=X, y_val=Y)
    assert batches.count(False) == 2


def test_best_weights_can_be_saved_and_loaded(make_on_features, features):
    states = []

    class Save(Callback):
        """Save the state of the callback before it."""

        def on_train_end(self, net, **kwargs):
            states.extend(c.state_dict() for _, c in net.callbacks_ if isinstance(c, BestWeights))

        def __deepcopy__(self, memo):
            return self

    parameters = {"early_stopping": True, "max_epochs": 4}
    clf = make_on_features(**parameters, net_params={"callbacks": [Save()]}).fit(*features)
    scoring = choose_scoring("loss", is_binary=False)
    restored = BestWeights(scoring, patience=5)
    restored.load_state_dict(copy.deepcopy(states[0]))
    assert restored.best_epoch_ == clf.best_epoch_
    assert restored.dynamic_threshold_ == pytest.approx(clf.history_["valid_loss"].min())


needs_callbacks = pytest.mark.skipif(
    not hasattr(TransferMultiLabelClassifier, "set_callbacks"),
    reason="scikit-learn has callbacks since 1.9",
)


@pytest.mark.slow
@needs_callbacks
def test_callbacks_of_scikit_learn_score_the_head_of_fine_tuning(make_trainable, shapes):
    from sklearn.callback import ScoringMonitor

    monitor = ScoringMonitor(scoring=get_scorer("map"))
    clf = make_trainable(max_epochs=4, unfreeze_after=2).set_callbacks(monitor).fit(*shapes)
    assert clf.n_iter_ == 4
    log = monitor.get_logs().data_as_pandas
    assert (log["task_name"] == "epoch").sum() == 2
    plain = make_trainable(max_epochs=4, unfreeze_after=2).fit(*shapes)
    assert_array_equal(clf.predict_proba(shapes[0]), plain.predict_proba(shapes[0]))
