"""The kernel ridge classifier: equivalences with refits, repeated samples and other estimators."""

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import make_multilabel_classification
from sklearn.kernel_ridge import KernelRidge
from sklearn.utils.estimator_checks import parametrize_with_checks

from skmlic.kernel_ridge import KernelRidgeMultiLabelClassifierCV
from skmlic.metrics import average_precision_score, f1_score
from skmlic.objectives import FBeta

X, Y = make_multilabel_classification(
    60, n_features=12, n_classes=3, n_labels=1, allow_unlabeled=True, random_state=0
)
KERNELS = [("linear", None), ("rbf", 0.35), ("rbf", 0.5), ("rbf", 1.0), ("rbf", 2.0)]
WEIGHT = np.random.default_rng(0).integers(1, 4, len(X)) / 2


def make(kernel="rbf", width=1.0, alpha=0.1, **parameters):
    """Return a classifier with one kernel and one penalty."""
    widths = (1.0,) if width is None else (width,)
    return KernelRidgeMultiLabelClassifierCV(
        kernels=(kernel,), widths=widths, alphas=[alpha], random_state=0, **parameters
    )


def compute_kernel(clf, A, B):
    """Return the kernel of a fitted classifier, plus 1."""
    scale = clf._module.scaling.double()
    A, B = (scale(torch_array(part)).numpy() for part in (A, B))
    if clf.kernel_ == "linear":
        return A @ B.T * clf._module.kernel.factor + 1
    distances = np.square(A[:, None] - B).sum(axis=2)
    return np.exp(-clf.gamma_ * distances) + 1


def torch_array(X):
    return torch.as_tensor(X, dtype=torch.float64)


def refit(K, y, weight, alpha, left_out):
    """Return scores of rows by a regression without them."""
    kept = ~left_out
    ridge = KernelRidge(kernel="precomputed", alpha=1.0)
    # scikit-learn multiplies the kernel by the weights; so does the penalty in its inverse.
    ridge.set_params(alpha=alpha).fit(K[kept][:, kept], y[kept], sample_weight=weight[kept])
    return ridge.predict(K[left_out][:, kept])


@parametrize_with_checks(
    [
        KernelRidgeMultiLabelClassifierCV(random_state=0),
        KernelRidgeMultiLabelClassifierCV(n_landmarks=5, kernels=("rbf",), random_state=0),
    ],
    expected_failed_checks=lambda _: {
        "check_classifier_multioutput": (
            "indexes classes_ with the matrix of predictions, as if there were one row for all "
            "labels; here there is a row per label, without which scikit-learn's scorers take two "
            "labels for a binary problem: test_predictions_index_classes"
        )
    },
)
def test_estimator_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("scaling", ["root", "standard", None])
@pytest.mark.parametrize(("kernel", "width"), KERNELS)
def test_scores_are_those_of_refits_without_the_sample(kernel, width, scaling):
    clf = make(kernel, width, feature_scaling=scaling).fit(X, Y, sample_weight=WEIGHT)
    K = compute_kernel(clf, X, X)
    for i in range(0, len(X), 7):
        left_out = np.arange(len(X)) == i
        expected = refit(K, 2.0 * Y - 1, WEIGHT, 0.1, left_out)
        assert_allclose(clf.loo_scores_[left_out], expected, atol=1e-6)


@pytest.mark.parametrize(("kernel", "width"), KERNELS)
def test_groups_are_left_out_together(kernel, width):
    groups = np.arange(len(X)) // 3
    clf = make(kernel, width).fit(X, Y, sample_weight=WEIGHT, groups=groups)
    K = compute_kernel(clf, X, X)
    for group in range(0, 20, 4):
        left_out = groups == group
        expected = refit(K, 2.0 * Y - 1, WEIGHT, 0.1, left_out)
        assert_allclose(clf.loo_scores_[left_out], expected, atol=1e-6)


def test_decision_function_is_the_regression():
    clf = make().fit(X, Y)
    ridge = KernelRidge(kernel="precomputed", alpha=0.1).fit(compute_kernel(clf, X, X), 2 * Y - 1)
    new = X[::-1] + 0.5
    expected = ridge.predict(compute_kernel(clf, new, X))
    assert_allclose((clf.decision_function(new) - clf.intercept_) / clf.slope_, expected)


@pytest.mark.slow
@pytest.mark.parametrize("n_landmarks", [None, 40])
def test_weight_2_is_the_sample_twice(n_landmarks):
    weight = np.where(np.arange(len(X)) % 3, 1, 2)
    twice = np.repeat(np.arange(len(X)), weight)
    clf = KernelRidgeMultiLabelClassifierCV(n_landmarks=n_landmarks, random_state=0)
    weighted = clone(clf).fit(X, Y, sample_weight=weight)
    repeated = clone(clf).fit(X[twice], Y[twice])
    assert weighted.kernel_ == repeated.kernel_
    assert weighted.alpha_ == repeated.alpha_
    assert_allclose(weighted.loo_scores_[twice], repeated.loo_scores_, atol=1e-6)
    assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), atol=1e-6)
    assert_allclose(weighted.best_score_, repeated.best_score_)


def test_weight_0_leaves_samples_out():
    weight = (np.arange(len(X)) >= 10).astype(float)
    clf = make().fit(X, Y, sample_weight=weight)
    without = make().fit(X[10:], Y[10:])
    assert_allclose(clf.predict_proba(X), without.predict_proba(X))
    assert_allclose(clf.loo_scores_[10:], without.loo_scores_)
    assert_allclose(clf.loo_decision_function_[:10], without.decision_function(X[:10]))


def test_identical_samples_do_not_predict_each_other():
    clf = make().fit(np.tile(X, (2, 1)), np.tile(Y, (2, 1)))
    K = compute_kernel(clf, X, X)
    left_out = np.arange(len(X)) == 5
    expected = refit(K, 2.0 * Y - 1, np.full(len(X), 2.0), 0.1, left_out)
    assert_allclose(clf.loo_scores_[[5, 65]], np.tile(expected, (2, 1)), atol=1e-6)
    # The sample itself, with other labels, counts as identical, too.
    other = make().fit(np.vstack([X, X[:1]]), np.vstack([Y, 1 - Y[:1]]))
    assert_allclose(other.loo_scores_[0], other.loo_scores_[-1])


def test_missing_labels_are_left_out():
    partial = Y.astype(float)
    partial[:20, 0] = np.nan
    partial[30:35, 1] = np.nan
    clf = make().fit(X, partial, sample_weight=WEIGHT)
    K = compute_kernel(clf, X, X)
    for j in range(3):
        known = np.flatnonzero(~np.isnan(partial[:, j]))
        y = 2 * partial[known, j] - 1
        left_out = np.arange(len(known)) == 3
        expected = refit(K[known][:, known], y, WEIGHT[known], 0.1, left_out)
        assert_allclose(clf.loo_scores_[known[3], j], expected[0], atol=1e-6)


def test_many_patterns_of_missing_labels():
    rng = np.random.default_rng(0)
    X, Y = make_multilabel_classification(200, n_features=12, n_classes=20, random_state=0)
    partial = np.where(rng.random(Y.shape) < 0.4, np.nan, Y)
    clf = make().fit(X, partial)
    # The score of the search is that of the model.
    assert_allclose(clf.best_score_, average_precision_score(partial, clf.loo_scores_), atol=1e-4)
    for j in range(0, 20, 5):
        exact = make().fit(X, partial[:, [j]])
        assert_allclose(clf.loo_scores_[:, [j]], exact.loo_scores_, atol=1e-4)


def test_missing_labels_are_approximated_with_landmarks():
    rng = np.random.default_rng(0)
    X, Y = make_multilabel_classification(500, n_features=12, n_classes=3, random_state=0)
    partial = np.where(rng.random(Y.shape) < 0.4, np.nan, Y)
    clf = make(n_landmarks=499).fit(X, partial)
    exact = make().fit(X, partial)
    error = np.square(clf.loo_scores_ - exact.loo_scores_).mean()
    assert error < 0.02 * exact.loo_scores_.var()


def test_labels_of_all_kinds():
    targets = np.column_stack([Y, np.zeros(len(Y)), np.ones(len(Y))])
    with pytest.warns(UserWarning, match="known to be negative for the labels '4'"):
        clf = KernelRidgeMultiLabelClassifierCV(random_state=0).fit(X, targets)
    probabilities = clf.predict_proba(X)
    assert (probabilities[:, 3] < 0.05).all()
    assert (probabilities[:, 4] > 0.95).all()
    with pytest.warns(UserWarning, match="known to be negative for the labels '1'"):
        constant = KernelRidgeMultiLabelClassifierCV(random_state=0).fit(X, targets[:, 3:])
    assert np.isnan(constant.best_score_)
    assert_array_equal(constant.predict(X), targets[:, 3:])


@pytest.mark.parametrize("n_labels", [1, 2, 3])
def test_shapes_and_names(n_labels):
    frame = pd.DataFrame(Y[:, :n_labels], columns=["sea", "sun", "sand"][:n_labels])
    clf = KernelRidgeMultiLabelClassifierCV(random_state=0).fit(X, frame)
    assert clf.loo_decision_function_.shape == clf.loo_predict_proba_.shape == (60, n_labels)
    assert clf.predict_proba(X).shape == clf.decision_function(X).shape == (60, n_labels)
    assert clf.label_names_.tolist() == list(frame)
    assert clf.classes_.shape == (n_labels, 2)
    assert clf.calibration_error_.shape == (n_labels,)
    assert_array_equal(clf.predict(X), clf.decision_function(X) >= 0)


def test_predictions_index_classes():
    clf = KernelRidgeMultiLabelClassifierCV(random_state=0).fit(X, Y)
    positive = (clf.decision_function(X) > 0).astype(int)
    assert_array_equal(clf.classes_[np.arange(3), positive], clf.predict(X))


def test_one_dimensional_y():
    y = np.where(Y[:, 0], "yes", "no")
    clf = KernelRidgeMultiLabelClassifierCV(random_state=0).fit(X, y)
    column = KernelRidgeMultiLabelClassifierCV(random_state=0).fit(X, Y[:, :1])
    assert clf.classes_.tolist() == ["no", "yes"]
    assert_allclose(clf.predict_proba(X)[:, 1:], column.predict_proba(X))
    assert clf.loo_decision_function_.shape == (60,)
    assert clf.loo_predict_proba_.shape == (60, 2)
    assert set(clf.predict(X)) == {"no", "yes"}


def test_the_best_kernel_and_penalty_are_chosen():
    clf = KernelRidgeMultiLabelClassifierCV(random_state=0).fit(X, Y)
    table = pd.DataFrame(clf.cv_results_)
    assert len(table) == 5 * 16
    best = table.loc[(table["score"] - table["squared_error"] / 8).idxmax()]
    assert clf.best_score_ == best["score"]
    target = 2 * Y - 1
    error = ((target - clf.loo_scores_) ** 2).mean(axis=0) / target.var(axis=0)
    assert_allclose(best["squared_error"], error.mean(), rtol=1e-3)
    chosen = table[
        (table["alpha"] == clf.alpha_)
        & (table["kernel"] == clf.kernel_)
        & ((table["width"] == clf.width_) | (clf.kernel_ == "linear"))
    ]
    assert_allclose(chosen["score"], clf.best_score_)
    assert_allclose(clf.best_score_, average_precision_score(Y, clf.loo_scores_), atol=1e-4)


def test_blocks_are_scaled_if_it_pays():
    rng = np.random.default_rng(0)
    Y = rng.integers(2, size=(200, 2))
    blocks = [Y + rng.normal(0, 0.5, Y.shape), rng.normal(size=(200, 60))]
    clf = KernelRidgeMultiLabelClassifierCV(block_widths=[2, 60], random_state=0)
    clf.fit(np.hstack(blocks), Y)
    assert clf.uses_blocks_
    assert (
        clf.best_score_
        > clone(clf).set_params(block_widths=None).fit(np.hstack(blocks), Y).best_score_
    )
    scaled = clf._module.scaling(torch_array(np.hstack(blocks)))
    lengths = [(part**2).sum(dim=1) for part in scaled.split([2, 60], dim=1)]
    assert_allclose(lengths[1] / lengths[0], np.full(200, np.sqrt(30)))


def test_scorings():
    def count_positives(estimator, X, y):
        return estimator.predict(X).sum()

    for scoring in ("roc_auc", "neg_log_loss", FBeta(1, "macro"), count_positives):
        clf = KernelRidgeMultiLabelClassifierCV(scoring=scoring, random_state=0).fit(X, Y)
        assert np.isfinite(clf.best_score_)
    assert clf.best_score_ == clf.cv_results_["score"].max()
    # An objective counts with the best thresholds.
    tuned = KernelRidgeMultiLabelClassifierCV(scoring=FBeta(1, "macro"), random_state=0).fit(X, Y)
    assert tuned.best_score_ >= f1_score(Y, tuned.loo_predict_proba_ >= 0.5, average="macro")
    binary = KernelRidgeMultiLabelClassifierCV(scoring="roc_auc", random_state=0)
    assert 0.5 < binary.fit(X, Y[:, 0]).best_score_ < 1


def test_landmarks_of_nearly_all_samples_are_close():
    exact = make().fit(X, Y)
    reduced = make(n_landmarks=59).fit(X, Y)
    assert np.median(np.abs(reduced.loo_scores_ - exact.loo_scores_)) < 0.02


def test_leave_one_out_of_landmarks_is_exact():
    clf = make(n_landmarks=20).fit(X, Y, sample_weight=WEIGHT)
    landmarks = clf._module.support.double().numpy()
    scaled = clf._module.scaling.double()(torch_array(X)).numpy()

    def kernel(A, B):
        return np.exp(-clf.gamma_ * np.square(A[:, None] - B).sum(axis=2))

    s, V = np.linalg.eigh(kernel(landmarks, landmarks))
    features = np.column_stack([kernel(scaled, landmarks) @ (V / np.sqrt(s)), np.ones(len(X))])
    left_out = np.arange(len(X)) == 8
    expected = refit(features @ features.T, 2.0 * Y - 1, WEIGHT, 0.1, left_out)
    assert_allclose(clf.loo_scores_[left_out], expected, atol=1e-6)


@pytest.mark.slow
def test_kernels_are_compared_on_a_part_of_many_samples():
    X, Y = make_multilabel_classification(1100, n_features=5, n_classes=2, random_state=0)
    clf = KernelRidgeMultiLabelClassifierCV(alphas=[0.1, 1], random_state=0).fit(X, Y)
    assert set(clf.cv_results_["n_samples"]) == {1024, len(np.unique(X, axis=0))}


def test_wrong_parameters():
    for parameters, message in (
        ({"kernels": ("poly",)}, "expected 'linear', 'rbf' or both"),
        ({"kernels": ()}, "expected 'linear', 'rbf' or both"),
        ({"widths": (0,)}, "positive"),
        ({"alphas": (-1.0,)}, "positive"),
        ({"block_widths": [5, 5]}, "expected 12, the number of features"),
        ({"block_widths": [12.5]}, "expected numbers of features"),
    ):
        with pytest.raises(ValueError, match=message):
            KernelRidgeMultiLabelClassifierCV(**parameters).fit(X, Y)
    with pytest.raises(ValueError, match="inconsistent numbers"):
        KernelRidgeMultiLabelClassifierCV().fit(X, Y, groups=[1, 2])


@pytest.mark.gpu
@pytest.mark.parametrize("n_landmarks", [None, 20])
def test_cuda_agrees_with_cpu(n_landmarks):
    settings = {"kernels": ("rbf",), "n_landmarks": n_landmarks, "random_state": 0}
    on_cpu = KernelRidgeMultiLabelClassifierCV(**settings).fit(X, Y)
    on_gpu = KernelRidgeMultiLabelClassifierCV(device="cuda", **settings).fit(X, Y)
    assert on_gpu.alpha_ == on_cpu.alpha_
    assert_allclose(on_gpu.loo_scores_, on_cpu.loo_scores_, atol=1e-3)
    assert_allclose(on_gpu.predict_proba(X), on_cpu.predict_proba(X), atol=1e-3)
