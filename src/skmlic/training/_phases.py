"""The phases of a training: the head alone, then the backbone with it."""

from typing import Any, Literal, NamedTuple

from skmlic.training._options import TrainingOptions


class Phase(NamedTuple):
    """A part of a training.

    Parameters
    ----------
    trained : {"head", "all"}
        Whether the head is trained alone, on features, or together with the backbone, on images.
    n_epochs : int
    """

    trained: Literal["head", "all"]
    n_epochs: int


def get_options(classifier):
    """Return the options of a classifier's training; the defaults if it has none."""
    return TrainingOptions() if classifier.training is None else classifier.training


def count_head_epochs(classifier: Any) -> int:
    """Return the number of epochs in which a classifier's head is trained alone.

    Parameters
    ----------
    classifier : TransferMultiLabelClassifier

    Returns
    -------
    n_epochs : int
        All epochs with a frozen backbone; otherwise ``unfreeze_after``, which is three quarters of
        them by default.
    """
    if classifier.freeze is True:
        return classifier.max_epochs
    unfreeze_after = get_options(classifier).unfreeze_after
    return 3 * classifier.max_epochs // 4 if unfreeze_after is None else unfreeze_after


def plan_phases(classifier, is_resumed):
    """Return the phases of a ``fit``.

    Parameters
    ----------
    classifier : TransferMultiLabelClassifier
    is_resumed : bool
        Whether the training resumes from an earlier one.

    Returns
    -------
    phases : list of Phase

    Raises
    ------
    ValueError
        If the head is to be trained alone for longer than the whole training.
    """
    n_head_epochs = count_head_epochs(classifier)
    if is_resumed and classifier.freeze is not True:
        n_head_epochs = 0
    if n_head_epochs > classifier.max_epochs:
        raise ValueError(
            f"unfreeze_after={n_head_epochs} is more than max_epochs={classifier.max_epochs}."
        )
    phases = []
    # A new classifier needs a head, even if it is not trained alone.
    if n_head_epochs or not is_resumed:
        phases.append(Phase("head", n_head_epochs))
    if classifier.max_epochs > n_head_epochs:
        phases.append(Phase("all", classifier.max_epochs - n_head_epochs))
    return phases
