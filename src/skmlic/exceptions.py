"""Errors and warnings of skmlic."""

from collections.abc import Iterable


class ImageReadError(ValueError):
    """Some of the given images can't be read.

    Raised once for all of them, after the features of the good ones are stored.

    Parameters
    ----------
    problems : list of tuple (index, source, reason)
        One entry an unreadable image: its position in X, its path (or kind of object), and why it
        can't be read.

    Attributes
    ----------
    problems : list of tuple (int, str, str)
        As given.
    indices : list of int
        The positions in X, ready for ``np.delete(X, error.indices, axis=0)``.
    """

    def __init__(self, problems: Iterable[tuple[int, str, str]]) -> None:
        self.problems = list(problems)
        self.indices = [index for index, _, _ in self.problems]
        super().__init__(
            f"{describe_problems(self.problems)}\n"
            "Repair or leave out these images (their positions are this error's `indices`). "
            "With on_error='nan', transform and predict_proba give a row of NaN for them."
        )

    def __reduce__(self):
        return type(self), (self.problems,)


class ImageReadWarning(UserWarning):
    """Some images can't be read and have a row of NaN (``on_error="nan"``)."""


class ModelFileError(ValueError):
    """A file is no model file, is damaged, or does not fit what is installed here."""


class WeightsNotFoundError(OSError):
    """The pretrained weights of a backbone are not on this machine and can't be fetched."""


def describe_problems(problems):
    """Return the list of unreadable images as text, one a line."""
    head = f"{len(problems)} image{'s' if len(problems) > 1 else ''} can't be read:"
    return "\n".join([head, *(f"  X[{i}] {source}: {reason}" for i, source, reason in problems)])
