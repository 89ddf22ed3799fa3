"""Backbones, or whole estimators, side by side: what they score and what they cost."""

import copy
import time
from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import FitFailedWarning
from sklearn.metrics import check_scoring
from sklearn.model_selection import check_cv
from sklearn.pipeline import Pipeline
from sklearn.utils import check_consistent_length
from tqdm import tqdm

from skmlic._utils._compat import safe_indexing
from skmlic._utils._responses import choose_response_method
from skmlic._utils._typing import CV, Images, Labels, RandomState
from skmlic._utils._warnings import warn_caller
from skmlic.classifier import EMBEDDER_PARAMETERS, TransferMultiLabelClassifier
from skmlic.embedding import ImageEmbedder
from skmlic.embedding._combinations import is_precomputed
from skmlic.embedding._feature_store import counts
from skmlic.exceptions import ImageReadError
from skmlic.images import as_image_list
from skmlic.inspection._inner_estimators import find_classifier
from skmlic.metrics import get_scorer, multilabel_scorers
from skmlic.model_selection import MultiLabelStratifiedKFold
from skmlic.plots._comparison import BackboneComparisonDisplay
from skmlic.training._fine_tuned_module import find_frozen

__all__ = ["BackboneComparisonDisplay", "compare_backbones"]

_SCORES = (
    "roc_auc_micro",
    "precision_micro",
    "recall_micro",
    "one_label_accuracy",
    "subset_accuracy",
    "map",
    "f1_micro",
)
_SIZES = ("size_mb", "n_parameters", "n_trainable")
_TIMES = ("embed_s", "fit_s", "predict_s_per_1000")
_N_FOLDS = 5
_N_PICTURES_TIMED = 64


def compare_backbones(
    X: Images,
    Y: Labels,
    backbones: Sequence[str] | Mapping[str, Any],
    *,
    estimator: BaseEstimator | None = None,
    cv: CV = None,
    scoring: str | Sequence[str] | Mapping[str, Any] | None = None,
    random_state: RandomState = None,
    verbose: int = 0,
) -> pd.DataFrame:
    """Cross-validate backbones on the same folds; tabulate scores, sizes and times.

    A frozen backbone sees each distinct picture once: its features are stored before the first
    fold.

    Parameters
    ----------
    X : array-like of images of shape (n_samples,)
        Whatever the estimators take.

    Y : array-like or frame of shape (n_samples, n_labels)
        0 and 1; NaN where it is unknown.

    backbones : list of str, or dict
        Names of :func:`skmlic.list_backbones`, or rows by label: each a backbone or an estimator,
        such as a recipe (:func:`skmlic.recipes.get_recipe`), which is taken as it is.

    estimator : estimator instance, default=None
        What backbones are tried in: it, or one estimator within it, has a parameter ``backbone``.
        ``None`` is ``TransferMultiLabelClassifier(random_state=random_state)``.

    cv : int, splitter or iterable, default=None
        The folds, the same for all rows. A number, or ``None`` for 5, is of folds of a shuffled
        :class:`~skmlic.model_selection.MultiLabelStratifiedKFold`.

    scoring : str, list of str or dict, default=None
        Names of :func:`skmlic.metrics.get_scorer_names`, or scorers by the name of their column.
        ``None``: "roc_auc_micro", "precision_micro", "recall_micro", "one_label_accuracy",
        "subset_accuracy" (all labels right), "map" (a mean over labels) and "f1_micro".

    random_state : int, RandomState instance or None, default=None
        Determines the default folds and the default estimator. Pass an int for the same table in
        each call, but for the times.

    verbose : int, default=0
        1 shows a progress bar of folds.

    Returns
    -------
    results : DataFrame of shape (n_backbones, n_columns)
        A row for each backbone, in their order, with the columns:

        - one for each scorer: the mean over folds, and after all other columns, as
          ``"map_std"``, the standard deviation over folds;
        - "size_mb": the weights of backbone and head as they are in memory, in 10⁶ bytes, without
          the classifier that the backbone was pretrained with; "n_parameters", and "n_trainable",
          those of them that are trained. NaN unless a TransferMultiLabelClassifier is inside;
        - "embed_s": seconds to decode all pictures and put them through the backbone, as its
          pretrained weights are, without loading it. NaN where none looks at pictures;
        - "fit_s": mean seconds of a fold's ``fit``, with the features stored beforehand. Of
          fine-tuning, and of augmented views, the backbone's passes are in it;
        - "predict_s_per_1000": seconds to predict 1000 new pictures, the backbone included.

        Seconds are of the wall clock: compare them within one table of a machine that has nothing
        else to do.

    Raises
    ------
    ValueError
        If all backbones fail, or a parameter is wrong.
    ImageReadError
        If pictures can't be read.

    Warns
    -----
    FitFailedWarning
        For each backbone that fails, for example because its weights can't be fetched. Its row is
        NaN.

    See Also
    --------
    BackboneComparisonDisplay : The table as a picture.
    skmlic.recipes.get_recipe : Published systems to compare.

    Notes
    -----
    If features of some pictures are stored already, "embed_s" is reckoned from 64 pictures that go
    through the backbone again.

    An interrupt loses no rows: the KeyboardInterrupt has them as its ``results``, in an interactive
    session ``sys.last_value.results``. Features stay stored, so that the next call is quicker.

    Examples
    --------
    >>> from skmlic import TransferMultiLabelClassifier
    >>> from skmlic.comparison import compare_backbones
    >>> from skmlic.datasets import make_multilabel_shapes
    >>> from skmlic.dummy import DummyMultiLabelClassifier
    >>> X, Y = make_multilabel_shapes(60, n_labels=3, random_state=0)
    >>> rows = {
    ...     "frequencies": DummyMultiLabelClassifier(),
    ...     "tiny": TransferMultiLabelClassifier("tiny_cnn", max_epochs=40, random_state=0),
    ... }
    >>> results = compare_backbones(X, Y, rows, cv=3, random_state=0)
    >>> bool(results.loc["tiny", "map"] > results.loc["frequencies", "map"])
    True
    >>> int(results.loc["tiny", "n_trainable"])
    13315
    """
    check_consistent_length(X, Y)
    estimators = _make_estimators(backbones, estimator, random_state)
    if cv is None or isinstance(cv, Integral):
        cv = MultiLabelStratifiedKFold(
            _N_FOLDS if cv is None else int(cv), shuffle=True, random_state=random_state
        )
    folds = list(check_cv(cv).split(X, Y))
    scorers = _make_scorers(scoring)
    rows, failures = {}, {}
    progress = tqdm(total=len(estimators) * len(folds), unit="fold", disable=not verbose)
    try:
        with progress:
            for number, (label, row_estimator) in enumerate(estimators.items(), start=1):
                progress.set_description(str(label))
                try:
                    rows[label] = _measure(row_estimator, X, Y, folds, scorers, progress)
                except ImageReadError:
                    raise
                except Exception as error:
                    rows[label], failures[label] = {}, error
                progress.update(number * len(folds) - progress.n)
    except KeyboardInterrupt as interrupt:
        interrupt.results = _tabulate(rows, scorers)  # type: ignore[attr-defined]
        interrupt.add_note(
            f"{len(rows)} of {len(estimators)} backbones were done: this exception's `results`, "
            "sys.last_value.results in an interactive session."
        )
        raise
    _report(failures, estimators)
    return _tabulate(rows, scorers)


def _make_estimators(backbones, estimator, random_state):
    """Return an unfitted estimator by row label."""
    if isinstance(backbones, str) or not len(backbones):
        raise ValueError(
            f"backbones={backbones!r}: expected names, such as ['resnet50', 'densenet121'], or a "
            "dict {label: backbone or estimator}."
        )
    if not isinstance(backbones, Mapping):
        if not all(isinstance(name, str) for name in backbones):
            raise ValueError(
                "backbones is a list of other things than names; write a dict {label: backbone or "
                "estimator}."
            )
        if len(set(backbones)) < len(backbones):
            raise ValueError(f"backbones={list(backbones)!r} has a name more than once.")
        backbones = {name: name for name in backbones}
    if estimator is None:
        estimator = TransferMultiLabelClassifier(random_state=random_state)
    return {
        label: clone(row) if hasattr(row, "get_params") else _set_backbone(estimator, row)
        for label, row in backbones.items()
    }


def _set_backbone(estimator, backbone):
    names = [name for name in estimator.get_params() if name.split("__")[-1] == "backbone"]
    if len(names) != 1:
        raise ValueError(
            f"estimator={estimator!r} has {len(names)} parameters called backbone; expected one, "
            "as TransferMultiLabelClassifier has. Write a dict {label: estimator} instead."
        )
    return clone(estimator).set_params(**{names[0]: backbone})


def _make_scorers(scoring):
    """Return scorers by the name of their column."""
    if scoring is None:
        return multilabel_scorers(*_SCORES)
    if isinstance(scoring, str):
        return multilabel_scorers(scoring)
    if not isinstance(scoring, Mapping):
        return multilabel_scorers(*scoring)
    reserved = [name for name in scoring if name in (*_SIZES, *_TIMES)]
    if reserved:
        raise ValueError(f"scoring has {reserved[0]!r}, which is the name of another column.")
    return {
        name: get_scorer(scorer) if isinstance(scorer, str) else scorer
        for name, scorer in scoring.items()
    }


def _measure(estimator, X, Y, folds, scorers, progress):
    """Return a row: the scores of all folds, sizes and seconds."""
    part = _find_part(estimator)
    seconds_a_picture, n_pictures = (np.nan, np.nan) if part is None else _time_embedding(part, X)
    score = check_scoring(scoring=scorers)
    measured = []
    for train, test in folds:
        classifier = clone(estimator)
        X_train, Y_train = safe_indexing(X, train), safe_indexing(Y, train)
        fit_s = _time(classifier.fit, X_train, Y_train)
        predict = getattr(classifier, choose_response_method(classifier))
        # A backbone that was trained is set up for its engine when it is first used.
        predict(safe_indexing(X, test[:1]))
        X_test, hits = safe_indexing(X, test), counts.hits
        predict_s = _time(predict, X_test) / len(test)
        stored = (counts.hits - hits) / len(test)
        if stored:
            predict_s += stored * seconds_a_picture
        scores = score(classifier, X_test, safe_indexing(Y, test))
        measured.append({**scores, "fit_s": fit_s, "predict_s": predict_s})
        progress.update()
    measured = pd.DataFrame(measured)
    means = measured.mean(skipna=False)
    return {
        **means[list(scorers)],
        **_count_weights(find_classifier(classifier)),
        "embed_s": seconds_a_picture * n_pictures,
        "fit_s": means["fit_s"],
        "predict_s_per_1000": 1000 * means["predict_s"],
        **measured[list(scorers)].std(ddof=0, skipna=False).add_suffix("_std"),
    }


def _find_part(estimator):
    """Return what puts the pictures of X through a backbone; None if nothing does."""
    if isinstance(estimator, (TransferMultiLabelClassifier, ImageEmbedder)):
        return None if is_precomputed(estimator.backbone) else estimator
    if isinstance(estimator, Pipeline):
        return _find_part(estimator.steps[0][1])
    inner = getattr(estimator, "estimator", None)
    return None if inner is None else _find_part(inner)


def _time(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def _time_embedding(part, X):
    """Store features; return seconds a picture and the number of distinct pictures."""
    embedder = ImageEmbedder(**{name: getattr(part, name) for name in EMBEDDER_PARAMETERS})
    images = as_image_list(X)
    embedder.fit(images)
    # The first picture sets up the engine, which takes seconds and is done once.
    _, is_set_up, _ = _time_transform(embedder, images[:1])
    seconds, n_computed, n_pictures = _time_transform(embedder, images)
    if not is_set_up or n_computed < n_pictures - 1:
        unstored = copy.copy(embedder).set_params(memory=False)
        unstored.transform(images[:1])
        seconds, n_computed, _ = _time_transform(unstored, images[:_N_PICTURES_TIMED])
    return seconds / max(n_computed, 1), n_pictures


def _time_transform(embedder, images):
    """Return the seconds, and how many pictures were computed, and how many are distinct."""
    hits, misses = counts.hits, counts.misses
    seconds = _time(embedder.transform, images)
    n_computed = counts.misses - misses
    return seconds, n_computed, n_computed + counts.hits - hits


def _count_weights(classifier):
    """Return the size and the numbers of parameters of a fitted classifier."""
    if classifier is None:
        return dict.fromkeys(_SIZES, np.nan)
    modules = [classifier.net_.module_]
    n_trainable = sum(parameter.numel() for parameter in modules[0].parameters())
    if not is_precomputed(classifier.backbone):
        for backbone in classifier.embedder_._backbones:
            extractor = backbone.extractor
            modules.append(extractor.network)
            if classifier.freeze is True:
                continue
            frozen = tuple(f"{name}." for name in find_frozen(extractor, classifier.freeze))
            n_trainable += sum(
                parameter.numel()
                for name, parameter in extractor.network.named_parameters()
                if not name.startswith(frozen)
            )
    parameters = [parameter for module in modules for parameter in module.parameters()]
    buffers = [buffer for module in modules for buffer in module.buffers()]
    return {
        "size_mb": sum(tensor.nbytes for tensor in parameters + buffers) / 1e6,
        "n_parameters": sum(parameter.numel() for parameter in parameters),
        "n_trainable": n_trainable,
    }


def _report(failures, estimators):
    if failures and len(failures) == len(estimators):
        listed = "\n".join(f"  {label}: {_reason(error)}" for label, error in failures.items())
        raise ValueError(f"All {len(failures)} backbones failed:\n{listed}") from next(
            iter(failures.values())
        )
    for label, error in failures.items():
        warn_caller(f"{label!r} failed, its row is NaN: {_reason(error)}", FitFailedWarning)


def _reason(error):
    return f"{type(error).__name__}: {error}"


def _tabulate(rows, scorers):
    columns = [*scorers, *_SIZES, *_TIMES, *(f"{name}_std" for name in scorers)]
    index = pd.Index(rows, name="backbone")
    return pd.DataFrame(list(rows.values()), index=index, columns=columns)
