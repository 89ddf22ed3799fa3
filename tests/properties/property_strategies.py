"""Strategies of label matrices and scores, which several property tests use."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

# Few distinct values, so that ties are common; all are exact in binary.
GRID = np.arange(9) / 8


@st.composite
def label_matrices(draw, min_samples=1, max_samples=12, min_labels=1, max_labels=4, missing=False):
    """Return Y of shape (n_samples, n_labels), with NaN for missing labels if there may be any."""
    shape = draw(st.integers(min_samples, max_samples)), draw(st.integers(min_labels, max_labels))
    Y = draw(
        arrays(np.int8, shape, elements=st.integers(-1 if missing else 0, 1), fill=st.nothing())
    )
    return np.where(Y < 0, np.nan, Y) if missing else Y.astype(np.int64)


def score_matrices(shape):
    """Return scores between 0 and 1 with many ties."""
    return arrays(np.float64, shape, elements=st.sampled_from(GRID), fill=st.nothing())


def predictions(shape):
    """Return a matrix of 0 and 1."""
    return arrays(np.int64, shape, elements=st.integers(0, 1), fill=st.nothing())


def whole_weights(n_samples, smallest=0):
    """Return whole numbers, at least one of which is not 0."""
    return arrays(np.int64, n_samples, elements=st.integers(smallest, 3), fill=st.nothing()).filter(
        np.any
    )
