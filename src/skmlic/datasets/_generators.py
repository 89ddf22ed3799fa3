"""Generators of small labelled pictures, seeded and offline."""

import numbers

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits, load_sample_images
from sklearn.utils import check_random_state

from skmlic._utils._typing import Integers, RandomState


def _check_integer(name, value, low, high=None):
    """Raise unless `value` is an integer from `low` to `high`."""
    expected = f"an integer from {low} to {high}" if high else f"an integer of at least {low}"
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name}={value!r}, expected {expected}.")
    if value < low or (high and value > high):
        raise ValueError(f"{name}={value!r}, expected {expected}.")


def _check_real(name, value, low, high=np.inf):
    """Raise unless `value` is a number from `low` to `high`, and finite."""
    expected = f"a number of at least {low}" if np.isinf(high) else f"a number from {low} to {high}"
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name}={value!r}, expected {expected}.")
    if not low <= value <= high or np.isinf(value):
        raise ValueError(f"{name}={value!r}, expected {expected}.")


def _draw_centres(rng, n, n_cells):
    """Draw n points of the unit square, each in a cell of its own of a square grid."""
    cells = rng.permutation(n_cells**2)[:n]
    return (np.column_stack(np.divmod(cells, n_cells)) + 0.5) / n_cells


# Shapes: each is a condition on coordinates that run from -1 to 1 over its box.
_KINDS = (
    lambda v, u: u**2 + v**2 <= 1,  # disc
    lambda v, u: np.maximum(abs(u), abs(v)) <= 0.85,  # square
    lambda v, u: (abs(u) <= (v + 1) / 2) & (abs(v) <= 1),  # triangle
    lambda v, u: (np.minimum(abs(u), abs(v)) <= 0.35) & (np.maximum(abs(u), abs(v)) <= 1),  # cross
    lambda v, u: abs(u**2 + v**2 - 0.65) <= 0.35,  # ring
)
_COLOURS = np.array([[230, 60, 50], [60, 190, 75], [60, 100, 235], [245, 215, 40]], dtype=np.uint8)
# Numbers of kinds and of colours without a common divisor: label j is kind j % 5 in colour j % 4,
# neighbours differ in both, and no pair comes twice.
_MAX_SHAPES = len(_KINDS) * len(_COLOURS)


def _draw_labels(rng, n_samples, probability, cooccurrence):
    """Draw 0/1 labels with the given probabilities that tend to come together."""
    own = rng.uniform(size=(n_samples, len(probability)))
    shared = rng.uniform(size=(n_samples, 1))
    together = rng.uniform(size=(n_samples, 1)) < cooccurrence
    return (np.where(together, shared, own) < probability).astype(np.int64)


def _paint_shape(picture, label, centre, radius):
    """Paint the shape of a label into an array (H, W, 3), around a point of the unit square."""
    side = len(picture)
    ticks = (np.arange(side) + 0.5) / side
    v, u = ((ticks - c) / radius for c in centre)
    inside = _KINDS[label % len(_KINDS)](v[:, None], u[None, :])
    picture[inside] = _COLOURS[label % len(_COLOURS)]


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
    r"""Generate pictures of coloured shapes, one kind and colour of shape a label.

    Easy on purpose, for tests: the shapes lie side by side, each in a grid cell of its own, on grey
    noise. Label `j` is a disc, square, triangle, cross or ring (`j` modulo 5) in red, green, blue
    or yellow (`j` modulo 4).

    Parameters
    ----------
    n_samples : int, default=100
        Number of pictures.

    n_labels : int, default=3
        Number of labels, from 1 to 20.

    image_size : int, default=32
        Height and width of the pictures in pixels, at least 8.

    imbalance : float, default=1.0
        How many times more probable the most frequent label, the first, is than the least frequent
        one, the last. Those in between form a geometric series.

    cooccurrence : float, default=0.0
        How much the labels come together, from 0 (independently of each other) to 1 (no picture
        has a label without every more frequent one). See Notes.

    allow_unlabelled : bool, default=True
        Whether pictures without any label may come.

    random_state : int, RandomState instance or None, default=None
        Determines labels, places, sizes and noise. Pass an int for the same pictures in every
        call.

    Returns
    -------
    X : ndarray of shape (n_samples, image_size, image_size, 3), dtype uint8
        The pictures, RGB.

    Y : ndarray of shape (n_samples, n_labels), dtype int64
        Their labels, 0 or 1.

    See Also
    --------
    make_digit_scenes : Generate pictures with real pixels.

    Notes
    -----
    The first label has the probability :math:`p_1 = \min(1/2, 3/L)` with `L` labels, the last
    :math:`p_1` / `imbalance`. A picture has the label `j` where a uniform number lies below
    :math:`p_j`. With probability `cooccurrence` (:math:`c`) all labels of a picture look at the
    same number, else each at its own. So the labels keep their probabilities, and two of them come
    together with the probability
    :math:`c \min(p_i, p_j) + (1 - c) \, p_i \, p_j`.

    With ``allow_unlabelled=False`` pictures without a label are drawn again, which divides all
    these probabilities by the same number and leaves `imbalance` as it is.

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
    rng = check_random_state(random_state)

    most = min(0.5, 3 / n_labels)
    probability = np.geomspace(most, most / imbalance, n_labels)
    Y = _draw_labels(rng, n_samples, probability, cooccurrence)
    while not allow_unlabelled and not Y.any(axis=1).all():
        empty = ~Y.any(axis=1)
        Y[empty] = _draw_labels(rng, empty.sum(), probability, cooccurrence)

    X = rng.randint(70, 130, size=(n_samples, image_size, image_size, 3)).astype(np.uint8)
    for picture, row in zip(X, Y, strict=True):
        labels = np.flatnonzero(row)
        n_cells = max(2, int(np.ceil(np.sqrt(len(labels)))))
        radii = rng.uniform(0.36, 0.5, size=len(labels)) / n_cells
        centres = _draw_centres(rng, len(labels), n_cells)
        for label, centre, radius in zip(labels, centres, radii, strict=True):
            _paint_shape(picture, label, centre, radius)
    return X, Y


_INK = (20, 20, 30)
_CARD = (250, 250, 245)


def _crop_photograph(rng, photographs, image_size):
    """Cut a random square out of a random photograph."""
    photograph = Image.fromarray(photographs[rng.randint(len(photographs))])
    side = rng.randint(min(photograph.size) // 3, min(photograph.size) + 1)
    left, top = (rng.randint(length - side + 1) for length in photograph.size)
    box = (left, top, left + side, top + side)
    return photograph.resize((image_size, image_size), Image.Resampling.BICUBIC, box=box)


def _draw_card(pixels, side):
    """Draw a digit of 8 x 8 pixels from 0 to 16 in dark ink on a light card, side x side."""
    mask = Image.fromarray((pixels * 255 / 16).astype(np.uint8))
    mask = mask.resize((side, side), Image.Resampling.BICUBIC)
    mask = mask.point([int(np.clip((level - 70) * 3, 0, 255)) for level in range(256)])
    card = Image.new("RGB", (side, side), _CARD)
    card.paste(_INK, (0, 0), mask)
    return card


def _paste_digit(rng, scene, pixels, centre):
    """Paste a card with a digit near a point of the unit square."""
    side = int(scene.width * rng.uniform(0.42, 0.5))
    middle = scene.width * (centre[::-1] + rng.uniform(-0.03, 0.03, size=2))
    corner = np.clip(np.rint(middle - side / 2).astype(int), 0, scene.width - side)
    scene.paste(_draw_card(pixels, side), corner.tolist())


def make_digit_scenes(
    n_samples: int = 200,
    *,
    image_size: int = 128,
    max_digits: int = 3,
    random_state: RandomState = None,
) -> tuple[NDArray[np.uint8], pd.DataFrame]:
    """Generate photographs with handwritten digits in them, one label a digit.

    Real pixels without a download: digits of :func:`sklearn.datasets.load_digits`, magnified to
    about half the height of the picture, in dark ink on light cards, on random cuts of the two
    photographs of :func:`sklearn.datasets.load_sample_images`. The digits of a picture are all
    different and hardly overlap.

    Parameters
    ----------
    n_samples : int, default=200
        Number of pictures.

    image_size : int, default=128
        Height and width of the pictures in pixels, at least 32.

    max_digits : int, default=3
        The most digits in a picture, from 1 to 4. Their number is drawn uniformly from 1 to this.

    random_state : int, RandomState instance or None, default=None
        Determines the digits, the writers, the places and the backgrounds. Pass an int for the
        same pictures in every call.

    Returns
    -------
    X : ndarray of shape (n_samples, image_size, image_size, 3), dtype uint8
        The pictures, RGB.

    Y : DataFrame of shape (n_samples, 10), dtype int64
        Their labels, 0 or 1, with the columns ``"0"`` to ``"9"``: which digits are in the picture.

    See Also
    --------
    make_multilabel_shapes : Generate easier and smaller pictures with knobs for the labels.
    load_labelled_images : Load the pictures of a folder and a table of their labels.

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
    rng = check_random_state(random_state)
    digits = load_digits()
    photographs = load_sample_images().images

    X = np.empty((n_samples, image_size, image_size, 3), dtype=np.uint8)
    Y = np.zeros((n_samples, 10), dtype=np.int64)
    for picture, row in zip(X, Y, strict=True):
        present = rng.permutation(10)[: rng.randint(1, max_digits + 1)]
        row[present] = 1
        scene = _crop_photograph(rng, photographs, image_size)
        for digit, centre in zip(present, _draw_centres(rng, len(present), 2), strict=True):
            written = rng.choice(np.flatnonzero(digits.target == digit))
            _paste_digit(rng, scene, digits.images[written], centre)
        picture[:] = np.asarray(scene)
    return X, pd.DataFrame(Y, columns=[str(digit) for digit in range(10)])
