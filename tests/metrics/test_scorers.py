import pickle
import warnings
from inspect import signature

import numpy as np
import pandas as pd
import pytest
import sklearn
import sklearn.metrics
from numpy.testing import assert_allclose
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning, UndefinedMetricWarning
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV, KFold, cross_validate
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from skmlic import TransferMultiLabelClassifier, metrics
from skmlic.metrics import get_scorer, get_scorer_names, multilabel_scorers

ESTIMATORS = {
    "forest": RandomForestClassifier(5, random_state=0),
    "neighbors": KNeighborsClassifier(3),
    "mlp": MLPClassifier((4,), max_iter=20, random_state=0),
    "multi_output": MultiOutputClassifier(LogisticRegression()),
    "one_vs_rest": OneVsRestClassifier(LogisticRegression()),
    "svm": OneVsRestClassifier(LinearSVC(random_state=0)),
    "chain": ClassifierChain(LogisticRegression()),
    "transfer": TransferMultiLabelClassifier("precomputed", max_epochs=2, random_state=0),
}
# The function behind each name, its sign and options.
FUNCTIONS = {
    "map": ("average_precision_score", 1, {}),
    "map_micro": ("average_precision_score", 1, {"average": "micro"}),
    "map_weighted": ("average_precision_score", 1, {"average": "weighted"}),
    "map_voc": ("average_precision_score", 1, {"interpolation": "voc"}),
    "map_voc11": ("average_precision_score", 1, {"interpolation": "voc11"}),
    "map_coco": ("average_precision_score", 1, {"interpolation": "coco"}),
    "roc_auc": ("roc_auc_score", 1, {}),
    "roc_auc_micro": ("roc_auc_score", 1, {"average": "micro"}),
    "roc_auc_weighted": ("roc_auc_score", 1, {"average": "weighted"}),
    "one_label_accuracy": ("one_label_accuracy_score", 1, {}),
    "neg_one_error": ("one_error", -1, {}),
    "neg_coverage_error": ("coverage_error", -1, {}),
    "neg_label_ranking_loss": ("label_ranking_loss", -1, {}),
    "lrap": ("label_ranking_average_precision_score", 1, {}),
    "neg_log_loss": ("log_loss", -1, {}),
    "neg_brier_score": ("brier_score_loss", -1, {}),
    "neg_expected_calibration_error": ("expected_calibration_error", -1, {}),
    "subset_accuracy": ("subset_accuracy_score", 1, {}),
    "label_accuracy": ("label_accuracy_score", 1, {}),
    "neg_hamming_loss": ("hamming_loss", -1, {}),
    "balanced_accuracy": ("balanced_accuracy_score", 1, {}),
    **{
        f"{short}_{average}": (f"{name}_score", 1, {"average": average, **options})
        for short, name, options in [
            ("precision", "precision", {}),
            ("recall", "recall", {}),
            ("f1", "f1", {}),
            ("f2", "fbeta", {"beta": 2}),
            ("f0.5", "fbeta", {"beta": 0.5}),
            ("jaccard", "jaccard", {}),
        ]
        for average in ("macro", "micro", "samples", "weighted")
    },
}
PAPERS = ("OP", "OR", "OF1", "CP", "CR", "CF1")


def data(n_labels, n_samples=60):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_samples, 4)).astype(np.float32)
    return X, (X[:, :n_labels] + rng.normal(size=(n_samples, n_labels)) > 0.3).astype(int)


def fitted(estimator, X, Y):
    with warnings.catch_warnings():
        for category in (ConvergenceWarning, DataConversionWarning):
            warnings.simplefilter("ignore", category)
        return clone(estimator).fit(X, Y)


def scores_by_hand(estimator, X, n_labels):
    """Stack probabilities, or decision values if there are none, by hand."""
    if not hasattr(estimator, "predict_proba"):
        return estimator.decision_function(X).reshape(len(X), n_labels)
    response = estimator.predict_proba(X)
    if isinstance(response, list):
        return np.column_stack([of_label[:, 1] for of_label in response])
    return response[:, 1:] if n_labels == 1 and response.shape[1] == 2 else response


def by_hand(name, Y, scores, predicted):
    if name in PAPERS:
        return metrics.overall_and_class_scores(Y, predicted)[name]
    if name.endswith("_top3"):
        top = metrics.top_k_labels(scores, 3)
        return metrics.overall_and_class_scores(Y, top)[name.removesuffix("_top3")]
    function, sign, options = FUNCTIONS[name]
    function = getattr(metrics, function)
    takes_predictions = "Y_pred" in signature(function).parameters
    return sign * function(Y, predicted if takes_predictions else scores, **options)


@pytest.mark.parametrize("n_labels", [1, 2, 3])
def test_every_name_is_a_score_function(n_labels):
    X, Y = data(n_labels)
    clf = fitted(ESTIMATORS["neighbors"], X[:30], Y[:30])
    X, Y = X[30:], Y[30:]
    scores = scores_by_hand(clf, X, n_labels)
    predicted = clf.predict(X).reshape(Y.shape)
    names = get_scorer_names()
    assert set(names) == {*FUNCTIONS, *PAPERS, *(f"{name}_top3" for name in PAPERS)}
    for name in names:
        result = get_scorer(name)(clf, X, Y)
        assert isinstance(result, float)
        assert_allclose(result, by_hand(name, Y, scores, predicted), rtol=1e-6, err_msg=name)
        if np.isnan(result):
            assert (name, n_labels) == ("neg_label_ranking_loss", 1)


@pytest.mark.parametrize("n_labels", [1, 2, 3])
@pytest.mark.parametrize("kind", ESTIMATORS)
def test_responses_of_every_estimator(kind, n_labels):
    X, Y = data(n_labels)
    clf = fitted(ESTIMATORS[kind], X[:30], Y[:30])
    X, Y = X[30:], Y[30:]
    scores = scores_by_hand(clf, X, n_labels)
    predicted = clf.predict(X).reshape(Y.shape)
    assert scores.shape == Y.shape
    for name in ("map", "neg_log_loss", "f1_macro", "CF1_top3"):
        if kind == "svm" and name == "neg_log_loss":
            with pytest.raises(AttributeError, match=r"has no (attribute .)?predict_proba"):
                get_scorer(name)(clf, X, Y)
            continue
        expected = by_hand(name, Y, scores, predicted)
        assert_allclose(get_scorer(name)(clf, X, Y), expected, rtol=1e-6, err_msg=name)


def test_estimators_without_scores():
    X, Y = data(2)

    class Silent(ClassifierMixin, BaseEstimator):
        classes_ = (np.array([0, 1]),) * 2

        def predict(self, X):
            return np.zeros((len(X), 2), dtype=int)

    with pytest.raises(AttributeError, match="Silent has no predict_proba and no decision_func"):
        get_scorer("map")(Silent(), X, Y)
    assert get_scorer("f1_macro")(Silent(), X, Y) == 0
    ridge = RidgeClassifier().fit(X, Y)
    expected = metrics.average_precision_score(Y, ridge.decision_function(X))
    assert_allclose(get_scorer("map")(ridge, X, Y), expected)


@pytest.mark.parametrize("n_labels", [1, 2, 3])
@pytest.mark.parametrize("value", [0, 1])
def test_a_label_constant_in_training(n_labels, value):
    X, Y = data(n_labels)
    train = Y.copy()
    train[:, -1] = value
    forest = fitted(ESTIMATORS["forest"], X, train)
    response = forest.predict_proba(X)
    assert (response if n_labels == 1 else response[-1]).shape == (60, 1)
    names = ["map", "roc_auc", "neg_brier_score", "subset_accuracy"]
    results = {name: get_scorer(name)(forest, X, Y) for name in names}
    scores = np.full(Y.shape, float(value))
    for j in range(n_labels - 1):
        scores[:, j] = response[j][:, 1]
    for name, result in results.items():
        assert_allclose(result, by_hand(name, Y, scores, forest.predict(X).reshape(Y.shape)))


class Counting(ClassifierMixin, BaseEstimator):
    """A classifier that counts the calls of its methods, over all its copies."""

    calls = {}

    def __init__(self, estimator=None, C=1.0):
        self.estimator = estimator
        self.C = C

    def fit(self, X, Y):
        self.estimator_ = clone(self.estimator).fit(X, Y)
        self.classes_ = self.estimator_.classes_
        return self

    def predict(self, X):
        self.calls["predict"] = self.calls.get("predict", 0) + 1
        return self.estimator_.predict(X)

    def predict_proba(self, X):
        self.calls["predict_proba"] = self.calls.get("predict_proba", 0) + 1
        return self.estimator_.predict_proba(X)


@pytest.mark.parametrize("n_labels", [2, 3])
@pytest.mark.parametrize("kind", ["forest", "mlp"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_each_response_is_computed_once(kind, n_labels):
    X, Y = data(n_labels)
    scoring = multilabel_scorers("map", "roc_auc", "neg_log_loss", "f1_macro", "CF1", "OP_top3")
    clf = Counting(ESTIMATORS[kind])
    Counting.calls.clear()
    cross_validate(clf, X, Y, scoring=scoring, cv=KFold(3), error_score="raise")
    assert Counting.calls == {"predict": 3, "predict_proba": 3}
    Counting.calls.clear()
    grid = {"C": [1, 2]}
    GridSearchCV(clf, grid, scoring=scoring, refit=False, cv=KFold(2), error_score="raise").fit(
        X, Y
    )
    assert Counting.calls == {"predict": 4, "predict_proba": 4}


@pytest.mark.parametrize("n_labels", [2, 3])
@pytest.mark.parametrize("ours_first", [True, False])
def test_together_with_scorers_of_scikit_learn(ours_first, n_labels):
    # With two flat classes, scikit-learn takes two labels for a binary target, unlike our scorers.
    X, Y = data(n_labels)
    clf = fitted(ESTIMATORS["mlp"], X, Y)
    ours = multilabel_scorers("map", "map_voc")
    theirs = {name: sklearn.metrics.get_scorer(name) for name in ("f1_macro", "jaccard_macro")}
    theirs["proba"] = sklearn.metrics.make_scorer(
        lambda Y, response: float(np.ndim(response)), response_method="predict_proba"
    )
    scoring = {**ours, **theirs} if ours_first else {**theirs, **ours}
    result = sklearn.metrics._scorer._MultimetricScorer(scorers=scoring)(clf, X, Y)
    for name, scorer in scoring.items():
        assert_allclose(result[name], scorer(clf, X, Y))


def test_a_search_ranks_though_a_fold_lacks_a_label():
    X, Y = data(3)
    Y[:, 2] = 0
    Y[[3, 45], 2] = 1  # KFold's second fold has none
    Y = pd.DataFrame(Y, columns=["sea", "sky", "fox"])
    search = GridSearchCV(
        KNeighborsClassifier(),
        {"n_neighbors": [1, 5, 9]},
        scoring=multilabel_scorers("map", "roc_auc", "f1_macro", "CF1"),
        refit="map",
        cv=KFold(3),
        error_score="raise",
    )
    with pytest.warns(UndefinedMetricWarning) as caught:
        search.fit(X, Y)
    assert all("Label 'fox' has " in str(warning.message) for warning in caught)
    # For each candidate map, roc_auc and the recall of CF1 warn. f1 and the precision of CF1 warn,
    # too, except for one neighbor, which predicts a fox where there is none.
    assert len(caught) == 3 * 3 + 2 * 2
    for name in ("map", "roc_auc", "f1_macro", "CF1"):
        assert np.isfinite(search.cv_results_[f"mean_test_{name}"]).all()
    assert set(search.cv_results_["rank_test_map"]) == {1, 2, 3}
    search.set_params(scoring=multilabel_scorers("map", undefined="nan"))
    with pytest.warns(UserWarning, match="non-finite"):
        search.fit(X, Y)
    assert np.isnan(search.cv_results_["mean_test_map"]).all()


def test_labels_are_named_by_the_classifier_or_by_y():
    X, Y = data(2)
    frame = pd.DataFrame(Y, columns=["sea", "sky"])
    clf = fitted(ESTIMATORS["transfer"], X, frame)
    missing = frame.assign(sky=0)
    for truth in (missing, missing.to_numpy()):
        with pytest.raises(ValueError, match="Label 'sky' has no positives"):
            get_scorer("map", undefined="raise")(clf, X, truth)
    with pytest.raises(ValueError, match="Label 'x' has no positives"):
        get_scorer("map", undefined="raise", label_names=["y", "x"])(clf, X, missing.to_numpy())


@pytest.mark.parametrize("kind", ["forest", "mlp"])
def test_pipelines(kind):
    X, Y = data(2)
    pipeline = fitted(make_pipeline(StandardScaler(), ESTIMATORS[kind]), X, Y)
    expected = metrics.average_precision_score(Y, pipeline.predict_proba(X))
    assert_allclose(get_scorer("map")(pipeline, X, Y), expected)


@pytest.mark.slow
def test_scorers_pickle_and_clone():
    X, Y = data(2)
    clf = fitted(ESTIMATORS["neighbors"], X, Y)
    for name in get_scorer_names():
        scorer = get_scorer(name)
        for copy in (pickle.loads(pickle.dumps(scorer)), clone(scorer, safe=False)):
            assert copy(clf, X, Y) == scorer(clf, X, Y)
            assert repr(copy) == repr(scorer) == f"get_scorer({name!r})"


def test_repr_is_what_to_type():
    assert repr(get_scorer("map", undefined="nan")) == "get_scorer('map', undefined='nan')"
    scorer = get_scorer("CF1_top3", k=2)
    assert repr(eval(repr(scorer))) == repr(scorer)
    search = GridSearchCV(KNeighborsClassifier(), {}, scoring=get_scorer("map"))
    assert repr(clone(search)) == repr(search)


@pytest.mark.slow
def test_weights_are_as_repeated_samples():
    X, Y = data(3)
    clf = fitted(ESTIMATORS["neighbors"], X, Y)
    weight = np.arange(len(Y)) % 3
    for name in get_scorer_names():
        scorer = get_scorer(name)
        result = scorer(clf, X, Y, sample_weight=weight)
        expected = scorer(clf, np.repeat(X, weight, 0), np.repeat(Y, weight, 0))
        assert_allclose(result, expected, err_msg=name)


def test_missing_labels_leave_scores_finite():
    X, Y = data(3)
    clf = fitted(ESTIMATORS["neighbors"], X, Y)
    partial = np.where(np.random.default_rng(0).random(Y.shape) < 0.3, np.nan, Y)
    for name in get_scorer_names():
        assert np.isfinite(get_scorer(name)(clf, X, partial)), name


def test_weights_by_metadata_routing():
    X, Y = data(3)
    weight = np.arange(len(Y)) % 3
    clf = KNeighborsClassifier(3)
    with sklearn.config_context(enable_metadata_routing=True):
        scoring = {
            "weighted": get_scorer("map").set_score_request(sample_weight=True),
            "CF1": get_scorer("CF1").set_score_request(sample_weight="other"),
            "plain": get_scorer("map").set_score_request(sample_weight=False),
        }
        result = cross_validate(
            clf,
            X,
            Y,
            scoring=scoring,
            cv=KFold(2),
            error_score="raise",
            params={"sample_weight": weight, "other": weight + 1},
        )
    for fold, (train, test) in enumerate(KFold(2).split(X)):
        clf.fit(X[train], Y[train])
        for name, scorer, w in [
            ("weighted", get_scorer("map"), weight[test]),
            ("CF1", get_scorer("CF1"), weight[test] + 1),
            ("plain", get_scorer("map"), None),
        ]:
            expected = scorer(clf, X[test], Y[test], sample_weight=w)
            assert_allclose(result[f"test_{name}"][fold], expected)


@pytest.mark.filterwarnings("ignore:The y_p.* values do not sum to one")
def test_losses_are_not_those_of_scikit_learn():
    # Scikit-learn's scorers of the same names take labels for the classes of one target.
    X, Y = data(3)
    clf = fitted(ESTIMATORS["multi_output"], X, Y)
    proba = scores_by_hand(clf, X, 3)
    theirs, ours = sklearn.metrics.get_scorer("neg_log_loss"), get_scorer("neg_log_loss")
    by_label = [sklearn.metrics.log_loss(Y[:, j], proba[:, j]) for j in range(3)]
    assert_allclose(ours(clf, X, Y), -np.mean(by_label))
    assert abs(theirs(clf, X, Y) - ours(clf, X, Y)) > 0.05


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("mAP", "'map'"),
        ("cf1", "'CF1'"),
        ("hamming_loss", "'neg_hamming_loss'"),
        ("average_precision", "'map'"),
        ("f1", "'f1_macro'"),
        ("accuracy", "'subset_accuracy'"),
        ("f1_makro", "'f1_macro'"),
    ],
)
def test_unknown_names(name, near):
    with pytest.raises(
        ValueError, match=f"no scorer {name!r}. Did you mean .*get_scorer_names"
    ) as e:
        get_scorer(name)
    assert near in str(e.value).split("Did you mean")[1]
    with pytest.raises(ValueError, match="Did you mean"):
        multilabel_scorers("map", name)


def test_other_errors():
    with pytest.raises(ValueError, match=r"no scorer 'zzz'. skmlic.metrics.get_scorer_names\(\)"):
        get_scorer("zzz")
    with pytest.raises(TypeError, match="The scorer 'CF1' has no option 'average'"):
        get_scorer("CF1", average="macro")
    with pytest.raises(ValueError, match="expected names of scorers, as in multilabel_scorers"):
        multilabel_scorers()
    X, Y = data(2)
    clf = fitted(ESTIMATORS["neighbors"], X, Y)
    with pytest.raises(ValueError, match="one-dimensional"):
        get_scorer("map")(clf, X, Y[:, 0])
