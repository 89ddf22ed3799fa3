"""Conversion of a graph to OpenVINO."""

import importlib
import os
import tempfile
from importlib.util import find_spec
from pathlib import Path

from skmlic.embedding import convert_to_openvino as convert_module
from skmlic.export._description import KEY


def check_openvino():
    """Raise an ImportError if OpenVINO is not installed."""
    if find_spec("openvino") is None:
        raise ImportError("Exporting to OpenVINO needs openvino: pip install 'skmlic[fast]'")


def convert_to_openvino(graph, pixels, description):
    """Return a model of OpenVINO for batches of any size.

    Parameters
    ----------
    graph : ModelGraph
    pixels : ndarray of shape (n, height, width, 3), dtype uint8
        An example of the input.
    description : str
        The text for the metadata.

    Returns
    -------
    model : openvino.Model
    """
    model = convert_module(graph, pixels)
    model.reshape([-1, *pixels.shape[1:]])
    for output, name in zip(model.outputs, ("probabilities", "labels"), strict=True):
        output.get_tensor().set_names({name})
    model.set_rt_info(description, [KEY])
    return model


def run_openvino(model, pixels):
    """Return the probabilities that OpenVINO computes, an ndarray of shape (n, n_labels)."""
    openvino = importlib.import_module("openvino")
    options = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(model, "CPU", options)
    return compiled(pixels)["probabilities"]


def write_openvino(model, xml, weights):
    """Write a model of OpenVINO to the file of its graph and the file of its weights."""
    openvino = importlib.import_module("openvino")
    # OpenVINO prescribes the extensions of the files.
    with tempfile.TemporaryDirectory(dir=xml.parent, prefix=".") as folder:
        graph = Path(folder) / "graph.xml"
        openvino.serialize(model, str(graph))
        os.replace(graph.with_suffix(".bin"), weights)
        os.replace(graph, xml)
