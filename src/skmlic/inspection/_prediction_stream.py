"""Predictions of any number of images, block by block."""

import copy
import itertools
import warnings
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from skmlic._utils._responses import compute_scores
from skmlic._utils._typing import Estimator, Floats
from skmlic.embedding import ORIGINAL, content_digest, is_precomputed
from skmlic.exceptions import ImageReadError, ImageReadWarning
from skmlic.inspection._inner_estimators import find_classifier, find_fitted

__all__ = ["PredictionBlock", "predict_blocks", "predict_stream"]


class PredictionBlock(NamedTuple):
    """Predictions of some images of a stream.

    Parameters
    ----------
    images : list
        The images as they were given.
    probabilities : ndarray of shape (n_images, n_labels), dtype float64
        The probabilities; NaN where an image can't be read.
    labels : ndarray of shape (n_images, n_labels), dtype int64
        The predicted labels, 0 and 1; 0 where an image can't be read.
    problems : list of tuple (int, str, str)
        Position in the stream, source and reason of each image that can't be read.
    """

    images: list[Any]
    probabilities: Floats
    labels: NDArray[np.int64]
    problems: list[tuple[int, str, str]]


def predict_stream(
    model: Estimator,
    images: Iterable[Any],
    *,
    block_size: int = 64,
    on_error: Literal["raise", "nan"] = "raise",
) -> Iterator[PredictionBlock]:
    """Predict any number of images, with the memory of one block of them.

    Images are taken from the iterable when they are needed. Features are not kept in the process,
    and pass through the network once for probabilities and labels.

    Parameters
    ----------
    model : estimator instance
        A fitted :class:`skmlic.TransferMultiLabelClassifier`, an estimator with one inside, or
        another classifier of images with ``predict_proba``.

    images : iterable of images
        Paths, arrays, PIL images or encoded bytes, as in ``predict``; a generator is fine.

    block_size : int, default=64
        Number of images that are predicted at a time.

    on_error : {"raise", "nan"}, default="raise"
        Whether images that can't be read raise an error, after the blocks before them, or have
        probabilities of NaN, no labels and an entry in ``problems``.

    Yields
    ------
    block : PredictionBlock
        A named tuple ``(images, probabilities, labels, problems)``. The arrays have shape
        (n_images, n_labels); probabilities are float64, labels are 0 and 1 of dtype int64. With a
        one-dimensional y, there is one column, for the second class. ``problems`` has one tuple
        (position in the stream, source, reason) for each image that can't be read.

    Raises
    ------
    ImageReadError
        If images of a block can't be read and ``on_error="raise"``.
    ValueError
        If ``block_size`` or ``on_error`` is something else, or the model takes features.

    Examples
    --------
    >>> import skmlic
    >>> from skmlic.datasets import make_multilabel_shapes
    >>> X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)
    >>> clf = skmlic.TransferMultiLabelClassifier("tiny_cnn", random_state=0).fit(X, Y)
    >>> stream = (X[i % 40] for i in range(100))
    >>> for block in skmlic.predict_stream(clf, stream, block_size=50):
    ...     print(len(block.images), block.probabilities.shape)
    50 (50, 3)
    50 (50, 3)
    """
    check_is_fitted(model)
    if block_size < 1:
        raise ValueError(f"block_size={block_size!r}: expected a number of images, at least 1.")
    if on_error not in ("raise", "nan"):
        raise ValueError(f"on_error={on_error!r}: expected 'raise' or 'nan'.")
    return predict_blocks(model, images, block_size, on_error)


def predict_blocks(model, images, block_size, on_error="nan", *, keep_features=False):
    """Yield the predictions of blocks of images, as `predict_stream` does.

    Parameters
    ----------
    model, images, block_size, on_error : see predict_stream
    keep_features : bool, default=False
        Whether features stay in the process, as the classifier's parameter ``memory`` says.

    Returns
    -------
    blocks : iterator of PredictionBlock
    """
    predictor = _BlockPredictor(model, keep_features=keep_features)
    return _predict_blocks(predictor, iter(images), block_size, on_error)


class _BlockPredictor:
    """Predict images that may be unreadable; each passes through the network once.

    Parameters
    ----------
    model : estimator instance
        Fitted. It is not changed.
    keep_features : bool
        Whether features stay in the process, as the classifier's parameter ``memory`` says.
    """

    def __init__(self, model, *, keep_features):
        self._embedder, self._head = _split(model, keep_features)
        self._keeps_features = keep_features
        classes = getattr(model, "classes_", None)
        is_binary = np.ndim(classes) == 1
        self._positive = classes[1] if is_binary else 1
        self.n_labels = 1 if is_binary else len(find_fitted(model, "label_names_").label_names_)

    def predict(self, images):
        """Return the predictions of a list of images, a `PredictionBlock`."""
        shape = (len(images), self.n_labels)
        probabilities, labels = np.full(shape, np.nan), np.zeros(shape, dtype=np.int64)
        rows, problems, found = self._predict_readable(images)
        if found is not None:
            probabilities[rows], labels[rows] = found
        if not self._keeps_features:
            # The digests of all files of a long stream would need much memory.
            content_digest.clear()
        return PredictionBlock(images, probabilities, labels, problems)

    def _predict_readable(self, images):
        """Return rows and predictions of readable images, and the problems of the others."""
        rows = np.arange(len(images))
        if self._embedder is not None:
            features, problems = _compute_features(self._embedder, images)
            rows = np.delete(rows, [row for row, _, _ in problems])
            return rows, problems, self._respond(features[rows])
        try:
            return rows, [], self._respond(images)
        except ImageReadError as error:
            rows = np.delete(rows, error.indices)
            return rows, error.problems, self._respond([images[row] for row in rows])

    def _respond(self, X):
        """Return probabilities and labels, or None if there are no samples."""
        if not len(X):
            return None
        probabilities = compute_scores(
            self._head, X, "predict_proba", self.n_labels, self._positive
        )
        labels = np.reshape(self._head.predict(X), probabilities.shape)
        return probabilities, labels == self._positive


def _predict_blocks(predictor, images, block_size, on_error):
    start = 0
    while block := list(itertools.islice(images, block_size)):
        predicted = predictor.predict(block)
        problems = [(start + row, source, why) for row, source, why in predicted.problems]
        if problems and on_error == "raise":
            raise ImageReadError(problems)
        start += len(block)
        # The images of this block must not be kept until the next one is complete.
        del block
        yield predicted._replace(problems=problems)
        del predicted


def _split(model, keep_features):
    """Return the embedder of a model, and a model that takes its features.

    Both are copies, but networks and the head are shared. If there is no classifier of images
    inside, the embedder is None, and the model takes images.
    """
    classifier = find_classifier(model, in_pipelines=False)
    if classifier is None:
        return None, model
    if is_precomputed(classifier.backbone):
        raise ValueError(
            "The model was fitted on features, with backbone='precomputed'; expected one that "
            "takes images. Pass features to its method predict_proba."
        )
    memory = classifier.memory
    if memory is None and not keep_features:
        memory = False
    embedder = copy.copy(classifier.embedder_).set_params(
        on_error="nan", memory=memory, n_jobs=classifier.n_jobs, verbose=0
    )
    head = copy.copy(classifier).set_params(backbone="precomputed")
    head.n_features_in_ = sum(embedder.block_widths_)
    return embedder, copy.deepcopy(model, {id(classifier): head})


def _compute_features(embedder, images):
    """Return features, with rows of NaN for unreadable images, and a list of these."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImageReadWarning)
        (features,) = embedder.transform_views(images, [ORIGINAL])
    missing = np.flatnonzero(np.isnan(features).all(axis=1))
    if not len(missing):
        return features, []
    strict = copy.copy(embedder).set_params(on_error="raise")
    try:
        (features[missing],) = strict.transform_views([images[row] for row in missing], [ORIGINAL])
    except ImageReadError as error:
        return features, [(int(missing[row]), *rest) for row, *rest in error.problems]
    return features, []
