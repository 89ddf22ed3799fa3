"""What displays of a fitted classifier's answers share."""

from typing import Any, ClassVar, Self

from skmlic._utils._typing import Labels, Rows
from skmlic.plots._responses import Names, answer


class AnswerDisplay:
    """A display made from truth and a classifier's answers, by ``from_predictions``."""

    # "auto" is probabilities, or else decision values.
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
        """Draw the answers of a fitted classifier.

        Parameters
        ----------
        estimator : estimator instance
            Fitted: any multi-label classifier, whatever the form of its answers.

        X : array-like of shape (n_samples, ...)
            What it takes; samples it was not fitted on.

        Y : array-like, sparse matrix or frame of shape (n_samples, n_labels)
            0 and 1, NaN where it is unknown; also a y of two values, of shape (n_samples,).

        label_names : sequence of shape (n_labels,), default=None
            Names of labels; by default the columns of Y if it is a frame, else those the estimator
            was fitted with.

        **options : dict
            Passed to ``from_predictions``, which passes what it has no name for to ``plot``.

        Returns
        -------
        display : object
            Drawn.

        Raises
        ------
        AttributeError
            If the estimator can't answer: neither ``predict_proba`` nor ``decision_function``.
        """
        Y, response, names = answer(estimator, X, Y, cls._response_method, label_names)
        return cls.from_predictions(Y, response, label_names=names, **options)
