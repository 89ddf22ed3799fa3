"""What might have been meant."""

import difflib
from collections.abc import Iterable


def did_you_mean(text: str, known: Iterable[str]) -> str:
    """Return a sentence with the known name that a text is most like, after a blank, or nothing."""
    near = difflib.get_close_matches(text, list(known), n=1)
    return f" Did you mean {near[0]}?" if near else ""
