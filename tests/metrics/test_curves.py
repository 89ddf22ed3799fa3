import numpy as np
import pytest
import sklearn.metrics
from numpy.testing import assert_allclose

from skmlic import metrics

SCORES = ("average_precision_score", "roc_auc_score")


@pytest.mark.parametrize("average", ["macro", "micro", "weighted", None])
@pytest.mark.parametrize("name", SCORES)
def test_areas_as_scikit_learn(name, average, weighted, n_labels, make_problem, score_columns):
    Y, scores, _, weight = make_problem(n_labels, weighted)
    score = getattr(metrics, name)(Y, scores, average=average, sample_weight=weight)
    function = getattr(sklearn.metrics, name)
    if average is None or n_labels == 1:
        expected = score_columns(function, Y, scores, sample_weight=weight)
        expected = expected if average is None else expected[0]
    else:
        expected = function(Y, scores, average=average, sample_weight=weight)
    assert_allclose(score, expected)


@pytest.mark.parametrize("name", SCORES)
def test_tiny_weights_are_not_lost(name):
    weight = np.array([1e-20, 1e-20, 1.0, 1.0])
    Y, scores = np.array([[1], [0], [1], [0]]), np.array([[4.0], [3], [2], [1]])
    expected = {"average_precision_score": (1e-20 + 1) / (1 + 1e-20), "roc_auc_score": 1.0}[name]
    assert_allclose(getattr(metrics, name)(Y, scores, sample_weight=weight), expected)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:torch.searchsorted")
def test_areas_as_torchmetrics(make_problem):
    pytest.importorskip("torchmetrics")
    import torch
    from torchmetrics.functional import classification as theirs

    Y, scores, _, _ = make_problem(3)
    target, preds = torch.as_tensor(Y), torch.as_tensor(scores)
    options = {"num_labels": 3, "average": None}
    for name, expected in {
        "average_precision_score": theirs.multilabel_average_precision(preds, target, **options),
        "roc_auc_score": theirs.multilabel_auroc(preds, target, **options),
    }.items():
        assert_allclose(getattr(metrics, name)(Y, scores, average=None), expected, rtol=1e-5)
