"""Fits that begin from scratch, resume or continue batch by batch, with and without validation."""

import pickle

import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.exceptions import NotFittedError

from skmlic import cache_info
from skmlic.metrics import get_scorer


def without_seconds(clf):
    return clf.history_.drop(columns="seconds")


# Validation


def test_a_validation_set_needs_x_and_y_and_the_same_labels(make_on_features, features):
    X, Y = features
    frame = pd.DataFrame(Y, columns=["a", "b", "c"])
    clf = make_on_features(max_epochs=1)
    with pytest.raises(ValueError, match="go together"):
        clf.fit(X, Y, X_val=X)
    with pytest.raises(ValueError, match="y_val has the labels 'c', 'b', 'a'"):
        clf.fit(X, frame, X_val=X, y_val=frame[["c", "b", "a"]])
    with pytest.raises(ValueError, match="expecting 8 features"):
        clf.fit(X, Y, X_val=X[:, :5], y_val=Y)
    with pytest.raises(ValueError, match="inconsistent numbers"):
        clf.fit(X, Y, X_val=X, y_val=Y[:-1])


def test_early_stopping_embeds_each_image_once(make_trainable, shapes):
    clf = make_trainable(freeze=True, early_stopping=True, max_epochs=2).fit(*shapes)
    assert "valid_loss" in clf.history_
    assert cache_info().backbone_passes == 40


# From scratch


def test_fit_begins_from_scratch_and_keeps_no_optimizer(make_on_features, features):
    X, Y = features
    clf = make_on_features(max_epochs=2)
    first = clf.fit(X, Y).predict_proba(X)
    assert_array_equal(clf.fit(X, Y).predict_proba(X), first)
    clf.fit(X[:20], Y[:20, :1])
    assert_array_equal(clf.fit(X, Y).predict_proba(X), first)
    warm = make_on_features(max_epochs=2, warm_start=True).fit(X, Y)
    assert len(pickle.dumps(clf)) < 0.6 * len(pickle.dumps(warm))


def test_a_fit_that_fails_leaves_nothing_half_fitted(make_classifier, shapes, features):
    X, Y = shapes
    clf = make_classifier("tiny_cnn", max_epochs=1, random_state=0).fit(X, Y)
    with pytest.raises(ValueError, match="inconsistent"):
        clf.fit(X, Y[:-1, :2])
    with pytest.raises(NotFittedError):
        clf.predict(X)
    clf.set_params(backbone="precomputed").fit(*features)
    assert not hasattr(clf, "embedder_")
    assert not hasattr(clf, "weights_name_")


@pytest.mark.parametrize(("freeze", "epoch"), [(True, 1), (False, 1), (False, 3)])
def test_an_interrupted_classifier_is_not_fitted(
    make_trainable, shapes, make_interrupt, freeze, epoch
):
    clf = make_trainable(max_epochs=5, unfreeze_after=2, freeze=freeze).fit(*shapes)
    clf.set_params(net_params={"callbacks": [("interrupt", make_interrupt(epoch))]})
    with pytest.raises(KeyboardInterrupt):
        clf.fit(*shapes)
    with pytest.raises(NotFittedError):
        clf.predict(shapes[0])


# Warm starts


def test_a_warm_start_resumes_as_if_the_training_had_not_ended(make_on_features, features):
    X, Y = features
    whole = make_on_features(max_epochs=6).fit(X, Y)
    parts = make_on_features(max_epochs=3, warm_start=True).fit(X, Y).fit(X, Y)
    assert_array_equal(parts.predict_proba(X), whole.predict_proba(X))
    assert without_seconds(parts).equals(without_seconds(whole))
    assert parts.n_iter_ == 6
    copied = pickle.loads(pickle.dumps(parts)).set_params(max_epochs=1).fit(X, Y)
    seven = make_on_features(max_epochs=7).fit(X, Y)
    assert_array_equal(copied.predict_proba(X), seven.predict_proba(X))


def test_a_warm_start_of_fine_tuning_trains_the_backbone_further(make_trainable, shapes):
    X, Y = shapes
    whole = make_trainable(max_epochs=4, unfreeze_after=2, backbone_lr=1e-2).fit(X, Y)
    parts = make_trainable(max_epochs=3, unfreeze_after=2, warm_start=True, backbone_lr=1e-2)
    parts.fit(X, Y).set_params(max_epochs=1).fit(X, Y)
    assert_array_equal(parts.predict_proba(X), whole.predict_proba(X))
    assert parts.weights_name_.count("fine-tuned") == 1
    assert list(parts.history_["trained"]) == ["head", "head", "all", "all"]


def test_a_warm_start_may_unfreeze_a_backbone(make_trainable, shapes):
    clf = make_trainable(freeze=True, warm_start=True).fit(*shapes)
    clf.set_params(freeze=False, max_epochs=1).fit(*shapes)
    assert list(clf.history_["trained"]) == ["head"] * 3 + ["all"]


def test_a_warm_start_needs_the_same_labels_and_loses_nothing_if_it_fails(
    make_on_features, features
):
    X, Y = features
    clf = make_on_features(max_epochs=2, warm_start=True).fit(X, Y)
    before = clf.predict_proba(X)
    with pytest.raises(ValueError, match="expected those of y in fit"):
        clf.fit(X, Y[:, :2])
    assert_array_equal(clf.predict_proba(X), before)


# partial_fit


def test_partial_fit_is_fit_epoch_by_epoch(make_on_features, features):
    X, Y = features
    whole = make_on_features(max_epochs=3).fit(X, Y)
    parts = make_on_features()
    for _ in range(3):
        parts.partial_fit(X, Y)
    assert_array_equal(parts.predict_proba(X), whole.predict_proba(X))
    assert parts.n_iter_ == 3


def test_partial_fit_learns_from_chunks(make_on_features, features):
    X, Y = features
    clf = make_on_features(lr=0.01)
    for _ in range(10):
        for rows in (slice(0, 120), slice(120, 240)):
            clf.partial_fit(X[rows], Y[rows])
    assert get_scorer("map")(clf, X, Y) > 0.85


def test_partial_fit_unfreezes_the_backbone_in_time(make_trainable, shapes):
    X, Y = shapes
    parameters = {"max_epochs": 4, "unfreeze_after": 2, "backbone_lr": 1e-2}
    whole = make_trainable(**parameters).fit(X, Y)
    parts = make_trainable(**parameters)
    for _ in range(4):
        parts.partial_fit(X, Y)
    assert_array_equal(parts.predict_proba(X), whole.predict_proba(X))


def test_partial_fit_takes_the_classes_of_a_one_dimensional_y(make_on_features, features):
    X, Y = features
    y = Y[:, 0]
    one = y == 1
    clf = make_on_features().partial_fit(X[one], y[one], classes=[0, 1])
    clf.partial_fit(X[~one], y[~one])
    assert clf.classes_.tolist() == [0, 1]
    with pytest.raises(ValueError, match="besides the classes"):
        clf.partial_fit(X, y + 1)


def test_partial_fit_checks_its_parameters(make_on_features, features):
    with pytest.raises(ValueError, match="no early stopping"):
        make_on_features(early_stopping=True).partial_fit(*features)
