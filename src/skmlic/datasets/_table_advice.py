"""What to pass instead, for tables that cannot be read as they are."""

import pandas as pd

from skmlic._utils._image_files import is_image_name
from skmlic.datasets._cell_values import normalize
from skmlic.datasets._files import locate
from skmlic.datasets._text_tables import as_text

_YES, _NO = {"yes", "y", "t", "x", "positive", "present"}, {"no", "n", "f", "negative", "absent"}
_MISSING = {"", "?", "-", "nan", "na", "n/a", "none", "null", "unknown", "<na>", "nat"}
_N_NAMES = 10


def advise_on_value(labels, texts, is_right, row, column, *, are_listed):
    """Return what to pass if a cell is no value.

    Parameters
    ----------
    labels, texts : DataFrame of str
        The cells, and their normalized texts.
    is_right : DataFrame of bool
        Whether a cell is a value.
    row, column : object
        The place of a cell that is none.
    are_listed : bool
        Whether the cells come from lists in a single column.
    """
    value, text = labels.at[row, column], texts.at[row, column]
    wrong = set(texts[~is_right].stack().dropna())
    if text == "-1":
        has_zero = bool(texts.isin(["0", "false"]).to_numpy().any())
        no = "if it means no, pass negative=-1"
        missing = "if it means that the label is missing, pass na_values=-1"
        first, second = (missing, no) if has_zero else (no, missing)
        return f"{first[0].upper()}{first[1:]}; {second}."
    words = wrong & (_YES | _NO)
    if words and wrong <= words | {""} and not are_listed:
        return _advise_on_words(labels, texts, is_right)
    if text in _MISSING:
        return (
            f"If it means that the label is missing, pass na_values={value!r}; if it means no, "
            f"pass negative={value!r}."
        )
    if are_listed:
        return "Write 1 for yes and 0 for no."
    return (
        _advise_on_numbers(texts, is_right)
        or _advise_on_two_words(labels, texts, is_right)
        or _advise_on_column(texts, is_right, column, value)
    )


def _advise_on_numbers(texts, is_right):
    """Return how to convert probabilities or counts, or "" if the cells are neither."""
    numbers = pd.to_numeric(texts[~is_right].stack().dropna(), errors="coerce")
    wrong = [name for name in texts.columns if not is_right[name].all()]
    if numbers.between(0, 1).all():
        what, condition = "probabilities, decide which mean yes:", ">= 0.5"
    elif (numbers > 0).all() and is_right[wrong].any().all():
        what, condition = "counts,", "> 0"
    else:
        return ""
    return (
        f"If they are {what} pass csv=table.assign(**{{name: table[name].astype(float) {condition} "
        f"for name in {wrong}}}), where table is the DataFrame that you read."
    )


def _advise_on_two_words(labels, texts, is_right):
    """Return how to replace two words in several columns, or "" if there are others."""
    words = texts[~is_right].stack().dropna()
    counts = words[words != ""].value_counts()
    if labels.shape[1] == 1 or len(counts) != 2 or is_right.any().any():
        return ""
    common, rare = counts.index
    spelled = {cell: "01"[normalize(cell) == rare] for cell in sorted(set(labels.stack())) if cell}
    return (
        f"If {rare!r} means yes and {common!r} means no, pass csv=table.replace({spelled}), where "
        "table is the DataFrame that you read with dtype=str and keep_default_na=False; if it is "
        "the other way round, exchange '0' and '1'."
    )


def _advise_on_words(labels, texts, is_right):
    spelled = labels[~is_right].stack().dropna().dropna()
    changed = {
        cell: "1" if normalize(cell) in _YES else "0" for cell in sorted(set(spelled), reverse=True)
    }
    single = (
        f" If {labels.columns[0]!r} holds the names of labels, pass "
        f"label_column={labels.columns[0]!r}."
        if labels.shape[1] == 1
        else ""
    )
    return (
        f"Write 1 for yes and 0 for no: pass csv=table.replace({changed}), where table is the "
        f"DataFrame that you read with dtype=str and keep_default_na=False.{single}"
    )


def _advise_on_column(texts, is_right, column, value):
    right = [name for name in texts.columns if is_right[name].all()]
    other = [name for name in texts.columns if name not in right]
    if is_image_name(value.replace("\\", "/").rpartition("/")[2]):
        return f"If {column!r} holds the file names, pass path_column={column!r}."
    cells = texts[column][~is_right[column]]
    digits = cells.str.fullmatch("[01]{2,}").all() and cells.map(len).nunique() == 1
    advice = []
    if texts.shape[1] == 1 and digits:
        advice.append(
            f"If each digit is the value of a label, pass csv=table.assign(**{{{column!r}: "
            f"table[{column!r}].map(';'.join)}}), where table is the DataFrame that you read with "
            "dtype=str"
        )
        advice.append(
            f"if it is the name of a label, pass label_column={column!r}, "
            f"label_names={sorted(set(cells))}"
        )
        return "; ".join(advice) + "."
    if right:
        names = (
            f"name those that are: label_names={right}"
            if len(right) <= _N_NAMES
            else f"leave it out: csv=table.drop(columns={other}), where table is the DataFrame "
            "that you read"
        )
        advice.append(f"if {column!r} is not a label, {names}")
    if not is_right[column].any() or texts.shape[1] == 1:
        advice.append(f"if {column!r} holds the names of labels, pass label_column={column!r}")
    if not advice:
        advice.append("write 1 for yes and 0 for no")
    text = "; ".join(advice)
    return f"{text[0].upper()}{text[1:]}."


def advise_merging(names, labels, is_value, label_sep):
    """Return how to merge the rows of an image.

    Parameters
    ----------
    names : Series of str
        The column of the file names.
    labels : DataFrame of str
        The other columns that are read.
    is_value : DataFrame of bool
        Whether a cell is a value.
    label_sep : str or None
        The separator of the names in the only column of labels; None if columns have values.
    """
    path, where = names.name, "where table is the DataFrame that you read"
    if names.is_unique:
        return f"Write the name of the image in {path!r} in the same way in all of its rows."
    if label_sep is not None:
        return (
            "To give each image all labels of its rows, pass "
            f"csv=table.groupby({path!r}, as_index=False)"
            f"{_join(labels.columns[0], label_sep)}, label_sep={label_sep!r}, {where}."
        )
    valued = is_value.all()
    texts = [name for name in labels.columns if not valued[name]]
    if not texts:
        return (
            "To give each image all labels of its rows, pass "
            f"csv=table.groupby({path!r}, as_index=False).max(), {where}."
        )
    label = max(texts, key=lambda name: labels[name].nunique())
    value = next((name for name in labels.columns if valued[name]), None)
    if value is None:
        return (
            f"If {label!r} holds the names of labels, pass csv=table.groupby({path!r}, "
            f"as_index=False){_join(label, ';')}, label_column={label!r}, label_sep=';', {where}."
        )
    return (
        f"If each row has one label of an image, {label!r}, and its value, {value!r}, pass "
        f"csv=table.pivot_table(index={path!r}, columns={label!r}, values={value!r}, "
        f"aggfunc='max').reset_index(), na_values='', {where}."
    )


def _join(column, separator):
    return f"[{column!r}].agg(lambda names: {separator!r}.join(names.dropna().astype(str)))"


def advise_on_paths(table, path_column, folder, csv):
    """Return what to pass if no image of a table is found.

    Parameters
    ----------
    table : DataFrame of str
        The table.
    path_column : str
        The column of the file names.
    folder : str
        The folder of the images.
    csv : object
        The table as it was passed, whose index is looked at if it is a frame.
    """
    if _has_images(table[path_column], folder):
        return ""
    if isinstance(csv, pd.DataFrame) and _has_images(csv.index.to_series().map(as_text), folder):
        return "The file names are the index of the frame: pass csv=frame.reset_index()."
    for column in table.columns:
        if column != path_column and _has_images(table[column], folder):
            return f"The file names are in the column {column!r}: pass path_column={column!r}."
    if _has_images(table[path_column].str.replace("\\", "/").str.rpartition("/")[2], folder):
        return (
            "The folder has the last parts of the names only: pass csv=table.assign(**{"
            f"{path_column!r}: table[{path_column!r}].str.replace({chr(92)!r}, '/').str.rpartition("
            f"'/')[2]}}), path_column={path_column!r}, where table is the DataFrame that you read."
        )
    return (
        f"Is it the folder that the names in the column {path_column!r} are relative to? If they "
        "are in another column, pass path_column='NAME'."
    )


def _has_images(cells, folder):
    """Return whether one of the first cells names an image in a folder."""
    try:
        locate(cells[cells != ""].head(10), folder, "drop", source="the table")
    except FileNotFoundError:
        return False
    return bool((cells != "").any())
