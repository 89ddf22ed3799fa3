r"""Names of images and labels in the cells of tables.

A name may have characters that break a line, that a terminal obeys, that a reader strips, or that
make a spreadsheet run the cell as a formula. They are written as ``\x1b`` or ``\u202e``, and read
back as the characters they were.
"""

import re

_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")
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
    >>> for name in ["sea", "=1+1", "a\nb", " sea;side"]:
    ...     print(escape_name(name, ";"))
    sea
    \x3d1+1
    a\x0ab
    \x20sea\x3bside
    """
    marked = {match.start() for match in (*_ESCAPE.finditer(name), *_FORMULA.finditer(name))}
    marked.update(place for match in _OUTER.finditer(name) for place in range(*match.span()))
    return "".join(
        _escape(one) if place in marked or one in separators or not one.isprintable() else one
        for place, one in enumerate(name)
    )


def unescape_name(cell: str) -> str:
    r"""Return the name that is written in a cell.

    Examples
    --------
    >>> unescape_name(r"\x3d1+1")
    '=1+1'
    """
    return _ESCAPE.sub(_unescape, cell)


def _escape(character):
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _unescape(match):
    """Return a character if it is one that is escaped; otherwise, the text is part of a name."""
    number = int(next(filter(None, match.groups())), 16)
    character = chr(number) if number < 0x110000 else "a"
    is_escaped = not character.isprintable() or character in " \\,;|=+-@＝＋－＠"  # noqa: RUF001
    return character if is_escaped else match[0]
