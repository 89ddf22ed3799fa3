"""HTML report of a fitted classifier, in one file."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from skmlic._utils._responses import check_estimator
from skmlic.images import as_image_list
from skmlic.plots._report._template import Page

if TYPE_CHECKING:
    from skmlic.plots._report._parts import ReportData

__all__ = ["report"]

logger = logging.getLogger("skmlic")


def report(
    estimator: Any,
    X: Any,
    Y: Any,
    path: str | os.PathLike[str],
    *,
    title: str = "Multi-label classification report",
    label_names: Sequence[Any] | None = None,
    cv: Literal["loo"] | None = None,
) -> Path:
    """Write an HTML report of a classifier and its predictions.

    The report is one file without external resources. It has scores with their definitions, the
    frequencies of labels, a table of scores per label, curves, confusion matrices, thresholds,
    calibration, the training history, the images with the largest mistakes, annotations that
    are probably wrong, and maps of where in images labels are seen.

    Parameters
    ----------
    estimator : estimator instance
        A fitted estimator with ``predict_proba`` or ``decision_function``. It predicts once.

    X : array-like of images of shape (n_samples,)
        Images that the estimator was not fitted on (but see ``cv``), in any form that it takes.
        With features in place of images, the sections that show images are left out.

    Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        The true labels: 0 and 1, and NaN for missing annotations. Also a binary target of shape
        (n_samples,).

    path : str or path-like
        The file to write, such as "report.html". An existing file is replaced once the report is
        complete.

    title : str, default="Multi-label classification report"
        Title of the report.

    label_names : sequence of shape (n_labels,), default=None
        Names of the labels. By default, the columns of Y if it is a frame, else the names that the
        estimator was fitted with.

    cv : {"loo"}, default=None
        With "loo", X and Y are the samples that the estimator was fitted on, and the report shows
        its leave-one-out scores (``loo_predict_proba_`` or ``loo_decision_function_``). Thresholds
        that were tuned on them make the F1 somewhat too good. ``None`` predicts X.

    Returns
    -------
    path : Path
        The file.

    Raises
    ------
    ValueError
        If Y has other entries than 0, 1 and NaN, or X and Y have different numbers of samples, or
        ``cv`` is neither ``None`` nor "loo".

    AttributeError
        If ``cv="loo"`` and the estimator has no leave-one-out scores.

    FileNotFoundError
        If the directory of ``path`` does not exist.

    ImportError
        If matplotlib is not installed.

    See Also
    --------
    report_dataset : Write an HTML report of images and labels.
    skmlic.metrics.classification_report : Compute the table of scores.
    skmlic.plots : Displays that the report consists of.

    Notes
    -----
    The report names the sections that are left out, with the reason. Images are reduced in size, so
    that the file has a few MB at most.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import skmlic
    >>> from skmlic.datasets import make_multilabel_shapes
    >>> X, Y = make_multilabel_shapes(40, n_labels=1, random_state=0)
    >>> clf = skmlic.TransferMultiLabelClassifier("tiny_cnn", max_epochs=2, random_state=0)
    >>> clf = clf.fit(X[:30], Y[:30])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = skmlic.report(clf, X[30:], Y[30:], Path(folder, "report.html"))
    ...     path.stat().st_size < 1_000_000
    True
    """
    # These imports are slow, so they are delayed until a report is written.
    from skmlic.plots._report._sections import SECTIONS

    check_estimator(estimator)
    page = Page(path)
    if cv not in (None, "loo"):
        raise ValueError(f"cv={cv!r}: expected None or 'loo'.")
    data = _collect_data(estimator, X, Y, label_names, cv)
    samples = "samples" if cv is None else "training samples, each left out of the fit"
    subtitle = f"{type(estimator).__name__} on {len(data.truth):,} {samples}"
    return page.write(title, subtitle, SECTIONS, data)


def _collect_data(
    estimator: Any, X: Any, Y: Any, label_names: Sequence[Any] | None, cv: str | None
) -> ReportData:
    """Return the predictions of an estimator, the true labels and their names."""
    from skmlic.inspection._predictions import match_target, predict_labels, read_left_out_labels
    from skmlic.metrics._validation import check_truth
    from skmlic.plots._report._parts import ReportData

    Y, label_names = match_target(estimator, Y, label_names)
    present, known, names = check_truth(Y, label_names)
    if cv == "loo":
        scores, predictions, method = read_left_out_labels(estimator, len(names))
    else:
        logger.info("report: predicting")
        scores, predictions, method = predict_labels(estimator, X, len(names))
    if len(scores) != len(present):
        raise ValueError(
            f"X has {len(scores)} samples and Y has {len(present)}; expected the same number."
        )
    return ReportData(
        estimator=estimator,
        X=X,
        images=_find_images(X),
        truth=np.where(True if known is None else known, present.astype(np.float64), np.nan),
        scores=scores,
        predictions=predictions,
        method=method,
        label_names=list(names),
    )


def _find_images(X: Any) -> list[Any] | None:
    """Return X as a list of images, or None if it has no images."""
    try:
        return as_image_list(X)
    except (TypeError, ValueError):
        return None
