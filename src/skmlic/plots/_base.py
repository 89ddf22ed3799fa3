"""Base classes of displays."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from skmlic._utils._typing import Labels, Rows
from skmlic.inspection._predictions import compute_response, match_target
from skmlic.metrics._validation import check_truth
from skmlic.plots._responses import Names, check_labels
from skmlic.plots._style import line_styles, put_legend_outside, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CurvesDisplay", "LabelsDisplay", "PredictionsDisplay", "respond"]


def respond(
    estimator: Any, X: Any, Y: Any, response_method: str, label_names: Names | None = None
) -> tuple[Any, Any, Names | None]:
    """Return Y, the response of an estimator to X, and the names of the labels.

    The parameters are those of :func:`~skmlic.inspection._predictions.match_target` and
    :func:`~skmlic.inspection._predictions.compute_response`.
    """
    Y, label_names = match_target(estimator, Y, label_names)
    n_labels = check_truth(Y)[0].shape[1]
    response, _ = compute_response(estimator, X, response_method, n_labels)
    return Y, response, label_names


class PredictionsDisplay:
    """A display that ``from_predictions`` makes from the true labels and a response."""

    # "auto" is predict_proba, or decision_function of estimators without it.
    _response_method = "auto"
    from_predictions: ClassVar[Any]

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Rows,
        Y: Labels,
        *,
        label_names: Names | None = None,
        **options: Any,
    ) -> Self:
        """Draw the predictions of a fitted classifier.

        Parameters
        ----------
        estimator : estimator instance
            Any fitted multi-label classifier.

        X : array-like of shape (n_samples, ...)
            Samples that the estimator was not fitted on, in any form that it takes.

        Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            The true labels: 0 and 1, and NaN for missing annotations. Also a binary target of
            shape (n_samples,).

        label_names : sequence of shape (n_labels,), default=None
            Names of the labels. By default, the columns of Y if it is a frame, else the names that
            the estimator was fitted with.

        **options : dict
            Passed to ``from_predictions``, which passes options that it does not know to ``plot``.

        Returns
        -------
        display : object
            The display, drawn.

        Raises
        ------
        AttributeError
            If the estimator has neither ``predict_proba`` nor ``decision_function``.
        """
        Y, response, names = respond(estimator, X, Y, cls._response_method, label_names)
        return cls.from_predictions(Y, response, label_names=names, **options)


class CurvesDisplay(PredictionsDisplay):
    """A display of one curve per label, a tuple that begins with the arrays x and y."""

    curves: Sequence[Any]
    label_names: Names

    def _draw_curves(
        self,
        ax: Any,
        chosen: Any,
        describe: Callable[[int], str],
        averages: Sequence[tuple[str, Any, dict[str, Any]]] = (),
    ) -> dict[Any, Any]:
        """Draw the chosen labels in color, averages in black and all other labels in gray.

        Parameters
        ----------
        ax : matplotlib Axes
            The axes to draw on.
        chosen : sequence or ndarray of int
            Indices of the labels in color.
        describe : callable
            Function that returns the text behind the name of a label in the legend.
        averages : sequence of tuple (name, curve, style), default=()
            Averages, whose style includes the text for the legend. The curve may be ``None``.

        Returns
        -------
        lines : dict of matplotlib Line2D
            The curves in color and the averages, by name.
        """
        lines = {}
        for label, style in zip(chosen, line_styles(len(chosen)), strict=True):
            name = self.label_names[label]
            text = f"{shorten(name)} ({describe(label)})"
            lines[name] = self._draw_label(ax, label, label_text=text, **style)
        for name, curve, style in averages:
            if curve is not None:
                lines[name] = self._draw_curve(ax, curve, color="black", linewidth=2, **style)
        others = set(range(len(self.curves))).difference(chosen)
        drawn = [label for label in sorted(others) if len(self.curves[label][0])]
        text = f"{len(drawn)} other label{'s' * (len(drawn) > 1)}"
        gray = {"color": "0.8", "linewidth": 0.7, "zorder": 1}
        for number, label in enumerate(drawn):
            # All gray lines share one entry of the legend.
            self._draw_curve(ax, self.curves[label], label=None if number else text, **gray)
        put_legend_outside(ax)
        return lines

    def _draw_label(self, ax: Any, label: int, *, label_text: str, **style: Any) -> Any:
        return self._draw_curve(ax, self.curves[label], label=label_text, **style)

    def _draw_curve(self, ax: Any, curve: Any, **style: Any) -> Any:
        (line,) = ax.plot(curve[0], curve[1], **style)
        return line


class LabelsDisplay:
    """A display that ``from_labels`` makes from the labels of samples alone.

    A subclass has the class method ``_from_matrices``, which returns a display made from the
    matrices of labels that are present and of entries that are annotated, and the label names.
    """

    _from_matrices: ClassVar[Any]

    @classmethod
    def from_labels(
        cls,
        Y: Labels,
        *,
        label_names: Names | None = None,
        ax: "Axes | None" = None,
        **plot_options: Any,
    ) -> Self:
        """Draw the labels of samples.

        Parameters
        ----------
        Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            0 and 1, and NaN for missing annotations. Also a binary target of shape (n_samples,).

        label_names : sequence of shape (n_labels,), default=None
            Names of the labels. By default, the columns of Y if it is a frame, else numbers.

        ax : matplotlib Axes, default=None
            The axes to draw on; ``None`` creates a figure.

        **plot_options : dict
            Passed to ``plot``.

        Returns
        -------
        display : object
            The display, drawn.

        Raises
        ------
        ValueError
            If Y has other entries than 0, 1 and NaN.
        """
        present, known, names = check_labels(Y, label_names)
        return cls._from_matrices(present, known, names).plot(ax, **plot_options)
