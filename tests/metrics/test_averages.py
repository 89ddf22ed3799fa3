import warnings
from functools import partial

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import UndefinedMetricWarning

from skmlic import metrics

Y = pd.DataFrame({"sea": [1, 0, 1, 0], "fox": [0, 0, 0, 0], "sky": [1, 0, 0, 1]})
SCORES = np.array([[0.9, 0.1, 0.6], [0.2, 0.1, 0.7], [0.1, 0.1, 0.2], [0.3, 0.1, 0.9]])
PREDICTED = (SCORES > 0.5).astype(int)
NEITHER = "neither positives nor predictions"
NO_POSITIVES = "no positives in Y_true"
NOT_BOTH = "no positives or no negatives in Y_true"

# The response that each score takes, and the reason why label "fox" is undefined.
SCORES_OF_LABELS = {
    "average_precision_score": (SCORES, NO_POSITIVES),
    "roc_auc_score": (SCORES, NOT_BOTH),
    "precision_score": (PREDICTED, NEITHER),
    "recall_score": (PREDICTED, NO_POSITIVES),
    "f1_score": (PREDICTED, NEITHER),
    "fbeta_score": (PREDICTED, NEITHER),
    "jaccard_score": (PREDICTED, NEITHER),
    "balanced_accuracy_score": (PREDICTED, NOT_BOTH),
}
RANKINGS_OF_SAMPLES = (
    "one_error",
    "one_label_accuracy_score",
    "coverage_error",
    "label_ranking_loss",
    "label_ranking_average_precision_score",
)
PREDICTIONS_OF_SAMPLES = (
    "precision_score",
    "recall_score",
    "f1_score",
    "fbeta_score",
    "jaccard_score",
)


def score_named(name, **options):
    beta = {"beta": 2} if name == "fbeta_score" else {}
    return partial(getattr(metrics, name), **beta, **options)


def quietly(function, *args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        return function(*args, **options)


@pytest.fixture(params=SCORES_OF_LABELS)
def by_label(request):
    return (score_named(request.param), *SCORES_OF_LABELS[request.param])


def test_skip_leaves_the_label_out_and_names_it_once(by_label):
    score, response, reason = by_label
    with pytest.warns(UndefinedMetricWarning) as caught:
        result = score(Y, response)
    assert len(caught) == 1
    assert str(caught[0].message) == (
        f"Label 'fox' has {reason}, which leaves the score undefined; the mean is over the others. "
        "Pass undefined= to the score, or to get_scorer, to change this."
    )
    assert caught[0].filename == __file__
    defined = ["sea", "sky"]
    assert_allclose(result, score(Y[defined], response[:, [0, 2]]))
    assert_allclose(
        quietly(score, Y, response, average="weighted"),
        score(Y[defined], response[:, [0, 2]], average="weighted"),
    )


def test_names_in_the_warning(by_label):
    score, response, _ = by_label
    with pytest.warns(UndefinedMetricWarning, match="^Label '1' has"):
        score(Y.to_numpy(), response)
    for names in (["a", "b", "c"], np.array(["a", "b", "c"]), pd.Index(["a", "b", "c"])):
        with pytest.warns(UndefinedMetricWarning, match="^Label 'b' has"):
            score(Y, response, label_names=names)
    with pytest.warns(UndefinedMetricWarning, match=r"^Label \('x', 2\) has"):
        score(Y, response, label_names=[("x", 1), ("x", 2), ("y", 1)])
    two = Y.assign(sky=0), np.where([True, True, False], response, 0)
    with pytest.warns(UndefinedMetricWarning, match="^Labels 'fox', 'sky' have"):
        score(*two)
    many = np.zeros((4, 30), dtype=int)
    many[:2, 0] = 1
    with pytest.warns(UndefinedMetricWarning, match="'10' and 19 more have"):
        score(many, many)


def test_nan_raise_and_numbers(by_label):
    score, response, reason = by_label
    assert np.isnan(score(Y, response, undefined="nan"))
    with pytest.raises(ValueError, match=f"^Label 'fox' has {reason}, which leaves the score"):
        score(Y, response, undefined="raise")
    rest = score(Y[["sea", "sky"]], response[:, [0, 2]], average=None)
    for number in (0, 1.0, np.float32(0.25)):
        assert_allclose(score(Y, response, undefined=number), (rest.sum() + number) / 3)
    for undefined in ("skip", "nan", "raise", 0):  # nothing is undefined
        assert_allclose(
            score(Y[["sea", "sky"]], response[:, [0, 2]], undefined=undefined), rest.mean()
        )


def test_without_a_mean(by_label):
    score, response, _ = by_label
    rest = score(Y[["sea", "sky"]], response[:, [0, 2]], average=None)
    with pytest.warns(UndefinedMetricWarning, match="'fox' has .*; the score is NaN"):
        skipped = score(Y, response, average=None)
    for result in (skipped, score(Y, response, average=None, undefined="nan")):
        assert_allclose(result, [rest[0], np.nan, rest[1]])
    result = score(Y, response, average=None, undefined=0.5)
    assert_allclose(result, [rest[0], 0.5, rest[1]])
    with pytest.raises(ValueError, match="'fox'"):
        score(Y, response, average=None, undefined="raise")


@pytest.mark.parametrize("average", ["macro", "weighted", "micro"])
def test_all_labels_undefined(by_label, average):
    score, response, _ = by_label
    if average == "micro" and score.func is metrics.balanced_accuracy_score:
        return  # It has no micro average.
    nothing = Y.iloc[:, :2] * 0, response[:, :2] * 0
    with pytest.warns(UndefinedMetricWarning, match="the mean is NaN") as caught:
        assert np.isnan(score(*nothing, average=average))
    assert len(caught) == 1
    subject = "All labels together" if average == "micro" else "Labels 'sea', 'fox'"
    assert str(caught[0].message).startswith(f"{subject} have n")
    assert np.isnan(score(*nothing, average=average, undefined="nan"))
    assert score(*nothing, average=average, undefined=0.25) == 0.25
    with pytest.raises(ValueError, match="undefined"):
        score(*nothing, average=average, undefined="raise")


def test_labels_without_any_negative():
    full = np.ones((3, 2), dtype=int)
    full[0, 0] = 0
    for name in ("roc_auc_score", "balanced_accuracy_score"):
        assert_array_equal(
            score_named(name)(full, full, average=None, undefined="nan"), [1, np.nan]
        )
    assert metrics.average_precision_score(full, full, undefined="raise") == 1


def test_positives_with_weight_zero_do_not_count():
    weight = [0, 1, 0, 1]
    for name, (response, _) in SCORES_OF_LABELS.items():
        result = score_named(name)(Y, response, average=None, undefined="nan", sample_weight=weight)
        cut = score_named(name)(Y[1::2], response[1::2], average=None, undefined="nan")
        assert_array_equal(result, cut)


@pytest.mark.parametrize("name", PREDICTIONS_OF_SAMPLES)
def test_predictions_of_samples_without_labels(name):
    score, reason = score_named(name, average="samples"), SCORES_OF_LABELS[name][1]
    truth, predicted = np.array([[1, 0], [0, 0], [0, 1]]), np.array([[1, 0], [0, 0], [1, 1]])
    rest = score(truth[[0, 2]], predicted[[0, 2]])
    assert score(truth, predicted) == rest  # without a warning
    assert_allclose(score(truth, predicted, undefined=1), (2 * rest + 1) / 3)
    assert np.isnan(score(truth, predicted, undefined="nan"))
    with pytest.raises(ValueError, match=f"^Sample 1 has {reason}, which leaves its score undef"):
        score(truth, predicted, undefined="raise")
    for undefined in ("skip", "nan", "raise", 1):
        assert score(truth, predicted, undefined=undefined, sample_weight=[1, 0, 1]) == rest
    assert np.isnan(score(truth * 0, predicted * 0))


@pytest.mark.parametrize("name", RANKINGS_OF_SAMPLES)
def test_rankings_of_samples_without_labels(name):
    score = score_named(name)
    truth, scores = np.array([[0, 0], [1, 0], [0, 0], [0, 1]]), np.array([[0.1, 0.9]] * 4)
    rest = score(truth[1::2], scores[1::2])
    assert score(truth, scores) == rest
    assert score(truth, scores, sample_weight=[5, 1, 7, 1]) == rest
    assert_allclose(score(truth, scores, undefined=1), (rest + 1) / 2)
    assert np.isnan(score(truth, scores, undefined="nan"))
    with pytest.raises(ValueError, match=r"^Sample 0 \(and 1 more\) has no .*label, which"):
        score(truth, scores, undefined="raise")
    for undefined in ("nan", "raise", 1):
        assert score(truth, scores, undefined=undefined, sample_weight=[0, 1, 0, 1]) == rest
    assert np.isnan(score(truth * 0, scores))


def test_overall_and_class_scores_skip_too():
    with pytest.warns(UndefinedMetricWarning, match="'fox'"):
        result = metrics.overall_and_class_scores(Y, PREDICTED)
    expected = metrics.overall_and_class_scores(Y[["sea", "sky"]], PREDICTED[:, [0, 2]])
    assert result == expected
    assert np.isnan(metrics.overall_and_class_scores(Y, PREDICTED, undefined="nan")["CF1"])
    with pytest.raises(ValueError, match="'fox'"):
        metrics.overall_and_class_scores(Y, PREDICTED, undefined="raise")


def test_errors_of_options(by_label):
    score, response, _ = by_label
    with pytest.raises(ValueError, match="label_names has 2 names; Y_true has 3 labels"):
        score(Y, response, label_names=["a", "b"])
    with pytest.raises(ValueError, match=r"average='binary': expected one of \('macro'"):
        score(Y, response, average="binary")
    message = r"undefined=.*expected one of \('skip', 'nan', 'raise'\), or a number"
    for wrong in ("drop", None, True):
        with pytest.raises(ValueError, match=message):
            score(Y[["sea"]], response[:, :1], undefined=wrong)
