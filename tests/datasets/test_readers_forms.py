"""Tests of label lists, JSON lines, and of recognising the form of labels."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from skmlic.datasets import (
    load_coco,
    load_dataset,
    load_json_lines,
    load_label_lists,
    load_labelled_images,
    load_voc,
)

NAMES = ["beach.jpg", "forest.jpg", "lake.PNG"]


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in NAMES:
        Image.new("RGB", (4, 4)).save(folder / name)
    return folder


@pytest.fixture
def lists(tmp_path):
    def write_lists(**texts):
        lists = tmp_path / "lists"
        lists.mkdir()
        for name, text in texts.items():
            (lists / f"{name}.txt").write_text(text)
        return lists

    return write_lists


@pytest.fixture
def lines(tmp_path):
    def write_lines(*rows):
        file = tmp_path / "labels.jsonl"
        file.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
        return file

    return write_lines


def file_names(data):
    return [Path(path).name for path in data.paths]


# load_label_lists


def test_lists_give_rows_sorted_by_path(folder, lists):
    data = load_label_lists(
        folder, lists(trees="lake\nforest.jpg\n\n", sea="beach\r\n lake.PNG \n")
    )
    assert file_names(data) == NAMES
    assert data.label_names == ["sea", "trees"]
    np.testing.assert_array_equal(data.Y, [[1, 0], [0, 1], [1, 1]])
    assert (data.Y.dtypes == np.int64).all()


@pytest.mark.parametrize("n_labels", [1, 2, 3])
def test_lists_agree_with_a_table(folder, lists, n_labels):
    labels = ["sea", "sun", "trees"][:n_labels]
    Y = np.ones((3, n_labels), dtype=int)
    Y[1, 1:] = 0
    listed = {
        label: "\n".join(name for name, y in zip(NAMES, Y[:, j], strict=True) if y)
        for j, label in enumerate(labels)
    }
    table = pd.DataFrame(Y, columns=labels)
    table.insert(0, "file", NAMES)
    data = load_label_lists(folder, lists(**listed))
    pd.testing.assert_frame_equal(data.frame, load_labelled_images(folder, table).frame)


def test_unlisted_pictures(folder, lists):
    (folder / "notes.txt").write_text("no picture")
    place = lists(sea="beach\n", empty="")
    assert file_names(load_label_lists(folder, place)) == ["beach.jpg"]
    data = load_label_lists(folder, place, unlisted="negative")
    assert file_names(data) == NAMES
    np.testing.assert_array_equal(data.Y, [[0, 1], [0, 0], [0, 0]])


def test_lists_with_missing_pictures(folder, lists):
    place = lists(sea="lost\nbeach\n", trees="lost\n")
    with pytest.raises(FileNotFoundError, match=r"1 of the 2 .*'lost' \(at line 1 of sea\.txt\)"):
        load_label_lists(folder, place)
    data = load_label_lists(folder, place, missing="drop")
    assert data.missing == ["lost"]
    np.testing.assert_array_equal(data.Y, [[1, 0]])


def test_lists_with_label_names(folder, lists):
    place = lists(sea="beach\n", trees="beach\nforest\n")
    data = load_label_lists(folder, place, label_names=["trees"])
    assert data.label_names == ["trees"]
    with pytest.raises(ValueError, match=r"no list 'fog\.txt'"):
        load_label_lists(folder, place, label_names=["fog"])
    data = load_label_lists(folder, place, label_names=np.array(["trees", "sea"]))
    assert data.label_names == ["trees", "sea"]
    with pytest.raises(TypeError, match=r"label_names='sea' is one name\. Write \['sea'\]"):
        load_label_lists(folder, place, label_names="sea")


def test_lists_of_other_systems(folder, lists):
    place = lists(sea="\ufeffbeach\r\n.\\lake.png\r\n")
    (place / "._sea.txt").write_bytes(b"\xff\x00")
    (place / "TREES.TXT").write_text("forest")
    data = load_label_lists(folder, place)
    assert data.label_names == ["TREES", "sea"]
    np.testing.assert_array_equal(data.Y, [[0, 1], [1, 0], [0, 1]])
    (place / "fog.txt").write_bytes("über.jpg".encode("latin-1"))
    with pytest.raises(ValueError, match=r"fog\.txt' is not a UTF-8 text file.*write_text"):
        load_label_lists(folder, place)


def test_linked_folders_of_pictures(folder, lists, tmp_path):
    """They are looked into, each once, and their pictures have one row."""
    (tmp_path / "elsewhere").mkdir()
    for name in ("a.png", "b.png"):
        Image.new("RGB", (4, 4)).save(tmp_path / "elsewhere" / name)
    for name in ("first", "second"):
        (folder / name).symlink_to(tmp_path / "elsewhere")
    (folder / "up").symlink_to(folder)
    place = lists(sea="second/a\nup/lake\n", trees="first/a\n")
    data = load_label_lists(folder, place, unlisted="negative")
    found = dict(zip(file_names(data), data.Y.to_numpy().tolist(), strict=True))
    no = [0, 0]
    listed = {"lake.PNG": [1, 0], "a.png": [1, 1]}
    assert found == {"beach.jpg": no, "forest.jpg": no, "b.png": no, **listed}
    assert len(data.paths) == 5


def test_lists_that_are_none(folder, lists, tmp_path):
    with pytest.raises(FileNotFoundError, match="one file a label"):
        load_label_lists(folder, folder)
    with pytest.raises(NotADirectoryError, match=r"lists=.*no such folder"):
        load_label_lists(folder, tmp_path / "nowhere")
    with pytest.raises(ValueError, match="are empty"):
        load_label_lists(folder, lists(sea="\n"))
    with pytest.raises(ValueError, match="unlisted='keep'"):
        load_label_lists(folder, folder, unlisted="keep")


# load_json_lines


@pytest.mark.parametrize("field", ["file", "image", "path", "filename", "file_name"])
def test_three_ways_to_write_labels_agree(folder, lines, field):
    listed = load_json_lines(
        folder,
        lines(
            {field: "beach.jpg", "labels": ["sea", "trees"]},
            {field: "forest", "labels": []},
        ),
    )
    nested = load_json_lines(
        folder,
        lines(
            {field: "beach.jpg", "labels": {"sea": 1, "trees": True}, "width": 9},
            "",
            {"labels": {"trees": 0.0, "sea": False}, field: "forest"},
        ),
    )
    flat = load_json_lines(
        folder,
        lines({field: "beach.jpg", "sea": 1, "trees": 1}, {field: "forest", "sea": 0, "trees": 0}),
    )
    np.testing.assert_array_equal(listed.Y, [[1, 1], [0, 0]])
    pd.testing.assert_frame_equal(listed.frame, nested.frame)
    pd.testing.assert_frame_equal(listed.frame, flat.frame)


def test_null_is_unknown(folder, lines):
    data = load_json_lines(
        folder, lines({"file": "beach", "sea": None}, {"file": "lake", "sea": 1})
    )
    np.testing.assert_array_equal(data.Y, [[np.nan], [1]])
    assert (data.Y.dtypes == np.float64).all()


def test_other_fields_have_to_be_named(folder, lines):
    file = lines({"id": "beach", "tags": ["sea"], "width": 640})
    with pytest.raises(ValueError, match=r"Line 1 has the fields 'id', 'tags'.*path_column='NAME'"):
        load_json_lines(folder, file)
    with pytest.raises(ValueError, match=r"Line 1 has 'tags'.*label_column='tags'"):
        load_json_lines(folder, file, path_column="id")
    data = load_json_lines(folder, file, path_column="id", label_column="tags")
    assert data.label_names == ["sea"]


def test_label_names_of_lines(folder, lines):
    file = lines({"file": "beach", "sea": 1, "width": 640}, {"file": "lake", "sea": 0})
    with pytest.raises(ValueError, match=r"Line 1 has 'width': 640, expected 0, 1 or null"):
        load_json_lines(folder, file)
    assert load_json_lines(folder, file, label_names=["sea"]).Y["sea"].tolist() == [1, 0]
    file = lines({"file": "beach", "labels": ["sea"]})
    data = load_json_lines(folder, file, label_names=["trees", "sea"])
    np.testing.assert_array_equal(data.Y, [[0, 1]])
    file = lines({"file": "beach", "labels": []})
    data = load_json_lines(folder, file, label_names=["trees", "sea"])
    np.testing.assert_array_equal(data.Y, [[0, 0]])
    with pytest.raises(ValueError, match=r"No picture has any label, .*label_names="):
        load_json_lines(folder, file)


def test_lines_of_other_systems(folder, tmp_path):
    file = tmp_path / "labels.json"
    text = (
        '\ufeff\r\n{"file": "beach", "labels": ["a\u2028b"]}\r\n\r\n{"file": "lake", "labels": []}'
    )
    file.write_bytes(text.encode())
    data = load_dataset(folder, file)
    assert data.label_names == ["a\u2028b"]
    np.testing.assert_array_equal(data.Y, [[1], [0]])
    file.write_bytes('{"file": "über.jpg"}'.encode("latin-1"))
    with pytest.raises(ValueError, match="is not a UTF-8 text file"):
        load_json_lines(folder, file)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ('{"file": "lake", ', "Line 3 of .* is no JSON"),
        ("[1]", "Line 3 of .* is a list, expected an object"),
        ({"labels": ["sea"]}, "Line 3 has no field 'file'"),
        ({"file": None, "labels": []}, "Line 3 has 'file': None"),
        ({"file": "lake", "labels": "sea"}, "Line 3 has 'labels': 'sea', expected a list"),
        ({"file": "lake", "labels": ["sea", " "]}, "Line 3 has 'labels': .*, expected a list"),
        ({"file": "lake", "labels": [True]}, r"Line 3 has 'labels': \[True\], expected a list"),
        ({"file": "lake", "labels": {"sea": 1}}, "has a list of labels, and line 3 an object"),
        ({"file": "beach.jpg", "labels": []}, r"'beach' \(line 1\), 'beach.jpg' \(line 3\)"),
    ],
)
def test_bad_lines_are_numbered(folder, lines, row, expected):
    with pytest.raises(ValueError, match=expected):
        load_json_lines(folder, lines({"file": "beach", "labels": ["sea"]}, "", row))


@pytest.mark.parametrize("labels", [{"sea": 1}, {"sea": 1, "fog": 1, "sun": 0}])
def test_values_have_to_be_complete(folder, lines, labels):
    file = lines(
        {"file": "beach", "labels": {"sea": 1, "fog": 0}}, {"file": "lake", "labels": labels}
    )
    with pytest.raises(ValueError, match=r"Line 2 has .*unlike line 1.*null"):
        load_json_lines(folder, file)


def test_lines_with_missing_pictures(folder, lines):
    file = lines({"file": "lost", "sea": 7}, {"file": "lake", "sea": 1})
    with pytest.raises(FileNotFoundError, match=r"'lost' \(line 1\)"):
        load_json_lines(folder, file)
    data = load_json_lines(folder, file, missing="drop")
    assert (data.missing, file_names(data)) == (["lost"], ["lake.PNG"])


def test_lines_that_are_none(folder, lines):
    with pytest.raises(ValueError, match="is empty"):
        load_json_lines(folder, lines(""))
    with pytest.raises(ValueError, match="no label"):
        load_json_lines(folder, lines({"file": "lake"}))
    with pytest.raises(FileNotFoundError, match="There is no file at file='nowhere'"):
        load_json_lines(folder, "nowhere")


# load_dataset

COCO = {
    "images": [{"id": 1, "file_name": "beach.jpg"}],
    "categories": [{"id": 1, "name": "sea"}],
    "annotations": [{"image_id": 1, "category_id": 1}],
}


@pytest.mark.parametrize(
    ("name", "text", "reader"),
    [
        ("labels.csv", "file,sea\nbeach.jpg,1\n", load_labelled_images),
        ("labels.TSV", "file\tsea\nbeach.jpg\t1\n", load_labelled_images),
        ("labels.txt", "file;sea\nbeach.jpg;1\n", load_labelled_images),
        ("labels.jsonl", '{"file": "beach.jpg", "sea": 1}\n', load_json_lines),
        ("labels.ndjson", '{"file": "beach.jpg", "sea": 1}\n', load_json_lines),
        ("labels.json", '{"file": "beach.jpg", "sea": 1}\n', load_json_lines),
        ("labels.json", json.dumps(COCO), load_coco),
        ("labels.json", json.dumps(COCO, indent=1), load_coco),
    ],
)
def test_form_of_files_is_recognised(folder, tmp_path, name, text, reader):
    file = tmp_path / name
    file.write_text(text)
    expected = reader(folder, file)
    for labels in (file, str(file)):
        pd.testing.assert_frame_equal(load_dataset(folder, labels).frame, expected.frame)


def test_other_forms_are_recognised(folder, lists, tmp_path):
    place = lists(sea="beach\n")
    expected = load_label_lists(folder, place)
    assert load_dataset(folder, place, unlisted="drop").paths == expected.paths
    pd.testing.assert_frame_equal(load_dataset(folder, expected.frame).frame, expected.frame)
    (tmp_path / "instances.json").write_text(json.dumps(COCO))
    assert load_dataset(folder, [tmp_path / "instances.json"]).paths == expected.paths


def test_voc_is_recognised(tmp_path):
    pictures = tmp_path / "VOC2007" / "JPEGImages"
    pictures.mkdir(parents=True)
    Image.new("RGB", (4, 4)).save(pictures / "1.jpg")
    main = tmp_path / "VOC2007" / "ImageSets" / "Main"
    main.mkdir(parents=True)
    (main / "val.txt").write_text("1\n")
    (main / "cat_val.txt").write_text("1 1\n")
    expected = load_voc(tmp_path, split="val")
    data = load_dataset(tmp_path, split="val")
    pd.testing.assert_frame_equal(data.frame, expected.frame)
    with pytest.raises(ValueError, match="pass it as images, without labels"):
        load_dataset(pictures, tmp_path / "VOC2007")


def test_unknown_forms_are_answered_with_the_known(folder, tmp_path):
    (tmp_path / "labels.xlsx").write_bytes(b"")
    for arguments in [(folder,), (folder, tmp_path / "labels.xlsx")]:
        with pytest.raises(ValueError, match=r"labels\.csv(.|\n)*VOCdevkit/VOC2007"):
            load_dataset(*arguments)
    with pytest.raises(FileNotFoundError, match=r"no file labels='nowhere\.csv'"):
        load_dataset(folder, "nowhere.csv")
    with pytest.raises(FileNotFoundError, match=r"Did you mean labels=.*beach\.jpg'"):
        load_dataset(folder, "beach.jpg")
    (tmp_path / "labels.csv").write_text("file,sea\n")
    with pytest.raises(FileNotFoundError, match=r"Did you mean labels=.*labels\.csv'"):
        load_dataset(folder, tmp_path / "labelz.csv")
    with pytest.raises(FileNotFoundError, match=r"nowhere.labels\.csv'\.$"):
        load_dataset(folder, tmp_path / "nowhere" / "labels.csv")
    with pytest.raises(TypeError, match="no_such_option"):
        load_dataset(folder, folder, no_such_option=1)


def test_list_of_objects_and_its_remedy(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("labels.json").write_text('[{"file": "beach.jpg", "labels": ["sea"]}]')
    with pytest.raises(ValueError, match=r"is a JSON list, expected COCO's object") as caught:
        load_dataset(folder, "labels.json")
    eval(str(caught.value).split("write ")[1].rstrip("."), {"pandas": pd})
    assert load_dataset(folder, "labels.jsonl").label_names == ["sea"]
