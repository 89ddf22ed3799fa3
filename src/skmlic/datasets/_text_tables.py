"""Tables of text, from files and frames."""

import codecs
import csv
import io
import os
import re
from typing import Any

import pandas as pd

from skmlic._utils._image_files import is_image_name
from skmlic._utils._regular_file import read_regular_file
from skmlic._utils._typing import FilePath
from skmlic.datasets._files import find_image
from skmlic.datasets._parameter_checks import check_file
from skmlic.datasets._text_layout import count_of

_SEPARATORS = (",", ";", "\t", "|")
# The first line of a table that Excel is to split at a semicolon: sep=;
_SEPARATOR_LINE = re.compile(r"\"?sep=([^\r\n\"])\"?[,;\t|]*\r?\n", re.IGNORECASE)
_READERS = {
    b"PK\x03\x04": "read_excel({}, dtype=str, keep_default_na=False)",
    b"\xd0\xcf\x11\xe0": "read_excel({}, dtype=str, keep_default_na=False)",
    b"\x1f\x8b": "read_csv({}, compression='gzip', dtype=str, keep_default_na=False)",
    b"PAR1": "read_parquet({})",
}


def as_text(value: Any) -> str:
    """Return the text of a cell; an empty cell or NaN becomes ''.

    An empty cell turns a column of whole numbers into floats, so these are written without ".0".
    """
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape").strip()
    if pd.api.types.is_list_like(value):
        return f"[{', '.join(map(as_text, value))}]"
    if pd.isna(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def read_table(table: FilePath | pd.DataFrame, folder: str) -> pd.DataFrame:
    """Return a table as a DataFrame of str; the index numbers its rows from 0.

    Rows without any text are left out, and so are columns without any text or name at the end.

    Parameters
    ----------
    table : str, path-like or DataFrame
        The table.
    folder : str
        The folder of the images, for suggestions in error messages.
    """
    if isinstance(table, pd.DataFrame):
        file, cells, separator = "labels.csv", _from_frame(table), ","
    else:
        file = check_file(table, "csv", folder, "table")
        cells, separator = _from_file(file)
    _check_header(cells, folder, file, separator)
    return cells[(cells != "").any(axis=1)]


def _from_frame(frame):
    columns = [str(c) if isinstance(c, tuple) else as_text(c) for c in frame.columns]
    for position, name in enumerate(columns):
        _check_lists(frame.iloc[:, position], name)
    rows = [list(map(as_text, row)) for row in frame.astype(object).to_numpy()]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def _check_lists(column, name):
    """Raise an error if a column of a frame holds lists of anything but numbers."""
    collections = column[column.map(pd.api.types.is_list_like)]
    if collections.empty:
        return
    texts = collections.map(lambda cell: any(isinstance(entry, (str, bytes)) for entry in cell))
    mixed = collections.map(lambda cell: isinstance(cell, (set, frozenset, dict)))
    if collections.map(lambda cell: isinstance(cell, dict)).any():
        raise ValueError(
            f"Column {name!r} of the frame holds dicts, expected text. If they have the values of "
            f"labels, give each label a column: csv=frame.drop(columns={name!r}).join("
            f"pandas.DataFrame(frame[{name!r}].tolist(), index=frame.index)), na_values=''."
        )
    if texts.any() or mixed.any() or not _are_values(collections):
        are_names = collections.map(lambda cell: all(isinstance(name, str) for name in cell))
        join = (
            "';'.join"
            if texts.all() and are_names.all()
            else "lambda names: ';'.join(str(name) for name in names if not pandas.isna(name))"
        )
        raise ValueError(
            f"Column {name!r} of the frame holds lists, expected text, or lists of 0 and 1. Join "
            f"them: csv=frame.assign(**{{{name!r}: frame[{name!r}].map({join}, "
            f"na_action='ignore')}}), label_column={name!r}, label_sep=';'."
        )


def _are_values(collections):
    return all(entry in (-1, 0, 1) or entry != entry for cell in collections for entry in cell)


def _from_file(file):
    """Return the cells of a file as text and the separator, or an error with the remedy."""
    text, separator = _read_text(file)
    try:
        separator = separator or _guess_separator(text)
        header, *rows = _split(text, separator, file) or [[]]
    except csv.Error as error:
        raise ValueError(
            f"{file!r} can't be split into columns ({error}). Read the "
            f"table first: csv=pandas.read_csv({file!r}, dtype=str, keep_default_na=False, "
            "sep=',')."
        ) from error
    if not any(header):
        raise ValueError(f"{file!r} is empty, expected a header and one row per image.")
    named = _strip_empty(header, 1)
    rows = [_strip_empty(row, len(named)) for row in rows]
    _check_lengths(file, header, rows)
    header = header[: max([len(named), *map(len, rows)])]
    rows = [row + [""] * (len(header) - len(row)) for row in rows]
    return pd.DataFrame(rows, columns=header, dtype=object), separator


def _read_text(file):
    """Return the text of a table, and the separator that its first line names or None."""
    content = read_regular_file(file)
    reader = next((code for start, code in _READERS.items() if content.startswith(start)), None)
    if reader is not None:
        raise ValueError(
            f"{file!r} is not a text file. Read the table first: "
            f"csv=pandas.{reader.format(repr(file))}."
        )
    try:
        if b"\0" in content[:1000]:
            raise UnicodeDecodeError("utf-8", content[:4], 0, 1, "it has zeros")
        text = content.decode("utf-8").lstrip("\ufeff")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{file!r} is not a UTF-8 text file. If it is a table in another encoding, read it "
            f"first: csv=pandas.read_csv({file!r}, dtype=str, keep_default_na=False, "
            f"encoding={_guess_encoding(content)!r}, sep=None, engine='python')."
        ) from error
    line = _SEPARATOR_LINE.match(text)
    return (text[line.end() :], line.group(1)) if line else (text, None)


def _guess_encoding(content):
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    if b"\0" in content[:1000]:
        return "utf-16-be" if content.startswith(b"\0") else "utf-16-le"
    return "latin-1"


def _split(text, separator, file):
    """Return the rows of a table that are not blank, as lists of stripped cells."""
    options = {"delimiter": separator, "skipinitialspace": True}
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True, **options))
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise ValueError(
                f"The table {file!r} has an unpaired quotation mark. Write a quotation mark inside "
                "a quoted cell twice, and one at the end of each quoted cell."
            ) from error
        # Text after the closing quotation mark of a cell.
        rows = list(csv.reader(io.StringIO(text, newline=""), **options))
    return [[cell.strip() for cell in row] for row in rows if row]


def _strip_empty(row, n_columns):
    """Return a row without the empty cells beyond a number of columns."""
    end = len(row)
    while end > n_columns and not row[end - 1]:
        end -= 1
    return row[:end]


def _check_lengths(file, header, rows):
    """Raise an error if a row has more cells than the header."""
    row, longest = max(enumerate(rows), key=lambda item: len(item[1]), default=(0, []))
    if len(longest) <= len(header):
        return
    advice = ""
    if all(len(row) == len(header) + 1 for row in rows):
        advice = (
            f"If the first column has no name in the header, write one: 'file,{','.join(header)}'. "
        )
    if len(header) == 1:
        advice += (
            "If the first line is no header, leave it out: "
            f"csv=pandas.read_csv({file!r}, skiprows=1, dtype=str, keep_default_na=False). "
        )
    raise ValueError(
        f"{file!r} has rows of different lengths: {count_of(len(header), 'cell')} in the header, "
        f"{len(longest)} in row {row}. {advice}If one column holds all labels, separate them by "
        "another character than the columns, 'beach.jpg,sea;sunset', or quote them, "
        "'beach.jpg,\"sea,sunset\"'."
    )


def _guess_separator(text):
    """Return the separator that splits each of the first lines into the most columns."""
    head = [line for line in text[: 1 << 20].splitlines()[:50] if line.strip()][:10]

    def count_columns(separator):
        try:
            return min((len(row) for row in csv.reader(head, delimiter=separator)), default=0)
        except csv.Error:
            # A wrong separator makes a field of a line, which may be too long for one.
            return 0

    return max(_SEPARATORS, key=count_columns)


def _check_header(table, folder, file, separator):
    """Raise an error if the header is the row of an image."""
    for name in table.columns:
        first = name.split()[0] if len(table.columns) == 1 and name else name
        if not _is_image(first, folder):
            continue
        sep = "" if separator == "," else f", sep={separator!r}"
        advice = (
            f"csv=pandas.read_csv({file!r}, header=None, dtype=str, keep_default_na=False{sep})."
            if first == name
            else "csv=pandas.DataFrame([line.partition(' ')[::2] for line in pathlib.Path("
            f"{file!r}).read_text('utf-8').splitlines()], columns=['file', 'labels']), "
            "label_sep=' '."
        )
        raise ValueError(
            f"The first row of the table names the image {first!r}, expected a header such as "
            f"'file,sea,trees' or 'file,labels'. Add it, or read the table without: {advice}"
        )


def _is_image(name, folder):
    return is_image_name(os.path.basename(name)) and find_image(name, folder) is not None
