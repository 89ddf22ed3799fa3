"""What displays look alike in: colours, lines, grids of axes, names that fit."""

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "COLOURS",
    "as_line",
    "cut_middle",
    "draw_in_grey",
    "import_pyplot",
    "line_styles",
    "make_axes",
    "make_grid",
    "put_legend_outside",
    "shorten",
    "size_for_bars",
    "write_values",
]

# Okabe and Ito's palette, which the colour-blind can tell apart, without black, which is for
# averages, and without yellow, which is hard to see on white.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9")
_LINES = ("-", "--", ":", "-.")
_LONGEST_NAME = 28
_BAR_INCHES = 0.22


def import_pyplot() -> ModuleType:
    """Return matplotlib.pyplot, or say how to install it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("Displays need matplotlib: pip install 'skmlic[plot]'") from error
    return plt


def make_axes(ax: "Axes | None" = None, *, width: float = 7.5, height: float = 4.8) -> Any:
    """Return the axes given, or those of a new figure whose size is in inches."""
    plt = import_pyplot()
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
    """Return axes of shape (n_rows, n_columns), of a new figure or in place of the axes given."""
    plt = import_pyplot()
    options = {"height_ratios": height_ratios}
    if ax is None:
        figure = plt.figure(figsize=(width, height), layout="constrained")
        grid = figure.add_gridspec(n_rows, n_columns, **options)
    elif ax.get_subplotspec() is None:
        raise ValueError(
            "ax has no place in a grid, which several axes could share; expected axes of "
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
    """Return colour and dashes of lines, all different up to 24 of them."""
    return [
        {
            "color": COLOURS[i % len(COLOURS)],
            "linestyle": _LINES[i // len(COLOURS) % len(_LINES)],
        }
        for i in range(n_lines)
    ]


def draw_in_grey(draw: Callable[..., Any], curves: Sequence[Any]) -> None:
    """Draw the curves that are not told apart, all under one entry of the legend."""
    text = f"{len(curves)} other label{'s' * (len(curves) > 1)}"
    for number, curve in enumerate(curves):
        label = None if number else text
        draw(curve, label=label, color="0.8", linewidth=0.7, zorder=1)


def shorten(name: object, longest: int = _LONGEST_NAME) -> str:
    """Return a label's name to be drawn, without its middle if it would take the curves' place."""
    text = cut_middle(as_line(name), longest)
    # Matplotlib takes dollars for formulas, and leaves what begins with _ out of legends.
    text = text.replace("$", r"\$")
    return f" {text}" if text.startswith("_") else text


def as_line(name: object) -> str:
    """Return a name without line breaks."""
    return " ".join(str(name).split())


def cut_middle(text: str, longest: int, n_last: int | None = None) -> str:
    """Return a text of at most so many characters, without its middle if it is longer.

    Of its end so many are left, by default a third.
    """
    if len(text) <= longest:
        return text
    # Long names differ at their end as often as at their beginning.
    n_last = longest // 3 if n_last is None else n_last
    return f"{text[: longest - 1 - n_last]}…{text[len(text) - n_last :]}"


def write_values(ax: Any, bars: Any, texts: Sequence[str]) -> None:
    """Write a text at the end of each horizontal bar, readable also on a line."""
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5}
    ax.bar_label(bars, labels=texts, padding=4, fontsize="small", bbox=box)


def size_for_bars(n_bars: int) -> dict[str, float]:
    """Return the size in inches of a figure with so many horizontal bars."""
    return {"width": 6.5, "height": 1.3 + _BAR_INCHES * max(n_bars, 4)}


def put_legend_outside(ax: Any) -> None:
    """Write the legend beside the axes, where it hides nothing."""
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0, fontsize="small")
