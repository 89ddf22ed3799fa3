"""Texts that stand for 0, 1 and missing labels."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from skmlic.datasets._text_tables import as_text

_VALUES = {"0": 0, "false": 0, "1": 1, "true": 1}
_WHOLE_NUMBER = re.compile(r"([+-]?)(0|[1-9]\d*)(?:[.,]0*)?")
# Single words may be the names of labels.
_WORDS = {"yes", "no", "y", "n", "t", "f"}
_MISSING = {"", "?", "nan", "na", "none", "null"}
_QUOTES = "\"'= "


@cache
def normalize(text: str) -> str:
    """Return the text of a cell in lower case, without quotes, and a whole number as digits.

    Examples
    --------
    >>> [normalize(text) for text in ["1.00", ' "0"', '="1"', "1,0", "-1.0", "True"]]
    ['1', '0', '1', '1', '-1', 'true']
    """
    # The minus sign of Unicode is what spreadsheets and word processors print.
    text = text.strip(_QUOTES).lower().replace("\N{MINUS SIGN}", "-")
    number = _WHOLE_NUMBER.fullmatch(text)
    if number is None:
        return text
    sign, digits = number.groups()
    return f"-{digits}" if sign == "-" and digits != "0" else digits


@dataclass(frozen=True)
class CellValues:
    """The values that texts stand for.

    Parameters
    ----------
    negative, na_values : frozenset of str
        Normalized texts of further negatives, and of missing labels.
    """

    negative: frozenset[str] = frozenset()
    na_values: frozenset[str] = frozenset()

    @classmethod
    def from_parameters(cls, negative: object = None, na_values: object = None) -> "CellValues":
        """Check and convert the parameters of a reader.

        Parameters
        ----------
        negative, na_values : str, number, list of these or None
            As in :func:`skmlic.datasets.load_labelled_images`.
        """
        no, missing = _spell("negative", negative), _spell("na_values", na_values)
        for name, given, texts, values in [
            ("na_values", na_values, missing, _VALUES),
            ("negative", negative, no, {"1", "true"}),
        ]:
            wrong = texts & set(values)
            if wrong:
                raise ValueError(
                    f"{name}={given!r} has {min(wrong)!r}, which is the value of a label."
                )
        both = no & missing
        if both:
            raise ValueError(
                f"{min(both)!r} is in negative= and in na_values=; pass it as negative if it means "
                "no, as na_values if the label is missing."
            )
        return cls(no, missing)

    @property
    def by_text(self) -> dict[str, float]:
        """0, 1 or NaN by normalized texts."""
        return {
            **_VALUES,
            **dict.fromkeys(self.negative, 0),
            **dict.fromkeys(self.na_values, np.nan),
        }

    def are_values(self, rows: Iterable[Sequence[str]]) -> bool:
        """Return whether lists can only hold values, some of which may need a parameter."""
        texts = {normalize(text) for row in rows for text in row}
        likely = {*self.by_text, "-1"}
        if any(len(row) > 1 for row in rows):
            likely |= _WORDS
        return bool(texts & likely) and texts <= likely | _MISSING


def _spell(name, given):
    if given is None:
        return frozenset()
    values = list(given) if pd.api.types.is_list_like(given) else [given]
    if not all(map(pd.api.types.is_scalar, values)):
        raise TypeError(f"{name}={given!r}, expected a text, a number or a list of these.")
    return frozenset(normalize(as_text(value)) for value in values)
