"""``skmlic describe``: the statistics of a data set, and its problems."""

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from skmlic.cli import main


def test_text_and_json(data, tmp_path, capsys):
    path = tmp_path / "report.json"
    assert main(["describe", *data.arguments, "--json", str(path)]) == 0
    assert "80 images, 3 labels" in capsys.readouterr().out
    assert main(["describe", *data.arguments, "--json", "-", "-q"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == json.loads(path.read_text())
    assert found["n_images"] == 80


def test_report(data, tmp_path, capsys):
    page = tmp_path / "report.html"
    assert main(["describe", *data.arguments, "--report", str(page)]) == 0
    assert "80 images, 3 labels" in capsys.readouterr().out
    assert f"80 images in {data.images}" in page.read_text(encoding="utf-8")
    assert main(["describe", *data.arguments, "--report", str(tmp_path / "no" / "a.html")]) == 1
    assert "There is no folder" in capsys.readouterr().err


def test_images_of_floats_need_their_value_range(tmp_path, capsys):
    for name in "ab":
        Image.new("F", (8, 8), 2048).save(tmp_path / f"{name}.tif")
    (tmp_path / "labels.csv").write_text("file,sea\na.tif,1\nb.tif,0\n")
    arguments = ["describe", str(tmp_path), str(tmp_path / "labels.csv")]
    assert main(arguments) == 3
    assert "value_range" in capsys.readouterr().out
    page = tmp_path / "report.html"
    assert main([*arguments, "--value-range", "0:4095", "--report", str(page)]) == 0
    assert "This image can't be read" not in page.read_text(encoding="utf-8")


def test_a_value_range_is_two_numbers(data, capsys):
    with pytest.raises(SystemExit):
        main(["describe", *data.arguments, "--value-range", "4095"])
    assert "'4095'; expected BLACK:WHITE|none" in capsys.readouterr().err


def test_unreadable_images(damaged, capsys):
    assert main(["describe", *damaged]) == 3
    assert "03.png" in capsys.readouterr().out


@pytest.fixture
def mirrored(data, tmp_path):
    """Return a folder of two images, one of which is a mirror image of ``07.png``."""
    folder = tmp_path / "other"
    folder.mkdir()
    with Image.open(Path(data.images, "07.png")) as image:
        ImageOps.mirror(image).save(folder / "mirrored.png")
    Image.effect_mandelbrot((64, 64), (-3, -2.5, 2, 2.5), 100).save(folder / "new.png")
    return folder


@pytest.mark.slow
def test_near_duplicates(data, mirrored, tmp_path, capsys):
    shutil.copytree(data.images, tmp_path / "images")
    shutil.copy(mirrored / "mirrored.png", tmp_path / "images" / "80.png")
    row = data.table.iloc[7].copy()
    row["file"], row["disc"] = "80.png", 1 - row["disc"]
    table = data.table.copy()
    table.loc[80] = row
    table.to_csv(tmp_path / "labels.csv", index=False)
    path = tmp_path / "report.json"
    arguments = ["describe", str(tmp_path / "images"), str(tmp_path / "labels.csv")]
    assert main([*arguments, "--near-duplicates", "--json", str(path)]) == 0
    text = capsys.readouterr().out
    assert "of similar images with different labels\n      07.png ~ 80.png (0.9" in text
    pairs = {(p["first"], p["second"]): p for p in json.loads(path.read_text())["near_duplicates"]}
    assert pairs[7, 80]["differing"] == ["disc"]
    assert main(arguments) == 0
    assert "similar" not in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.filterwarnings("always::skmlic.exceptions.ImageReadWarning")
def test_similar_images_in_another_set(data, mirrored, capsys):
    (mirrored / "damaged.png").write_text("nothing")
    assert main(["describe", *data.arguments, "--other", str(mirrored)]) == 0
    found = capsys.readouterr()
    assert "of similar images in the two sets" in found.out
    assert "mirrored.png" in found.out
    assert "new.png" not in found.out
    assert "damaged.png" in found.err
    assert main(["describe", *data.arguments, "--other", str(mirrored), "--json", "-", "-q"]) == 0
    leak = json.loads(capsys.readouterr().out)["similar_in_other"][0]
    assert Path(leak["path"]).name == "07.png"
    assert leak["other_path"] == str(mirrored / "mirrored.png")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("no", "no such folder or file", id="missing"),
        pytest.param("empty", "it has no images", id="empty"),
    ],
)
def test_other_images_that_do_not_exist(data, tmp_path, capsys, name, message):
    (tmp_path / "empty").mkdir()
    assert main(["describe", *data.arguments, "--other", str(tmp_path / name)]) == 1
    assert message in capsys.readouterr().err
