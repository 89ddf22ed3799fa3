"""``skmlic export``: the files it writes, and what it refuses."""

import json
import shutil

import pytest

from skmlic.cli import main


@pytest.mark.slow
def test_onnx(data, model, tmp_path, capsys):
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    file = tmp_path / "shapes.onnx"
    assert main(["export", model, "-o", str(file)]) == 0
    assert f"Wrote {file}" in capsys.readouterr().err
    metadata = onnxruntime.InferenceSession(file).get_modelmeta().custom_metadata_map
    assert json.loads(metadata["skmlic"])["label_names"] == ["disc", "square", "triangle"]


def test_openvino(model, tmp_path, capsys):
    pytest.importorskip("openvino")
    file = tmp_path / "shapes.xml"
    assert main(["export", model, "-o", str(file)]) == 0
    assert f"Wrote {file} and {file.with_suffix('.bin')}" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shapes.bin", "shapes.xml"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-o", "{folder}/shapes.h5"], "expected a name that ends with .onnx or .xml, or --format"),
        (["-o", "{folder}/shapes", "--format", "openvino"], "expected a name that ends with .xml"),
        (["-o", "{folder}/no/shapes.xml"], "There is no folder"),
        (["-o", "{folder}"], "is a folder; expected the name of a file"),
    ],
)
def test_outputs_that_are_refused(arguments, expected, model, tmp_path, fail):
    pytest.importorskip("openvino")
    arguments = [text.format(folder=tmp_path) for text in arguments]
    assert expected in fail("export", model, *arguments)
    assert not list(tmp_path.iterdir())


def test_the_model_is_not_overwritten(model, tmp_path, fail):
    copy = shutil.copy(model, tmp_path / "shapes.xml")
    assert "would overwrite MODEL" in fail("export", copy, "-o", copy)


def test_files_that_are_no_models(tmp_path, fail):
    (tmp_path / "model").write_text("nothing")
    line = fail("export", tmp_path / "model", "-o", tmp_path / "a.xml")
    assert "expected: skmlic export MODEL -o FILE" in line
