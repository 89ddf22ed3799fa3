"""The code of the guide that runs exported models without this package."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from skmlic.export import export_onnx, export_openvino

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "deployment.rst"
BEFORE = """
import sys

for name in ("skmlic", "torch", "timm", "sklearn"):
    sys.modules[name] = None
paths = sys.argv[1:]
"""
LARGEST_DIFFERENCE = 0.1
AFTER = """
import json

print(json.dumps([probabilities.tolist(), labels.tolist()]))
"""


def find_code():
    """Return the blocks of Python code of the guide: for ONNX Runtime, then for OpenVINO."""
    text = GUIDE.read_text(encoding="utf-8")
    blocks = re.findall(r"^\.\. code-block:: python\n\n((?:    .*\n|\n)+)", text, re.MULTILINE)
    return [re.sub(r"^    ", "", block, flags=re.MULTILINE) for block in blocks]


@pytest.fixture
def photos(shapes, tmp_path):
    """Return paths of enlarged images of shapes, two of which are stored in other ways."""
    paths = []
    for number, image in enumerate(shapes[0]):
        image = Image.fromarray(image).resize((150, 100), Image.Resampling.BICUBIC)
        paths.append(str(tmp_path / f"{number:02d}.png"))
        image.save(paths[-1])
    paths[0] = paths[0].replace(".png", ".jpg")
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(paths[0], exif=exif, quality=95)
    image.convert("P").save(paths[1])
    return paths


@pytest.mark.slow
@pytest.mark.parametrize("resize", ["squash", "crop"])
@pytest.mark.parametrize("color_mode", ["rgb", "grayscale"])
def test_labels_are_the_same_without_this_package(
    color_mode, resize, photos, shapes, make_classifier, tmp_path
):
    for name in ("onnxruntime", "onnxscript", "openvino"):
        pytest.importorskip(name)
    model = make_classifier(
        "tiny_cnn",
        engine="torch",
        precision="fp32",
        image_size=(28, 36),
        resize=resize,
        color_mode=color_mode,
        random_state=0,
    ).fit(photos, shapes[1])
    export_onnx(model, tmp_path / "scenes.onnx")
    export_openvino(model, tmp_path / "scenes.xml")
    onnx_code, openvino_code = find_code()
    probabilities, labels = model.predict_proba(photos), model.predict(photos)
    for code in (onnx_code, onnx_code + openvino_code):
        (tmp_path / "run.py").write_text(BEFORE + code + AFTER, encoding="utf-8")
        process = subprocess.run(
            [sys.executable, "run.py", *photos],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        *lines, results = process.stdout.splitlines()
        found, predicted = json.loads(results)
        # Pixels differ by up to 1, to which the features of this small network are sensitive.
        difference = np.abs(np.array(found) - probabilities)
        assert difference.mean() < 0.01
        assert difference.max() < LARGEST_DIFFERENCE
        is_clear = np.abs(probabilities - 0.5) > LARGEST_DIFFERENCE
        assert is_clear.mean() > 0.5
        np.testing.assert_array_equal(np.array(predicted)[is_clear], labels[is_clear])
        names = [
            re.findall(r"'(\d)'", line.removeprefix(path))
            for line, path in zip(lines, photos, strict=True)
        ]
        assert names == [np.flatnonzero(row).astype(str).tolist() for row in predicted]
