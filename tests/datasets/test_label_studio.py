"""Exports of Label Studio: JSON, JSON-MIN and CSV."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from skmlic.datasets import load_dataset

NAMES = ("beach.jpg", "1a2b3c4d-forest.jpg", "lake one.jpg")


@pytest.fixture
def images(tmp_path):
    """A folder of images: one name without the prefix of the upload, one with it."""
    folder = tmp_path / "images"
    (folder / "deep").mkdir(parents=True)
    for name in (*NAMES[:2], f"deep/{NAMES[2]}"):
        Image.new("L", (4, 4)).save(folder / name)
    return folder


def choose(*labels, control="choice", kind="choices"):
    return {
        "id": "Dx_aB91ISN",
        "from_name": control,
        "to_name": "image",
        "type": kind,
        "origin": "manual",
        "value": {kind: list(labels), **({"x": 1.0, "y": 2.0} if kind != "choices" else {})},
    }


def annotate(*results, **fields):
    return {"id": 7, "completed_by": 1, "was_cancelled": False, "result": list(results)} | fields


def make_task(number, url, *annotations, **fields):
    return {"id": number, "data": {"image": url}, "annotations": list(annotations)} | fields


UPLOADS = (
    "/data/upload/1/8a7b6c5d-beach.jpg",
    "/data/upload/1/1a2b3c4d-forest.jpg",
    "/data/local-files/?d=some%20folder/deep/lake%20one.jpg",
)


def write_json(tmp_path, content):
    file = tmp_path / "project-1-at-2026-11-26.json"
    file.write_text(json.dumps(content))
    return file


def check(data, labels, *rows):
    assert data.label_names == labels
    np.testing.assert_array_equal(data.Y, rows)
    assert all(map(Path.is_file, map(Path, data.paths)))


def write_min(tmp_path, cells):
    rows = [
        {
            "image": url,
            "id": number,
            "choice": cell,
            "annotator": 1,
            "annotation_id": number,
            "created_at": "2026-11-26T10:00:00.000000Z",
            "updated_at": "2026-11-26T10:00:00.000000Z",
            "lead_time": 3.2,
        }
        for number, (url, cell) in enumerate(zip(UPLOADS, cells, strict=True), start=1)
    ]
    return [
        {key: value for key, value in row.items() if key != "choice" or value is not None}
        for row in rows
    ]


def test_json(images, tmp_path):
    tasks = [
        make_task(1, UPLOADS[0], annotate(choose("sea", "sky"))),
        make_task(2, UPLOADS[1], annotate(choose("trees"))),
        make_task(3, UPLOADS[2], annotate()),
    ]
    data = load_dataset(images, write_json(tmp_path, tasks))
    check(data, ["sea", "sky", "trees"], [1, 1, 0], [0, 0, 1], [0, 0, 0])
    assert [Path(path).name for path in data.paths] == list(NAMES)
    names = ["trees", "snow"]
    check(
        load_dataset(images, write_json(tmp_path, tasks), label_names=names),
        names,
        *([0, 0], [1, 0], [0, 0]),
    )


def test_json_min_and_csv(images, tmp_path):
    rows = write_min(tmp_path, [{"choices": ["sea", "sky"]}, "trees", None])
    expected = ["sea", "sky", "trees"], [1, 1, 0], [0, 0, 1], [0, 0, 0]
    check(load_dataset(images, write_json(tmp_path, rows)), *expected)
    file = tmp_path / "project.csv"
    with open(file, "w", newline="") as stream:
        table = csv.DictWriter(stream, sorted({key for row in rows for key in row}), restval="")
        table.writeheader()
        for row in rows:
            is_list = isinstance(row.get("choice"), dict)
            table.writerow(row | ({"choice": json.dumps(row["choice"])} if is_list else {}))
    check(load_dataset(images, file), *expected)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("/data/upload/1/8a7b6c5d-beach.jpg", "beach.jpg"),
        ("/data/upload/1a2b3c4d-forest.jpg", "1a2b3c4d-forest.jpg"),
        ("/data/local-files/?d=images/beach.jpg", "beach.jpg"),
        ("/data/local-files/?d=C%3A%5Cphotos%5Cbeach.jpg", "beach.jpg"),
        ("/data/local-files/?d=deep%2Flake+one.jpg", "lake one.jpg"),
        ("http://localhost:8080/data/upload/3/8a7b6c5d-beach.jpg", "beach.jpg"),
        ("https://host.example/x/beach.jpg?token=1", "beach.jpg"),
        ("s3://bucket/photos/beach.jpg", "beach.jpg"),
        ("beach.jpg", "beach.jpg"),
        ("/data/upload/1/8a7b6c5d-lake%20one.jpg", "lake one.jpg"),
    ],
)
def test_urls_of_images(url, name, images, tmp_path):
    file = write_json(tmp_path, [make_task(1, url, annotate(choose("sea")))])
    assert Path(load_dataset(images, file).paths[0]).name == name


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("/data/upload/1/8a7b6c5d-lake_one_2.jpg", "lake one (2).jpg"),
        ("/data/upload/1/8a7b6c5d-M%C3%BCller_1.jpg", "Müller #1.jpg"),
        ("/data/upload/1/8a7b6c5d-Müller_1.jpg", "Mu\u0308ller #1.jpg"),
        ("/data/upload/1/8a7b6c5d-%E6%97%A5%E6%9C%AC.jpg", "日本.jpg"),
        ("s3://bucket/p/a#1?.jpg", "a#1?.jpg"),
        ("s3://bucket/p/a%20b.jpg", "a%20b.jpg"),
        ("gs://bucket/a b.jpg", "a b.jpg"),
        ("azure-blob://container/p/a.jpg", "p/a.jpg"),
        ("/data/local-files/?d=x/a+b.jpg", "a+b.jpg"),
        ("/data/local-files/?d=x/R&D.jpg", "R&D.jpg"),
        ("https://host.example/c/a.jpg?sv=2020&sig=x%2Fb.jpg", "a.jpg"),
        # The text is s3://bucket/a.jpg.
        ("/tasks/5/resolve/?fileuri=czM6Ly9idWNrZXQvYS5qcGc=", "a.jpg"),
        ("https://host.example/tasks/5/presign/?fileuri=czM6Ly9idWNrZXQvYS5qcGc=", "a.jpg"),
    ],
)
def test_signs_in_names(url, name, tmp_path):
    file = write_json(tmp_path, [make_task(1, url, annotate(choose("sea")))])
    (tmp_path / "images" / name).parent.mkdir(parents=True)
    Image.new("L", (4, 4)).save(tmp_path / "images" / name)
    Image.new("L", (4, 4)).save(tmp_path / "images" / "other.jpg")
    assert load_dataset(tmp_path / "images", file).paths == [str(tmp_path / "images" / name)]


def test_ampersand_in_the_name_of_a_local_file(tmp_path):
    images = tmp_path / "images"
    images.mkdir()
    for name in ("a.jpg", "a&b.jpg"):
        Image.new("L", (4, 4)).save(images / name)
    urls = ["/data/local-files/?d=images/a.jpg", "/data/local-files/?d=images/a&b.jpg"]
    tasks = [make_task(number, url, annotate(choose("sea"))) for number, url in enumerate(urls)]
    data = load_dataset(images, write_json(tmp_path, tasks))
    assert [Path(path).name for path in data.paths] == ["a.jpg", "a&b.jpg"]


def test_originals_of_one_stored_name(images, tmp_path):
    for name in ("lake (1).jpg", "lake #1.jpg"):
        Image.new("L", (4, 4)).save(images / name)
    url = "/data/upload/1/8a7b6c5d-lake_1.jpg"
    file = write_json(tmp_path, [make_task(1, url, annotate(choose("sea")))])
    with pytest.raises(FileNotFoundError, match="1 of the 1 images"):
        load_dataset(images, file)
    Image.new("L", (4, 4)).save(images / "lake_1.jpg")
    assert load_dataset(images, file).paths == [str(images / "lake_1.jpg")]


@pytest.mark.parametrize(
    "data",
    [
        {"note": "this is other.jpg", "photo": UPLOADS[0]},
        {"html": "<p>A <img src='/x/other.jpg'></p>", "photo": UPLOADS[0]},
        {"image": "", "photo": "beach.jpg"},
        {"text": "a view", "image": UPLOADS[0]},
    ],
)
def test_other_data(data, images, tmp_path):
    task = make_task(1, "", annotate(choose("sea"))) | {"data": data}
    assert load_dataset(images, write_json(tmp_path, [task])).paths == [str(images / "beach.jpg")]
    task["data"] = {"image": [UPLOADS[0], UPLOADS[1]]}
    with pytest.raises(ValueError, match="none of which is the URL of one image"):
        load_dataset(images, write_json(tmp_path, [task]))


def test_results_without_labels(images, tmp_path):
    others = (
        {"type": "relation", "from_id": "x", "to_id": "y", "direction": "right"},
        {"from_name": "stars", "to_name": "image", "type": "rating", "value": {"rating": 3}},
        {"from_name": "choice", "to_name": "image", "type": "choices", "value": None},
    )
    tasks = [
        make_task(1, UPLOADS[0], annotate(choose("sea"), *others)),
        make_task(2, UPLOADS[1], annotate() | {"result": None}),
    ]
    check(load_dataset(images, write_json(tmp_path, tasks)), ["sea"], [1], [0])
    tasks = [make_task(1, UPLOADS[0], annotate())]
    file = write_json(tmp_path, tasks)
    data = load_dataset(images, file, control="choice", label_names=["sea"])
    check(data, ["sea"], [0])
    file = write_json(tmp_path, [make_task(1, UPLOADS[0], annotate(others[1]))])
    with pytest.raises(ValueError, match="there are no results with labels"):
        load_dataset(images, file, control="choice")


def test_advice_about_predictions(images, tmp_path):
    file = write_json(tmp_path, [make_task(1, UPLOADS[0], predictions=[12])])
    with pytest.raises(ValueError, match=r"has annotations\.$"):
        load_dataset(images, file)
    file = write_json(tmp_path, [make_task(1, UPLOADS[0], annotate(choose("sea")))])
    with pytest.raises(ValueError, match=r"has predictions\..*results='annotations'"):
        load_dataset(images, file, results="predictions")


@pytest.mark.parametrize(
    ("cell", "labels"),
    [
        ("[unclear]", ["[unclear]"]),
        ({"choices": ["sky", "sea"]}, ["sea", "sky"]),
        ([{"choices": ["sky", "sea"]}, "trees"], ["sea", "sky", "trees"]),
        ([{"taxonomy": [["land", "trees"], ["sea"]]}], ["land/trees", "sea"]),
        (
            [{"x": 1, "rectanglelabels": ["dog"]}, {"x": 2, "rectanglelabels": ["cat"]}],
            ["cat", "dog"],
        ),
    ],
)
def test_cells(cell, labels, images, tmp_path):
    row = write_min(tmp_path, [cell, None, None])[0]
    data = load_dataset(images, write_json(tmp_path, [row]))
    check(data, labels, [1] * len(labels))
    text = cell if isinstance(cell, str) else json.dumps(cell)
    with open(tmp_path / "project.csv", "w", newline="", encoding="utf-8-sig") as stream:
        table = csv.DictWriter(stream, sorted(row), quoting=csv.QUOTE_NONNUMERIC)
        table.writeheader()
        table.writerow(row | {"choice": text})
    check(load_dataset(images, tmp_path / "project.csv"), labels, [1] * len(labels))


def test_advice_about_columns_of_text(images, tmp_path):
    rows = write_min(tmp_path, ["sea", "trees", "sea"])
    rows = [{"caption": f"view {number}"} | row for number, row in enumerate(rows)]
    file = write_json(tmp_path, rows)
    with pytest.raises(ValueError, match=r"such as control='choice'"):
        load_dataset(images, file)
    check(load_dataset(images, file, control="choice"), ["sea", "trees"], [1, 0], [0, 1], [1, 0])


def test_disagreement_skipped_and_unlabelled_tasks(images, tmp_path):
    tasks = [
        make_task(1, UPLOADS[0], annotate(choose("sea", "sky")), annotate(choose("sky"))),
        make_task(
            2, UPLOADS[1], annotate(choose("sky")), annotate(choose("sea"), ground_truth=True)
        ),
        make_task(3, UPLOADS[2], annotate(choose("sea"), was_cancelled=True)),
    ]
    with pytest.warns(UserWarning, match="1 of 3 images have no annotations and are left out"):
        data = load_dataset(images, write_json(tmp_path, tasks))
    check(data, ["sea", "sky"], [np.nan, 1], [1, 0])


def test_predictions(images, tmp_path):
    prediction = {"model_version": "m", "score": 0.9, "result": [choose("sea")]}
    tasks = [make_task(1, UPLOADS[0], predictions=[prediction])]
    file = write_json(tmp_path, tasks)
    with pytest.raises(ValueError, match=r"results='predictions'"):
        load_dataset(images, file)
    check(load_dataset(images, file, results="predictions"), ["sea"], [1])


def test_controls(images, tmp_path):
    both = annotate(choose("good", control="quality"), choose("sea"), choose("x", kind="textarea"))
    file = write_json(tmp_path, [make_task(1, UPLOADS[0], both)])
    check(load_dataset(images, file), ["good", "sea"], [1, 1])
    check(load_dataset(images, file, control="choice"), ["sea"], [1])
    with pytest.raises(ValueError, match=r"no_such.*'choice', 'quality'"):
        load_dataset(images, file, control="no_such")
    twice = annotate(choose("good", control="quality"), choose("good"))
    file = write_json(tmp_path, [make_task(1, UPLOADS[0], twice)])
    with pytest.raises(ValueError, match=r"'good' occurs .*control='quality'"):
        load_dataset(images, file)
    check(load_dataset(images, file, control="quality"), ["good"], [1])
    boxes = annotate(choose("dog", kind="rectanglelabels"), choose("dog", kind="rectanglelabels"))
    file = write_json(tmp_path, [make_task(1, UPLOADS[0], boxes)])
    check(load_dataset(images, file), ["dog"], [1])


def test_columns_of_json_min(images, tmp_path):
    rows = write_min(tmp_path, [{"choices": ["sea", "sky"]}, "trees", None])
    for row in rows:
        row["caption"] = "a view"
    file = write_json(tmp_path, rows)
    with pytest.raises(ValueError, match=r"several columns.*control='choice'"):
        load_dataset(images, file)
    assert load_dataset(images, file, control="choice").label_names == ["sea", "sky", "trees"]


def test_two_files_of_one_name(images, tmp_path):
    Image.new("L", (4, 4)).save(images / "deep" / "twice.jpg")
    (images / "other").mkdir()
    Image.new("L", (4, 4)).save(images / "other" / "twice.jpg")
    url = "/data/upload/1/8a7b6c5d-twice.jpg"
    file = write_json(tmp_path, [make_task(1, url, annotate(choose("sea")))])
    with pytest.raises(ValueError, match=r"several images called 'twice\.jpg'"):
        load_dataset(images, file)


def test_several_tasks_of_an_image(images, tmp_path):
    tasks = [
        make_task(1, UPLOADS[0], annotate(choose("sea", "sky"))),
        make_task(2, UPLOADS[1], annotate(choose("sky"))),
        make_task(3, UPLOADS[0], annotate(choose("sky", "sun"))),
        make_task(4, UPLOADS[1]),
        make_task(5, UPLOADS[2], annotate(choose("sea"))),
        make_task(6, UPLOADS[2], annotate(choose("sun"), ground_truth=True)),
    ]
    expected = ["sea", "sky", "sun"], [np.nan, 1, np.nan], [0, 1, 0], [0, 0, 1]
    check(load_dataset(images, write_json(tmp_path, tasks)), *expected)
    rows = [*write_min(tmp_path, ["sea", "sky", None]), *write_min(tmp_path, ["sun", "sky", None])]
    rows = [row | {"id": number} for number, row in enumerate(rows)]
    expected = ["sea", "sky", "sun"], [np.nan, 0, np.nan], [0, 1, 0], [0, 0, 0]
    check(load_dataset(images, write_json(tmp_path, rows)), *expected)


def test_image_that_was_uploaded_twice_and_the_advice(images, tmp_path):
    again = "/data/upload/2/00112233-beach.jpg"
    tasks = [
        make_task(1, UPLOADS[0], annotate(choose("sea", "sky"))),
        make_task(2, again, annotate(choose("sky"))),
    ]
    file = write_json(tmp_path, tasks)
    with pytest.raises(ValueError, match=r"2 images of the export.*replace their URLs"):
        load_dataset(images, file)
    file.write_text(file.read_text().replace(again, UPLOADS[0]))
    check(load_dataset(images, file), ["sea", "sky"], [np.nan, 1])
