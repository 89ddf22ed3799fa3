"""Functions that write fitted classifiers to files of ONNX and OpenVINO."""

import os
from pathlib import Path

import numpy as np
import torch

from skmlic._utils._atomic_file import replace_atomically
from skmlic._utils._typing import Estimator
from skmlic.export._description import describe_model
from skmlic.export._graph import make_graph
from skmlic.export._onnx import check_onnx, convert_to_onnx, run_onnx, write_onnx
from skmlic.export._openvino import (
    check_openvino,
    convert_to_openvino,
    run_openvino,
    write_openvino,
)
from skmlic.export._parts import find_parts, find_preprocessing

__all__ = ["export_onnx", "export_openvino"]

# Rounding errors are smaller by orders of magnitude.
_LARGEST_DIFFERENCE = 1e-3
# A conversion for a batch of one image might hold for that alone.
_N_TRACED, _N_CHECKED = 2, 3


def export_onnx(model: Estimator, path: str | os.PathLike[str]) -> None:
    """Write a fitted classifier to a file of ONNX.

    The file contains the whole model, from pixels to labels: it runs without skmlic and torch.
    Read more in the :ref:`User Guide <deployment>`.

    Parameters
    ----------
    model : estimator instance
        A fitted :class:`skmlic.TransferMultiLabelClassifier`, or a
        :class:`skmlic.model_selection.TunedThresholdMultiLabelClassifierCV`,
        :class:`skmlic.model_selection.FixedThresholdMultiLabelClassifier` or
        :class:`skmlic.calibration.CalibratedMultiLabelClassifierCV` around it. Of searches, the
        best estimator is exported.

    path : str or Path
        The file, conventionally ``NAME.onnx``. An existing file is replaced in one step: if the
        export fails, it is left unchanged.

    Raises
    ------
    ImportError
        If the packages of the extra ``onnx`` are not installed.
    sklearn.exceptions.NotFittedError
        If the model is not fitted.
    TypeError
        If it is another kind of estimator.
    ValueError
        If it takes features, or images of several sizes.
    RuntimeError
        If the network can't be converted, or the result differs from torch's.

    See Also
    --------
    export_openvino : Write files for OpenVINO.
    skmlic.save_model : Write a file for :func:`skmlic.load_model`.

    Notes
    -----
    The input "pixels" is an array of shape (n, height, width, 3) and dtype uint8: RGB images of the
    size that the metadata names. The outputs are "probabilities", float32 of shape (n, n_labels),
    and "labels", 0 and 1 of dtype int64, by the thresholds of the model. Computations are in fp32,
    whatever ``precision`` the classifier has. The metadata have an entry "skmlic": a JSON object
    with the names and thresholds of labels, the size and resizing of images, and versions.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> import onnxruntime
    >>> from skmlic import TransferMultiLabelClassifier
    >>> from skmlic.datasets import make_multilabel_shapes
    >>> from skmlic.export import export_onnx
    >>> X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)
    >>> clf = TransferMultiLabelClassifier("tiny_cnn", random_state=0).fit(X, Y)
    >>> path = Path(tempfile.mkdtemp()) / "shapes.onnx"
    >>> export_onnx(clf, path)
    >>> session = onnxruntime.InferenceSession(path)
    >>> probabilities, labels = session.run(None, {"pixels": X[:2]})
    >>> probabilities.shape, labels.dtype
    ((2, 3), dtype('int64'))
    """
    check_onnx()
    converted = _convert(model, convert_to_onnx, run_onnx, "ONNX")
    with replace_atomically(path) as unfinished:
        write_onnx(converted, unfinished)


def export_openvino(model: Estimator, path: str | os.PathLike[str]) -> None:
    """Write a fitted classifier to the two files of an OpenVINO model.

    The files contain the whole model, from pixels to labels: it runs without skmlic and torch.
    Read more in the :ref:`User Guide <deployment>`.

    Parameters
    ----------
    model : estimator instance
        As in :func:`export_onnx`.

    path : str or Path
        The file of the graph, ``NAME.xml``. The weights are written to ``NAME.bin`` beside it.
        Existing files are only replaced once both are complete.

    Raises
    ------
    ImportError
        If OpenVINO, of the extra ``fast``, is not installed.
    sklearn.exceptions.NotFittedError
        If the model is not fitted.
    TypeError
        If it is another kind of estimator.
    ValueError
        If it takes features, or images of several sizes, or if the name of the file does not end
        with ``.xml``.
    RuntimeError
        If the network can't be converted, or the result differs from torch's.

    See Also
    --------
    export_onnx : Write a file for ONNX Runtime and others; its notes describe the input, the
        outputs and the metadata, which are the same.

    Notes
    -----
    On processors with bf16, OpenVINO computes in it unless ``INFERENCE_PRECISION_HINT`` is "f32".

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import openvino
    >>> from skmlic import TransferMultiLabelClassifier
    >>> from skmlic.datasets import make_multilabel_shapes
    >>> from skmlic.export import export_openvino
    >>> X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)
    >>> clf = TransferMultiLabelClassifier("tiny_cnn", random_state=0).fit(X, Y)
    >>> path = Path(tempfile.mkdtemp()) / "shapes.xml"
    >>> export_openvino(clf, path)
    >>> compiled = openvino.Core().compile_model(path, "CPU")
    >>> compiled(X[:2])["probabilities"].shape
    (2, 3)
    """
    check_openvino()
    path = Path(path)
    if path.suffix != ".xml":
        raise ValueError(
            f"path={str(path)!r}: expected a name that ends with .xml, as OpenVINO requires, for "
            f"example {str(path.with_suffix('.xml'))!r}."
        )
    converted = _convert(model, convert_to_openvino, run_openvino, "OpenVINO")
    # The weights are replaced first.
    with replace_atomically(path) as xml, replace_atomically(path.with_suffix(".bin")) as weights:
        write_openvino(converted, xml, weights)


def _convert(model, convert, run, library):
    """Return a model in the form of a library, after comparing its probabilities with torch's.

    Parameters
    ----------
    model : estimator instance
    convert : callable
        Called with a graph, pixels and the description; returns the converted model.
    run : callable
        Called with the converted model and pixels; returns probabilities.
    library : str
        For messages.
    """
    parts = find_parts(model)
    preprocessing = find_preprocessing(parts.classifier)
    graph = make_graph(parts)
    description = describe_model(parts, preprocessing, graph)
    shape = (_N_CHECKED, *preprocessing.size, 3)
    pixels = np.random.RandomState(0).randint(0, 256, shape, dtype=np.uint8)
    try:
        converted = convert(graph, pixels[:_N_TRACED], description)
        probabilities = run(converted, pixels)
    except Exception as error:  # Converters raise errors of many types.
        reason = str(error).strip().partition("\n")[0]
        raise RuntimeError(
            f"{_name_networks(parts)} can't be converted to {library} "
            f"({type(error).__name__}: {reason})."
        ) from error
    with torch.inference_mode():
        expected, _ = graph(torch.from_numpy(pixels))
    difference = np.abs(probabilities - expected.numpy()).max()
    if not difference <= _LARGEST_DIFFERENCE:
        raise RuntimeError(
            f"{_name_networks(parts)} gives probabilities in {library} that differ from torch's by "
            f"up to {difference:.2g}, so that no file was written."
        )
    return converted


def _name_networks(parts):
    return " + ".join(backbone.name for backbone in parts.classifier.embedder_.backbones_)
