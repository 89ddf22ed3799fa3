"""ROC curves of labels."""

import numpy as np
from sklearn.metrics import roc_curve

from skmlic._utils._typing import Floats
from skmlic.metrics import roc_auc_score
from skmlic.plots._curves import AreaCurvesDisplay, Curve

__all__ = ["MultiLabelRocCurveDisplay"]


def _trace_rates(y: Floats, scores: Floats, weight: Floats) -> tuple[Floats, Floats]:
    fpr, tpr, _ = roc_curve(y, scores, sample_weight=weight)
    return fpr, tpr


def _mean_of_lines(curves: list[Curve]) -> tuple[Floats, Floats]:
    """Return the mean of rising curves, which keeps their vertical parts."""
    fpr = np.unique(np.concatenate([curve.x for curve in curves]))
    # At a jump, np.interp returns the last value, which is the lower end of a reversed curve.
    low = sum(np.interp(-fpr, -curve.x[::-1], curve.y[::-1]) for curve in curves)
    high = sum(np.interp(fpr, curve.x, curve.y) for curve in curves)
    return np.repeat(fpr, 2), np.column_stack([low, high]).ravel() / len(curves)


class MultiLabelRocCurveDisplay(AreaCurvesDisplay):
    """ROC curve of each label and of two averages: true positive rate by false positive rate.

    Create it with :meth:`from_estimator` or :meth:`from_predictions`. The parameters are stored as
    attributes.

    Parameters
    ----------
    curves : list of tuple (fpr, tpr, area), of length n_labels
        The points of each label, as :func:`sklearn.metrics.roc_curve` returns them, and the area
        below them. A label without positives or without negatives has no points, and NaN.

    label_names : sequence of shape (n_labels,)
        Names of the labels.

    support : ndarray of shape (n_labels,)
        Number of positives per label, or the sum of their weights.

    micro, macro : tuple (fpr, tpr, area) or None, default=None
        Curves of the averages.

    Attributes
    ----------
    areas : ndarray of shape (n_labels,)
        ROC AUC of each label.

    ax_ : matplotlib Axes
        Axes of the display.

    figure_ : matplotlib Figure
        Figure of ``ax_``.

    lines_ : dict of matplotlib Line2D
        The curves in colour by label name, and the averages as "micro" and "macro".

    See Also
    --------
    skmlic.metrics.roc_auc_score : Compute the areas and their mean.
    MultiLabelPrecisionRecallDisplay : Curves that are more informative for rare labels.

    Notes
    -----
    "micro" is the curve of all pairs of sample and label, ranked together. "macro" is the mean true
    positive rate of the labels at each false positive rate, so the area below it is the mean of the
    areas of the labels.

    Labels without positives or without negatives are left out, with a warning. Missing annotations
    are ignored.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from skmlic.plots import MultiLabelRocCurveDisplay
    >>> Y = [[1, 0], [0, 1], [1, 1], [0, 0]]
    >>> scores = [[0.9, 0.2], [0.4, 0.8], [0.3, 0.6], [0.1, 0.7]]
    >>> display = MultiLabelRocCurveDisplay.from_predictions(Y, scores)
    >>> display.areas
    array([0.75, 0.75])
    >>> plt.show()
    """

    _axes = ("false positive rate", "true positive rate")
    _area = "AUC"
    _reason_undefined = "no positives or no negatives"
    _score = staticmethod(roc_auc_score)
    _trace = staticmethod(_trace_rates)
    _mean = staticmethod(_mean_of_lines)
