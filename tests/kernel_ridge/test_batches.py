"""Fits on batches: equal to fits on all samples in memory."""

import itertools

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn.datasets import make_multilabel_classification

from skmlic.kernel_ridge import KernelRidgeMultiLabelClassifierCV, _batches

X, Y = make_multilabel_classification(
    300, n_features=16, n_classes=3, n_labels=1, allow_unlabeled=True, random_state=0
)
X = X + np.random.default_rng(0).normal(size=X.shape)
BOUNDS = [0, 70, 71, 180, 300]


def split(X, Y):
    return [(X[a:b], Y[a:b]) for a, b in itertools.pairwise(BOUNDS)]


def make(**parameters):
    return KernelRidgeMultiLabelClassifierCV(
        **{"kernels": ("linear",), "random_state": 0, **parameters}
    )


@pytest.mark.parametrize("feature_scaling", ["root", "standard", None])
@pytest.mark.parametrize("n_labels", [1, 2, 3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_fit_is_that_of_all_samples(feature_scaling, n_labels, dtype):
    features, targets = X.astype(dtype), Y[:, :n_labels]
    clf = make(feature_scaling=feature_scaling).fit_batches(split(features, targets))
    expected = make(feature_scaling=feature_scaling).fit(features, targets)
    assert clf.alpha_ == expected.alpha_
    assert_allclose(
        clf.decision_function(features), expected.decision_function(features), rtol=1e-6
    )
    assert_allclose(clf.predict_proba(features), expected.predict_proba(features), rtol=1e-6)
    assert_allclose(clf.best_score_, expected.best_score_, rtol=1e-6)
    # The search of a fit in memory is in single precision.
    for name in ("alpha", "score", "squared_error", "n_samples"):
        assert_allclose(clf.cv_results_[name], expected.cv_results_[name], rtol=2e-3)


def test_blocks_of_features_are_chosen_as_in_memory():
    widths = (4, 12)
    clf = make(block_widths=widths).fit_batches(split(X, Y))
    expected = make(block_widths=widths).fit(X, Y)
    assert clf.uses_blocks_ == expected.uses_blocks_
    assert_allclose(clf.predict_proba(X), expected.predict_proba(X), rtol=1e-6)


def test_the_division_into_batches_does_not_matter():
    expected = make().fit_batches([(X, Y)]).predict_proba(X)
    assert_allclose(make().fit_batches(split(X, Y)).predict_proba(X), expected, rtol=1e-8)


@pytest.mark.slow
def test_jobs_do_not_matter():
    expected = make().fit_batches(split(X, Y)).predict_proba(X)
    found = make().fit_batches(split(X, Y), n_jobs=2).predict_proba(X)
    assert_allclose(found, expected, rtol=1e-8)


def test_a_sample_decides_on_scaling_and_penalty_only(monkeypatch):
    monkeypatch.setattr(_batches, "N_SAMPLES", 100)
    clf = make(feature_scaling="standard", alphas=[0.3]).fit_batches(split(X, Y))
    # At most 25 samples of each of the four batches, of which one has a single sample.
    assert_array_equal(clf.cv_results_["n_samples"], [76])
    scaling = clf._module.scaling
    mean, scale = scaling.mean.numpy(), scaling.scale.numpy()
    assert not np.allclose(mean, X.mean(axis=0), rtol=1e-6)
    Z = ((X - mean) / scale).clip(-10, 10)
    Z = np.column_stack([Z / np.linalg.norm(Z, axis=1, keepdims=True), np.ones(len(Z))])
    coef = np.linalg.solve(Z.T @ Z + 0.3 * np.eye(17), Z.T @ (2 * Y - 1))
    assert_allclose(clf.decision_function(X), clf.slope_ * (Z @ coef) + clf.intercept_, rtol=1e-6)


def test_each_batch_is_read_once_for_the_sums(monkeypatch):
    monkeypatch.setattr(_batches, "N_SAMPLES", 10)
    monkeypatch.setattr(_batches, "_N_BATCHES", 2)

    class Batches(list):
        n_reads = 0

        def __getitem__(self, index):
            if isinstance(index, slice):
                return Batches(super().__getitem__(index))
            Batches.n_reads += 1
            return super().__getitem__(index)

    batches = Batches((X[i : i + 30], Y[i : i + 30]) for i in range(0, 300, 30))
    make().fit_batches(batches)
    # Two of the ten batches for the sample, and the first one for names and shapes, twice.
    assert Batches.n_reads == 10 + 2 + 2


def test_types_of_a_batch_do_not_matter():
    frame = pd.DataFrame(Y, columns=["a", "b", "c"])
    clf = make().fit_batches([(X[:100], frame[:100]), (X[100:], frame[100:])])
    assert clf.label_names_.tolist() == ["a", "b", "c"]
    sparse = make().fit_batches([(X[:100], csr_array(Y[:100])), (X[100:], csr_array(Y[100:]))])
    in_columns = make().fit_batches([(np.asfortranarray(X[:100]), Y[:100]), (X[100:], Y[100:])])
    for other in (sparse, in_columns):
        assert_array_equal(other.predict_proba(X), clf.predict_proba(X))


def test_empty_batches_do_not_matter():
    batches = [(X[:0], Y[:0]), *split(X, Y), (X[:0], Y[:0])]
    found = make().fit_batches(batches).predict_proba(X)
    assert_allclose(found, make().fit(X, Y).predict_proba(X), rtol=1e-6)


def test_leave_one_out_scores_of_an_earlier_fit_are_forgotten():
    clf = make().fit(X, Y).fit_batches(split(X, Y))
    assert not hasattr(clf, "loo_scores_")
    assert not hasattr(clf, "calibration_error_")
    with pytest.raises(AttributeError, match="no leave-one-out scores after fit_batches"):
        _ = clf.loo_decision_function_


NAN = np.where(np.arange(300)[:, None] == 200, np.nan, Y)


@pytest.mark.parametrize(
    ("batches", "parameters", "message"),
    [
        ([], {}, "batches is empty"),
        ([(X[:0], Y[:0])], {}, "All batches are empty"),
        (split(X, Y), {"kernels": ("linear", "rbf")}, r"expected kernels=\('linear',\)"),
        (split(X, Y), {"block_widths": [3, 4]}, "have the sum 7; expected 16"),
        (split(X, Y[:, 0]), {}, "y of a batch is one-dimensional"),
        (split(X, NAN), {}, r"y of batch 3 has missing labels \(NaN\)"),
        ([*split(X, Y), (X[:, :3], Y)], {}, "Batch 4 has 3 features; expected 16"),
        ([*split(X, Y), (X, Y[:, :2])], {}, "y of batch 4 has the labels"),
        ([*split(X, Y), (X, Y[:5])], {}, "inconsistent numbers of samples"),
        ([*split(X, Y), (X * np.nan, Y)], {}, "X of batch 4 contains NaN"),
    ],
)
def test_errors(batches, parameters, message):
    with pytest.raises(ValueError, match=message):
        make(**parameters).fit_batches(batches)
