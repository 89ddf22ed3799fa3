"""Versions of the libraries that a model file was written with."""

import numpy as np
import sklearn
import timm
import torch
import torchvision


def list_versions():
    """Return the versions of the installed libraries by their names."""
    from skmlic import __version__

    return {
        "skmlic": __version__,
        "scikit-learn": sklearn.__version__,
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "timm": timm.__version__,
        "numpy": np.__version__,
    }


def describe_other_versions(saved):
    """Return a sentence about the libraries whose versions differ from those of a file.

    Parameters
    ----------
    saved : dict of str to str, or anything else
        The versions that the file names.

    Returns
    -------
    sentence : str
        With a leading space; empty if there is no difference.
    """
    if not isinstance(saved, dict):
        return ""
    others = [
        f"{library} {str(saved.get(library))[:20]} (here {version})"
        for library, version in list_versions().items()
        if saved.get(library) != version
    ]
    return f" The file was written with {', '.join(others)}." if others else ""
