"""Fitted estimators in the files of other libraries: ONNX, OpenVINO and skops."""

from skmlic.export._export import export_onnx, export_openvino
from skmlic.export._skops import get_trusted_types

__all__ = ["export_onnx", "export_openvino", "get_trusted_types"]
