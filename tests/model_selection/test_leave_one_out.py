"""Thresholds and calibrators from the leave-one-out scores of an estimator."""

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, LeaveOneOut
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.kernel_ridge import KernelRidgeMultiLabelClassifierCV
from skmlic.model_selection import (
    FixedThresholdMultiLabelClassifier,
    MultiLabelStratifiedKFold,
    TunedThresholdMultiLabelClassifierCV,
)
from skmlic.model_selection._threshold_search import maximize_macro
from skmlic.model_selection._tuning_data import TuningData
from skmlic.objectives import FBeta

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3))
Y = (X + rng.normal(size=X.shape) > [0, 0.3, 0.6]).astype(int)
FRAME = pd.DataFrame(Y, columns=["sea", "sky", "boat"])
META = [TunedThresholdMultiLabelClassifierCV, CalibratedMultiLabelClassifierCV]


class Ridge(ClassifierMixin, BaseEstimator):
    """Ridge regression of targets -1 and 1, refitted without each sample in turn.

    ``fault`` is what is wrong with its leave-one-out scores: "rows", "columns" or "nan".
    """

    n_fits = 0

    def __init__(self, alpha=1.0, fault=None):
        self.alpha = alpha
        self.fault = fault

    def fit(self, X, y, sample_weight=None):
        type(self).n_fits += 1
        y = np.asarray(y)
        if y.ndim == 1:
            self.classes_, y = np.unique(y, return_inverse=True)
        else:
            self.classes_ = np.tile([0, 1], (y.shape[1], 1))
        weight = np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight)
        self.coef_ = self._solve(X, y, weight)
        rows = np.arange(len(X))
        self.loo_decision_function_ = np.array(
            [X[i] @ self._solve(X[rows != i], y[rows != i], weight[rows != i]) for i in rows]
        )
        if self.fault == "rows":
            self.loo_decision_function_ = self.loo_decision_function_[1:]
        elif self.fault == "columns":
            self.loo_decision_function_ = self.loo_decision_function_[:, 1:]
        elif self.fault == "nan":
            self.loo_decision_function_[3] = np.nan
        return self

    def _solve(self, X, y, weight):
        targets = np.where(np.isnan(y), 0, 2.0 * y - 1)
        gram = (X.T * weight) @ X + self.alpha * np.eye(X.shape[1])
        return np.linalg.solve(gram, (X.T * weight) @ targets)

    def decision_function(self, X):
        return X @ self.coef_


class ProbabilisticRidge(Ridge):
    """The same with probabilities, and leave-one-out probabilities."""

    def predict_proba(self, X):
        return self._as_probabilities(self.decision_function(X))

    @property
    def loo_predict_proba_(self):
        return self._as_probabilities(self.loo_decision_function_)

    def _as_probabilities(self, values):
        p = expit(values)
        return np.column_stack([1 - p, p]) if p.ndim == 1 else p


def make_targets(n_labels):
    """Return Y with some labels, or a one-dimensional y of two names."""
    return np.where(Y[:, 0] == 1, "yes", "no") if n_labels is None else Y[:, :n_labels]


@pytest.mark.parametrize("n_labels", [None, 1, 2, 3])
@pytest.mark.parametrize("base", [Ridge(), ProbabilisticRidge()])
def test_thresholds_are_those_of_out_of_fold_scores_of_all_splits(base, n_labels):
    y = make_targets(n_labels)
    parameters = {"strategy": "per_label", "store_cv_results": True}
    loo = TunedThresholdMultiLabelClassifierCV(base, cv="loo", **parameters).fit(X, y)
    refitted = TunedThresholdMultiLabelClassifierCV(base, cv=LeaveOneOut(), **parameters).fit(X, y)
    assert_allclose(loo.cv_results_["y_score"], refitted.cv_results_["y_score"])
    assert_array_equal(loo.cv_results_["row"], np.arange(len(X)))
    assert_allclose(loo.thresholds_, refitted.thresholds_)
    assert_array_equal(loo.predict(X), refitted.predict(X))


@pytest.mark.parametrize("n_labels", [None, 1, 2, 3])
@pytest.mark.parametrize("base", [Ridge(), ProbabilisticRidge()])
def test_calibrators_are_those_of_out_of_fold_scores_of_all_splits(base, n_labels):
    y = make_targets(n_labels)
    loo, refitted = (
        CalibratedMultiLabelClassifierCV(base, cv=cv).fit(X, y) for cv in ("loo", LeaveOneOut())
    )
    assert_allclose(loo.predict_proba(X), refitted.predict_proba(X))
    assert_array_equal(loo.predict(X), refitted.predict(X))


@pytest.mark.parametrize("meta", META)
def test_the_estimator_is_fitted_once(meta, monkeypatch):
    monkeypatch.setattr(ProbabilisticRidge, "n_fits", 0)
    clf = meta(ProbabilisticRidge(), cv="loo").fit(X, FRAME)
    assert ProbabilisticRidge.n_fits == 1
    assert_allclose(clf.estimator_.coef_, ProbabilisticRidge().fit(X, Y).coef_)
    assert clf.label_names_.tolist() == list(FRAME)


def test_refit_has_no_effect():
    one, other = (
        TunedThresholdMultiLabelClassifierCV(Ridge(), cv="loo", refit=refit).fit(X, Y)
        for refit in (True, False)
    )
    assert_array_equal(one.thresholds_, other.thresholds_)
    assert_array_equal(one.loo_decision_function_, other.loo_decision_function_)


def test_leave_one_out_is_divided_into_five_stratified_folds():
    clf = TunedThresholdMultiLabelClassifierCV(Ridge(), cv="loo", store_cv_results=True).fit(X, Y)
    assert clf.thresholds_per_fold_.shape == (5, 3)
    assert clf.cv_results_["score_per_fold"].shape == (5,)
    for k, (_, test) in enumerate(MultiLabelStratifiedKFold(5).split(Y, Y)):
        assert_array_equal(np.flatnonzero(clf.cv_results_["fold"] == k), test)
    calibrated = CalibratedMultiLabelClassifierCV(Ridge(), cv="loo", store_cv_results=True)
    assert np.isfinite(calibrated.fit(X, Y).cv_results_["ece_after"]).all()


def test_missing_labels_are_excluded():
    missing = Y.astype(float)
    missing[:5, 0] = np.nan
    clf = TunedThresholdMultiLabelClassifierCV(
        Ridge(), cv="loo", strategy="per_label", store_cv_results=True
    ).fit(X, missing)
    assert np.isnan(clf.cv_results_["y_true"][:5, 0]).all()
    scores = clf.loo_decision_function_[5:, :1]
    known = TuningData(Y[5:, :1] == 1, scores, is_probability=False)
    assert_allclose(clf.thresholds_[:1], maximize_macro(known, FBeta()))
    CalibratedMultiLabelClassifierCV(Ridge(), cv="loo").fit(X, missing)


@pytest.mark.parametrize("n_labels", [None, 1, 2, 3])
def test_estimators_around_the_estimator_have_its_scores(n_labels):
    y = make_targets(n_labels)
    direct = ProbabilisticRidge().fit(X, y)
    pipeline = make_pipeline(FunctionTransformer(), make_pipeline(ProbabilisticRidge()))
    for inner in (ProbabilisticRidge(), pipeline):
        for clf in (
            FixedThresholdMultiLabelClassifier(inner),
            TunedThresholdMultiLabelClassifierCV(inner, cv="loo"),
            TunedThresholdMultiLabelClassifierCV(inner, cv=2),
            TunedThresholdMultiLabelClassifierCV(
                FixedThresholdMultiLabelClassifier(inner), cv="loo"
            ),
        ):
            clf.fit(X, y)
            assert_allclose(clf.loo_predict_proba_, direct.loo_predict_proba_)
            assert_allclose(clf.loo_decision_function_, direct.loo_decision_function_)


@pytest.mark.parametrize("n_labels", [None, 1, 2, 3])
def test_thresholds_of_calibrated_probabilities(n_labels):
    y = make_targets(n_labels)
    calibrated = CalibratedMultiLabelClassifierCV(ProbabilisticRidge(), cv="loo")
    clf = TunedThresholdMultiLabelClassifierCV(calibrated, cv="loo", store_cv_results=True)
    clf.fit(X, y)
    inner = clf.estimator_
    values = inner.loo_decision_function_.reshape(len(X), -1)
    expected = [c.predict(v) for c, v in zip(inner.calibrators_, values.T, strict=True)]
    assert_allclose(clf.cv_results_["y_score"], np.column_stack(expected))
    assert inner.loo_predict_proba_.shape == inner.predict_proba(X).shape
    assert_allclose(clf.loo_predict_proba_, inner.loo_predict_proba_)


@pytest.mark.parametrize("meta", META)
def test_kernel_ridge_and_grid_search(meta):
    inner = KernelRidgeMultiLabelClassifierCV(kernels=("linear",), random_state=0)
    search = GridSearchCV(
        meta(make_pipeline(StandardScaler(), inner), cv="loo"),
        {"estimator__kernelridgemultilabelclassifiercv__alphas": [(0.1,), (1.0,)]},
        scoring="f1_macro",
        cv=MultiLabelStratifiedKFold(2),
    ).fit(X, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    best = pickle.loads(pickle.dumps(search.best_estimator_))
    assert best.loo_predict_proba_.shape == Y.shape


@pytest.mark.parametrize("meta", META)
def test_fit_parameters_are_routed(meta):
    weight = np.where(np.arange(len(X)) % 2, 3.0, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        inner = Ridge().set_fit_request(sample_weight=True)
        clf = meta(inner, cv="loo").fit(X, Y, sample_weight=weight)
    expected = Ridge().fit(X, Y, sample_weight=weight).loo_decision_function_
    assert_allclose(clf.loo_decision_function_, expected)


@pytest.mark.parametrize("meta", META)
@pytest.mark.parametrize("wrap", [lambda clf: clf, FixedThresholdMultiLabelClassifier])
def test_estimators_without_leave_one_out_scores(meta, wrap):
    method = "predict_proba" if meta is META[0] else "decision_function"
    clf = meta(wrap(OneVsRestClassifier(LogisticRegression())), cv="loo")
    with pytest.raises(AttributeError, match=f"has no attribute 'loo_{method}_'.* use cv=5"):
        clf.fit(X, Y)
    clf.set_params(cv=2).fit(X, Y)
    assert not hasattr(clf, "loo_predict_proba_")
    assert not hasattr(clf, "loo_decision_function_")


@pytest.mark.parametrize("meta", META)
@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("rows", "loo_decision_function_ has 39 rows; expected 40, one for each sample of X"),
        ("columns", "Ridge returns scores of 2 labels; y has 3"),
        ("nan", r"loo_decision_function_ contains no finite scores for 1 of 40 .* \(X\[3\]\)"),
    ],
)
def test_wrong_leave_one_out_scores(meta, fault, message):
    with pytest.raises(ValueError, match=message):
        meta(Ridge(fault=fault), cv="loo").fit(X, Y)


@pytest.mark.parametrize("meta", META)
def test_scores_of_other_samples_are_not_used(meta):
    frozen = FrozenEstimator(ProbabilisticRidge().fit(X, Y))
    with pytest.raises(AttributeError, match="A FrozenEstimator was not fitted on these samples"):
        meta(frozen, cv="loo").fit(X[::-1], Y[::-1])
    assert not hasattr(meta(frozen, cv=2).fit(X[::-1], Y[::-1]), "loo_predict_proba_")


@pytest.mark.parametrize("cv", ["prefit", 0.5])
def test_estimators_of_other_samples_have_no_leave_one_out_scores(cv):
    clf = TunedThresholdMultiLabelClassifierCV(
        ProbabilisticRidge().fit(X, Y), cv=cv, refit=False, random_state=0
    ).fit(X, Y)
    with pytest.raises(AttributeError, match="expected refit=True or cv='loo'"):
        clf.loo_predict_proba_  # noqa: B018
