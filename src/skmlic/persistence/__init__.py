"""Fitted estimators in files that contain no code."""

from skmlic.persistence._save_load import load_model, save_model

__all__ = ["load_model", "save_model"]
