"""Images with label activation maps drawn over them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from skmlic._utils._labels import find_labels
from skmlic._utils._responses import choose_response_method, compute_scores
from skmlic.images import as_image_list, describe_source
from skmlic.inspection._inner_estimators import read_value_range
from skmlic.inspection._label_activation_maps import Method, label_activation_maps
from skmlic.plots._captions import caption_label, name_image
from skmlic.plots._image_grid import Cell, draw_image_grid, load_thumbnail

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["LabelActivationMapDisplay"]

_COLORMAP = "RdBu_r"
_MOST_OPAQUE = 0.85
_BILINEAR = Image.Resampling.BILINEAR
_LEGEND = [("■ for the label", "#b2182b"), ("■ against the label", "#2166ac")]


class LabelActivationMapDisplay:
    """Images with maps of the places that the scores of labels come from.

    Create it with :meth:`from_estimator`. The parameters are stored as attributes. Each row shows
    an image and then, once per label, the image in grayscale under a map: red where a place
    increases the score of the label, blue where it decreases the score, with a stronger colour for
    a larger contribution. All maps of a row have the same color scale, so the map of a label with
    small contributions is pale.

    Parameters
    ----------
    images : list of shape (n_samples,)
        Paths, arrays with channels last, PIL images or encoded bytes.

    maps : ndarray of shape (n_samples, n_shown, height, width)
        Maps of the labels that are shown.

    scores : ndarray of shape (n_samples, n_shown)
        Probabilities or decision values of these labels.

    places : ndarray of shape (n_samples, n_shown), dtype int
        Indices of these labels, which may differ between images.

    label_names : sequence of shape (n_labels,)
        Names of all labels.

    value_range : tuple (black, white) or None, default=None
        The values of images that are drawn black and white. ``None`` chooses them as
        :class:`~skmlic.ImageEmbedder` does.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with all images, in units of a point.

    figure_ : matplotlib Figure
        Figure of ``ax_``.

    See Also
    --------
    skmlic.inspection.label_activation_maps : Compute the maps.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from skmlic import TransferMultiLabelClassifier
    >>> from skmlic.datasets import make_multilabel_shapes
    >>> from skmlic.plots import LabelActivationMapDisplay
    >>> X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)
    >>> clf = TransferMultiLabelClassifier("tiny_cnn", max_epochs=2, random_state=0).fit(X, Y)
    >>> display = LabelActivationMapDisplay.from_estimator(clf, X[:2], n_labels=2)
    >>> display.maps.shape
    (2, 2, 8, 8)
    >>> plt.show()
    """

    ax_: Axes

    def __init__(
        self,
        *,
        images: Sequence[Any],
        maps: NDArray[np.floating],
        scores: NDArray[np.floating],
        places: NDArray[np.integer],
        label_names: Sequence[Any],
        value_range: tuple[float, float] | None = None,
    ) -> None:
        self.images = images
        self.maps = maps
        self.scores = scores
        self.places = places
        self.label_names = label_names
        self.value_range = value_range

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        labels: Iterable[str | int] | None = None,
        *,
        n_labels: int = 3,
        method: Method = "auto",
        label_names: Sequence[Any] | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Compute the maps of images, and draw them.

        Parameters
        ----------
        estimator : estimator instance
            A fitted estimator; see :func:`skmlic.inspection.label_activation_maps`.

        X : array-like of images of shape (n_samples,)
            The images. All of them are drawn, so pass a few.

        labels : iterable of str or int, default=None
            Names or indices of the labels to show. By default, the labels with the highest scores
            in each image.

        n_labels : int, default=3
            Number of labels per image if ``labels`` is ``None``.

        method : {"auto", "cam", "gradcam", "occlusion"}, default="auto"
            Method that computes the maps.

        label_names : sequence of shape (n_labels,), default=None
            Names of the labels. By default, the names that the estimator was fitted with, else
            numbers.

        ax : matplotlib Axes, default=None
            The axes to draw on; ``None`` creates a figure.

        Returns
        -------
        display : LabelActivationMapDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If there is no such label, the method is not possible, or the number of names is not
            the number of labels.
        """
        if n_labels < 1:
            raise ValueError(f"n_labels={n_labels}: expected at least 1.")
        scores = compute_scores(estimator, X, choose_response_method(estimator))
        known_as = list(getattr(estimator, "label_names_", range(scores.shape[1])))
        if label_names is not None:
            names = list(label_names)
        elif hasattr(estimator, "label_names_"):
            names = known_as
        else:
            names = [str(j) for j in known_as]
        if len(names) != len(known_as):
            raise ValueError(
                f"label_names has {len(names)} names; the estimator has {len(known_as)} labels."
            )
        if labels is None:
            maps = label_activation_maps(estimator, X, method=method)
            places = np.argsort(-scores, axis=1, kind="stable")[:, :n_labels]
            maps = np.take_along_axis(maps, places[:, :, np.newaxis, np.newaxis], axis=1)
        else:
            chosen = find_labels(labels, names, "labels")
            maps = label_activation_maps(estimator, X, [known_as[j] for j in chosen], method=method)
            places = np.tile(chosen, (len(scores), 1))
        display = cls(
            images=as_image_list(X),
            maps=maps,
            scores=np.take_along_axis(scores, places, axis=1),
            places=places,
            label_names=names,
            value_range=read_value_range(estimator),
        )
        return display.plot(ax=ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw the images and the maps.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            The axes to draw on; ``None`` creates a figure.

        Returns
        -------
        self : LabelActivationMapDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        cells = []
        for row, image in enumerate(self.images):
            pixels = load_thumbnail(image, self.value_range)
            cells.append(Cell(pixels, name_image(image, row)))
            limit = np.abs(self.maps[row]).max()
            for values, label, score in zip(
                self.maps[row], self.places[row], self.scores[row], strict=True
            ):
                caption = caption_label(self.label_names[label], score)
                cells.append(Cell(draw_map(pixels, values, limit), caption))
        self.ax_ = draw_image_grid(
            ax,
            cells,
            title="Where labels are seen",
            legend=_LEGEND,
            n_columns=1 + self.maps.shape[1],
        )
        self.figure_: Figure = self.ax_.figure
        return self

    def frame(self) -> pd.DataFrame:
        """Return a table of the maps.

        Returns
        -------
        frame : DataFrame of shape (n_samples * n_shown, 6)
            One row per image and label, with the columns "row" (the index of the image in X),
            "source" (its path or type), "label", "score", and "peak_x" and "peak_y", where the map
            is largest, as fractions of the sides of the image from its upper left corner.
        """
        n_rows, n_shown, height, width = self.maps.shape
        y, x = np.divmod(self.maps.reshape(n_rows * n_shown, -1).argmax(axis=1), width)
        rows = np.repeat(np.arange(n_rows), n_shown).tolist()
        return pd.DataFrame(
            {
                "row": rows,
                "source": [describe_source(self.images[row]) for row in rows],
                "label": [self.label_names[j] for j in self.places.ravel().tolist()],
                "score": self.scores.ravel(),
                "peak_x": (x + 0.5) / width,
                "peak_y": (y + 0.5) / height,
            }
        )


def draw_map(pixels, values, limit):
    """Return an image in grayscale under a colored map.

    Parameters
    ----------
    pixels : ndarray of shape (height, width, 3), dtype uint8
        The image.
    values : ndarray of shape (map_height, map_width)
        The map. It is transparent where it is 0.
    limit : float
        Absolute value with the strongest color.

    Returns
    -------
    painted : ndarray of shape (height, width, 3)
        Pixels in [0, 1].
    """
    from matplotlib import colormaps

    size = pixels.shape[1::-1]
    enlarged = np.asarray(Image.fromarray(values.astype(np.float32)).resize(size, _BILINEAR))
    strength = np.clip(enlarged / limit, -1, 1) if limit > 0 else np.zeros(enlarged.shape)
    colors = colormaps[_COLORMAP]((strength + 1) / 2)[:, :, :3]
    opacity = _MOST_OPAQUE * np.abs(strength)[:, :, np.newaxis]
    gray = pixels.mean(axis=2, keepdims=True) / 255
    return (1 - opacity) * gray + opacity * colors
