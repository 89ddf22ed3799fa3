"""Near-duplicate images."""

from numbers import Integral, Real

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.extmath import randomized_svd
from tqdm import tqdm

from skmlic._utils._compat import Interval, validate_params
from skmlic._utils._numbers import as_numbers
from skmlic._utils._targets import check_targets
from skmlic._utils._typing import Floats, Integers, Labels

__all__ = ["find_duplicates", "group_duplicates"]

_N_ROWS_PER_BLOCK = 2048
# Similarities in single precision are off by less than this.
_MARGIN = 1e-5
_ROUNDING = 1e-12
_N_PAIRS_PER_CHECK = 1024
# The largest number of nodes of SciPy's graphs.
_MOST_SAMPLES = 2**31 - 1
_MOST_PAIRS = 5_000_000
# With fewer comparisons, or columns, the reduction takes longer than what it saves.
_MANY_PAIRS = 50_000_000
_REDUCTION = 8


@validate_params({"threshold": [Interval(Real, 0, 1, closed="right")], "verbose": ["verbose"]})
def find_duplicates(
    features: ArrayLike,
    other: ArrayLike | None = None,
    *,
    Y: Labels | None = None,
    threshold: float = 0.95,
    verbose: bool = False,
) -> pd.DataFrame:
    r"""Find pairs of images whose features are nearly parallel.

    These are copies that were compressed, resized or cropped, mirror images, and photographs of a
    series. With ``other``, the pairs are those between two sets, such as training and test images.

    Parameters
    ----------
    features : array-like of shape (n_samples, n_features)
        Features of the images, such as those of :class:`skmlic.ImageEmbedder`. A row of NaN, which
        stands for an image that can't be read, is in no pair, and neither is a row of zeros.

    other : array-like of shape (n_others, n_features), default=None
        Features of a second set of images, which the first is compared with.

    Y : array-like, sparse matrix or frame of shape (n_samples, n_labels), default=None
        0 and 1, and NaN for missing labels. The result tells which labels of a pair differ.

    threshold : float, default=0.95
        Smallest cosine similarity of a pair, above 0 and at most 1. The default suits the default
        features of :class:`skmlic.ImageEmbedder`; see the :ref:`user guide <duplicates>`.

    verbose : bool, default=False
        Whether a progress bar is shown.

    Returns
    -------
    pairs : DataFrame of shape (n_pairs, 3) or (n_pairs, 4)
        One row per pair, by decreasing similarity, with the columns "first", "second" and
        "similarity". "first" and "second" are rows of ``features``, "first" the smaller one. With
        ``other``, the columns of rows are "sample" and "other" instead. With ``Y``, "differing" is
        the list of the labels that one image has and the other has not; a missing label does not
        differ.

    Raises
    ------
    ValueError
        If shapes or values do not fit, or there are more than 5 million pairs.

    See Also
    --------
    group_duplicates : Groups for splitters.
    skmlic.datasets.describe_dataset : A report on a dataset, which lists identical files as well.

    Notes
    -----
    All pairs are compared, without an approximate index, and all are found. The similarities are
    computed in blocks. If there are many images, upper bounds of them come first, from projections
    of the features with an eighth of their columns, and the similarity itself is computed only
    where the bound reaches the threshold. Apart from the features, the projections and the pairs,
    the memory does not grow with the number of images.

    Examples
    --------
    >>> from skmlic import ImageEmbedder
    >>> from skmlic.datasets import make_multilabel_shapes
    >>> from skmlic.duplicates import find_duplicates
    >>> images, Y = make_multilabel_shapes(20, random_state=0)
    >>> images[7] = images[3] // 10 * 10
    >>> features = ImageEmbedder("tiny_cnn").fit_transform(images)
    >>> find_duplicates(features, threshold=0.999)[["first", "second"]]
       first  second
    0      3       7
    """
    features = _check_features(features, "features")
    others = features if other is None else _check_features(other, "other")
    if features.shape[1] != others.shape[1]:
        raise ValueError(
            f"features has {features.shape[1]} columns and other has {others.shape[1]}; expected "
            "the features of one embedder for both."
        )
    if Y is not None:
        if other is not None:
            raise ValueError(
                "Y belongs to one set of images, and other is given. To compare the labels of "
                "both sets, concatenate them: find_duplicates(np.vstack([features, other]), "
                "Y=np.vstack([Y, Y_other]))."
            )
        targets, names = check_targets(Y)
        check_consistent_length(features, targets)
    first, second, similarity = _compare(features, others, other is None, threshold, verbose)
    order = np.lexsort([second, first, -similarity])
    first, second = first[order], second[order]
    columns = ("first", "second") if other is None else ("sample", "other")
    pairs = pd.DataFrame({columns[0]: first, columns[1]: second, "similarity": similarity[order]})
    if Y is not None:
        pairs["differing"] = _list_differing(targets, names, first, second)
    return pairs


@validate_params(
    {"pairs": [pd.DataFrame], "n_samples": [Interval(Integral, 0, _MOST_SAMPLES, closed="both")]}
)
def group_duplicates(pairs: pd.DataFrame, n_samples: int) -> Integers:
    """Return the group of each image, where the images of a pair are in the same group.

    Groups are connected components: if the first image is paired with the second and the second
    with the third, all three are in one group. An image without a pair is a group of its own.

    Parameters
    ----------
    pairs : DataFrame of shape (n_pairs, n_columns)
        The result of :func:`find_duplicates` for one set of images, or those rows of it that are to
        be kept together.

    n_samples : int
        Number of images.

    Returns
    -------
    groups : ndarray of shape (n_samples,), dtype int64
        Number of the group of each image, in order of first appearance. It is meant for the
        parameter ``groups`` of splitters and of
        :class:`skmlic.kernel_ridge.KernelRidgeMultiLabelClassifierCV`.

    Raises
    ------
    ValueError
        If the pairs are between two sets, or contain a row beyond ``n_samples``.

    See Also
    --------
    skmlic.model_selection.MultiLabelStratifiedGroupKFold : Folds that keep groups together.

    Examples
    --------
    >>> from skmlic.duplicates import find_duplicates, group_duplicates
    >>> features = [[1.0, 0.0], [0.0, 1.0], [1.0, 0.1], [0.1, 1.0], [1.0, 1.0]]
    >>> group_duplicates(find_duplicates(features), n_samples=5)
    array([0, 1, 0, 1, 2])
    """
    if not {"first", "second"}.issubset(pairs.columns):
        raise ValueError(
            f"pairs has the columns {list(pairs.columns)}; expected 'first' and 'second', as "
            "find_duplicates(features) returns them. To group two sets of images together, find "
            "the pairs of np.vstack([features, other])."
        )
    first, second = (_check_rows_of_pairs(pairs[name]) for name in ("first", "second"))
    if len(pairs) and not (
        min(first.min(), second.min()) >= 0 and max(first.max(), second.max()) < n_samples
    ):
        raise ValueError(
            f"n_samples={n_samples!r}, but pairs contains row {max(first.max(), second.max())}; "
            "expected the number of rows of the features that the pairs were found in."
        )
    edges = coo_array((np.ones(len(pairs)), (first, second)), shape=(n_samples, n_samples))
    _, component = connected_components(edges, directed=False)
    _, start, component = np.unique(component, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(start))[component].astype(np.int64)


def _check_rows_of_pairs(column):
    name = f"pairs[{column.name!r}]"
    rows = as_numbers(column, name, "integers, as find_duplicates(features) returns them")
    if not (rows == np.floor(rows)).all():
        raise ValueError(
            f"{name} has numbers that are no integers; expected rows of features, as "
            "find_duplicates(features) returns them."
        )
    return rows.astype(np.int64)


def _check_features(features, name):
    features = as_numbers(features, name, "numbers of shape (n_samples, n_features)")
    features = check_array(features, dtype=[np.float32, np.float64], ensure_all_finite="allow-nan")
    missing = np.isnan(features)
    partly = np.flatnonzero(missing.any(axis=1) & ~missing.all(axis=1))
    if len(partly):
        raise ValueError(
            f"Row {partly[0]} of {name} has {missing[partly[0]].sum()} NaN among its "
            f"{features.shape[1]} features; expected numbers, or a row of NaN for an image that "
            "can't be read. Impute them, or remove these columns."
        )
    return features


def _compare(features, others, is_same, threshold, verbose):
    """Return the rows and the similarities of all pairs, computed block by block."""
    reduced = _reduce(features, others, is_same)
    starts = range(0, len(features), _N_ROWS_PER_BLOCK)
    found, n_found = [], 0
    for start in tqdm(starts, desc="Comparing images", unit="block", disable=not verbose):
        for other_start in range(start if is_same else 0, len(others), _N_ROWS_PER_BLOCK):
            rows, other_rows = (slice(s, s + _N_ROWS_PER_BLOCK) for s in (start, other_start))
            similar = _is_similar(features, others, reduced, rows, other_rows, threshold - _MARGIN)
            if is_same and start == other_start:
                similar = np.triu(similar, 1)
            # This is faster than ``np.nonzero`` of a matrix.
            first, second = np.divmod(np.flatnonzero(similar), similar.shape[1])
            pairs = _confirm(features, others, first + start, second + other_start, threshold)
            found.append(pairs)
            n_found += len(pairs[0])
            if n_found > _MOST_PAIRS:
                raise ValueError(
                    f"More than {_MOST_PAIRS:,} pairs have a similarity of at least {threshold}. "
                    "Pass a larger threshold; if many images are the same, such as blank ones, "
                    "remove their copies first: np.unique(features, axis=0)."
                )
    return tuple(np.concatenate(parts) for parts in zip(*found, strict=True))


def _reduce(features, others, is_same):
    """Return matrices of fewer columns whose products are upper bounds of similarities.

    Rows of length 1 are split into their projection on a subspace, with the coordinates p, and the
    rest, of length r. Their cosine is at most p · p' + r r', by the Cauchy-Schwarz inequality.
    """
    n_columns = features.shape[1] // _REDUCTION
    if len(features) * len(others) < _MANY_PAIRS or n_columns == 0:
        return None
    # The bound holds for any subspace, and it is tight if the subspace has most of the length.
    sample = _normalize(features[:: -(-len(features) // _N_ROWS_PER_BLOCK)], np.float32)
    basis = randomized_svd(sample, n_columns, n_iter=2, random_state=0)[2].T
    reduced = _project(features, basis)
    return reduced, reduced if is_same else _project(others, basis)


def _project(features, basis):
    projected = np.empty((len(features), basis.shape[1] + 1), dtype=np.float32)
    for start in range(0, len(features), _N_ROWS_PER_BLOCK):
        rows = _normalize(features[start : start + _N_ROWS_PER_BLOCK], np.float32)
        part = projected[start : start + len(rows)]
        part[:, :-1] = rows @ basis
        squared_rest = (rows**2).sum(axis=1) - (part[:, :-1] ** 2).sum(axis=1)
        part[:, -1] = np.sqrt(np.maximum(squared_rest, 0) + _MARGIN)
    return projected


def _is_similar(features, others, reduced, rows, other_rows, least):
    """Return a matrix of the pairs of two blocks whose similarity may be ``least`` or more."""
    if reduced is not None:
        similar = reduced[0][rows] @ reduced[1][other_rows].T >= least
        if np.count_nonzero(similar) <= _N_ROWS_PER_BLOCK:
            return similar
    block, other_block = (
        _normalize(part, np.float32) for part in (features[rows], others[other_rows])
    )
    return block @ other_block.T >= least


def _confirm(features, others, first, second, threshold):
    """Return those pairs whose similarity in double precision reaches the threshold."""
    similarity = np.empty(len(first))
    for start in range(0, len(first), _N_PAIRS_PER_CHECK):
        part = slice(start, start + _N_PAIRS_PER_CHECK)
        rows = _normalize(features[first[part]], np.float64)
        other_rows = _normalize(others[second[part]], np.float64)
        similarity[part] = np.einsum("ij,ij->i", rows, other_rows)
    kept = similarity >= threshold - _ROUNDING
    return first[kept], second[kept], np.minimum(similarity[kept], 1.0)


def _list_differing(targets, names, first, second):
    """Return a Series of the lists of labels that differ in each pair."""
    differing = []
    for start in range(0, len(first), _N_PAIRS_PER_CHECK):
        part = slice(start, start + _N_PAIRS_PER_CHECK)
        # A comparison with NaN is never true.
        differs = np.abs(targets[first[part]] - targets[second[part]]) == 1
        differing += [list(names[row]) for row in differs]
    return pd.Series(differing, dtype=object)


def _normalize(rows: np.ndarray, dtype: type) -> Floats:
    """Return rows of length 1; rows of zeros and of NaN become zeros."""
    rows = rows.astype(np.promote_types(rows.dtype, dtype))
    # Squares of very large or small features would leave the range of the type.
    largest = np.abs(rows).max(axis=1, keepdims=True)
    rows[np.isnan(largest[:, 0])] = 0
    rows /= np.where(largest > 0, largest, 1)
    rows = rows.astype(dtype, copy=False)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(length > 0, length, 1)
