"""The samples that a training is validated on."""

from dataclasses import replace

import numpy as np

from skmlic.model_selection import multilabel_train_test_split


def hold_out(data, fraction, seed):
    """Split data into samples to train on and samples to validate on.

    Parameters
    ----------
    data : TrainingData
    fraction : float
        Fraction of the samples to validate on.
    seed : int
        Determines which samples these are.

    Returns
    -------
    training, validation : TrainingData
        The samples of each in their order. The validation data have no weights.

    Raises
    ------
    ValueError
        If the samples are too few.
    """
    n_samples = len(data.Y)
    try:
        rows = multilabel_train_test_split(
            np.arange(n_samples), data.Y, test_size=fraction, random_state=seed
        )[:2]
    except ValueError as error:
        raise ValueError(
            f"early_stopping=True: validation_fraction={fraction} of {n_samples} samples can't be "
            f"held out ({error})"
        ) from error
    training, validation = (data.take(np.sort(part)) for part in rows)
    return training, replace(validation, sample_weight=None)


def drop_weightless(data):
    """Leave out the samples of weight 0.

    Parameters
    ----------
    data : TrainingData

    Returns
    -------
    data : TrainingData

    Raises
    ------
    ValueError
        If there are no others.
    """
    if data.sample_weight is None:
        return data
    used = np.flatnonzero(data.sample_weight > 0)
    if not len(used):
        raise ValueError("sample_weight is 0 for all samples; expected some above 0.")
    return data.take(used)
