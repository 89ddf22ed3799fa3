"""Maps of how much a label's score falls when a place is hidden."""

import copy

import numpy as np
from scipy.special import logit

from skmlic._utils._labels import find_labels
from skmlic._utils._responses import choose_response_method
from skmlic.classifier import TransferMultiLabelClassifier
from skmlic.exceptions import ImageReadError
from skmlic.images import as_image_list, describe_source, load_rgb
from skmlic.inspection._predictions import score_labels
from skmlic.model_selection._base import MultiLabelMetaClassifier

__all__ = ["compute_occlusion_maps"]

_LARGEST_SIDE = 512
_SMALLEST = 1e-6
_CELLS_A_PATCH = 2


def compute_occlusion_maps(estimator, X, labels, patch_size):
    """Return maps of shape (n_samples, n_labels, n_cells, n_cells).

    Parameters
    ----------
    estimator : estimator instance
        Fitted on pictures.
    X : array-like of images
        Pictures. An array is given to the estimator as an array.
    labels : iterable of str or int, or None
        Labels by name or number, or all.
    patch_size : float
        Side of the patch as part of the picture's.

    Returns
    -------
    maps : ndarray, dtype float32
        For each cell of the picture the mean fall of the logit over the patches that hide it.
    """
    estimator = _without_store(estimator)
    n_cells = max(_CELLS_A_PATCH, round(_CELLS_A_PATCH / patch_size))
    corners = [
        (i, j)
        for i in range(n_cells - _CELLS_A_PATCH + 1)
        for j in range(n_cells - _CELLS_A_PATCH + 1)
    ]
    is_array = isinstance(X, np.ndarray) and X.dtype.kind not in "OUST"
    maps, problems = [], []
    for row, image in enumerate(as_image_list(X)):
        try:
            pixels = image if is_array else _load(image)
        except (OSError, ValueError, TypeError) as error:
            problems.append((row, describe_source(image), str(error)))
            continue
        if problems:
            continue
        pictures = [pixels, *(_hide(pixels, corner, n_cells) for corner in corners)]
        scores = _compute_logits(estimator, np.stack(pictures) if is_array else pictures)
        if labels is not None:
            names = getattr(estimator, "label_names_", range(scores.shape[1]))
            scores = scores[:, find_labels(labels, list(names), "labels")]
        maps.append(_spread(scores[0] - scores[1:], corners, n_cells))
    if problems:
        raise ImageReadError(problems)
    return np.stack(maps).astype(np.float32)


def _load(image):
    rgb = load_rgb(image, min_side=_LARGEST_SIDE)
    rgb.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE))
    return np.asarray(rgb)


def _hide(pixels, corner, n_cells):
    """Return a copy of a picture with a grey patch."""
    top, left = corner
    rows, columns = (
        np.linspace(0, side, n_cells + 1).round().astype(int) for side in pixels.shape[:2]
    )
    hidden = pixels.copy()
    grey = {"b": False, "f": 0.5}.get(pixels.dtype.kind, np.iinfo(np.uint8).max // 2)
    if pixels.dtype == np.uint16:
        grey = np.iinfo(np.uint16).max // 2
    rows = slice(rows[top], rows[top + _CELLS_A_PATCH])
    columns = slice(columns[left], columns[left + _CELLS_A_PATCH])
    hidden[rows, columns, ...] = grey
    return hidden


def _compute_logits(estimator, pictures):
    method = choose_response_method(estimator, ("decision_function", "predict_proba"))
    scores = score_labels(estimator, pictures, method)
    if method == "decision_function":
        return scores
    return logit(np.clip(scores, _SMALLEST, 1 - _SMALLEST))


def _spread(falls, corners, n_cells):
    """Return the mean fall over the patches that hide each cell, labels first."""
    total = np.zeros((falls.shape[1], n_cells, n_cells))
    count = np.zeros((n_cells, n_cells))
    for (top, left), fall in zip(corners, falls, strict=True):
        rows, columns = slice(top, top + _CELLS_A_PATCH), slice(left, left + _CELLS_A_PATCH)
        total[:, rows, columns] += fall[:, np.newaxis, np.newaxis]
        count[rows, columns] += 1
    return total / count


def _without_store(estimator):
    """Return an estimator that answers the same and stores no features of pictures."""
    if isinstance(estimator, TransferMultiLabelClassifier):
        return copy.copy(estimator).set_params(memory=False)
    if isinstance(estimator, MultiLabelMetaClassifier):
        estimator = copy.copy(estimator)
        estimator.estimator_ = _without_store(estimator.estimator_)
    return estimator
