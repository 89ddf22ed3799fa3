"""Names that lead out of the folder of the images."""

import json
import os

import pandas as pd
import pytest
from PIL import Image

from skmlic.datasets import describe_dataset, load_dataset, load_labelled_images
from skmlic.datasets._files import place_inside

URL = "https://example.com/x.png"


@pytest.fixture
def place(root):
    """A folder ``images`` with x.png, and images beside it that names can lead to."""
    for name in ("images/in.png", "out.png", "other/out.png"):
        os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
        Image.new("L", (4, 4)).save(name)
    return root


OUTSIDE = {
    "parent": "../out.png",
    "back and parent": "in/../../out.png",
    "own name and parent": "images/../../out.png",
    "beside": "../other/out.png",
    "absolute": "{root}/out.png",
    "absolute and back": "{root}/images/../out.png",
    "backslashes": "..\\out.png",
    "two slashes": "/{root}/out.png",
    "without extension": "../out",
    "escaped": "\\x2e./out.png",
    "file": "file://{root}/out.png",
    "local": "local://{root}/out.png",
    "chain": "simplecache::file://{root}/out.png",
    "web": URL,
    "drive": "C:\\out.png",
    "network": "\\\\server\\share\\out.png",
}


@pytest.mark.parametrize("name", OUTSIDE.values(), ids=OUTSIDE)
def test_names_outside_are_missing(name, place):
    name = name.format(root=place)
    table = pd.DataFrame({"file": ["in.png", name], "sea": [1, 0]})
    with pytest.raises(FileNotFoundError) as caught:
        load_labelled_images("images", table)
    assert f"{name!r} (row 1)" in str(caught.value)
    data = load_labelled_images("images", table, missing="drop")
    assert data.paths == ["images/in.png"]
    assert data.missing == [name]


READERS = {
    "table": ("labels.csv", lambda name: f"file,sea\nin.png,1\n{name},0\n", {}),
    "JSON lines": (
        "labels.jsonl",
        lambda name: "".join(
            json.dumps({"file": one, "labels": ["sea"]}) + "\n" for one in ("in.png", name)
        ),
        {},
    ),
    "lists": ("lists/sea.txt", lambda name: f"in.png\n{name}\n", {}),
    "long": ("long.csv", lambda name: f"f,l,v\nin.png,sea,1\n{name},sea,0\n", {"format": "long"}),
    "image folder": ("metadata.csv", lambda name: f"file_name,sea\nin.png,1\n{name},0\n", {}),
}


@pytest.mark.parametrize("name", ["../out.png", "{root}/out.png", URL])
@pytest.mark.parametrize("reader", READERS)
def test_names_outside_are_allowed_by_a_parameter(reader, name, place):
    file, write, options = READERS[reader]
    name = name.format(root=place)
    os.makedirs(os.path.dirname(file) or ".", exist_ok=True)
    (place / file).write_text(write(name))
    labels = "lists" if reader == "lists" else file
    with pytest.raises(FileNotFoundError, match="if you trust the names, pass outside='allow'"):
        load_dataset("images", labels, **options)
    data = load_dataset("images", labels, outside="allow", **options)
    expected = {"images/in.png", name if name == URL else os.path.normpath(f"images/{name}")}
    if name.startswith("/"):
        expected = {"images/in.png", name}
    assert {path if path == URL else os.path.normpath(path) for path in data.paths} == expected
    with pytest.raises(ValueError, match=r"outside='raise', expected 'missing' or 'allow'"):
        load_dataset("images", labels, outside="raise", **options)


def test_an_absolute_path_in_the_folder_is_inside(place):
    table = pd.DataFrame({"file": [f"{place}/images/in.png"], "sea": [1]})
    for folder in ("images", place / "images", "../data/images"):
        assert load_labelled_images(folder, table).paths == [f"{place}/images/in.png"]


def test_links_in_the_folder_are_followed(place):
    (place / "images/link").symlink_to(place / "other")
    (place / "images/linked.png").symlink_to(place / "out.png")
    table = pd.DataFrame({"file": ["link/out.png", "linked.png"], "sea": [1, 0]})
    assert load_labelled_images("images", table).paths == [
        "images/link/out.png",
        "images/linked.png",
    ]
    # What is beside the target of a link is not in the folder.
    assert place_inside("link/../in.png", "images") == "images/in.png"


def test_the_folder_may_be_a_link(place):
    (place / "again").symlink_to(place / "images")
    table = pd.DataFrame({"file": [f"{place}/images/in.png", "../again/in.png"], "sea": [1, 0]})
    for row in (0, 1):
        assert len(load_labelled_images("again", table.iloc[[row]]).paths) == 1


def test_a_name_above_a_folder_above(place, monkeypatch):
    (place / "images/deep").mkdir()
    monkeypatch.chdir("images/deep")
    assert place_inside("../../out.png", "../..") is None
    table = pd.DataFrame({"file": ["../../../other.png", "../in.png"], "sea": [1, 0]})
    (place / "../other.png").write_bytes((place / "out.png").read_bytes())
    assert load_labelled_images("..", table, missing="drop").missing == ["../../../other.png"]


@pytest.mark.parametrize("name", ["a\0b.png", "\0/in", "\ud800.png", "x" * 5000, "..", ""])
def test_names_that_no_path_has_are_missing(name, place):
    table = pd.DataFrame({"file": ["in.png", name], "sea": [1, 0]}, dtype=object)
    assert load_labelled_images("images", table, missing="drop").missing == [name]


ANNOTATIONS = {
    "coco": {
        "images": [{"id": 1, "file_name": "{name}"}],
        "categories": [{"id": 1, "name": "sea"}],
        "annotations": [{"image_id": 1, "category_id": 1}],
    },
    "label_studio": [
        {
            "data": {"image": "{name}"},
            "annotations": [
                {
                    "result": [
                        {
                            "from_name": "c",
                            "to_name": "i",
                            "type": "choices",
                            "value": {"choices": ["sea"]},
                        }
                    ]
                }
            ],
        }
    ],
    "create_ml": [{"image": "{name}", "annotations": ["sea"]}],
    "fiftyone": {"classes": ["sea"], "labels": {"{name}": [0]}},
    "cvat": '<annotations><image name="{name}"><tag label="sea"/></image></annotations>',
    "chest_xray14": "Image Index,Finding Labels\n{name},sea\n",
    "celeba": "1\nsea\n{name} 1\n",
}


@pytest.mark.parametrize("name", ["../out.png", "{root}/out.png", "file://{root}/out.png", URL])
@pytest.mark.parametrize("form", ANNOTATIONS)
def test_annotations_name_images_in_the_folder_only(form, name, place):
    content = ANNOTATIONS[form]
    text = content if isinstance(content, str) else json.dumps(content)
    ending = {"cvat": "xml", "chest_xray14": "csv", "celeba": "txt"}.get(form, "json")
    file = place / f"labels.{ending}"
    file.write_text(text.replace("{name}", name.format(root=place)))
    with pytest.raises(FileNotFoundError, match=r"1 of the 1 images of .* are not in 'images'"):
        load_dataset("images", file, format=form)
    # As much of the name as the folder has is enough for files of other machines.
    Image.new("L", (4, 4)).save("images/out.png")
    Image.new("L", (4, 4)).save("images/x.png")
    if form in ("coco", "label_studio", "create_ml", "fiftyone"):
        (path,) = load_dataset("images", file, format=form).paths
        assert os.path.realpath(path).startswith(str(place / "images"))


def test_annotations_of_voc_are_in_its_folder(place):
    for folder in ("VOC/JPEGImages", "VOC/Annotations", "VOC/ImageSets/Main"):
        os.makedirs(folder)
    (place / "VOC/secret.xml").write_text(
        "<annotation><object><name>a</name></object></annotation>"
    )
    (place / "VOC/ImageSets/Main/val.txt").write_text("../secret\n")
    with pytest.raises(FileNotFoundError, match=r"no annotation of image '\.\./secret'"):
        load_dataset("VOC", split="val")


def test_a_report_names_urls_as_they_are(place):
    table = pd.DataFrame({"file": ["in.png", "file:///nowhere/x.png"], "sea": [1, 0]})
    report = describe_dataset(load_labelled_images("images", table, outside="allow"))
    assert "file:///nowhere/x.png" in str(report)
