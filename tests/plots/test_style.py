"""Style of displays."""

import matplotlib.pyplot as plt
import pytest

from skmlic.plots._style import line_styles, make_grid, shorten


def test_axes_without_a_grid():
    figure = plt.figure()
    with pytest.raises(ValueError, match="ax has no place in a grid"):
        make_grid(figure.add_axes((0, 0, 1, 1)), 2, 1, width=1, height=1)


def test_styles_and_names():
    styles = [tuple(style.values()) for style in line_styles(24)]
    assert len(set(styles)) == 24
    assert shorten("sea") == "sea"
    long = "a very long name of a label, number 12"
    assert shorten(long) == "a very long name o…number 12"
    assert len(shorten(long)) == 28
    assert shorten("$a$ b") == r"\$a\$ b"
    assert shorten(long.replace(" ", "\n")) == shorten(long)
