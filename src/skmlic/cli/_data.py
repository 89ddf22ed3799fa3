"""Data sets as commands name them."""

import argparse
from typing import Any

from sklearn.utils import Bunch

from skmlic.cli._hints import did_you_mean
from skmlic.cli._values import parse_boolean
from skmlic.datasets import choose_reader, list_options

# Parameters that take lists. Names are separated by commas, which cells of tables may contain.
_NAMES = ("label_names",)
_CELLS = ("na_values", "negative", "none_label")


def read_data(args: argparse.Namespace, **parameters: object) -> Bunch:
    """Read the images and labels that a command names.

    Parameters
    ----------
    args : Namespace
        Arguments with ``images``, ``labels`` and ``read``, which are pairs of name and value.
    **parameters : dict
        Further parameters of the reader.

    Returns
    -------
    data : Bunch
        The result of :func:`skmlic.datasets.load_dataset`.

    Raises
    ------
    ValueError
        If the reader has no such parameter, or a parameter has two values.
    """
    pairs, form = _take_format(args.read)
    read, arguments = choose_reader(args.images, args.labels, form)
    known = list_options(read)
    given = {**_collect(pairs, [*known, "format", "long"]), **parameters}
    try:
        return read(*arguments, **given)
    except (OSError, ValueError) as error:
        if any(f"{name}=" in str(error) for name in known):
            error.add_note("On the command line, pass such parameters as --read missing=drop.")
        raise


def _take_format(pairs: list[tuple[str, str]]) -> tuple[list[tuple[str, str]], str | None]:
    """Return the parameters of the reader, and the format, of which long=true is another name."""
    others = [(name, value) for name, value in pairs if name not in ("format", "long")]
    forms = []
    for name, value in pairs:
        if name == "format":
            forms.append(value)
        elif name == "long":
            try:
                forms += ["long"] * parse_boolean(value)
            except ValueError as error:
                raise ValueError(f"--read long={value}: expected true or false.") from error
    if len(set(forms)) > 1:
        raise ValueError(f"--read names the formats {' and '.join(forms)}; expected one.")
    return others, forms[0] if forms else None


def _collect(pairs: list[tuple[str, str]], known: list[str]) -> dict[str, Any]:
    """Return the parameters by name; lists may be given in parts."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name not in known:
            raise ValueError(
                f"--read {name}={value}: the reader of these labels has no such parameter."
                f"{did_you_mean(name, known)} Its parameters are {', '.join(known)}."
            )
        if name in _NAMES:
            names = [label.strip() for label in value.split(",")]
            found[name] = [*found.get(name, []), *names]
        elif name in _CELLS:
            found[name] = [*found.get(name, []), value]
        elif name in found:
            raise ValueError(f"--read {name} is given twice; it takes one value.")
        else:
            found[name] = None if value.lower() == "none" else value
    return found
