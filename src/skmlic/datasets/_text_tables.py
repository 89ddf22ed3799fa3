"""Tables of text, from files and frames."""

import codecs
import os
from csv import Error as CsvError
from csv import reader as split_lines
from itertools import islice

import pandas as pd

from skmlic._utils._image_files import is_image_name
from skmlic._utils._typing import FilePath
from skmlic.datasets._parameter_checks import check_file

_SEPARATORS = (",", ";", "\t", "|")


def as_text(value: object) -> str:
    """Return the text of a cell; an empty cell or NaN becomes ''."""
    return "" if pd.isna(value) else str(value).strip()


def read_table(csv: FilePath | pd.DataFrame, folder: str) -> pd.DataFrame:
    """Return a table as a DataFrame of str with rows numbered from 0.

    Parameters
    ----------
    csv : str, path-like or DataFrame
        The table.
    folder : str
        The folder of the images, for suggestions in error messages.
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
        table = _read_file(check_file(csv, "csv", folder, "table"))
    _check_header(table, folder)
    return table.apply(lambda column: column.map(as_text)).reset_index(drop=True)


def _read_file(csv):
    """Return the cells of a file as text, or raise an error that names the remedy."""
    try:
        return _read_csv(csv)
    except UnicodeDecodeError as error:
        is_utf16 = error.object[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        raise ValueError(
            f"{csv!r} is not a UTF-8 text file. If it is a table in another encoding, read it "
            f"first: csv=pandas.read_csv({csv!r}, dtype=str, "
            f"encoding={'utf-16' if is_utf16 else 'latin-1'!r})."
        ) from error
    except CsvError as error:
        raise ValueError(
            f"The separator of the columns of {csv!r} can't be guessed ({error}). Read the "
            f"table first: csv=pandas.read_csv({csv!r}, dtype=str, sep=',')."
        ) from error
    except pd.errors.EmptyDataError as error:
        raise ValueError(f"{csv!r} is empty, expected a header and one row per image.") from error
    except pd.errors.ParserError as error:
        raise ValueError(
            f"{csv!r} has rows of different lengths, or an unpaired quotation mark "
            f"({str(error).strip()}). If one column holds all labels, separate them by another "
            "character than the columns, 'beach.jpg,sea;sunset', or quote them, "
            "'beach.jpg,\"sea,sunset\"'."
        ) from error


def _read_csv(csv):
    rows = pd.read_csv(
        csv,
        sep=_guess_separator(csv),
        header=None,
        # '007' stays '007', and no cell becomes NaN.
        dtype=str,
        keep_default_na=False,
        skipinitialspace=True,
        encoding="utf-8-sig",
    )
    return rows.iloc[1:].set_axis(rows.iloc[0].map(as_text), axis=1)


def _guess_separator(csv):
    """Return the separator that splits each of the first lines into the most columns."""
    with open(csv, encoding="utf-8-sig", newline="") as lines:
        head = [line for line in islice(lines, 10) if line.strip()]

    def count_columns(sep):
        return min((len(row) for row in split_lines(head, delimiter=sep)), default=0)

    return max(_SEPARATORS, key=count_columns)


def _check_header(table, folder):
    """Raise an error if the header is the row of an image."""
    for name in table.columns:
        if is_image_name(os.path.basename(name)) and os.path.isfile(os.path.join(folder, name)):
            raise ValueError(
                f"The first row of the table names the image {name!r}, expected a header such as "
                "'file,sea,trees' or 'file,labels'."
            )
