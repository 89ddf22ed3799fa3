import sklearn.metrics
from numpy.testing import assert_allclose

from skmlic.metrics import multilabel_confusion_matrix


def test_matrices_as_scikit_learn(n_labels, weighted, make_problem, score_columns):
    Y, _, predicted, weight = make_problem(n_labels, weighted)
    expected = score_columns(sklearn.metrics.confusion_matrix, Y, predicted, sample_weight=weight)
    assert_allclose(multilabel_confusion_matrix(Y, predicted, sample_weight=weight), expected)
