"""Models of older file formats, translated into the current one."""

import inspect

from skmlic.training import TrainingOptions

# In format 1, these parameters of TransferMultiLabelClassifier were its own, and are those of
# TrainingOptions now. Each has its present name.
_MOVED_TO_TRAINING = {
    "unfreeze_after": "unfreeze_after",
    "backbone_lr": "backbone_lr",
    "layer_decay": "layer_decay",
    "freeze_batch_norm": "freeze_batch_norm",
    "erasing": "erasing",
    "mix": "mix",
    "n_views": "n_views",
    "input_dropout": "input_dropout",
    "sampler": "sampler",
    "hard_negatives": "hard_negatives",
    "warmup_epochs": "warmup_epochs",
    "accumulation_steps": "accumulation_steps",
    "gradient_clip": "gradient_clip",
    "compile": "compile",
    "checkpoint": "checkpoint",
    "unknown_weight": "missing_weight",
    "validation_fraction": "validation_fraction",
}
# Predictions do not depend on ``unknown``, and the embedder has a ``mirror`` of its own.
_REMOVED = ("unknown", "mirror", "tta")
# This attribute of ImageEmbedder is derived from its backbones.
_DERIVED = ("weights_name_",)
_NEW_COLOR_MODES = {"grey": "grayscale"}
_WITHOUT_TTA = (
    "The model was saved with tta='flip', which averaged its predictions over each image and the "
    "mirrored image. This version of skmlic predicts from the image alone, so that predictions may "
    "differ slightly. To have features averaged over both, train a classifier with "
    "backbone='precomputed' on those of ImageEmbedder(mirror=True)."
)


def migrate(model, file_format):
    """Translate a model of an older file format.

    Parameters
    ----------
    model : JSON value
        The model as the file holds it.
    file_format : int
        The number of the file's format.

    Returns
    -------
    model : JSON value
        The model as a file of the current format would hold it.
    messages : list of str
        Differences that the user should be warned of.
    """
    messages = []
    if file_format < 2:
        model = _migrate_from_1(model, messages)
    return model, list(dict.fromkeys(messages))


def _migrate_from_1(form, messages):
    if isinstance(form, list):
        return [_migrate_from_1(item, messages) for item in form]
    if not isinstance(form, dict):
        return form
    form = {key: _migrate_from_1(item, messages) for key, item in form.items()}
    match form:
        case {"estimator": ["TransferMultiLabelClassifier", dict(parameters), fitted]}:
            parameters = _migrate_classifier(_rename_color_mode(parameters), messages)
            return {"estimator": ["TransferMultiLabelClassifier", parameters, fitted]}
        case {"estimator": ["ImageEmbedder", dict(parameters), dict(fitted)]}:
            fitted = {name: value for name, value in fitted.items() if name not in _DERIVED}
            return {"estimator": ["ImageEmbedder", _rename_color_mode(parameters), fitted]}
        case {"backbone": {"preprocessing": {"dict": preprocessing}} as backbone}:
            pairs = [list(pair) for pair in _rename_color_mode(dict(preprocessing)).items()]
            return {"backbone": {**backbone, "preprocessing": {"dict": pairs}}}
    return form


def _rename_color_mode(values):
    if "color_mode" not in values:
        return values
    color_mode = values["color_mode"]
    return {**values, "color_mode": _NEW_COLOR_MODES.get(color_mode, color_mode)}


def _migrate_classifier(parameters, messages):
    """Return a classifier's parameters, those of the training in an object of their own."""
    if parameters.get("tta") is not None and not parameters.get("mirror"):
        messages.append(_WITHOUT_TTA)
    kept = {
        name: value
        for name, value in parameters.items()
        if name not in _REMOVED and name not in _MOVED_TO_TRAINING
    }
    defaults = inspect.signature(TrainingOptions).parameters
    options = [
        [new, parameters[old]]
        for old, new in _MOVED_TO_TRAINING.items()
        if old in parameters and parameters[old] != defaults[new].default
    ]
    training = {"object": ["TrainingOptions", {"dict": options}]} if options else None
    return {**kept, "training": training}
