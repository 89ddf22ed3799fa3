"""Data sets as commands name them."""

import argparse

from sklearn.utils import Bunch

from skmlic.datasets import load_dataset


def read_data(args: argparse.Namespace, **options: object) -> Bunch:
    """Read the pictures and labels that a command names.

    Parameters
    ----------
    args : Namespace
        With ``images``, ``labels`` and ``read``, pairs of name and value.
    **options : dict
        More for the reader.

    Returns
    -------
    data : Bunch
        As of :func:`skmlic.datasets.load_dataset`.
    """
    given = {name: _parse(name, value) for name, value in args.read}
    return load_dataset(args.images, args.labels, **{**given, **options})


def _parse(name, value):
    if name == "label_names":
        return [label.strip() for label in value.split(",")]
    return None if value.lower() == "none" else value
