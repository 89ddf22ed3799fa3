"""Tests of skmlic.datasets."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.utils import Bunch

from skmlic.datasets import load_labelled_images, make_digit_scenes, make_multilabel_shapes
from skmlic.datasets._generators import _CARD, _COLOURS, _INK, _KINDS

PICTURES = ("a.png", "b.JPG", "007.jpeg", "more/c.png", "unused.png")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "pictures"
    (folder / "more").mkdir(parents=True)
    for name in PICTURES:
        Image.new("RGB", (4, 4)).save(folder / name)
    return folder


@pytest.fixture
def write(tmp_path):
    def write_table(text, encoding="utf-8"):
        path = tmp_path / "labels.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write_table


# load_labelled_images


@pytest.mark.parametrize("labels", [["sea"], ["sea", "trees"], ["sea", "trees", "sun"]])
def test_reader_gives_paths_labels_and_names(folder, write, labels):
    values = np.array([[1, 0, 1], [0, 1, 1], [1, 1, 0]])[:, : len(labels)]
    names = ["more/c.png", "a.png", "b.JPG"]
    table = pd.DataFrame(values, columns=labels)
    table.insert(0, "file", names)

    data = load_labelled_images(folder, write(table.to_csv(index=False)))

    assert data.paths == [str(folder / name) for name in names]
    assert all(type(path) is str for path in data.paths)
    assert data.label_names == labels
    pd.testing.assert_frame_equal(data.Y, table[labels].astype(np.int64))


@pytest.mark.parametrize("sep", [",", ";", "\t"])
@pytest.mark.parametrize("given", [True, False])
def test_separator_is_guessed(folder, write, sep, given):
    table = write(sep.join(["file", '"sea, or; lake"']) + f"\na.png{sep}1\n")
    data = load_labelled_images(folder, table, sep=sep if given else None)
    assert data.label_names == ["sea, or; lake"]


def test_other_separator(folder, write):
    table = write("file|sea\na.png|1\n")
    assert load_labelled_images(folder, table, sep="|").Y["sea"].tolist() == [1]
    with pytest.raises(ValueError, match=r"one column 'file\|sea'.*sep='\|'"):
        load_labelled_images(folder, table)


@pytest.mark.parametrize("yes_no", [("1", "0"), ("1.0", "0.0"), ("True", "False"), (" 1", "0 ")])
def test_spellings_of_labels(folder, write, yes_no):
    yes, no = yes_no
    table = write(f"file,sea\na.png,{yes}\nb.JPG,{no}\n")
    assert load_labelled_images(folder, table).Y["sea"].tolist() == [1, 0]


def test_byte_order_mark_quotes_and_windows_lines(folder, write):
    table = write('\ufefffile, "sea"\r\n"a.png", 1\r\n')
    data = load_labelled_images(str(folder), str(table), path_column="file")
    assert data.label_names == ["sea"]


def test_other_encoding_says_how_to_read_it(folder, write):
    table = write("file,forêt\na.png,1\n", encoding="latin-1")
    with pytest.raises(ValueError, match="encoding='latin-1'"):
        load_labelled_images(folder, table)
    data = load_labelled_images(folder, pd.read_csv(table, encoding="latin-1"))
    assert data.label_names == ["forêt"]
    with pytest.raises(ValueError, match=r"dtype=str, encoding='utf-16'\)"):
        load_labelled_images(folder, write("file,forêt\na.png,1\n", encoding="utf-16"))


def test_names_without_ending_and_numbers_as_names(folder, write):
    data = load_labelled_images(folder, write("file,sea\n007,1\nb,0\nmore/c,1\n"))
    assert data.paths == [str(folder / name) for name in ("007.jpeg", "b.JPG", "more/c.png")]


def test_frame_as_table_is_read_alike_and_left_alone(folder):
    table = pd.DataFrame(
        {"sea": [True, False], "file": ["a", "b"], 3: [0.0, 1.0]}, index=["x", "y"]
    )
    before = table.copy(deep=True)
    data = load_labelled_images(folder, table, path_column="file")
    assert data.label_names == ["sea", "3"]
    assert data.Y.index.tolist() == [0, 1]
    np.testing.assert_array_equal(data.Y, [[1, 0], [0, 1]])
    pd.testing.assert_frame_equal(table, before)


def test_missing_pictures_are_listed_at_once(folder, write):
    lost = "".join(f"lost{i}.png,1\n" for i in range(12))
    table = write("file,sea\na.png,0\n" + lost + "b.JPG,1\n")

    with pytest.raises(FileNotFoundError) as caught:
        load_labelled_images(folder, table)
    message = str(caught.value)
    assert message.startswith("12 of the 14 pictures")
    assert "'lost0.png' (row 1)" in message
    assert "'lost9.png' (row 10) and 2 more" in message
    assert "lost10" not in message
    assert "missing='drop'" in message

    data = load_labelled_images(folder, table, missing="drop")
    assert data.paths == [str(folder / "a.png"), str(folder / "b.JPG")]
    assert data.Y.index.tolist() == [0, 1]
    assert data.Y["sea"].tolist() == [0, 1]


@pytest.mark.parametrize("missing", ["raise", "drop"])
def test_all_missing_is_a_wrong_column(folder, write, missing):
    table = write("number,file,sea\n1,a.png,1\n2,b.JPG,0\n")
    with pytest.raises(FileNotFoundError, match=r"2 of the 2 .*'number'.*path_column='NAME'"):
        load_labelled_images(folder, table, missing=missing)


def test_empty_name_is_a_missing_picture(folder, write):
    with pytest.raises(FileNotFoundError, match=r"1 of the 2 .*'' \(row 1\)"):
        load_labelled_images(folder, write("file,sea\na.png,1\n,1\n"))


@pytest.mark.parametrize("value", ["maybe", "2", "-1", "", "0.5", "nan"])
def test_bad_label_is_named_with_row_and_column(folder, write, value):
    table = write(f"file,sea,sun\nlost.png,9,9\na.png,1,1\nb.JPG,1,{value}\n")
    expected = rf"Row 2 \('b.JPG'\), column 'sun' of the table has the value '{value}'.*0 or 1"
    with pytest.raises(ValueError, match=expected):
        load_labelled_images(folder, table, missing="drop")


def test_nan_label_in_frame(folder):
    table = pd.DataFrame({"file": ["a", "b"], "sea": [1, np.nan]})
    with pytest.raises(ValueError, match=r"Row 1 \('b'\), column 'sea'"):
        load_labelled_images(folder, table)


@pytest.mark.parametrize("again", ["a.png", "./a.png", "more/../a"])
def test_two_rows_for_a_picture(folder, write, again):
    table = write(f"file,sea\na.png,1\nb.JPG,0\n{again},0\n")
    with pytest.raises(ValueError, match=r"2 rows .*'a.png' \(row 0\), .*row 2.*groupby\('file'"):
        load_labelled_images(folder, table)


def test_remedy_for_two_rows_works(folder):
    table = pd.DataFrame({"file": ["a.png", "a.png"], "sea": [0, 1], "sun": [0, 0]})
    data = load_labelled_images(folder, table.groupby("file", as_index=False).max())
    np.testing.assert_array_equal(data.Y, [[1, 0]])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("file\na.png\n", "one column 'file', expected"),
        ("file,sea\n", "no rows"),
        ("file,sea,sea\na.png,1,1\n", "more than once in the table: 'sea'"),
    ],
)
def test_malformed_tables(folder, write, text, expected):
    with pytest.raises(ValueError, match=expected):
        load_labelled_images(folder, write(text))


def test_bad_parameters(folder, write, tmp_path):
    table = write("file,sea\na.png,1\n")
    with pytest.raises(ValueError, match="missing='ignore', expected 'raise' or 'drop'"):
        load_labelled_images(folder, table, missing="ignore")
    with pytest.raises(ValueError, match=r"path_column='name' is not .* 'file', 'sea'"):
        load_labelled_images(folder, table, path_column="name")
    with pytest.raises(NotADirectoryError, match="no such folder"):
        load_labelled_images(tmp_path / "nowhere", table)
    with pytest.raises(NotADirectoryError, match="is a file"):
        load_labelled_images(table, folder)


def test_table_that_is_not_there(folder, monkeypatch):
    (folder / "labels.csv").write_text("file,sea\na.png,1\n")
    with pytest.raises(FileNotFoundError, match=r"Did you mean csv=.*pictures.*labels\.csv"):
        load_labelled_images(folder, "labels.csv")
    with pytest.raises(FileNotFoundError, match=r"no table at csv='labels\.txt'\.$"):
        load_labelled_images(folder, "labels.txt")


# make_multilabel_shapes


def pair_frequency(Y):
    return (Y[:, 0] & Y[:, 1]).mean()


@pytest.mark.parametrize("n_labels", [1, 2, 3, 20])
def test_shapes_have_the_promised_form(n_labels):
    X, Y = make_multilabel_shapes(15, n_labels=n_labels, image_size=24, random_state=0)
    assert X.shape == (15, 24, 24, 3)
    assert X.dtype == np.uint8
    assert Y.shape == (15, n_labels)
    assert Y.dtype == np.int64
    assert set(np.unique(Y)) <= {0, 1}


@pytest.mark.parametrize("image_size", [8, 32])
def test_shapes_are_seen_where_the_labels_say(image_size):
    X, Y = make_multilabel_shapes(60, n_labels=4, image_size=image_size, random_state=0)
    seen = (X[..., None, :] == _COLOURS).all(axis=-1).any(axis=(1, 2))
    np.testing.assert_array_equal(seen, Y)


def test_twenty_shapes_are_distinct():
    looks = {(label % len(_KINDS), label % len(_COLOURS)) for label in range(20)}
    assert len(looks) == 20


@pytest.mark.parametrize("make", [make_multilabel_shapes, make_digit_scenes])
def test_seed_decides(make):
    X, Y = make(8, random_state=3)
    for seed in (3, np.random.RandomState(3)):
        X_again, Y_again = make(8, random_state=seed)
        np.testing.assert_array_equal(X, X_again)
        np.testing.assert_array_equal(Y, Y_again)
    assert not np.array_equal(X, make(8, random_state=4)[0])


@pytest.mark.parametrize("make", [make_multilabel_shapes, make_digit_scenes])
def test_seeded_generator_leaves_the_global_one_alone(make):
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - it is what we check
    make(3, random_state=0)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_labels_do_not_depend_on_image_size():
    _, small = make_multilabel_shapes(50, image_size=8, random_state=0)
    _, large = make_multilabel_shapes(50, image_size=40, random_state=0)
    np.testing.assert_array_equal(small, large)


@pytest.mark.parametrize("allow_unlabelled", [True, False])
def test_imbalance_is_the_ratio_of_frequencies(allow_unlabelled):
    _, Y = make_multilabel_shapes(
        4000, imbalance=4, image_size=8, allow_unlabelled=allow_unlabelled, random_state=0
    )
    frequency = Y.mean(axis=0)
    assert frequency[0] / frequency[2] == pytest.approx(4, rel=0.15)
    assert frequency[0] / frequency[1] == pytest.approx(2, rel=0.15)


@pytest.mark.parametrize("allow_unlabelled", [True, False])
def test_cooccurrence_moves_pairs_up(allow_unlabelled):
    pairs = [
        pair_frequency(
            make_multilabel_shapes(
                1500,
                n_labels=2,
                image_size=8,
                cooccurrence=cooccurrence,
                allow_unlabelled=allow_unlabelled,
                random_state=0,
            )[1]
        )
        for cooccurrence in (0, 0.25, 0.5, 0.75, 1)
    ]
    assert (np.diff(pairs) > 0.03).all()


@pytest.mark.parametrize("cooccurrence", [0, 0.5, 1])
def test_cooccurrence_follows_its_formula_and_keeps_frequencies(cooccurrence):
    _, Y = make_multilabel_shapes(
        4000, n_labels=2, imbalance=2, cooccurrence=cooccurrence, image_size=8, random_state=0
    )
    np.testing.assert_allclose(Y.mean(axis=0), [0.5, 0.25], atol=0.03)
    expected = cooccurrence * 0.25 + (1 - cooccurrence) * 0.5 * 0.25
    assert pair_frequency(Y) == pytest.approx(expected, abs=0.02)


def test_full_cooccurrence_nests_the_labels():
    _, Y = make_multilabel_shapes(200, n_labels=5, cooccurrence=1, random_state=0)
    assert (np.diff(Y, axis=1) <= 0).all()


@pytest.mark.parametrize("n_labels", [1, 3])
def test_unlabelled_pictures(n_labels):
    _, Y = make_multilabel_shapes(200, n_labels=n_labels, random_state=0)
    assert not Y.any(axis=1).all()
    _, Y = make_multilabel_shapes(200, n_labels=n_labels, allow_unlabelled=False, random_state=0)
    assert Y.any(axis=1).all()


@pytest.mark.parametrize(
    ("parameters", "error", "expected"),
    [
        ({"n_samples": 0}, ValueError, "n_samples=0, expected an integer of at least 1"),
        ({"n_samples": 2.0}, TypeError, r"n_samples=2\.0, expected an integer"),
        ({"n_labels": 21}, ValueError, "n_labels=21, expected an integer from 1 to 20"),
        ({"n_labels": True}, TypeError, "n_labels=True"),
        ({"image_size": 7}, ValueError, "image_size=7, expected an integer of at least 8"),
        ({"imbalance": 0.5}, ValueError, "imbalance=0.5, expected a number of at least 1"),
        ({"imbalance": np.inf}, ValueError, "imbalance=inf"),
        ({"cooccurrence": 1.5}, ValueError, "cooccurrence=1.5, expected a number from 0 to 1"),
        ({"cooccurrence": np.nan}, ValueError, "cooccurrence=nan"),
        ({"cooccurrence": "1"}, TypeError, "cooccurrence='1'"),
    ],
)
def test_shapes_refuse_bad_parameters(parameters, error, expected):
    with pytest.raises(error, match=expected):
        make_multilabel_shapes(**parameters)


# make_digit_scenes


@pytest.mark.parametrize("image_size", [32, 128])
def test_scenes_have_the_promised_form(image_size):
    X, Y = make_digit_scenes(10, image_size=image_size, random_state=0)
    assert X.shape == (10, image_size, image_size, 3)
    assert X.dtype == np.uint8
    assert list(Y.columns) == list("0123456789")
    assert (Y.dtypes == np.int64).all()
    assert Y.index.tolist() == list(range(10))


@pytest.mark.parametrize("max_digits", [1, 2, 4])
def test_scenes_have_up_to_max_digits(max_digits):
    _, Y = make_digit_scenes(60, image_size=32, max_digits=max_digits, random_state=0)
    assert set(Y.sum(axis=1)) == set(range(1, max_digits + 1))


def test_every_digit_comes():
    _, Y = make_digit_scenes(100, image_size=32, random_state=0)
    assert (Y.sum() > 5).all()


def test_digits_are_large_and_dark_on_light_cards():
    X, _ = make_digit_scenes(20, max_digits=1, random_state=0)
    assert ((_CARD == X).all(axis=-1).mean(axis=(1, 2)) > 0.05).all()
    assert ((_INK == X).all(axis=-1).mean(axis=(1, 2)) > 0.015).all()


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"n_samples": 0}, "n_samples=0"),
        ({"image_size": 31}, "image_size=31, expected an integer of at least 32"),
        ({"max_digits": 5}, "max_digits=5, expected an integer from 1 to 4"),
    ],
)
def test_scenes_refuse_bad_parameters(parameters, expected):
    with pytest.raises(ValueError, match=expected):
        make_digit_scenes(**parameters)


def test_what_was_read_is_printed_in_one_line(folder):
    table = pd.DataFrame({"path": ["a.png", "b.JPG"], "sea": [0, 1]})
    data = load_labelled_images(folder, table)
    expected = (
        "<LabelledImages: 2 pictures, 1 label; has paths, Y, label_names, frame, folder, missing>"
    )
    for same in (data, copy.copy(data), copy.deepcopy(data), pickle.loads(pickle.dumps(data))):
        assert str(same) == repr(same) == expected
        assert isinstance(same, Bunch)
        assert same.paths == same["paths"] == data.paths
        pd.testing.assert_frame_equal(same.Y, data.Y)
    data.more = 1
    del data["paths"]
    assert repr(data).startswith("<LabelledImages: 0 pictures")
    assert repr(data).endswith("missing, more>")
