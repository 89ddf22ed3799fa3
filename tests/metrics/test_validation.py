"""The input of all scores: its forms, its weights and its errors."""

import warnings
from functools import partial

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.exceptions import UndefinedMetricWarning

from skmlic import metrics

SCORES_OF_PROBABILITIES = ("log_loss", "brier_score_loss", "expected_calibration_error")
SCORES_OF_SCORES = (
    "average_precision_score",
    "roc_auc_score",
    "coverage_error",
    "label_ranking_loss",
    "label_ranking_average_precision_score",
    "one_error",
    "one_label_accuracy_score",
    *SCORES_OF_PROBABILITIES,
)
SCORES_OF_PREDICTIONS = (
    "precision_score",
    "recall_score",
    "f1_score",
    "fbeta_score",
    "jaccard_score",
    "balanced_accuracy_score",
    "label_accuracy_score",
    "subset_accuracy_score",
    "hamming_loss",
    "overall_and_class_scores",
    "multilabel_confusion_matrix",
)
Y = pd.DataFrame({"sea": [1, 0, 1, 0], "fox": [0, 1, 0, 0], "sky": [1, 0, 0, 1]})
SCORES = np.array([[0.9, 0.1, 0.6], [0.2, 0.6, 0.7], [0.1, 0.1, 0.2], [0.3, 0.1, 0.9]])


def score_named(name):
    return partial(getattr(metrics, name), **({"beta": 2} if name == "fbeta_score" else {}))


@pytest.fixture(params=[*SCORES_OF_SCORES, *SCORES_OF_PREDICTIONS, "voc", "voc11", "coco"])
def score(request):
    if request.param in ("voc", "voc11", "coco"):
        return partial(metrics.average_precision_score, interpolation=request.param)
    return score_named(request.param)


def takes_scores(score):
    return getattr(score.func, "__name__", "") in SCORES_OF_SCORES


def assert_same(result, expected, rtol=1e-7):
    if isinstance(expected, dict):
        assert list(result) == list(expected)
        result, expected = list(result.values()), list(expected.values())
    assert_allclose(result, expected, rtol=rtol, atol=1e-12)


@pytest.mark.parametrize("n_labels", [1, 2, 3])
def test_forms_of_y_and_of_scores(score, n_labels, make_problem):
    Y, scores, predicted, _ = make_problem(n_labels)
    response = scores if takes_scores(score) else predicted
    expected = score(Y, response)
    forms = [
        np.asfortranarray,
        lambda a: np.repeat(np.repeat(a, 2, axis=0), 3, axis=1)[::2, ::3],
        lambda a: a[::-1][::-1],
        lambda a: a.astype(object),
        np.ndarray.tolist,
        pd.DataFrame,
        lambda a: pl.DataFrame(a, schema=[str(j) for j in range(n_labels)]),
    ]
    forms_of_integers = [sparse.csr_array, sparse.csc_matrix]
    forms_of_integers += [lambda a, t=t: a.astype(t) for t in (bool, np.int8, np.uint8, np.float32)]
    for form in forms:
        assert_same(score(form(Y), form(response)), expected)
    for form in forms_of_integers:
        given = response if takes_scores(score) else form(response)
        assert_same(score(form(Y), given), expected)


@pytest.mark.parametrize("n_labels", [1, 2, 3])
@pytest.mark.parametrize("name", SCORES_OF_SCORES)
def test_forms_of_scores(name, n_labels, make_problem):
    score = score_named(name)
    Y, scores, _, _ = make_problem(n_labels)
    expected = score(Y, scores)
    stacked = [np.column_stack([1 - s, s]) for s in scores.T]
    assert_same(score(Y, stacked), expected)
    assert_same(score(Y, scores.astype(np.float32)), expected, rtol=1e-6)
    for kind in (bool, np.int8):
        with_ties = (scores > 0.5).astype(kind)
        assert_same(score(Y, with_ties), score(Y, with_ties.astype(float)))


def test_inputs_are_not_changed(score, make_problem):
    Y, scores, predicted, _ = make_problem(3)
    response = scores if takes_scores(score) else predicted
    frozen = [Y.copy(), response.copy()]
    for array in frozen:
        array.flags.writeable = False
    assert_same(score(*frozen), score(Y, response))
    assert_array_equal(frozen[0], Y)


def test_weights_are_as_repeated_samples(score, n_labels, make_problem):
    Y, scores, predicted, _ = make_problem(n_labels)
    response = scores if takes_scores(score) else predicted
    weight = np.random.default_rng(0).integers(0, 4, len(Y))
    assert_same(
        score(Y, response, sample_weight=weight),
        score(np.repeat(Y, weight, axis=0), np.repeat(response, weight, axis=0)),
    )


def test_a_single_sample(score):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        result = score([[1, 0]], [[0.9, 0.2]] if takes_scores(score) else [[1, 0]])
    assert isinstance(result, (float, dict, np.ndarray))


def fails(message, function, *args, **options):
    with pytest.raises(ValueError, match=message):
        function(*args, **options)


@pytest.mark.parametrize("name", [*SCORES_OF_SCORES, *SCORES_OF_PREDICTIONS])
def test_errors_of_shapes_and_weights(name):
    score = score_named(name)
    response = SCORES if name in SCORES_OF_SCORES else (SCORES > 0.5).astype(int)
    fails("inconsistent numbers of samples", score, Y, response[:3])
    fails(r"shape \(4, 2\); expected that of Y_true, \(4, 3\)", score, Y, response[:, :2])
    one_label = r"one-dimensional.*write np.asarray\(Y\)\.reshape\(-1, 1\)"
    fails(one_label, score, Y["sea"], response[:, :1])
    fails(r"shape \(0, 3\); expected at least one sample", score, Y[:0], response[:0])
    fails(r"shape == \(2,\), expected \(4,\)", score, Y, response, sample_weight=[1, 1])
    fails("Negative values", score, Y, response, sample_weight=[1, 1, 1, -1])
    fails("[Ww]eight.*zero", score, Y, response, sample_weight=np.zeros(4))
    fails("expected 0 or 1", score, Y.replace(1, 2), response)


@pytest.mark.parametrize("name", SCORES_OF_SCORES)
def test_errors_of_scores(name):
    for value in (np.nan, np.inf):
        broken = SCORES.copy()
        broken[2, 1] = value
        fails(
            rf"Y_score\[2, 'fox'\] is {value}; expected finite numbers",
            score_named(name),
            Y,
            broken,
        )


@pytest.mark.parametrize("name", SCORES_OF_PROBABILITIES)
def test_logits_are_not_probabilities(name):
    fails(
        "between -5 and 4; expected probabilities. Pass the result of predict_proba, not",
        score_named(name),
        Y,
        np.where(SCORES < 0.15, -5, 4),
    )
    fails("expected one of", score_named(name), Y, SCORES, average="micro")


@pytest.mark.parametrize("name", SCORES_OF_PREDICTIONS)
def test_probabilities_are_not_predictions(name):
    fails(
        "Y_pred is not a matrix of predictions; expected 0 and 1, as predict",
        score_named(name),
        Y,
        SCORES,
    )
