"""Texts for terminals, and names in the cells of tables."""

import csv
import io

import pytest

from skmlic._utils._cell_names import escape_name, unescape_name
from skmlic._utils._text import printable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sea 海 é", "sea 海 é"),
        ("\x1b[31m\x07", "\\x1b[31m\\x07"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("\u202e\u200b\x9b\xa0", "\\u202e\\u200b\\x9b\\xa0"),
        ("\udcff\U000e0041", "\\udcff\\U000e0041"),
        (OSError("a\x1b"), "a\\x1b"),
    ],
)
def test_printable_text_is_that_of_repr(text, expected):
    assert printable(text) == expected
    assert repr(str(text))[1:-1] == expected
    assert printable(printable(text)) == expected


def test_ends_of_lines_can_be_kept():
    assert printable("a\nb\r", keep="\n") == "a\nb\\r"


PIECES = [
    "a",
    " ",
    ";",
    ",",
    "=",
    "-",
    "\\",
    "\\x1b",
    "\\x3d",
    "x1b",
    "\x1b",
    "\n",
    "\r",
    "\t",
    '"',
]
PIECES += ["\u202e", "\udcff", "\U000e0041", "@", "＝", "\\u202e", "\\x41"]  # noqa: RUF001


@pytest.mark.parametrize("separator", [",", "\t"])
def test_names_are_read_back(separator):
    names = [f"{a}{b}{c}" for a in PIECES for b in PIECES for c in PIECES]
    file = io.StringIO()
    table = csv.writer(file, delimiter=separator, lineterminator="\n")
    table.writerows([escape_name(name, ";")] for name in names)
    text = file.getvalue()
    text.encode()
    assert all(one.isprintable() or one == "\n" for one in text)
    rows = list(csv.reader(io.StringIO(text), delimiter=separator, skipinitialspace=True))
    assert [unescape_name(cell.strip(), ";") for (cell,) in rows] == names
    assert not [cell for (cell,) in rows if cell.startswith(("=", "+", "-", "@", "＝"))]  # noqa: RUF001


def test_other_backslashes_are_kept():
    for name in ("images\\x41.png", "\\alpha", "\\x1B", "\\U00110000", "\\n", "a\\x3d", "$\\x2d$"):
        assert unescape_name(name) == name
