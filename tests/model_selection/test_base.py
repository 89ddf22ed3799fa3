"""Meta-estimators, whichever classifier they wrap."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import make_multilabel_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_validate
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

from skmlic import TransferMultiLabelClassifier
from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.model_selection import (
    FixedThresholdMultiLabelClassifier,
    MultiLabelStratifiedGroupKFold,
    TunedThresholdMultiLabelClassifierCV,
)

X, Y = make_multilabel_classification(
    120, n_features=8, n_classes=3, n_labels=1, allow_unlabeled=True, random_state=0
)
NAMES = ["sea", "sky", "boat"]
FRAME = pd.DataFrame(Y, columns=NAMES)
LINEAR = LogisticRegression(max_iter=1000)
PER_LABEL = MultiOutputClassifier(LINEAR)
FOREST = RandomForestClassifier(n_estimators=10, random_state=0)
META = [
    FixedThresholdMultiLabelClassifier,
    TunedThresholdMultiLabelClassifierCV,
    CalibratedMultiLabelClassifierCV,
]
CROSS_VALIDATED = [TunedThresholdMultiLabelClassifierCV, CalibratedMultiLabelClassifierCV]
BASES = {
    "forest": FOREST,
    "neighbours": KNeighborsClassifier(),
    "mlp": MLPClassifier((5,), solver="lbfgs", max_iter=5, random_state=0),
    "each": PER_LABEL,
    "rest": OneVsRestClassifier(LINEAR),
    "margins": OneVsRestClassifier(LinearSVC()),
    "chain": ClassifierChain(LINEAR),
    "pipeline": make_pipeline(StandardScaler(), PER_LABEL),
    "ours": TransferMultiLabelClassifier("precomputed", max_epochs=2, random_state=0),
}


# Checks of scikit-learn that cannot hold, with the reason and the test that replaces each.
_PER_LABEL = {
    "check_classifier_multioutput": (
        "indexes classes_ with the matrix of predictions, as if all labels had the same classes, "
        "and requires the threshold 0.5: test_predictions_index_classes"
    ),
}
_TUNED = {
    **_PER_LABEL,
    "check_classifiers_train": (
        "requires the threshold 0.5, which tuning changes: "
        "test_predictions_compare_scores_with_thresholds in test_tuned_threshold.py"
    ),
}
CHECKED = {
    FixedThresholdMultiLabelClassifier: {},
    TunedThresholdMultiLabelClassifierCV: _TUNED,
    CalibratedMultiLabelClassifierCV: {},
}


@pytest.fixture(scope="module", params=META)
def fitted(request):
    return request.param(FOREST).fit(X, FRAME)


@pytest.mark.slow
@parametrize_with_checks(
    [meta(base) for meta in META for base in (LINEAR, BASES["mlp"])],
    expected_failed_checks=lambda estimator: CHECKED[type(estimator)],
)
def test_estimator_checks(estimator, check):
    with warnings.catch_warnings():
        # Some checks use data for which scikit-learn itself warns.
        warnings.simplefilter("ignore")
        check(estimator)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore:A column-vector y:sklearn.exceptions.DataConversionWarning")
@pytest.mark.parametrize("n_labels", [1, 2, 3])
@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("meta", META)
def test_any_estimator(meta, base, n_labels):
    if (base, n_labels) == ("chain", 1):
        pytest.skip("ClassifierChain itself returns a list of classes for one label")
    clf = meta(BASES[base])
    if meta in CROSS_VALIDATED:
        clf.set_params(cv=2)
    predicted = clf.fit(X, Y[:, :n_labels]).predict(X)
    assert predicted.shape == (len(X), n_labels)
    assert set(np.unique(predicted)) <= {0, 1}
    assert clf.classes_.shape == (n_labels, 2)
    if base == "margins" and meta is not CalibratedMultiLabelClassifierCV:
        assert not hasattr(clf, "predict_proba")
        assert clf.decision_function(X).shape == (len(X), n_labels)
    else:
        probabilities = clf.predict_proba(X)
        assert probabilities.shape == (len(X), n_labels)
        assert probabilities.min() >= 0
        assert probabilities.max() <= 1


def test_predictions_index_classes(fitted):
    predicted = fitted.predict(X)
    for column, classes in zip(predicted.T, fitted.classes_, strict=True):
        assert_array_equal(classes[column], column)


@pytest.mark.slow
@pytest.mark.parametrize(
    "convert",
    [np.asarray, np.ndarray.tolist, lambda Y: Y.astype(object), lambda Y: FRAME.astype(object)],
    ids=["array", "list", "array of objects", "frame of objects"],
)
def test_forms_of_y(fitted, convert):
    other = clone(fitted).fit(X, convert(Y))
    assert_array_equal(other.predict(X), fitted.predict(X))


@pytest.mark.slow
@pytest.mark.parametrize("meta", META)
def test_sparse_y(meta):
    expected = meta(BASES["ours"]).fit(X, Y).predict(X)
    assert_array_equal(meta(BASES["ours"]).fit(X, sparse.csr_matrix(Y)).predict(X), expected)


def test_names_of_labels(fitted):
    assert fitted.label_names_.tolist() == NAMES
    expected = [tuple(np.array(NAMES)[row == 1]) for row in fitted.predict(X)]
    assert fitted.predict_label_names(X) == expected


@pytest.mark.slow
@pytest.mark.parametrize("meta", META)
def test_binary_y(meta):
    y = np.where(Y[:, 0] == 1, "yes", "no")
    clf = meta(LINEAR).fit(X, y)
    assert_array_equal(clf.classes_, ["no", "yes"])
    assert set(clf.predict(X)) == {"no", "yes"}
    assert clf.predict_proba(X).shape == (len(X), 2)
    assert clf.predict_label_names(X[:5]) == [(predicted,) for predicted in clf.predict(X[:5])]
    scores = cross_validate(meta(LINEAR), X, y, scoring=["roc_auc", "f1_macro"], cv=3)
    assert scores["test_roc_auc"].mean() > 0.6


def test_pickle_and_clone(fitted):
    expected = fitted.predict(X)
    assert_array_equal(pickle.loads(pickle.dumps(fitted)).predict(X), expected)
    assert_array_equal(clone(fitted).fit(X, Y).predict(X), expected)


@pytest.mark.parametrize("meta", META)
def test_tags_are_those_of_the_estimator(meta):
    images = TransferMultiLabelClassifier("tiny_cnn")
    assert not get_tags(meta(images)).input_tags.two_d_array
    assert get_tags(meta(FOREST)).input_tags.two_d_array
    assert get_tags(meta(images)).classifier_tags.multi_label


@pytest.mark.parametrize("meta", CROSS_VALIDATED)
def test_metadata_routing(meta):
    weight = np.where(np.arange(len(X)) % 2, 3.0, 1.0)
    groups = np.arange(len(X)) // 2
    with pytest.raises(ValueError, match="enable_metadata_routing"):
        meta(PER_LABEL).fit(X, Y, sample_weight=weight)
    with sklearn.config_context(enable_metadata_routing=True):
        inner = MultiOutputClassifier(clone(LINEAR).set_fit_request(sample_weight=True))
        inner = inner.set_fit_request(sample_weight=True)
        clf = meta(inner, cv=MultiLabelStratifiedGroupKFold(3))
        clf.fit(X, Y, sample_weight=weight, groups=groups)
        direct = clone(inner).fit(X, Y, sample_weight=weight)
        assert_allclose(clf.estimator_.estimators_[0].coef_, direct.estimators_[0].coef_, rtol=1e-6)


@pytest.mark.parametrize("meta", META)
def test_wrong_y(meta):
    with pytest.raises(ValueError, match=r"Y\[0, '1'\]"):
        meta(FOREST).fit([[0], [1]], [[0, 3], [1, 0]])
    with pytest.raises(ValueError, match="requires y to be passed"):
        meta(FOREST).fit(X, None)


class Gaps(ClassifierMixin, BaseEstimator):
    """Returns NaN for one sample."""

    def fit(self, X, y):
        self.classes_ = [np.array([0, 1])] * 3
        return self

    def predict_proba(self, X):
        scores = np.full((len(X), 3), 0.5)
        scores[1] = np.nan
        return scores


@pytest.mark.parametrize("meta", META)
def test_samples_without_finite_scores(meta):
    with pytest.raises(ValueError, match=r"no finite scores for 1 of \d+ samples \(X\[\d+\]\)"):
        meta(Gaps()).fit(X, Y).predict(X)


def test_estimator_of_another_number_of_labels(fitted):
    two_labels = clone(FOREST).fit(X, Y[:, :2])
    with pytest.raises(ValueError, match="FrozenEstimator returns scores of 2 labels; y has 3"):
        clone(fitted).set_params(estimator=FrozenEstimator(two_labels)).fit(X, Y).predict(X)


@pytest.mark.parametrize("meta", META)
def test_attributes_of_an_earlier_fit_are_deleted(meta):
    clf = meta(FOREST)
    stores = "store_cv_results" in clf.get_params()
    if stores:
        clf.set_params(store_cv_results=True, cv=2)
    clf.fit(pd.DataFrame(X, columns=[f"feature {j}" for j in range(X.shape[1])]), Y)
    assert hasattr(clf, "feature_names_in_")
    assert hasattr(clf, "cv_results_") == stores
    if stores:
        clf.set_params(store_cv_results=False)
    clf.fit(X, Y)
    assert not hasattr(clf, "feature_names_in_")
    assert not hasattr(clf, "cv_results_")
