"""Images that cannot be read, as commands report them."""

from skmlic._utils._text import join_first, printable

# The exit code of a command that is done, except for images that could not be read.
UNREADABLE = 3

# Position, path and reason of each image that cannot be read.
Problems = list[tuple[int, str, str]]


def describe_unreadable(problems: Problems, n: int | None = None) -> str:
    """Return a sentence, without its period, that names the first of the unreadable images.

    Parameters
    ----------
    problems : list of tuple (int, str, str)
        The images, or the first ones.
    n : int, default=None
        Number of all unreadable images, if ``problems`` does not have them all.

    Returns
    -------
    text : str
    """
    n = len(problems) if n is None else n
    listed = join_first(f"{printable(path)} ({printable(reason)})" for _, path, reason in problems)
    return f"{n:,} image{'s' if n > 1 else ''} cannot be read: {listed}"
