import numpy as np
import pytest
import sklearn.metrics
from numpy.testing import assert_allclose

from skmlic import metrics

NAMES = ("coverage_error", "label_ranking_loss", "label_ranking_average_precision_score")


@pytest.mark.parametrize("n_labels", [2, 3, 20])
@pytest.mark.parametrize("name", NAMES)
def test_rankings_as_scikit_learn(name, weighted, n_labels, make_problem):
    Y, scores, _, weight = make_problem(n_labels, weighted)
    has_pair = (Y.sum(axis=1) > 0) & (Y.sum(axis=1) < n_labels)
    kept = has_pair if name == "label_ranking_loss" else Y.any(axis=1)
    assert not kept.all() or n_labels == 20
    expected = getattr(sklearn.metrics, name)(
        Y[kept], scores[kept], sample_weight=None if weight is None else weight[kept]
    )
    assert_allclose(getattr(metrics, name)(Y, scores, sample_weight=weight), expected)


def test_rankings_as_torchmetrics(make_problem):
    pytest.importorskip("torchmetrics")
    import torch
    from torchmetrics.functional import classification as theirs

    Y, scores, _, _ = make_problem(3)
    kept = (Y.sum(axis=1) > 0) & (Y.sum(axis=1) < 3)
    # torchmetrics does not count a tie as wrong.
    untied = (scores + np.random.default_rng(0).random(scores.shape) / 100)[kept]
    functions = (
        theirs.multilabel_coverage_error,
        theirs.multilabel_ranking_loss,
        theirs.multilabel_ranking_average_precision,
    )
    for name, function in zip(NAMES, functions, strict=True):
        expected = function(torch.as_tensor(untied), torch.as_tensor(Y[kept]), 3)
        assert_allclose(getattr(metrics, name)(Y[kept], untied), expected, rtol=1e-5)


def test_most_probable_label_as_the_naive_loop(n_labels, make_problem):
    Y, scores, _, weight = make_problem(n_labels)
    hits, total = 0.0, 0.0
    for row, s, w in zip(Y.tolist(), scores.tolist(), weight, strict=True):
        if any(row):
            hits += w * row[s.index(max(s))]
            total += w
    assert_allclose(metrics.one_label_accuracy_score(Y, scores, sample_weight=weight), hits / total)
    assert_allclose(metrics.one_error(Y, scores, sample_weight=weight), 1 - hits / total)


def test_samples_with_all_labels_have_no_pair():
    assert np.isnan(metrics.label_ranking_loss([[1, 1]], [[0.1, 0.9]]))
    assert np.isnan(metrics.label_ranking_loss([[1]], [[0.1]]))
    assert metrics.coverage_error([[1, 1]], [[0.1, 0.9]]) == 2
