"""Images in a grid with captions and marks below them, in one axes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from skmlic.images import load_rgb
from skmlic.plots._captions import Mark
from skmlic.plots._style import check_axes, import_pyplot
from skmlic.plots._text_flow import FONT_SIZE, Word, cut_to_width, flow_marks, measure_text

__all__ = ["Cell", "draw_image_grid", "load_thumbnail"]

_PIXELS = 320
# Lengths in points.
_LINE = 11.5
_CELL = 148
_GAP = 14
_HEAD = 38
_MARGIN = 8
_BETWEEN_LEGEND_ENTRIES = 16


class Cell(NamedTuple):
    """An image with the text below it.

    Parameters
    ----------
    image : ndarray of shape (height, width, 3) or None
        The image; ``None`` if it can't be read.
    caption : str
        The first line of the text.
    marks : sequence of Mark, default=()
        The labels that follow the caption.
    """

    image: Any
    caption: str
    marks: Sequence[Mark] = ()


@dataclass(frozen=True)
class _Row:
    """The heights of a row of the grid in points, and its cells.

    Parameters
    ----------
    image_height : float
        Height of the highest image.
    text_height : float
        Height of the longest text.
    cells : list of tuple (Cell, size, lines)
        The cells, each with the width and height of its image and the lines of its marks.
    """

    image_height: float
    text_height: float
    cells: list[tuple[Cell, tuple[float, float], list[list[Word]]]]


@dataclass(frozen=True)
class _Layout:
    """The measures of a grid in points.

    Parameters
    ----------
    width, height : float
        Size of the whole grid.
    cell_width : float
        Width of a cell.
    rows : list of _Row
        The rows from the top.
    """

    width: float
    height: float
    cell_width: float
    rows: list[_Row]


def draw_image_grid(ax, cells, *, title, legend, n_columns, max_lines=1):
    """Draw images with captions and marks.

    Parameters
    ----------
    ax : matplotlib Axes or None
        The axes to draw on; ``None`` creates a figure of the size that is needed.
    cells : list of Cell
        The images, row by row.
    title : str
        Title of the grid.
    legend : list of tuple (str, str)
        Texts below the title, and their colors.
    n_columns : int
        Number of images per row.
    max_lines : int, default=1
        Largest number of lines of marks below an image.

    Returns
    -------
    ax : matplotlib Axes
        The axes, in units of a point with the origin in the upper left corner.
    """
    import_pyplot()
    layout = _measure(ax, cells, n_columns, max_lines)
    ax = _prepare(ax, layout.width, layout.height)
    _draw_head(ax, title, legend)
    top = _HEAD
    for row in layout.rows:
        bottom = top + row.image_height
        for column, (cell, size, lines) in enumerate(row.cells):
            left = _MARGIN + column * (layout.cell_width + _GAP)
            _draw_image(ax, cell.image, left, bottom, *size)
            caption = cut_to_width(cell.caption, "normal", layout.cell_width)
            for number, words in enumerate([[Word(0, caption)], *lines], start=1):
                _write(ax, left, bottom + number * _LINE, words)
        top = bottom + row.text_height + _GAP
    return ax


def load_thumbnail(image, value_range=None):
    """Return the pixels of an image at a small size, or None if it can't be read.

    Parameters
    ----------
    image : path, array, PIL image or bytes
        The image.
    value_range : tuple (black, white), default=None
        The values that mean black and white, as the estimator that reads the images has them.

    Returns
    -------
    pixels : ndarray of shape (height, width, 3), dtype uint8, or None
    """
    try:
        rgb = Image.fromarray(load_rgb(image, min_side=_PIXELS, value_range=value_range))
    except (OSError, ValueError, TypeError, ImportError):
        return None
    rgb.thumbnail((_PIXELS, _PIXELS))
    return np.asarray(rgb)


def _measure(ax, cells, n_columns, max_lines):
    """Return the layout of a grid, which fits into the given axes."""
    # The legend needs about the width of two cells.
    width = 2 * _MARGIN + (_CELL + _GAP) * max(n_columns, 2) - _GAP
    cell_width, free_height = _CELL, None
    check_axes(ax)
    if ax is not None:
        box = ax.get_window_extent()
        width, free_height = (side * 72 / ax.figure.dpi for side in (box.width, box.height))
        cell_width = (width - 2 * _MARGIN - (n_columns - 1) * _GAP) / n_columns
    lines = [flow_marks(cell.marks, cell_width, max_lines) for cell in cells]
    rows = [
        range(start, min(start + n_columns, len(cells)))
        for start in range(0, len(cells), n_columns)
    ]
    text_heights = [(1 + max(len(lines[k]) for k in row)) * _LINE + 4 for row in rows]
    most = cell_width
    if ax is not None:
        # The size of the text is fixed, so the images get the height that it leaves.
        free_height -= _HEAD + _MARGIN + sum(text_heights) + _GAP * len(rows)
        most = max(min(cell_width, free_height / max(len(rows), 1)), _LINE)
    sizes = [_fit(cell.image, cell_width, most) for cell in cells]
    measured = [
        _Row(
            max(sizes[k][1] for k in row),
            text_height,
            [(cells[k], sizes[k], lines[k]) for k in row],
        )
        for row, text_height in zip(rows, text_heights, strict=True)
    ]
    height = sum(row.image_height + row.text_height for row in measured)
    height += _HEAD + _MARGIN + _GAP * max(len(rows) - 1, 0)
    return _Layout(width, max(height, _HEAD + 2 * _LINE), cell_width, measured)


def _fit(image, width, height):
    """Return the width and height of an image that fits into a box."""
    if image is None:
        return width, min(width, height) * 0.75
    scale = min(width / image.shape[1], height / image.shape[0])
    return image.shape[1] * scale, image.shape[0] * scale


def _prepare(ax, width, height):
    if ax is None:
        figure = import_pyplot().figure(figsize=(width / 72, height / 72))
        ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(height, 0), aspect="equal", anchor="NW")
    ax.axis("off")
    return ax


def _draw_head(ax, title, legend):
    ax.text(_MARGIN, 13, title, fontsize=10, weight="bold", va="baseline", parse_math=False)
    x = _MARGIN
    for text, color in legend:
        _write(ax, x, 27, [Word(0, text, color)])
        x += measure_text(text) + _BETWEEN_LEGEND_ENTRIES


def _draw_image(ax, image, left, bottom, width, height):
    if image is None:
        from matplotlib.patches import Rectangle

        ax.add_patch(Rectangle((left, bottom - height), width, height, color="0.9"))
        ax.text(left + width / 2, bottom - height / 2, "can't be read", ha="center", va="center")
        return
    limits = ax.get_xlim(), ax.get_ylim()
    ax.imshow(image, extent=(left, left + width, bottom, bottom - height), aspect="equal")
    ax.set(xlim=limits[0], ylim=limits[1])


def _write(ax, left, y, words):
    for word in words:
        ax.text(
            left + word.x,
            y,
            word.text,
            fontsize=FONT_SIZE,
            color=word.color,
            weight=word.weight,
            va="baseline",
            parse_math=False,
        )
