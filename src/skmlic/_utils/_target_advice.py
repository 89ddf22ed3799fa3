"""Advice for targets in a form that has to be converted."""

import re

import numpy as np
import pandas as pd
from scipy import sparse

# Characters that may separate labels in a string.
_SEPARATORS = (";", "|", ",")
# A list of 0 and 1 in a string, such as "1,0,1" or "[1 0 1]".
_MULTI_HOT = re.compile(r"\s*[\[(]?\s*[01](?:\s*[,;|\s]\s*[01])+\s*[\])]?\s*")
_WORDS = {"yes", "no", "y", "n", "true", "false", "t", "f"}


def is_collection(entry):
    """Return whether an entry of y holds several labels: a list, an array, a set or a dict."""
    return pd.api.types.is_list_like(entry)


def spell(Y):
    """Return the code of an array or pandas frame with the entries of Y."""
    if sparse.issparse(Y):
        return "Y.toarray()"
    if getattr(Y, "ndim", None) == 1 or (isinstance(Y, (list, tuple)) and np.ndim(Y[0]) == 0):
        return "np.asarray(Y).reshape(-1, 1)"
    if isinstance(Y, (np.ndarray, pd.DataFrame)):
        return "Y"
    if hasattr(Y, "columns") and hasattr(Y, "to_dict"):
        return "pd.DataFrame(Y.to_dict(as_series=False))"
    return "np.asarray(Y)"


def advise_unpacking(entries, code):
    """Return how to convert a column of lists, by what they hold.

    Parameters
    ----------
    entries : list of object
        The entries, some of which are collections.
    code : str
        Code of the column.
    """
    rows = [entry for entry in entries if is_collection(entry)]
    if any(isinstance(row, dict) for row in rows):
        return (
            "Each entry is a dict. If it has the values of labels, write "
            f"pd.DataFrame(list({code}))."
        )
    if len(rows) < len(entries):
        gap = next(entry for entry in entries if not is_collection(entry))
        return (
            f"Some entries are lists, but another is {gap!r}. Give each sample a list, an empty "
            "one if it has no label; then write "
            f"sklearn.preprocessing.MultiLabelBinarizer().fit_transform({code})."
        )
    if holds_values(rows):
        return f"Each entry holds the values of all labels: write np.stack({code})."
    return (
        "Each entry lists the labels of a sample: write "
        f"sklearn.preprocessing.MultiLabelBinarizer().fit_transform({code})."
    )


def holds_values(rows):
    """Return whether collections are rows of 0, 1 and NaN of the same length."""
    if any(isinstance(row, (set, frozenset)) for row in rows):
        return False
    if len({len(row) for row in rows}) != 1 or not len(rows[0]):
        return False
    values = [value for row in rows for value in row]
    return all(
        not isinstance(value, str) and np.ndim(value) == 0 and (value in (0, 1) or value != value)
        for value in values
        if value is not None
    )


def advise_texts(entries, form):
    """Return how to convert entries that are strings or missing, or "" if that is unknown.

    Parameters
    ----------
    entries : list of object
        The entries.
    form : object
        Y as it was passed.
    """
    code = spell(form)
    words = {entry for entry in entries if isinstance(entry, str)}
    if all(map(_is_number, words)):
        return f" For numbers as text write {code}.astype(float)."
    if len(words) != 2 or any(sep in word for sep in _SEPARATORS for word in words):
        return ""
    # The positive word comes later in the alphabet: no and yes, false and true, absent and present.
    yes = max(words)
    if all(isinstance(entry, str) for entry in entries):
        changed = f"({code} == {yes!r}).astype(int)"
    elif hasattr(form, "columns"):
        changed = f"({code} == {yes!r}).astype(float).where({code}.notna())"
    else:
        changed = f"np.where(pd.isna({code}), np.nan, {code} == {yes!r})"
    return f" If {yes!r} stands for 1, write {changed}."


def holds_words(texts):
    """Return whether texts are values rather than names: numbers, or "yes" and "no"."""
    return all(_is_number(text) or text.strip().lower() in _WORDS for text in texts)


def is_multi_hot(texts):
    """Return whether each text is a list of 0 and 1, and all are of the same length."""
    if not texts or not all(isinstance(text, str) and _MULTI_HOT.fullmatch(text) for text in texts):
        return False
    return len({len(re.findall("[01]", text)) for text in texts}) == 1


def advise_splitting(texts, code="pd.Series(y)"):
    """Return advice if strings look like lists of labels, otherwise "".

    Parameters
    ----------
    texts : list of object
        The distinct entries.
    code : str, default="pd.Series(y)"
        Code of a series of them.
    """
    texts = [text for text in texts if isinstance(text, str)]
    if is_multi_hot(texts):
        array = code.removeprefix("pd.Series(").removesuffix(")") if "pd.Series(" in code else code
        return (
            " Each string lists the values of labels: write "
            f"np.array([[int(c) for c in text if c in '01'] for text in {array}])."
        )
    found = next((sep for sep in _SEPARATORS if any(sep in text for text in texts)), None)
    if found is None:
        return ""
    if all(text.count(found) == text.count(f"{found} ") for text in texts):
        found = f"{found} "
    return (
        " If each string lists labels, write "
        f'{code}.str.get_dummies(sep="{found}"), which has a column for each of them.'
    )


def advise_values(Y, form):
    """Return how to convert numbers other than 0 and 1, or "" if that is unknown.

    Parameters
    ----------
    Y : ndarray of shape (n_samples, n_labels)
        Numbers, some of them neither 0 nor 1.
    form : object
        Y as it was passed.
    """
    numbers = Y[~np.isnan(Y)] if Y.dtype.kind == "f" else Y.ravel()
    values = np.unique(numbers).tolist()
    if -1 in values and set(values) <= {-1, 0, 1}:
        missing = f"write {_replace(form, 'np.nan')}"
        if 0 in values:
            return f" If -1 stands for a missing label, {missing}."
        return (
            f" There is no 0: if -1 means no, write {_replace(form, '0')}; if it stands for a "
            f"missing label, {missing}, but then no label is known to be negative."
        )
    if len(values) == 2 and len(numbers) == Y.size:
        larger = f"{values[1]:g}"
        return f" If {larger} stands for 1, write ({spell(form)} == {larger}).astype(int)."
    if isinstance(form, (list, tuple)) and all(v >= 0 and v == int(v) for v in values):
        return (
            " If each row lists the numbers of its labels, write "
            "sklearn.preprocessing.MultiLabelBinarizer().fit_transform(Y)."
        )
    return ""


def _replace(form, new):
    code = spell(form)
    if hasattr(form, "columns"):
        return f"{code}.replace(-1, {new})"
    return f"np.where({code} == -1, {new}, {code})"


def _is_number(text):
    try:
        return float(text) in (0, 1) or float(text) != float(text)
    except ValueError:
        return False
