"""Warnings that point at the user's own line."""

import sys
import warnings

__all__ = ["warn_caller"]

_INTERNAL = ("skmlic.", "sklearn.", "joblib.", "skorch.")


def warn_caller(message, category=UserWarning):
    """Warn as if the first line outside skmlic, scikit-learn, joblib and skorch did.

    A fixed stack level would depend on decorators and on who calls whom, and a warning that points
    into a library is shown once, whoever causes it.

    Parameters
    ----------
    message : str
        The text.

    category : type, default=UserWarning
        The kind of warning.
    """
    frame, level = sys._getframe(1), 2
    while frame.f_back and frame.f_globals.get("__name__", "").startswith(_INTERNAL):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
