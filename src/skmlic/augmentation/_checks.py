"""Checks and error texts of augmentation."""

from numbers import Real

import torch

from skmlic._utils._names import did_you_mean


def describe(value):
    """Return a text that says what a value is."""
    if isinstance(value, torch.Tensor):
        return f"a {value.dtype} tensor of shape {tuple(value.shape)}"
    return type(value).__name__


def is_number(value):
    """Tell whether a value is a real number, and not a bool."""
    return isinstance(value, Real) and not isinstance(value, bool)


def explain_unknown_name(parameter, name, known):
    """Return the text of an error for a name that is not known."""
    hint = did_you_mean(name.lower(), known)
    return f"{parameter}={name!r}:{hint} The names are {', '.join(map(repr, known))}."
