import numpy as np
import pytest
import sklearn.metrics
from numpy.testing import assert_allclose

from skmlic import metrics

AVERAGES = ("macro", "micro", "samples", "weighted", None)


@pytest.mark.parametrize("average", AVERAGES)
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("precision_score", {}),
        ("recall_score", {}),
        ("f1_score", {}),
        ("fbeta_score", {"beta": 2}),
        ("jaccard_score", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_scores_of_predictions_as_scikit_learn(
    name, options, average, weighted, n_labels, make_problem
):
    Y, _, predicted, weight = make_problem(n_labels, weighted)
    if average == "samples":
        # A sample that neither has a label nor is predicted one is not part of our mean.
        kept = (Y.sum(axis=1) > 0) | ((predicted.sum(axis=1) > 0) & (name != "recall_score"))
    else:
        kept = np.ones(len(Y), dtype=bool)
    score = getattr(metrics, name)(Y, predicted, average=average, sample_weight=weight, **options)
    weight = None if weight is None else weight[kept]
    function = getattr(sklearn.metrics, name)
    options = {**options, "sample_weight": weight, "zero_division": 0}
    if n_labels > 1:
        expected = function(Y[kept], predicted[kept], average=average, **options)
    elif average == "samples":
        # scikit-learn takes a single column for multi-label Y only with an empty one.
        wide = (np.hstack([part, 0 * part])[kept] for part in (Y, predicted))
        expected = function(*wide, average=average, **options)
    else:
        expected = function(Y[:, 0], predicted[:, 0], **options)
    assert_allclose(score, expected)
    assert isinstance(score, np.ndarray if average is None else float)
