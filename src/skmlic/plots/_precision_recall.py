"""Precision-recall curves of labels."""

import numpy as np
from sklearn.metrics import precision_recall_curve

from skmlic._utils._typing import Floats
from skmlic.metrics import average_precision_score
from skmlic.plots._curves import AreaCurvesDisplay, Curve

__all__ = ["MultiLabelPrecisionRecallDisplay"]


def _trace_precision(y: Floats, scores: Floats, weight: Floats) -> tuple[Floats, Floats]:
    precision, recall, _ = precision_recall_curve(
        y, scores, sample_weight=weight, drop_intermediate=True
    )
    return recall, precision


def _mean_of_steps(curves: list[Curve]) -> tuple[Floats, Floats]:
    """Return the mean of step curves, whose precision holds down to the recall before."""
    recall = np.unique(np.concatenate([curve.x for curve in curves]))
    precision = np.zeros(len(recall))
    for curve in curves:
        # In order of increasing recall, the first of several points with the same recall has the
        # highest threshold, and the step leads up to that point.
        at, first = np.unique(curve.x[::-1], return_index=True)
        # The tolerance keeps a recall that was rounded up, such as 3/10, on its own step.
        step = np.searchsorted(at, recall - 1e-12)
        precision += curve.y[::-1][first][step]
    return recall[::-1], precision[::-1] / len(curves)


class MultiLabelPrecisionRecallDisplay(AreaCurvesDisplay):
    """Precision-recall curve of each label and of two averages.

    Create it with :meth:`from_estimator` or :meth:`from_predictions`. The parameters are stored as
    attributes.

    Parameters
    ----------
    curves : list of tuple (recall, precision, area), of length n_labels
        The points of each label, as :func:`sklearn.metrics.precision_recall_curve` returns them,
        and its average precision. A label without positives has no points, and NaN.

    label_names : sequence of shape (n_labels,)
        Names of the labels.

    support : ndarray of shape (n_labels,)
        Number of positives per label, or the sum of their weights.

    micro, macro : tuple (recall, precision, area) or None, default=None
        Curves of the averages.

    Attributes
    ----------
    areas : ndarray of shape (n_labels,)
        Average precision of each label.

    ax_ : matplotlib Axes
        Axes of the display.

    figure_ : matplotlib Figure
        Figure of ``ax_``.

    lines_ : dict of matplotlib Line2D
        The curves in colour by label name, and the averages as "micro" and "macro".

    See Also
    --------
    skmlic.metrics.average_precision_score : Compute the areas and their mean.
    MultiLabelRocCurveDisplay : Curves that do not depend on the frequency of a label.
    LabelScoresDisplay : Draw the areas of all labels as bars.

    Notes
    -----
    "micro" is the curve of all pairs of sample and label, ranked together. "macro" is the mean
    precision of the labels at each recall, each taken from the step that leads up to this recall.
    The area below it is therefore the mean of the areas of the labels, mAP.

    Labels without positives are left out, with a warning. Missing annotations are ignored.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skmlic.plots import MultiLabelPrecisionRecallDisplay
    >>> X, Y = make_multilabel_classification(200, n_classes=4, random_state=0)
    >>> clf = RandomForestClassifier(n_estimators=10, random_state=0).fit(X[:100], Y[:100])
    >>> display = MultiLabelPrecisionRecallDisplay.from_estimator(
    ...     clf, X[100:], Y[100:], label_names=["sea", "sky", "boat", "rain"]
    ... )
    >>> display.areas.round(2)
    array([0.64, 0.71, 0.72, 0.8 ])
    >>> plt.show()
    """

    _axes = ("recall", "precision")
    _area = "AP"
    _drawstyle = "steps-post"
    _score = staticmethod(average_precision_score)
    _trace = staticmethod(_trace_precision)
    _mean = staticmethod(_mean_of_steps)
