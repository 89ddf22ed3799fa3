"""The kernel ridge classifier: equal to refits, and what must not change its scores."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import ortho_group
from sklearn.kernel_ridge import KernelRidge

from skmlic.kernel_ridge import KernelRidgeMultiLabelClassifierCV

# A fit takes 20 ms.
few = settings(max_examples=max(3, settings().max_examples // 4))
KERNELS = st.sampled_from(["linear", "rbf"])
ALPHAS = st.sampled_from([0.01, 0.3, 5.0])
SCALINGS = st.sampled_from(["root", "standard", None])


@st.composite
def samples(draw):
    """Return X without repeated rows, and Y whose labels have positives and negatives."""
    rng = np.random.RandomState(draw(st.integers(0, 2**31 - 1)))
    n_samples, n_features = draw(st.integers(6, 12)), draw(st.integers(2, 5))
    X = rng.normal(size=(n_samples, n_features))
    Y = rng.randint(2, size=(n_samples, draw(st.integers(1, 3))))
    Y[:2] = [[0], [1]]
    return X, Y


def make(kernel, alpha, **parameters):
    return KernelRidgeMultiLabelClassifierCV(
        kernels=(kernel,), widths=(1.0,), alphas=[alpha], random_state=0, **parameters
    )


@few
@given(samples(), KERNELS, ALPHAS)
def test_leave_one_out_scores_are_those_of_refits(data, kernel, alpha):
    X, Y = data
    clf = make(kernel, alpha, feature_scaling=None).fit(X, Y)
    if kernel == "linear":
        K = X @ X.T / np.square(X).sum(axis=1).mean()
    else:
        K = np.exp(-clf.gamma_ * np.square(X[:, np.newaxis] - X).sum(axis=2))
    for row in range(len(X)):
        kept = np.arange(len(X)) != row
        ridge = KernelRidge(alpha=alpha, kernel="precomputed")
        ridge.fit(K[kept][:, kept] + 1, 2.0 * Y[kept] - 1)
        assert_allclose(clf.loo_scores_[row], ridge.predict(K[row, kept][None] + 1)[0], atol=1e-5)


@few
@given(samples(), KERNELS, ALPHAS, SCALINGS, st.randoms())
def test_the_order_of_samples_and_labels_does_not_matter(data, kernel, alpha, scaling, rng):
    X, Y = data
    rows, columns = (rng.sample(range(n), n) for n in Y.shape)
    clf = make(kernel, alpha, feature_scaling=scaling)
    expected = clf.fit(X, Y).decision_function(X)
    assert ((clf.predict_proba(X) > 0) & (clf.predict_proba(X) < 1)).all()
    found = clf.fit(X[rows], Y[rows][:, columns]).decision_function(X)
    assert_allclose(found, expected[:, columns], rtol=1e-4, atol=1e-4)


@few
@given(samples(), KERNELS, ALPHAS, st.data())
def test_weight_2_is_the_sample_twice(data, kernel, alpha, draw):
    X, Y = data
    weight = np.array(draw.draw(st.lists(st.integers(1, 3), min_size=len(X), max_size=len(X))))
    clf = make(kernel, alpha, feature_scaling=None)
    weighted = clf.fit(X, Y, sample_weight=weight).loo_scores_
    repeated = clf.fit(np.repeat(X, weight, axis=0), np.repeat(Y, weight, axis=0)).loo_scores_
    assert_allclose(np.repeat(weighted, weight, axis=0), repeated, atol=1e-5)


@few
@given(samples(), ALPHAS, st.integers(0, 1000))
def test_rotations_of_features_do_not_matter(data, alpha, seed):
    X, Y = data
    rotation = ortho_group.rvs(X.shape[1], random_state=seed)
    for kernel in ("linear", "rbf"):
        clf = make(kernel, alpha, feature_scaling=None)
        expected = clf.fit(X, Y).loo_scores_
        assert_allclose(clf.fit(X @ rotation, Y).loo_scores_, expected, atol=1e-5)


@few
@given(samples(), ALPHAS, SCALINGS, st.data())
def test_batches_are_all_samples_together(data, alpha, scaling, draw):
    X, Y = data
    bounds = draw.draw(st.lists(st.integers(1, len(X) - 1), unique=True, max_size=3).map(sorted))
    batches = [(X[i:j], Y[i:j]) for i, j in zip([0, *bounds], [*bounds, len(X)], strict=True)]
    clf = make("linear", alpha, feature_scaling=scaling)
    expected = clf.fit(X, Y).decision_function(X)
    assert_allclose(clf.fit_batches(batches).decision_function(X), expected, atol=1e-3)


@few
@given(samples(), KERNELS, ALPHAS, st.data())
def test_missing_labels_are_rows_left_out(data, kernel, alpha, draw):
    X, Y = data
    missing = draw.draw(st.sets(st.integers(2, len(X) - 1), max_size=3))
    Y = Y.astype(float)
    Y[list(missing), 0] = np.nan
    clf = make(kernel, alpha, feature_scaling=None).fit(X, Y)
    kept = ~np.isnan(Y[:, 0])
    K = (
        X @ X.T / np.square(X).sum(axis=1).mean()
        if kernel == "linear"
        else np.exp(-clf.gamma_ * np.square(X[:, np.newaxis] - X).sum(axis=2))
    )
    ridge = KernelRidge(alpha=alpha, kernel="precomputed")
    rows = np.flatnonzero(kept)
    for row in rows:
        others = rows[rows != row]
        ridge.fit(K[np.ix_(others, others)] + 1, 2 * Y[others, :1] - 1)
        expected = ridge.predict(K[row, others][None] + 1)[0]
        assert clf.loo_scores_[row, 0] == pytest.approx(expected[0], abs=1e-5)
