"""Names that users type: patterns that select them, and suggestions for mistyped ones."""

import difflib
import fnmatch
from collections.abc import Callable, Iterable


def filter_names(names: Iterable[str], pattern: str | None) -> list[str]:
    """Return the names that match a pattern.

    Parameters
    ----------
    names : iterable of str
        All names.
    pattern : str or None
        Part of a name, or a pattern with ``*``, ``?`` and ``[...]``, in any case. ``None`` matches
        all names.

    Returns
    -------
    matching : list of str
        In the given order.
    """
    if pattern is None:
        return list(names)
    if not isinstance(pattern, str):
        raise TypeError(
            f"pattern={pattern!r:.60}; expected part of a name, or a pattern such as '*vgg*'."
        )
    pattern = pattern.lower()
    if not any(wildcard in pattern for wildcard in "*?["):
        pattern = f"*{pattern}*"
    return fnmatch.filter(names, pattern)


def did_you_mean(
    name: str,
    known: Iterable[str],
    *,
    n: int = 3,
    cutoff: float = 0.5,
    spell: Callable[[str], str] = repr,
) -> str:
    """Return a question that suggests the known names closest to a mistyped one.

    Parameters
    ----------
    name : str
        The mistyped name.
    known : iterable of str
        All valid names.
    n : int, default=3
        Largest number of suggestions.
    cutoff : float, default=0.5
        Smallest similarity, in [0, 1], of a suggestion.
    spell : callable, default=repr
        How a suggestion is written. Names with the same spelling are suggested once.

    Returns
    -------
    question : str
        For example ``" Did you mean 'dropout'?"``, with a leading space so that it can follow a
        sentence; empty if no name is close.
    """
    near = difflib.get_close_matches(name, list(known), n=n, cutoff=cutoff)
    spelled = dict.fromkeys(map(spell, near))
    return f" Did you mean {' or '.join(spelled)}?" if near else ""
