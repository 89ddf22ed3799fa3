"""Tables as text, from files and frames."""

import codecs
import os
from csv import Error as SplittingError
from csv import reader as split_lines
from itertools import islice

import pandas as pd

from skmlic._utils._typing import FilePath
from skmlic.datasets._files import EXTENSIONS, check_file

_SEPARATORS = (",", ";", "\t")


def as_text(value: object) -> str:
    """Turn a cell of the table into text; an empty one into ''."""
    return "" if pd.isna(value) else str(value).strip()


def _guess_separator(csv):
    """Take the separator that cuts each of the first lines into the most columns."""
    with open(csv, encoding="utf-8-sig", newline="") as lines:
        head = [line for line in islice(lines, 10) if line.strip()]

    def count_columns(sep):
        return min((len(row) for row in split_lines(head, delimiter=sep)), default=0)

    return max(_SEPARATORS, key=count_columns)


def _read_csv(csv, sep):
    """Read the file as text, cell by cell: '007' stays '007', and nothing becomes NaN."""
    rows = pd.read_csv(
        csv,
        sep=_guess_separator(csv) if sep is None else sep,
        header=None,
        dtype=str,
        keep_default_na=False,
        skipinitialspace=True,
        encoding="utf-8-sig",
    )
    return rows.iloc[1:].set_axis(rows.iloc[0].map(as_text), axis=1)


def read_table(csv: FilePath | pd.DataFrame, sep: str | None, folder: str) -> pd.DataFrame:
    """Return the table as a DataFrame of str, numbered from 0, whatever it came as.

    Parameters
    ----------
    csv : str, path-like or DataFrame
    sep : str or None
        What separates columns; None guesses.
    folder : str
        The folder of the pictures, for what can be said of a table that is wrong.
    """
    if isinstance(csv, pd.DataFrame):
        table = csv.set_axis(csv.columns.map(str), axis=1)
        for name, column in table.items():
            if column.map(pd.api.types.is_list_like).any():
                raise ValueError(
                    f"Column {name!r} of the frame holds lists, expected text. Join them: "
                    f"csv=frame.assign({name}=frame[{name!r}].map(';'.join))."
                )
    else:
        csv = check_file(csv, "csv", folder, "table")
        try:
            table = _read_csv(csv, sep)
        except UnicodeDecodeError as error:
            is_utf16 = error.object[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
            raise ValueError(
                f"{csv!r} is not a UTF-8 text file. If it is a table in another encoding, read it "
                f"first: csv=pandas.read_csv({csv!r}, dtype=str, "
                f"encoding={'utf-16' if is_utf16 else 'latin-1'!r})."
            ) from error
        except SplittingError as error:
            raise ValueError(
                f"It can't be told what separates the columns of {csv!r} ({error}). Pass it, for "
                "example sep=','."
            ) from error
        except pd.errors.EmptyDataError as error:
            raise ValueError(f"{csv!r} is empty, expected a header and one row a picture.") from (
                error
            )
        except pd.errors.ParserError as error:
            raise ValueError(
                f"{csv!r} has rows of different lengths, or a quotation mark without its partner "
                f"({str(error).strip()}). Where one column has all labels, separate them by "
                "something else than the columns, 'beach.jpg,sea;sunset', or quote them, "
                "'beach.jpg,\"sea,sunset\"'."
            ) from error
    _check_header(table, folder)
    return table.apply(lambda column: column.map(as_text)).reset_index(drop=True)


def _check_header(table, folder):
    """Raise when the header is a picture's row."""
    for name in table.columns:
        if name.lower().endswith(EXTENSIONS) and os.path.isfile(os.path.join(folder, name)):
            raise ValueError(
                f"The first row of the table has the picture {name!r}, expected a header such as "
                "'file,sea,trees' or 'file,labels'."
            )
