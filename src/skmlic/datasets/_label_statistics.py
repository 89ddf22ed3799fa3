"""Statistics of the labels of a data set."""

import numpy as np
import pandas as pd
from scipy.sparse import triu

# If fewer changes are expected in random order, half of them is within the range of chance.
_MIN_EXPECTED_CHANGES = 20


def is_in_blocks(y):
    """Return whether a label changes from row to row much less often than in random order.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        0 and 1, and NaN for missing labels.
    """
    y = y[~np.isnan(y)]
    n_positive = int(y.sum())
    expected = 2 * n_positive * (len(y) - n_positive) / max(len(y), 1)
    n_changes = np.count_nonzero(np.diff(y))
    return expected >= _MIN_EXPECTED_CHANGES and n_changes < expected / 2


def count_labels(Y, imbalance):
    """Return the frame ``DatasetReport.labels``.

    Parameters
    ----------
    Y : ndarray of shape (n_samples, n_labels)
        0 and 1, and NaN for missing labels.
    imbalance : ImbalanceSummary
        The summary of Y.
    """
    positive, negative = (Y == 1).sum(axis=0), (Y == 0).sum(axis=0)
    remark = np.select(
        [positive == 0, negative == 0, positive == 1], ["never", "always", "once"], ""
    )
    known = np.maximum(positive + negative, 1)
    columns = {
        "positive": positive,
        "negative": negative,
        "missing": len(Y) - positive - negative,
        "frequency": np.where(positive + negative, positive / known, np.nan),
        "ir_lbl": imbalance.labels["ir_lbl"].to_numpy(),
        "remark": remark.astype(object),
    }
    return pd.DataFrame(columns, index=imbalance.labels.index)


def count_labels_per_image(Y):
    """Return the numbers of images with 0, 1, … labels as a Series."""
    counts = np.bincount(np.nansum(Y, axis=1).astype(np.int64))
    return pd.Series(counts, name="n_images").rename_axis("n_labels")


def count_pairs(imbalance):
    """Return a frame of the pairs of labels that occur together, most frequent first."""
    together = triu(imbalance.pair_counts, k=1, format="coo")
    i, j = together.coords
    counts = imbalance.pair_counts.diagonal()
    names = imbalance.labels.index
    expected = counts[i] * counts[j] / imbalance.n_samples
    pairs = pd.DataFrame(
        {
            "label": names[i].to_numpy(),
            "other": names[j].to_numpy(),
            "count": together.data,
            "lift": together.data / expected,
        }
    )
    return pairs.sort_values("count", ascending=False, kind="stable", ignore_index=True)


def find_differing(Y, groups, label_names):
    """Return the labels about which the images of each group disagree.

    Parameters
    ----------
    Y : ndarray of shape (n_samples, n_labels)
        0 and 1, and NaN for missing labels.
    groups : list of list of int
        The rows of each group, which has at least one.
    label_names : sequence of str
        The names of the labels.

    Returns
    -------
    differing : list of list of str
        The names of the labels that some images of the group have and others have not.
    """
    if not groups:
        return []
    entries = Y[np.concatenate(groups)]
    starts = np.cumsum([0, *map(len, groups[:-1])])
    # A missing label differs neither from 0 nor from 1.
    has, lacks = (np.logical_or.reduceat(entries == value, starts, axis=0) for value in (1, 0))
    return [[label_names[j] for j in np.flatnonzero(row)] for row in has & lacks]
