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
