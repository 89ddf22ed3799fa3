"""All that there is to say about a fitted classifier, in one page."""

from __future__ import annotations

import logging
import os
import uuid
import warnings
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skmlic.images import as_image_list

if TYPE_CHECKING:
    from skmlic.plots._report._parts import Answers, Section

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
) -> Path:
    """Write a page about how a classifier does on some pictures.

    The page is one file that needs nothing else: scores with their definitions, the labels, a table
    of each label's scores, curves, confusion matrices, thresholds, calibration, the training, the
    pictures with the largest mistakes, and where in pictures labels are seen.

    Parameters
    ----------
    estimator : estimator instance
        Fitted, with ``predict_proba`` or ``decision_function``. It predicts once.

    X : array-like of images of shape (n_samples,)
        What it takes; pictures it was not fitted on, unless the page is to be about those. With
        features in place of pictures, the sections that show pictures are left out.

    Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
        0 and 1, NaN where it is unknown; also a y of two values, of shape (n_samples,).

    path : str or path-like
        The file to write, such as "report.html". One that is there is replaced when the new page is
        complete.

    title : str, default="Multi-label classification report"
        What the page is headed with.

    label_names : sequence of shape (n_labels,), default=None
        Names of labels; by default the columns of Y if it is a frame, else those the estimator was
        fitted with.

    Returns
    -------
    path : Path
        The file.

    Raises
    ------
    ValueError
        If Y is not 0 and 1, or there are more or less pictures than rows of Y.

    FileNotFoundError
        If there is no such folder.

    ImportError
        If matplotlib is not installed.

    See Also
    --------
    skmlic.metrics.classification_report : The table alone.
    skmlic.plots : Displays, of which the page is made.

    Notes
    -----
    What can't be made is named in the page with the reason. Pictures are made small; the page takes
    a few MB at most.

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
    # Here, so that to import skmlic does not take longer for it.
    from skmlic.inspection._predictions import name_labels, predict_labels
    from skmlic.plots._report._parts import Answers
    from skmlic.plots._report._sections import SECTIONS

    environment = _make_environment()
    path = Path(path)
    if not path.absolute().parent.is_dir():
        raise FileNotFoundError(f"path={str(path)!r}: there is no such folder; make it first.")
    truth, names = name_labels(estimator, Y, label_names)
    logger.info("report: predicting")
    scores, decisions, method = predict_labels(estimator, X, len(names))
    if len(scores) != len(truth):
        raise ValueError(f"X has {len(scores)} samples and Y has {len(truth)}; expected as many.")
    answers = Answers(
        estimator=estimator,
        X=X,
        images=_find_pictures(X),
        truth=truth,
        scores=scores,
        decisions=decisions,
        method=method,
        label_names=names,
    )
    sections = [_make(section_title, make, answers) for section_title, make in SECTIONS.items()]
    page = environment.get_template("page").render(
        title=title,
        subtitle=(
            f"{type(estimator).__name__} on {len(truth):,} samples, "
            f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        ),
        sections=sections,
    )
    _write(path, page)
    return path


def _make_environment():
    """Return the template's environment; what is missing shows before hours of prediction."""
    try:
        import matplotlib  # noqa: F401
        from jinja2 import DictLoader, Environment
    except ImportError as error:
        raise ImportError(
            f"skmlic.report needs matplotlib ({error}): pip install 'skmlic[plot]'"
        ) from error
    source = (
        resources.files("skmlic.plots._report").joinpath("page.html").read_text(encoding="utf-8")
    )
    return Environment(loader=DictLoader({"page": source}), autoescape=True, trim_blocks=True)


def _find_pictures(X: Any) -> list[Any] | None:
    """Return X as a list of pictures, or None if it is none."""
    try:
        return as_image_list(X)
    except (TypeError, ValueError):
        return None


def _make(title: str, make: Callable[[Answers], Section], answers: Answers) -> Section:
    """Return a section, or what says why it is left out."""
    import matplotlib.pyplot as plt

    from skmlic.plots._report._parts import Section

    logger.info("report: %s", title)
    before = plt.get_fignums()
    with (
        warnings.catch_warnings(record=True) as caught,
        plt.style.context("default"),
        plt.ioff(),
    ):
        warnings.simplefilter("always")
        try:
            section = make(answers)
        except ValueError as error:
            section = Section(left_out=str(error))
        except Exception as error:
            # Predictions may have taken hours, and the rest of the page is worth having.
            logger.exception("report: %s failed", title)
            section = Section(left_out=f"{type(error).__name__}: {error}")
        for number in set(plt.get_fignums()).difference(before):
            plt.close(number)
    section.title = title
    notes = dict.fromkeys(str(warning.message) for warning in caught)
    section.notes = [*section.notes, *notes]
    return section


def _write(path: Path, page: str) -> None:
    """Write a file in one go: it is complete or as it was."""
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        unfinished.write_text(page, encoding="utf-8")
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
