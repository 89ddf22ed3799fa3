"""Annotations that are probably wrong, the most suspicious first."""

from collections.abc import Sequence
from numbers import Real
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import logit

from skmlic._utils._compat import Interval, StrOptions, validate_params
from skmlic._utils._responses import DEFAULT_THRESHOLDS
from skmlic._utils._target_advice import is_collection
from skmlic._utils._targets import check_binary_target, is_one_dimensional
from skmlic._utils._typing import Labels
from skmlic.label_issues._histogram import Histogram
from skmlic.label_issues._noise_model import NoiseModel
from skmlic.metrics._validation import check_probabilities, check_scores

__all__ = ["find_label_issues"]

_SMALLEST = 1e-9


@validate_params(
    {
        "threshold": [Interval(Real, 0, 1, closed="both")],
        "response_method": [StrOptions(set(DEFAULT_THRESHOLDS))],
    }
)
def find_label_issues(
    Y: Labels,
    Y_score: ArrayLike,
    *,
    threshold: float = 0.5,
    label_names: Sequence[Any] | None = None,
    response_method: Literal["predict_proba", "decision_function"] = "predict_proba",
) -> pd.DataFrame:
    r"""Find annotations that are probably wrong.

    An annotation is an entry of Y: a label of an image. It is suspicious if the score of a model
    that was not trained on the image contradicts it. How suspicious depends on how well the scores
    of the label separate, and on how often missing and false annotations occur, which is estimated
    from the scores.

    Parameters
    ----------
    Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        The annotations: 0 and 1, and NaN for missing ones, which are left out. Also a binary target
        of shape (n_samples,).

    Y_score : array-like of shape (n_samples, n_labels)
        Out-of-sample scores: each row from a model that was not trained on this sample, such as
        leave-one-out scores, out-of-fold scores of ``cross_val_predict``, or scores of held-out
        images. They need not be calibrated.

    threshold : float, default=0.5
        Smallest error probability of the annotations that are returned. With 0.5, these are more
        likely wrong than right; 0 returns all annotations.

    label_names : sequence of shape (n_labels,), default=None
        Names of the labels. By default, the columns of Y if it is a frame, else numbers.

    response_method : {"predict_proba", "decision_function"}, default="predict_proba"
        The method that computed ``Y_score``.

    Returns
    -------
    issues : DataFrame of shape (n_issues, 6)
        One row per annotation, by decreasing error probability. The columns are "sample" (row of
        Y), "label" (name), "given" (the annotation, 0 or 1), "score" (of the model),
        "error_probability", and "label_rank": 1 for the most suspicious annotation of each label.

    Raises
    ------
    ValueError
        If shapes or values do not fit, or ``threshold`` is not between 0 and 1.

    See Also
    --------
    skmlic.plots.LabelIssuesDisplay : Show the images of suspicious annotations.

    Notes
    -----
    With probability :math:`p = \sigma(a z + b)` that a label is present at the score :math:`z` (the
    logit of a probability), and rates :math:`\rho_0` and :math:`\rho_1` at which absent labels are
    annotated and present ones are not, the probability that an annotation is wrong is

    .. math::

        \frac{\rho_0 (1 - p)}{\rho_0 (1 - p) + (1 - \rho_1) p} \text{ of a 1, and }
        \frac{\rho_1 p}{\rho_1 p + (1 - \rho_0) (1 - p)} \text{ of a 0.}

    The calibration :math:`a, b` of each label and the two rates, which all labels share, are
    estimated together by expectation maximisation, as in logistic regression that is robust to
    label noise [1]_. If the rates differ by less than a factor of three they are taken for equal;
    then annotations of a label are ranked by self-confidence, the probability of the given value,
    as in confident learning [2]_.

    Error probabilities of different labels can be compared, and their sum estimates the number of
    errors. Annotations of a rare label are less certain, so they come later; to review some of
    each label, sort by "label_rank".

    References
    ----------
    .. [1] J. Bootkrajang and A. Kabán, "Label-noise robust logistic regression and its
       applications", ECML PKDD 2012.

    .. [2] C. Northcutt, L. Jiang and I. Chuang, "Confident learning: estimating uncertainty in
       dataset labels", Journal of Artificial Intelligence Research 70, 2021; for several labels,
       A. Thyagarajan et al., "Identifying incorrect annotations in multi-label classification
       data", arXiv:2211.13895, 2022.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlic.label_issues import find_label_issues
    >>> rng = np.random.default_rng(0)
    >>> Y = rng.integers(0, 2, size=(500, 2))
    >>> scores = np.where(Y == 1, 0.9, 0.1) + rng.uniform(-0.1, 0.1, size=Y.shape)
    >>> Y[7, 1] = 1 - Y[7, 1]
    >>> issues = find_label_issues(Y, scores, label_names=["sea", "sunset"])
    >>> issues[["sample", "label", "given"]]
       sample   label  given
    0       7  sunset      0
    """
    Y, label_names = _as_matrix(Y, label_names)
    is_probability = response_method == "predict_proba"
    check = check_probabilities if is_probability else check_scores
    present, known, names, scores = check(Y, Y_score, label_names)
    known = np.ones(present.shape, dtype=bool) if known is None else known

    values = logit(np.clip(scores, _SMALLEST, 1 - _SMALLEST)) if is_probability else scores
    values = _standardize(values)
    model = NoiseModel.fit(Histogram.from_scores(values, present, known))
    probability = np.where(known, model.find_errors(values, present), -1.0)

    rows, columns = np.nonzero(probability >= threshold)
    order = np.argsort(-probability[rows, columns], kind="stable")
    rows, columns = rows[order], columns[order]
    return pd.DataFrame(
        {
            "sample": rows,
            "label": names[columns],
            "given": present[rows, columns].astype(np.int64),
            "score": scores[rows, columns],
            "error_probability": probability[rows, columns],
            "label_rank": _rank(columns),
        }
    )


def _as_matrix(Y, label_names):
    """Return a one-dimensional target as a matrix of one label."""
    if not is_one_dimensional(Y):
        return Y, label_names
    entries = np.asarray(Y).tolist()
    is_binary = not any(map(is_collection, entries)) and set(entries) <= {0, 1}
    classes, target = check_binary_target(Y, [0, 1] if is_binary else None)
    if label_names is None:
        name = getattr(Y, "name", None)
        label_names = [classes[-1] if name is None else name]
    return target, label_names


def _standardize(values):
    """Return values with mean 0 and variance 1 per column; 0 where a column is constant."""
    is_constant = np.ptp(values, axis=0) == 0
    centered = values - np.where(is_constant, values[0], values.mean(axis=0))
    return centered / np.where(is_constant, 1, values.std(axis=0))


def _rank(columns):
    """Return how often each column has occurred so far, its own occurrence included."""
    return pd.Series(columns, dtype=np.int64).groupby(columns).cumcount().to_numpy() + 1
