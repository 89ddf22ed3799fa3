"""Occlusion maps: how much the logit of a label falls when a place of the image is hidden."""

import copy

import numpy as np
from PIL import Image
from scipy.special import logit

from skmlic._utils._labels import find_labels
from skmlic._utils._responses import choose_response_method, compute_scores
from skmlic.classifier import TransferMultiLabelClassifier
from skmlic.exceptions import ImageReadError
from skmlic.images import as_image_list, describe_source, find_value_range, load_rgb
from skmlic.inspection._inner_estimators import read_value_range
from skmlic.model_selection import MultiLabelMetaClassifier

__all__ = ["compute_occlusion_maps"]

_LARGEST_SIDE = 512
_SMALLEST = 1e-6
_CELLS_PER_PATCH = 2


def compute_occlusion_maps(estimator, X, labels, patch_size):
    """Compute occlusion maps of images.

    Parameters
    ----------
    estimator : estimator instance
        An estimator fitted on images.
    X : array-like of images of shape (n_samples,)
        The images. If X is an array, the estimator gets arrays too.
    labels : iterable of str or int, or None
        Names or indices of labels; ``None`` selects all of them.
    patch_size : float
        Side of the patch as a fraction of the side of the image.

    Returns
    -------
    maps : ndarray of shape (n_samples, n_labels, n_cells, n_cells), dtype float32
        For each cell of the image, the mean decrease of the logit over the patches that hide it.

    Raises
    ------
    ImageReadError
        If images can't be read.
    """
    estimator = _disable_feature_store(estimator)
    n_cells = max(_CELLS_PER_PATCH, round(_CELLS_PER_PATCH / patch_size))
    corners = [
        (i, j)
        for i in range(n_cells - _CELLS_PER_PATCH + 1)
        for j in range(n_cells - _CELLS_PER_PATCH + 1)
    ]
    value_range = read_value_range(estimator)
    is_array = isinstance(X, np.ndarray) and X.dtype.kind not in "OUST"
    maps, problems = [], []
    for row, image in enumerate(as_image_list(X)):
        try:
            pixels = image if is_array else _load(image, value_range)
        except (OSError, ValueError, TypeError, ImportError) as error:
            problems.append((row, describe_source(image), str(error)))
            continue
        if problems:
            continue
        gray = _find_gray(pixels, value_range if is_array else None)
        variants = [pixels, *(_hide(pixels, corner, n_cells, gray) for corner in corners)]
        # A value range does not change PIL images of 8 bits, so that it is not applied again.
        variants = np.stack(variants) if is_array else list(map(Image.fromarray, variants))
        logits = _compute_logits(estimator, variants)
        if labels is not None:
            names = getattr(estimator, "label_names_", range(logits.shape[1]))
            logits = logits[:, find_labels(labels, list(names), "labels")]
        maps.append(_average_over_patches(logits[0] - logits[1:], corners, n_cells))
    if problems:
        raise ImageReadError(problems)
    return np.stack(maps).astype(np.float32)


def _load(image, value_range):
    rgb = Image.fromarray(load_rgb(image, min_side=_LARGEST_SIDE, value_range=value_range))
    rgb.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE))
    return np.asarray(rgb)


def _find_gray(pixels, value_range):
    try:
        black, white = find_value_range(pixels, value_range)
    except ValueError:
        # The estimator may read values that images of skmlic do not have.
        black, white = pixels.min(), pixels.max()
    return black + (white - black) / 2 if pixels.dtype.kind == "f" else (black + white) // 2


def _hide(pixels, corner, n_cells, gray):
    """Return a copy of an image with a gray patch."""
    top, left = corner
    rows, columns = (
        np.linspace(0, side, n_cells + 1).round().astype(int) for side in pixels.shape[:2]
    )
    hidden = pixels.copy()
    rows = slice(rows[top], rows[top + _CELLS_PER_PATCH])
    columns = slice(columns[left], columns[left + _CELLS_PER_PATCH])
    hidden[rows, columns, ...] = gray
    return hidden


def _compute_logits(estimator, images):
    method = choose_response_method(estimator, ("decision_function", "predict_proba"))
    scores = compute_scores(estimator, images, method)
    if method == "decision_function":
        return scores
    return logit(np.clip(scores, _SMALLEST, 1 - _SMALLEST))


def _average_over_patches(decreases, corners, n_cells):
    """Return maps of the mean decrease over the patches that hide each cell, one per label."""
    total = np.zeros((decreases.shape[1], n_cells, n_cells))
    count = np.zeros((n_cells, n_cells))
    for (top, left), decrease in zip(corners, decreases, strict=True):
        rows, columns = slice(top, top + _CELLS_PER_PATCH), slice(left, left + _CELLS_PER_PATCH)
        total[:, rows, columns] += decrease[:, np.newaxis, np.newaxis]
        count[rows, columns] += 1
    return total / count


def _disable_feature_store(estimator):
    """Return an estimator with the same predictions that stores no features of images."""
    if isinstance(estimator, TransferMultiLabelClassifier):
        return copy.copy(estimator).set_params(memory=False)
    if isinstance(estimator, MultiLabelMetaClassifier):
        estimator = copy.copy(estimator)
        estimator.estimator_ = _disable_feature_store(estimator.estimator_)
    return estimator
