"""Multi-label image classification by transfer learning, as scikit-learn estimators."""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

# Where the public names live. They are imported when they are first asked for: torch takes seconds,
# which the command line's help and the readers of data sets need not wait for.
_HOMES = {
    "ImageEmbedder": "skmlic.embedding",
    "TrainingOptions": "skmlic.training",
    "TransferMultiLabelClassifier": "skmlic.classifier",
    "cache_info": "skmlic.embedding._feature_store",
    "clear_cache": "skmlic.embedding._feature_store",
    "config_context": "skmlic._utils._config",
    "get_config": "skmlic._utils._config",
    "list_backbones": "skmlic.backbones",
    "load_model": "skmlic.persistence",
    "model_stages": "skmlic.backbones",
    "predict_stream": "skmlic.inspection._prediction_stream",
    "report": "skmlic.plots._report._page",
    "report_dataset": "skmlic.plots._report._dataset",
    "save_model": "skmlic.persistence",
    "set_config": "skmlic._utils._config",
    "show_versions": "skmlic.embedding._environment",
}

__all__ = [
    "ImageEmbedder",
    "TrainingOptions",
    "TransferMultiLabelClassifier",
    "cache_info",
    "clear_cache",
    "config_context",
    "get_config",
    "list_backbones",
    "load_model",
    "model_stages",
    "predict_stream",
    "report",
    "report_dataset",
    "save_model",
    "set_config",
    "show_versions",
]

if TYPE_CHECKING:
    from skmlic._utils._config import config_context, get_config, set_config
    from skmlic.backbones import list_backbones, model_stages
    from skmlic.classifier import TransferMultiLabelClassifier
    from skmlic.embedding import ImageEmbedder
    from skmlic.embedding._environment import show_versions
    from skmlic.embedding._feature_store import cache_info, clear_cache
    from skmlic.inspection._prediction_stream import predict_stream
    from skmlic.persistence import load_model, save_model
    from skmlic.plots._report._dataset import report_dataset
    from skmlic.plots._report._page import report
    from skmlic.training import TrainingOptions
else:

    def __getattr__(name):
        if name in _HOMES:
            value = getattr(import_module(_HOMES[name]), name)
        else:
            value = _import_submodule(name)
        globals()[name] = value
        return value

    def __dir__():
        return sorted({*globals(), *__all__})


def _import_submodule(name):
    """Return a submodule, as ``skmlic.metrics`` after a mere ``import skmlic``."""
    module = f"{__name__}.{name}"
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
