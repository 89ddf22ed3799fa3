"""The head in closed form, inside the classifier."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.utils.class_weight import compute_sample_weight

from skmlic import TrainingOptions, TransferMultiLabelClassifier, cache_info
from skmlic.embedding import ORIGINAL, RandomView
from skmlic.kernel_ridge import KernelRidgeMultiLabelClassifierCV
from skmlic.model_selection import MultiLabelStratifiedKFold, TunedThresholdMultiLabelClassifierCV

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 6)).astype(np.float32)
Y = (X[:, :3] + RNG.standard_normal((60, 3)) > 0).astype(int)
WEIGHT = RNG.integers(0, 3, len(X)).astype(float)
# Features are float32, and logits of the net, too.
ROUNDING = {"rtol": 1e-3, "atol": 1e-3}


def make(**parameters):
    """Return a classifier of features."""
    defaults = {"backbone": "precomputed", "head": "kernel", "random_state": 0}
    return TransferMultiLabelClassifier(**{**defaults, **parameters})


@pytest.fixture(scope="module")
def fitted():
    """Return a fitted classifier, which tests must not change."""
    return make().fit(X, Y)


def check_equal(clf, y, sample_weight=None, **parameters):
    """Check that a fitted classifier is the estimator on the same features."""
    ridge = KernelRidgeMultiLabelClassifierCV(random_state=0, **parameters)
    ridge.fit(X, y, sample_weight=sample_weight)
    assert_allclose(clf.decision_function(X), ridge.decision_function(X), **ROUNDING)
    assert_allclose(clf.predict_proba(X), ridge.predict_proba(X), **ROUNDING)
    assert_array_equal(clf.loo_decision_function_, ridge.loo_decision_function_)
    assert_array_equal(clf.loo_predict_proba_, ridge.loo_predict_proba_)
    assert_array_equal(clf.label_names_, ridge.label_names_)
    assert clf.predict_proba(X).shape == clf.loo_predict_proba_.shape
    assert clf.net_.module_.kernel.name == ridge.kernel_


@pytest.mark.parametrize("n_labels", [1, 2, 3])
def test_it_is_the_estimator_on_features(n_labels):
    clf = make().fit(X, Y[:, :n_labels])
    check_equal(clf, Y[:, :n_labels])
    assert clf.loo_predict_proba_.shape == (len(X), n_labels)
    assert clf.head_ == "kernel"
    assert (clf.n_iter_, len(clf.history_), len(clf.batch_history_)) == (1, 1, 0)


@pytest.mark.parametrize("values", [[0, 1], ["no", "yes"]], ids=["int", "str"])
def test_one_dimensional_y(values):
    y = np.array(values)[Y[:, 0]]
    clf = make().fit(X, y)
    check_equal(clf, y)
    assert clf.loo_decision_function_.shape == (len(X),)
    assert clf.loo_predict_proba_.shape == (len(X), 2)
    assert set(clf.predict(X)) <= set(values)


@pytest.mark.parametrize("sample_weight", [None, WEIGHT], ids=["", "weighted"])
@pytest.mark.parametrize("class_weight", ["balanced", {0: 1.0, 1: 3.0}], ids=["balanced", "dict"])
def test_classes_of_a_one_dimensional_y_are_weighted(class_weight, sample_weight):
    y = Y[:, 0]
    clf = make(class_weight=class_weight).fit(X, y, sample_weight=sample_weight)
    weight = compute_sample_weight(class_weight, y)
    check_equal(clf, y, weight if sample_weight is None else weight * sample_weight)


def test_columns_of_a_frame_name_labels():
    frame = pd.DataFrame(Y, columns=["cat", "dog", "fox"])
    clf = make().fit(X, frame)
    check_equal(clf, frame)
    assert clf.label_names_.tolist() == ["cat", "dog", "fox"]
    assert set().union(*clf.predict_label_names(X)) <= {"cat", "dog", "fox"}


@pytest.mark.slow
def test_missing_labels():
    partial = np.where(RNG.random(Y.shape) < 0.2, np.nan, Y)
    clf = make().fit(X, partial)
    check_equal(clf, partial)
    known = ~np.isnan(partial)
    logits = np.where(partial == 1, 1, -1) * clf.loo_decision_function_
    assert_allclose(clf.history_["loo_loss"], np.logaddexp(0, -logits[known]).mean())


def test_samples_of_weight_0_keep_their_rows():
    clf = make().fit(X, Y, sample_weight=WEIGHT)
    check_equal(clf, Y, WEIGHT)
    used = WEIGHT > 0
    without = make().fit(X[used], Y[used], sample_weight=WEIGHT[used])
    assert_allclose(clf.decision_function(X), without.decision_function(X), **ROUNDING)
    assert clf.loo_predict_proba_.shape == Y.shape
    assert_allclose(clf.loo_decision_function_[used], without.loo_decision_function_, **ROUNDING)
    assert_allclose(clf.loo_decision_function_[~used], clf.decision_function(X[~used]), **ROUNDING)
    losses = np.logaddexp(0, np.where(Y == 1, -1, 1) * clf.loo_decision_function_).mean(axis=1)
    assert_allclose(clf.history_["loo_loss"], np.average(losses, weights=WEIGHT))


def test_no_known_label_has_a_weight():
    weight = np.arange(len(X)) % 2
    with pytest.raises(ValueError, match="at least one non-zero"):
        make().fit(X, Y, sample_weight=np.zeros(len(X)))
    partial = np.where(weight[:, np.newaxis] == 1, np.nan, Y)
    clf = make().fit(X, partial, sample_weight=weight)
    assert np.isfinite(clf.predict_proba(X)).all()
    assert clf.history_["loo_loss"].isna().all()


def test_constant_labels():
    with pytest.warns(UserWarning, match="known to be negative for the labels '2'"):
        clf = make().fit(X, np.column_stack([Y[:, 0], np.zeros(len(X)), np.ones(len(X))]))
    assert not clf.predict(X)[:, 1].any()
    assert clf.predict(X)[:, 2].all()
    assert np.isfinite(clf.loo_decision_function_).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scoring", "same"),
    [
        ("loss", "map"),
        ("f1_macro", "f1_macro"),
        (["f1_macro", "loss"], "f1_macro"),
    ],
    ids=["loss", "name", "list"],
)
def test_kernel_and_penalty_maximize_the_first_score(scoring, same):
    check_equal(make(scoring=scoring).fit(X, Y), Y, scoring=same)


@pytest.mark.slow
def test_a_scorer_of_scikit_learn_with_a_one_dimensional_y():
    y = Y[:, 0]
    check_equal(make(scoring="roc_auc").fit(X, y), y, scoring="roc_auc")


@pytest.mark.slow
def test_views_of_an_image_are_left_out_together(shapes):
    images, labels = shapes
    clf = TransferMultiLabelClassifier(
        "tiny_cnn", head="kernel", augment="flip", training=TrainingOptions(n_views=3),
        engine="torch", precision="fp32", random_state=0,
    ).fit(images, labels, sample_weight=np.arange(len(images)) % 4)  # fmt: skip
    changes = [ORIGINAL, RandomView("flip", 1), RandomView("flip", 2)]
    features = clf.embedder_.transform_views(images, changes)
    ridge = KernelRidgeMultiLabelClassifierCV(
        block_widths=clf.embedder_.block_widths_, random_state=0
    ).fit(
        np.concatenate(features),
        np.tile(labels, (3, 1)),
        sample_weight=np.tile(np.arange(len(images)) % 4, 3),
        groups=np.tile(np.arange(len(images)), 3),
    )
    assert clf.loo_decision_function_.shape == labels.shape
    assert_array_equal(clf.loo_decision_function_, ridge.loo_decision_function_[: len(images)])
    expected = ridge.decision_function(features[0])
    assert_allclose(clf.decision_function(images), expected, rtol=1e-3, atol=1e-3)


@pytest.mark.slow
def test_each_image_passes_once(shapes):
    images, labels = shapes
    clf = make(backbone="tiny_cnn", precision="fp32", device="cpu").fit(images, labels)
    assert cache_info().backbone_passes == len(images)
    again = clone(clf).fit(images, labels)
    assert cache_info().backbone_passes == len(images)
    assert_array_equal(again.predict_proba(images), clf.predict_proba(images))


def test_equal_seeds_give_equal_results(fitted):
    state = torch.get_rng_state()
    again = make().fit(X, Y)
    assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
    assert_array_equal(again.loo_predict_proba_, fitted.loo_predict_proba_)
    assert_array_equal(torch.get_rng_state(), state)


def test_clone_pickle_and_set_params(fitted):
    copied = clone(fitted)
    assert copied.get_params() == fitted.get_params()
    assert not hasattr(copied, "net_")
    loaded = pickle.loads(pickle.dumps(fitted))
    assert_array_equal(loaded.predict_proba(X), fitted.predict_proba(X))
    assert_array_equal(loaded.loo_predict_proba_, fitted.loo_predict_proba_)
    # A second fit with another head leaves nothing of the first one.
    loaded.set_params(head="net", max_epochs=2).fit(X, Y)
    assert loaded.head_ == "net"
    assert not hasattr(loaded, "loo_predict_proba_")
    loaded.set_params(head="kernel", max_epochs=20).fit(X, Y)
    assert_array_equal(loaded.predict_proba(X), fitted.predict_proba(X))


def test_leave_one_out_scores_need_a_fitted_kernel():
    with pytest.raises(NotFittedError):
        _ = make().loo_predict_proba_
    clf = make(head="net", max_epochs=1).fit(X, Y)
    for name in ("loo_decision_function_", "loo_predict_proba_"):
        assert not hasattr(clf, name)
        with pytest.raises(AttributeError, match=r"expected a classifier with head='kernel'"):
            getattr(clf, name)


@pytest.mark.slow
def test_search_over_heads(shapes):
    images, labels = shapes
    clf = make(backbone="tiny_cnn", precision="fp32", engine="torch")
    cv = MultiLabelStratifiedKFold(3, shuffle=True, random_state=0)
    search = GridSearchCV(clf, {"head": ["kernel", "net"]}, scoring="average_precision", cv=cv)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        search.fit(images, labels)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert cache_info().backbone_passes == len(images)
    assert search.best_estimator_.head_ == search.best_params_["head"]


@pytest.mark.slow
def test_thresholds_are_tuned_by_folds_or_leave_one_out(fitted):
    tuned = TunedThresholdMultiLabelClassifierCV(make(), cv=3).fit(X, Y)
    assert tuned.estimator_.head_ == "kernel"
    assert_array_equal(tuned.predict(X), tuned.predict_proba(X) >= tuned.thresholds_)
    by_left_out = TunedThresholdMultiLabelClassifierCV(make(), cv="loo").fit(X, Y)
    assert_array_equal(by_left_out.predict_proba(X), fitted.predict_proba(X))


def test_a_kernel_cannot_be_trained_further():
    clf = make(head="auto").fit(X, Y)
    assert clf.head_ == "kernel"
    with pytest.warns(UserWarning, match="A new head is trained from scratch"):
        clf.partial_fit(X, Y)
    assert (clf.head_, clf.n_iter_) == ("net", 1)
    clf.partial_fit(X, Y)
    assert clf.n_iter_ == 2
    scratch = make(head="auto").partial_fit(X, Y).partial_fit(X, Y)
    assert_array_equal(clf.predict_proba(X), scratch.predict_proba(X))
    warm = make(head="auto").fit(X, Y).set_params(warm_start=True, max_epochs=2)
    with pytest.warns(UserWarning, match="set head='net' before the first fit"):
        warm.fit(X, Y)
    assert (warm.head_, warm.n_iter_) == ("net", 2)


@pytest.mark.slow
def test_progress_goes_to_standard_error(shapes, capsys):
    make(backbone="tiny_cnn", precision="fp32", verbose=1).fit(*shapes)
    shown = capsys.readouterr()
    assert not shown.out
    assert "training" not in shown.err


needs_callbacks = pytest.mark.skipif(
    not hasattr(TransferMultiLabelClassifier, "set_callbacks"),
    reason="scikit-learn has callbacks since 1.9",
)


@needs_callbacks
def test_callbacks_of_scikit_learn_see_one_epoch():
    from sklearn.callback import ScoringMonitor

    monitor = ScoringMonitor(scoring="average_precision")
    clf = make().set_callbacks(monitor).fit(X, Y, sample_weight=np.ones(len(X)))
    log = monitor.get_logs().data_as_pandas
    assert log["task_name"].tolist() == ["epoch"]
    expected = sklearn.metrics.average_precision_score(Y, clf.predict_proba(X))
    assert_allclose(log["average_precision"], expected)


@needs_callbacks
def test_progress_bar_of_scikit_learn(capsys):
    pytest.importorskip("rich")
    from sklearn.callback import ProgressBar

    make().set_callbacks(ProgressBar()).fit(X, Y)
    assert "100%" in capsys.readouterr().out
