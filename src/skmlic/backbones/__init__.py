"""Pretrained networks by name, their stages, weights and fingerprints."""

from skmlic.backbones._batch_norm_folding import fold_batch_norm
from skmlic.backbones._catalog import describe_backbone, list_backbones
from skmlic.backbones._custom import load_custom
from skmlic.backbones._extractor import FeatureExtractor, average_pool
from skmlic.backbones._fingerprint import fingerprint
from skmlic.backbones._input_sizes import resize_network
from skmlic.backbones._lite import LITE_PACKAGES
from skmlic.backbones._poolings import POOLINGS
from skmlic.backbones._registry import (
    Backbone,
    load_backbone,
    load_network,
    make_backbone,
    model_stages,
)
from skmlic.backbones._small_networks import SMALL_IMAGE_SIZES

__all__ = [
    "LITE_PACKAGES",
    "POOLINGS",
    "SMALL_IMAGE_SIZES",
    "Backbone",
    "FeatureExtractor",
    "average_pool",
    "describe_backbone",
    "fingerprint",
    "fold_batch_norm",
    "list_backbones",
    "load_backbone",
    "load_custom",
    "load_network",
    "make_backbone",
    "model_stages",
    "resize_network",
]
