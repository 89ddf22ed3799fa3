"""Tables that ``skmlic predict`` has written, with escaped names."""

import pandas as pd

from skmlic._utils._cell_names import HEADER, SEPARATOR, unescape_name
from skmlic.datasets._files import find_image


def is_prediction_table(table: pd.DataFrame) -> bool:
    """Tell whether a table has the columns of predictions, so that names in it may be escaped."""
    return table.columns[:2].tolist() == HEADER


def unescape_table(table: pd.DataFrame, folder: str, outside: str) -> pd.DataFrame:
    """Return a table with the names of labels in its header, and those of images in its rows.

    A name of an image is left as it is if there is no image with the unescaped one. The column of
    labels is unescaped by :func:`unescape_labels`, after it has been split.

    Parameters
    ----------
    table : DataFrame of str
        The table.
    folder, outside : str
        The folder of the images, and whether names may lead out of it, as for :func:`find_image`.
    """

    def unescape_path(cell):
        name = unescape_name(cell)
        return cell if name == cell or find_image(name, folder, outside) is None else name

    names = [unescape_name(name, SEPARATOR) for name in table.columns]
    table = table.set_axis(names, axis=1)
    paths = list(map(unescape_path, table.iloc[:, 0]))
    table.isetitem(0, pd.Series(paths, index=table.index, dtype=object))
    return table


def unescape_labels(rows: pd.Series) -> pd.Series:
    """Return the names of labels in lists."""
    return rows.map(lambda names: [unescape_name(name, SEPARATOR) for name in names])
