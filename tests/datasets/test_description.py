"""Tests of skmlic.datasets.describe_dataset."""

import cProfile
import io
import json
import os
import pstats
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.utils import Bunch

from skmlic import ImageEmbedder
from skmlic.datasets import describe_dataset, load_labelled_images, make_multilabel_shapes
from skmlic.exceptions import ImageReadError
from skmlic.metrics import imbalance_summary


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "images"
    (folder / "more").mkdir(parents=True)
    images, _ = make_multilabel_shapes(6, n_labels=3, image_size=16, random_state=0)
    for i, image in enumerate(images):
        Image.fromarray(image[: 10 + i]).save(folder / f"{i}.png")
    return folder


@pytest.fixture
def describe(folder):
    def describe_table(Y, columns=None, **options):
        table = pd.DataFrame(Y, columns=columns)
        table.columns = table.columns.map(str)
        table.insert(0, "file", [f"{i}.png" for i in range(len(table))])
        data = load_labelled_images(folder, table, na_values="", **options)
        return describe_dataset(data)

    return describe_table


Y = np.array([[1, 0, 1], [1, 1, 1], [0, 0, 1], [1, 1, 1], [0, 0, 1], [1, 0, 1]])


def copy(folder, source, target):
    (folder / target).write_bytes((folder / source).read_bytes())


def test_counts(describe, folder):
    report = describe(Y, ["sea", "sun", "sky"])
    assert (report.n_images, report.n_labels, report.folder) == (6, 3, os.fspath(folder))
    labels = report.labels
    assert labels["positive"].tolist() == [4, 2, 6]
    assert labels["negative"].tolist() == [2, 4, 0]
    assert labels["missing"].tolist() == [0, 0, 0]
    np.testing.assert_allclose(labels["frequency"], Y.mean(axis=0))
    assert labels["remark"].tolist() == ["", "", "always"]
    assert report.labels_per_image.to_dict() == {0: 0, 1: 2, 2: 2, 3: 2}
    assert report.imbalance.mean_ir == imbalance_summary(Y).mean_ir
    np.testing.assert_array_equal(labels["ir_lbl"], imbalance_summary(Y).labels["ir_lbl"])


def test_frame_is_a_copy_of_the_labels(describe):
    report = describe(Y)
    frame = report.frame()
    pd.testing.assert_frame_equal(frame, report.labels)
    frame.loc["0", "positive"] = 99
    assert report.labels.loc["0", "positive"] == 4


def test_pairs(describe):
    pairs = describe(Y, ["sea", "sun", "sky"]).pairs
    found = {(row.label, row.other): row.count for row in pairs.itertuples(index=False)}
    assert pairs["count"].tolist() == [4, 2, 2]
    assert set(found) == {("sea", "sky"), ("sea", "sun"), ("sun", "sky")}
    lifts = pairs.set_index(["label", "other"])["lift"]
    assert lifts["sea", "sky"] == pytest.approx(1)
    assert lifts["sea", "sun"] == pytest.approx(2 / (4 * 2 / 6))


def test_remarks(describe):
    report = describe([[0, 1, 1, 1, 0], [0, 0, 1, 1, np.nan], [0, 0, np.nan, 0, np.nan]])
    assert report.labels["remark"].tolist() == ["never", "once", "always", "", "never"]
    assert report.labels["missing"].tolist() == [0, 0, 1, 0, 2]
    assert report.labels.loc["2", "frequency"] == 1
    text = str(report)
    assert "2 labels without a positive image, which can't be learned\n      0, 4" in text
    assert "1 label with one positive image" in text
    assert "1 label without a negative image" in text
    assert "3 missing labels in Y (20.0%)" in text


def test_label_with_missing_entries_only(describe):
    report = describe([[np.nan, 1], [np.nan, 0]])
    assert np.isnan(report.labels.loc["0", "frequency"])
    assert "nan" not in str(report)


@pytest.mark.parametrize("n_labels", [1, 2, 3])
def test_no_problems(tmp_path, n_labels):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (12, 4, 4, 3), dtype=np.uint8)
    paths = [tmp_path / f"{i}.png" for i in range(12)]
    for path, image in zip(paths, pixels, strict=True):
        Image.fromarray(image).save(path)
    balanced = np.tile([[1, 0, 1], [0, 1, 0], [1, 1, 1], [0, 0, 0]], (3, 1))
    report = describe_dataset({"paths": paths, "Y": balanced[:, :n_labels], "folder": tmp_path})
    assert "No problems with the files" in str(report)
    assert f"12 images, {n_labels} label" in str(report)


def test_files_without_rows_and_rows_without_files(describe, folder):
    Image.new("RGB", (4, 4)).save(folder / "more" / "extra.JPG")
    (folder / "notes.txt").write_text("no image")
    (folder / "2.png").unlink()
    report = describe(Y[:5], missing="drop")
    assert report.missing == ["2.png"]
    assert report.unlisted == [str(folder / "5.png"), str(folder / "more" / "extra.JPG")]
    text = str(report)
    assert "1 row without a file, left out\n      2.png" in text
    assert f"2 images in the folder that no row names\n      5.png\n      more{os.sep}extra" in text


def test_a_linked_folder_has_no_images_of_its_own(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder)
    (folder / "more" / "up").symlink_to(folder)
    data = {"paths": [folder / f"{i}.png" for i in range(5)], "Y": Y[:5]}
    report = describe_dataset({**data, "folder": tmp_path / "link"})
    assert report.unlisted == [str(tmp_path / "link" / "5.png")]


def test_duplicates_and_which_labels_differ(describe, folder):
    copy(folder, "0.png", "2.png")
    copy(folder, "0.png", "5.png")
    copy(folder, "1.png", "3.png")
    report = describe(Y, ["sea", "sun", "sky"])
    assert report.duplicates["row"].tolist() == [0, 2, 5, 1, 3]
    assert report.duplicates["group"].tolist() == [0, 0, 0, 1, 1]
    assert report.duplicates["differing"].tolist() == [["sea"]] * 3 + [[]] * 2
    text = str(report)
    assert "0.png = 2.png = 5.png: different in sea" in text
    assert "1 group of identical files with the same labels\n      1.png = 3.png" in text


def test_near_duplicates_are_not_identical_files(folder):
    copy(folder, "1.png", "0.png")
    paths = [str(folder / f"{i}.png") for i in range(6)]
    features = np.eye(6)
    features[[0, 1, 2]] = [1, 0, 0, 0, 0, 0]
    features[5] = [0, 0, 0, 1, 0.1, 0]
    features[4] = np.nan
    data = {"paths": paths, "Y": Y, "folder": folder}
    report = describe_dataset(data, features=features)
    pairs = report.near_duplicates.set_index(["first", "second"])
    assert pairs["differing"].to_dict() == {
        (0, 2): ["0"],
        (1, 2): ["0", "1"],
        (3, 5): ["1"],
    }
    assert pairs.loc[(3, 5), ["first_path", "second_path"]].tolist() == [paths[3], paths[5]]
    assert "3.png ~ 5.png (0.995): different in 1" in str(report)
    assert len(report.duplicates) == 2
    assert describe_dataset(paths, Y).near_duplicates.columns.equals(report.near_duplicates.columns)


def test_features_of_other_images_are_an_error(folder):
    paths = [str(folder / f"{i}.png") for i in range(6)]
    with pytest.raises(ValueError, match="5 rows of features and 6 paths"):
        describe_dataset(paths, Y, features=np.eye(5))


def test_images_of_another_set(folder):
    paths = [str(folder / f"{i}.png") for i in range(6)]
    others = [folder / "a.png", folder / "b.png", folder / "c.png"]
    other_features = [[0, 0, 1, 0, 0, 0.1], [np.nan] * 6, [1, 1, 0, 0, 0, 0]]
    data = {"paths": paths, "Y": Y, "folder": folder}
    report = describe_dataset(
        data, features=np.eye(6), other_paths=iter(others), other_features=other_features
    )
    assert report.similar_in_other[["row", "path", "other_path"]].to_numpy().tolist() == [
        [2, paths[2], str(others[0])]
    ]
    assert report.n_others == 3
    # A long path is cut in its middle.
    assert "1 pair of similar images in the two sets\n      2.png ~ " in str(report)
    json.dumps(report.to_dict(), allow_nan=False)
    assert describe_dataset(data).similar_in_other.empty


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        pytest.param({"other_paths": ["a.png"]}, "pass features", id="no features at all"),
        pytest.param(
            {"other_paths": ["a.png"], "other_features": np.eye(6)},
            "6 rows of other_features and 1 other_paths",
            id="other lengths",
        ),
        pytest.param(
            {"other_paths": ["a.png"], "other_features": np.eye(6)[:1]},
            "pass features, other_paths and other_features together",
            id="no features",
        ),
    ],
)
def test_incomplete_other_sets_are_an_error(folder, parameters, message):
    paths = [str(folder / f"{i}.png") for i in range(6)]
    with pytest.raises(ValueError, match=message):
        describe_dataset(paths, Y, **parameters)


def test_a_value_range_makes_floats_readable(tmp_path):
    path = tmp_path / "a.tif"
    Image.fromarray(np.full((8, 6), 2048, dtype=np.float32)).save(path)
    assert len(describe_dataset([path], [[1]]).unreadable) == 1
    report = describe_dataset([path], [[1]], value_range=(0, 4095))
    assert report.unreadable.empty
    assert report.to_dict()["value_range"] == [0, 4095]


def count_calls(function, *arguments):
    """Return the number of calls of functions that a call makes."""
    profile = cProfile.Profile()
    profile.runcall(function, *arguments)
    return pstats.Stats(profile).total_calls


def test_the_work_grows_with_the_number_of_images(tmp_path, monkeypatch):
    content = io.BytesIO()
    Image.new("RGB", (4, 4)).save(content, format="bmp")
    monkeypatch.setattr(
        "skmlic.datasets._image_checks.read_regular_file",
        lambda path: content.getvalue() + Path(path).name[:3].encode(),
    )

    def describe(n_rows):
        paths = [str(tmp_path / f"{row:04d}.bmp") for row in range(n_rows)]
        Y = np.random.default_rng(0).integers(0, 2, size=(n_rows, 80))
        report = describe_dataset({"paths": paths, "Y": Y, "folder": tmp_path}, n_jobs=1)
        assert len(report.duplicates) == n_rows
        return str(report), report.to_dict()

    def read(n_rows):
        table = pd.DataFrame({"file": [f"{row}.bmp" for row in range(n_rows)], "a": 1, "b": 0})
        return load_labelled_images(tmp_path, table, missing="drop")

    (tmp_path / "0.bmp").write_bytes(content.getvalue())
    for work in (describe, read):
        n_calls = [count_calls(work, n) for n in (200, 800, 1400)]
        assert n_calls[2] - n_calls[1] == pytest.approx(n_calls[1] - n_calls[0], rel=0.1)


def test_missing_labels_do_not_differ(describe, folder):
    copy(folder, "0.png", "1.png")
    report = describe([[1, 0], [np.nan, 0], [0, 1]])
    assert report.duplicates["differing"].tolist() == [[], []]


def test_unreadable_images_are_those_that_embedding_reports(describe, folder):
    (folder / "1.png").write_bytes(b"")
    (folder / "3.png").write_bytes((folder / "3.png").read_bytes()[:80])
    (folder / "4.png").write_bytes(b"no image")
    report = describe(Y)
    paths = [str(folder / f"{i}.png") for i in range(6)]
    with pytest.raises(ImageReadError) as caught:
        ImageEmbedder("tiny_cnn").fit(paths).transform(paths)
    assert list(report.unreadable.itertuples(index=False, name=None)) == caught.value.problems
    assert report.sizes.loc["max"].tolist() == [16, 15]
    assert "3 images can't be read\n      1.png: empty\n" in str(report)


def test_no_image_can_be_read(describe, folder):
    for i in range(2):
        (folder / f"{i}.png").write_bytes(b"%d" % i)
    report = describe(Y[:2])
    assert report.sizes.isna().all(axis=None)
    assert "pixels" not in str(report)
    json.dumps(report.to_dict(), allow_nan=False)


def test_labels_in_blocks(tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    rng = np.random.default_rng(0)
    y = np.repeat([1.0, 0.0], 60)
    Y = np.column_stack([y, rng.permutation(y), rng.permutation(y), np.eye(120)[0]])
    Y[::7, 2] = np.nan
    report = describe_dataset({"paths": [tmp_path / "a.png"] * 120, "Y": Y})
    assert report.in_blocks == ["0"]
    assert "1 label whose images come in blocks of rows: shuffle before splitting" in str(report)


def test_sizes_after_rotation_according_to_exif(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 20)).save(tmp_path / "a.jpg", exif=exif)
    sizes = describe_dataset({"paths": [tmp_path / "a.jpg"], "Y": [[1]]}).sizes
    assert sizes.loc["median"].tolist() == [20, 40]


def test_plain_paths_and_labels_are_enough(folder):
    paths = [folder / f"{i}.png" for i in range(6)]
    report = describe_dataset(Bunch(paths=paths, Y=Y))
    assert (report.folder, report.unlisted, report.missing) == (None, [], [])
    assert report.labels.index.tolist() == ["0", "1", "2"]
    assert "folder" not in str(report)


def test_number_of_threads_does_not_matter(folder):
    data = {"paths": [folder / f"{i}.png" for i in range(6)], "Y": Y}
    one, four = (describe_dataset(data, n_jobs=n_jobs) for n_jobs in (1, 4))
    assert one.to_dict() == four.to_dict()


def test_progress_bar(folder, capsys):
    data = {"paths": [folder / f"{i}.png" for i in range(6)], "Y": Y}
    describe_dataset(data)
    assert capsys.readouterr() == ("", "")
    describe_dataset(data, verbose=True)
    assert "6/6" in capsys.readouterr().err


def test_to_dict_is_json(describe, folder):
    copy(folder, "0.png", "2.png")
    Y_missing = Y.astype(float)
    Y_missing[:, 1] = np.nan
    report = describe(Y_missing)
    content = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert content == report.to_dict()
    assert content["labels"][1] == {
        "label": "1",
        "positive": 0,
        "negative": 0,
        "missing": 6,
        "frequency": None,
        "ir_lbl": None,
        "remark": "never",
    }
    assert content["sizes"][1]["index"] == "median"
    assert content["labels_per_image"] == {"0": 0, "1": 2, "2": 4}
    assert content["imbalance"]["n_samples"] == 6
    assert content["duplicates"][0]["differing"] == ["0"]


def test_text_is_readable_with_80_labels(folder, describe):
    rng = np.random.default_rng(0)
    many = rng.random((6, 80)) < np.linspace(1, 0, 80)
    names = [f"label {j}" for j in range(80)]
    names[3] = "a label with a very long name " * 4
    for i in range(1, 6):
        copy(folder, "0.png", f"{i}.png")
    text = str(describe(many.astype(int), names))
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    assert len(lines) < 80
    assert "more\n" in text
    assert not any(line.endswith(" ") for line in lines)


def test_repr_is_short(describe):
    assert repr(describe(Y)) == (
        "<DatasetReport: n_images=6, n_labels=3, 0 unreadable, 0 duplicates>"
    )


@pytest.mark.parametrize(
    ("data", "error", "expected"),
    [
        (["a.png"], TypeError, "data is a list without 'paths'"),
        ({"paths": ["a.png"]}, TypeError, "data is a dict without 'Y'"),
        ({"paths": ["a.png"], "Y": [[1], [0]]}, ValueError, "1 paths and 2 rows"),
        ({"paths": [], "Y": np.zeros((0, 2))}, ValueError, "0 paths and 0 rows"),
        ({"paths": ["a.png"], "Y": [[3]]}, ValueError, "expected 0 or 1"),
    ],
)
def test_bad_data(data, error, expected):
    with pytest.raises(error, match=expected):
        describe_dataset(data)


def test_paths_and_labels(tmp_path):
    paths = [tmp_path / f"{k}.png" for k in range(2)]
    for path in paths:
        Image.new("RGB", (8, 6)).save(path)
    Y = pd.DataFrame({"sea": [1, 0], "sky": [0, 1]})
    expected = describe_dataset({"paths": paths, "Y": Y})
    assert describe_dataset(paths, Y).to_dict() == expected.to_dict()
    assert describe_dataset(pd.Series(paths), Y.to_numpy()).n_labels == 2
    for wrong in ({"paths": paths}, str(tmp_path)):
        with pytest.raises(TypeError, match="expected a list of paths with Y"):
            describe_dataset(wrong, Y)
