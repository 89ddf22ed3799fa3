"""Unknown labels: what nobody looked at says nothing, anywhere."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import GridSearchCV

from skmlic import metrics
from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.class_weight import compute_label_weight
from skmlic.losses import LOSSES, BCELoss
from skmlic.metrics import multilabel_scorers
from skmlic.model_selection import (
    MultiLabelStratifiedKFold,
    MultiLabelStratifiedShuffleSplit,
    TunedThresholdMultiLabelClassifierCV,
    multilabel_train_test_split,
)
from skmlic.model_selection._threshold_search import TuningData
from skmlic.model_selection._threshold_strategies import tune
from skmlic.objectives import (
    BalancedAccuracy,
    ExpectedCost,
    FBeta,
    Jaccard,
    LabelAccuracy,
    SubsetAccuracy,
)
from skmlic.sampling import drop_rare_labels

RNG = np.random.default_rng(0)
Y = (RNG.random((60, 4)) < 0.4).astype(float)
SCORES = np.clip(RNG.normal(0.4 + 0.2 * Y, 0.2), 0.01, 0.99).round(2)
KNOWN = RNG.random(Y.shape) < 0.7
KNOWN[:2] = True
Y[0], Y[1] = 1, 0
PARTIAL = np.where(KNOWN, Y, np.nan)
PREDICTED = (SCORES >= 0.5).astype(int)
WEIGHT = RNG.uniform(0.5, 2, len(Y))

OF_SCORES = ("average_precision_score", "roc_auc_score")
OF_PROBABILITIES = ("log_loss", "brier_score_loss", "expected_calibration_error")
OF_DECISIONS = (
    "precision_score",
    "recall_score",
    "f1_score",
    "jaccard_score",
    "balanced_accuracy_score",
    "label_accuracy_score",
)
OF_SAMPLES = (
    "one_label_accuracy_score",
    "one_error",
    "coverage_error",
    "label_ranking_loss",
    "label_ranking_average_precision_score",
)


@pytest.mark.parametrize("weight", [None, WEIGHT])
@pytest.mark.parametrize("name", OF_SCORES + OF_PROBABILITIES + OF_DECISIONS)
def test_scores_of_labels_are_those_of_the_known_samples(name, weight):
    score = getattr(metrics, name)
    response = PREDICTED if name in OF_DECISIONS else SCORES
    by_label = score(PARTIAL, response, average=None, sample_weight=weight)
    for j, known in enumerate(KNOWN.T):
        alone = score(
            Y[known][:, [j]],
            response[known][:, [j]],
            average=None,
            sample_weight=None if weight is None else weight[known],
        )
        assert_allclose(by_label[j], alone[0])
    assert_allclose(score(PARTIAL, response, sample_weight=weight), by_label.mean())


@pytest.mark.parametrize("name", ["average_precision_score", "roc_auc_score", "f1_score"])
def test_micro_averages_are_those_of_the_known_entries(name):
    score = getattr(metrics, name)
    response = PREDICTED if name == "f1_score" else SCORES
    expected = score(Y[KNOWN][:, None], response[KNOWN][:, None])
    assert_allclose(score(PARTIAL, response, average="micro"), expected)


@pytest.mark.parametrize("name", OF_SAMPLES)
def test_scores_of_samples_are_those_of_the_known_labels(name):
    score = getattr(metrics, name)
    by_sample = [
        score(Y[[i]][:, known], SCORES[[i]][:, known])
        for i, known in enumerate(KNOWN)
        if known.any()
    ]
    assert_allclose(score(PARTIAL, SCORES), np.nanmean(by_sample))


@pytest.mark.parametrize("name", ["f1_score", "precision_score", "recall_score", "jaccard_score"])
def test_averages_over_samples_are_those_of_the_known_labels(name):
    score = getattr(metrics, name)
    by_sample = [
        score(Y[[i]][:, known], PREDICTED[[i]][:, known], average="samples")
        for i, known in enumerate(KNOWN)
        if known.any()
    ]
    assert_allclose(score(PARTIAL, PREDICTED, average="samples"), np.nanmean(by_sample))


def test_subset_accuracy_and_hamming_loss_count_what_is_known():
    right = [(Y[i] == PREDICTED[i])[known].all() for i, known in enumerate(KNOWN) if known.any()]
    assert_allclose(metrics.subset_accuracy_score(PARTIAL, PREDICTED), np.mean(right))
    wrong = (Y != PREDICTED)[KNOWN].mean()
    assert_allclose(metrics.hamming_loss(PARTIAL, PREDICTED), wrong)


def test_confusion_matrices_count_what_is_known():
    matrices = metrics.multilabel_confusion_matrix(PARTIAL, PREDICTED)
    assert_array_equal(matrices.sum(axis=(1, 2)), KNOWN.sum(axis=0))


def test_report_of_what_is_known():
    frame = metrics.classification_report(PARTIAL, PREDICTED, SCORES, output="frame")
    expected = metrics.average_precision_score(PARTIAL, SCORES, average=None)
    assert_allclose(frame["average_precision"].iloc[:4], expected)
    assert frame.loc["macro", "support"] == (PARTIAL == 1).sum()


def test_a_label_that_nobody_looked_at_is_undefined():
    partial = pd.DataFrame(PARTIAL, columns=list("abcd"))
    partial["b"] = np.nan
    with pytest.warns(UserWarning, match="Label 'b' has no positives"):
        score = metrics.average_precision_score(partial, SCORES)
    others = [0, 2, 3]
    assert_allclose(score, metrics.average_precision_score(PARTIAL[:, others], SCORES[:, others]))
    rest = metrics.brier_score_loss(PARTIAL[:, others], SCORES[:, others])
    assert_allclose(metrics.brier_score_loss(partial, SCORES), rest)


def test_what_is_predicted_must_be_known():
    with pytest.raises(ValueError, match="Y_pred has NaN"):
        metrics.f1_score(Y, PARTIAL)


class GivenScores(ClassifierMixin, BaseEstimator):
    """A classifier whose X is its probabilities, and whose y may be partly unknown."""

    def fit(self, X, y):
        self.classes_ = np.tile([0, 1], (y.shape[1], 1))
        return self

    def predict_proba(self, X):
        return X

    def predict(self, X):
        return (X >= 0.5).astype(int)


@pytest.mark.parametrize("objective", [FBeta(), Jaccard(), BalancedAccuracy()], ids=repr)
def test_thresholds_of_labels_are_those_of_the_known_samples(objective):
    data = TuningData(PARTIAL == 1, SCORES, is_probability=True, known=KNOWN)
    thresholds = tune(data, objective, "per_label", fbr=0, shrinkage=0)
    for j, known in enumerate(KNOWN.T):
        alone = TuningData(Y[known][:, [j]] == 1, SCORES[known][:, [j]], is_probability=True)
        assert_allclose(thresholds[j], tune(alone, objective, "per_label", fbr=0, shrinkage=0)[0])


@pytest.mark.parametrize("strategy", ["shared", "per_label"])
@pytest.mark.parametrize(
    "objective",
    [
        FBeta(),
        FBeta(average="micro"),
        FBeta(average="samples"),
        SubsetAccuracy(),
        LabelAccuracy(),
        ExpectedCost([[0, 1], [5, 0]]),
    ],
    ids=repr,
)
def test_what_is_unknown_changes_no_threshold(objective, strategy):
    data = TuningData(PARTIAL == 1, SCORES, is_probability=True, known=KNOWN)
    found = tune(data, objective, strategy, fbr=0, shrinkage=0)
    best = data.evaluate(objective, data.scores >= found)
    # What lies at unknown entries is anybody's guess.
    guessed = np.where(KNOWN, SCORES, RNG.random(SCORES.shape))
    other = TuningData(PARTIAL == 1, guessed, is_probability=True, known=KNOWN)
    found = tune(other, objective, strategy, fbr=0, shrinkage=0)
    assert_allclose(other.evaluate(objective, other.scores >= found), best)


def test_tuning_and_calibration_leave_unknown_entries_out():
    tuned = TunedThresholdMultiLabelClassifierCV(GivenScores(), cv=3, store_cv_results=True)
    tuned.fit(SCORES, PARTIAL)
    assert_array_equal(np.isnan(tuned.cv_results_["y_true"]).sum(), (~KNOWN).sum())
    calibrated = CalibratedMultiLabelClassifierCV(GivenScores(), cv=3, store_cv_results=True)
    probabilities = calibrated.fit(SCORES, PARTIAL).predict_proba(SCORES)
    for j, known in enumerate(KNOWN.T):
        folds = [(np.arange(known.sum()), np.arange(known.sum()))]
        alone = CalibratedMultiLabelClassifierCV(GivenScores(), cv=folds)
        alone.fit(SCORES[known][:, [j]], Y[known][:, [j]])
        assert_allclose(probabilities[:, [j]], alone.predict_proba(SCORES[:, [j]]), rtol=1e-3)


def test_splits_share_out_known_positives():
    for splitter in (MultiLabelStratifiedKFold(3), MultiLabelStratifiedKFold(3, order=2)):
        counts = np.array(
            [(PARTIAL[test] == 1).sum(axis=0) for _, test in splitter.split(Y, PARTIAL)]
        )
        assert np.ptp(counts, axis=0).max() <= 2
    next(MultiLabelStratifiedShuffleSplit(1, random_state=0).split(Y, PARTIAL))
    parts = multilabel_train_test_split(SCORES, PARTIAL, random_state=0)
    assert len(parts[0]) == 45


def test_label_weights_and_samplers_count_known_positives():
    filled = np.nan_to_num(PARTIAL)
    assert_allclose(compute_label_weight(PARTIAL), compute_label_weight(filled))
    frame = pd.DataFrame(PARTIAL, columns=list("abcd"))
    least = int(filled.sum(axis=0).max())
    assert drop_rare_labels(frame, min_count=least).shape[1] >= 1


FEATURES = RNG.normal(size=(300, 10)).astype(np.float32)
LABELS = (FEATURES @ RNG.normal(size=(10, 4)) + RNG.normal(size=(300, 4)) > 1).astype(float)


def erase(share, seed=0):
    rng = np.random.default_rng(seed)
    return np.where(rng.random(LABELS.shape) < share, np.nan, LABELS)


@pytest.fixture(scope="session")
def make(make_classifier):
    def make_it(**parameters):
        defaults = {"random_state": 0, "max_epochs": 20, "lr": 1e-2, "hidden_layer_sizes": ()}
        return make_classifier("precomputed", **{**defaults, **parameters})

    return make_it


@pytest.mark.parametrize("n_labels", [1, 2, 4])
def test_missing_labels_are_not_learned_from(make, n_labels):
    partial = erase(0.3)[:, :n_labels]
    assert np.isfinite(make().fit(FEATURES, partial).predict_proba(FEATURES)).all()
    # Rows of which nothing is known are like rows that are not there. They repeat the others, so
    # that the features' means and deviations are the same.
    more = np.concatenate([LABELS[:, :n_labels], np.full((300, n_labels), np.nan)])
    settings = {"batch_size": 600, "max_epochs": 5, "mix": None}
    whole = make(**settings).fit(np.concatenate([FEATURES, FEATURES]), more)
    half = make(**settings).fit(FEATURES, LABELS[:, :n_labels])
    assert_allclose(whole.predict_proba(FEATURES), half.predict_proba(FEATURES), atol=1e-5)


def test_error_for_minus_one_names_the_remedy(make):
    marked = np.nan_to_num(erase(0.3), nan=-1)
    with pytest.raises(ValueError, match=r"np.where\(Y == -1, np.nan, Y\)"):
        make().fit(FEATURES, marked)


def test_missing_weight_of_1_is_negative(make):
    partial = erase(0.3)
    filled = make(mix=None).fit(FEATURES, np.nan_to_num(partial)).predict_proba(FEATURES)
    assumed = make(mix=None, missing_weight=1.0).fit(FEATURES, partial).predict_proba(FEATURES)
    assert_allclose(assumed, filled, atol=1e-4)


def test_leaving_missing_labels_out_beats_negatives(make):
    train, test = np.arange(200), np.arange(200, 300)
    clf = make(hidden_layer_sizes=(64,), max_epochs=40)
    for seed in range(3):
        partial = erase(0.6, seed)[train]
        wrong, right = (
            metrics.average_precision_score(
                LABELS[test], clf.fit(FEATURES[train], given).predict_proba(FEATURES[test])
            )
            for given in (np.nan_to_num(partial), partial)
        )
        assert right > wrong + 0.03


def test_one_known_label_per_image(make):
    single = np.full(LABELS.shape, np.nan)
    positive = LABELS.any(axis=1)
    chosen = np.array([RNG.choice(np.flatnonzero(row)) if row.any() else 0 for row in LABELS])
    single[positive, chosen[positive]] = 1
    clf = make(missing_weight=1 / 3, max_epochs=40).fit(FEATURES, single)
    score = metrics.average_precision_score(LABELS, clf.predict_proba(FEATURES))
    assert score > 0.75
    known = np.full(LABELS.shape, np.nan)
    picked = RNG.integers(4, size=300)
    known[np.arange(300), picked] = LABELS[np.arange(300), picked]
    clf = make(max_epochs=40).fit(FEATURES, known)
    assert metrics.average_precision_score(LABELS, clf.predict_proba(FEATURES)) > 0.75


def test_labels_without_annotation_are_named(make):
    frame = pd.DataFrame(erase(0.3), columns=list("abcd"))
    frame["c"] = np.nan
    with pytest.warns(UserWarning, match="can't be learned: 'c'"):
        make(max_epochs=1).fit(FEATURES, frame)


def test_search_with_missing_labels(make):
    search = GridSearchCV(
        TunedThresholdMultiLabelClassifierCV(make(max_epochs=3), cv=3),
        {"estimator__dropout": [0.0, 0.5]},
        scoring=multilabel_scorers("map", "f1_macro"),
        refit="map",
        cv=MultiLabelStratifiedKFold(3),
        error_score="raise",
    ).fit(FEATURES, erase(0.3))
    assert search.best_score_ > 0.5


@pytest.mark.parametrize("loss", [*LOSSES, BCELoss, BCELoss(pos_weight=2.0)], ids=str)
def test_any_loss_learns_with_unknown_labels(make, loss):
    clf = make(loss=loss, max_epochs=30).fit(FEATURES, erase(0.2))
    assert metrics.average_precision_score(LABELS, clf.predict_proba(FEATURES)) > 0.75


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"loss": "bze"}, "loss='bze'.*Did you mean 'bce'"),
        ({"loss_params": {"gamma": 2}}, "BCELoss has no option 'gamma'"),
        ({"loss": "two_way", "class_weight": "inv"}, "label_weight is given, but TwoWayLoss"),
    ],
)
def test_losses_that_do_not_fit(make, parameters, message):
    with pytest.raises(ValueError, match=message):
        make(**parameters).fit(FEATURES, LABELS)
