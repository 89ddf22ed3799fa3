"""Errors and warnings of skmlic."""

from collections.abc import Iterable, Sequence
from typing import Self


class ImageReadError(ValueError):
    """Some of the given images can't be read.

    It is raised once for all of them, after the features of the others have been stored.

    Parameters
    ----------
    problems : list of tuple (index, source, reason)
        One entry per unreadable image: its position in X, its path (or kind of object), and the
        reason.

    Attributes
    ----------
    problems : list of tuple (int, str, str)
        The entries passed to the constructor.
    indices : list of int
        Positions of the images in X, for ``np.delete(X, error.indices, axis=0)``.
    """

    def __init__(self, problems: Iterable[tuple[int, str, str]]) -> None:
        self.problems: list[tuple[int, str, str]] = list(problems)
        self.indices: list[int] = [index for index, _, _ in self.problems]
        super().__init__(
            f"{describe_problems(self.problems)}\n"
            "Repair these images or leave them out (`indices` of this error has their positions). "
            "With on_error='nan', transform and predict_proba return a row of NaN for them."
        )

    def __reduce__(self) -> tuple[type[Self], tuple[list[tuple[int, str, str]]]]:
        return type(self), (self.problems,)


class ImageReadWarning(UserWarning):
    """Some images can't be read and have a row of NaN (``on_error="nan"``)."""


class FileRefusedError(OSError):
    """A file is not read: it is not a regular file, or is larger than the limit.

    Named pipes and devices are not regular files; ``max_file_bytes`` of
    :func:`skmlic.set_config` is the limit. ``filename`` has the path, and ``strerror`` the reason.
    """

    def __str__(self) -> str:
        return f"{self.filename!r} is {self.strerror}"


class ModelFileError(ValueError):
    """A file is not a model file, is damaged, or does not match the installed packages."""


class WeightsNotFoundError(OSError):
    """The pretrained weights of a backbone are not on this machine and can't be downloaded."""


def describe_problems(problems: Sequence[tuple[int, str, str]]) -> str:
    """Return the list of unreadable images as text, one per line."""
    head = f"{len(problems)} image{'s' if len(problems) > 1 else ''} can't be read:"
    lines = (f"  X[{i}] {_escape(name)}: {_escape(why)}" for i, name, why in problems)
    return "\n".join([head, *lines])


def _escape(text):
    """Return text in which characters that a terminal would obey are escaped."""
    text = str(text)
    return text if text.isprintable() else repr(text)[1:-1]
