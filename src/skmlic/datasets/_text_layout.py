"""Layout of the text of a report."""

import textwrap

from skmlic._utils._text import printable

WIDTH = 100


def count_of(number, noun):
    """Return a number with its noun, for example "1 image" or "2 images"."""
    return f"{number} {noun}{'s' * (number != 1)}"


def shorten(text, width):
    """Escape what a terminal obeys, and replace the middle of a text that is too long by dots."""
    text = printable(text)
    if len(text) <= width:
        return text
    half = (width - 3) // 2
    return f"{text[: width - 3 - half]}...{text[len(text) - half :]}"


def wrap(items, indent=""):
    """Return items, separated by commas, as lines that break between items only."""
    # A non-breaking space keeps the words of an item together.
    text = ", ".join(printable(item).replace(" ", "\xa0") for item in items)
    lines = textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent or " " * 4,
        break_on_hyphens=False,
    )
    return [line.replace("\xa0", " ") for line in lines]
