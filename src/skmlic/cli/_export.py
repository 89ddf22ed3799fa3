"""``skmlic export``: a model as ONNX or OpenVINO."""

import argparse
from pathlib import Path

from skmlic.cli._console import Console
from skmlic.export import export_onnx, export_openvino
from skmlic.persistence import load_model

_FORMATS = {"onnx": (export_onnx, ".onnx"), "openvino": (export_openvino, ".xml")}


def run(args: argparse.Namespace, console: Console) -> int:
    """Run the command."""
    export, ending = _FORMATS[_choose_format(args)]
    with console.status(f"Loading {args.model}"):
        model = load_model(args.model)
    with console.status("Converting"):
        export(model, args.output)
    files = args.output
    if ending == ".xml":
        files += f" and {Path(args.output).with_suffix('.bin')}"
    console.note(f"Wrote {files}")
    return 0


def _choose_format(args):
    """Return the format that is given, or that the extension of the output tells."""
    if args.format:
        return args.format
    suffix = Path(args.output).suffix.lower()
    for name, (_, ending) in _FORMATS.items():
        if suffix == ending:
            return name
    raise ValueError(
        f"The format of {args.output!r} is not clear; expected a name that ends with .onnx or "
        f".xml, or --format, which takes {' and '.join(_FORMATS)}."
    )
