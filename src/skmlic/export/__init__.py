"""Export of fitted classifiers to ONNX and OpenVINO."""

from skmlic.export._export import export_onnx, export_openvino

__all__ = ["export_onnx", "export_openvino"]
