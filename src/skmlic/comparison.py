"""Comparison of backbones, or of whole estimators: their scores and their costs."""

import copy
import time
from collections.abc import Collection, Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning
from sklearn.metrics import check_scoring
from sklearn.model_selection import check_cv
from sklearn.pipeline import Pipeline
from sklearn.utils import indexable
from tqdm import tqdm

from skmlic._utils._compat import HasMethods, safe_indexing, validate_params
from skmlic._utils._numbers import check_rows, describe
from skmlic._utils._read_targets import read_targets
from skmlic._utils._responses import choose_response_method
from skmlic._utils._typing import CV, Estimator, Images, Labels, RandomState
from skmlic._utils._warnings import warn_caller
from skmlic.classifier import EMBEDDER_PARAMETERS, TransferMultiLabelClassifier
from skmlic.embedding import ImageEmbedder, counts, is_precomputed
from skmlic.exceptions import ImageReadError
from skmlic.images import as_image_list
from skmlic.inspection._inner_estimators import find_classifier
from skmlic.metrics import get_scorer, multilabel_scorers
from skmlic.model_selection import MultiLabelStratifiedKFold
from skmlic.plots._comparison import BackboneComparisonDisplay
from skmlic.training import find_frozen

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
_N_IMAGES_TIMED = 64


@validate_params(
    {
        "estimator": [HasMethods(["fit"]), None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }
)
def compare_backbones(
    X: Images,
    Y: Labels,
    backbones: Sequence[str] | Mapping[str, Any],
    *,
    estimator: Estimator | None = None,
    cv: CV = None,
    scoring: str | Sequence[str] | Mapping[str, Any] | None = None,
    random_state: RandomState = None,
    verbose: int = 0,
) -> pd.DataFrame:
    """Cross-validate backbones on the same folds, and tabulate their scores, sizes and times.

    A frozen backbone sees each distinct image once, since its features are stored before the first
    fold.

    Parameters
    ----------
    X : array-like of images of shape (n_samples,)
        The images, in any form that the estimators take.

    Y : array-like or frame of shape (n_samples, n_labels)
        0 and 1, and NaN for missing annotations.

    backbones : list of str, or dict
        Names that :func:`skmlic.list_backbones` returns, or a dict of the rows by their labels.
        Each of its values is a backbone, or an estimator such as a recipe
        (:func:`skmlic.recipes.get_recipe`), which is compared without changes.

    estimator : estimator instance, default=None
        Estimator that uses the backbones. It, or one estimator inside it, has a parameter
        ``backbone``. ``None`` is ``TransferMultiLabelClassifier(random_state=random_state)``.

    cv : int, splitter or iterable, default=None
        Folds, which are the same for all rows. An int is the number of folds of a shuffled
        :class:`~skmlic.model_selection.MultiLabelStratifiedKFold`, and ``None`` is 5.

    scoring : str, list of str or dict, default=None
        Names that :func:`skmlic.metrics.get_scorer_names` returns, or scorers by the names of their
        columns. ``None`` is "roc_auc_micro", "precision_micro", "recall_micro",
        "one_label_accuracy", "subset_accuracy" (the fraction of images with all labels right),
        "map" (a mean over labels) and "f1_micro".

    random_state : int, RandomState instance or None, default=None
        Determines the default folds and the default estimator. Pass an int for the same table in
        each call, apart from the times.

    verbose : int, default=0
        1 shows a progress bar of the folds.

    Returns
    -------
    results : DataFrame of shape (n_backbones, n_columns)
        One row per backbone, in the given order. The columns are:

        - the mean of each scorer over folds and, after all other columns, the standard deviation,
          such as ``"map_std"``;
        - "size_mb", the size of the weights of backbone and head in memory, in 10⁶ bytes, without
          the classification layer that the backbone was pretrained with; "n_parameters", the
          number of parameters; and "n_trainable", the number of those that are trained. NaN if no
          TransferMultiLabelClassifier is inside;
        - "embed_s", the seconds to decode all images and pass them through the backbone with its
          pretrained weights, without the time to load it. NaN if X does not pass through a
          backbone;
        - "fit_s", the mean seconds of ``fit`` on a fold, with stored features. With fine-tuning or
          augmented views, the passes through the backbone are included;
        - "predict_s_per_1000", the seconds to predict 1000 new images, including the backbone.

        Times are wall-clock times. Compare them only within one table, computed on a machine
        without other load.

    Raises
    ------
    ValueError
        If all backbones fail, or a parameter is invalid.
    ImageReadError
        If images can't be read.

    Warns
    -----
    FitFailedWarning
        For each backbone that fails, for example because its weights can't be downloaded. Its row
        is NaN.

    See Also
    --------
    BackboneComparisonDisplay : Draw the table.
    skmlic.recipes.get_recipe : Published systems to compare.

    Notes
    -----
    If features of some images have been stored before, "embed_s" is estimated from 64 images that
    pass through the backbone again.

    After an interrupt, the KeyboardInterrupt has the completed rows as its attribute ``results``,
    which is ``sys.last_value.results`` in an interactive session. Features stay stored, so the next
    call is faster.

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
    check_rows(X, "X", "images or features")
    X, Y = indexable(X, Y)
    read_targets(Y)
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
                    # Any failure of one backbone must not lose the rows of the others.
                    rows[label], failures[label] = {}, error
                progress.update(number * len(folds) - progress.n)
    except KeyboardInterrupt as interrupt:
        interrupt.results = _tabulate(rows, scorers)  # type: ignore[attr-defined]
        interrupt.add_note(
            f"{len(rows)} of {len(estimators)} backbones were done. Their rows are the attribute "
            "`results` of this exception, sys.last_value.results in an interactive session."
        )
        raise
    _warn_failures(failures, estimators)
    return _tabulate(rows, scorers)


def _make_estimators(backbones, estimator, random_state):
    """Return an unfitted estimator by row label."""
    if not isinstance(backbones, Collection) or isinstance(backbones, str) or not len(backbones):
        raise ValueError(
            f"backbones={backbones!r}: expected names, such as ['resnet50', 'densenet121'], or a "
            "dict {label: backbone or estimator}."
        )
    if not isinstance(backbones, Mapping):
        if not all(isinstance(name, str) for name in backbones):
            raise ValueError(
                "backbones is a list with entries that are not names; write a dict {label: "
                "backbone or estimator}."
            )
        if len(set(backbones)) < len(backbones):
            raise ValueError(f"backbones={list(backbones)!r} has the same name more than once.")
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
    """Return scorers by the names of their columns."""
    if scoring is None:
        return multilabel_scorers(*_SCORES)
    if isinstance(scoring, str):
        return multilabel_scorers(scoring)
    if not isinstance(scoring, Mapping):
        if not isinstance(scoring, Collection):
            raise TypeError(
                f"scoring is {describe(scoring)}; expected names, or a dict of scorers."
            )
        return multilabel_scorers(*scoring)
    for name, scorer in scoring.items():
        if not isinstance(scorer, str) and not callable(scorer):
            raise TypeError(
                f"scoring[{name!r}] is {describe(scorer)}; expected the name of a scorer, or a "
                "function scorer(estimator, X, Y)."
            )
    reserved = [name for name in scoring if name in (*_SIZES, *_TIMES)]
    if reserved:
        raise ValueError(f"scoring has {reserved[0]!r}, which is the name of another column.")
    return {
        name: get_scorer(scorer) if isinstance(scorer, str) else scorer
        for name, scorer in scoring.items()
    }


def _measure(estimator, X, Y, folds, scorers, progress):
    """Return a row of the table: mean scores over folds, sizes and times."""
    embedding = _find_embedding(estimator)
    seconds_per_image, n_images = np.nan, np.nan
    if embedding is not None:
        seconds_per_image, n_images = _time_embedding(embedding, X)
    score = check_scoring(scoring=scorers)
    measured = []
    for train, test in folds:
        classifier = clone(estimator)
        X_train, Y_train = safe_indexing(X, train), safe_indexing(Y, train)
        fit_s = _time(classifier.fit, X_train, Y_train)
        predict = getattr(classifier, choose_response_method(classifier))
        # The first prediction compiles a fine-tuned backbone for its engine, which is not timed.
        predict(safe_indexing(X, test[:1]))
        X_test, hits = safe_indexing(X, test), counts.hits
        predict_s = _time(predict, X_test) / len(test)
        stored = (counts.hits - hits) / len(test)
        if stored:
            predict_s += stored * seconds_per_image
        scores = score(classifier, X_test, safe_indexing(Y, test))
        measured.append({**scores, "fit_s": fit_s, "predict_s": predict_s})
        progress.update()
    measured = pd.DataFrame(measured)
    means = measured.mean(skipna=False)
    return {
        **means[list(scorers)],
        **_count_weights(find_classifier(classifier)),
        "embed_s": seconds_per_image * n_images,
        "fit_s": means["fit_s"],
        "predict_s_per_1000": 1000 * means["predict_s"],
        **measured[list(scorers)].std(ddof=0, skipna=False).add_suffix("_std"),
    }


def _find_embedding(estimator):
    """Return the unfitted estimator that passes X through a backbone, or None."""
    if isinstance(estimator, (TransferMultiLabelClassifier, ImageEmbedder)):
        return None if is_precomputed(estimator.backbone) else estimator
    if isinstance(estimator, Pipeline):
        return _find_embedding(estimator.steps[0][1])
    inner = getattr(estimator, "estimator", None)
    return None if inner is None else _find_embedding(inner)


def _time(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def _time_embedding(estimator, X):
    """Store the features of X, and return the seconds per image and the number of images.

    Parameters
    ----------
    estimator : TransferMultiLabelClassifier or ImageEmbedder
        An unfitted estimator.
    X : array-like of images of shape (n_samples,)
        The images. Only distinct images are counted.
    """
    if isinstance(estimator, ImageEmbedder):
        embedder = clone(estimator).set_params(on_error="raise")
    else:
        embedder = ImageEmbedder(**{name: getattr(estimator, name) for name in EMBEDDER_PARAMETERS})
    images = as_image_list(X)
    embedder.fit(images)
    # The first image sets up the engine, which takes seconds once.
    _, is_set_up, _ = _time_transform(embedder, images[:1])
    seconds, n_computed, n_images = _time_transform(embedder, images)
    if not is_set_up or n_computed < n_images - 1:
        unstored = copy.copy(embedder).set_params(memory=False)
        unstored.transform(images[:1])
        seconds, n_computed, _ = _time_transform(unstored, images[:_N_IMAGES_TIMED])
    return seconds / max(n_computed, 1), n_images


def _time_transform(embedder, images):
    """Return the seconds, the number of computed images, and the number of distinct images."""
    hits, misses = counts.hits, counts.misses
    seconds = _time(embedder.transform, images)
    n_computed = counts.misses - misses
    return seconds, n_computed, n_computed + counts.hits - hits


def _count_weights(classifier):
    """Return the size and the numbers of parameters of a fitted classifier; NaN for None."""
    if classifier is None:
        return dict.fromkeys(_SIZES, np.nan)
    modules = [classifier.net_.module_]
    n_trainable = sum(parameter.numel() for parameter in modules[0].parameters())
    if not is_precomputed(classifier.backbone):
        for backbone in classifier.embedder_.backbones_:
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


def _warn_failures(failures, estimators):
    if failures and len(failures) == len(estimators):
        listed = "\n".join(f"  {label}: {_describe(error)}" for label, error in failures.items())
        raise ValueError(f"All {len(failures)} backbones failed:\n{listed}") from next(
            iter(failures.values())
        )
    for label, error in failures.items():
        warn_caller(f"{label!r} failed, so its row is NaN: {_describe(error)}", FitFailedWarning)


def _describe(error):
    return f"{type(error).__name__}: {error}"


def _tabulate(rows, scorers):
    columns = [*scorers, *_SIZES, *_TIMES, *(f"{name}_std" for name in scorers)]
    index = pd.Index(rows, name="backbone")
    return pd.DataFrame(list(rows.values()), index=index, columns=columns)
