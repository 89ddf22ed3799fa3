import numpy as np
import pytest
from numpy.testing import assert_allclose

from skmlic.metrics import overall_and_class_scores, top_k_labels


def test_scores_as_the_naive_loop(n_labels, make_problem):
    Y, scores, _, _ = make_problem(n_labels)
    predicted = top_k_labels(scores, 2, threshold=0.4)
    correct, chosen, true = np.zeros(n_labels), np.zeros(n_labels), np.zeros(n_labels)
    for row, prediction in zip(Y, predicted, strict=True):
        for j in range(n_labels):
            correct[j] += row[j] and prediction[j]
            chosen[j] += prediction[j]
            true[j] += row[j]
    OP, OR = correct.sum() / chosen.sum(), correct.sum() / true.sum()
    CP = np.mean([r / c if c else 0 for r, c in zip(correct, chosen, strict=True)])
    CR = np.mean(correct / true)
    expected = {
        "OP": OP,
        "OR": OR,
        "OF1": 2 * OP * OR / (OP + OR),
        "CP": CP,
        "CR": CR,
        "CF1": 2 * CP * CR / (CP + CR),
    }
    result = overall_and_class_scores(Y, predicted)
    assert list(result) == list(expected)
    assert_allclose(list(result.values()), list(expected.values()))
    weight = np.arange(len(Y)) % 3
    assert overall_and_class_scores(Y, predicted, sample_weight=weight) == pytest.approx(
        overall_and_class_scores(np.repeat(Y, weight, 0), np.repeat(predicted, weight, 0))
    )


def test_scores_without_any_correct_prediction():
    Y = np.array([[1, 0], [0, 1]])
    assert set(overall_and_class_scores(Y, 1 - Y).values()) == {0.0}
