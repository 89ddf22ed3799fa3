"""Colored words that flow in lines below an image."""

from typing import NamedTuple

from skmlic.plots._captions import SIGNS
from skmlic.plots._style import as_line, cut_middle

__all__ = ["FONT_SIZE", "GRAY", "Word", "cut_to_width", "flow_marks", "measure_text"]

FONT_SIZE = 8
GRAY = "#595959"
_BETWEEN_MARKS = 8
_SPACE = 3.5
# At a low resolution, drawn letters are wider than their outlines.
_ROUNDING = 1.06


class Word(NamedTuple):
    """A piece of text in one style.

    Parameters
    ----------
    x : float
        Distance from the left side of the image, in points.
    text : str
        The text.
    color : str
        Its color.
    weight : {"normal", "bold"}
        Weight of its font.
    """

    x: float
    text: str
    color: str = GRAY
    weight: str = "normal"


def flow_marks(marks, width, max_lines):
    """Return lines of words: one mark after the other, with line breaks at a width.

    Parameters
    ----------
    marks : list of Mark
        The marks.
    width : float
        Width of a line in points.
    max_lines : int
        Largest number of lines. Marks that do not fit are counted at the end of the last one.

    Returns
    -------
    lines : list of list of Word
    """
    if not marks:
        return []
    lines, x = [[]], 0
    for number, mark in enumerate(marks):
        words, length = _compose(mark, width)
        if lines[-1] and x + length > width:
            lines.append([])
            x = 0
        if len(lines) > max_lines:
            lines.pop()
            _count_rest(lines[-1], len(marks) - number, width)
            break
        lines[-1] += [word._replace(x=word.x + x) for word in words]
        x += length + _BETWEEN_MARKS
    return lines


def cut_to_width(text, weight, width):
    """Return a text without its middle if it is wider than a width in points."""
    shown, longest = text, len(text)
    while longest > 4 and measure_text(shown, weight) > width:
        longest -= 1
        shown = cut_middle(text, longest)
    return shown


def measure_text(text, weight="normal"):
    """Return the width of a text in points, including spaces at its ends."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    properties = FontProperties(weight=weight)
    width, _, _ = text_to_path.get_text_width_height_descent(text, properties, ismath=False)
    return _ROUNDING * width * FONT_SIZE / properties.get_size_in_points()


def _count_rest(line, n_left, width):
    """Append the number of marks that are left out to a line, in place of marks if it is full."""
    # A mark consists of two words, its name and its score.
    while True:
        text = f"… {n_left} more"
        end = max((w.x + measure_text(w.text, w.weight) + _BETWEEN_MARKS for w in line), default=0)
        if not line or end + measure_text(text) <= width:
            line.append(Word(end, text))
            return
        del line[-2:]
        n_left += 1


def _compose(mark, width):
    """Return the words of a mark, and their total length."""
    sign, color, _ = SIGNS[mark.state]
    weight = "bold" if mark.state in ("false", "missed") else "normal"
    score_length = _SPACE + measure_text(mark.score)
    text = cut_to_width(f"{sign} {as_line(mark.name)}", weight, width - score_length)
    length = measure_text(text, weight)
    words = [Word(0, text, color, weight), Word(length + _SPACE, mark.score)]
    return words, length + score_length
