"""What a recipe consists of: the published system it belongs to, and the parameters it sets."""

import copy
from dataclasses import dataclass, field
from typing import Any

from skmlic.classifier import TransferMultiLabelClassifier
from skmlic.dummy import DummyMultiLabelClassifier
from skmlic.training import TrainingOptions

# Parameters with this prefix belong to the classifier's ``training``.
NESTED = "training__"


@dataclass(frozen=True)
class System:
    """A published system, with all that its recipes have in common.

    Parameters
    ----------
    title : str
        Short description.
    data : str
        Data that the system was trained on.
    steps : str
        Code that prepares the data, and fits and scores the estimator. X is a list of paths and Y a
        frame; ``{name}`` is replaced by the name of the recipe.
    parameters : dict, default={}
        Parameters of the classifier, those of its ``training`` as ``training__NAME``. The
        parameters of a recipe take precedence.
    differences : tuple of str, default=()
        Differences from the authors' system.
    chosen : tuple of str, default=()
        Settings that the authors did not report.
    """

    title: str
    data: str
    steps: str
    parameters: dict[str, Any] = field(default_factory=dict)
    differences: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recipe:
    """One row in the results of a published system.

    Parameters
    ----------
    system : System
        The system that the row belongs to.
    parameters : dict
        Parameters of the estimator, in addition to those of the system.
    reported : str
        Results that the authors reported.
    differences, chosen : tuple of str, default=()
        Entries in addition to those of the system.
    estimator : type, default=TransferMultiLabelClassifier
        Class of the estimator. The system's parameters are used for the default class only.
    """

    system: System
    parameters: dict[str, Any]
    reported: str
    differences: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    estimator: type = TransferMultiLabelClassifier

    @property
    def flat_parameters(self) -> dict[str, Any]:
        """The estimator's own parameters, without its ``training``."""
        return {
            name: value
            for name, value in self._all_parameters.items()
            if not name.startswith(NESTED)
        }

    @property
    def training_parameters(self) -> dict[str, Any]:
        """The parameters of the estimator's ``training``, without their prefix."""
        return {
            name.removeprefix(NESTED): value
            for name, value in self._all_parameters.items()
            if name.startswith(NESTED)
        }

    @property
    def _all_parameters(self):
        if self.estimator is not TransferMultiLabelClassifier:
            return self.parameters
        return {**self.parameters, **self.system.parameters, **self.parameters}

    def make(self) -> TransferMultiLabelClassifier | DummyMultiLabelClassifier:
        """Return an unfitted estimator that shares no object with other estimators."""
        parameters = copy.deepcopy(self.flat_parameters)
        if self.training_parameters:
            parameters["training"] = TrainingOptions(**copy.deepcopy(self.training_parameters))
        return self.estimator(**parameters)
