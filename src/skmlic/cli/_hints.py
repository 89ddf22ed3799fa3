"""Suggestions for mistyped words."""

from collections.abc import Iterable

from skmlic._utils import _names


def did_you_mean(text: str, known: Iterable[str]) -> str:
    """Return a question with the known name that is closest to a text, or nothing.

    The name is not quoted, so that it can be pasted into a shell.
    """
    return _names.did_you_mean(text, known, n=1, cutoff=0.6, spell=str)
