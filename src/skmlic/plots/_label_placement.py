"""Placement of the labels of points, where they hide the least."""

import numpy as np

__all__ = ["compute_overlap", "place_labels"]

_DISTANCES = (7, 12, 18, 26, 36)
# Offsets (horizontal, vertical) of a label from its point, in points, the nearest first.
_OFFSETS = [
    (side_x * distance, side_y * distance)
    for distance in _DISTANCES
    for side_x, side_y in ((1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1), (-1, 0), (0, 1), (0, -1))
]
_POINT_RADIUS = 5


def place_labels(ax, labels, x, y, errors, colors):
    """Write the label of each point where it hides the least.

    Parameters
    ----------
    ax : matplotlib Axes
        Axes with the points.
    labels : sequence of str of shape (n_points,)
        The labels.
    x, y : ndarray of shape (n_points,)
        Coordinates of the points.
    errors : ndarray of shape (n_points,)
        Half the lengths of the vertical error bars.
    colors : sequence of shape (n_points,)
        Colors of the labels.

    Returns
    -------
    texts : list of matplotlib Annotation
    """
    # The points must not move afterwards, so the limits are fixed and the layout is computed.
    ax.set(xlim=ax.get_xlim(), ylim=ax.get_ylim())
    ax.figure.draw_without_rendering()
    taken = _locate_points(ax, x, y, errors)
    texts = [None] * len(labels)
    # The upper one of two close points comes first, so that its label is above that of the other.
    for index in np.argsort(-y):
        point = (x[index], y[index])
        texts[index] = _place_label(ax, labels[index], point, colors[index], taken)
        taken.append(texts[index].get_window_extent().extents)
    return texts


def compute_overlap(box, other):
    """Return the area of the intersection of two boxes (left, bottom, right, top)."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    return max(width, 0) * max(height, 0)


def _locate_points(ax, x, y, errors):
    """Return boxes in pixels around points and their error bars."""
    pixels_per_point = ax.figure.dpi / 72
    radius = _POINT_RADIUS * pixels_per_point
    points = ax.transData.transform(np.column_stack([x, y]))
    boxes = [(px - radius, py - radius, px + radius, py + radius) for px, py in points]
    lows, highs = (
        ax.transData.transform(np.column_stack([x, y + side]))[:, 1] for side in (-errors, errors)
    )
    return boxes + [
        (px - pixels_per_point, low, px + pixels_per_point, high)
        for (px, _), low, high in zip(points, lows, highs, strict=True)
    ]


def _place_label(ax, label, point, color, taken):
    """Write a label at the first offset that hides nothing, or at the one that hides least."""
    text = ax.annotate(
        label,
        point,
        xytext=_OFFSETS[0],
        textcoords="offset points",
        fontsize="small",
        color=color,
    )
    inside = ax.get_window_extent().extents
    hidden = []
    for offset in _OFFSETS:
        _move(text, offset)
        box = text.get_window_extent().extents
        overlaps = sum(compute_overlap(box, other) for other in taken)
        hidden.append(overlaps + _compute_excess(box, inside))
        if not hidden[-1]:
            break
    offset = _OFFSETS[int(np.argmin(hidden))]
    _move(text, offset)
    if max(map(abs, offset)) > _DISTANCES[0]:
        _draw_leader(ax, point, offset, color)
    return text


def _draw_leader(ax, point, offset, color):
    """Draw a line from a point to its distant label."""
    style = {"arrowstyle": "-", "linewidth": 0.6, "color": color, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", point, xytext=offset, textcoords="offset points", arrowprops=style)


def _move(text, offset):
    text.set_position(offset)
    text.set_horizontalalignment({1: "left", 0: "center", -1: "right"}[int(np.sign(offset[0]))])
    text.set_verticalalignment({1: "bottom", 0: "center", -1: "top"}[int(np.sign(offset[1]))])


def _compute_excess(box, inside):
    """Return the area of a box outside of another one."""
    return (box[2] - box[0]) * (box[3] - box[1]) - compute_overlap(box, inside)
