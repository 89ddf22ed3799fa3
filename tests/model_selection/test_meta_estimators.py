"""Meta-estimators: thresholds fixed and tuned, and calibration, around any classifier."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_multilabel_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_validate,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

from skmlic import TransferMultiLabelClassifier, cache_info
from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.datasets import make_multilabel_shapes
from skmlic.metrics import brier_score_loss, f1_score, get_scorer, multilabel_scorers
from skmlic.model_selection import (
    FixedThresholdMultiLabelClassifier,
    MultiLabelStratifiedGroupKFold,
    MultiLabelStratifiedKFold,
    RepeatedMultiLabelStratifiedKFold,
    TunedThresholdMultiLabelClassifierCV,
)
from skmlic.model_selection._threshold_strategies import STRATEGIES
from skmlic.objectives import ExpectedCost, RecallAtPrecision

X, Y = make_multilabel_classification(
    120, n_features=8, n_classes=3, n_labels=1, allow_unlabeled=True, random_state=0
)
NAMES = ["sea", "sky", "boat"]
META = [
    FixedThresholdMultiLabelClassifier,
    TunedThresholdMultiLabelClassifierCV,
    CalibratedMultiLabelClassifierCV,
]
LINEAR = LogisticRegression(max_iter=1000)
BASES = {
    "forest": RandomForestClassifier(n_estimators=10, random_state=0),
    "neighbours": KNeighborsClassifier(),
    "mlp": MLPClassifier((5,), solver="lbfgs", max_iter=20, random_state=0),
    "each": MultiOutputClassifier(LINEAR),
    "rest": OneVsRestClassifier(LINEAR),
    "margins": OneVsRestClassifier(LinearSVC()),
    "chain": ClassifierChain(LINEAR),
    "pipeline": make_pipeline(StandardScaler(), MultiOutputClassifier(LINEAR)),
    "ours": TransferMultiLabelClassifier("precomputed", max_epochs=2, random_state=0),
}

# Checks of scikit-learn's that can't hold, why, and the test that stands in for each.
_BY_LABEL = {
    "check_classifier_multioutput": (
        "indexes classes_ with the matrix of decisions, as if all labels shared one row, and asks "
        "that they are those at a probability of 0.5: test_decisions_index_classes"
    ),
}
_TUNED = {
    **_BY_LABEL,
    "check_classifiers_train": (
        "asks that decisions are those at a probability of 0.5, which tuning is there to change: "
        "test_tuned_thresholds_decide; the other two pass"
    ),
}
CHECKED = {
    FixedThresholdMultiLabelClassifier: {},
    TunedThresholdMultiLabelClassifierCV: _TUNED,
    CalibratedMultiLabelClassifierCV: {},
}


@parametrize_with_checks(
    [meta(base) for meta in META for base in (LINEAR, BASES["mlp"])],
    expected_failed_checks=lambda estimator: CHECKED[type(estimator)],
)
def test_estimator_checks(estimator, check):
    with warnings.catch_warnings():
        # The checks feed estimators what makes scikit-learn itself warn.
        warnings.simplefilter("ignore")
        check(estimator)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore:A column-vector y:sklearn.exceptions.DataConversionWarning")
@pytest.mark.parametrize("n_labels", [1, 2, 3])
@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("meta", META)
def test_any_classifier_inside(meta, base, n_labels):
    if (base, n_labels) == ("chain", 1):
        pytest.skip("scikit-learn's chain itself answers one label with a list of classes")
    clf = meta(BASES[base]).fit(X, Y[:, :n_labels])
    predicted = clf.predict(X)
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


@pytest.mark.parametrize("meta", META)
def test_decisions_index_classes(meta):
    clf = meta(BASES["forest"]).fit(X, Y)
    for j, classes in enumerate(clf.classes_):
        assert_array_equal(classes[clf.predict(X)[:, j]], clf.predict(X)[:, j])


@pytest.mark.parametrize("meta", META)
@pytest.mark.parametrize("convert", [pd.DataFrame, sparse.csr_matrix, np.ndarray.tolist])
def test_forms_of_y(meta, convert):
    expected = meta(BASES["each"]).fit(X, Y).predict(X)
    base = BASES["ours"] if convert is sparse.csr_matrix else BASES["each"]
    if convert is sparse.csr_matrix:
        expected = meta(base).fit(X, Y).predict(X)
    assert_array_equal(meta(base).fit(X, convert(Y)).predict(X), expected)


@pytest.mark.parametrize("meta", META)
def test_names_of_labels(meta):
    clf = meta(BASES["each"]).fit(X, pd.DataFrame(Y, columns=NAMES))
    assert clf.label_names_.tolist() == NAMES


@pytest.mark.parametrize("meta", META)
def test_binary_y(meta):
    y = np.where(Y[:, 0] == 1, "yes", "no")
    clf = meta(LINEAR).fit(X, y)
    assert_array_equal(clf.classes_, ["no", "yes"])
    assert set(clf.predict(X)) == {"no", "yes"}
    assert clf.predict_proba(X).shape == (len(X), 2)
    scores = cross_validate(meta(LINEAR), X, y, scoring=["roc_auc", "f1_macro"], cv=3)
    assert scores["test_roc_auc"].mean() > 0.6


@pytest.mark.parametrize("meta", META)
def test_pickle_and_clone(meta):
    clf = meta(BASES["forest"]).fit(X, Y)
    assert_array_equal(pickle.loads(pickle.dumps(clf)).predict(X), clf.predict(X))
    assert_array_equal(clone(clf).fit(X, Y).predict(X), clf.predict(X))


@pytest.mark.parametrize("meta", META)
def test_tags_are_those_of_what_is_inside(meta):
    images = TransferMultiLabelClassifier("tiny_cnn")
    assert not get_tags(meta(images)).input_tags.two_d_array
    assert get_tags(meta(BASES["forest"])).input_tags.two_d_array
    assert get_tags(meta(images)).classifier_tags.multi_label


@pytest.mark.parametrize("meta", [TunedThresholdMultiLabelClassifierCV, META[2]])
def test_parallel_is_the_same(meta):
    alone, together = (meta(BASES["forest"], n_jobs=n).fit(X, Y) for n in (1, 2))
    assert_array_equal(alone.predict_proba(X), together.predict_proba(X))
    assert_array_equal(alone.predict(X), together.predict(X))


@pytest.mark.parametrize("meta", [TunedThresholdMultiLabelClassifierCV, META[2]])
def test_metadata_is_routed(meta):
    weight = np.where(np.arange(len(X)) % 2, 3.0, 1.0)
    groups = np.arange(len(X)) // 2
    with pytest.raises(ValueError, match="enable_metadata_routing"):
        meta(BASES["each"]).fit(X, Y, sample_weight=weight)
    with sklearn.config_context(enable_metadata_routing=True):
        inner = MultiOutputClassifier(LINEAR.set_fit_request(sample_weight=True))
        inner = inner.set_fit_request(sample_weight=True)
        clf = meta(inner, cv=MultiLabelStratifiedGroupKFold(3))
        clf.fit(X, Y, sample_weight=weight, groups=groups)
        direct = clone(inner).fit(X, Y, sample_weight=weight)
        assert_allclose(clf.estimator_.estimators_[0].coef_, direct.estimators_[0].coef_, rtol=1e-6)


@pytest.mark.parametrize("meta", META)
def test_y_that_is_none_of_0_and_1(meta):
    with pytest.raises(ValueError, match=r"Y\[0, '1'\]"):
        meta(BASES["forest"]).fit([[0], [1]], [[0, 3], [1, 0]])
    with pytest.raises(ValueError, match="requires y to be passed"):
        meta(BASES["forest"]).fit(X, None)


@pytest.mark.parametrize("meta", [TunedThresholdMultiLabelClassifierCV, META[2]])
def test_estimators_that_refuse_a_constant_label_say_which(meta):
    rare = Y.copy()
    rare[:, 1] = 0
    rare[0, 1] = 1
    with pytest.raises(ValueError, match="class") as caught:
        meta(BASES["each"]).fit(X, pd.DataFrame(rare, columns=NAMES))
    assert "only one value: 'sky'" in caught.value.__notes__[0]


@pytest.mark.parametrize("meta", [TunedThresholdMultiLabelClassifierCV, META[2]])
def test_constant_labels_are_not_blamed_for_wrong_parameters(meta):
    rare = Y.copy()
    rare[:, 1] = 0
    rare[0, 1] = 1
    with pytest.raises(ValueError, match="'C' parameter") as caught:
        meta(MultiOutputClassifier(LogisticRegression(C=-1))).fit(X, rare)
    assert not hasattr(caught.value, "__notes__")


class Gaps(ClassifierMixin, BaseEstimator):
    """Answers NaN for one sample."""

    def fit(self, X, y):
        self.classes_ = [np.array([0, 1])] * 3
        return self

    def predict_proba(self, X):
        scores = np.full((len(X), 3), 0.5)
        scores[1] = np.nan
        return scores


@pytest.mark.parametrize("meta", META)
def test_samples_without_score(meta):
    with pytest.raises(ValueError, match=r"no finite scores for 1 of \d+ samples \(X\[\d+\]\)"):
        meta(Gaps()).fit(X, Y).predict(X)


class Unreadable(ClassifierMixin, BaseEstimator):
    """Refuses to learn from the sample whose first feature is the largest."""

    def fit(self, X, y):
        self.classes_ = [np.array([0, 1])] * 3
        bad = np.flatnonzero(X[:, 0] == 99)
        if len(bad):
            error = ValueError(f"X{bad.tolist()} can't be read")
            error.indices = bad
            raise error
        return self

    def predict_proba(self, X):
        return np.full((len(X), 3), 0.5)


@pytest.mark.parametrize("meta", [TunedThresholdMultiLabelClassifierCV, META[2]])
def test_errors_of_folds_tell_the_positions_in_X(meta):
    spoilt = X.copy()
    spoilt[77, 0] = 99
    with pytest.raises(ValueError, match="can't be read") as caught:
        meta(Unreadable()).fit(spoilt, Y)
    assert "in X they are [77]" in caught.value.__notes__[0]


@pytest.mark.parametrize("meta", META)
def test_another_number_of_labels_is_refused(meta):
    fitted = clone(BASES["forest"]).fit(X, Y[:, :2])
    with pytest.raises(ValueError, match="FrozenEstimator returns scores of 2 labels; y has 3"):
        meta(FrozenEstimator(fitted)).fit(X, Y).predict(X)


@pytest.mark.parametrize("meta", META)
def test_y_of_objects(meta):
    expected = meta(BASES["forest"]).fit(X, Y).predict(X)
    for y in (Y.astype(object), pd.DataFrame(Y.astype(object), columns=NAMES)):
        assert_array_equal(meta(BASES["forest"]).fit(X, y).predict(X), expected)


@pytest.mark.parametrize("meta", META)
def test_nothing_is_left_of_an_earlier_fit(meta):
    clf = meta(BASES["each"])
    if "store_cv_results" in clf.get_params():
        clf.set_params(store_cv_results=True)
    clf.fit(pd.DataFrame(X, columns=[f"feature {j}" for j in range(X.shape[1])]), Y)
    assert hasattr(clf, "feature_names_in_")
    if "store_cv_results" in clf.get_params():
        clf.set_params(store_cv_results=False)
    clf.fit(X, Y)
    assert not hasattr(clf, "feature_names_in_")
    assert not hasattr(clf, "cv_results_")


def test_constant_training_part_of_a_binary_y():
    y = np.array(["yes"] * 29 + ["no"])
    splits = [(range(29), [29]), (range(1, 30), [0])]
    clf = TunedThresholdMultiLabelClassifierCV(
        BASES["forest"], cv=splits, store_cv_results=True, strategy="shared"
    ).fit(X[:30], y)
    assert clf.cv_results_["y_score"][0] == 1.0


# Fixed thresholds


def test_fixed_default_is_the_plain_classifier():
    for base in ("each", "margins"):
        clf = FixedThresholdMultiLabelClassifier(BASES[base]).fit(X, Y)
        assert_array_equal(clf.predict(X), clone(BASES[base]).fit(X, Y).predict(X))


def test_fixed_thresholds():
    Yf = pd.DataFrame(Y, columns=NAMES)
    for threshold, expected in (
        (0.3, [0.3, 0.3, 0.3]),
        ([0.1, 0.2, 0.3], [0.1, 0.2, 0.3]),
        ({"boat": 0.2}, [0.5, 0.5, 0.2]),
        (pd.Series([0.1, 0.2, 0.3], index=["boat", "sea", "sky"]), [0.2, 0.3, 0.1]),
        ({0: 0.7, "sky": 0.1}, [0.7, 0.1, 0.5]),
    ):
        clf = FixedThresholdMultiLabelClassifier(BASES["each"], threshold=threshold).fit(X, Yf)
        assert_allclose(clf.thresholds_, expected)
        assert_array_equal(clf.predict(X), clf.predict_proba(X) >= expected)


@pytest.mark.parametrize(
    ("threshold", "message"),
    [
        ([0.1, 0.2], r"shape \(2,\); expected one number, or one for each of the 3 labels"),
        ({"boot": 0.2}, "the label 'boot', which Y does not have. Did you mean 'boat'"),
        ({7: 0.2}, "the label 7; Y has 3 labels"),
        (float("nan"), "contains NaN"),
    ],
)
def test_fixed_thresholds_that_do_not_fit(threshold, message):
    clf = FixedThresholdMultiLabelClassifier(BASES["each"], threshold=threshold)
    with pytest.raises(ValueError, match=message):
        clf.fit(X, pd.DataFrame(Y, columns=NAMES))


def test_fixed_thresholds_around_a_fitted_classifier():
    fitted = clone(BASES["each"]).fit(X[:60], Y[:60])
    clf = FixedThresholdMultiLabelClassifier(FrozenEstimator(fitted), threshold=0.3).fit(X, Y)
    expected = FixedThresholdMultiLabelClassifier(BASES["each"], threshold=0.3).fit(X[:60], Y[:60])
    assert_array_equal(clf.predict(X), expected.predict(X))


# Tuned thresholds


def out_of_fold(base, cv):
    probabilities = cross_val_predict(base, X, Y, cv=cv, method="predict_proba")
    return np.column_stack([p[:, 1] for p in probabilities])


def test_thresholds_are_those_of_out_of_fold_scores():
    cv = MultiLabelStratifiedKFold(4)
    clf = TunedThresholdMultiLabelClassifierCV(BASES["each"], strategy="per_label", cv=4)
    clf.fit(X, Y)
    scores = out_of_fold(BASES["each"], cv)
    assert_allclose(clf.best_score_, f1_score(Y, scores >= clf.thresholds_))
    for threshold in np.linspace(0, 1, 41):
        for j in range(3):
            other = clf.thresholds_.copy()
            other[j] = threshold
            assert f1_score(Y, scores >= other) <= clf.best_score_ + 1e-12
    assert clf.thresholds_per_fold_.shape == (4, 3)
    mean = clone(clf).set_params(strategy="mean_of_folds").fit(X, Y)
    assert_allclose(mean.thresholds_, clf.thresholds_per_fold_.mean(axis=0))
    automatic = TunedThresholdMultiLabelClassifierCV(BASES["each"], cv=4).fit(X, Y)
    assert automatic.strategy_ == "shrunken"
    assert_allclose(automatic.thresholds_, automatic.thresholds_per_fold_.mean(axis=0))


def test_tuned_thresholds_decide():
    for target, scores_of in (
        (Y[:, 0], lambda clf: clf.predict_proba(X)[:, 1:]),
        (Y, lambda clf: clf.predict_proba(X)),
    ):
        base = LINEAR if target.ndim == 1 else BASES["each"]
        clf = TunedThresholdMultiLabelClassifierCV(base, cv=3).fit(X, target)
        decisions = scores_of(clf) >= clf.thresholds_
        assert_array_equal(clf.predict(X).reshape(decisions.shape), decisions)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("objective", ["f1_macro", "f1_micro", "f1_samples", "CF1"])
def test_every_strategy_for_every_average(objective, strategy):
    if strategy == "fbr" and objective != "f1_macro":
        pytest.skip("refused, see test_strategies_that_an_objective_can_not_have")
    clf = TunedThresholdMultiLabelClassifierCV(
        BASES["neighbours"], objective=objective, strategy=strategy, cv=3
    ).fit(X, Y)
    assert clf.strategy_ != "auto"
    assert clf.thresholds_.shape == (3,)
    assert get_scorer(objective)(clf, X, Y) > 0.3
    if strategy == "shared":
        assert len(set(clf.thresholds_)) == 1


def test_tuning_wins_where_labels_are_rare():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(2000, 5))
    logits = features @ rng.normal(size=(5, 4)) - [1, 2, 3, 4]
    labels = (rng.random((2000, 4)) < 1 / (1 + np.exp(-logits))).astype(int)
    train, test = np.arange(1000), np.arange(1000, 2000)
    plain = clone(BASES["each"]).fit(features[train], labels[train])
    tuned = TunedThresholdMultiLabelClassifierCV(BASES["each"]).fit(features[train], labels[train])
    before = f1_score(labels[test], plain.predict(features[test]))
    after = f1_score(labels[test], tuned.predict(features[test]))
    assert after > before + 0.03


def test_top_k():
    clf = TunedThresholdMultiLabelClassifierCV(BASES["each"], strategy="top_k", k=2, cv=3)
    assert (clf.fit(X, Y).predict(X).sum(axis=1) == 2).all()
    assert clf.k_ == 2
    chosen = TunedThresholdMultiLabelClassifierCV(BASES["each"], strategy="top_k", cv=3)
    assert 1 <= chosen.fit(X, Y).k_ <= 3


def test_at_least_one():
    clf = TunedThresholdMultiLabelClassifierCV(BASES["each"], cv=3, at_least_one=True).fit(X, Y)
    without = TunedThresholdMultiLabelClassifierCV(BASES["each"], cv=3).fit(X, Y)
    predicted, probabilities = clf.predict(X), clf.predict_proba(X)
    empty = without.predict(X).sum(axis=1) == 0
    assert empty.any()
    assert (predicted[empty].sum(axis=1) == 1).all()
    assert_array_equal(predicted[empty].argmax(axis=1), probabilities[empty].argmax(axis=1))
    assert_array_equal(predicted[~empty], without.predict(X)[~empty])


def test_prefit():
    fitted = clone(BASES["each"]).fit(X[:60], Y[:60])
    clf = TunedThresholdMultiLabelClassifierCV(fitted, cv="prefit", refit=False)
    clf.fit(X[60:], Y[60:])
    assert clf.estimator_ is fitted
    assert clf.thresholds_per_fold_.shape == (5, 3)
    with pytest.raises(ValueError, match="refit=True is not possible with cv='prefit'; expected refit=False"):
        clone(clf).set_params(refit=True).fit(X, Y)


def test_single_split():
    clf = TunedThresholdMultiLabelClassifierCV(
        BASES["each"], cv=0.3, refit=False, random_state=0, store_cv_results=True
    ).fit(X, Y)
    assert len(clf.cv_results_["y_true"]) == 36
    held_out = clf.cv_results_["row"]
    train = np.setdiff1d(np.arange(len(X)), held_out)
    direct = clone(BASES["each"]).fit(X[train], Y[train])
    assert_allclose(
        clf.predict_proba(X), np.column_stack([p[:, 1] for p in direct.predict_proba(X)])
    )
    with pytest.raises(ValueError, match="cv yields 5 splits; expected at least one"):
        TunedThresholdMultiLabelClassifierCV(BASES["each"], refit=False).fit(X, Y)


def test_cv_results_hold_what_was_tuned_on():
    clf = TunedThresholdMultiLabelClassifierCV(
        BASES["each"], cv=KFold(3), store_cv_results=True
    ).fit(X, Y)
    results = clf.cv_results_
    assert_array_equal(results["y_true"], Y[results["row"]])
    assert_allclose(results["y_score"], out_of_fold(BASES["each"], KFold(3)))
    for k, score in enumerate(results["score_per_fold"]):
        rows = results["fold"] == k
        predicted = results["y_score"][rows] >= clf.thresholds_per_fold_[k]
        assert_allclose(score, f1_score(results["y_true"][rows], predicted))


@pytest.mark.parametrize(
    ("strategy", "fallback"),
    [
        ("per_label", "default threshold, 0.5"),
        ("auto", "threshold that is best for all labels together"),
        ("fbr", "default threshold, 0.5"),
    ],
)
def test_labels_without_evidence_are_named(strategy, fallback):
    labels = pd.DataFrame(Y, columns=NAMES)
    labels["sky"] = 0
    clf = TunedThresholdMultiLabelClassifierCV(BASES["forest"], cv=3, strategy=strategy)
    with pytest.warns(UserWarning, match=rf"'sky'\. They have the {fallback}") as caught:
        clf.fit(X, labels)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    shared = clone(clf).set_params(strategy="shared").fit(X, labels).thresholds_
    per_fold = clf.thresholds_per_fold_[:, 1]
    if fallback.startswith("default"):
        assert clf.thresholds_[1] == 0.5
        assert (per_fold == 0.5).all()
    else:
        assert per_fold.min() <= clf.thresholds_[1] <= per_fold.max()
        assert abs(clf.thresholds_[1] - shared[1]) < 0.2


def test_nothing_to_tune_on_is_the_default():
    with pytest.warns(UserWarning, match=r"'boat'\. They have the default threshold, 0\.5"):
        clf = TunedThresholdMultiLabelClassifierCV(BASES["forest"], cv=3).fit(
            X, pd.DataFrame(np.zeros_like(Y), columns=NAMES)
        )
    assert_array_equal(clf.thresholds_, 0.5)


def test_unattainable_precision_is_named():
    rng = np.random.default_rng(0)
    labels = np.column_stack([Y[:, 0], rng.random(len(X)) < 0.1])
    with pytest.warns(
        UserWarning, match=r"RecallAtPrecision\(precision=0.99\): .* They are never predicted\."
    ):
        clf = TunedThresholdMultiLabelClassifierCV(
            BASES["forest"], objective=RecallAtPrecision(0.99), cv=3
        ).fit(rng.normal(size=(len(X), 2)), labels)
    assert clf.thresholds_[1] == np.inf


def test_expected_cost_moves_the_threshold():
    cheap, dear = (
        TunedThresholdMultiLabelClassifierCV(
            BASES["each"], objective=ExpectedCost([[0, 1], [cost, 0]]), cv=3
        ).fit(X, Y)
        for cost in (1, 10)
    )
    assert (dear.thresholds_ < cheap.thresholds_).all()


def test_scorers_weigh_samples_by_routing():
    weight = np.where(Y[:, 0] == 1, 10.0, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        forest = clone(BASES["forest"]).set_fit_request(sample_weight=False)
        plain = TunedThresholdMultiLabelClassifierCV(
            forest, objective=get_scorer("label_accuracy"), strategy="per_label", cv=3
        ).fit(X, Y)
        weighted = TunedThresholdMultiLabelClassifierCV(
            forest,
            objective=get_scorer("label_accuracy").set_score_request(sample_weight=True),
            strategy="per_label",
            cv=3,
        ).fit(X, Y, sample_weight=weight)
    assert weighted.thresholds_[0] < plain.thresholds_[0]


@pytest.mark.parametrize(
    "weight", [np.ones(500), np.ones((120, 2)), np.full(120, -1.0), np.zeros(120)]
)
def test_weights_of_scorers_are_checked(weight):
    with sklearn.config_context(enable_metadata_routing=True):
        scorer = get_scorer("f1_macro").set_score_request(sample_weight=True)
        forest = clone(BASES["forest"]).set_fit_request(sample_weight=False)
        clf = TunedThresholdMultiLabelClassifierCV(forest, objective=scorer, cv=3)
        with pytest.raises(ValueError, match=r"[Ss]ample.?weight"):
            clf.fit(X, Y, sample_weight=weight)


@pytest.mark.parametrize(
    ("parameters", "columns", "message"),
    [
        ({"at_least_one": True}, 1, "at_least_one=True would predict the only label"),
        ({"strategy": "top_k"}, 1, "strategy='top_k' would predict the only label"),
        (
            {"at_least_one": True, "objective": RecallAtPrecision(0.9)},
            3,
            "at_least_one=True cannot keep the constraint",
        ),
        ({"objective": ExpectedCost([[[0, 1], [1, 0]]] * 2)}, 3, "has 2 cost matrices; expected"),
    ],
)
def test_rules_that_make_no_sense(parameters, columns, message):
    clf = TunedThresholdMultiLabelClassifierCV(BASES["forest"], **parameters)
    with pytest.raises(ValueError, match=message):
        clf.fit(X, Y[:, :columns])


def test_repeated_folds_leave_all_repeats_out():
    rng = np.random.default_rng(0)
    noise, labels = rng.normal(size=(200, 3)), rng.integers(2, size=(200, 2))
    cv = RepeatedMultiLabelStratifiedKFold(3, n_repeats=3, random_state=0)
    clf = CalibratedMultiLabelClassifierCV(
        BASES["each"], method="isotonic", cv=cv, store_cv_results=True
    ).fit(noise, labels)
    # Isotonic steps fitted to the samples themselves would look almost perfectly calibrated.
    assert (clf.cv_results_["ece_after"] > 0.01).all()
    single = CalibratedMultiLabelClassifierCV(
        BASES["each"], method="isotonic", cv=0.5, random_state=0, store_cv_results=True
    ).fit(noise, labels)
    assert (single.cv_results_["ece_after"] > 0.01).all()


def test_sklearns_one_vs_rest_ignores_tuned_thresholds():
    """The trap that the docs warn of; when it closes, they should say so."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(400, 3))
    labels = (features + rng.normal(scale=2, size=(400, 3)) > 2).astype(int)
    tuner = TunedThresholdClassifierCV(LINEAR, scoring="f1", cv=3)
    ignored = OneVsRestClassifier(tuner).fit(features, labels)
    inner = np.column_stack([one.predict(features) for one in ignored.estimators_])
    assert (inner != ignored.predict(features)).mean() > 0.1
    used = MultiOutputClassifier(tuner).fit(features, labels)
    assert_array_equal(used.predict(features), inner)
    ours = TunedThresholdMultiLabelClassifierCV(OneVsRestClassifier(LINEAR), cv=3)
    ours.fit(features, labels)
    assert_array_equal(ours.predict(features), ours.predict_proba(features) >= ours.thresholds_)
    assert f1_score(labels, ours.predict(features)) > f1_score(labels, ignored.predict(features))


def test_search_over_what_is_inside_passes_each_picture_once():
    images, labels = make_multilabel_shapes(40, n_labels=3, random_state=0)
    inner = TransferMultiLabelClassifier("tiny_cnn", max_epochs=2, random_state=0)
    search = GridSearchCV(
        TunedThresholdMultiLabelClassifierCV(inner, cv=3),
        {"estimator__dropout": [0.3, 0.6]},
        scoring=multilabel_scorers("map", "f1_macro"),
        refit="f1_macro",
        cv=MultiLabelStratifiedKFold(3),
    ).fit(images, labels)
    assert np.isfinite(search.cv_results_["mean_test_f1_macro"]).all()
    assert cache_info().backbone_passes == 40


# Calibration


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_calibration_is_scikit_learns_label_by_label(method):
    cv = MultiLabelStratifiedKFold(3)
    clf = CalibratedMultiLabelClassifierCV(OneVsRestClassifier(LINEAR), method=method, cv=cv)
    probabilities = clf.fit(X, Y).predict_proba(X)
    splits = list(cv.split(X, Y))
    for j in range(3):
        one = CalibratedClassifierCV(LINEAR, method=method, cv=splits, ensemble=False)
        assert_allclose(probabilities[:, j], one.fit(X, Y[:, j]).predict_proba(X)[:, 1], atol=1e-9)


@pytest.mark.parametrize("method", ["sigmoid", "isotonic", "temperature"])
def test_calibration_mends_overconfidence(method):
    pytest.importorskip("sklearn", "1.8" if method == "temperature" else "1.6")
    features, labels = make_multilabel_classification(
        1500, n_features=30, n_classes=3, random_state=0
    )
    bayes = MultiOutputClassifier(GaussianNB())
    clf = CalibratedMultiLabelClassifierCV(bayes, method=method, store_cv_results=True)
    clf.fit(features[:1000], labels[:1000])
    results = clf.cv_results_
    assert (results["ece_after"] < results["ece_before"]).all()
    assert (results["brier_after"] < results["brier_before"]).all()
    plain = FixedThresholdMultiLabelClassifier(bayes).fit(features[:1000], labels[:1000])
    rest, truth = features[1000:], labels[1000:]
    assert brier_score_loss(truth, clf.predict_proba(rest)) < brier_score_loss(
        truth, plain.predict_proba(rest)
    )


@pytest.mark.parametrize("base", ["forest", "neighbours"])
@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_calibration_of_outright_0_and_1_does_no_harm(method, base):
    features, labels = make_multilabel_classification(
        1500, n_features=20, n_classes=4, random_state=0
    )
    clf = CalibratedMultiLabelClassifierCV(BASES[base], method=method, store_cv_results=True)
    results = clf.fit(features, labels).cv_results_
    assert results["brier_after"].mean() < results["brier_before"].mean() + 0.002


def test_temperature_keeps_decisions():
    pytest.importorskip("sklearn", "1.8")
    clf = CalibratedMultiLabelClassifierCV(BASES["each"], method="temperature").fit(X, Y)
    assert_array_equal(clf.predict(X), clf.estimator_.predict(X))


def test_constant_labels_stay_as_they_are():
    labels = pd.DataFrame(Y, columns=NAMES)
    labels["sky"] = 0
    with pytest.warns(UserWarning, match="cannot be calibrated: 'sky'") as caught:
        clf = CalibratedMultiLabelClassifierCV(BASES["forest"], cv=3).fit(X, labels)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert clf.calibrators_[1] is None
    assert_allclose(clf.predict_proba(X)[:, 1], 0, atol=1e-9)


def test_calibration_of_a_fitted_classifier():
    fitted = clone(BASES["each"]).fit(X[:60], Y[:60])
    clf = CalibratedMultiLabelClassifierCV(FrozenEstimator(fitted), cv=3).fit(X[60:], Y[60:])
    assert_allclose(
        np.column_stack([p[:, 1] for p in clf.estimator_.predict_proba(X)]),
        np.column_stack([p[:, 1] for p in fitted.predict_proba(X)]),
    )


def test_thresholds_of_calibrated_probabilities():
    calibrated = CalibratedMultiLabelClassifierCV(BASES["forest"], cv=3)
    clf = TunedThresholdMultiLabelClassifierCV(calibrated, cv=3).fit(X, Y)
    assert_array_equal(clf.predict(X), clf.predict_proba(X) >= clf.thresholds_)


@pytest.mark.parametrize("meta", META)
def test_names_of_labels_are_those_of_predict(meta):
    model = meta(MultiOutputClassifier(LINEAR)).fit(X, pd.DataFrame(Y, columns=NAMES))
    expected = [tuple(np.array(NAMES)[row == 1]) for row in model.predict(X)]
    assert model.predict_label_names(X) == expected
    one = meta(LINEAR).fit(X, np.where(Y[:, 0], "yes", "no"))
    assert one.predict_label_names(X[:5]) == [(answer,) for answer in one.predict(X[:5])]
