"""The style of displays: colors, lines, grids of axes and shortened names."""

from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from skmlic._utils._numbers import describe
from skmlic._utils._text import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "COLORS",
    "as_line",
    "cut_middle",
    "import_pyplot",
    "line_styles",
    "make_axes",
    "make_grid",
    "put_legend_outside",
    "shorten",
    "size_for_bars",
    "write_values",
]

# The palette of Okabe and Ito can be told apart with color blindness. Black is left out because
# averages are black, and yellow because it is hard to see on white.
COLORS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9")
_LINES = ("-", "--", ":", "-.")
_LONGEST_NAME = 28
_BAR_INCHES = 0.22


def import_pyplot() -> ModuleType:
    """Return matplotlib.pyplot, or raise an error that tells how to install it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("Displays need matplotlib: pip install 'skmlic[plot]'") from error
    return plt


def check_axes(ax: Any) -> None:
    """Raise an error if an object is neither axes of Matplotlib nor ``None``."""
    if ax is not None and not isinstance(ax, import_pyplot().Axes):
        raise TypeError(
            f"ax is {describe(ax)}; expected one of the axes that plt.subplots() returns, or None."
        )


def make_axes(ax: "Axes | None" = None, *, width: float = 7.5, height: float = 4.8) -> Any:
    """Return the given axes, or those of a new figure with a size in inches."""
    plt = import_pyplot()
    check_axes(ax)
    if ax is None:
        _, ax = plt.subplots(figsize=(width, height), layout="constrained")
    return ax


def make_grid(
    ax: Any,
    n_rows: int,
    n_columns: int,
    *,
    width: float,
    height: float,
    height_ratios: Sequence[float] | None = None,
    share_x: bool = False,
) -> np.ndarray:
    """Return axes of shape (n_rows, n_columns), in a new figure or in place of given axes."""
    plt = import_pyplot()
    check_axes(ax)
    options = {"height_ratios": height_ratios}
    if ax is None:
        figure = plt.figure(figsize=(width, height), layout="constrained")
        grid = figure.add_gridspec(n_rows, n_columns, **options)
    elif ax.get_subplotspec() is None:
        raise ValueError(
            "ax has no place in a grid, and several axes can't replace it; expected axes of "
            "plt.subplots, or None."
        )
    else:
        ax.set_axis_off()
        grid = ax.get_subplotspec().subgridspec(n_rows, n_columns, **options)
        figure = ax.figure
    axes = np.empty((n_rows, n_columns), dtype=object)
    for row, column in np.ndindex(n_rows, n_columns):
        above = axes[0, column] if share_x else None
        axes[row, column] = one = figure.add_subplot(grid[row, column], sharex=above)
        if share_x and row < n_rows - 1:
            one.tick_params(labelbottom=False)
    return axes


def line_styles(n_lines: int) -> list[dict[str, Any]]:
    """Return the color and dashes of each line, all different for up to 24 lines."""
    return [
        {
            "color": COLORS[i % len(COLORS)],
            "linestyle": _LINES[i // len(COLORS) % len(_LINES)],
        }
        for i in range(n_lines)
    ]


def shorten(name: object, longest: int = _LONGEST_NAME) -> str:
    """Return the name of a label as it is drawn: without its middle if it is too long."""
    text = cut_middle(as_line(name), longest)
    # Matplotlib takes text between dollars for a formula, and omits names that begin with an
    # underscore from legends.
    text = text.replace("$", r"\$")
    return f" {text}" if text.startswith("_") else text


def as_line(name: object) -> str:
    """Return a name without line breaks and other characters that can't be drawn."""
    return printable(" ".join(str(name).split()))


def cut_middle(text: str, longest: int, n_last: int | None = None) -> str:
    """Return a text without its middle if it is longer than a number of characters.

    Parameters
    ----------
    text : str
        The text.
    longest : int
        Largest number of characters.
    n_last : int, default=None
        Number of characters that are kept at the end. ``None`` is a third of ``longest``.

    Returns
    -------
    text : str
    """
    if len(text) <= longest:
        return text
    # Long names differ at their ends as often as at their beginnings.
    n_last = longest // 3 if n_last is None else n_last
    return f"{text[: longest - 1 - n_last]}…{text[len(text) - n_last :]}"


def write_values(ax: Any, bars: Any, texts: Sequence[str]) -> None:
    """Write a text at the end of each horizontal bar, on a background that hides lines."""
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5}
    ax.bar_label(bars, labels=texts, padding=4, fontsize="small", bbox=box)


def size_for_bars(n_bars: int) -> dict[str, float]:
    """Return the size in inches of a figure with a number of horizontal bars."""
    return {"width": 6.5, "height": 1.3 + _BAR_INCHES * max(n_bars, 4)}


def put_legend_outside(ax: Any) -> None:
    """Place the legend to the right of the axes, where it hides nothing."""
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0, fontsize="small")
