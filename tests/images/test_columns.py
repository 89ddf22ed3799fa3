"""Tests of skmlic.images._input: columns of Hugging Face's datasets, of arrow and of Parquet."""

import io

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from sklearn.model_selection import KFold, cross_val_predict

from skmlic import TransferMultiLabelClassifier
from skmlic.images import as_image_list, load_rgb

RGB = np.random.RandomState(0).randint(0, 256, (9, 16, 16, 3), dtype=np.uint8)
Y = np.random.RandomState(1).randint(0, 2, (9, 3))


def encode(image):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


ENCODED = [encode(image) for image in RGB]
DICTS = [{"bytes": content, "path": "no/such.png"} for content in ENCODED]


def pixels(X):
    return [np.asarray(load_rgb(image)) for image in as_image_list(X)]


@pytest.fixture
def arrow():
    """Return a table of pyarrow, as Hugging Face writes it to Parquet."""
    pa = pytest.importorskip("pyarrow")
    return pa.table({"image": DICTS, "encoded": ENCODED, "label": list(range(len(RGB)))})


@pytest.fixture
def dataset(arrow):
    """Return a dataset of Hugging Face."""
    datasets = pytest.importorskip("datasets")
    table = arrow.select(["image", "label"])
    features = datasets.Features({"image": datasets.Image(), "label": datasets.Value("int64")})
    return datasets.Dataset(
        table.cast(features.arrow_schema),
        info=datasets.DatasetInfo(features=features),
        fingerprint="images",
    )


ARROW_FORMS = {
    "table of dicts": lambda table: table.select(["image"]),
    "table of bytes": lambda table: table.select(["encoded"]),
    "batch": lambda table: table.select(["encoded"]).to_batches()[0],
    "chunked array": lambda table: table["image"],
    "array": lambda table: table["encoded"].combine_chunks(),
    "list of scalars": lambda table: list(table["encoded"]),
    "pandas": lambda table: table.to_pandas()["image"],
    "pandas frame": lambda table: table.to_pandas()[["encoded"]],
    "pandas, arrow's types": lambda table: table.to_pandas(types_mapper=pd.ArrowDtype)["encoded"],
    "pandas, arrow's dicts": lambda table: table.to_pandas(types_mapper=pd.ArrowDtype)["image"],
    "pandas array": lambda table: table.to_pandas(types_mapper=pd.ArrowDtype)["encoded"].array,
}


@pytest.mark.parametrize("form", ARROW_FORMS)
def test_arrow(arrow, form):
    assert_array_equal(pixels(ARROW_FORMS[form](arrow)), RGB)


@pytest.mark.parametrize("form", ["table of dicts", "chunked array", "array", "pandas"])
def test_cross_validation_of_arrow(arrow, form):
    if form.startswith("table"):
        # Earlier versions index the columns of a table with the rows.
        pytest.importorskip("sklearn", "1.7")
    classifier = TransferMultiLabelClassifier("tiny_cnn", random_state=0, head="kernel")
    options = {"cv": KFold(3), "method": "predict_proba"}
    expected = cross_val_predict(classifier, RGB, Y, **options)
    X = ARROW_FORMS[form](arrow)
    assert_allclose(cross_val_predict(classifier, X, Y, **options), expected)


def test_parquet(arrow, tmp_path):
    pytest.importorskip("pyarrow.parquet").write_table(arrow, tmp_path / "images.parquet")
    for name in ("image", "encoded"):
        assert_array_equal(pixels(pd.read_parquet(tmp_path / "images.parquet")[name]), RGB)
        assert_array_equal(pixels(pl.read_parquet(tmp_path / "images.parquet")[name]), RGB)


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(lambda: DICTS, id="list"),
        pytest.param(lambda: pd.Series(DICTS), id="pandas"),
        pytest.param(lambda: pl.Series(DICTS), id="polars"),
        pytest.param(lambda: pl.DataFrame({"image": DICTS}), id="polars frame"),
        pytest.param(lambda: pl.Series(ENCODED), id="polars bytes"),
        pytest.param(lambda: np.array(DICTS), id="array of objects"),
        pytest.param(lambda: [{"bytes": content} for content in ENCODED], id="bytes alone"),
    ],
)
def test_dicts_of_bytes_and_path(column):
    assert_array_equal(pixels(column()), RGB)


def test_dicts_of_paths():
    assert as_image_list([{"bytes": None, "path": "a.png"}, {"path": "b.png"}]) == [
        "a.png",
        "b.png",
    ]


HUGGING_FACE_FORMS = {
    "column": lambda dataset: dataset["image"],
    "list": lambda dataset: list(dataset["image"]),
    "torch": lambda dataset: dataset.with_format("torch")["image"],
    "numpy": lambda dataset: dataset.with_format("numpy")["image"],
    "pandas": lambda dataset: dataset.to_pandas()["image"],
    "list of rows": lambda dataset: [row["image"] for row in dataset],
}


@pytest.mark.parametrize("form", HUGGING_FACE_FORMS)
def test_hugging_face(dataset, form):
    assert_array_equal(pixels(HUGGING_FACE_FORMS[form](dataset)), RGB)


def test_hugging_face_without_decoding(dataset):
    datasets = pytest.importorskip("datasets")
    column = dataset.cast_column("image", datasets.Image(decode=False))["image"]
    assert [image.fetch() for image in as_image_list(column)] == ENCODED


def test_cross_validation_of_hugging_face(dataset):
    classifier = TransferMultiLabelClassifier("tiny_cnn", random_state=0, head="kernel")
    options = {"cv": KFold(3), "method": "predict_proba"}
    expected = cross_val_predict(classifier, RGB, Y, **options)
    assert_allclose(cross_val_predict(classifier, dataset["image"], Y, **options), expected)


class Rows:
    """What counts of a dataset of Hugging Face."""

    column_names = ["label", "image"]

    def __len__(self):
        return len(RGB)

    def __getitem__(self, key):
        return list(RGB) if key == "image" else {"label": 0, "image": RGB[key]}


def test_a_whole_dataset_is_refused_with_its_column():
    match = r"dataset with 2 columns \(label, image\); expected one .* X\['image'\]\.$"
    with pytest.raises(ValueError, match=match):
        as_image_list(Rows())
    assert_array_equal(pixels(Rows()["image"]), RGB)
    with pytest.raises(TypeError, match=r"with the keys label, image; .*item\['image'\]"):
        as_image_list([Rows()[0]])


def test_whole_datasets_of_hugging_face_are_refused(dataset):
    with pytest.raises(ValueError, match=r"2 columns \(image, label\)"):
        as_image_list(dataset)
    stream = dataset.to_iterable_dataset()
    for X in (stream, stream["image"]):
        with pytest.raises(TypeError, match=r"Write list\(X\)"):
            as_image_list(X)
    assert_array_equal(pixels(list(stream["image"])), RGB)


def test_a_table_of_several_columns_is_refused_with_its_column(arrow):
    with pytest.raises(ValueError, match=r"3 columns .*X\['image'\]"):
        as_image_list(arrow)
    assert_array_equal(pixels(arrow["image"]), RGB)


def test_lazy_frame():
    frame = pl.DataFrame({"image": ENCODED})
    with pytest.raises(TypeError, match=r"X is LazyFrame.*Write X.collect\(\)"):
        as_image_list(frame.lazy())
    assert_array_equal(pixels(frame.lazy().collect()), RGB)
