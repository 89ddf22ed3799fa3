"""A table of scores per label."""

from typing import Literal, overload

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from skmlic._utils._text import printable
from skmlic._utils._typing import Labels
from skmlic.metrics._average_precision import average_precision_score
from skmlic.metrics._fbeta import f1_score
from skmlic.metrics._precision_recall import precision_score, recall_score
from skmlic.metrics._roc_auc import roc_auc_score
from skmlic.metrics._validation import check_predictions, check_scores

_OF_PREDICTIONS = {"precision": precision_score, "recall": recall_score, "f1": f1_score}
_OF_SCORES = {"average_precision": average_precision_score, "roc_auc": roc_auc_score}
_MEANS = ("macro", "micro", "weighted", "samples")


@overload
def classification_report(
    Y_true: Labels,
    Y_pred: Labels,
    Y_score: ArrayLike | None = None,
    *,
    label_names: ArrayLike | None = None,
    output: Literal["text"] = "text",
) -> str: ...


@overload
def classification_report(
    Y_true: Labels,
    Y_pred: Labels,
    Y_score: ArrayLike | None = None,
    *,
    label_names: ArrayLike | None = None,
    output: Literal["frame"],
) -> pd.DataFrame: ...


def classification_report(
    Y_true: Labels,
    Y_pred: Labels,
    Y_score: ArrayLike | None = None,
    *,
    label_names: ArrayLike | None = None,
    output: Literal["text", "frame"] = "text",
) -> str | pd.DataFrame:
    """Return a table of precision, recall, F1 and support per label, and their means.

    If scores are given, it has average precision and ROC AUC, too. Undefined scores are left blank
    and excluded from the means.

    Parameters
    ----------
    Y_true : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1; NaN for missing labels, which are ignored.

    Y_pred : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1, as returned by ``predict``.

    Y_score : array-like of shape (n_samples, n_labels), default=None
        Scores that are larger where a label is more likely.

    label_names : array-like of shape (n_labels,), default=None
        Names of labels. By default the columns of Y_true if it is a frame, else numbers.

    output : {"text", "frame"}, default="text"
        Whether to return text to print or a DataFrame.

    Returns
    -------
    report : str or DataFrame of shape (n_labels + 4, 4) or (n_labels + 4, 6)
        One row per label, then "macro", "micro", "weighted" and "samples". The column "support"
        has the numbers of positives. Undefined scores are NaN.

    Raises
    ------
    ValueError
        If shapes or values do not fit.

    Examples
    --------
    >>> import pandas as pd
    >>> from skmlic.metrics import classification_report
    >>> Y = pd.DataFrame({"sea": [1, 0, 1, 0], "sunset": [0, 0, 1, 1]})
    >>> print(classification_report(Y, [[1, 0], [1, 0], [1, 1], [0, 1]]))
              precision  recall    f1  support
    sea           0.667   1.000 0.800        2
    sunset        1.000   1.000 1.000        2
    <BLANKLINE>
    macro         0.833   1.000 0.900        4
    micro         0.800   1.000 0.889        4
    weighted      0.833   1.000 0.900        4
    samples       0.750   1.000 0.750        4
    """
    if not isinstance(output, str) or output not in ("text", "frame"):
        raise ValueError(f"output={output!r}: expected 'text' or 'frame'.")
    Y, known, names, predicted = check_predictions(Y_true, Y_pred, label_names)
    truth = Y if known is None else np.where(known, Y, np.nan)
    columns = {
        name: _column(score, truth, predicted, _MEANS) for name, score in _OF_PREDICTIONS.items()
    }
    if Y_score is not None:
        *_, scores = check_scores(Y_true, Y_score)
        for name, score in _OF_SCORES.items():
            columns[name] = [*_column(score, truth, scores, _MEANS[:-1]), np.nan]
    support = Y.sum(axis=0)
    columns["support"] = [*support, *[support.sum()] * len(_MEANS)]
    frame = pd.DataFrame(columns, index=[*names, *_MEANS])
    return frame if output == "frame" else _as_text(frame, n_labels=len(names))


def _column(score, Y, response, means):
    by_label = score(Y, response, average=None, undefined="nan")
    defined = ~np.isnan(by_label)
    values = list(by_label)
    for average in means:
        if average in ("macro", "weighted"):
            chosen = by_label[defined]
            weight = np.nansum(Y, axis=0)[defined] if average == "weighted" else None
            known = len(chosen) and (weight is None or weight.any())
            values.append(np.average(chosen, weights=weight) if known else np.nan)
        else:
            values.append(_score_without_warning(score, Y, response, average))
    return values


def _score_without_warning(score, Y, response, average):
    return score(Y, response, average=average, undefined="skip" if average == "samples" else "nan")


def _as_text(frame, n_labels):
    names = list(map(printable, frame.index))
    width = max(map(len, names))
    frame = frame.set_axis([name.ljust(width) for name in names])
    text = frame.to_string(float_format="{:.3f}".format, na_rep="", justify="right")
    lines = text.splitlines()
    return "\n".join([*lines[: n_labels + 1], "", *lines[n_labels + 1 :]])
