"""The description of a data set."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from skmlic.datasets._report_text import write_text
from skmlic.metrics import ImbalanceSummary


@dataclass(frozen=True, repr=False, eq=False)
class DatasetReport:
    """The result of :func:`describe_dataset`, which ``print(report)`` shows as text.

    Attributes
    ----------
    paths : list of str
        The images.

    Y : DataFrame of shape (n_images, n_labels), dtype float
        The labels: 0, 1 and NaN.

    value_range : tuple (black, white) or None
        The parameter of :func:`describe_dataset`.

    has_features : bool
        Whether features were passed, so that near-duplicates were looked for.

    n_others : int
        Number of images of the other set that these were compared with.

    folder : str or None
        The folder of the images, if it is known.

    n_images, n_labels : int
        Shape of Y.

    missing : list of str
        Names of images that the reader left out because their files are missing.

    unlisted : list of str
        Paths of images in the folder, or below it, that no row names.

    unreadable : DataFrame of shape (n_unreadable, 3)
        Images that cannot be read, for which training would raise an error: ``row``, ``path`` and
        ``reason``.

    duplicates : DataFrame of shape (n_duplicates, 4)
        Images whose files have the same content as another's: ``group``, ``row``, ``path``, and
        ``differing``, the list of the labels that differ within the group.

    near_duplicates : DataFrame of shape (n_pairs, 6)
        Pairs of images whose features are nearly parallel although their files are not identical,
        by decreasing similarity: ``first``, ``second``, ``similarity``, ``differing``,
        ``first_path`` and ``second_path``. It is empty if no features were passed.

    similar_in_other : DataFrame of shape (n_pairs, 4)
        Images that have a copy, or a nearly parallel image, in the other set, by decreasing
        similarity: ``row``, ``path``, ``other_path`` and ``similarity``.

    in_blocks : list of str
        Labels whose images come in blocks of rows: from row to row, the label changes less than
        half as often as in random order. Splitting such data without shuffling separates the
        labels; splitting it with shuffling can put images of one scene into both parts.

    sizes : DataFrame of shape (3, 2)
        The smallest, the median and the largest ``width`` and ``height`` in pixels, after rotation
        according to EXIF.

    labels : DataFrame of shape (n_labels, 6)
        For each label, the numbers of its ``positive``, ``negative`` and ``missing``
        entries; ``frequency``, the fraction of positives among the entries that are not missing;
        ``ir_lbl``, the number of positives of the most frequent label divided by its own; and
        ``remark``: "never", "once", "always" (never negative) or "".

    labels_per_image : Series of dtype int64
        The numbers of images with 0, 1, … labels.

    pairs : DataFrame of shape (n_pairs, 4)
        Pairs of labels that occur together, most frequent first: ``label``, ``other``, ``count``,
        and ``lift``, the count divided by its expected value if the labels were independent.

    imbalance : ImbalanceSummary
        The result of :func:`skmlic.metrics.imbalance_summary`, where missing labels count as
        negative.
    """

    paths: list[str]
    Y: pd.DataFrame
    value_range: tuple[float, float] | None
    has_features: bool
    n_others: int
    folder: str | None
    n_images: int
    n_labels: int
    missing: list[str]
    unlisted: list[str]
    unreadable: pd.DataFrame
    duplicates: pd.DataFrame
    near_duplicates: pd.DataFrame
    similar_in_other: pd.DataFrame
    in_blocks: list[str]
    sizes: pd.DataFrame
    labels: pd.DataFrame
    labels_per_image: pd.Series
    pairs: pd.DataFrame
    imbalance: ImbalanceSummary

    def __repr__(self) -> str:
        return (
            f"<DatasetReport: n_images={self.n_images}, n_labels={self.n_labels}, "
            f"{len(self.unreadable)} unreadable, {len(self.duplicates)} duplicates>"
        )

    def __str__(self) -> str:
        return write_text(self)

    def frame(self) -> pd.DataFrame:
        """Return a row per label: counts, frequency, imbalance ratio and remark."""
        return self.labels.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return the report as lists, dicts, numbers and text, which ``json.dump`` accepts.

        Frames become lists of dicts. Infinite and undefined values become None. ``paths`` and
        ``Y``, which are no results, are left out.
        """
        names = [field.name for field in fields(self) if field.name not in ("paths", "Y")]
        return {name: _to_plain(getattr(self, name)) for name in names}


def _to_plain(value):
    """Return a value as the types of JSON."""
    if isinstance(value, pd.DataFrame):
        index = [] if isinstance(value.index, pd.RangeIndex) else [value.index.name or "index"]
        value = (value.rename_axis(index[0]).reset_index() if index else value).to_dict("records")
    elif isinstance(value, pd.Series):
        value = value.to_dict()
    elif isinstance(value, ImbalanceSummary):
        skipped = ("labels", "pair_counts")
        value = {f.name: getattr(value, f.name) for f in fields(value) if f.name not in skipped}
    if isinstance(value, dict):
        return {str(key): _to_plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_to_plain(entry) for entry in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
