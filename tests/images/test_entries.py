"""Tests of skmlic.images._entries: single images, and items of datasets."""

import io
import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict, train_test_split
from torchvision.datasets import ImageFolder
from torchvision.transforms import RandomCrop, ToTensor

import skmlic
from skmlic import ImageEmbedder, TransferMultiLabelClassifier
from skmlic.exceptions import ImageReadError
from skmlic.images import ContentDigest, as_image_list, describe_source, load_rgb

RGB = np.random.RandomState(0).randint(0, 256, (12, 16, 16, 3), dtype=np.uint8)
TENSORS = torch.from_numpy(RGB).permute(0, 3, 1, 2)
Y = np.random.RandomState(1).randint(0, 2, (12, 3))


def encode(image):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


ENCODED = [encode(image) for image in RGB]


def pixels(X):
    """Return the decoded images of X."""
    return [np.asarray(load_rgb(image)) for image in as_image_list(X)]


class Items(torch.utils.data.Dataset):
    """A Dataset that never raises an IndexError, as in many tutorials."""

    def __init__(self, get):
        self.get = get
        self.n_fetched = 0

    def __len__(self):
        return len(RGB)

    def __getitem__(self, index):
        self.n_fetched += 1
        return self.get(index % len(RGB))


class Sequence:
    """An object with nothing but a length and items."""

    __len__ = Items.__len__
    __getitem__ = Items.__getitem__

    def __init__(self, get):
        self.get = get
        self.n_fetched = 0


GETTERS = {
    "array": lambda i: RGB[i],
    "tensor": lambda i: TENSORS[i],
    "float tensor": lambda i: TENSORS[i] / 255,
    "PIL": lambda i: Image.fromarray(RGB[i]),
    "bytes": lambda i: ENCODED[i],
    "image and label": lambda i: (Image.fromarray(RGB[i]), 3),
    "image and labels": lambda i: (TENSORS[i], torch.tensor([0.0, 1.0])),
    "image, label and name": lambda i: (RGB[i], "beach", f"{i}.png"),
    "image alone in a tuple": lambda i: (RGB[i],),
    "bytes and path": lambda i: {"bytes": ENCODED[i], "path": "0.png"},
    "bytes and path, and label": lambda i: ({"bytes": ENCODED[i], "path": None}, 1),
}


@pytest.mark.parametrize("kind", [Items, Sequence])
@pytest.mark.parametrize("form", GETTERS)
def test_items_of_datasets_are_images(kind, form):
    assert_array_equal(pixels(kind(GETTERS[form])), RGB)


@pytest.mark.parametrize("form", GETTERS)
def test_lists_of_items_are_images(form):
    # scikit-learn takes the rows of a Dataset as a list of its items.
    assert_array_equal(pixels([GETTERS[form](i) for i in range(len(RGB))]), RGB)


@pytest.mark.parametrize("with_label", [False, True])
def test_paths_of_a_dataset_are_fetched_at_once(tmp_path, with_label):
    paths = [str(tmp_path / f"{i}.png") for i in range(len(RGB))]
    dataset = Items(lambda i: (paths[i], 1) if with_label else paths[i])
    assert as_image_list(dataset) == paths


def test_images_of_a_dataset_are_not_kept():
    dataset = Items(lambda i: RGB[i])
    images = as_image_list(dataset)
    assert dataset.n_fetched == 1
    assert len(images) == len(RGB)
    assert as_image_list(images) == images
    ContentDigest()(images[3])
    assert dataset.n_fetched == 2
    assert describe_source(images[3]) == "item 3 of Items"


def test_items_are_pickled_with_their_dataset():
    dataset = torch.utils.data.TensorDataset(TENSORS, torch.zeros(len(RGB)))
    again = pickle.loads(pickle.dumps(as_image_list(dataset)))
    assert again[0].dataset is again[1].dataset
    assert_array_equal(pixels(again), RGB)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(
            lambda items: torch.utils.data.Subset(items, [4, 0, 7]),
            id="Subset",
        ),
        pytest.param(
            lambda items: torch.utils.data.Subset(
                torch.utils.data.Subset(items, [0, 4, 7]), [1, 0, 2]
            ),
            id="Subset of a Subset",
        ),
    ],
)
def test_subsets(make):
    assert_array_equal(pixels(make(Items(GETTERS["image and label"]))), RGB[[4, 0, 7]])


def test_concatenated_datasets():
    dataset = torch.utils.data.ConcatDataset([Items(GETTERS["PIL"]), Items(GETTERS["tensor"])])
    assert_array_equal(pixels(dataset), [*RGB, *RGB])


def test_empty_dataset():
    assert as_image_list(torch.utils.data.Subset(Items(GETTERS["PIL"]), [])) == []


@pytest.fixture
def class_folders(tmp_path):
    """Return a folder of two classes, and the paths of its images in order."""
    paths = []
    for number, image in enumerate(RGB):
        path = tmp_path / "ab"[number // 6] / f"{number:02}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(image).save(path)
        paths.append(str(path))
    return tmp_path, paths


def test_image_folder_is_its_paths(class_folders):
    folder, paths = class_folders
    assert as_image_list(ImageFolder(folder)) == paths
    assert_array_equal(pixels(ImageFolder(folder)), RGB)


def test_image_folder_with_its_own_transform_or_loader(class_folders):
    folder, _ = class_folders
    assert_array_equal(pixels(ImageFolder(folder, transform=ToTensor())), RGB)
    assert_array_equal(pixels(ImageFolder(folder, loader=lambda path: RGB[int(path[-6:-4])])), RGB)
    dark = ImageFolder(folder, transform=lambda image: image.point(lambda value: 0))
    assert not np.any(pixels(dark))


def test_random_transforms_are_refused():
    dataset = Items(lambda i: RandomCrop(9)(TENSORS[i]))
    embedder = ImageEmbedder("tiny_cnn", memory=False).fit(dataset)
    with pytest.raises(ImageReadError, match=r"item 0 of Items: another image .* pass augment="):
        embedder.transform(dataset)


@pytest.mark.parametrize("n_labels", [1, 2, 3])
def test_classifier_on_a_dataset_is_the_one_on_its_images(n_labels):
    dataset = Items(GETTERS["image and label"])
    classifier = TransferMultiLabelClassifier("tiny_cnn", max_epochs=1, random_state=0)
    expected = classifier.fit(RGB, Y[:, :n_labels]).predict_proba(RGB)
    actual = classifier.fit(dataset, Y[:, :n_labels]).predict_proba(dataset)
    assert_array_equal(actual, expected)


def test_features_of_a_dataset_are_stored():
    skmlic.clear_cache()
    embedder = ImageEmbedder("tiny_cnn")
    expected = embedder.fit_transform(Items(GETTERS["PIL"]))
    passes = skmlic.cache_info().backbone_passes
    assert_array_equal(embedder.transform(Items(GETTERS["image and label"])), expected)
    assert_array_equal(embedder.transform([Image.fromarray(image) for image in RGB]), expected)
    assert skmlic.cache_info().backbone_passes == passes


@pytest.mark.slow
@pytest.mark.parametrize("form", ["image and label", "tensor", "bytes and path"])
@pytest.mark.parametrize("kind", [Items, Sequence])
def test_cross_validation_of_a_dataset(kind, form):
    classifier = TransferMultiLabelClassifier("tiny_cnn", max_epochs=1, random_state=0)
    options = {"cv": KFold(3), "method": "predict_proba"}
    expected = cross_val_predict(classifier, RGB, Y, **options)
    assert_allclose(cross_val_predict(classifier, kind(GETTERS[form]), Y, **options), expected)


@pytest.mark.slow
def test_search_on_a_dataset():
    classifier = TransferMultiLabelClassifier("tiny_cnn", max_epochs=1, random_state=0)
    search = GridSearchCV(classifier, {"max_epochs": [1, 3]}, cv=KFold(2), scoring="f1_micro")
    expected = search.fit(RGB, Y).cv_results_["mean_test_score"]
    dataset = Items(GETTERS["image and label"])
    assert_allclose(search.fit(dataset, Y).cv_results_["mean_test_score"], expected)
    assert_allclose(search.predict_proba(dataset), search.fit(RGB, Y).predict_proba(RGB))


def test_a_dataset_is_split():
    train, test, _, _ = train_test_split(Items(GETTERS["image and label"]), Y, random_state=0)
    expected = train_test_split(RGB, Y, random_state=0)
    assert_array_equal(pixels(train), expected[0])
    assert_array_equal(pixels(test), expected[1])


def test_fine_tuning_reads_a_dataset():
    options = {"max_epochs": 1, "freeze": False, "random_state": 0, "head": "net"}
    classifier = TransferMultiLabelClassifier("tiny_cnn", **options)
    expected = classifier.fit(RGB, Y).predict_proba(RGB)
    actual = classifier.fit(Items(GETTERS["image and label"]), Y).predict_proba(RGB)
    assert_array_equal(actual, expected)


# Bytes


def test_numpy_bytes_are_paths_unless_they_are_images(class_folders):
    _, paths = class_folders
    assert as_image_list(np.array(paths, dtype="S")) == paths
    assert as_image_list(np.array(paths, dtype="S")[:, np.newaxis]) == paths
    assert as_image_list(list(np.array(paths, dtype="S"))) == paths
    assert as_image_list(pd.Series(np.array(paths, dtype="S").tolist())) == paths
    assert_array_equal(pixels(np.array(ENCODED)), RGB)
    # The name of a file without ending tells nothing unless its type does.
    assert as_image_list(np.array([b"beach"])) == ["beach"]
    assert as_image_list([b"beach"]) == [b"beach"]
    assert as_image_list([b""]) == [b""]


def test_bytes_of_any_path(tmp_path):
    path = tmp_path / "märz.png"
    path.write_bytes(ENCODED[0])
    assert_array_equal(pixels([bytes(path)]), RGB[:1])


# Entries that are no images


@pytest.mark.parametrize(
    ("entry", "messages"),
    [
        pytest.param(
            {"image": RGB[0], "label": 3},
            ["is dict with the keys image, label", r"Write \[item\['image'\] for item in X\]"],
            id="row of a dataset",
        ),
        pytest.param({"pixels": RGB[0]}, [r"item\['pixels'\]"], id="one key"),
        pytest.param({}, ["is dict with the keys"], id="no key"),
        pytest.param(
            (RGB[0], RGB[1]),
            ["tuple of 2 objects, 2 of them images", r"Write \[item\[0\] for item in X\]"],
            id="two images",
        ),
        pytest.param(
            (Image.new("L", (4, 4)), Image.new("L", (4, 4)), 1),
            ["tuple of 3 objects, 2 of them images"],
            id="image, mask and label",
        ),
    ],
)
def test_entries_that_need_a_choice(entry, messages):
    for X in ([entry] * 3, Items(lambda i: entry), pd.Series([entry] * 3)):
        with pytest.raises(TypeError) as caught:
            as_image_list(X)
        for message in messages:
            assert caught.match(message)


def test_following_the_advice_for_entries():
    X = [{"image": RGB[0], "label": 3}]
    assert_array_equal(pixels([item["image"] for item in X]), RGB[:1])
    X = [(RGB[0], RGB[1])]
    assert_array_equal(pixels([item[0] for item in X]), RGB[:1])


def test_single_problems_are_told_with_the_others():
    def get(index):
        if index in (0, 4):
            raise OSError(f"no record {index}")
        return None if index == 7 else RGB[index]

    with pytest.raises(ImageReadError) as caught:
        ImageEmbedder("tiny_cnn").fit_transform(Items(get))
    assert caught.value.indices == [0, 4, 7]
    assert "item 4 of Items: no record 4" in str(caught.value)
    assert "item 7 of Items: None is not an image" in str(caught.value)
