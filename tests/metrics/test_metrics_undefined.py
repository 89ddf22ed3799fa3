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

# Of each score the response it takes and what an undefined label lacks.
BY_LABEL = {
    "average_precision_score": (SCORES, NO_POSITIVES),
    "roc_auc_score": (SCORES, NOT_BOTH),
    "precision_score": (PREDICTED, NEITHER),
    "recall_score": (PREDICTED, NO_POSITIVES),
    "f1_score": (PREDICTED, NEITHER),
    "fbeta_score": (PREDICTED, NEITHER),
    "jaccard_score": (PREDICTED, NEITHER),
    "balanced_accuracy_score": (PREDICTED, NOT_BOTH),
}
BY_SAMPLE = (
    "one_error",
    "one_label_accuracy_score",
    "coverage_error",
    "label_ranking_loss",
    "label_ranking_average_precision_score",
)
DECISIONS_BY_SAMPLE = (
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


@pytest.fixture(params=BY_LABEL)
def by_label(request):
    return (score_named(request.param), *BY_LABEL[request.param])


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
    for undefined in ("skip", "nan", "raise", 0):  # nothing to decide
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
        pytest.skip("has no micro average")
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


def test_positives_of_weight_zero_are_none():
    weight = [0, 1, 0, 1]
    for name, (response, _) in BY_LABEL.items():
        result = score_named(name)(Y, response, average=None, undefined="nan", sample_weight=weight)
        cut = score_named(name)(Y[1::2], response[1::2], average=None, undefined="nan")
        assert_array_equal(result, cut)


def test_silence_is_no_virtue():
    """A label that has positives and is never predicted counts 0, as does a sample."""
    truth, silent = [[1, 1], [0, 1]], [[1, 0], [0, 0]]
    score = partial(metrics.precision_score, undefined="raise")
    assert_array_equal(score(truth, silent, average=None), [1, 0])
    assert score(truth, silent) == 0.5
    assert score(truth, silent, average="samples") == 0.5
    assert score(truth, np.zeros((2, 2)), average="micro") == 0
    # Set wrongly, a label without positives is no longer undefined.
    assert_array_equal(score([[0, 1]], [[1, 1]], average=None), [0, 1])


@pytest.mark.parametrize("name", DECISIONS_BY_SAMPLE)
def test_decisions_of_samples_without_labels(name):
    score, reason = score_named(name, average="samples"), BY_LABEL[name][1]
    truth, predicted = np.array([[1, 0], [0, 0], [0, 1]]), np.array([[1, 0], [0, 0], [1, 1]])
    rest = score(truth[[0, 2]], predicted[[0, 2]])
    assert score(truth, predicted) == rest  # and no warning
    assert_allclose(score(truth, predicted, undefined=1), (2 * rest + 1) / 3)
    assert np.isnan(score(truth, predicted, undefined="nan"))
    with pytest.raises(ValueError, match=f"^Sample 1 has {reason}, which leaves its score undef"):
        score(truth, predicted, undefined="raise")
    for undefined in ("skip", "nan", "raise", 1):
        assert score(truth, predicted, undefined=undefined, sample_weight=[1, 0, 1]) == rest
    assert np.isnan(score(truth * 0, predicted * 0))


@pytest.mark.parametrize("name", BY_SAMPLE)
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


def test_samples_with_all_labels_have_no_pair():
    assert np.isnan(metrics.label_ranking_loss([[1, 1]], [[0.1, 0.9]]))
    assert np.isnan(metrics.label_ranking_loss([[1]], [[0.1]]))
    assert metrics.coverage_error([[1, 1]], [[0.1, 0.9]]) == 2


def test_overall_and_class_scores_skip_too():
    with pytest.warns(UndefinedMetricWarning, match="'fox'"):
        result = metrics.overall_and_class_scores(Y, PREDICTED)
    expected = metrics.overall_and_class_scores(Y[["sea", "sky"]], PREDICTED[:, [0, 2]])
    assert result == expected
    assert np.isnan(metrics.overall_and_class_scores(Y, PREDICTED, undefined="nan")["CF1"])
    with pytest.raises(ValueError, match="'fox'"):
        metrics.overall_and_class_scores(Y, PREDICTED, undefined="raise")


@pytest.mark.parametrize("with_scores", [False, True])
def test_report(with_scores):
    scores = SCORES if with_scores else None
    frame = metrics.classification_report(Y, PREDICTED, scores, output="frame")
    assert list(frame.index) == [*Y, "macro", "micro", "weighted", "samples"]
    names = ["precision_score", "recall_score", "f1_score"]
    if with_scores:
        names += ["average_precision_score", "roc_auc_score"]
    for column, name in zip(frame.columns, names, strict=False):
        score, response = score_named(name), BY_LABEL[name][0]
        assert_allclose(frame[column].iloc[:3], quietly(score, Y, response, average=None))
        for average in ("macro", "micro", "weighted", "samples"):
            if average == "samples" and name in ("average_precision_score", "roc_auc_score"):
                assert np.isnan(frame.loc["samples", column])
                continue
            expected = quietly(score, Y, response, average=average)
            assert_allclose(frame.loc[average, column], expected)
    assert list(frame["support"]) == [2, 0, 2, 4, 4, 4, 4]
    text = metrics.classification_report(Y, PREDICTED, scores, label_names=["a", "b", "long name"])
    assert "nan" not in text.lower()
    assert [line.split("  ")[0] for line in text.splitlines()[1:4]] == ["a", "b", "long name"]


@pytest.mark.parametrize("n_labels", [1, 2, 3])
def test_report_of_nothing(n_labels):
    nothing = np.zeros((2, n_labels))
    frame = metrics.classification_report(nothing, nothing, nothing, output="frame")
    assert frame.drop(columns="support").isna().all(axis=None)
    assert frame.shape == (n_labels + 4, 6)
    assert not frame["support"].any()


def fails(message, function, *args, **options):
    with pytest.raises(ValueError, match=message):
        function(*args, **options)


def test_errors_of_shape(by_label):
    score, response, _ = by_label
    fails("inconsistent numbers of samples", score, Y, response[:3])
    fails(r"shape \(4, 2\); expected that of Y_true, \(4, 3\)", score, Y, response[:, :2])
    fails(r"one-dimensional.*write Y.reshape\(-1, 1\)", score, Y["sea"], response[:, :1])
    fails(r"shape \(0, 3\); expected at least one sample", score, Y[:0], response[:0])
    fails("label_names has 2 names; Y_true has 3 labels", score, Y, response, label_names="ab")
    fails(r"shape == \(2,\), expected \(4,\)", score, Y, response, sample_weight=[1, 1])
    fails("Negative values", score, Y, response, sample_weight=[1, 1, 1, -1])
    fails("[Ww]eight.*zero", score, Y, response, sample_weight=np.zeros(4))
    fails("expected 0 or 1", score, Y.replace(1, 2), response)


def test_errors_of_options(by_label):
    score, response, _ = by_label
    fails(r"average='binary': expected one of \('macro'", score, Y, response, average="binary")
    for wrong in ("drop", None, True):
        fails(
            r"undefined=.*expected one of \('skip', 'nan', 'raise'\), or a number",
            score,
            Y[["sea"]],
            response[:, :1],
            undefined=wrong,
        )


def test_errors_of_scores():
    for name in (*BY_SAMPLE, "average_precision_score", "roc_auc_score", "log_loss"):
        for value in (np.nan, np.inf):
            broken = SCORES.copy()
            broken[2, 1] = value
            message = rf"Y_score\[2, 'fox'\] is {value}; expected finite numbers"
            fails(message, score_named(name), Y, broken)
    for name in ("log_loss", "brier_score_loss", "expected_calibration_error"):
        message = "between -5 and 4; expected probabilities. Pass the result of predict_proba, not"
        fails(message, score_named(name), Y, np.where(SCORES < 0.15, -5, 4))
        fails("expected one of", score_named(name), Y, SCORES, average="micro")
    fails(
        "expected None, 'voc', 'voc11' or 'coco'",
        metrics.average_precision_score,
        Y,
        SCORES,
        interpolation="11",
    )
    for n_bins in (0, 2.5, "auto"):
        fails(
            "n_bins=.*expected a whole",
            metrics.expected_calibration_error,
            Y,
            SCORES,
            n_bins=n_bins,
        )


@pytest.mark.parametrize(
    "name", [*DECISIONS_BY_SAMPLE, "hamming_loss", "subset_accuracy_score", "label_accuracy_score"]
)
def test_probabilities_are_no_decisions(name):
    fails(
        "Y_pred is not a matrix of predictions; expected 0 and 1, as predict",
        score_named(name),
        Y,
        SCORES,
    )


def test_errors_of_other_options():
    for beta in (0, -1, np.inf, np.nan, "2"):
        fails("expected a number above 0", metrics.fbeta_score, Y, PREDICTED, beta=beta)
    for k in (0, 1.5, "3"):
        fails("expected a whole number of labels", metrics.top_k_labels, SCORES, k)
    fails(r"shape \(3,\); expected \(n_samples, n_labels\)", metrics.top_k_labels, SCORES[0], 1)
    fails("expected finite", metrics.top_k_labels, SCORES * np.nan, 1)
    fails("expected 'text' or 'frame'", metrics.classification_report, Y, PREDICTED, output="csv")
