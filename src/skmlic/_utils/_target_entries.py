"""Entries of targets that are Python objects, as numbers."""

import decimal
import numbers

import numpy as np
import pandas as pd

from skmlic._utils._target_advice import (
    advise_splitting,
    advise_texts,
    advise_unpacking,
    holds_words,
    is_collection,
    spell,
)

BINARIZER = "sklearn.preprocessing.MultiLabelBinarizer().fit_transform"


def to_numbers(Y, form):
    """Return an array of Python objects as floats, with NaN for None and pd.NA.

    Parameters
    ----------
    Y : ndarray of dtype object or str
        The entries.
    form : object
        Y as it was passed.

    Returns
    -------
    Y : ndarray of the same shape, dtype float64

    Raises
    ------
    ValueError
        If an entry is no number; the message tells how to convert them.
    """
    entries = Y.ravel().tolist()
    wrong = next((entry for entry in entries if is_collection(entry)), None)
    if wrong is None:
        wrong = next((entry for entry in entries if not _is_value(entry)), None)
    if wrong is None:
        return np.array([_to_float(entry) for entry in entries]).reshape(Y.shape)
    what = (
        f"Y holds the {type(wrong).__name__} {wrong!r:.60}; expected the numbers 0 and 1, of shape "
        "(n_samples, n_labels)."
    )
    is_column = Y.ndim == 1 or Y.shape[1] == 1
    column = _spell_column(form) if is_column else None
    if is_collection(wrong):
        if not is_column and hasattr(form, "columns"):
            j = next(j for j in range(Y.shape[1]) if any(map(is_collection, Y[:, j])))
            entries, column = Y[:, j].tolist(), f"{spell(form)}[{form.columns[j]!r}]"
        raise ValueError(f"{what} {advise_unpacking(entries, column or spell(form))}")
    advice = ""
    if all(isinstance(entry, str) or _is_missing(entry) for entry in entries):
        advice = advise_texts(entries, form)
        texts = [entry for entry in entries if isinstance(entry, str)]
        if is_column and not advice:
            advice = advise_splitting(sorted(set(texts)), f"pd.Series({column})")
        elif not holds_words(texts):
            advice += _advise_selecting(Y, form)
    raise ValueError(f"{what}{advice or _advise_selecting(Y, form)}")


def _to_float(entry):
    """Return an entry as a float, infinity for integers beyond the largest one."""
    try:
        return np.nan if pd.isna(entry) else float(entry)
    except OverflowError:
        return np.inf if entry > 0 else -np.inf


def _is_missing(entry):
    return not is_collection(entry) and pd.isna(entry)


def _advise_selecting(Y, form):
    """Return advice if some entries of Y are values and others are not."""
    is_right = np.array([_is_entry(entry) for entry in Y.ravel().tolist()]).reshape(Y.shape)
    partly = is_right.any(axis=0)
    if is_right.all(axis=0)[partly].all() and partly.any() and hasattr(form, "columns"):
        others = [form.columns[j] for j in np.flatnonzero(~partly)]
        return (
            " To leave out the columns that are no labels, write "
            f"{spell(form)}.drop(columns={others})."
        )
    if not is_right.any():
        if hasattr(form, "columns"):
            code = spell(form)
            return f" If its columns are categories, write pd.get_dummies({code}, dtype=int)."
        return f" If each row lists names of labels, write {BINARIZER}({spell(form)})."
    entries = Y.ravel().tolist()
    strange = [entry for entry in entries if not _is_entry(entry)]
    numeric = [entry for entry in entries if _is_entry(entry) and isinstance(entry, str)]
    if len(set(map(str, strange))) != 1 or not advise_texts(numeric, form).endswith("(float)."):
        return " Write 1 for yes, 0 for no, and NaN for a missing label."
    code = spell(form)
    changed = (
        f"{code}.replace({strange[0]!r}, np.nan)"
        if hasattr(form, "columns")
        else f"np.where({code} == {strange[0]!r}, 'nan', {code})"
    )
    return f" If {strange[0]!r} stands for a missing label, write {changed}.astype(float)."


def _is_entry(entry):
    """Return whether an entry is a value, possibly as text."""
    return holds_words([entry]) if isinstance(entry, str) else _is_value(entry)


def _is_value(entry):
    if isinstance(entry, (numbers.Real, np.bool_, decimal.Decimal)):
        return True
    return _is_missing(entry)


def _spell_column(form):
    """Return the code of the only column of Y."""
    if hasattr(form, "columns"):
        return f"Y[{form.columns[0]!r}]"
    return "Y" if np.ndim(form) == 1 else f"{spell(form)}[:, 0]"
