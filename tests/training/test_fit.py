"""Validation, early stopping, histories, training that goes on, and training kept on disk."""

import pickle
import signal
import subprocess
import sys
import textwrap
import time
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import make_multilabel_classification
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import log_loss
from skorch.callbacks import Callback

from skmlic.datasets import make_multilabel_shapes
from skmlic.metrics import get_scorer
from skmlic.training._net import MultiLabelNet


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((240, 8)).astype(np.float32)
    Y = (X[:, :3] + rng.standard_normal((240, 3)) > 0).astype(int)
    return X, Y


@pytest.fixture(scope="module")
def pictures():
    return make_multilabel_shapes(40, n_labels=3, random_state=0)


@pytest.fixture(scope="session")
def make(make_classifier):
    def make_it(**parameters):
        return make_classifier("precomputed", random_state=0, **parameters)

    return make_it


@pytest.fixture(scope="session")
def make_trainable(make_classifier):
    def make_it(**parameters):
        defaults = {"freeze": False, "max_epochs": 4, "unfreeze_after": 2, "batch_size": 16}
        return make_classifier(
            "tiny_cnn", pooling="avg", random_state=0, n_jobs=1, **{**defaults, **parameters}
        )

    return make_it


def without_seconds(clf):
    return clf.history_.drop(columns="seconds")


def stop_after(n_epochs, monkeypatch):
    """Interrupt the training once a net has trained so many epochs."""
    notify = MultiLabelNet.notify

    def interrupt(net, method_name, **arguments):
        notify(net, method_name, **arguments)
        if method_name == "on_epoch_end" and len(net.history) == n_epochs:
            raise KeyboardInterrupt

    monkeypatch.setattr(MultiLabelNet, "notify", interrupt)


def test_history_is_a_frame_of_epochs_and_one_of_batches(make, data):
    clf = make(max_epochs=3, batch_size=100).fit(*data)
    assert list(clf.history_.index) == [1, 2, 3]
    assert list(clf.history_.columns) == ["trained", "seconds", "train_loss", "lr"]
    assert (clf.history_["trained"] == "head").all()
    assert (clf.history_["lr"] == 1e-3).all()
    assert list(clf.batch_history_.index) == [(e, b) for e in (1, 2, 3) for b in (1, 2, 3)]
    first = clf.batch_history_.loc[1]
    expected = np.average(first["train_loss"], weights=first["train_batch_size"])
    assert clf.history_.loc[1, "train_loss"] == pytest.approx(expected)
    assert (clf.batch_history_["seconds"] > 0).all()


def test_history_of_fine_tuning_counts_epochs_on_and_has_both_rates(make_trainable, pictures):
    clf = make_trainable(backbone_lr=2e-4).fit(*pictures)
    assert list(clf.history_["trained"]) == ["head", "head", "all", "all"]
    assert list(clf.history_.index) == [1, 2, 3, 4]
    assert clf.history_["backbone_lr"].isna().tolist() == [True, True, False, False]
    assert (clf.history_["backbone_lr"].dropna() == 2e-4).all()
    assert clf.batch_history_.index.get_level_values("epoch").unique().tolist() == [1, 2, 3, 4]


def test_early_stopping_ends_with_the_best_weights(make, data):
    X, Y = data
    parameters = {"max_epochs": 200, "lr": 0.02, "early_stopping": True, "n_iter_no_change": 4}
    clf = make(**parameters).fit(X, Y)
    losses = clf.history_["valid_loss"]
    assert clf.best_epoch_ == losses.idxmin()
    assert clf.n_iter_ == clf.best_epoch_ + 4 < 200
    # Training up to that epoch alone gives the same weights.
    again = make(**{**parameters, "max_epochs": clf.best_epoch_}).fit(X, Y)
    np.testing.assert_array_equal(again.predict_proba(X), clf.predict_proba(X))


@pytest.mark.parametrize("scoring", ["map", ["f1_macro", "loss"], get_scorer("roc_auc")])
def test_early_stopping_on_a_scorer(make, data, scoring):
    X, Y = data
    clf = make(max_epochs=100, lr=0.02, early_stopping=True, scoring=scoring).fit(X, Y)
    name = scoring[0] if isinstance(scoring, list) else scoring
    column = name if isinstance(name, str) else clf.history_.columns[-2]
    assert clf.best_epoch_ == clf.history_[column].idxmax()
    assert clf.n_iter_ == clf.best_epoch_ + 5


def test_scores_of_a_given_validation_set_are_those_of_the_fitted_classifier(make, data):
    X, Y = data
    clf = make(max_epochs=5, scoring=["map", "subset_accuracy"])
    clf.fit(X[:160], Y[:160], X_val=X[160:], y_val=Y[160:])
    assert len(clf.history_) == 5
    last = clf.history_.iloc[-1]
    assert last["map"] == pytest.approx(get_scorer("map")(clf, X[160:], Y[160:]))
    expected = get_scorer("subset_accuracy")(clf, X[160:], Y[160:])
    assert last["subset_accuracy"] == pytest.approx(expected)
    of_labels = [
        log_loss(y, p) for y, p in zip(Y[160:].T, clf.predict_proba(X[160:]).T, strict=True)
    ]
    assert last["valid_loss"] == pytest.approx(np.mean(of_labels), rel=1e-4)


def test_a_validation_set_does_not_change_the_training(make, data):
    X, Y = data
    plain = make(max_epochs=4).fit(X[:160], Y[:160])
    watched = make(max_epochs=4).fit(X[:160], Y[:160], X_val=X[160:], y_val=Y[160:])
    np.testing.assert_array_equal(plain.predict_proba(X), watched.predict_proba(X))


def test_held_out_pictures_share_out_every_label(make):
    rng = np.random.default_rng(0)
    Y = (rng.random((200, 4)) < [0.5, 0.2, 0.1, 0.05]).astype(int)
    Y[:10, 3] = 1
    seen = {}

    class Look(Callback):
        def on_train_begin(self, net, X=None, y=None, **kwargs):
            seen["training"] = X.y

    X = rng.standard_normal((200, 3))
    make(max_epochs=1, early_stopping=True, net_params={"callbacks": [Look()]}).fit(X, Y)
    held_out = Y.sum(axis=0) - seen["training"].numpy().sum(axis=0)
    np.testing.assert_allclose(held_out, Y.sum(axis=0) / 10, atol=1)
    assert len(seen["training"]) == 180


def test_early_stopping_leaves_missing_labels_out(make, data):
    X, Y = data
    holes = Y.astype(float)
    holes[np.random.default_rng(0).random(Y.shape) < 0.4] = np.nan
    clf = make(max_epochs=60, lr=0.02, early_stopping=True, scoring=["map", "loss"]).fit(X, holes)
    assert np.isfinite(clf.history_[["map", "valid_loss"]]).all(axis=None)


def test_a_score_that_is_undefined_is_warned_of_once(make, data):
    X, Y = data
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        clf = make(max_epochs=5, scoring="map").fit(X, Y, X_val=X, y_val=Y * [1, 1, 0])
    assert [warning.category for warning in caught] == [UndefinedMetricWarning]
    assert np.isfinite(clf.history_["map"]).all()


def test_early_stopping_of_a_binary_target(make, data):
    X, Y = data
    y = np.array(["cat", "dog"])[Y[:, 0]]
    clf = make(max_epochs=50, lr=0.02, early_stopping=True, scoring="roc_auc").fit(X, y)
    assert clf.best_epoch_ == clf.history_["roc_auc"].idxmax()


def test_early_stopping_of_fine_tuning_is_never_worse_than_the_head(make_trainable, pictures):
    X, Y = pictures
    clf = make_trainable(
        early_stopping=True, backbone_lr=10.0, max_epochs=8, unfreeze_after=6, scoring="loss"
    ).fit(X, Y)
    tuned = clf.history_[clf.history_["trained"] == "all"]
    assert tuned["valid_loss"].min() > clf.history_["valid_loss"].min()
    assert clf.history_.loc[clf.best_epoch_, "trained"] == "head"
    head = make_trainable(freeze=True, early_stopping=True, max_epochs=6).fit(X, Y)
    np.testing.assert_allclose(clf.predict_proba(X), head.predict_proba(X), atol=1e-5)


def test_early_stopping_with_pictures_embeds_each_once(make_trainable, pictures):
    X, Y = pictures
    clf = make_trainable(freeze=True, early_stopping=True).fit(X, Y)
    assert "valid_loss" in clf.history_


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"scoring": "mapp"}, "map"),
        ({"scoring": ["map", "map"]}, "none twice"),
        ({"scoring": []}, "at least one"),
        ({"scoring": [3]}, "names or scorers"),
        ({"early_stopping": True, "validation_fraction": 0.999}, "validation_fraction=0.999"),
        ({"training__checkpoint": "somewhere", "random_state": None}, "expected an int"),
    ],
)
def test_errors(make, data, parameters, message):
    with pytest.raises(ValueError, match=message):
        make(max_epochs=1).set_params(**parameters).fit(data[0][:20], data[1][:20])


def test_a_validation_set_needs_both_halves_and_the_same_labels(make, data):
    X, Y = data
    frame = pd.DataFrame(Y, columns=["a", "b", "c"])
    with pytest.raises(ValueError, match="go together"):
        make().fit(X, Y, X_val=X)
    with pytest.raises(ValueError, match="y_val has the labels 'c', 'b', 'a'"):
        make().fit(X, frame, X_val=X, y_val=frame[["c", "b", "a"]])
    with pytest.raises(ValueError, match="expecting 8 features"):
        make().fit(X, Y, X_val=X[:, :5], y_val=Y)
    with pytest.raises(ValueError, match="inconsistent numbers"):
        make().fit(X, Y, X_val=X, y_val=Y[:-1])


def test_a_warm_start_goes_on_as_if_it_had_never_ended(make, data):
    X, Y = data
    whole = make(max_epochs=10).fit(X, Y)
    parts = make(max_epochs=5, warm_start=True).fit(X, Y).fit(X, Y)
    np.testing.assert_array_equal(parts.predict_proba(X), whole.predict_proba(X))
    assert without_seconds(parts).equals(without_seconds(whole))
    assert parts.n_iter_ == 10
    again = pickle.loads(pickle.dumps(parts)).set_params(max_epochs=1).fit(X, Y)
    eleven = make(max_epochs=11).fit(X, Y)
    np.testing.assert_array_equal(again.predict_proba(X), eleven.predict_proba(X))


def test_a_warm_start_of_fine_tuning_goes_on_with_the_backbone(make_trainable, pictures):
    X, Y = pictures
    whole = make_trainable(max_epochs=4, backbone_lr=1e-2).fit(X, Y)
    parts = make_trainable(max_epochs=3, warm_start=True, backbone_lr=1e-2).fit(X, Y)
    parts.set_params(max_epochs=1).fit(X, Y)
    np.testing.assert_array_equal(parts.predict_proba(X), whole.predict_proba(X))
    assert parts.weights_name_.count("fine-tuned") == 1
    assert list(parts.history_["trained"]) == ["head", "head", "all", "all"]


def test_a_warm_start_may_thaw_a_frozen_backbone(make_trainable, pictures):
    X, Y = pictures
    clf = make_trainable(freeze=True, warm_start=True).fit(X, Y)
    clf.set_params(freeze=False, max_epochs=1).fit(X, Y)
    assert list(clf.history_["trained"]) == ["head"] * 4 + ["all"]


def test_a_warm_start_wants_the_same_labels_and_forgets_nothing_if_it_fails(make, data):
    X, Y = data
    clf = make(max_epochs=2, warm_start=True).fit(X, Y)
    before = clf.predict_proba(X)
    with pytest.raises(ValueError, match="expected those of y in fit"):
        clf.fit(X, Y[:, :2])
    np.testing.assert_array_equal(clf.predict_proba(X), before)


def test_without_warm_start_fit_begins_anew_and_keeps_no_optimizer(make, data):
    X, Y = data
    clf = make(max_epochs=2).fit(X, Y)
    once = clf.predict_proba(X)
    np.testing.assert_array_equal(clf.fit(X, Y).predict_proba(X), once)
    warm = make(max_epochs=2, warm_start=True).fit(X, Y)
    assert len(pickle.dumps(clf)) < 0.6 * len(pickle.dumps(warm))


def test_a_warm_start_has_no_checkpoint(make, data, tmp_path):
    clf = make(max_epochs=1, warm_start=True, checkpoint=tmp_path).fit(*data)
    with pytest.raises(ValueError, match="expected checkpoint=None"):
        clf.fit(*data)


def test_partial_fit_is_fit_an_epoch_at_a_time(make, data):
    X, Y = data
    whole = make(max_epochs=3).fit(X, Y)
    parts = make()
    for _ in range(3):
        parts.partial_fit(X, Y)
    np.testing.assert_array_equal(parts.predict_proba(X), whole.predict_proba(X))
    assert parts.n_iter_ == 3


def test_partial_fit_on_chunks_learns(make, data):
    X, Y = data
    clf = make(lr=0.01)
    for _ in range(20):
        for rows in (slice(0, 120), slice(120, 240)):
            clf.partial_fit(X[rows], Y[rows])
    assert get_scorer("map")(clf, X, Y) > 0.85


def test_partial_fit_thaws_the_backbone_when_it_is_time(make_trainable, pictures):
    X, Y = pictures
    whole = make_trainable(max_epochs=4, unfreeze_after=2, backbone_lr=1e-2).fit(X, Y)
    parts = make_trainable(max_epochs=4, unfreeze_after=2, backbone_lr=1e-2)
    for _ in range(4):
        parts.partial_fit(X, Y)
    np.testing.assert_array_equal(parts.predict_proba(X), whole.predict_proba(X))


def test_partial_fit_takes_the_classes_of_a_binary_target(make, data):
    X, Y = data
    y = Y[:, 0]
    one = y == 1
    clf = make().partial_fit(X[one], y[one], classes=[0, 1]).partial_fit(X[~one], y[~one])
    assert clf.classes_.tolist() == [0, 1]
    with pytest.raises(ValueError, match="besides the classes"):
        clf.partial_fit(X, y + 1)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"early_stopping": True}, "no early stopping"),
        ({"checkpoint": "somewhere"}, "no checkpoints"),
        ({"class_weight": "balanced"}, "compute_label_weight"),
    ],
)
def test_partial_fit_refuses_what_needs_all_data(make, data, parameters, message):
    with pytest.raises(ValueError, match=message):
        make(**parameters).partial_fit(*data)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_training_goes_on_from_its_checkpoint(make, data, tmp_path, monkeypatch, early_stopping):
    X, Y = data
    parameters = {"max_epochs": 30, "lr": 0.02, "early_stopping": early_stopping}
    whole = make(**parameters).fit(X, Y)
    clf = make(**parameters, checkpoint=tmp_path)
    with monkeypatch.context() as context:
        stop_after(4, context)
        with pytest.raises(KeyboardInterrupt):
            clf.fit(X, Y)
    clf.fit(X, Y)
    np.testing.assert_array_equal(clf.predict_proba(X), whole.predict_proba(X))
    assert without_seconds(clf).equals(without_seconds(whole))


def test_a_finished_training_is_read_again(make, data, tmp_path, monkeypatch):
    X, Y = data
    first = make(max_epochs=5, checkpoint=str(tmp_path)).fit(X, Y)
    monkeypatch.setattr(MultiLabelNet, "train_step", None)
    again = make(max_epochs=5, checkpoint=str(tmp_path)).fit(X, Y)
    np.testing.assert_array_equal(again.predict_proba(X), first.predict_proba(X))


@pytest.mark.parametrize("n_epochs", [1, 3])
def test_fine_tuning_goes_on_from_its_checkpoint(
    make_trainable, pictures, tmp_path, monkeypatch, n_epochs
):
    X, Y = pictures
    parameters = {
        "max_epochs": 6,
        "unfreeze_after": 2,
        "augment": "light",
        "backbone_lr": 1e-3,
        "early_stopping": True,
    }
    whole = make_trainable(**parameters).fit(X, Y)
    clf = make_trainable(**parameters, checkpoint=tmp_path)
    with monkeypatch.context() as context:
        stop_after(n_epochs, context)
        with pytest.raises(KeyboardInterrupt):
            clf.fit(X, Y)
    clf.fit(X, Y)
    np.testing.assert_array_equal(clf.predict_proba(X), whole.predict_proba(X))
    assert without_seconds(clf).equals(without_seconds(whole))


@pytest.mark.slow
def test_a_killed_training_goes_on(tmp_path):
    script = textwrap.dedent(
        """
        import sys
        import numpy as np
        from skmlic import TrainingOptions, TransferMultiLabelClassifier
        from skmlic.datasets import make_multilabel_shapes

        X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)
        checkpoint = sys.argv[1] if len(sys.argv) > 2 else None
        training = TrainingOptions(unfreeze_after=1, checkpoint=checkpoint)
        clf = TransferMultiLabelClassifier(
            "tiny_cnn", freeze=False, max_epochs=40, training=training, n_jobs=1, random_state=0
        ).fit(X, Y)
        np.save(sys.argv[-1], clf.predict_proba(X))
        """
    )

    def start(*arguments):
        return subprocess.Popen([sys.executable, "-c", script, *map(str, arguments)])

    assert start(tmp_path / "whole.npy").wait() == 0
    folder = tmp_path / "checkpoint"
    process = start(folder, tmp_path / "parts.npy")
    while process.poll() is None and not list(folder.glob("*.all.pt")):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() != 0
    assert start(folder, tmp_path / "parts.npy").wait() == 0
    np.testing.assert_array_equal(np.load(tmp_path / "parts.npy"), np.load(tmp_path / "whole.npy"))


def test_other_data_or_parameters_have_other_checkpoints(make, data, tmp_path):
    X, Y = data
    clf = make(max_epochs=2, checkpoint=tmp_path).fit(X, Y)
    expected = make(max_epochs=2).fit(X, 1 - Y).predict_proba(X)
    np.testing.assert_array_equal(clf.fit(X, 1 - Y).predict_proba(X), expected)
    expected = make(max_epochs=2, lr=0.1).fit(X, Y).predict_proba(X)
    np.testing.assert_array_equal(clf.set_params(lr=0.1).fit(X, Y).predict_proba(X), expected)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_damaged_checkpoint_is_named(make, data, tmp_path):
    clf = make(max_epochs=2, checkpoint=tmp_path).fit(*data)
    file = next(tmp_path.iterdir())
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(ValueError, match=r"Delete it"):
        clf.fit(*data)


def test_a_checkpoint_needs_parameters_that_can_be_told_again(make, data, tmp_path):
    with pytest.raises(ValueError, match="class_weight can't be pickled"):
        make(checkpoint=tmp_path, class_weight=lambda Y: np.ones(3)).fit(*data)


def test_no_stray_warnings(make):
    X, Y = make_multilabel_classification(100, n_classes=3, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clone(make(max_epochs=2, early_stopping=True, scoring="map")).fit(X, Y)
