"""Areas below curves: the average over labels, and the counts above each score."""

import numpy as np

from skmlic.metrics._averages import mean_over_labels
from skmlic.metrics._validation import check_average, check_scores, check_weight


def score_curves(score, reason, Y_true, Y_score, *, average, undefined, sample_weight, label_names):
    """Return the mean over labels of a score of a curve.

    Parameters
    ----------
    score : callable
        Returns the score, NaN where it is undefined, of one label: ``score(y, scores, weight)``.

    reason : str
        What labels with an undefined score have, for messages.

    Y_true, Y_score, average, undefined, sample_weight, label_names : object
        As in :func:`skmlic.metrics.average_precision_score`.

    Returns
    -------
    score : float or ndarray of shape (n_labels,)
    """
    check_average(average, ("macro", "micro", "weighted", None))
    Y, known, names, scores = check_scores(Y_true, Y_score, label_names)
    weight = check_weight(sample_weight, Y)
    values, support = _score_by_label(score, Y, known, scores, weight, micro=average == "micro")
    return mean_over_labels(
        values,
        None if average == "micro" else names,
        average="macro" if average == "micro" else average,
        undefined=undefined,
        reason=reason,
        weight=support if average == "weighted" else None,
    )


def weigh_from(scores, weight, at, side="left"):
    """Return the weight, or number, of the samples whose score is at least each of `at`.

    With ``side="right"`` only samples with a larger score count.
    """
    if weight is None:
        return len(scores) - np.searchsorted(np.sort(scores), at, side=side)
    order = np.argsort(scores)
    # The sum begins with the best sample, so that a small weight at the top is not lost among
    # large ones below.
    weight_of_best = np.concatenate([[0.0], np.cumsum(weight[order][::-1])])
    return weight_of_best[len(scores) - np.searchsorted(scores[order], at, side=side)]


def _score_by_label(score, Y, known, scores, weight, *, micro):
    """Return the score and the weight of positives per label; of all together if micro."""
    if micro:
        weight = None if weight is None else np.repeat(weight, Y.shape[1])
        Y, scores = Y.reshape(-1, 1), scores.reshape(-1, 1)
        known = None if known is None else known.reshape(-1, 1)
    # Contiguous columns are read many times faster.
    truth, by_label = np.ascontiguousarray(Y.T), np.ascontiguousarray(scores.T)
    values, support = [], []
    for j, (y, column) in enumerate(zip(truth, by_label, strict=True)):
        used = None if known is None else known[:, j]
        if weight is not None:
            used = weight > 0 if used is None else used & (weight > 0)
        of_label = (y, column, weight)
        if used is not None:
            of_label = tuple(None if part is None else part[used] for part in of_label)
        values.append(score(*of_label))
        support.append(of_label[0].sum() if weight is None else of_label[0] @ of_label[2])
    return np.array(values, dtype=np.float64), np.array(support)
