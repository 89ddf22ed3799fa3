"""Batches of decoded images."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from skmlic.training._image_loader import ImageDataset, ImageLoader


@pytest.fixture(scope="module")
def preprocessing(load):
    return load().preprocessing


def test_a_dataset_takes_samples(shapes):
    X, Y = shapes
    dataset = ImageDataset(list(X), torch.from_numpy(Y))
    assert len(dataset) == 40
    image, target = dataset[3]
    assert image is dataset.images[3]
    assert_array_equal(target, Y[3])
    taken = dataset.take(torch.tensor([5, 2]))
    assert_array_equal(taken.images, X[[5, 2]])
    assert_array_equal(taken.target, Y[[5, 2]])


@pytest.mark.parametrize("n_threads", [1, 2])
def test_loader_gives_each_image_once_in_order(shapes, preprocessing, n_threads):
    target = torch.arange(40)
    dataset = ImageDataset(list(shapes[0]), target)
    loader = ImageLoader(dataset, 16, preprocessing=preprocessing, n_threads=n_threads)
    batches = list(loader)
    assert len(batches) == len(loader) == 3
    assert torch.equal(torch.cat([rows for _, rows in batches]), target)
    expected = np.stack([preprocessing(image) for image in shapes[0]])
    assert_array_equal(torch.cat([pixels for pixels, _ in batches]).numpy(), expected)


def test_a_single_image_left_over_joins_the_batch_before_it(shapes, preprocessing):
    dataset = ImageDataset(list(shapes[0][:33]), torch.arange(33))
    for shuffle in (False, True):
        loader = ImageLoader(dataset, 16, shuffle, preprocessing=preprocessing)
        batches = [rows for _, rows in loader]
        assert list(map(len, batches)) == [16, 17]
        assert len(loader) == 2
        assert sorted(torch.cat(batches).tolist()) == list(range(33))


def test_a_shuffled_epoch_has_each_image_once_with_its_target(shapes, preprocessing):
    dataset = ImageDataset(list(shapes[0]), torch.arange(40))
    loader = ImageLoader(dataset, 16, shuffle=True, preprocessing=preprocessing)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        pixels, rows = (torch.cat(parts) for parts in zip(*loader, strict=True))
    assert sorted(rows.tolist()) == list(range(40))
    assert rows.tolist() != list(range(40))
    expected = np.stack([preprocessing(shapes[0][row]) for row in rows])
    assert_array_equal(pixels, expected)


def test_erasing_fills_parts_with_gray(preprocessing):
    images = [np.full((40, 40, 3), 200, np.uint8)] * 20
    loader = ImageLoader(ImageDataset(images, None), 10, preprocessing=preprocessing, erasing=0.5)
    pixels = torch.cat([pixels for pixels, _ in loader])
    assert pixels.unique().tolist() == [128, 200]
    erased = (pixels == 128).flatten(1).any(1)
    assert 0 < erased.sum() < 20
    assert (pixels[~erased] == 200).all()


@pytest.mark.parametrize("augment", [None, "light"])
def test_changes_are_determined_by_the_seed(shapes, preprocessing, augment):
    def read(seed, n_threads):
        loader = ImageLoader(
            ImageDataset(list(shapes[0]), None),
            16,
            preprocessing=preprocessing,
            augment=augment,
            erasing=0.5,
            n_threads=n_threads,
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return torch.cat([pixels for pixels, _ in loader])

    assert torch.equal(read(0, 1), read(0, 2))
    assert not torch.equal(read(0, 1), read(1, 1))
