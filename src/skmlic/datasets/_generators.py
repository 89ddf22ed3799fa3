"""Generators of small labelled images."""

import numbers

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits, load_sample_images
from sklearn.utils import check_random_state

from skmlic._utils._typing import Integers, RandomState
from skmlic.datasets._parameter_checks import check_option

_MAX_BYTES = 2**33


def _check_integer(name, value, low, high=None):
    """Raise an error unless `value` is an integer from `low` to `high`."""
    expected = f"an integer from {low} to {high}" if high else f"an integer of at least {low}"
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name}={value!r}, expected {expected}.")
    if value < low or (high and value > high):
        raise ValueError(f"{name}={value!r}, expected {expected}.")


def _check_real(name, value, low, high=np.inf):
    """Raise an error unless `value` is a finite number from `low` to `high`."""
    expected = f"a number of at least {low}" if np.isinf(high) else f"a number from {low} to {high}"
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name}={value!r}, expected {expected}.")
    if not low <= value <= high or np.isinf(value):
        raise ValueError(f"{name}={value!r}, expected {expected}.")


def _check_memory(n_samples, image_size):
    """Raise an error if the images would take more memory than small ones do."""
    n_bytes = 3 * int(n_samples) * int(image_size) ** 2
    if n_bytes > _MAX_BYTES:
        raise ValueError(
            f"n_samples={n_samples!r} images with image_size={image_size!r} take {n_bytes:,} "
            f"bytes, expected at most {_MAX_BYTES:,}. Generate fewer or smaller ones."
        )


def _check_random_state(random_state):
    """Return a RandomState, or raise an error that names the parameter."""
    try:
        return check_random_state(random_state)
    except ValueError as error:
        raise ValueError(
            f"random_state={random_state!r}, expected None, a RandomState, or an integer from 0 to "
            "4294967295."
        ) from error


def _sample_centers(rng, n, n_cells):
    """Sample n points of the unit square, the centers of different cells of a square grid."""
    cells = rng.permutation(n_cells**2)[:n]
    return (np.column_stack(np.divmod(cells, n_cells)) + 0.5) / n_cells


# Each shape is a condition on coordinates that run from -1 to 1 over its box.
_KINDS = (
    lambda v, u: u**2 + v**2 <= 1,  # disc
    lambda v, u: np.maximum(abs(u), abs(v)) <= 0.85,  # square
    lambda v, u: (abs(u) <= (v + 1) / 2) & (abs(v) <= 1),  # triangle
    lambda v, u: (np.minimum(abs(u), abs(v)) <= 0.35) & (np.maximum(abs(u), abs(v)) <= 1),  # cross
    lambda v, u: abs(u**2 + v**2 - 0.65) <= 0.35,  # ring
)
_COLORS = np.array([[230, 60, 50], [60, 190, 75], [60, 100, 235], [245, 215, 40]], dtype=np.uint8)
# Label j is kind j % 5 in color j % 4. As 5 and 4 have no common divisor, no pair occurs twice.
_MAX_SHAPES = len(_KINDS) * len(_COLORS)


def _sample_labels(rng, n_samples, probability, cooccurrence):
    """Sample labels, 0 or 1, with given probabilities and co-occurrence."""
    own = rng.uniform(size=(n_samples, len(probability)))
    shared = rng.uniform(size=(n_samples, 1))
    together = rng.uniform(size=(n_samples, 1)) < cooccurrence
    return (np.where(together, shared, own) < probability).astype(np.int64)


def _paint_shape(image, label, center, radius):
    """Paint the shape of a label into an array (H, W, 3), around a point of the unit square."""
    side = len(image)
    ticks = (np.arange(side) + 0.5) / side
    v, u = ((ticks - c) / radius for c in center)
    inside = _KINDS[label % len(_KINDS)](v[:, None], u[None, :])
    image[inside] = _COLORS[label % len(_COLORS)]


def make_multilabel_shapes(
    n_samples: int = 100,
    *,
    n_labels: int = 3,
    image_size: int = 32,
    imbalance: float = 1.0,
    cooccurrence: float = 0.0,
    allow_unlabelled: bool = True,
    random_state: RandomState = None,
) -> tuple[NDArray[np.uint8], Integers]:
    r"""Generate images of colored shapes, one kind and color of shape per label.

    The images are easy to classify, for tests: the shapes lie side by side in the cells of a grid,
    on gray noise. Label `j` is a disc, square, triangle, cross or ring (`j` modulo 5) in red,
    green, blue or yellow (`j` modulo 4).

    Parameters
    ----------
    n_samples : int, default=100
        Number of images.

    n_labels : int, default=3
        Number of labels, from 1 to 20.

    image_size : int, default=32
        Height and width of the images in pixels, at least 8. All images together have at most
        8 GiB.

    imbalance : float, default=1.0
        Ratio between the probabilities of the most frequent label, which is the first, and the
        least frequent label, which is the last. Those in between form a geometric series.

    cooccurrence : float, default=0.0
        How strongly the labels occur together, from 0 (independently of each other) to 1 (an image
        with a label has all more frequent ones, too). See Notes.

    allow_unlabelled : bool, default=True
        Whether images without any label can occur.

    random_state : int, RandomState instance or None, default=None
        Determines labels, places, sizes and noise. Pass an int for reproducible output across
        multiple function calls.

    Returns
    -------
    X : ndarray of shape (n_samples, image_size, image_size, 3), dtype uint8
        The images, RGB.

    Y : ndarray of shape (n_samples, n_labels), dtype int64
        Their labels, 0 or 1.

    See Also
    --------
    make_digit_scenes : Generate images with real pixels.

    Notes
    -----
    With `L` labels, the first label has the probability :math:`p_1 = \min(1/2, 3/L)`, the last
    :math:`p_1` / `imbalance`. An image has the label `j` if a uniform random number is less than
    :math:`p_j`. With probability `cooccurrence` (:math:`c`), this number is the same for all labels
    of an image, otherwise each label has its own. The labels thus keep their probabilities, and two
    of them occur together with the probability
    :math:`c \min(p_i, p_j) + (1 - c) \, p_i \, p_j`.

    With ``allow_unlabelled=False``, images without a label are sampled again, which divides all
    these probabilities by the same number and does not change `imbalance`.

    Examples
    --------
    >>> from skmlic.datasets import make_multilabel_shapes
    >>> X, Y = make_multilabel_shapes(1000, n_labels=3, imbalance=4, random_state=0)
    >>> X.shape, X.dtype
    ((1000, 32, 32, 3), dtype('uint8'))
    >>> Y.mean(axis=0).round(2)
    array([0.5 , 0.24, 0.11])
    """
    _check_integer("n_samples", n_samples, 1)
    _check_integer("n_labels", n_labels, 1, _MAX_SHAPES)
    _check_integer("image_size", image_size, 8)
    _check_real("imbalance", imbalance, 1)
    _check_real("cooccurrence", cooccurrence, 0, 1)
    check_option("allow_unlabelled", allow_unlabelled, [False, True])
    _check_memory(n_samples, image_size)
    rng = _check_random_state(random_state)

    most = min(0.5, 3 / n_labels)
    probability = np.geomspace(most, most / imbalance, n_labels)
    Y = _sample_labels(rng, n_samples, probability, cooccurrence)
    while not allow_unlabelled and not Y.any(axis=1).all():
        empty = ~Y.any(axis=1)
        Y[empty] = _sample_labels(rng, empty.sum(), probability, cooccurrence)

    X = rng.randint(70, 130, size=(n_samples, image_size, image_size, 3)).astype(np.uint8)
    for image, row in zip(X, Y, strict=True):
        labels = np.flatnonzero(row)
        n_cells = max(2, int(np.ceil(np.sqrt(len(labels)))))
        radii = rng.uniform(0.36, 0.5, size=len(labels)) / n_cells
        centers = _sample_centers(rng, len(labels), n_cells)
        for label, center, radius in zip(labels, centers, radii, strict=True):
            _paint_shape(image, label, center, radius)
    return X, Y


_INK = (20, 20, 30)
_CARD = (250, 250, 245)


def _crop_photograph(rng, photographs, image_size):
    """Return a random square of a random photograph."""
    photograph = Image.fromarray(photographs[rng.randint(len(photographs))])
    side = rng.randint(min(photograph.size) // 3, min(photograph.size) + 1)
    left, top = (rng.randint(length - side + 1) for length in photograph.size)
    box = (left, top, left + side, top + side)
    return photograph.resize((image_size, image_size), Image.Resampling.BICUBIC, box=box)


def _draw_card(pixels, side):
    """Return a card of side x side pixels with a digit of 8 x 8 pixels from 0 to 16."""
    mask = Image.fromarray((pixels * 255 / 16).astype(np.uint8))
    mask = mask.resize((side, side), Image.Resampling.BICUBIC)
    mask = mask.point([int(np.clip((level - 70) * 3, 0, 255)) for level in range(256)])
    card = Image.new("RGB", (side, side), _CARD)
    card.paste(_INK, (0, 0), mask)
    return card


def _paste_digit(rng, scene, pixels, center):
    """Paste a card with a digit into a scene, near a point of the unit square."""
    side = int(scene.width * rng.uniform(0.42, 0.5))
    middle = scene.width * (center[::-1] + rng.uniform(-0.03, 0.03, size=2))
    corner = np.clip(np.rint(middle - side / 2).astype(int), 0, scene.width - side)
    scene.paste(_draw_card(pixels, side), corner.tolist())


def make_digit_scenes(
    n_samples: int = 200,
    *,
    image_size: int = 128,
    max_digits: int = 3,
    random_state: RandomState = None,
) -> tuple[NDArray[np.uint8], pd.DataFrame]:
    """Generate photographs that contain handwritten digits, one label per digit.

    These are real pixels without a download: digits of :func:`sklearn.datasets.load_digits`,
    enlarged to about half the height of the image, in dark ink on light cards, on random sections
    of the two photographs of :func:`sklearn.datasets.load_sample_images`. The digits of an image
    all differ and hardly overlap.

    Parameters
    ----------
    n_samples : int, default=200
        Number of images.

    image_size : int, default=128
        Height and width of the images in pixels, at least 32. All images together have at most
        8 GiB.

    max_digits : int, default=3
        Largest number of digits in an image, from 1 to 4. The number is sampled uniformly, from 1
        to this one.

    random_state : int, RandomState instance or None, default=None
        Determines digits, writers, places and backgrounds. Pass an int for reproducible output
        across multiple function calls.

    Returns
    -------
    X : ndarray of shape (n_samples, image_size, image_size, 3), dtype uint8
        The images, RGB.

    Y : DataFrame of shape (n_samples, 10), dtype int64
        Their labels, 0 or 1, for the digits ``"0"`` to ``"9"``.

    See Also
    --------
    make_multilabel_shapes : Generate easier and smaller images with adjustable labels.
    load_labelled_images : Load the images of a folder and a table of their labels.

    Examples
    --------
    >>> from skmlic.datasets import make_digit_scenes
    >>> X, Y = make_digit_scenes(3, random_state=0)
    >>> X.shape, X.dtype
    ((3, 128, 128, 3), dtype('uint8'))
    >>> list(Y.columns)
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']
    """
    _check_integer("n_samples", n_samples, 1)
    _check_integer("image_size", image_size, 32)
    _check_integer("max_digits", max_digits, 1, 4)
    _check_memory(n_samples, image_size)
    rng = _check_random_state(random_state)
    digits = load_digits()
    photographs = load_sample_images().images

    X = np.empty((n_samples, image_size, image_size, 3), dtype=np.uint8)
    Y = np.zeros((n_samples, 10), dtype=np.int64)
    for image, row in zip(X, Y, strict=True):
        present = rng.permutation(10)[: rng.randint(1, max_digits + 1)]
        row[present] = 1
        scene = _crop_photograph(rng, photographs, image_size)
        for digit, center in zip(present, _sample_centers(rng, len(present), 2), strict=True):
            written = rng.choice(np.flatnonzero(digits.target == digit))
            _paste_digit(rng, scene, digits.images[written], center)
        image[:] = np.asarray(scene)
    return X, pd.DataFrame(Y, columns=[str(digit) for digit in range(10)])
