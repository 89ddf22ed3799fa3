from functools import partial
from time import perf_counter

import numpy as np
import pytest
import sklearn.metrics
from numpy.testing import assert_allclose

from skmlic.metrics import average_precision_score


def naive_average_precision(y, scores, interpolation):
    """Compute the definitions of the development kits in loops over all thresholds."""
    curve = []
    for threshold in sorted(set(scores), reverse=True):
        chosen = scores >= threshold
        curve.append((y[chosen].sum() / y.sum(), y[chosen].sum() / chosen.sum()))
    if interpolation == "voc":
        area, last = 0.0, 0.0
        for recall, _ in curve:
            area += (recall - last) * max(p for r, p in curve if r >= recall)
            last = recall
        return area
    steps = {"voc11": 11, "coco": 101}[interpolation]
    recalls = [i / (steps - 1) for i in range(steps)]
    # A recall of 3/10 reaches 0.3, however the two are rounded.
    return sum(max(p for r, p in curve if r >= at - 1e-9) for at in recalls) / steps


@pytest.mark.parametrize("interpolation", ["voc", "voc11", "coco"])
def test_interpolated_precision_as_the_naive_loop(interpolation, n_labels, make_problem):
    Y, scores, _, weight = make_problem(n_labels, n_samples=50)
    score = partial(average_precision_score, interpolation=interpolation, average=None)
    expected = [
        naive_average_precision(y, s, interpolation) for y, s in zip(Y.T, scores.T, strict=True)
    ]
    assert_allclose(score(Y, scores), expected)
    repeats = (2 * weight).astype(int)
    assert_allclose(
        score(Y, scores, sample_weight=repeats),
        score(np.repeat(Y, repeats, axis=0), np.repeat(scores, repeats, axis=0)),
    )


@pytest.mark.parametrize("interpolation", ["voc11", "coco"])
def test_recalls_in_tenths_are_reached(interpolation):
    # Each of ten positives has a lower score than the one before, so recall is i/10 at each step.
    y = np.tile([1, 0], 10)
    scores = -np.arange(20.0)
    score = average_precision_score(y[:, None], scores[:, None], interpolation=interpolation)
    assert_allclose(score, naive_average_precision(y, scores, interpolation))


def test_wrong_interpolation():
    with pytest.raises(ValueError, match="expected None, 'voc', 'voc11' or 'coco'"):
        average_precision_score([[1]], [[0.5]], interpolation="11")


@pytest.mark.slow
def test_map_is_faster_than_a_loop_over_scikit_learn(score_columns):
    rng = np.random.default_rng(0)
    Y = (rng.random((20_000, 40)) < 0.05).astype(int)
    scores = rng.random(Y.shape)

    def best_of_two(function):
        times = []
        for _ in range(2):
            start = perf_counter()
            function(Y, scores)
            times.append(perf_counter() - start)
        return min(times)

    loop = best_of_two(partial(score_columns, sklearn.metrics.average_precision_score))
    assert 2 * best_of_two(average_precision_score) < loop
