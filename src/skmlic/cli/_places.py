"""The files and folders that a command names, looked at before anything slow is imported."""

import argparse
import os
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from skmlic.cli._console import Console

STDIO = "-"
FORMATS = ("csv", "tsv", "jsonl")

_USAGE = {
    "train": "skmlic train IMAGES [LABELS] -o MODEL",
    "evaluate": "skmlic evaluate MODEL IMAGES [LABELS]",
    "predict": "skmlic predict MODEL IMAGES",
    "describe": "skmlic describe IMAGES [LABELS]",
}
_OUTPUTS = {"output": "-o", "json": "--json", "report": "--report"}


def check_places(args: argparse.Namespace, console: "Console") -> None:
    """Raise an error for inputs that are not there, and outputs that can't or must not be written.

    Parameters
    ----------
    args : Namespace
        Of any command.
    console : Console
        Told what files will be replaced.

    Raises
    ------
    OSError
        If an input is not there or the wrong kind of thing, or an output has no place.
    ValueError
        If an output is an input, too, or another output, or its ending says nothing.
    """
    if args.command not in _USAGE:
        return
    _check_inputs(args)
    outputs = {
        option: path
        for name, option in _OUTPUTS.items()
        if (path := getattr(args, name, None)) not in (None, STDIO)
    }
    for path in outputs.values():
        _check_destination(path)
    if args.command == "predict":
        choose_format(args)
    _check_are_distinct(_list_inputs(args), outputs)
    for path in outputs.values():
        if os.path.isfile(path):
            console.note(f"Replacing {path} when done")


def choose_format(args: argparse.Namespace) -> str:
    """Return what ``predict`` writes.

    Parameters
    ----------
    args : Namespace
        With ``format`` and ``output``.

    Returns
    -------
    form : {"csv", "tsv", "jsonl"}

    Raises
    ------
    ValueError
        If it is not named, and the output's ending does not tell it.
    """
    if args.format or args.output in (None, STDIO):
        return args.format or "tsv"
    ending = args.output.rpartition(".")[2].lower()
    if ending not in FORMATS:
        raise ValueError(
            f"What to write in {args.output!r} is not clear; expected a name that ends with .csv, "
            ".tsv or .jsonl, or --format."
        )
    return ending


def _check_inputs(args):
    expected = f"expected: {_USAGE[args.command]}"
    if hasattr(args, "model"):
        _check_model(args.model, expected)
    if args.command == "predict":
        for path in args.images:
            if path != STDIO and not os.path.exists(path):
                raise FileNotFoundError(f"There is no file or folder {path!r}.")
        return
    if os.path.isfile(args.images):
        raise NotADirectoryError(f"IMAGES {args.images!r} is a file, not a folder; {expected}")
    if not os.path.isdir(args.images):
        raise FileNotFoundError(f"There is no such folder: {args.images!r}.")
    if args.labels is not None and not os.path.exists(args.labels):
        # Takes a second, but has a better answer than there is here.
        from skmlic.datasets._detect import find_reader

        find_reader(args.labels, args.images)


def _check_model(path, expected):
    if os.path.isdir(path):
        raise IsADirectoryError(f"MODEL {path!r} is a folder, not a file; {expected}")
    if not os.path.exists(path):
        raise FileNotFoundError(f"There is no model {path!r}.")
    with open(path, "rb") as file:
        start = file.read(1000)
    if start and _is_text(start):
        raise ValueError(
            f"MODEL {path!r} is a text file, not a model that 'skmlic train' wrote; {expected}"
        )


def _is_text(start):
    # What is cut off may be a letter's second half.
    return b"\0" not in start and "\ufffd" not in start.decode(errors="replace")[:-3]


def _check_destination(path):
    place = Path(path)
    if place.is_dir():
        raise IsADirectoryError(f"{path!r} is a folder; expected the name of a file.")
    if not place.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {str(place.parent)!r} to write {path!r} in.")
    if not os.access(place.parent, os.W_OK):
        raise PermissionError(f"Writing in the folder {str(place.parent)!r} is not allowed.")


def _list_inputs(args):
    """Return pairs of the name in the usage and the path."""
    images = args.images if isinstance(args.images, list) else [args.images]
    named = [("IMAGES", path) for path in images]
    named += [("MODEL", getattr(args, "model", None)), ("LABELS", getattr(args, "labels", None))]
    return [(name, path) for name, path in named if path not in (None, STDIO)]


def _check_are_distinct(inputs, outputs):
    for option, output in outputs.items():
        for name, path in inputs:
            if _are_same(output, path):
                raise ValueError(
                    f"{option} {output!r} would overwrite {name} {path!r}; name another file."
                )
    for (option, output), (other, path) in combinations(outputs.items(), 2):
        if _are_same(output, path):
            raise ValueError(
                f"{option} {output!r} and {other} {path!r} are the same file; name two."
            )


def _are_same(one, other):
    if os.path.exists(one) and os.path.exists(other):
        # Anything may be written to a device, and hard links are the same file by another name.
        return os.path.samefile(one, other) and not _is_device(one)
    return os.path.realpath(one) == os.path.realpath(other)


def _is_device(path):
    return not os.path.isfile(path) and not os.path.isdir(path)
