"""Multi-label image classification by transfer learning, as scikit-learn estimators."""

from skmlic._config import config_context, get_config, set_config
from skmlic._html_report import report
from skmlic._store import cache_info, clear_cache
from skmlic.backbones import list_backbones, model_stages
from skmlic.classifier import TransferMultiLabelClassifier
from skmlic.embedding import ImageEmbedder
from skmlic.persistence import load_model, save_model

__version__ = "0.1.0"

__all__ = [
    "ImageEmbedder",
    "TransferMultiLabelClassifier",
    "cache_info",
    "clear_cache",
    "config_context",
    "get_config",
    "list_backbones",
    "load_model",
    "model_stages",
    "report",
    "save_model",
    "set_config",
]
