"""Pretrained networks by name, with the preprocessing that belongs to their weights."""

from skmlic.backbones._registry import Backbone, list_backbones, load_backbone, model_stages

__all__ = ["Backbone", "list_backbones", "load_backbone", "model_stages"]
