"""Pictures with what each place adds to a label's score drawn over them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from skmlic._utils._labels import find_labels
from skmlic._utils._responses import choose_response_method
from skmlic.images import as_image_list, describe_source
from skmlic.inspection._label_maps import Method, label_activation_maps
from skmlic.inspection._predictions import score_labels
from skmlic.plots._flow import draw_gallery, load_small, name_picture
from skmlic.plots._style import as_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["LabelActivationMapDisplay"]

_COLORMAP = "RdBu_r"
_MOST_OPAQUE = 0.85
_BILINEAR = Image.Resampling.BILINEAR
_LEGEND = [("■ speaks for the label", "#b2182b"), ("■ speaks against it", "#2166ac")]


class LabelActivationMapDisplay:
    """Pictures, and beside them which places speak for some labels.

    Make it with :meth:`from_estimator`; the parameters are stored as attributes. A row is a
    picture: as it is, then in grey once a label, red where it speaks for the label and blue where
    it speaks against it, more the stronger. The colours of a row have one scale, so that a label
    that nothing speaks for is pale.

    Parameters
    ----------
    images : list of shape (n_samples,)
        Paths, arrays with channels last, PIL images or encoded bytes.

    maps : ndarray of shape (n_samples, n_shown, height, width)
        Of the labels shown.

    scores : ndarray of shape (n_samples, n_shown)
        The labels' probabilities or decision values.

    places : ndarray of shape (n_samples, n_shown), dtype int
        The labels' numbers; each picture may have its own.

    label_names : sequence of shape (n_labels,)
        What the labels are called.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with all pictures, in units of a point.

    figure_ : matplotlib Figure
        Figure that holds the axes.

    See Also
    --------
    skmlic.inspection.label_activation_maps : The maps, and what they are.

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

    def __init__(
        self,
        *,
        images: Sequence[Any],
        maps: NDArray[np.floating],
        scores: NDArray[np.floating],
        places: NDArray[np.integer],
        label_names: Sequence[Any],
    ) -> None:
        self.images = images
        self.maps = maps
        self.scores = scores
        self.places = places
        self.label_names = label_names

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
        """Compute the maps of pictures, and draw them.

        Parameters
        ----------
        estimator : estimator instance
            Fitted; see :func:`skmlic.inspection.label_activation_maps`.

        X : array-like of images of shape (n_samples,)
            The pictures, all of which are drawn: take a few.

        labels : iterable of str or int, default=None
            Names or numbers of labels. By default each picture's most probable ones.

        n_labels : int, default=3
            How many of them, without ``labels``.

        method : {"auto", "cam", "gradcam", "occlusion"}, default="auto"
            How maps are made.

        label_names : sequence of shape (n_labels,), default=None
            Names of labels; by default those the estimator was fitted with, else numbers.

        ax : matplotlib Axes, default=None
            Where to draw; by default a new figure.

        Returns
        -------
        display : LabelActivationMapDisplay
            Drawn.

        Raises
        ------
        ValueError
            If there is no such label, the method is not possible, or there are not as many names
            as labels.
        """
        if n_labels < 1:
            raise ValueError(f"n_labels={n_labels}: expected at least 1.")
        scores = score_labels(estimator, X, choose_response_method(estimator))
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
        )
        return display.plot(ax=ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; by default a new figure.

        Returns
        -------
        display : LabelActivationMapDisplay
            Itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        pictures, captions = [], []
        for row, image in enumerate(self.images):
            picture = load_small(image)
            limit = np.abs(self.maps[row]).max()
            pictures += [picture, *(paint(picture, one, limit) for one in self.maps[row])]
            captions += [name_picture(image, row), *self._name_maps(row)]
        self.ax_ = draw_gallery(
            ax,
            pictures=pictures,
            captions=captions,
            marks=[[]] * len(pictures),
            title="Where labels are seen",
            legend=_LEGEND,
            n_columns=1 + self.maps.shape[1],
        )
        self.figure_: Figure = self.ax_.figure
        return self

    def frame(self) -> pd.DataFrame:
        """Return what is shown as a table.

        Returns
        -------
        frame : DataFrame of shape (n_samples * n_shown, 6)
            For each picture and label: the picture's number in X ("row"), its path or kind
            ("source"), "label", "score", and where the map is largest ("peak_x" from the left and
            "peak_y" from the top, as parts of the picture's sides).
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

    def _name_maps(self, row):
        return [
            f"{as_line(self.label_names[j])}  {score:.2f}"
            for j, score in zip(self.places[row], self.scores[row], strict=True)
        ]


def paint(picture, values, limit):
    """Return a picture in grey under a map in colours that is clear where it is 0."""
    from matplotlib import colormaps

    size = picture.shape[1::-1]
    enlarged = np.asarray(Image.fromarray(values.astype(np.float32)).resize(size, _BILINEAR))
    strength = np.clip(enlarged / limit, -1, 1) if limit > 0 else np.zeros(enlarged.shape)
    colors = colormaps[_COLORMAP]((strength + 1) / 2)[:, :, :3]
    opacity = _MOST_OPAQUE * np.abs(strength)[:, :, np.newaxis]
    grey = picture.mean(axis=2, keepdims=True) / 255
    return (1 - opacity) * grey + opacity * colors
