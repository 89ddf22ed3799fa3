"""Checks of the files and folders that a command names, before anything slow is imported."""

import argparse
import os
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from skmlic._utils._regular_file import open_regular_file

if TYPE_CHECKING:
    from skmlic.cli._console import Console

STDIO = "-"
_ENDINGS = ("csv", "tsv", "jsonl")
FORMATS = (*_ENDINGS, "label-studio", "fiftyone")

_USAGE = {
    "train": "skmlic train IMAGES [LABELS] -o MODEL",
    "evaluate": "skmlic evaluate MODEL IMAGES [LABELS]",
    "predict": "skmlic predict MODEL IMAGES",
    "export": "skmlic export MODEL -o FILE",
    "describe": "skmlic describe IMAGES [LABELS]",
}
_OUTPUTS = {"output": "-o", "json": "--json", "report": "--report"}


def check_places(args: argparse.Namespace, console: "Console") -> None:
    """Raise an error if an input does not exist or an output cannot be written.

    Parameters
    ----------
    args : Namespace
        Arguments of any command.
    console : Console
        Console that names the files that will be replaced.

    Raises
    ------
    OSError
        If an input does not exist or is of the wrong kind, or the folder of an output does not
        exist or is not writable.
    ValueError
        If an output is also an input or another output, or its extension is not known.
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
    """Return the format that ``predict`` writes.

    Parameters
    ----------
    args : Namespace
        Arguments with ``format`` and ``output``.

    Returns
    -------
    form : {"csv", "tsv", "jsonl", "label-studio", "fiftyone"}

    Raises
    ------
    ValueError
        If no format is given, and the extension of the output is not known, or if the format does
        not have tasks.
    """
    if args.tasks is not None:
        if args.format not in (None, "label-studio"):
            raise ValueError(f"--tasks are written as --format label-studio, not as {args.format}.")
        return "label-studio"
    if args.format or args.output in (None, STDIO):
        return args.format or "tsv"
    ending = args.output.rpartition(".")[2].lower()
    if ending not in _ENDINGS:
        raise ValueError(
            f"The format of {args.output!r} is not clear; expected a name that ends with .csv, "
            f".tsv or .jsonl, or --format, which takes {', '.join(FORMATS)}."
        )
    return ending


def _check_inputs(args):
    expected = f"expected: {_USAGE[args.command]}"
    if getattr(args, "model", None) is not None:
        _check_model(args.model, expected)
    if args.command == "export":
        return
    if args.command == "predict":
        for path in args.images:
            if path != STDIO and "://" not in path and not os.path.exists(path):
                raise FileNotFoundError(f"There is no file or folder {path!r}.")
        if args.tasks is not None:
            _check_tasks(args)
        return
    if not os.path.isdir(args.images) and _is_archive(args.images):
        return
    if os.path.isfile(args.images):
        raise NotADirectoryError(f"IMAGES {args.images!r} is a file, not a folder; {expected}")
    if not os.path.isdir(args.images):
        raise FileNotFoundError(f"There is no such folder: {args.images!r}.")
    if args.labels is not None and not os.path.exists(args.labels):
        # This import takes a second, but its error names similar files.
        from skmlic.datasets import choose_reader

        choose_reader(args.images, args.labels)


def _is_archive(path):
    if not os.path.isfile(path) and "{" not in path:
        return False
    # This import takes a second, but folders do not need it.
    from skmlic.datasets import is_archive

    return is_archive(path)


def _check_tasks(args):
    if not os.path.isfile(args.tasks):
        raise FileNotFoundError(f"There is no file --tasks {args.tasks!r}.")
    if len(args.images) != 1 or not os.path.isdir(args.images[0]):
        raise ValueError(
            "--tasks needs one folder as IMAGES, in which the images of the tasks are looked up."
        )


def _check_model(path, expected):
    if os.path.isdir(path):
        raise IsADirectoryError(f"MODEL {path!r} is a folder, not a file; {expected}")
    if not os.path.exists(path):
        raise FileNotFoundError(f"There is no model {path!r}.")
    with open_regular_file(path) as file:
        start = file.read(1000)
    if start and _is_text(start):
        raise ValueError(
            f"MODEL {path!r} is a text file, not a model that 'skmlic train' wrote; {expected}"
        )


def _is_text(start):
    # The end may be the first bytes of a character that was cut.
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
    """Return pairs of the name in the usage message and the path."""
    images = getattr(args, "images", None)
    images = images if isinstance(images, list) else [images]
    named = [("IMAGES", path) for path in images]
    named += [("MODEL", getattr(args, "model", None)), ("LABELS", getattr(args, "labels", None))]
    named += [("--tasks", getattr(args, "tasks", None))]
    return [(name, path) for name, path in named if path not in (None, STDIO)]


def _check_are_distinct(inputs, outputs):
    for option, output in outputs.items():
        for name, path in inputs:
            if _are_same(output, path):
                raise ValueError(
                    f"{option} {output!r} would overwrite {name} {path!r}; pass another file name."
                )
    for (option, output), (other, path) in combinations(outputs.items(), 2):
        if _are_same(output, path):
            raise ValueError(
                f"{option} {output!r} and {other} {path!r} are the same file; pass two file names."
            )


def _are_same(one, other):
    if os.path.exists(one) and os.path.exists(other):
        # Several outputs may be written to one device; hard links are one file with two names.
        return os.path.samefile(one, other) and not _is_device(one)
    return os.path.realpath(one) == os.path.realpath(other)


def _is_device(path):
    return not os.path.isfile(path) and not os.path.isdir(path)
