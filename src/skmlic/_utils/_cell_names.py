r"""Names of images and labels in tables of predictions.

A name may have characters that break a line, that a terminal obeys, that a reader strips, or that
make a spreadsheet run the cell as a formula. They are written as ``\x1b`` or ``\u202e``, and read
back as the characters they were. Names in other tables are what they are.
"""

import re

HEADER = ["path", "labels"]
SEPARATOR = ";"

_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U(00[01][0-9a-f]{5}))")
# https://owasp.org/www-community/attacks/CSV_Injection. Programs split a line at other separators
# than the table has, too.
_FORMULA = re.compile(r"(?:^|(?<=[,;|]))[=+\-@＝＋－＠]")  # noqa: RUF001
_OUTER = re.compile(r"^ +| +$")


def escape_name(name: str, separators: str = "") -> str:
    r"""Return a name as it is written in a cell.

    Parameters
    ----------
    name : str
        The name.
    separators : str, default=""
        Characters that separate the names in a cell.

    Examples
    --------
    >>> [escape_name(name, ";") for name in ["sea", "=1+1", "a\nb", " sea;side"]]
    ['sea', '\\x3d1+1', 'a\\x0ab', '\\x20sea\\x3bside']
    """
    marked = {match.start() for match in (*_ESCAPE.finditer(name), *_FORMULA.finditer(name))}
    marked.update(place for match in _OUTER.finditer(name) for place in range(*match.span()))
    return "".join(
        _escape(one) if place in marked or one in separators or not one.isprintable() else one
        for place, one in enumerate(name)
    )


def unescape_name(cell: str, separators: str = "") -> str:
    r"""Return the name that is written in a cell, which is the cell unless it has been escaped.

    Parameters
    ----------
    cell : str
        The cell.
    separators : str, default=""
        As for :func:`escape_name`.

    Examples
    --------
    >>> [unescape_name(cell) for cell in [r"\x3d1+1", r"C:\x41dir"]]
    ['=1+1', 'C:\\x41dir']
    """
    name = _ESCAPE.sub(_unescape, cell)
    return name if escape_name(name, separators) == cell else cell


def _escape(character):
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _unescape(match):
    number = int(match[match.lastindex], 16)
    return chr(number) if number < 0x110000 else match[0]
