"""Pictures in a grid with coloured words that flow below them, in one axes."""

import os
from typing import NamedTuple

import numpy as np

from skmlic.images import describe_source, load_rgb
from skmlic.plots._style import as_line, cut_middle, import_pyplot

__all__ = ["SIGNS", "Mark", "draw_gallery", "load_small", "name_picture"]

# Okabe and Ito's colours, darkened to be read as text; the sign says the same without a colour.
SIGNS = {
    "found": ("✓", "#00694d", "found"),
    "false": ("+", "#b34700", "set by mistake"),
    "missed": ("−", "#0060a8", "missed"),
    "unknown": ("?", "#595959", "set, truth unknown"),
}
_PIXELS = 320
_GREY = "#595959"
_FONT_SIZE = 8
_LINE = 11.5
_CELL = 148
_GAP = 14
_HEAD = 38
_MARGIN = 8
_BETWEEN_MARKS = 8
_LONGEST_FILE_NAME = 18
# With the number and the ending.
_END_OF_FILE_NAME = 12
_SPACE = 3.5
# Few dots an inch make letters wider than they are.
_ROUNDING = 1.06


class Mark(NamedTuple):
    """A label below a picture.

    Parameters
    ----------
    state : {"found", "false", "missed", "unknown"}
        What became of it.
    name : str
        The label's name, cut if it is too long.
    score : str
        Its score.
    """

    state: str
    name: str
    score: str = ""


class _Word(NamedTuple):
    """A piece of text in one style; x is from the left of the cell, in points."""

    x: float
    text: str
    color: str
    weight: str


def draw_gallery(ax, *, pictures, captions, marks, title, legend, n_columns, max_lines=1):
    """Draw pictures with captions and marks.

    Parameters
    ----------
    ax : matplotlib Axes or None
        ``None`` makes a figure of the size that is needed.
    pictures : list of ndarray of shape (height, width, 3) or None
        ``None`` could not be read.
    captions : list of str
        A line above each picture's marks.
    marks : list of list of Mark
        What is below each picture.
    title : str
        Above all.
    legend : list of tuple (str, str)
        What the title is followed by, and its colours.
    n_columns : int
        Pictures side by side.
    max_lines : int
        The most lines of marks below a picture.

    Returns
    -------
    ax : matplotlib Axes
        A unit is a point, from the upper left corner.
    """
    import_pyplot()
    cell, most = _CELL, _CELL
    # The legend needs about two cells.
    width = _find_width(max(n_columns, 2))
    if ax is not None:
        # Text has the size it has, so pictures give way.
        box = ax.get_window_extent()
        width, room = (side * 72 / ax.figure.dpi for side in (box.width, box.height))
        cell = (width - 2 * _MARGIN - (n_columns - 1) * _GAP) / n_columns
    lines = [_flow(of_picture, cell, max_lines) for of_picture in marks]
    starts = range(0, len(pictures), n_columns)
    text_heights = [
        (1 + max(len(of_picture) for of_picture in lines[start : start + n_columns])) * _LINE + 4
        for start in starts
    ]
    if ax is not None:
        free = room - _HEAD - _MARGIN - sum(text_heights) - _GAP * len(text_heights)
        most = max(min(cell, free / max(len(text_heights), 1)), _LINE)
    sizes = [_fit(picture, cell, most) for picture in pictures]
    heights = [max(h for _, h in sizes[start : start + n_columns]) for start in starts]
    height = _HEAD + _MARGIN + sum(heights) + sum(text_heights) + _GAP * max(len(heights) - 1, 0)
    height = max(height, _HEAD + 2 * _LINE)
    ax = _prepare(ax, width, height)
    _write_head(ax, title, legend)
    top = _HEAD
    for start, picture_height, text_height in zip(starts, heights, text_heights, strict=True):
        for column, k in enumerate(range(start, min(start + n_columns, len(pictures)))):
            left = _MARGIN + column * (cell + _GAP)
            _draw_picture(ax, pictures[k], left, top + picture_height, *sizes[k])
            y = top + picture_height + _LINE
            caption = _cut(captions[k], "normal", cell)
            _write(ax, left, y, [_Word(0, caption, _GREY, "normal")])
            for words in lines[k]:
                y += _LINE
                _write(ax, left, y, words)
        top += picture_height + text_height + _GAP
    return ax


def load_small(image):
    """Return a picture small enough to be drawn, or None if it can't be read."""
    try:
        rgb = load_rgb(image, min_side=_PIXELS)
    except (OSError, ValueError, TypeError):
        return None
    rgb.thumbnail((_PIXELS, _PIXELS))
    return np.asarray(rgb)


def name_picture(image, row):
    """Return what a picture is called: the file's name, or the place in X of what is no file."""
    if isinstance(image, (str, os.PathLike)):
        name = as_line(os.path.basename(describe_source(image)))
        return cut_middle(name, _LONGEST_FILE_NAME, _END_OF_FILE_NAME)
    return f"[{row}]"


def _find_width(n_columns):
    return 2 * _MARGIN + n_columns * _CELL + (n_columns - 1) * _GAP


def _prepare(ax, width, height):
    if ax is None:
        figure = import_pyplot().figure(figsize=(width / 72, height / 72))
        ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(height, 0), aspect="equal", anchor="NW")
    ax.axis("off")
    return ax


def _write_head(ax, title, legend):
    ax.text(_MARGIN, 13, title, fontsize=10, weight="bold", va="baseline", parse_math=False)
    x = _MARGIN
    for text, color in legend:
        _write(ax, x, 27, [_Word(0, text, color, "normal")])
        x += _measure(text, "normal") + 2 * _BETWEEN_MARKS


def _draw_picture(ax, picture, left, bottom, width, height):
    if picture is None:
        from matplotlib.patches import Rectangle

        ax.add_patch(Rectangle((left, bottom - height), width, height, color="0.9"))
        ax.text(left + width / 2, bottom - height / 2, "can't be read", ha="center", va="center")
        return
    limits = ax.get_xlim(), ax.get_ylim()
    ax.imshow(picture, extent=(left, left + width, bottom, bottom - height), aspect="equal")
    ax.set(xlim=limits[0], ylim=limits[1])


def _write(ax, left, y, words):
    for word in words:
        ax.text(
            left + word.x,
            y,
            word.text,
            fontsize=_FONT_SIZE,
            color=word.color,
            weight=word.weight,
            va="baseline",
            parse_math=False,
        )


def _fit(picture, width, height):
    """Return the width and height of a picture in a box."""
    if picture is None:
        return width, min(width, height) * 0.75
    scale = min(width / picture.shape[1], height / picture.shape[0])
    return picture.shape[1] * scale, picture.shape[0] * scale


def _flow(marks, width, max_lines):
    """Return lines of words: marks one after the other, broken where the cell ends."""
    if not marks:
        return []
    lines, x = [[]], 0
    for k, mark in enumerate(marks):
        words, length = _compose(mark, width)
        if lines[-1] and x + length > width:
            lines.append([])
            x = 0
        if len(lines) > max_lines:
            lines.pop()
            _count_rest(lines[-1], len(marks) - k, width)
            break
        lines[-1] += [word._replace(x=word.x + x) for word in words]
        x += length + _BETWEEN_MARKS
    return lines


def _count_rest(line, n_left, width):
    """End a line by the number of marks that are left out, in the place of one if it is full."""
    # A mark is two words: its name and its score.
    while True:
        text = f"… {n_left} more"
        end = max((w.x + _measure(w.text, w.weight) + _BETWEEN_MARKS for w in line), default=0)
        if not line or end + _measure(text, "normal") <= width:
            line.append(_Word(end, text, _GREY, "normal"))
            return
        del line[-2:]
        n_left += 1


def _compose(mark, width):
    """Return the words of a mark, and their length."""
    sign, color, _ = SIGNS[mark.state]
    weight = "bold" if mark.state in ("false", "missed") else "normal"
    score_length = _SPACE + _measure(mark.score, "normal")
    text = _cut(f"{sign} {as_line(mark.name)}", weight, width - score_length)
    length = _measure(text, weight)
    words = [
        _Word(0, text, color, weight),
        _Word(length + _SPACE, mark.score, _GREY, "normal"),
    ]
    return words, length + score_length


def _cut(text, weight, width):
    """Return a text, its middle left out if it is too long."""
    shown, longest = text, len(text)
    while longest > 4 and _measure(shown, weight) > width:
        longest -= 1
        shown = cut_middle(text, longest)
    return shown


def _measure(text, weight):
    """Return the width of a text in points, spaces at its ends included."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    properties = FontProperties(weight=weight)
    width, _, _ = text_to_path.get_text_width_height_descent(text, properties, ismath=False)
    return _ROUNDING * width * _FONT_SIZE / properties.get_size_in_points()
