"""Short texts for error messages."""

from collections.abc import Iterable

_N_LISTED = 10


def join_first(items: Iterable[str]) -> str:
    """Join the first items by commas, and count the others.

    Parameters
    ----------
    items : iterable of str
        The items.

    Returns
    -------
    text : str
        For example ``"a, b and 3 more"``.
    """
    items = list(items)
    listed = ", ".join(items[:_N_LISTED])
    n_more = len(items) - _N_LISTED
    return f"{listed} and {n_more} more" if n_more > 0 else listed


def printable(text: object, keep: str = "") -> str:
    r"""Return text for a terminal, without characters that it would obey or not show.

    Names of files and labels come from others. Such characters can clear the screen, hide a part of
    a line, or reverse its order; they are those that ``repr`` escapes, and it is done in the same
    way.

    Parameters
    ----------
    text : object
        The text, or something whose ``str`` it is.
    keep : str, default=""
        Characters that are not escaped, such as "\\n".

    Returns
    -------
    text : str

    Examples
    --------
    >>> printable("caf\xe9\x1b[2J\u202e.png")
    'café\\x1b[2J\\u202e.png'
    """
    text = str(text)
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() or one in keep else one.encode("unicode_escape").decode()
        for one in text
    )
