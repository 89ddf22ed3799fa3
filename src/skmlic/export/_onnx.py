"""Conversion of a graph to ONNX."""

import warnings
from importlib.util import find_spec

import numpy as np
import torch

from skmlic.export._description import KEY

_NEEDED = ("onnx", "onnxruntime", "onnxscript")


def check_onnx():
    """Raise an ImportError if the packages that write and run ONNX are not installed."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise ImportError(
            f"Exporting to ONNX needs {' and '.join(missing)}: pip install 'skmlic[onnx]'"
        )


def convert_to_onnx(graph, pixels, description):
    """Return a model of ONNX for batches of any size.

    Parameters
    ----------
    graph : ModelGraph
    pixels : ndarray of shape (n, height, width, 3), dtype uint8
        An example of the input, of at least two images.
    description : str
        The text for the metadata.

    Returns
    -------
    model : onnx.ModelProto
    """
    from onnx.helper import set_model_props

    from skmlic import __version__

    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            graph,
            (torch.from_numpy(pixels),),
            dynamo=True,
            dynamic_shapes=({0: torch.export.Dim("n")},),
            input_names=["pixels"],
            output_names=["probabilities", "labels"],
            verbose=False,
        )
    model = program.model_proto
    model.producer_name, model.producer_version = "skmlic", __version__
    set_model_props(model, {KEY: description})
    return model


def run_onnx(model, pixels):
    """Return the probabilities that ONNX Runtime computes, an ndarray of shape (n, n_labels)."""
    import onnxruntime

    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    (probabilities,) = session.run(["probabilities"], {"pixels": pixels})
    return np.asarray(probabilities)


def write_onnx(model, path):
    """Write a model of ONNX to a file."""
    path.write_bytes(model.SerializeToString())
