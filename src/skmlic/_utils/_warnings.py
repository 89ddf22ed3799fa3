"""Warnings that point at the user's code."""

import sys
import warnings

_INTERNAL = ("skmlic.", "sklearn.", "joblib.", "skorch.")


def warn_caller(message, category=UserWarning):
    """Warn from the first line of code outside skmlic, scikit-learn, joblib and skorch.

    A fixed stack level would depend on decorators and callers, and a warning that points into a
    library is shown only once, whatever caused it.

    Parameters
    ----------
    message : str
        Text of the warning.

    category : type, default=UserWarning
        Class of the warning.
    """
    frame, level = sys._getframe(1), 2
    while frame.f_back and frame.f_globals.get("__name__", "").startswith(_INTERNAL):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
