"""The description of a model that an exported file contains."""

import json

from skmlic.persistence._versions import list_versions

# The name of the entry in the metadata of a file.
KEY = "skmlic"


def describe_model(parts, preprocessing, graph):
    """Return the description of a model as JSON.

    Parameters
    ----------
    parts : Parts
    preprocessing : Preprocessing
        How images become the input of the graph.
    graph : ModelGraph

    Returns
    -------
    text : str
        A JSON object.
    """
    value_range = preprocessing.value_range
    description = {
        "package": "skmlic",
        "versions": list_versions(),
        "label_names": parts.label_names,
        **graph.decision.describe(),
        "image_size": list(preprocessing.size),
        "resize": preprocessing.resize,
        "interpolation": preprocessing.interpolation,
        "crop_pct": preprocessing.crop_pct if preprocessing.resize == "crop" else None,
        "color_mode": preprocessing.color_mode,
        "value_range": None if value_range is None else list(map(float, value_range)),
        "weights": parts.classifier.weights_name_,
    }
    return json.dumps(description, ensure_ascii=False, allow_nan=False)
