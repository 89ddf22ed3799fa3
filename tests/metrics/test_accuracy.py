import numpy as np
import sklearn.metrics
from numpy.testing import assert_allclose

from skmlic import metrics


def test_accuracies_as_scikit_learn(n_labels, weighted, make_problem, score_columns):
    Y, _, predicted, weight = make_problem(n_labels, weighted)
    options = {"sample_weight": weight}
    pairs = [
        (metrics.subset_accuracy_score, sklearn.metrics.accuracy_score),
        (metrics.hamming_loss, sklearn.metrics.hamming_loss),
    ]
    for ours, theirs in pairs:
        assert_allclose(ours(Y, predicted, **options), theirs(Y, predicted, **options))
    by_label = score_columns(sklearn.metrics.accuracy_score, Y, predicted, **options)
    assert_allclose(metrics.label_accuracy_score(Y, predicted, average=None, **options), by_label)
    assert_allclose(metrics.label_accuracy_score(Y, predicted, **options), by_label.mean())


def test_balanced_accuracy_as_scikit_learn(n_labels, weighted, make_problem, score_columns):
    Y, _, predicted, weight = make_problem(n_labels, weighted)
    options = {"sample_weight": weight}
    by_label = score_columns(sklearn.metrics.balanced_accuracy_score, Y, predicted, **options)
    score = metrics.balanced_accuracy_score(Y, predicted, average=None, **options)
    assert_allclose(score, by_label)
    support = np.average(Y, axis=0, weights=weight)
    score = metrics.balanced_accuracy_score(Y, predicted, average="weighted", **options)
    assert_allclose(score, np.average(by_label, weights=support))
