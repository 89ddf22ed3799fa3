"""The interface of heads, which learn labels from features."""

from abc import ABC, abstractmethod
from typing import Any

from skmlic.training._data import TrainingData
from skmlic.training._net_factory import NetSettings
from skmlic.training._train import TrainedNet


class Head(ABC):
    """A kind of head.

    A head is fitted on features and targets. The result is a net: ``net.forward(features)`` gives
    logits, and ``net.module_`` is the module that fine-tuning trains further, that activation maps
    are derived from, and that model files contain. The module needs the properties ``n_features``
    and ``n_labels``, the attribute ``settings`` (a dict of plain values) and the class method
    ``from_state(settings, state_dict)``, which restores it.

    Activation maps call ``linearize(features)``. It returns logits, whose gradients with respect to
    the features weigh the maps that features are averages of, and the values of features that add
    nothing to the logits: the sum of gradient times feature minus this value, over the features, is
    the logit minus that of an average image.

    To add a kind of head, write a subclass in a module of its own. Let ``make_head`` in
    ``_head_factory.py`` return it, and list its module there in ``HEAD_MODULES``.
    """

    @abstractmethod
    def fit(
        self,
        data: TrainingData,
        validation: TrainingData | None,
        settings: NetSettings,
        *,
        seed: int,
        start: dict[str, Any] | None = None,
    ) -> TrainedNet:
        """Learn the labels.

        Parameters
        ----------
        data : TrainingData
            Features and targets to learn from.
        validation : TrainingData or None
            Features and targets on which the head is scored after each epoch.
        settings : NetSettings
            Settings of this phase of the training.
        seed : int
            Determines everything that is random.
        start : dict or None
            State to resume from; see :func:`skmlic.training._train.train`.

        Returns
        -------
        trained : TrainedNet
        """
