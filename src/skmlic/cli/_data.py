"""Data sets as commands name them."""

import argparse
import inspect
from collections.abc import Callable
from typing import Any

from sklearn.utils import Bunch

from skmlic.cli._hints import did_you_mean
from skmlic.datasets import find_reader, is_archive, load_dataset, unpack_archives

_LISTS = ("label_names",)


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
    images = unpack_archives(args.images) if is_archive(args.images) else args.images
    chosen = dict(args.read).get("format")
    known = [*_list_parameters(find_reader(args.labels, images, chosen)), "format"]
    given = {**_collect(args.read, known), **parameters}
    try:
        return load_dataset(images, args.labels, **given)
    except (OSError, TypeError, ValueError) as error:
        if any(f"{name}=" in str(error) for name in known):
            error.add_note("On the command line, pass such parameters as --read missing=drop.")
        raise


def _list_parameters(reader: Callable) -> list[str]:
    parameters = inspect.signature(reader).parameters.values()
    return [one.name for one in parameters if one.kind is one.KEYWORD_ONLY]


def _collect(pairs: list[tuple[str, str]], known: list[str]) -> dict[str, Any]:
    """Return the parameters by name; lists may be given in parts."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name not in known:
            raise ValueError(
                f"--read {name}={value}: the reader of these labels has no such parameter."
                f"{did_you_mean(name, known)} Its parameters are {', '.join(known)}."
            )
        if name in _LISTS:
            names = [label.strip() for label in value.split(",")]
            found[name] = [*found.get(name, []), *names]
        elif name in found:
            raise ValueError(f"--read {name} is given twice; it takes one value.")
        else:
            found[name] = None if value.lower() == "none" else value
    return found
