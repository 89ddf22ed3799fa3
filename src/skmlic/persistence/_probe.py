"""The features of one fixed image, by which a network whose code has changed is recognized."""

import numpy as np
import torch

from skmlic._utils._threads import torch_threads
from skmlic.embedding import make_noise
from skmlic.exceptions import ModelFileError

# The float32 arithmetic of other machines and libraries changes features by a thousandth.
_LARGEST_RELATIVE_DIFFERENCE = 0.01


def compute_probe(backbone):
    """Return a backbone's features of a fixed image.

    Parameters
    ----------
    backbone : Backbone

    Returns
    -------
    features : ndarray of shape (n_features,), dtype float32
    """
    pixels = torch.from_numpy(make_noise(backbone.preprocessing.size))
    with torch_threads(1), torch.inference_mode():
        return backbone.extractor(pixels)[0].clone().numpy()


def check_probe(backbone, expected):
    """Raise an error if a network does not compute the features that it computed when it was saved.

    Parameters
    ----------
    backbone : Backbone
        The network with its loaded weights.
    expected : ndarray of shape (n_features,), dtype float32
        The features of the fixed image that the file holds.
    """
    found = compute_probe(backbone)
    if found.shape != expected.shape:
        difference = f"{len(found)} features instead of {len(expected)}"
    else:
        distance = np.linalg.norm(found - expected) / max(np.linalg.norm(expected), 1e-12)
        if distance <= _LARGEST_RELATIVE_DIFFERENCE:
            return
        difference = f"features that differ by {distance:.0%}"
    raise ModelFileError(
        f"with its weights, the network {backbone.name!r} computes {difference} here: its code "
        "differs from that of the machine where the model was saved. Install the versions that the "
        "file was written with, or pass the same network as backbone"
    )
