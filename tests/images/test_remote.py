"""Tests of skmlic.images._remote: files behind URLs."""

import io
import sys
import zipfile

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

import skmlic
from skmlic import ImageEmbedder
from skmlic.exceptions import ImageReadError
from skmlic.images import ContentDigest, as_image_list, describe_source, load_rgb
from skmlic.images._remote import is_url

RGB = np.random.RandomState(0).randint(0, 256, (3, 8, 12, 3), dtype=np.uint8)


def encode(image):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


ENCODED = [encode(image) for image in RGB]


@pytest.fixture
def memory():
    """Return a file system in memory with three images."""
    fsspec = pytest.importorskip("fsspec")
    system = fsspec.filesystem("memory")
    for number, content in enumerate(ENCODED):
        system.pipe(f"/images/{number} a?[b].png", content)
    yield system
    system.rm("/images", recursive=True)


URLS = [f"memory://images/{number} a?[b].png" for number in range(len(RGB))]


@pytest.fixture
def archive(tmp_path):
    with zipfile.ZipFile(tmp_path / "images.zip", "w") as file:
        for number, content in enumerate(ENCODED):
            file.writestr(f"more/{number}.png", content)
    return tmp_path / "images.zip"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("s3://bucket/a.png", True),
        ("HTTPS://example.com/a.png?size=3", True),
        ("zip://a.png::https://example.com/images.zip", True),
        ("simplecache::s3://bucket/a.png", True),
        ("a.png", False),
        ("/images/a.png", False),
        ("C://images/a.png", False),
        ("C:\\images\\a.png", False),
        ("a::b.png", False),
        ("images/s3://a.png", False),
        (b"s3://bucket/a.png", False),
        (None, False),
    ],
)
def test_urls_are_told_from_paths(path, expected):
    assert is_url(path) == expected


def test_images_behind_urls(memory):
    assert_array_equal([load_rgb(image) for image in as_image_list(URLS)], RGB)
    assert_array_equal([load_rgb(image) for image in as_image_list(np.array(URLS))], RGB)
    as_bytes = np.array([b"memory://images/0 a?[b].png"])
    assert_array_equal(load_rgb(as_image_list(as_bytes)[0]), RGB[0])
    assert describe_source(URLS[0]) == URLS[0]


def test_images_in_archives(archive):
    pytest.importorskip("fsspec")
    urls = [f"zip://more/{number}.png::{archive}" for number in range(len(RGB))]
    assert_array_equal([load_rgb(image) for image in as_image_list(urls)], RGB)


def test_the_same_bytes_have_the_same_digest(memory, archive):
    digest = ContentDigest()
    (archive.parent / "1.png").write_bytes(ENCODED[1])
    forms = [
        URLS[1],
        ENCODED[1],
        archive.parent / "1.png",
        (archive.parent / "1.png").as_uri(),
        f"zip://more/1.png::{archive}",
        f"simplecache::{URLS[1]}",
    ]
    assert len({digest(form) for form in forms}) == 1
    assert digest(URLS[0]) != digest(URLS[1])


def test_features_behind_urls_are_stored(memory):
    skmlic.clear_cache()
    embedder = ImageEmbedder("tiny_cnn")
    expected = embedder.fit_transform(URLS)
    passes = skmlic.cache_info().backbone_passes
    assert passes == len(RGB)
    assert_array_equal(embedder.transform(ENCODED), expected)
    assert_array_equal(embedder.transform(URLS), expected)
    assert skmlic.cache_info().backbone_passes == passes


def test_a_changed_file_is_another_image(memory):
    digest = ContentDigest()
    before = digest(URLS[0])
    assert digest.verified(URLS[0], before) == ENCODED[0]
    memory.pipe("/images/0 a?[b].png", ENCODED[1])
    assert digest(URLS[0]) == digest(ENCODED[1])
    with pytest.raises(OSError, match="changed while it was read"):
        digest.verified(URLS[0], before)


def test_an_archive_that_is_replaced_is_read_again(archive):
    pytest.importorskip("fsspec")
    url, digest = f"zip://more/0.png::{archive}", ContentDigest()
    assert digest(url) == digest(ENCODED[0])
    with zipfile.ZipFile(archive.with_name("new"), "w") as file:
        file.writestr("more/0.png", ENCODED[1])
    archive.with_name("new").replace(archive)
    assert digest(url) == digest(ENCODED[1])


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("memory://images/9.png", "X[1] memory://images/9.png: No such file or directory"),
        ("zip://9.png::{archive}", "No such file or directory"),
        ("zip://9.png::{archive}.no", "No such file or directory"),
        ("nonsense://a.png", "Protocol not known: nonsense"),
    ],
)
def test_unreadable_urls_are_listed(memory, archive, url, message):
    X = [URLS[0], url.format(archive=archive), URLS[2]]
    with pytest.raises(ImageReadError) as caught:
        ImageEmbedder("tiny_cnn").fit_transform(X)
    assert caught.value.indices == [1]
    assert message in str(caught.value)


def test_a_missing_package_is_named(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "fsspec"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "fsspec", None)
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(ImageReadError, match="which needs fsspec: pip install fsspec"):
        ImageEmbedder("tiny_cnn").fit_transform(URLS)
