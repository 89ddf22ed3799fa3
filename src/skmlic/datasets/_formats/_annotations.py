"""From the names of images and labels, as a format has them, to the result of a reader."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from skmlic._utils._labels import find_labels
from skmlic._utils._text import join_first
from skmlic.datasets._data import LabelledImages, binarize, make_data
from skmlic.datasets._files import check_distinct, list_images, locate
from skmlic.datasets._label_spelling import warn_of_none
from skmlic.datasets._parameter_checks import check_label_names, check_option


@dataclass
class Annotations:
    """The images and labels of a file or folder.

    Parameters
    ----------
    names : sequence of str, or of lists of str
        The names of the image files; a list has several spellings, the most likely one first.
    labels : sequence of collections of str, or DataFrame
        The names of the labels of each image, or columns of 0, 1 and NaN.
    known : sequence of str or None
        All labels that the format declares, in order; None if it only has those that occur.
    source, unit : str
        The words for where the names come from and for one of them, for error messages.
    advice : str
        The remedy if two names are those of one image.
    """

    names: Sequence[str | list[str]]
    labels: Sequence[Collection[str]] | pd.DataFrame
    known: Sequence[str] | None = None
    source: str = "the file"
    unit: str = "entry"
    advice: str = ""


def load_annotations(
    annotations: Annotations,
    folder: str,
    label_names: Sequence[str] | None,
    missing: str,
    outside: str | None = None,
) -> LabelledImages:
    """Find the files of the images, and return the result of a reader.

    Parameters
    ----------
    annotations : Annotations
        What was read.
    folder : str
        The folder of the images. It is searched with its subfolders for names without a folder.
    label_names : sequence of str or None
        The labels of the result, in order.
    missing : {"raise", "drop"}
        Whether missing images raise an error or are left out.
    outside : {"missing", "allow", None}, default=None
        What names are that lead out of the folder, as for :func:`locate`.
    """
    check_option("missing", missing, ["raise", "drop"])
    if label_names is not None:
        label_names = check_label_names(label_names)
    source, unit = annotations.source, annotations.unit
    if not len(annotations.names):
        raise ValueError(f"There is no image in {source}.")
    names = find_spellings(annotations.names, folder)
    paths, lost = locate(names, folder, missing, outside, source=source, unit=unit)
    check_distinct(names, paths, source=source, unit=unit, advice=annotations.advice)
    labels = annotations.labels
    if not isinstance(labels, pd.DataFrame):
        kept = [labels[row] for row in paths.index]
        labels = binarize(kept, annotations.known or label_names, paths.index)
        if annotations.known is None and label_names is not None:
            return make_data(paths, labels, folder=folder, missing=lost)
    else:
        labels = labels.set_axis(names.index).loc[paths.index]
    if label_names is None:
        warn_of_none(labels.columns)
    else:
        found = labels.columns.tolist()
        labels = labels.iloc[:, find_labels(label_names, found, "label_names")]
    return make_data(paths, labels, folder=folder, missing=lost)


def to_values(
    votes: Sequence[Sequence[Collection[str]]], label_names: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return labels that several annotations of each image agree on.

    Parameters
    ----------
    votes : sequence of sequences of collections of str
        For each image, the names of the labels in each of its annotations, of which there must be
        at least one.
    label_names : sequence of str, default=None
        Labels that have a column in any case.

    Returns
    -------
    values : DataFrame of shape (n_images, n_labels)
        1 if all annotations of an image have the label, 0 if none has it, otherwise NaN. The labels
        are those that occur and those of `label_names`, sorted.
    """
    occurring = {label for sets in votes for labels in sets for label in labels}
    columns = sorted(occurring.union(label_names or ()))
    if not columns:
        raise ValueError(
            "No image has any label, expected at least one; or pass label_names=['sea', 'trees']."
        )
    positions = {label: column for column, label in enumerate(columns)}
    fractions = np.zeros((len(votes), len(columns)))
    for row, sets in enumerate(votes):
        for labels in sets:
            for label in set(labels):
                fractions[row, positions[label]] += 1 / len(sets)
    values = np.where(np.isclose(fractions, 1), 1.0, np.where(fractions == 0, 0.0, np.nan))
    return pd.DataFrame(values, columns=columns)


def find_spellings(names: Sequence[str | list[str]], folder: str) -> pd.Series:
    """Return the spelling of each name that is in the folder, or the first if none is."""
    spellings = pd.Series(
        [[name] if isinstance(name, str) else list(name) for name in names], dtype=object
    )
    result = pd.Series([forms[0] for forms in spellings], dtype=object)
    left = spellings.index
    for number in range(spellings.map(len).max()):
        forms = {row: spellings[row] for row in left}
        tried = {row: names[number] for row, names in forms.items() if len(names) > number}
        tried = pd.Series(tried, index=list(tried), dtype=object)
        found = tried[_list_found(tried, folder)]
        result[found.index] = found
        left = left.difference(found.index)
    bare = {
        row: form for row in left for form in spellings[row] if "/" not in form and "\\" not in form
    }
    if bare:
        below = _index_names(folder)
        for row, form in bare.items():
            places = below.get(form, [])
            if len(places) > 1:
                raise ValueError(
                    f"{folder!r} has several images called {form!r}: "
                    f"{join_first(map(repr, places))}. Pass the folder that contains the right one."
                )
            if places:
                result[row] = places[0]
    return result


def _list_found(names, folder):
    """Return the rows of the names that are in the folder."""
    if names.empty:
        return names.index
    try:
        return locate(names, folder, "drop", source="")[0].index
    except FileNotFoundError:
        return names.index[:0]


def _index_names(folder):
    """Return the paths, relative to a folder, of all images in its subfolders by their names."""
    below = defaultdict(list)
    for path in list_images(folder):
        place = Path(path)
        relative = place.relative_to(folder).as_posix()
        for name in {place.name, place.stem}:
            below[name].append(relative)
    return below
